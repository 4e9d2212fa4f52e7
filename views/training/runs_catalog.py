"""What runs and tags a store has, read again only when the store has changed."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from innerview.records import Checkpoint
from innerview.stores.base import Backend, Run, Series

# Names of the kinds of tags, as the page has them.
KINDS = {
    "scalar": "scalars",
    "histogram": "histograms",
    "image": "images",
    "text": "texts",
    "curve": "curves",
    "map": "maps",
}

SCALAR = "scalar"


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A store at one moment, without its numbers.

    Attributes:
        revision: of the store, not later than what follows.
        runs: those that are not deleted, by id, the newest first.
        deleted: how many others there are.
        series: kind -> run -> tag -> what is known of it; of the runs above.
        checkpoints: run -> its checkpoints, by their times; of the runs above.
    """

    revision: str
    runs: Mapping[str, Run]
    deleted: int
    series: Mapping[str, Mapping[str, Mapping[str, Series]]]
    checkpoints: Mapping[str, list[Checkpoint]]

    def scalar(self, run: str, tag: str) -> Series | None:
        return self.series[SCALAR].get(run, {}).get(tag)

    def count(self, kind: str, run: str, tag: str) -> int:
        """How many records of a kind a run has under a tag."""
        series = self.series[kind].get(run, {}).get(tag)
        return 0 if series is None else series.count

    def scalars(self, run: str) -> Mapping[str, Series]:
        """The scalars of a run by their tags."""
        return self.series[SCALAR].get(run, {})

    def tags(self) -> dict[str, list[str]]:
        """The tags of every kind, in the order of the alphabet."""
        return {
            name: sorted({tag for tags in self.series[kind].values() for tag in tags})
            for kind, name in KINDS.items()
        }


class Catalog:
    """Keeps the last snapshot of a store. May be called from any thread."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None

    def snapshot(self) -> Snapshot:
        """What the store has now.

        Raises:
            StoreError: the store is lost.
        """
        # Asked before reading: what is written meanwhile has a later revision, and is read again.
        revision = self._backend.revision()
        known = self._snapshot
        if known is not None and known.revision == revision:
            return known
        with self._lock:
            # While this request waited, another may have read it.
            known = self._snapshot
            if known is None or known.revision != revision:
                known = self._snapshot = self._read(revision)
            return known

    def _read(self, revision: str) -> Snapshot:
        backend = self._backend
        every = sorted(backend.runs(), key=lambda run: (run.started, run.id), reverse=True)
        runs = {run.id: run for run in every if not run.deleted}
        checkpoints: dict[str, list[Checkpoint]] = {}
        for checkpoint in backend.checkpoints():
            if checkpoint.run in runs:
                checkpoints.setdefault(checkpoint.run, []).append(checkpoint)
        series = _by_kind(backend.series(), runs)
        return Snapshot(revision, runs, len(every) - len(runs), series, checkpoints)


def _by_kind(
    every: Iterable[Series], runs: Mapping[str, Run]
) -> dict[str, dict[str, dict[str, Series]]]:
    found: dict[str, dict[str, dict[str, Series]]] = {kind: {} for kind in KINDS}
    for series in every:
        if series.run in runs and series.kind in found:
            found[series.kind].setdefault(series.run, {})[series.tag] = series
    return found
