"""Similar images: the samples of a space nearest to one of them, or to a vector from outside."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analysis.task import PIXELS

if TYPE_CHECKING:
    from analysis.study import Study

# Numbers compared at a time: what stays in a processor's cache is compared several times as fast.
CHUNK = 1 << 17

# What white is in pixels of 8 bits.
PIXEL = np.float32(255)

# A place of an image among the samples follows from so many of them.
ANCHORS = 5


@dataclass(frozen=True, slots=True)
class Similar:
    """The nearest samples, nearest first; of those at the same distance, the first in the dataset.

    Attributes:
        indices: int32, (k,).
        distances: float32, (k,), Euclidean, rising.
        recall: share of the true nearest samples to be expected among them, 0 to 1; 1 when every
            sample was compared.
    """

    indices: NDArray[np.int32]
    distances: NDArray[np.float32]
    recall: float

    def __post_init__(self) -> None:
        assert self.indices.dtype == np.int32
        assert self.distances.dtype == np.float32
        assert self.indices.shape == self.distances.shape


def read_space(study: "Study", space: str) -> NDArray[Any] | None:
    """The vectors of a space as they lie on disk, memory-mapped, (N, D); None while unknown.

    Activations are float32; pixels are uint8, 0 to 255, which stand for 0 to 1.
    """
    if space != PIXELS:
        return study.activations(space)
    thumbnails = study.thumbnails
    return None if thumbnails is None else thumbnails.reshape(len(thumbnails), -1)


def as_vectors(rows: NDArray[Any]) -> NDArray[np.float32]:
    """Rows of `read_space` as float32, pixels 0 to 1; a unit that overflowed counts as zero."""
    if rows.dtype == np.uint8:
        return rows.astype(np.float32) / PIXEL
    vectors: NDArray[np.float32] = np.nan_to_num(rows, posinf=0, neginf=0)
    return vectors


def similar_to_sample(study: "Study", space: str, index: int, k: int) -> Similar | None:
    """The k samples nearest to one of them, without itself; None while the space is not known.

    The neighbour graph answers where it is built and holds k neighbours, else every sample is
    compared.
    """
    rows = read_space(study, space)
    if rows is None:
        return None
    graph = study.neighbours(space)
    if graph is None or graph.k < min(k, len(rows) - 1):
        found = nearest(rows, rows[index], k + 1)
        # Among more equals than were asked for it may be missing; then the last one is left out.
        others = np.flatnonzero(found.indices != index)[:k]
        return Similar(found.indices[others], found.distances[others], 1.0)
    near = graph.indices[index]
    # The graph's own distances, made for all samples at once, have lost digits.
    found = _ranked(near, _squares(rows[near], rows[index]))
    return Similar(found.indices[:k], found.distances[:k], graph.recall)


def similar_to_vector(study: "Study", space: str, vector: NDArray[Any], k: int) -> Similar | None:
    """The k samples nearest to a vector (D,) as `read_space` has them; None while not known."""
    rows = read_space(study, space)
    return None if rows is None else nearest(rows, vector, k)


def nearest(rows: NDArray[Any], query: NDArray[Any], k: int) -> Similar:
    """The k rows nearest to a query by Euclidean distance, each row compared.

    Args:
        rows: (N, D), as `read_space` gives them.
        query: (D,), of the same kind as a row.
        k: all N where there are fewer.
    """
    assert query.shape == rows.shape[1:] and query.dtype == rows.dtype
    squares = np.empty(len(rows), np.float32)
    step = max(1, CHUNK // len(query))
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        squares[part] = _squares(rows[part], query)
    k = min(k, len(rows))
    # The k-th smallest may stand at several places; the first of these are taken.
    within = np.flatnonzero(squares <= np.partition(squares, k - 1)[k - 1])
    found = _ranked(within, squares[within])
    return Similar(found.indices[:k], found.distances[:k], 1.0)


def _squares(rows: NDArray[Any], query: NDArray[Any]) -> NDArray[np.float32]:
    """Squared distances (n,) from differences, which keep more digits than dot products do."""
    with np.errstate(invalid="ignore", over="ignore"):
        difference = np.subtract(rows, query, dtype=np.float32)
        squares: NDArray[np.float32] = np.einsum("ij,ij->i", difference, difference)
    if rows.dtype == np.uint8:
        return squares / PIXEL**2
    if not np.isfinite(squares).all():
        difference = as_vectors(rows) - as_vectors(query)
        with np.errstate(over="ignore"):
            squares = np.einsum("ij,ij->i", difference, difference)
    return squares


def _ranked(indices: NDArray[Any], squares: NDArray[np.float32]) -> Similar:
    order = np.lexsort((indices, squares))
    return Similar(indices[order].astype(np.int32), np.sqrt(squares[order]), 1.0)


def place(similar: Similar) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Where an image from outside is shown on a map: the mean of its nearest samples' places.

    Returns:
        Indices, int32 (n,), and weights, float32 (n,) of sum 1, the inverse of the squared
        distance (Shepard's interpolation, 1968), so that an equal sample takes it all.
    """
    indices, distances = similar.indices[:ANCHORS], similar.distances[:ANCHORS].astype(np.float64)
    if not len(indices) or distances[-1] == 0:
        return indices, np.full(len(indices), 1 / max(1, len(indices)), np.float32)
    # Relative to the farthest of them, which no scale of a layer can make overflow.
    weights = 1 / np.maximum(distances / distances[-1], 1e-6) ** 2
    return indices, (weights / weights.sum()).astype(np.float32)
