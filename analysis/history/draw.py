"""The process that draws a layer's maps over the epochs, one after the other."""

import sys
import time
import traceback
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.events import Failure, Followed, Stage
from analysis.history.alignment import ALIGNED_VERSION, Aligned, Frame, draw
from analysis.history.kept import Passed
from analysis.processes import Outbox
from analysis.projection import TITLES
from analysis.service_worker import ASKED
from analysis.task import Task
from util import UserError, digest

KIND = "aligned"
PREFIX = f"{ASKED}aligned|"

# A pipe message an iteration would be more than a person can see.
REPORT_EVERY = 0.2


@dataclass(frozen=True, slots=True)
class FrameOrder:
    """Draw the maps of this layer by this method, one an epoch."""

    layer: str
    method: Aligned

    @property
    def name(self) -> str:
        return f"{self.layer}|{self.method}"

    @property
    def stage(self) -> str:
        return PREFIX + self.name

    @property
    def title(self) -> str:
        return f"{TITLES[self.method]} of {self.layer} over the epochs"

    @classmethod
    def of(cls, stage: str) -> "FrameOrder":
        """The order of a stage's id."""
        layer, _, method = stage.removeprefix(PREFIX).rpartition("|")
        return cls(layer, "umap" if method == "umap" else "tsne")


@dataclass(frozen=True, slots=True)
class Draw:
    """Draw what is ordered, for ever; started as a worker's work.

    Attributes:
        keys, passed: of every epoch.
    """

    keys: tuple[str, ...]
    passed: tuple[Passed, ...]

    def __call__(self, task: Task, outbox: Outbox) -> None:
        # umap-learn imports TensorFlow, if it finds it, for a class that is not used here.
        sys.modules["tensorflow"] = None  # type: ignore[assignment]
        waiting: list[FrameOrder] = []
        while True:
            waiting += outbox.orders(wait=not waiting)
            self.attempt(task, outbox, waiting.pop())

    def attempt(self, task: Task, outbox: Outbox, order: FrameOrder) -> None:
        """Draw maps; where it fails, others are drawn all the same."""
        try:
            self.draw(task, outbox, order)
        except (EOFError, BrokenPipeError):
            raise
        except Exception as error:
            by_user = isinstance(error, UserError)
            message = str(error) if by_user else f"{type(error).__name__}: {error}"
            outbox.send(Failure(order.stage, message, by_user, traceback.format_exc()))

    def draw(self, task: Task, outbox: Outbox, order: FrameOrder) -> None:
        stage, last = Stage(order.stage, order.title, "running"), 0.0
        before: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None
        count = len(self.keys)

        def report(position: int, points: object, fraction: float) -> None:
            nonlocal last
            if time.perf_counter() - last > REPORT_EVERY or fraction == 0:
                last = time.perf_counter()
                done, message = (position + fraction) / count, f"epoch {position + 1} of {count}"
                outbox.send(replace(stage, fraction=done, message=message))

        for position, key in enumerate(frame_keys(self.keys, order, task.seed)):
            report(position, None, 0.0)
            vectors = self.vectors(position, order.layer)
            frame = read_frame(task, key)
            if frame is None:
                frame = draw(order.method, vectors, before, task.seed, partial(report, position))
                task.cache.write_arrays(KIND, key, frame_arrays(frame))
            before = vectors, frame.points
            outbox.send(Followed(order.stage, position))
        outbox.send(replace(stage, state="done", fraction=1.0))

    def vectors(self, position: int, layer: str) -> NDArray[np.float32]:
        """An epoch's vectors; a unit that overflowed counts as zero."""
        vectors = self.passed[position].activations(layer)
        if vectors is None:
            raise FileNotFoundError(f"the vectors of {layer} are not in the cache")
        return np.nan_to_num(vectors, posinf=0, neginf=0)


def frame_keys(epochs: tuple[str, ...], order: FrameOrder, seed: int) -> list[str]:
    """The names of the maps of an order: each depends on all epochs so far.

    Args:
        epochs: keys of the epochs' artefacts.
    """
    keys: list[str] = []
    before = digest("aligned", ALIGNED_VERSION, order.layer, order.method, seed)
    for epoch in epochs:
        before = digest(before, epoch)
        keys.append(before)
    return keys


def frame_arrays(frame: Frame) -> dict[str, NDArray[Any]]:
    trust, moved = frame.trustworthiness, frame.movement
    return {
        "points": frame.points,
        "trustworthiness": np.array(np.nan if trust is None else trust),
        "movement": np.array((np.nan, np.nan) if moved is None else moved),
    }


def read_frame(task: Task, key: str) -> Frame | None:
    """A map out of the cache, or None."""
    kept = task.cache.read_arrays(KIND, key)
    if kept is None:
        return None
    trust, (low, high) = float(kept["trustworthiness"]), kept["movement"]
    moved = None if np.isnan(low) else (float(low), float(high))
    return Frame(kept["points"], None if np.isnan(trust) else trust, moved)
