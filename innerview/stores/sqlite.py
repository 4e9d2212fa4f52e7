"""Runs in a folder, in one SQLite file: many writers and readers at once, nothing to install."""

import math
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from innerview.errors import DamagedError, StoreError
from innerview.records import (
    Checkpoint,
    ClassMap,
    ClassPoints,
    Curve,
    Histogram,
    Record,
    Text,
)
from innerview.stores.base import ClassMapInfo, ImageInfo, Run, Scalar, Series
from innerview.stores.packing import join_pieces, unpack, unpack_limits, unpack_names
from innerview.stores.sqlite_change import correct, edit, erase, put_text, remove_text
from innerview.stores.sqlite_connections import Connections
from innerview.stores.sqlite_points import Memory
from innerview.stores.sqlite_schema import decoding
from innerview.stores.sqlite_write import Writing

_MAP = "run, tag, id, step, time, epoch, height, width, classes, x_low, x_high, y_low, y_high"


def open_sqlite(folder: Path, create: bool = False) -> "SqliteBackend":
    """The store in a folder.

    Args:
        create: make it where there is none.

    Raises:
        StoreError: there is none, or it cannot be opened.
    """
    return SqliteBackend(folder, create)


class SqliteBackend:
    """See innerview.stores.base.Backend."""

    kind = "sqlite"

    def __init__(self, folder: Path, create: bool) -> None:
        self._folder = Path(folder).expanduser().absolute()
        self._connections = Connections(self._folder, create)
        self._memory = Memory()

    @property
    def title(self) -> str:
        return self._folder.name or str(self._folder)

    @property
    def writable(self) -> bool:
        return self._connections.writable

    @property
    def folder(self) -> str | None:
        return str(self._folder)

    def close(self) -> None:
        self._connections.close()

    def write(self, records: Sequence[Record]) -> None:
        memory = self._memory
        # Only what is surely in the store is remembered: nobody has it until then.
        self._memory = Memory()
        try:
            self._write(records, memory)
        except sqlite3.IntegrityError:
            # Somebody else has written what only this process should.
            memory = Memory()
            self._write(records, memory)
        self._memory = memory

    def _write(self, records: Sequence[Record], memory: Memory) -> None:
        with self._connections.write() as connection:
            Writing(connection, memory).write(records)

    def revision(self) -> str:
        with self._connections.borrow() as connection:
            rows = connection.execute("SELECT value FROM meta ORDER BY name").fetchall()
        # The store's own name is in it: another file at the same place is another store.
        return "-".join(str(value) for (value,) in rows)

    def runs(self) -> list[Run]:
        rows = self._rows(
            "SELECT id, name, folder, started, updated, status, parameters, source, tags, "
            "note, hidden, deleted FROM run ORDER BY started, id"
        )
        with self._decoding():
            return [_run(row) for row in rows]

    def series(self, run: str | None = None) -> list[Series]:
        rows = self._rows(
            "SELECT run, tag, kind, count, last_step, last, smallest, largest, revision "
            "FROM series WHERE (?1 IS NULL OR run = ?1) AND count > 0 ORDER BY tag, run, kind",
            (run,),
        )
        with self._decoding():
            return [Series(*(*row[:5], *map(_number, row[5:8]), row[8])) for row in rows]

    def scalars(self, wanted: Sequence[tuple[str, str]]) -> list[Scalar]:
        found = []
        with self._connections.read() as connection:
            for run, tag in wanted:
                rows = connection.execute(
                    "SELECT writer, count, points FROM piece WHERE series = (SELECT id FROM series "
                    "WHERE run = ? AND tag = ? AND kind = 'scalar') ORDER BY writer, number, start",
                    (run, tag),
                ).fetchall()
                with self._decoding():
                    found.append(join_pieces(rows))
        return found

    def histograms(self, run: str, tag: str) -> list[Histogram]:
        rows = self._rows(
            "SELECT run, tag, id, step, time, edges, counts FROM histogram "
            "WHERE run = ? AND tag = ? ORDER BY step, time",
            (run, tag),
        )
        with self._decoding():
            return [Histogram(*(*row[:5], _floats(row[5]), _floats(row[6]))) for row in rows]

    def images(self, run: str, tag: str) -> list[ImageInfo]:
        rows = self._rows(
            "SELECT run, tag, id, step, time, width, height FROM image "
            "WHERE run = ? AND tag = ? ORDER BY step, time",
            (run, tag),
        )
        return [ImageInfo(*row) for row in rows]

    def image(self, run: str, id: str) -> bytes | None:
        rows = self._rows("SELECT png FROM image WHERE run = ? AND id = ?", (run, id))
        return rows[0][0] if rows else None

    def texts(self, run: str | None = None) -> list[Text]:
        rows = self._rows(
            "SELECT run, tag, id, step, time, text FROM text "
            "WHERE (?1 IS NULL OR run = ?1) AND text IS NOT NULL ORDER BY time, id",
            (run,),
        )
        return [Text(*row) for row in rows]

    def curves(self, run: str, tag: str) -> list[Curve]:
        rows = self._rows(
            "SELECT run, tag, id, step, time, thresholds, counts FROM curve "
            "WHERE run = ? AND tag = ? ORDER BY step, time",
            (run, tag),
        )
        with self._decoding():
            return [
                Curve(*(*row[:5], _floats(row[5]), _floats(row[6]).reshape(4, -1))) for row in rows
            ]

    def class_maps(self, run: str, tag: str) -> list[ClassMapInfo]:
        rows = self._map_rows(
            f"SELECT {_MAP} FROM class_map WHERE run = ? AND tag = ? ORDER BY step, time",
            (run, tag),
        )
        found = []
        for row in rows:
            # One that is damaged does not take the others with it.
            with suppress(DamagedError), self._decoding():
                found.append(ClassMapInfo(*_place(row), *_map_facts(row)))
        return found

    def class_map(self, run: str, id: str) -> ClassMap | None:
        rows = self._map_rows(
            f"SELECT {_MAP}, content FROM class_map WHERE run = ? AND id = ?", (run, id)
        )
        with self._decoding():
            found = [ClassMap(*row[:3], *(*_map_facts(row), row[13])) for row in rows]
        return found[0] if found else None

    def class_points(self, run: str, tag: str) -> ClassPoints | None:
        rows = self._map_rows(
            "SELECT run, tag, id, time, points, labels, names FROM class_points "
            "WHERE run = ? AND tag = ? ORDER BY time DESC, rowid DESC LIMIT 1",
            (run, tag),
        )
        with self._decoding():
            found = [ClassPoints(*row[:4], *_samples(row)) for row in rows]
        return found[0] if found else None

    def checkpoints(self, run: str | None = None) -> list[Checkpoint]:
        rows = self._rows(
            "SELECT run, id, step, time, epoch, path FROM checkpoint "
            "WHERE ?1 IS NULL OR run = ?1 ORDER BY time, id",
            (run,),
        )
        return [Checkpoint(*row) for row in rows]

    def edit(self, run: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        with self._connections.write() as connection:
            return edit(Writing(connection), run, changes)

    def put_text(self, text: Text) -> None:
        with self._connections.write() as connection:
            put_text(Writing(connection), text)

    def remove_text(self, run: str, id: str) -> None:
        with self._connections.write() as connection:
            remove_text(Writing(connection), run, id)

    def correct(self, run: str, tag: str, step: int, value: float) -> int:
        with self._connections.write() as connection:
            return correct(Writing(connection), run, tag, step, value)

    def erase(self, run: str) -> None:
        with self._connections.write() as connection:
            erase(Writing(connection), run)

    def check(self) -> None:
        """Have SQLite look at the whole file.

        Raises:
            StoreError: it is damaged.
        """
        rows = self._rows("PRAGMA integrity_check")
        if rows != [("ok",)]:
            raise StoreError(f"{self._connections.path} is damaged: {rows[0][0]}")

    def _decoding(self) -> AbstractContextManager[None]:
        return decoding(self._connections.path)

    def _map_rows(self, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Of the tables that a store has which may only be read only if its writer knew them."""
        if not self.writable:
            known = self._rows("SELECT 1 FROM sqlite_master WHERE name = 'class_points'")
            if not known:
                return []
        return self._rows(statement, values)

    def _rows(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._connections.borrow() as connection:
            return connection.execute(statement, values).fetchall()


def _run(row: tuple[Any, ...]) -> Run:
    parameters, source, tags = (unpack(text) for text in row[6:9])
    hidden, deleted = bool(row[10]), bool(row[11])
    return Run(*(*row[:6], parameters, source, tuple(tags), row[9], hidden, deleted))


def _map_facts(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Step, time, epoch, height, width, classes, xlim, ylim from columns as in _MAP."""
    step, time, epoch, *sizes = row[3:9]
    limits = unpack_limits(*row[9:11]), unpack_limits(*row[11:13])
    done = None if epoch is None else int(epoch)
    return int(step), float(time), done, *map(int, sizes), *limits


def _samples(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Points, labels, names."""
    points = np.frombuffer(row[4], "<f4").reshape(-1, 2)
    labels = np.frombuffer(row[5], "<i4")
    assert len(points) == len(labels)
    return points, labels, unpack_names(row[6])


def _place(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Run, tag and id: SQLite keeps bytes in a column of texts, too."""
    assert all(isinstance(value, str) for value in row[:3])
    return row[:3]


def _number(value: float | None) -> float:
    """SQLite keeps NaN as NULL."""
    return math.nan if value is None else value


def _floats(content: bytes) -> NDArray[np.float64]:
    return np.frombuffer(content, "<f8")
