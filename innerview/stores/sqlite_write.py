"""Records into the tables of a SQLite store, each of them as often as its writer likes."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from innerview.records import (
    Checkpoint,
    ClassMap,
    ClassPoints,
    Curve,
    Histogram,
    Image,
    Points,
    Record,
    RunChanged,
    RunStarted,
    Text,
)
from innerview.stores.packing import pack, pack_floats, pack_names, unpack
from innerview.stores.sqlite_points import Memory, PointWriter

FOLDER_OF_UNKNOWN = "default"


class Writing:
    """One transaction; the connection is in it already."""

    def __init__(self, connection: sqlite3.Connection, memory: Memory | None = None) -> None:
        """
        Args:
            memory: what this process wrote before.
        """
        self.connection = connection
        meta = dict(connection.execute("SELECT name, value FROM meta"))
        self.revision = int(meta["revision"]) + 1
        memory = Memory() if memory is None else memory
        # Another file in the same place, and what a person changed, are nothing to rely on.
        memory.check((meta.get("name"), meta.get("edits")))
        self.points = PointWriter(connection, self.revision, memory)
        self._runs = memory.runs

    def one(self, statement: str, values: Sequence[Any] = ()) -> tuple[Any, ...]:
        """The first row."""
        return self.connection.execute(statement, values).fetchone()  # type: ignore[no-any-return]

    def find(self, statement: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """The first row, None where there is none."""
        row: tuple[Any, ...] | None = self.connection.execute(statement, values).fetchone()
        return row

    def run(self, statement: str, values: Sequence[Any] = ()) -> int:
        """How many rows it changed."""
        return self.connection.execute(statement, values).rowcount

    def write(self, records: Sequence[Record]) -> None:
        before = self.connection.total_changes
        for record in records:
            if self._is_wanted(record):
                _WRITERS[type(record)](self, record)
        self.points.flush()
        if self.connection.total_changes != before:
            self.count_revision()

    def count_revision(self) -> None:
        self.run("UPDATE meta SET value = ? WHERE name = 'revision'", (self.revision,))

    def count_edit(self) -> None:
        """What other processes remember of the store is out of date."""
        self.run(
            "INSERT INTO meta VALUES ('edits', 1) ON CONFLICT (name) DO UPDATE "
            "SET value = value + 1"
        )
        self.count_revision()

    def _is_wanted(self, record: Record) -> bool:
        """Whether its run is there; makes it, unless it was erased."""
        run = record.run
        if isinstance(record, RunStarted):
            self._runs.pop(run, None)
            erased = self.find("SELECT time FROM erased WHERE run = ?", (run,))
            if erased is not None and record.time > erased[0]:
                self.run("DELETE FROM erased WHERE run = ?", (run,))
                return True
            return erased is None
        if run not in self._runs:
            self._runs[run] = self._find_run(record)
        return self._runs[run]

    def _find_run(self, record: Record) -> bool:
        if self.find("SELECT 1 FROM run WHERE id = ?", (record.run,)) is not None:
            return True
        if self.find("SELECT 1 FROM erased WHERE run = ?", (record.run,)) is not None:
            return False
        assert not isinstance(record, RunStarted)
        # Its start was lost, or is still on its way: what it logged is kept all the same.
        time = float(record.times[0]) if isinstance(record, Points) else record.time
        self.run(
            "INSERT INTO run (id, name, folder, started, updated, status, known) "
            "VALUES (?, ?, ?, ?, ?, 'running', 0)",
            (record.run, record.run, FOLDER_OF_UNKNOWN, time, time),
        )
        return True

    def start(self, record: RunStarted) -> None:
        source = pack(record.source)
        added = self.run(
            "INSERT INTO run (id, name, folder, started, updated, status, source) "
            "VALUES (?, ?, ?, ?, ?, 'running', ?) ON CONFLICT DO NOTHING",
            (record.run, record.name, record.folder, record.time, record.time, source),
        )
        if added:
            return
        self.run(
            "UPDATE run SET name = ?, folder = ?, started = min(started, ?), source = ?, known = 1 "
            "WHERE id = ? AND known = 0",
            (record.name, record.folder, record.time, source, record.run),
        )
        # A person may have renamed it meanwhile, so those two stay.
        self.run(
            "UPDATE run SET status = 'running', source = ?, updated = ? "
            "WHERE id = ? AND updated < ?",
            (source, record.time, record.run, record.time),
        )

    def change(self, record: RunChanged) -> None:
        status, updated, parameters, edited = self.one(
            "SELECT status, updated, parameters, edited FROM run WHERE id = ?", (record.run,)
        )
        if record.parameters:
            # What a person has corrected or removed stays so.
            by_hand = set(unpack(edited))
            learned = {k: value for k, value in record.parameters.items() if k not in by_hand}
            parameters = pack(unpack(parameters) | learned)
        if record.status is not None and record.time >= updated:
            status = record.status
        self.run(
            "UPDATE run SET status = ?1, updated = max(updated, ?2), parameters = ?3 "
            "WHERE id = ?4 AND (status <> ?1 OR updated < ?2 OR parameters <> ?3)",
            (status, record.time, parameters, record.run),
        )

    def touch(self, run: str, time: float) -> None:
        self.run("UPDATE run SET updated = ?1 WHERE id = ?2 AND updated < ?1", (time, run))

    def add_points(self, record: Points) -> None:
        self.points.add(record)

    def count_item(self, run: str, tag: str, kind: str, step: int, time: float) -> None:
        """A record of a tag has been added."""
        self.run(
            "INSERT INTO series (run, tag, kind, count, last_step, last_time, revision) "
            "VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6) ON CONFLICT (run, tag, kind) DO UPDATE SET "
            "count = count + 1, revision = ?6, "
            "last_step = CASE WHEN ?5 >= last_time THEN ?4 ELSE last_step END, "
            "last_time = max(last_time, ?5)",
            (run, tag, kind, step, time, self.revision),
        )

    def add_histogram(self, record: Histogram) -> None:
        added = self.run(
            "INSERT INTO histogram (run, tag, id, step, time, edges, counts) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (*_place(record), pack_floats(record.edges), pack_floats(record.counts)),
        )
        if added:
            self.count_item(record.run, record.tag, "histogram", record.step, record.time)

    def add_image(self, record: Image) -> None:
        added = self.run(
            "INSERT INTO image (run, tag, id, step, time, width, height, png) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (*_place(record), record.width, record.height, record.png),
        )
        if added:
            self.count_item(record.run, record.tag, "image", record.step, record.time)

    def add_text(self, record: Text) -> None:
        # One that a person changed or removed (its text is NULL) is there already.
        added = self.run(
            "INSERT INTO text (run, tag, id, step, time, text) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (*_place(record), record.text),
        )
        if added:
            self.count_item(record.run, record.tag, "text", record.step, record.time)

    def add_curve(self, record: Curve) -> None:
        added = self.run(
            "INSERT INTO curve (run, tag, id, step, time, thresholds, counts) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (*_place(record), pack_floats(record.thresholds), pack_floats(record.counts)),
        )
        if added:
            self.count_item(record.run, record.tag, "curve", record.step, record.time)

    def add_checkpoint(self, record: Checkpoint) -> None:
        self.run(
            "INSERT INTO checkpoint (run, id, step, time, epoch, path) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (record.run, record.id, record.step, record.time, record.epoch, record.path),
        )

    def add_class_map(self, record: ClassMap) -> None:
        added = self.run(
            "INSERT INTO class_map (run, tag, id, step, time, epoch, height, width, classes, "
            "x_low, x_high, y_low, y_high, content) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (
                *_place(record), record.epoch, record.height, record.width, record.classes,
                *record.xlim, *record.ylim, record.content,
            ),
        )  # fmt: skip
        if added:
            self.count_item(record.run, record.tag, "map", record.step, record.time)

    def add_class_points(self, record: ClassPoints) -> None:
        added = self.run(
            "INSERT INTO class_points (run, tag, id, time, points, labels, names) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (
                record.run, record.tag, record.id, record.time,
                np.ascontiguousarray(record.points, "<f4").tobytes(),
                np.ascontiguousarray(record.labels, "<i4").tobytes(), pack_names(record.names),
            ),
        )  # fmt: skip
        if added:
            # Whoever shows the maps of this tag has to look again.
            self.run(
                "UPDATE series SET revision = ? WHERE run = ? AND tag = ? AND kind = 'map'",
                (self.revision, record.run, record.tag),
            )


_WRITERS: dict[type[Record], Callable[[Writing, Any], None]] = {
    RunStarted: Writing.start,
    RunChanged: Writing.change,
    Points: Writing.add_points,
    Histogram: Writing.add_histogram,
    Image: Writing.add_image,
    Text: Writing.add_text,
    Curve: Writing.add_curve,
    Checkpoint: Writing.add_checkpoint,
    ClassMap: Writing.add_class_map,
    ClassPoints: Writing.add_class_points,
}


def _place(record: Histogram | Image | Text | Curve | ClassMap) -> tuple[str, str, str, int, float]:
    return record.run, record.tag, record.id, record.step, record.time
