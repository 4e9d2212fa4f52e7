"""Small real studies for tests, and their work done in this process, which has Keras already."""

import pickle
import queue
import signal
import threading
from collections.abc import Callable
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import analyzer
from analysis import Study, open_study
from analysis.events import Event
from analysis.processes import Work, attempt
from analysis.task import Task
from data import open_dataset
from model import open_network


def open_digits(saved: Path, cache: Path, **options: object) -> Study:
    """The study of 359 digits seen by an untrained network, not started."""
    dataset = open_dataset("digits", "test")
    return open_study(open_network(saved), dataset, cache_dir=cache, **options)  # type: ignore[arg-type]


def work_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the work of studies done by threads of this process.

    A process of its own takes five seconds for TensorFlow, and two for what draws maps. Another
    process adds up floating-point numbers in another order: maps are not compared with its.
    """
    for module in ("study", "service", "history.history", "history.maps"):
        monkeypatch.setattr(f"analysis.{module}.Worker", WorkerHere)
    # A process that draws forbids itself TensorFlow, which this one needs.
    for module in ("projector", "history.draw"):
        monkeypatch.setattr(f"analysis.{module}.sys", SimpleNamespace(modules={}))


class WorkerHere:
    """Stands for `analysis.processes.Worker`: its work is done by a thread.

    All that the two tell each other is pickled, as on its way through a pipe.
    """

    def __init__(
        self, name: str, work: Work, task: Task, stage: str, hear: Callable[[Event], None]
    ) -> None:
        self._outbox = OutboxHere(hear)
        args = (*piped((work, task)), self._outbox)
        self.process = threading.Thread(target=attempt, args=args, name=f"here-{name}", daemon=True)
        self.process.start()

    @property
    def alive(self) -> bool:
        return not self._outbox.closed and self.process.is_alive()

    def order(self, value: Any) -> None:
        self._outbox.coming.put(piped(value))

    def stop(self) -> None:
        """The work ends when it next says or waits for something."""
        self._outbox.closed = True
        self._outbox.coming.put(None)
        self.process.join(60)
        assert not self.process.is_alive()

    def join(self) -> None:
        self.process.join()


def piped(value: Any) -> Any:
    """What comes out of a pipe between two processes."""
    return pickle.loads(ForkingPickler.dumps(value))


class OutboxHere:
    """Stands for `analysis.processes.Outbox`; once it is closed, the work ends."""

    def __init__(self, hear: Callable[[Event], None]) -> None:
        self.hear, self.stage, self.closed = hear, "", False
        self.coming: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def send(self, event: Event) -> None:
        if self.closed:
            raise EOFError
        self.stage = event.id if getattr(event, "state", "") == "running" else self.stage
        self.hear(piped(event))

    def orders(self, wait: bool) -> list[Any]:
        received: list[Any] = []
        while (wait and not received) or not self.coming.empty():
            received.append(self.coming.get())
            if self.closed:
                raise EOFError
        return received


def run_here(*arguments: str | Path) -> int:
    """The command, run in this process; its exit code."""
    # The command answers this signal in its own way.
    before = signal.getsignal(signal.SIGTERM)
    try:
        return analyzer.main([str(argument) for argument in arguments])
    finally:
        signal.signal(signal.SIGTERM, before)
