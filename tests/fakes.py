"""A study without a network: real-looking random numbers, for tests of the page."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.dataset import Dataset
from data.images import ArrayImages
from model.description import Try


@dataclass(frozen=True)
class FakeNetwork:
    name: str = "mnist.h5"
    digest: str = "0" * 32


@dataclass(frozen=True)
class FakeLayer:
    key: str
    name: str
    kind: str
    output_shape: tuple[int | None, ...]
    params: int
    units: int | None
    pooled: bool = False


@dataclass(frozen=True)
class FakeDescription:
    layers: tuple[FakeLayer, ...]
    hidden: str
    head: str = "softmax"
    params: int = 0
    input_shape: tuple[int | None, ...] = (28, 28, 1)
    preprocessing: str = "pixels divided by 255, to 0..1"
    keras_version: str = "3.15.1"
    classes: int = 10
    repairs: tuple[str, ...] = ()
    tries: tuple[Try, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class FakeStage:
    id: str
    title: str
    state: str = "done"
    fraction: float = 1.0
    message: str = ""


@dataclass(frozen=True)
class FakeGraph:
    indices: NDArray[np.int32]


class FakeSamples(dict[str, NDArray[Any]]):
    def __len__(self) -> int:
        return len(self["index"])

    @property
    def is_labelled(self) -> bool:
        return "label" in self

    @property
    def labelled(self) -> NDArray[np.bool_]:
        return self["label"] >= 0 if self.is_labelled else np.zeros(len(self), np.bool_)

    @property
    def wrong(self) -> NDArray[np.bool_]:
        return self.labelled & ~self["correct"] if self.is_labelled else self.labelled

    @property
    def accuracy(self) -> float | None:
        return float(self["correct"][self.labelled].mean()) if self.is_labelled else None

    @property
    def mean_loss(self) -> float | None:
        return float(np.nanmean(self["loss"])) if self.is_labelled else None


def fake_dataset(
    count: int = 60, num_classes: int = 10, names: Sequence[str] | None = None, **changes: Any
) -> Dataset:
    """Squares and stripes, one pattern a class, in 28 x 28 pixels of grey."""
    generator = np.random.default_rng(0)
    labels = np.arange(count, dtype=np.int64) % num_classes
    rows, columns = np.mgrid[0:28, 0:28]
    waves = np.sin(rows[None] * (1 + labels[:, None, None] % 5) / 4) * np.cos(
        columns[None] * (1 + labels[:, None, None] // 5) / 5
    )
    noise = generator.integers(0, 60, (count, 28, 28))
    pixels = np.clip(waves * 195 + noise, 0, 255).astype(np.uint8)[..., None]
    settings: dict[str, Any] = {
        "name": "mnist",
        "split": "test",
        "images": ArrayImages(pixels),
        "labels": labels,
        "class_names": tuple(names or (str(k) for k in range(num_classes))),
        "ids": [f"test/{i}" for i in range(count)],
        "total": count,
        "note": "",
        "fingerprint": "0" * 16,
    }
    return Dataset(**(settings | changes))


def fake_layers(num_classes: int) -> tuple[FakeLayer, ...]:
    head_params = 129 * num_classes
    return (
        FakeLayer("conv2d", "conv2d", "Conv2D", (26, 26, 32), 320, 32, True),
        FakeLayer("pool", "pool", "MaxPooling2D", (13, 13, 32), 0, 32, True),
        FakeLayer("conv2d_1", "conv2d_1", "Conv2D", (11, 11, 64), 18_496, 64, True),
        FakeLayer("flatten", "flatten", "Flatten", (7_744,), 0, None),
        FakeLayer("dense", "dense", "Dense", (128,), 991_360, 128),
        FakeLayer("dropout", "dropout", "Dropout", (128,), 0, 128),
        FakeLayer("dense_1", "dense_1", "Dense", (num_classes,), head_params, num_classes),
    )


@dataclass
class FakeStudy:
    """What the views see of a study; everything can be set, and changed while a test runs."""

    dataset: Dataset = field(default_factory=fake_dataset)
    network: FakeNetwork = field(default_factory=FakeNetwork)
    described: bool = True
    measured: bool = True
    with_neighbours: bool = True
    stage_list: tuple[FakeStage, ...] = ()
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        generator = np.random.default_rng(1)
        count, classes = len(self.dataset), self.dataset.num_classes
        logits = generator.normal(0, 1.5, (count, classes))
        logits[np.arange(count), self.dataset.labels] += 6
        # One image is wrong beyond doubt, so that every test has one to look at.
        logits[1, (self.dataset.labels[1] + 1) % classes] += 12
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        self._probabilities = (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)

    @property
    def description(self) -> FakeDescription | None:
        if not self.described:
            return None
        layers = fake_layers(self.dataset.num_classes)
        return FakeDescription(layers, "dense", params=sum(layer.params for layer in layers))

    @property
    def samples(self) -> FakeSamples | None:
        if not self.measured:
            return None
        ranked = np.sort(self._probabilities, axis=1)
        second = ranked[:, -2] if ranked.shape[1] > 1 else np.zeros(len(ranked), np.float32)
        predicted = self._probabilities.argmax(axis=1).astype(np.int32)
        labels = self.dataset.labels
        own = self._probabilities[np.arange(len(predicted)), labels]
        spread = -(self._probabilities * np.log(self._probabilities + 1e-12)).sum(axis=1)
        verdicts = {
            "label": labels,
            "correct": predicted == labels,
            "loss": np.where(labels >= 0, -np.log(own), np.nan),
        }
        return FakeSamples(
            index=np.arange(len(predicted)),
            predicted=predicted,
            confidence=ranked[:, -1],
            margin=ranked[:, -1] - second,
            entropy=spread,
            **(verdicts if self.dataset.is_labelled else {}),
        )

    @property
    def hidden(self) -> str | None:
        return "dense" if self.described else None

    @property
    def class_names(self) -> tuple[str, ...]:
        return self.dataset.class_names

    def probabilities(self, index: int) -> NDArray[np.float32] | None:
        return self._probabilities[index] if self.measured else None

    def activation(self, space: str, index: int) -> NDArray[np.float32] | None:
        assert self.description is not None
        units = next(layer.units for layer in self.description.layers if layer.key == space)
        if units is None:
            return None
        generator = np.random.default_rng((index, units))
        return np.maximum(generator.normal(0.4, 1.2, units), 0).astype(np.float32)

    def neighbours(self, space: str) -> FakeGraph | None:
        if not self.with_neighbours:
            return None
        count = len(self.dataset)
        steps = np.array([10, 20, 30, 1, 40, 50, 2, 5, 7, 8])
        return FakeGraph(((np.arange(count)[:, None] + steps) % count).astype(np.int32))

    def stages(self) -> tuple[FakeStage, ...]:
        return self.stage_list
