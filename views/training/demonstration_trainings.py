"""The demonstrations that were started, of all stores: how far each has come, and its end."""

import contextlib
import threading
import time
from dataclasses import dataclass
from typing import Any

from innerview.errors import StoreError
from innerview.ids import make_run_id
from innerview.records import RunChanged
from innerview.stores.base import Backend
from util import UserError
from views.training.demonstration_choices import Wish
from views.training.demonstration_process import HURRY, Child
from views.training.library import Library, Opened
from views.training.mounts_settings import Settings

# Trainings at once: each wants all cores.
MOST = 2

# That are told of after they have ended.
KEPT = 10

# The tag that says how many epochs are done; a training begins by writing its first point.
EPOCH = "epoch"


class Busy(UserError):
    """No training can be started now."""


@dataclass(frozen=True, slots=True)
class Training:
    """A demonstration that was started.

    Attributes:
        store: id of the store that it writes into.
    """

    run: str
    store: str
    wish: Wish
    child: Child


class Trainings:
    """May be called from any thread."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._trainings: list[Training] = []
        # Each sees one training to its end, and writes what has to be written then.
        self._watchers: list[threading.Thread] = []
        self._closed = False

    def start(self, opened: Opened, wish: Wish) -> str:
        """Start a training that writes into a store; returns the id of its run.

        Raises:
            Busy: there are enough already, or no process can be started.
        """
        with self._lock:
            self._check_room()
            run = make_run_id(time.time())
            arguments = to_arguments(wish, run, self._library.settings)
            try:
                child = Child(arguments, self._library.address(opened.id))
            except OSError as error:
                raise Busy(
                    f"No training could be started ({error.strerror or error}); try again."
                ) from None
            training = Training(run, opened.id, wish, child)
            self._trainings.append(training)
            self._forget()
            watcher = threading.Thread(target=self._see_off, args=(training,), daemon=True)
            self._watchers = [*filter(threading.Thread.is_alive, self._watchers), watcher]
            watcher.start()
        return run

    def stop(self, opened: Opened, run: str) -> bool:
        """Ask a training to end; whether there is one of this run."""
        training = next((t for t in self._of(opened) if t.run == run), None)
        if training is not None and training.child.alive:
            training.child.stop()
        return training is not None

    def describe(self, opened: Opened) -> list[dict[str, Any]]:
        """The trainings that write this store, the latest first, with those that ended lately."""
        return [describe(training, opened.backend) for training in reversed(self._of(opened))]

    def close(self) -> None:
        """End all of them, and wait until they have ended."""
        with self._lock:
            self._closed = True
            trainings, watchers = list(self._trainings), list(self._watchers)
        for training in trainings:
            training.child.ask()
        for training in trainings:
            training.child.end(HURRY)
        # The stores are closed next, and must not be opened again by one who is late.
        for watcher in watchers:
            watcher.join(HURRY)

    def _check_room(self) -> None:
        if self._closed:
            raise Busy("Innerview is being closed.")
        if sum(training.child.alive for training in self._trainings) >= MOST:
            raise Busy(
                f"{MOST} demonstrations are being trained, and more would only slow each other "
                "down: wait for one to end, or stop one."
            )

    def _forget(self) -> None:
        ended = [training for training in self._trainings if not training.child.alive]
        for training in ended[:-KEPT]:
            self._trainings.remove(training)

    def _of(self, opened: Opened) -> list[Training]:
        with self._lock:
            return [training for training in self._trainings if training.store == opened.id]

    def _see_off(self, training: Training) -> None:
        training.child.wait()
        self._settle(training)

    def _settle(self, training: Training) -> None:
        """Write how a training ended, if it was ended too hard to write it itself."""
        with contextlib.suppress(StoreError):
            opened = self._library.get(training.store)
            runs = [] if opened is None else opened.backend.runs()
            run = next((run for run in runs if run.id == training.run), None)
            if opened is not None and run is not None and run.status == "running":
                status = "failed" if training.child.failure() else "stopped"
                opened.backend.write([RunChanged(run.id, time.time(), {}, status)])


def to_arguments(wish: Wish, run: str, settings: Settings) -> list[str]:
    """The wish as the script's command line takes it."""
    arguments = [wish.network, wish.dataset, "--run", run, "--epochs", str(wish.epochs)]
    arguments += ["--batch-size", str(wish.batch_size), "--learning-rate", repr(wish.learning_rate)]
    arguments += ["--seed", str(wish.seed), "--follow-stdin"]
    if settings.data_dir is not None:
        arguments += ["--data-dir", str(settings.data_dir.absolute())]
    if settings.gpu_memory_fraction is not None:
        arguments += ["--gpu-memory-fraction", str(settings.gpu_memory_fraction)]
    return arguments


def describe(training: Training, backend: Backend) -> dict[str, Any]:
    """How far it has come: "starting", "running", "stopping", "done", "stopped" or "failed"."""
    epoch = read_epoch(backend, training.run)
    failure = training.child.failure()
    return {
        "run": training.run,
        "pid": training.child.pid,
        "network": training.wish.network,
        "dataset": training.wish.dataset,
        "epochs": training.wish.epochs,
        "state": state(training.child, failure, begun=epoch is not None),
        "message": failure or "",
        "epoch": epoch or 0,
    }


def state(child: Child, failure: str | None, begun: bool) -> str:
    if child.alive:
        return "stopping" if child.stopping else "running" if begun else "starting"
    return "failed" if failure else "stopped" if child.stopping else "done"


def read_epoch(backend: Backend, run: str) -> int | None:
    """Epochs done; None before the training has begun, or while its store does not answer."""
    with contextlib.suppress(StoreError):
        for series in backend.series(run):
            if series.tag == EPOCH and series.kind == "scalar":
                return int(series.last)
    return None
