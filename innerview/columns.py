"""Scalars on their way from the training loop to the pieces that are written.

The loop only ever extends a list, which takes no lock; another thread makes arrays of it.
"""

import itertools
from array import array
from collections.abc import Iterator
from typing import Any

import numpy as np

from innerview.arrays import LAST_STEP
from innerview.records import PIECE, Points


class Column:
    """The points of one tag that are not written yet, and the piece that is still growing.

    Attributes:
        flat: step, time, value, step, time, value, ...; `extend` with three at a time, from any
            thread.
        steps: gives the next step to a point that comes without one.
    """

    __slots__ = ("_number", "_open", "_run", "_writer", "extend", "flat", "steps", "tag")

    def __init__(self, run: str, tag: str, writer: str, first_step: int = 0) -> None:
        self.tag = tag
        self.flat: list[float] = []
        self.extend = self.flat.extend
        self.steps: Iterator[int] = itertools.count(first_step)
        self._run = run
        self._writer = writer
        self._number = 0
        self._open: tuple[array[Any], ...] = (array("q"), array("d"), array("d"))

    def take(self) -> list[Points]:
        """The pieces that have grown since the last time; called by one thread only."""
        size = len(self.flat)
        if not size:
            return []
        # Both are one step of the interpreter, so that nothing is lost to a thread in between.
        new = self.flat[:size]
        del self.flat[:size]
        for place, column in enumerate(self._open):
            _extend(column, new[place::3])
        pieces = []
        while len(self._open[0]) >= PIECE:
            pieces.append(self._piece())
            for column in self._open:
                del column[:PIECE]
            self._number += 1
        if self._open[0]:
            pieces.append(self._piece())
        return pieces

    def _piece(self) -> Points:
        steps, times, values = (column[:PIECE].tobytes() for column in self._open)
        return Points(
            self._run,
            self.tag,
            self._writer,
            self._number,
            np.frombuffer(steps, np.int64),
            np.frombuffer(times, np.float64),
            np.frombuffer(values, np.float64),
        )


def _extend(column: "array[Any]", values: list[Any]) -> None:
    try:
        column.fromlist(values)
    except OverflowError:
        # A step of more than 64 bits.
        column.fromlist([max(min(value, LAST_STEP), -LAST_STEP) for value in values])
