"""What only the network can tell of its layers: settings and weights, times, feature maps."""

import os
import platform
from collections import OrderedDict
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.events import Stage
from analysis.service_worker import ASKED, Opened, Report
from analysis.task import Task
from model.feature_maps import FeatureMaps, FeatureVector
from util import ModelError, digest

WEIGHTS_VERSION = 1
TIMES_VERSION = 1

WEIGHTS = Stage(f"{ASKED}weights", "Summing up the layers' weights")
TIMES = Stage(f"{ASKED}times", "Timing the layers")

# Networks up to a layer that stay built: one takes a moment to build, and little memory.
KEPT_READERS = 16


@dataclass(frozen=True, slots=True)
class AskWeights:
    """Settings and weights of every layer: by key, {"settings": [[name, text], ...], "weights":
    [{"name", "shape", and what `Distribution` has}, ...]}."""

    @property
    def stage(self) -> Stage | None:
        return WEIGHTS

    def answer(self, opened: Opened, report: Report) -> dict[str, Any]:
        from model.layer_weights import settings_of

        told: dict[str, Any] = {}
        layers = opened.description.layers
        for number, (layer, step) in enumerate(zip(layers, opened.graph.steps, strict=True)):
            told[layer.key] = {"settings": settings_of(step), "weights": _weights(step)}
            if number % 16 == 0:
                report(number / len(layers), f"{number:,} of {len(layers):,} layers")
        opened.task.cache.write_json(weights_path(opened.task), told)
        return told


def _weights(step: Any) -> list[dict[str, Any]]:
    from model.layer_weights import distribution, weights_of

    return [
        {"name": name, "shape": list(values.shape), **asdict(distribution(values))}
        for name, values in weights_of(step)
    ]


def weights_path(task: Task) -> Path:
    key = digest("weights", WEIGHTS_VERSION, task.network.digest)
    return task.cache.path("structure", key, ".json")


@dataclass(frozen=True, slots=True)
class AskTimes:
    """How long each layer takes: {"batch": images at once, "times": {key: milliseconds an image},
    "total": their sum, "whole": of the network run as one, "untimed": how many have no time}."""

    @property
    def stage(self) -> Stage | None:
        return TIMES

    def answer(self, opened: Opened, report: Report) -> dict[str, Any]:
        from model.timing import time_steps

        images, layers = opened.task.dataset.images, opened.description.layers

        def read(count: int) -> NDArray[np.float32]:
            return opened.preprocessing.read(images, np.arange(min(count, len(images))))

        def progress(done: float) -> None:
            report(done, f"{round(done * len(layers)):,} of {len(layers):,} layers")

        timing = time_steps(opened.graph, read, progress)
        pairs = zip(layers, timing.steps, strict=True)
        times = {layer.key: taken for layer, taken in pairs if taken is not None}
        told = {
            "batch": timing.batch,
            "times": times,
            "total": sum(times.values()),
            "whole": timing.whole,
            "untimed": len(layers) - len(times),
        }
        opened.task.cache.write_json(times_path(opened.task), told)
        return told


def times_path(task: Task) -> Path:
    """Times hold for one machine, and for what computes on it."""
    machine = (platform.node(), platform.machine(), os.cpu_count(), version("keras"))
    devices = tuple(os.environ.get(name) for name in ("KERAS_BACKEND", "CUDA_VISIBLE_DEVICES"))
    key = digest("times", TIMES_VERSION, task.network.digest, machine, devices)
    return task.cache.path("structure", key, ".json")


@dataclass(frozen=True, slots=True)
class AskMaps:
    """What a layer makes of one image.

    Attributes:
        layer: key.
        index: of the image, from 0.
    """

    layer: str
    index: int

    @property
    def stage(self) -> Stage | None:
        return None

    def answer(self, opened: Opened, report: Report) -> FeatureMaps | FeatureVector:
        """
        Raises:
            ModelError: there is no such layer, or the network cannot be run on the image.
        """
        from model.feature_maps import build_reader, look_inside

        keys = [layer.key for layer in opened.description.layers]
        if self.layer not in keys:
            raise ModelError(f"The network has no layer '{self.layer}'.")
        step = opened.graph.steps[keys.index(self.layer)]
        readers: OrderedDict[str, Any] = opened.kept.setdefault("readers", OrderedDict())
        if self.layer not in readers:
            readers[self.layer] = build_reader(opened.graph, step)
        readers.move_to_end(self.layer)
        while len(readers) > KEPT_READERS:
            readers.popitem(last=False)
        images = opened.task.dataset.images
        inputs = opened.preprocessing.read(images, np.array([self.index]))
        return look_inside(readers[self.layer], opened.graph, step, inputs)
