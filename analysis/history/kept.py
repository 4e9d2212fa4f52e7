"""What is kept of each epoch of a training, and under which name."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.history.files import Epoch
from analysis.samples import CONFIDENCE, CORRECT, LOSS, PREDICTED, Samples, make_samples
from analysis.task import Task
from model.preprocess import Preprocessing
from util import digest

# Part of an artefact's name: raise it when the code behind it gives other results.
EPOCH_VERSION = 1

KIND = "epochs"
FACTS = "epoch.json"
LOGITS = "logits.npy"

# Columns of the samples table that are kept for every epoch; without labels only some.
COLUMNS = (PREDICTED, CONFIDENCE, CORRECT, LOSS)
TYPES = {PREDICTED: np.int32, CONFIDENCE: np.float32, CORRECT: np.bool_, LOSS: np.float32}


@dataclass(frozen=True, slots=True)
class Passed:
    """An epoch whose network has seen every image.

    Attributes:
        accuracy: 0 to 1, and mean_loss, in nats; None without labels.
        layers: keys of the layers whose activations are kept.
        folder: of its files: LOGITS, COLUMN.npy, (N,), and activations/KEY.npy, float32 (N, units).
    """

    accuracy: float | None
    mean_loss: float | None
    layers: tuple[str, ...]
    folder: Path

    def column(self, name: str) -> NDArray[Any] | None:
        """One of COLUMNS, (N,), memory-mapped; None where it is not there."""
        return _read(self.folder / f"{name}.npy")

    def activations(self, layer: str) -> NDArray[np.float32] | None:
        """Float32, (N, units), memory-mapped; None where they are not kept."""
        return _read(self.folder / "activations" / f"{layer}.npy") if layer in self.layers else None


def _read(path: Path) -> NDArray[Any] | None:
    return np.load(path, mmap_mode="r", allow_pickle=False) if path.exists() else None


def epoch_key(task: Task, epoch: Epoch, preprocessing: Preprocessing) -> str:
    """The name of an epoch's artefact: of the network, the images and how they are shown to it."""
    shown = json.dumps(preprocessing.to_json(), sort_keys=True)
    dataset = task.dataset.fingerprint
    return digest("epoch", EPOCH_VERSION, epoch.network.digest, dataset, shown)


def read_passed(task: Task, key: str, hidden: str) -> Passed | None:
    """An epoch out of the cache, or None where it is not there with its hidden layer."""
    folder = task.cache.path(KIND, key)
    value = task.cache.read_json(folder / FACTS)
    if value is None or hidden not in value.get("layers", ()):
        return None
    passed = Passed(value["accuracy"], value["mean_loss"], tuple(value["layers"]), folder)
    try:
        arrays = [_read(folder / f"{name}.npy") for name in value["columns"]]
        arrays += [passed.activations(layer) for layer in passed.layers]
    except (OSError, ValueError):
        return None
    whole = all(rows is not None and len(rows) == len(task.dataset) for rows in arrays)
    return passed if whole else None


def write_facts(task: Task, folder: Path, head: str, layers: tuple[str, ...]) -> None:
    """Complete an epoch's folder, in which its logits are, by what they say of each image."""
    dataset = task.dataset
    samples = make_samples(
        dataset.labels,
        dataset.ids,
        np.load(folder / LOGITS, mmap_mode="r", allow_pickle=False),
        head,
        targets=dataset.targets,
        class_names=dataset.class_names,
    )
    columns = [name for name in COLUMNS if name in samples]
    for name in columns:
        task.cache.write_map(folder / f"{name}.npy", samples[name].astype(TYPES[name]))
    facts = {"columns": columns, "layers": list(layers), **_measures(samples)}
    task.cache.write_json(folder / FACTS, facts)


def _measures(samples: Samples) -> dict[str, float | None]:
    loss = samples.mean_loss
    # JSON has no infinity.
    finite = loss if loss is not None and np.isfinite(loss) else None
    return {"accuracy": samples.accuracy, "mean_loss": finite}
