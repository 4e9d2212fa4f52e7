"""The runs of a store as the page takes them, made again only when something has changed."""

import hashlib
import os
import threading
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from innerview.records import Checkpoint
from innerview.stores.base import Run, is_alive
from views.training.columns import Column, make_columns
from views.training.library import Opened
from views.training.mounts_files import below, folder_of
from views.training.questions import dumps
from views.training.runs_catalog import Snapshot

# Stores whose tables are kept for requests to come.
KEPT = 16


@dataclass(frozen=True, eq=False)
class Table:
    """The runs of a store at one moment.

    Attributes:
        revision: differs whenever anything of the table does, also whether a writer is still there.
        folder: where the store's checkpoints lie.
    """

    revision: str
    snapshot: Snapshot
    alive: frozenset[str]
    folder: Path

    @cached_property
    def ids(self) -> list[str]:
        """Of the runs, the newest first."""
        return list(self.snapshot.runs)

    @cached_property
    def columns(self) -> list[Column]:
        return make_columns(self.snapshot, self.alive)

    @cached_property
    def text(self) -> str:
        """The runs, columns and tags as the members of a JSON object, without its last bracket."""
        data = {
            "changed": True,
            "revision": self.revision,
            "runs": self.describe(),
            "columns": [column.describe() for column in self.columns],
            "tags": self.snapshot.tags(),
            "deleted": self.snapshot.deleted,
        }
        return dumps(data)[:-1]

    def describe(self) -> list[dict[str, Any]]:
        """Each run with its cell of every column."""
        names = [column.name for column in self.columns]
        rows = zip(*(column.cells for column in self.columns), strict=True)
        return [
            self._describe(run) | {"values": dict(zip(names, row, strict=True))}
            for run, row in zip(self.snapshot.runs.values(), rows, strict=True)
        ]

    def _describe(self, run: Run) -> dict[str, Any]:
        checkpoints = self.snapshot.checkpoints.get(run.id, [])
        return {
            "id": run.id,
            "name": run.name,
            "folder": run.folder,
            "started": run.started,
            "updated": run.updated,
            "status": run.status,
            "alive": run.id in self.alive,
            "parameters": dict(run.parameters),
            "source": dict(run.source),
            "tags": list(run.tags),
            "note": run.note,
            "hidden": run.hidden,
            "deleted": run.deleted,
            "checkpoints": [describe_checkpoint(found, self.folder) for found in checkpoints],
        }

    def found(self, mask: NDArray[np.bool_]) -> list[str]:
        """The ids of the runs that a mask, (runs,), holds."""
        return [id for id, hit in zip(self.ids, mask, strict=True) if hit]


def describe_checkpoint(checkpoint: Checkpoint, folder: Path) -> dict[str, Any]:
    """A checkpoint for the page.

    A path that leads elsewhere, which a stranger may have written, is not even looked at: opening
    it says why it cannot be.
    """
    path = below(folder, checkpoint.path)
    return {
        "id": checkpoint.id,
        "step": checkpoint.step,
        "epoch": checkpoint.epoch,
        "time": checkpoint.time,
        "name": os.path.basename(checkpoint.path.rstrip("/\\")),
        "exists": path is None or path.exists(),
    }


class Tables:
    """Keeps the last table of each store. May be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tables: dict[str, Table] = {}

    def read(self, opened: Opened, now: float | None = None) -> Table:
        """The table of a store as it is now.

        Args:
            now: seconds since 1970; the clock's without.

        Raises:
            StoreError: the store is lost.
        """
        snapshot = opened.catalog.snapshot()
        moment = time.time() if now is None else now
        # Writers go silent without any change of the store.
        alive = frozenset(id for id, run in snapshot.runs.items() if is_alive(run, moment))
        revision = _revision(snapshot.revision, alive)
        known = self._tables.get(opened.id)
        if known is not None and known.revision == revision:
            return known
        table = Table(revision, snapshot, alive, folder_of(opened.backend))
        with self._lock:
            self._tables.pop(opened.id, None)
            self._tables[opened.id] = table
            while len(self._tables) > KEPT:
                del self._tables[next(iter(self._tables))]
        return table


def _revision(store: str, alive: frozenset[str]) -> str:
    state = hashlib.blake2b(digest_size=9)
    for part in (store, *sorted(alive)):
        state.update(f"{len(part)}:{part}".encode(errors="replace"))
    return state.hexdigest()
