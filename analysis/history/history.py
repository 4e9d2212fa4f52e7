"""History: the networks of a training's epochs on one dataset, and what became of each image."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.events import Event, Failure, Followed, Stage
from analysis.history.files import Checkpoints
from analysis.history.kept import Passed, epoch_key, read_passed
from analysis.history.learning import NAMES, Learning, learning
from analysis.history.maps import Frames, HistoryMaps
from analysis.history.worker import PASS, Pass
from analysis.processes import Worker
from analysis.samples import CORRECT
from analysis.task import Task
from util import UserError

Columns = Mapping[str, NDArray[Any]]


class History:
    """What is known of a training's epochs, growing while worker processes compute.

    Every method is cheap and may be called from any thread. Positions count the epochs from 0.
    """

    def __init__(
        self,
        task: Task,
        checkpoints: Checkpoints,
        hear: Callable[[Event], None],
        add_columns: Callable[[Columns], None],
    ) -> None:
        """Nothing is started yet.

        Args:
            hear: called with the states of what is computed and its failure, from any thread.
            add_columns: called with the columns of `Learning` once all epochs are there.
        """
        self.task, self.checkpoints = task, checkpoints
        self._tell, self._add_columns = hear, add_columns
        digests = [epoch.network.digest for epoch in checkpoints.epochs]
        own = task.network.digest
        # Of the epoch that is the study's own network; None where it is none of them.
        self.network_position = digests.index(own) if own in digests else None
        self._lock = threading.RLock()
        self._stage = PASS
        self._keys: tuple[str, ...] = ()
        self._hidden = ""
        self._passed: dict[int, Passed] = {}
        self._learning: Learning | None = None
        self._worker: Worker | None = None
        self._maps: HistoryMaps | None = None

    def __len__(self) -> int:
        return len(self.checkpoints.epochs)

    @property
    def stage(self) -> Stage:
        """Of the pass over the checkpoints: done where every epoch is known."""
        return self._stage

    @property
    def learning(self) -> Learning | None:
        """What became of each image; None until all epochs are there, and without labels."""
        return self._learning

    def passed(self, position: int) -> Passed | None:
        """An epoch, once its network has seen every image."""
        with self._lock:
            return self._passed.get(position)

    @property
    def layers(self) -> tuple[str, ...]:
        """Keys of the layers whose activations are there for every epoch, once all of them are."""
        return () if self._maps is None else self._maps.layers

    def frames(self) -> dict[str, Frames]:
        """The aligned maps that were asked for, by "LAYER|METHOD"."""
        return {} if self._maps is None else self._maps.frames()

    @property
    def expected(self) -> tuple[str, ...]:
        """Names of the columns that the samples table will have once all epochs are there."""
        return NAMES if len(self) and self.task.dataset.is_labelled else ()

    def start(self, hidden: str) -> None:
        """Run the networks that the cache does not have, now that the study's own is through.

        Args:
            hidden: key of the layer whose activations are kept in any case.
        """
        preprocessing = self.task.read_preprocessing()
        if not len(self) or self._keys:
            return
        assert preprocessing is not None
        epochs, self._hidden = self.checkpoints.epochs, hidden
        self._keys = tuple(epoch_key(self.task, epoch, preprocessing) for epoch in epochs)
        for position in range(len(self)):
            self._recall(position)
        if len(self._passed) == len(self):
            self._finish()
        else:
            self._set(replace(PASS, state="running"))
            self._worker = Worker("epochs", Pass(epochs, hidden), self.task, PASS.id, self._hear)

    def request(self, layer: str, method: str) -> None:
        """Have the maps of a layer drawn, one an epoch; asking again is harmless.

        Raises:
            UserError: there is no such layer or method, or the epochs are not all there yet.
        """
        if self._maps is None:
            raise UserError("The epochs have to be run first; their maps can be drawn then.")
        self._maps.request(layer, method)

    def stop(self) -> None:
        """End the worker processes; what they finished stays in the cache."""
        if self._worker is not None:
            self._worker.stop()
        if self._maps is not None:
            self._maps.stop()

    def _recall(self, position: int) -> None:
        passed = read_passed(self.task, self._keys[position], self._hidden)
        if passed is not None:
            with self._lock:
                self._passed[position] = passed

    def _finish(self) -> None:
        """Every epoch is there: tell what became of each image."""
        passed = [self._passed[position] for position in range(len(self))]
        correct = [rows for one in passed if (rows := one.column(CORRECT)) is not None]
        if len(correct) == len(self):
            numbers = [epoch.number for epoch in self.checkpoints.epochs]
            self._learning = learning(np.stack(correct), numbers, self.task.dataset.labels >= 0)
            self._add_columns(self._learning.columns)
        self._maps = HistoryMaps(self.task, self._keys, passed, self._tell)
        self._set(replace(PASS, state="done", fraction=1.0))

    def _hear(self, event: Event) -> None:
        match event:
            case Followed():
                self._recall(event.position)
            case Stage(id=PASS.id, state="done"):
                self._finish()
            case Stage():
                self._set(event)
            case Failure():
                self._stage = replace(self._stage, state="failed", message=event.message)
                # The study goes on without its epochs, whoever's mistake it was.
                self._tell(replace(event, stage=PASS.id, by_user=False))

    def _set(self, stage: Stage) -> None:
        self._stage = stage
        self._tell(stage)
