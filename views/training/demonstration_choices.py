"""What a demonstration can be made of: networks, datasets, and the numbers of a training."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.builtin import why_missing
from views.routes import refuse


@dataclass(frozen=True, slots=True)
class Choice:
    """A network that can be trained.

    Attributes:
        images_only: it learns nothing from points on the plane.
    """

    name: str
    title: str
    text: str
    images_only: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """A training that somebody wants to see."""

    network: str
    dataset: str
    epochs: int
    batch_size: int
    learning_rate: float
    seed: int


NETWORKS = (
    Choice(
        "one-layer",
        "One layer",
        "Every input is joined to every class: what can be learned without a hidden layer.",
    ),
    Choice(
        "two-layers",
        "Two hidden layers",
        "Two dense layers before the classes; on the plane they bend the borders.",
    ),
    Choice(
        "small-cnn",
        "Small CNN",
        "Two convolutions with pooling and a dense layer before the classes.",
        images_only=True,
    ),
)

# Not images but points; a part of the demonstration itself, so that it is always there.
PLANE = "plane"

DATASETS = {
    "digits": "Digits, 8 × 8",
    "mnist": "MNIST, 28 × 28",
    "fashion_mnist": "Fashion-MNIST, 28 × 28",
    "cifar10": "CIFAR-10, 32 × 32, colour",
    PLANE: "Seven classes on the plane",
}

# Enough for one layer to show what it can learn of the digits, in some seconds.
DEFAULTS = {"epochs": 10, "batch_size": 64, "learning_rate": 0.003}

# Numbers of a training: the smallest and the largest that make sense.
EPOCHS = (1, 1000)
BATCH_SIZE = (1, 4096)
SEED = (0, 2**31 - 1)
LARGEST_RATE = 10.0


def describe_datasets(data_dir: Path | None) -> list[dict[str, Any]]:
    """Each dataset, whether it is on this machine, and where not, why."""
    return [
        {"name": name, "title": title, "available": reason is None, "reason": reason or ""}
        for name, title in DATASETS.items()
        for reason in [_why_missing(name, data_dir)]
    ]


def _why_missing(name: str, data_dir: Path | None) -> str | None:
    return None if name == PLANE else why_missing(name, data_dir)


def check_wish(body: dict[str, Any], data_dir: Path | None) -> Wish:
    """What a request asks for; anything that is not allowed ends it with a sentence."""
    network = _one_of(body, "network", [choice.name for choice in NETWORKS])
    dataset = _one_of(body, "dataset", list(DATASETS))
    missing = _why_missing(dataset, data_dir)
    if missing is not None:
        refuse(400, missing)
    if dataset == PLANE and any(
        choice.images_only for choice in NETWORKS if choice.name == network
    ):
        refuse(400, "This network learns from images; for points on the plane choose another one.")
    return Wish(
        network,
        dataset,
        _whole(body, "epochs", "The number of epochs", EPOCHS),
        _whole(body, "batch_size", "The batch size", BATCH_SIZE),
        _rate(body),
        _whole(body | {"seed": body.get("seed") or 0}, "seed", "The seed", SEED),
    )


def _one_of(body: dict[str, Any], name: str, allowed: list[str]) -> str:
    value = body.get(name)
    if not isinstance(value, str) or value not in allowed:
        refuse(400, f"Choose the {name}: {', '.join(allowed)}.")
    return value


def _whole(body: dict[str, Any], name: str, title: str, allowed: tuple[int, int]) -> int:
    value = body.get(name, DEFAULTS.get(name))
    low, high = allowed
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        refuse(400, f"{title} must be a whole number from {low:,} to {high:,}.")
    return value


def _rate(body: dict[str, Any]) -> float:
    value = body.get("learning_rate", DEFAULTS["learning_rate"])
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not 0 < value <= LARGEST_RATE:
        refuse(400, f"The learning rate must be a number above 0, at most {LARGEST_RATE:g}.")
    return float(value)
