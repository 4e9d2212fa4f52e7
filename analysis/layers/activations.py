"""How a layer's activations are distributed over the dataset, and which of its units are dead."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.layer_weights import Distribution, distribution

# Values that are counted, of rows spread evenly over the dataset; more change no bar visibly.
MAX_VALUES = 4_000_000
# Rows that are looked at together, in bytes of float32.
CHUNK_BYTES = 32 * 2**20
# Of the greatest absolute value: what rounding alone may make of one and the same value.
TOLERANCE = 1e-6
# Dead units whose numbers are told.
MAX_LISTED = 100


@dataclass(frozen=True, slots=True)
class Activations:
    """What a layer's activations are over the dataset.

    Attributes:
        spread: of the values counted, from `rows` of all rows.
        rows: how many rows were counted.
        dead: int64, (n,): units that give one and the same value for every image, rising; None
            where there are fewer than two images to tell by.
        silent: how many of the dead give 0.
        units: of the layer.
    """

    spread: Distribution
    rows: int
    dead: NDArray[np.int64] | None
    silent: int
    units: int


def sum_up(activations: NDArray[np.float32]) -> Activations:
    """Of the activations of all images: float32, (N, units)."""
    count, units = activations.shape
    rows = min(count, max(1, MAX_VALUES // max(1, units)))
    chosen = np.linspace(0, count - 1, rows).round().astype(np.int64)
    # A slice of all is read in one piece, where indices copy row by row.
    values = activations if rows == count else activations[chosen]
    spread = distribution(values)
    if count < 2:
        return Activations(spread, rows, None, 0, units)
    dead, constants = find_dead(activations)
    return Activations(spread, rows, dead, int((constants == 0).sum()), units)


def find_dead(
    activations: NDArray[np.float32],
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """(units, their values) of those whose value is the same in every row, but for rounding.

    Args:
        activations: float32, (N, units), N at least 1; may be memory-mapped.
    """
    count, units = activations.shape
    rows = max(1, CHUNK_BYTES // (4 * max(1, units)))
    candidates = np.arange(units)
    low = high = np.asarray(activations[0], np.float32)
    for start in range(0, count, rows):
        chunk = activations[start : start + rows]
        chunk = chunk if len(candidates) == units else chunk[:, candidates]
        low, high = np.minimum(low, chunk.min(axis=0)), np.maximum(high, chunk.max(axis=0))
        # NaN is not within any tolerance.
        still = high - low <= TOLERANCE * np.maximum(np.abs(low), np.abs(high))
        candidates, low, high = candidates[still], low[still], high[still]
        if not len(candidates):
            break
    return candidates.astype(np.int64), np.where(low == high, low, (low + high) / 2)
