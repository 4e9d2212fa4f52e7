"""How far a map can be trusted: whether neighbours on it are neighbours in the space as well."""

import numpy as np
from numpy.typing import NDArray

NEIGHBOURS = 15
SAMPLE = 2000
QUERIES = 100


def trustworthiness(
    vectors: NDArray[np.float32],
    points: NDArray[np.float32],
    k: int = NEIGHBOURS,
    sample: int = SAMPLE,
    seed: int = 0,
) -> float | None:
    """Trustworthiness of a layout, 0 to 1, or None where there are too few samples to tell.

    1 - 2 / (n k (2 N - 3 k - 1)) * sum over samples and their k neighbours on the map of
    max(0, r - k), r being the neighbour's rank by distance in the space (Venna and Kaski 2001).

    Args:
        vectors: float32, (N, D), the space.
        points: float32, (N, 2), its map.
        sample: number n of samples, drawn with `seed`, over which the sum is taken.
    """
    import faiss

    count = len(vectors)
    if count < 3 * k:
        return None
    rows = np.sort(np.random.default_rng(seed).choice(count, min(sample, count), replace=False))
    near = faiss.knn(np.ascontiguousarray(points[rows]), np.ascontiguousarray(points), k + 1)[1]
    # Around their mean, squared distances from dot products lose fewer digits.
    centred = np.ascontiguousarray(vectors - vectors.mean(axis=0, dtype=np.float64), np.float32)
    # Slices keep the distances from every sample to all others out of memory.
    penalty = sum(
        _excess_ranks(centred, rows[i : i + QUERIES], near[i : i + QUERIES], k)
        for i in range(0, len(rows), QUERIES)
    )
    return 1 - 2 * penalty / (len(rows) * k * (2 * count - 3 * k - 1))


def _excess_ranks(
    centred: NDArray[np.float32],
    rows: NDArray[np.int64],
    near: NDArray[np.int64],
    k: int,
) -> int:
    """Sum of max(0, r - k) over some samples and their k nearest on the map."""
    import faiss

    squared = faiss.pairwise_distances(centred[rows], centred)
    total = 0
    for row, distances, neighbours in zip(rows, squared, near, strict=True):
        others = neighbours[neighbours != row][:k]
        # The sample itself comes first, so that the nearest other one has rank 1.
        distances[row] = -1
        ranks = (distances[None, :] < distances[others][:, None]).sum(axis=1)
        total += int(np.maximum(0, ranks - k).sum())
    return total
