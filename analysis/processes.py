"""Worker processes: started side by side, heard through a pipe, gone when their parent is gone."""

import contextlib
import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from typing import Any

from analysis.events import Event, Failure, Stage
from analysis.task import Task
from util import UserError

Send = Callable[[Event], None]

# How long a worker may take to end after it was asked to, in seconds.
PATIENCE = 2.0


class Outbox:
    """A worker's end of the pipe: sends events, receives orders."""

    def __init__(self, pipe: Connection) -> None:
        self.pipe = pipe
        self.stage = ""

    def send(self, event: Event) -> None:
        if isinstance(event, Stage) and event.state == "running":
            self.stage = event.id
        self.pipe.send(event)

    def orders(self, wait: bool) -> list[Any]:
        """Orders that have come; with `wait`, at least one. EOFError when there will be none."""
        received: list[Any] = []
        while self.pipe.poll(None if wait and not received else 0):
            received.append(self.pipe.recv())
        return received


# Idle threads of OpenBLAS and OpenMP spin by default, on cores that the other worker needs:
# with both at work, PCA took twenty times as long. Numpy reads this when it is imported.
CALM_THREADS = {"OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}

Work = Callable[[Task, Outbox], None]


class Worker:
    """A process that does one kind of work and tells of it."""

    def __init__(self, name: str, work: Work, task: Task, stage: str, hear: Send) -> None:
        """Start it.

        Args:
            work: a module-level function, run in the process.
            stage: the stage that failed if the process ends before it has said anything.
            hear: called from a thread with each event.
        """
        # A forked process would inherit locks held by the server's threads.
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._hear = hear
        self._stage = stage
        self._done = False
        self._asking = threading.Lock()
        self.process = context.Process(
            target=_main, args=(work, task, theirs), name=f"innerview-{name}", daemon=True
        )
        with _environment(CALM_THREADS):
            self.process.start()
        theirs.close()
        self._thread = threading.Thread(target=self._listen, daemon=True, name=f"hear-{name}")
        self._thread.start()

    @property
    def alive(self) -> bool:
        with self._asking:
            return not self._done and self.process.is_alive()

    def order(self, value: Any) -> None:
        """Send an order; one for a worker that has ended is lost."""
        with contextlib.suppress(OSError):
            self._pipe.send(value)

    def stop(self) -> None:
        """End the process; its artefacts are whole or absent at any moment."""
        self._done = True
        self.process.terminate()
        if not self._ended(PATIENCE):
            self.process.kill()
            self._ended(PATIENCE)

    def join(self) -> None:
        """Wait until the process has ended by itself and all it said has been heard."""
        self._thread.join()

    def _ended(self, patience: float | None = None) -> bool:
        """Whether the process has ended within a time in seconds; None waits for ever."""
        if not wait([self.process.sentinel], patience):
            return False
        # Of two threads that ask the system at once, one is told that there is no such process.
        with self._asking:
            self.process.join()
        return True

    def _listen(self) -> None:
        while True:
            try:
                event = self._pipe.recv()
            except (EOFError, OSError):
                break
            if isinstance(event, Stage) and event.state == "running":
                self._stage = event.id
            self._hear(event)
        self._ended()
        if self.process.exitcode != 0 and not self._done:
            self._hear(Failure(self._stage, _ending(self.process.exitcode), False, ""))
        self._done = True


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Variables that a process started meanwhile inherits; what the user has set stays."""
    added = {name: value for name, value in values.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        why = "; the machine may have run out of memory" if name == "SIGKILL" else ""
        return f"The worker process was ended by {name}{why}. Start again to go on from here."
    return f"The worker process ended unexpectedly (exit code {code}); --debug shows more."


def _main(work: Work, task: Task, pipe: Connection) -> None:
    # Ctrl-C reaches every process of the terminal; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow_parent, daemon=True).start()
    if not task.verbose:
        _silence()
    attempt(work, task, Outbox(pipe))


def attempt(work: Work, task: Task, outbox: Outbox) -> None:
    """Do the work; what goes wrong is told, unless it is that nobody listens any more."""
    try:
        work(task, outbox)
    except (EOFError, BrokenPipeError):
        pass
    except UserError as error:
        outbox.send(Failure(outbox.stage, str(error), True, traceback.format_exc()))
    except Exception as error:
        message = f"{type(error).__name__}: {error}".splitlines()[0]
        outbox.send(Failure(outbox.stage, message, False, traceback.format_exc()))


def _silence() -> None:
    """Drop what native code writes to standard error: TensorFlow reports there on every start."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _follow_parent() -> None:
    """End when the parent has ended, however it did."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
