"""The points of curves into the tables of a SQLite store, in as few statements as can be.

Each statement lets the other threads of the process run, and has to get its turn back from a
training loop that is busy: their number is what logging costs. So a process remembers what it
wrote before.
"""

import math
import sqlite3
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from innerview.records import PIECE, Points
from innerview.stores.packing import extent, pack_points, unpack_points

# Of a piece that grows only what is new is added, as a part; now and then they are joined.
MOST_PARTS = 32
# Rows of one statement.
MOST_ROWS = 100


@dataclass(slots=True)
class Place:
    """Where a writer is in a curve: the piece it added to last, and what there is of it.

    Attributes:
        grew: this process has added to the piece, so that none after it can be there.
    """

    series: int
    number: int
    count: int
    parts: int
    grew: bool = False


@dataclass(slots=True)
class Memory:
    """What this process wrote, as long as no other may have changed it.

    Attributes:
        token: of the file, and of how often something in it was corrected or erased.
        runs: whether a run is wanted, by its id.
        places: by run, tag and writer. A piece is written by its writer's process only.
    """

    token: tuple[Any, ...] = ()
    runs: dict[str, bool] = field(default_factory=dict)
    places: dict[tuple[str, str, str], Place] = field(default_factory=dict)

    def check(self, token: tuple[Any, ...]) -> None:
        """Forget everything if the token is another one."""
        if token != self.token:
            self.token = token
            self.runs.clear()
            self.places.clear()


@dataclass(slots=True)
class Growth:
    """What is new in a curve."""

    run: str
    tag: str
    writer: str
    added: int
    step: int
    time: float
    last: float
    smallest: float | None
    largest: float | None


class PointWriter:
    """Writes points within one transaction; `flush` at its end."""

    def __init__(self, connection: sqlite3.Connection, revision: int, memory: Memory) -> None:
        self.connection = connection
        self.revision = revision
        self.memory = memory
        self._parts: list[tuple[Any, ...]] = []
        self._growths: dict[int, Growth] = {}

    def add(self, record: Points) -> None:
        """Keep the points of a piece that are not there yet."""
        count = len(record.steps)
        if not count:
            return
        key = (record.run, record.tag, record.writer)
        place = self.memory.places.get(key)
        if place is not None and place.grew and record.number == place.number + 1:
            # Writers begin a piece when the one before is full.
            place = self.memory.places[key] = Place(place.series, record.number, 0, 0)
        elif place is None or record.number != place.number:
            place = self._look(record)
            self.memory.places[key] = place
        if place.count >= count:
            return
        if place.count and (count >= PIECE or place.parts >= MOST_PARTS):
            self._join(place, record)
        else:
            self._add_part(place, record, record.values, place.count, 0)
        self._grow(place, record)
        place.count, place.grew = count, True

    def flush(self) -> None:
        """Write what `add` was given."""
        for first in range(0, len(self._parts), MOST_ROWS):
            rows = self._parts[first : first + MOST_ROWS]
            self.connection.execute(
                "INSERT INTO piece (series, writer, number, start, count, corrected, points) "
                f"VALUES {_places(len(rows), 7)}",
                [value for row in rows for value in row],
            )
        self._parts.clear()
        growths = list(self._growths.values())
        for first in range(0, len(growths), MOST_ROWS):
            self._update(growths[first : first + MOST_ROWS])
        self._growths.clear()

    def _look(self, record: Points) -> Place:
        """What the store has of a piece; makes the curve where there is none."""
        self.flush()
        found = self.connection.execute(
            "SELECT id FROM series WHERE run = ? AND tag = ? AND kind = 'scalar'",
            (record.run, record.tag),
        ).fetchone()
        if found is None:
            made = self.connection.execute(
                "INSERT INTO series (run, tag, kind, count, last_step, last_time, revision) "
                "VALUES (?, ?, 'scalar', 0, 0, ?, ?)",
                (record.run, record.tag, -math.inf, self.revision),
            )
            assert made.lastrowid is not None
            return Place(made.lastrowid, record.number, 0, 0)
        count, parts = self.connection.execute(
            "SELECT total(count), count(*) FROM piece "
            "WHERE series = ? AND writer = ? AND number = ?",
            (found[0], record.writer, record.number),
        ).fetchone()
        return Place(found[0], record.number, int(count), parts)

    def _add_part(
        self, place: Place, record: Points, values: NDArray[np.float64], start: int, corrected: int
    ) -> None:
        points = pack_points(record.steps[start:], record.times[start:], values[start:])
        count = len(record.steps) - start
        self._parts.append(
            (place.series, record.writer, record.number, start, count, corrected, points)
        )
        place.parts += 1

    def _join(self, place: Place, record: Points) -> None:
        """Make one part of a piece's parts."""
        if place.series in self._growths:
            self.flush()
        piece = (place.series, record.writer, record.number)
        rows = self.connection.execute(
            "SELECT count, corrected, points FROM piece "
            "WHERE series = ? AND writer = ? AND number = ? ORDER BY start",
            piece,
        ).fetchall()
        values = record.values
        corrected = int(any(row[1] for row in rows))
        if corrected:
            # What was corrected stays so when the piece comes again, and longer.
            kept = [unpack_points(points, count)[2] for count, _, points in rows]
            values = np.concatenate([*kept, values[place.count :]])
        self.connection.execute(
            "DELETE FROM piece WHERE series = ? AND writer = ? AND number = ?", piece
        )
        place.parts = 0
        self._add_part(place, record, values, 0, corrected)

    def _grow(self, place: Place, record: Points) -> None:
        new = record.values[place.count :]
        growth = self._growths.get(place.series)
        if growth is not None and growth.writer != record.writer:
            self.flush()
            growth = None
        low, high = (None, None) if growth is None else (growth.smallest, growth.largest)
        low, high = extent(new, low, high)
        added = len(new) + (0 if growth is None else growth.added)
        last = int(record.steps[-1]), float(record.times[-1]), float(new[-1])
        self._growths[place.series] = Growth(
            record.run, record.tag, record.writer, added, *last, low, high
        )

    def _update(self, growths: list[Growth]) -> None:
        """Add what is new to what is known of the curves."""
        # Points of another writer may be late; those do not become the last.
        newer = (
            "CASE WHEN last_writer = excluded.last_writer "
            "OR NOT excluded.last_time < last_time THEN excluded."
        )
        self.connection.execute(
            "INSERT INTO series (kind, run, tag, count, last_step, last_time, last_writer, last, "
            f"smallest, largest, revision) VALUES {_places(len(growths), 11)} "
            "ON CONFLICT (run, tag, kind) DO UPDATE SET count = count + excluded.count, "
            "smallest = CASE WHEN smallest <= excluded.smallest THEN smallest "
            "ELSE coalesce(excluded.smallest, smallest) END, "
            "largest = CASE WHEN largest >= excluded.largest THEN largest "
            "ELSE coalesce(excluded.largest, largest) END, "
            f"last_step = {newer}last_step ELSE last_step END, "
            f"last = {newer}last ELSE last END, last_time = {newer}last_time ELSE last_time END, "
            f"last_writer = {newer}last_writer ELSE last_writer END, revision = excluded.revision",
            [
                value
                for g in growths
                for value in (
                    "scalar", g.run, g.tag, g.added, g.step, g.time, g.writer, g.last,
                    g.smallest, g.largest, self.revision,
                )
            ],
        )  # fmt: skip


def _places(rows: int, columns: int) -> str:
    """ "(?, ?), (?, ?)" for two rows of two columns."""
    return ", ".join(["(" + ", ".join("?" * columns) + ")"] * rows)
