"""Brings records into a store, or keeps them where they are safe until it is back."""

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence

from innerview.leftovers import write_whole
from innerview.records import Image, Points, Record, Text
from innerview.spill import BATCH, Spill, folders
from innerview.stores.base import Backend

log = logging.getLogger("innerview")

# Seconds between attempts to reach a lost store.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
# Kept in memory when no file can be written either.
MOST_BYTES = 100 << 20


class Delivery:
    """Used by one thread at a time; raises nothing.

    Attributes:
        opening: what a store has to know of the run before anything else; comes first in a spill
            file, as the store may be another one by the time that it is read.
    """

    def __init__(self, url: str, name: str, open: Callable[[], Backend]) -> None:
        """
        Args:
            name: of the spill file, if there has to be one.
            open: gives the store, or raises a StoreError.
        """
        self.opening: list[Record] = []
        self._url = url
        self._name = name
        self._open = open
        self._backend: Backend | None = None
        self._spill = Spill(folders(url), f"{name}.jsonl")
        self._backlog: deque[Record] = deque()
        self._backlog_bytes = 0
        self._dropped = 0
        self._lost = False
        self._pause = FIRST_PAUSE
        self._next_attempt = 0.0
        self._in_flight: list[Record] = []

    @property
    def is_lost(self) -> bool:
        """Whether something is not in the store yet."""
        return self._lost

    def deliver(self, records: Sequence[Record], now: bool = False) -> None:
        """Write records, or keep them.

        Args:
            now: try to reach a lost store even if it is not time yet.
        """
        if self._lost:
            self._keep(records)
            if now or time.monotonic() >= self._next_attempt:
                self._recover()
            return
        if not records:
            return
        try:
            self._write(list(records))
        except Exception as error:
            # A StoreError as a rule; whatever else it is, the training goes on.
            self._lost = True
            self._keep([*self.opening, *records])
            self._wait_longer(FIRST_PAUSE)
            log.warning(
                "%s What is logged meanwhile is kept in %s and written when the store is back.",
                error,
                self._place,
            )

    def leave(self) -> None:
        """Let go of the store and of the spill file, which stays."""
        if self._dropped:
            log.warning("%d records were lost, as no file could be written.", self._dropped)
        if self._lost and self._spill.path is not None:
            log.warning(
                "What the store lacks lies in %s; it is written when the store is next used.",
                self._spill.path,
            )
        if self._backlog:
            log.warning("%d records could be kept nowhere.", len(self._backlog))
        self._spill.close()
        if self._backend is not None:
            self._backend.close()

    def rescue(self, records: Sequence[Record]) -> None:
        """Keep records in a file of their own, and those that another thread is stuck with."""
        spill = Spill(folders(self._url), f"{self._name}-rest.jsonl")
        try:
            spill.append([*self.opening, *self._in_flight, *records])
        except OSError as error:
            log.warning("The last records could not be kept: %s", error)
            return
        log.warning(
            "The store does not answer; the last records lie in %s and are written when the store "
            "is next used.",
            spill.path,
        )
        spill.close()

    @property
    def _place(self) -> str:
        return "memory" if self._spill.path is None else str(self._spill.path)

    def _write(self, records: list[Record]) -> None:
        self._in_flight = records
        if self._backend is None:
            self._backend = self._open()
        write_whole(self._backend, records)
        self._in_flight = []

    def _keep(self, records: Sequence[Record]) -> None:
        if not self._backlog:
            try:
                self._spill.append(records)
                return
            except OSError:
                pass
        self._backlog.extend(records)
        self._backlog_bytes += sum(map(size, records))
        while self._backlog_bytes > MOST_BYTES:
            self._backlog_bytes -= size(self._backlog.popleft())
            self._dropped += 1

    def _recover(self) -> None:
        try:
            for batch in self._spill.read():
                self._write(batch)
            while self._backlog:
                first = [self._backlog[n] for n in range(min(BATCH, len(self._backlog)))]
                self._write(first)
                for record in first:
                    self._backlog_bytes -= size(record)
                    self._backlog.popleft()
        except Exception as error:
            log.debug("The store is still lost: %s", error)
            self._wait_longer(self._pause * 2)
            return
        self._spill.remove()
        self._lost = False
        log.info("The store is back, and has all that was logged meanwhile.")

    def _wait_longer(self, pause: float) -> None:
        self._pause = min(pause, LONGEST_PAUSE)
        self._next_attempt = time.monotonic() + self._pause


def size(record: Record) -> int:
    """About how many bytes a record takes in memory."""
    if isinstance(record, Points):
        return 400 + 24 * len(record.steps)
    if isinstance(record, Image):
        return 400 + len(record.png)
    return 400 + len(record.text) if isinstance(record, Text) else 2000
