"""The k-nearest-neighbour graph of a space; exact, or approximate with its recall known."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Perplexity 30 wants three times as many neighbours; UMAP and "similar images" take fewer of them.
K = 90

# Multiplications that comparing every pair may cost; about ten seconds on two cores.
EXACT_LIMIT = 1.2e12

# Share of the true neighbours that an approximate graph has at least.
MIN_RECALL = 0.95
RECALL_SAMPLE = 500

QUERIES = 1024

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class NeighbourGraph:
    """The nearest neighbours of every sample, without the sample itself, nearest first.

    Attributes:
        indices: int32, (N, k).
        distances: float32, (N, k), Euclidean, rising along a row.
        recall: share of the true k nearest that are in it, 0 to 1; 1 for an exact graph.
    """

    indices: NDArray[np.int32]
    distances: NDArray[np.float32]
    recall: float

    def __post_init__(self) -> None:
        assert self.indices.shape == self.distances.shape
        assert self.indices.dtype == np.int32
        assert self.distances.dtype == np.float32

    @property
    def k(self) -> int:
        return int(self.indices.shape[1])


def build(
    vectors: NDArray[np.float32],
    k: int = K,
    exact_limit: float = EXACT_LIMIT,
    progress: Progress = lambda fraction: None,
) -> NeighbourGraph:
    """The graph of the k nearest neighbours by Euclidean distance.

    Args:
        vectors: float32, (N, D), finite.
        k: neighbours a sample; N - 1 where that is fewer.
        exact_limit: multiplications up to which every pair is compared. Beyond it an inverted
            file (faiss IndexIVFFlat) is searched, as widely as a recall of MIN_RECALL asks for,
            measured against the true neighbours of RECALL_SAMPLE samples.
    """
    import faiss

    count, width = vectors.shape
    k = min(k, count - 1)
    if k < 1:
        return NeighbourGraph(np.zeros((count, 0), np.int32), np.zeros((count, 0), np.float32), 1.0)
    # Around their mean, squared distances from dot products lose fewer digits.
    centred = np.ascontiguousarray(vectors - vectors.mean(axis=0, dtype=np.float64), np.float32)
    recall = 1.0
    if count * count * width <= exact_limit:
        index = faiss.IndexFlatL2(width)
        index.add(centred)
    else:
        index, recall = _approximate(centred, k)
    indices = np.empty((count, k), np.int32)
    distances = np.empty((count, k), np.float32)
    starts = range(0, count, QUERIES)

    def search(start: int) -> None:
        rows = slice(start, start + QUERIES)
        squared, found = index.search(centred[rows], k + 1)
        indices[rows], distances[rows] = _without_self(found, squared, start)

    # A thread a slice: faiss lets go of the interpreter, and its own threads would spin and wait
    # for each other while the network's process takes their cores.
    with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="neighbours") as pool:
        for done, _ in enumerate(pool.map(search, starts), start=1):
            progress(done / len(starts))
    return NeighbourGraph(indices, distances, recall)


def _without_self(
    found: NDArray[np.int64], squared: NDArray[np.float32], start: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """k of k + 1 neighbours: duplicates of a sample may come before it, or push it out."""
    itself = found == np.arange(start, start + len(found))[:, None]
    # Where the sample is missing among its equals, the farthest neighbour goes instead.
    itself[~itself.any(axis=1), -1] = True
    shape = (len(found), found.shape[1] - 1)
    kept = found[~itself].reshape(shape).astype(np.int32)
    return kept, np.sqrt(np.maximum(squared[~itself].reshape(shape), 0))


def _approximate(centred: NDArray[np.float32], k: int) -> tuple[Any, float]:
    """An inverted-file index wide enough for MIN_RECALL, and the recall measured with it."""
    import faiss

    count, width = centred.shape
    lists = int(4 * count**0.5)
    quantizer = faiss.IndexFlatL2(width)
    index = faiss.IndexIVFFlat(quantizer, width, lists)
    index.cp.seed = 0
    index.cp.niter = 10
    random = np.random.default_rng(0)
    index.train(centred[random.choice(count, min(count, 40 * lists), replace=False)])
    index.add(centred)
    queries = centred[random.choice(count, min(count, RECALL_SAMPLE), replace=False)]
    true = faiss.knn(queries, centred, k + 1)[1]
    index.nprobe = 8
    while True:
        found = index.search(queries, k + 1)[1]
        hits = [len(np.intersect1d(a, b)) for a, b in zip(found, true, strict=True)]
        recall = float(np.sum(hits)) / true.size
        if recall >= MIN_RECALL or index.nprobe >= lists:
            return index, recall
        index.nprobe = min(lists, index.nprobe * 3 // 2)
