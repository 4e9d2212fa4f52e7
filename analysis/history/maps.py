"""The maps of a layer over the epochs, each drawn from the one before; what there is of them."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from analysis.events import Event, Failure, Followed, Stage, State
from analysis.history.alignment import Aligned, Frame
from analysis.history.draw import Draw, FrameOrder, frame_keys, read_frame
from analysis.history.kept import Passed
from analysis.processes import Worker
from analysis.task import Task
from util import UserError

METHODS: tuple[Aligned, ...] = get_args(Aligned)


@dataclass(frozen=True, slots=True)
class Frames:
    """The maps of a layer by a method.

    Attributes:
        done: the first epochs' maps, in their order.
        fraction: share of all that is drawn, 0 to 1.
        message: what is being done, or why it failed.
    """

    state: State = "waiting"
    fraction: float = 0.0
    message: str = ""
    done: tuple[Frame, ...] = field(default=())

    def movement(self) -> tuple[float, float] | None:
        """Mean movement of the samples that changed least and most, over all epochs but the first,
        in units of the map's spread (see `alignment.movement`); None with fewer than two maps.
        """
        moved = [frame.movement for frame in self.done if frame.movement is not None]
        if not moved:
            return None
        rows: NDArray[np.float64] = np.asarray(moved, np.float64)
        return float(rows[:, 0].mean()), float(rows[:, 1].mean())


class HistoryMaps:
    """Has maps drawn in a process of its own. May be called from any thread."""

    def __init__(
        self,
        task: Task,
        keys: tuple[str, ...],
        passed: Sequence[Passed],
        hear: Callable[[Stage], None],
    ) -> None:
        """Nothing is drawn yet.

        Args:
            keys, passed: of every epoch.
            hear: called with the states of what is drawn, from any thread.
        """
        self.task, self._keys, self._passed = task, keys, tuple(passed)
        self._hear_stage = hear
        self._lock = threading.RLock()
        self._frames: dict[FrameOrder, Frames] = {}
        self._worker: Worker | None = None

    @property
    def layers(self) -> tuple[str, ...]:
        """Keys of the layers whose activations are there for every epoch."""
        kept = [set(passed.layers) for passed in self._passed]
        return tuple(key for key in self._passed[0].layers if all(key in one for one in kept))

    def frames(self) -> dict[str, Frames]:
        """What was asked for, by "LAYER|METHOD"."""
        with self._lock:
            return {order.name: frames for order, frames in self._frames.items()}

    def request(self, layer: str, method: str) -> None:
        """Have the maps of a layer drawn, one an epoch; asking again is harmless.

        Raises:
            UserError: there is no such layer or method.
        """
        if layer not in self.layers or method not in METHODS:
            raise UserError(
                f"There are no maps of '{layer}' by '{method}' over the epochs; layers are "
                f"{', '.join(self.layers)}, methods are {', '.join(METHODS)}."
            )
        order = FrameOrder(layer, method)
        with self._lock:
            known = self._frames.get(order)
            if known is not None and known.state != "failed":
                return
            self._frames[order] = self._recall(order)
            if self._frames[order].state == "done":
                return
            if self._worker is None or not self._worker.alive:
                work = Draw(self._keys, self._passed)
                self._worker = Worker("epoch-maps", work, self.task, order.stage, self._hear)
            self._worker.order(order)
        self._hear_stage(Stage(order.stage, order.title))

    def stop(self) -> None:
        """End the process; what it finished stays in the cache."""
        if self._worker is not None:
            self._worker.stop()

    def _recall(self, order: FrameOrder) -> Frames:
        """The maps that are in the cache, up to the first that is not."""
        done: list[Frame] = []
        for key in frame_keys(self._keys, order, self.task.seed):
            frame = read_frame(self.task, key)
            if frame is None:
                break
            done.append(frame)
        if len(done) == len(self._keys):
            return Frames("done", 1.0, "", tuple(done))
        return Frames("waiting", len(done) / len(self._keys), "", tuple(done))

    def _hear(self, event: Event) -> None:
        match event:
            case Followed():
                self._follow(event)
            case Stage():
                self._change(event)
                self._hear_stage(event)
            case Failure():
                for stage in self._failed(event):
                    self._change(stage)
                    self._hear_stage(stage)

    def _follow(self, event: Followed) -> None:
        """A further map is drawn."""
        order = FrameOrder.of(event.stage)
        frame = read_frame(self.task, frame_keys(self._keys, order, self.task.seed)[event.position])
        with self._lock:
            frames = self._frames[order]
            if frame is not None and event.position == len(frames.done):
                self._frames[order] = replace(frames, done=(*frames.done, frame))

    def _change(self, stage: Stage) -> None:
        order = FrameOrder.of(stage.id)
        with self._lock:
            frames = self._frames[order]
            self._frames[order] = replace(
                frames, state=stage.state, fraction=stage.fraction, message=stage.message
            )

    def _failed(self, failure: Failure) -> list[Stage]:
        """The stages that fail with it: one, or where the process has ended, all that are open."""
        with self._lock:
            ended = self._worker is None or not self._worker.process.is_alive()
            return [
                Stage(order.stage, order.title, "failed", 0.0, failure.message)
                for order, frames in self._frames.items()
                if order.stage == failure.stage
                or (ended and frames.state in ("waiting", "running"))
            ]
