"""Curves that were read, kept until they change or too many are."""

import threading
from collections import OrderedDict
from collections.abc import Sequence

from innerview.stores.base import Scalar
from views.training.library import Opened
from views.training.runs_catalog import Snapshot

# Bytes; a point takes 24.
MOST = 2**30
# Curves that are read at once, so that reading ten thousand of them does not take all memory.
BATCH = 256

Wanted = Sequence[tuple[str, str]]
Key = tuple[str, str, str]


class Curves:
    """Reads through to the stores. May be called from any thread."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, tuple[int, Scalar]] = OrderedDict()
        self._size = 0

    def read(self, opened: Opened, snapshot: Snapshot, wanted: Wanted) -> list[Scalar | None]:
        """The scalars of (run, tag) in their order; None for those that the snapshot has not.

        Raises:
            StoreError: the store is lost.
        """
        found: dict[tuple[str, str], Scalar] = {}
        missing: list[tuple[str, str]] = []
        for run, tag in dict.fromkeys(wanted):
            series = snapshot.scalar(run, tag)
            if series is not None:
                kept = self._take((opened.id, run, tag), series.revision)
                if kept is None:
                    missing.append((run, tag))
                else:
                    found[run, tag] = kept
        for start in range(0, len(missing), BATCH):
            part = missing[start : start + BATCH]
            for (run, tag), scalar in zip(part, opened.backend.scalars(part), strict=True):
                series = snapshot.scalar(run, tag)
                assert series is not None
                # What was written since the snapshot is there too; its revision will be higher.
                self._keep((opened.id, run, tag), series.revision, scalar)
                found[run, tag] = scalar
        return [found.get(each) for each in wanted]

    def _take(self, key: Key, revision: int) -> Scalar | None:
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or kept[0] != revision:
                return None
            self._kept.move_to_end(key)
            return kept[1]

    def _keep(self, key: Key, revision: int, scalar: Scalar) -> None:
        with self._lock:
            before = self._kept.pop(key, None)
            if before is not None:
                self._size -= _bytes(before[1])
            self._kept[key] = (revision, scalar)
            self._size += _bytes(scalar)
            while self._size > self._most and len(self._kept) > 1:
                _, (_, oldest) = self._kept.popitem(last=False)
                self._size -= _bytes(oldest)


def _bytes(scalar: Scalar) -> int:
    return scalar.steps.nbytes + scalar.times.nbytes + scalar.values.nbytes
