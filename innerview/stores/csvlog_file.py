"""A log of a training as a table: Keras' CSVLogger, its like, and the live viewer's run_log.csv."""

import csv
import math
import os
from array import array
from pathlib import Path

import numpy as np

from innerview.stores.base import Scalar
from innerview.stores.readonly import open_plain

CHUNK = 1 << 20
# A table that is wider, or a line that is longer, is no log.
MOST_COLUMNS, LONGEST_LINE = 10_000, 1 << 20
# Seconds without a word after which a last line without an end is taken for whole.
PATIENCE = 10.0

# Columns that say when, the first that is there counts. Pandas leaves the index's name empty.
STEPS = ("step", "global_step", "iteration", "epoch", "", "batch")
# The live viewer's log has no header.
VIEWER = (
    "step", "train accuracy", "val accuracy", "train cross entropy", "val cross entropy",
)  # fmt: skip


class LogFile:
    """What a file says, read as it grows.

    Attributes:
        lines: how many whole lines it has; rows: how many of them are rows of numbers.
        changes: of each tag's points; rises.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines = self.rows = 0
        self.started = self.updated = 0.0
        self.points: dict[str, tuple[array[int], array[float], array[float]]] = {}
        self.changes: dict[str, int] = {}
        self._separator = ","
        self._names: tuple[str, ...] = ()
        self._step = -1
        self._first_epoch: int | None = None
        self._offset = 0
        self._seen: tuple[int, int, int] | None = None
        # What was known, and how many points of each tag there were, at the end of whole lines.
        self._whole: tuple[dict[str, int], tuple[str, ...], int, int, int] | None = None
        self._damaged = False

    def is_other(self, found: os.stat_result) -> bool:
        """Whether another file has taken its place, or it was cut."""
        return found.st_size < self._offset or (
            self._seen is not None and self._seen[:2] != (found.st_dev, found.st_ino)
        )

    def advance(self, now: float) -> bool:
        """Read what has come since the last time; whether something has.

        Args:
            now: seconds since 1970.

        Raises:
            OSError: it cannot be read.
        """
        with open(self.path, "rb", opener=open_plain) as file:
            found = os.fstat(file.fileno())
            quiet = now - found.st_mtime > PATIENCE
            seen = (found.st_dev, found.st_ino, found.st_size * 2 + quiet)
            if seen == self._seen or self._damaged:
                return False
            self._seen = seen
            self.updated = found.st_mtime
            self.started = self.started or found.st_mtime
            self._forget_half_line()
            file.seek(self._offset)
            rest = b""
            while content := file.read(CHUNK):
                *lines, rest = (rest + content).split(b"\n")
                for line in lines:
                    self._offset += len(line) + 1
                    self._take(line)
                if len(rest) > LONGEST_LINE:
                    self._damaged = True
                    return True
            if quiet and rest.strip():
                counts = {tag: len(points[0]) for tag, points in self.points.items()}
                self._whole = (counts, self._names, self._step, self.rows, self.lines)
                self._take(rest)
        return True

    def scalar(self, tag: str) -> Scalar:
        if tag not in self.points:
            return Scalar(np.empty(0, np.int64), np.empty(0), np.empty(0))
        steps, times, values = self.points[tag]
        return Scalar(np.array(steps, np.int64), np.array(times), np.array(values))

    def _forget_half_line(self) -> None:
        if self._whole is not None:
            counts, self._names, self._step, self.rows, self.lines = self._whole
            for tag, points in self.points.items():
                for part in points:
                    del part[counts.get(tag, 0) :]
            self._whole = None

    def _take(self, line: bytes) -> None:
        text = line.decode("utf-8-sig" if not self.lines else "utf-8", "replace").strip("\r\n ")
        if not text.strip(",;\t "):
            return
        self.lines += 1
        if not self._names:
            self._separator = max(",;\t", key=text.count)
        try:
            cells = next(csv.reader([text], delimiter=self._separator))
        except (csv.Error, StopIteration):
            return
        numbers = [self._number(cell) for cell in cells]
        if all(number is None for number in numbers):
            # Another header, as after a restart with another set of metrics.
            self._name_columns(tuple(cell.strip() for cell in cells))
        elif not self._names and len(cells) == len(VIEWER) and None not in numbers:
            self._name_columns(VIEWER)
            self._add(numbers)
        elif self._names:
            self._add(numbers)

    def _name_columns(self, names: tuple[str, ...]) -> None:
        if len(names) > MOST_COLUMNS:
            self._damaged = True
            return
        self._names = names
        lower = [name.lower() for name in names]
        self._step = next((lower.index(name) for name in STEPS if name in lower), -1)

    def _number(self, cell: str) -> float | None:
        text = cell.strip()
        if self._separator == ";":
            text = text.replace(",", ".")
        try:
            return float(text)
        except ValueError:
            return None

    def _add(self, numbers: list[float | None]) -> None:
        step = self.rows if self._step < 0 else numbers[self._step : self._step + 1]
        if isinstance(step, list):
            first = step[0] if step else None
            if first is None or not math.isfinite(first) or abs(first) >= 2**63:
                return
            step = int(first)
        self.rows += 1
        for column, (name, number) in enumerate(zip(self._names, numbers, strict=False)):
            if number is not None and column != self._step and name:
                self._add_point(name, step, number)
        if self._step >= 0 and self._names[self._step].lower() in ("epoch", ""):
            # Keras counts them from 0; the curves' axis has the epochs that are done.
            if self._first_epoch is None:
                self._first_epoch = step
            self._add_point("epoch", step, step + (self._first_epoch == 0))

    def _add_point(self, tag: str, step: int, value: float) -> None:
        points = self.points.setdefault(tag, (array("q"), array("d"), array("d")))
        points[0].append(step)
        points[1].append(self.updated)
        points[2].append(value)
        self.changes[tag] = self.changes.get(tag, 0) + 1
