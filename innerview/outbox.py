"""The thread that carries what a training loop logs into the store."""

import logging
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Mapping

from innerview.columns import Column
from innerview.delivery import Delivery
from innerview.ids import make_writer_id
from innerview.records import Record, RunChanged, RunStarted, Value
from innerview.stores.base import Backend

log = logging.getLogger("innerview")

# Seconds between two signs of life.
HEARTBEAT = 5.0
# Seconds that a new writer waits for its store.
OPENING = 2.0
# Seconds that closing waits for a store that is lost or slow.
CLOSING = 5.0
# Seconds that the end of a script waits for a store that does not even fail.
PATIENCE = 6.0

_all: "weakref.WeakSet[Outbox]" = weakref.WeakSet()


class Outbox:
    """Takes records and scalars from any thread, without waiting, and writes them in the
    background.

    A process that is forked has an empty outbox and a writer id of its own: what was on its way
    is written by the parent. It does not start or end the run.

    Attributes:
        columns: of each scalar's tag; emptied when the outbox is closed, and by a fork.
    """

    def __init__(
        self, url: str, started: RunStarted, open: Callable[[], Backend], flush_secs: float
    ) -> None:
        self.columns: dict[str, Column] = {}
        self.first_steps: dict[str, int] = {}
        self._url = url
        self._started = started
        self._open = open
        self._flush_secs = min(max(flush_secs, 0.01), HEARTBEAT)
        self._is_child = self._has_failed = False
        self._latest = started.time
        self._parameters: dict[str, Value] = {}
        self._renew()
        _all.add(self)
        self.put(started)
        # A store that opens at all has opened, and shows the run, before anything is logged.
        self.flush(OPENING)

    def _renew(self) -> None:
        """As new, in a new process too: nothing is shared with the one before."""
        self.writer = make_writer_id()
        self._queue: deque[Record | Callable[[], Record | None]] = deque()
        self._changed = threading.Condition()
        self.delivering = threading.Lock()
        self._asked = self._answered = 0
        self._closing = self._closed = False
        self._thread: threading.Thread | None = None
        self._last_word = time.monotonic()
        self._delivery = Delivery(self._url, f"{self._started.run}-{self.writer}", self._open)
        self._delivery.opening = [self._started]

    @property
    def is_closed(self) -> bool:
        return self._closing

    def put(self, record: Record | Callable[[], Record | None]) -> None:
        """Have a record written, or one that a function makes in the background."""
        self._queue.append(record)
        if self._thread is None:
            self._start()

    def set_parameters(self, parameters: Mapping[str, Value]) -> None:
        self._parameters |= parameters
        run, moment = self._started.run, self._moment()
        self._delivery.opening = [self._started, RunChanged(run, moment, self._parameters)]
        self.put(RunChanged(run, moment, dict(parameters)))

    def add_column(self, tag: str) -> Column:
        """The column of a new tag."""
        with self._changed:
            if tag not in self.columns:
                first = self.first_steps.get(tag, 0)
                self.columns[tag] = Column(self._started.run, tag, self.writer, first)
        if self._thread is None:
            self._start()
        return self.columns[tag]

    def flush(self, timeout: float) -> bool:
        """Wait until what was logged by now is in the store.

        Returns:
            False if it is not: the store is lost, or too slow.
        """
        with self._changed:
            if self._thread is None or self._closed:
                return not self._delivery.is_lost
            self._asked += 1
            asked = self._asked
            self._changed.notify_all()
            done = self._changed.wait_for(lambda: self._answered >= asked, timeout)
        return done and not self._delivery.is_lost

    def close(self, status: str) -> None:
        """Write what is left, and how the run ended; waits a few seconds for a lost store."""
        with self._changed:
            if self._closing:
                return
            self._closing = True
        if not self._is_child:
            # A store takes no news of before the last sign of life, so its moment is found when
            # it is written.
            self._queue.append(lambda: RunChanged(self._started.run, self._moment(), {}, status))
        if self._thread is None:
            # A fork that has logged nothing, or an interpreter that starts no more threads.
            if self._queue and not self._is_child:
                self._finish()
            return
        with self._changed:
            self._changed.notify_all()
        if self._thread is threading.current_thread():
            return
        self._thread.join(PATIENCE)
        if self._thread.is_alive():
            self._rescue()

    def _start(self) -> None:
        with self._changed:
            if self._thread is not None or self._closing:
                return
            thread = threading.Thread(target=self._work, name="innerview", daemon=True)
            try:
                thread.start()
            except RuntimeError:
                # The interpreter is about to end; `close` writes what is left.
                return
            self._thread = thread
        if self._is_child:
            _close_at_end_of_child(self)

    def _work(self) -> None:
        while not self._closing:
            asked = self._wait()
            with self.delivering:
                self._pass(now=asked > self._answered)
            with self._changed:
                self._answered = asked
                self._changed.notify_all()
        self._finish()

    def _wait(self) -> int:
        with self._changed:
            if self._asked == self._answered and not self._closing:
                self._changed.wait(self._flush_secs)
            return self._asked

    def _pass(self, now: bool = False) -> None:
        """Write what there is."""
        try:
            self._delivery.deliver(self._gather(), now)
        except Exception as error:
            if not self._has_failed:
                log.warning("Something logged could not be written: %r", error)
            self._has_failed = True

    def _gather(self) -> list[Record]:
        records: list[Record] = []
        ending: list[Record] = []
        for _ in range(len(self._queue)):
            record = self._made(self._queue.popleft())
            if isinstance(record, RunChanged) and record.status is not None:
                ending.append(record)
            elif record is not None:
                records.append(record)
        for column in list(self.columns.values()):
            records += column.take()
        moment = time.monotonic()
        if moment - self._last_word > HEARTBEAT and not ending:
            self._last_word = moment
            records.append(RunChanged(self._started.run, self._moment(), {}))
        return records + ending

    def _moment(self) -> float:
        """Now, in seconds since 1970; never earlier than before, whatever the clock does."""
        self._latest = max(self._latest, time.time())
        return self._latest

    def _made(self, record: Record | Callable[[], Record | None]) -> Record | None:
        if not callable(record):
            return record
        try:
            return record()
        except Exception as error:
            log.warning("Something logged could not be kept: %s", error)
            return None

    def _finish(self) -> None:
        columns = list(self.columns.values())
        # From here on, what is logged comes too late, and its writer learns of that.
        self.columns.clear()
        end = time.monotonic() + CLOSING
        with self.delivering:
            self._pass_rest(columns)
            while self._delivery.is_lost and time.monotonic() < end:
                time.sleep(0.25)
                self._pass(now=True)
            self._delivery.leave()
        with self._changed:
            self._closed = True
            self._answered = self._asked
            self._changed.notify_all()

    def _pass_rest(self, columns: list[Column]) -> None:
        for column in columns:
            self._queue.extend(column.take())
        self._pass(now=True)

    def _rescue(self) -> None:
        """The store does not answer, and the process is about to end: keep it all in a file."""
        columns = list(self.columns.values())
        self.columns.clear()
        for column in columns:
            self._queue.extend(column.take())
        self._delivery.rescue(self._gather())

    def leave_to_parent(self) -> None:
        """In a process that was just forked: start anew."""
        self._is_child = True
        for column in self.columns.values():
            self.first_steps[column.tag] = next(column.steps)
        self.columns.clear()
        closed = self._closing
        _inherited.append(self._delivery)
        self._renew()
        self._closing = closed


# Connections of a parent: they must not even be closed in a child.
_inherited: list[Delivery] = []


def _close_at_end_of_child(outbox: Outbox) -> None:
    """Processes of multiprocessing end without what other processes run at their end."""
    import sys

    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        util.Finalize(None, outbox.close, args=("done",), exitpriority=0)


# Locks held while the process forks, so that no connection is copied in the middle of its work.
_held: list[threading.Lock] = []


def _before_fork() -> None:
    for outbox in list(_all):
        lock = outbox.delivering
        # A lost database may keep it for long; then the child has a copy that it never touches.
        if lock.acquire(timeout=1.0):
            _held.append(lock)


def _after_fork_in_parent() -> None:
    while _held:
        _held.pop().release()


def _after_fork_in_child() -> None:
    _held.clear()
    for outbox in list(_all):
        outbox.leave_to_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork,
        after_in_parent=_after_fork_in_parent,
        after_in_child=_after_fork_in_child,
    )
