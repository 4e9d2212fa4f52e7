"""Fair samples of labelled data."""

import numpy as np
from numpy.typing import NDArray


def stratified_sample(labels: NDArray[np.int64], limit: int, seed: int) -> NDArray[np.int64]:
    """Indices of a seeded sample in which each class keeps its share.

    A class gets its exact share rounded down or up, and at least one image while `limit` is not
    below the number of classes present; that one image comes out of the largest surpluses.

    Args:
        labels: int64, (N,).
        limit: at least 1; from N upwards every index is returned.
        seed: the same seed gives the same sample.

    Returns:
        int64, (min(limit, N),), ascending, without repetition.
    """
    assert labels.ndim == 1
    assert limit >= 1
    if limit >= len(labels):
        return np.arange(len(labels), dtype=np.int64)
    _, inverse, counts = np.unique(labels, return_inverse=True, return_counts=True)
    generator = np.random.default_rng(seed)
    by_class = np.split(np.argsort(inverse, kind="stable"), np.cumsum(counts)[:-1])
    chosen = [
        generator.permutation(members)[:quota]
        for members, quota in zip(by_class, class_quotas(counts, limit), strict=True)
    ]
    return np.sort(np.concatenate(chosen)).astype(np.int64)


def class_quotas(counts: NDArray[np.int64], limit: int) -> NDArray[np.int64]:
    """How many of `limit` images each class gets, by the largest remainder.

    Args:
        counts: int64, (C,), images a class has, each at least 1.
        limit: from 1 to the sum of `counts` less one.

    Returns:
        int64, (C,), summing to `limit`, nowhere above `counts`.
    """
    shares = counts * (limit / counts.sum())
    floor = 1 if limit >= len(counts) else 0
    quotas: NDArray[np.int64] = np.maximum(np.floor(shares).astype(np.int64), floor)
    while quotas.sum() < limit:
        quotas[np.argmax(np.where(quotas < counts, shares - quotas, -np.inf))] += 1
    while quotas.sum() > limit:
        quotas[np.argmax(np.where(quotas > floor, quotas - shares, -np.inf))] -= 1
    return quotas
