"""PCA, t-SNE and UMAP, each from one neighbour graph, reporting layouts as they go."""

import threading
from collections.abc import Callable
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from analysis.compiled import keep_compiled
from analysis.neighbours import NeighbourGraph

Method = Literal["pca", "tsne", "umap"]
METHODS: tuple[Method, ...] = get_args(Method)
TITLES: dict[Method, str] = {"pca": "PCA", "tsne": "t-SNE", "umap": "UMAP"}

# Finished sooner than UMAP, and trusted more: docs/performance.md.
DEFAULT_METHOD: Method = "tsne"

# Called with the layout so far and the share of the work done, 0 to 1.
Report = Callable[[NDArray[np.float32], float], None]

# Called after each iteration with the points, (N, 2), which it may move in place.
Hold = Callable[[NDArray[Any]], None]

PERPLEXITY = 30.0
EXAGGERATION = 12.0
EXAGGERATED_ITERATIONS = 100
MAX_ITERATIONS = 750
# What converging takes as a rule; only the progress bar is drawn by it.
USUAL_ITERATIONS = 300
STEP = 10
# t-SNE has converged once 50 iterations lower its divergence by less than this share.
TOLERANCE = 0.03
CHECK_EVERY = 50

UMAP_NEIGHBOURS = 15
UMAP_MIN_DIST = 0.1
# As umap-learn chooses: a large set gets as many updates in fewer epochs.
UMAP_EPOCHS_SMALL, UMAP_EPOCHS_LARGE, UMAP_LARGE = 500, 200, 10_000

# Below this many samples a tree (Barnes and Hut) is quicker than a grid (Fourier transform).
FFT_FROM = 1000

# The covariance matrix of wider vectors takes longer than a randomised decomposition.
MAX_COVARIANCE = 1024


def pca(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """The two directions of largest variance: float32, (N, 2).

    Args:
        vectors: float32, (N, D).

    The sign of each axis is such that its largest weight is positive, so that equal vectors give
    equal pictures.
    """
    count, width = vectors.shape
    mean = vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
    centred = vectors - mean
    if width <= MAX_COVARIANCE:
        weights = np.linalg.eigh((centred.T @ centred).astype(np.float64))[1][:, ::-1][:, :2]
    else:
        from sklearn.utils.extmath import randomized_svd

        weights = randomized_svd(centred, min(2, count), random_state=0)[2].T
    signs = np.sign(weights[np.abs(weights).argmax(axis=0), np.arange(weights.shape[1])])
    points = np.zeros((count, 2), np.float32)
    points[:, : weights.shape[1]] = centred @ (weights * np.where(signs == 0, 1, signs))
    return points


def tsne(
    graph: NeighbourGraph,
    start: NDArray[np.float32],
    seed: int,
    report: Report = lambda points, fraction: None,
    hold: Hold | None = None,
) -> NDArray[np.float32]:
    """t-SNE (openTSNE): float32, (N, 2).

    Args:
        graph: at least 3 neighbours a sample; perplexity is 30, or a third of them if fewer.
        start: layout to start from, (N, 2), here PCA.
        seed: of the random numbers; the same seed gives the same layout.
        hold: given where `start` is a finished layout by t-SNE, of vectors that were alike: it is
            gone on with as it is, with nothing exaggerated first.

    Stops when it has converged: see TOLERANCE.
    """
    from openTSNE import TSNEEmbedding
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    neighbours = PrecomputedNeighbors(graph.indices, graph.distances.astype(np.float64))
    affinities = PerplexityBasedNN(
        knn_index=neighbours, perplexity=min(PERPLEXITY, graph.k / 3), n_jobs=1, random_state=seed
    )
    embedding = TSNEEmbedding(
        (start if hold else _spread(start, 1e-4)).astype(np.float64),
        affinities,
        negative_gradient_method="fft" if len(start) >= FFT_FROM else "bh",
        # Half as fine a grid as the default: as trustworthy, in two thirds of the time.
        ints_in_interval=2,
        # One thread: sums of several come out in another order each time.
        n_jobs=1,
        random_state=seed,
    )
    done = 0

    def optimise(iterations: int, **options: Any) -> None:
        def after(iteration: int, error: float, points: Any) -> None:
            if hold is not None:
                hold(np.asarray(points))
            if iteration % STEP == 0:
                fraction = min(0.98, (done + iteration) / USUAL_ITERATIONS)
                report(np.asarray(points, np.float32), fraction)

        every = STEP if hold is None else 1
        embedding.optimize(
            iterations, inplace=True, callbacks=after, callbacks_every_iters=every, **options
        )

    if hold is None:
        optimise(EXAGGERATED_ITERATIONS, exaggeration=EXAGGERATION, momentum=0.5)
        done = EXAGGERATED_ITERATIONS
    before = np.inf
    for _ in range(0, MAX_ITERATIONS, CHECK_EVERY):
        optimise(CHECK_EVERY, momentum=0.8)
        done += CHECK_EVERY
        divergence = float(embedding.kl_divergence)
        if divergence > before * (1 - TOLERANCE):
            break
        before = divergence
    return np.asarray(embedding, np.float32)


def umap(
    graph: NeighbourGraph,
    start: NDArray[np.float32],
    seed: int,
    report: Report = lambda points, fraction: None,
    hold: Hold | None = None,
) -> NDArray[np.float32]:
    """UMAP (umap-learn) with its defaults of 15 neighbours and a distance of 0.1: float32, (N, 2).

    Args:
        graph: see NeighbourGraph.
        start: layout to start from, (N, 2), here PCA.
        seed: of the random numbers; the same seed gives the same layout.
        hold: given where `start` is a finished layout by UMAP, of vectors that were alike: it is
            gone on with as it is.
    """
    from tqdm import tqdm
    from umap import layouts
    from umap.umap_ import find_ab_params, make_epochs_per_sample

    # Else umap-learn's progress bar makes one for several processes, which outlives this one.
    tqdm.set_lock(threading.RLock())

    # None where another release of umap-learn calls it differently; it only takes longer then.
    keep_compiled(getattr(layouts, "_nb_optimize_layout_euclidean_single_epoch", None))
    count = len(start)
    epochs = UMAP_EPOCHS_SMALL if count <= UMAP_LARGE else UMAP_EPOCHS_LARGE
    random = np.random.RandomState(seed)
    edges = _fuzzy_edges(graph, random)
    # An edge that would be drawn less than once in all epochs is left out.
    edges.data[edges.data < edges.data.max() / epochs] = 0
    edges.eliminate_zeros()
    # Noise, so that equal samples can part.
    noise = random.normal(scale=1e-4, size=start.shape)
    noisy = start + noise if hold else _spread(start, 10 / 6) + noise
    points: NDArray[np.float32] = noisy.astype(np.float32, order="C")
    if hold is None:
        points -= points.min(axis=0)
    a, b = find_ab_params(1.0, UMAP_MIN_DIST)
    layouts.optimize_layout_euclidean(
        points,
        points,
        edges.row,
        edges.col,
        epochs,
        count,
        make_epochs_per_sample(edges.data, epochs),
        a,
        b,
        random.randint(np.iinfo(np.int32).min + 1, np.iinfo(np.int32).max - 1, 3).astype(np.int64),
        parallel=False,
        move_other=True,
        tqdm_kwds=_Epochs(points, epochs, report, hold).options(),
    )
    return points


def _fuzzy_edges(graph: NeighbourGraph, random: np.random.RandomState) -> Any:
    """UMAP's weighted graph as a sparse matrix (N, N) of rows, columns and weights 0 to 1."""
    from umap.umap_ import compute_membership_strengths, fuzzy_simplicial_set, smooth_knn_dist

    keep_compiled(compute_membership_strengths, smooth_knn_dist)
    count, k = len(graph.indices), min(UMAP_NEIGHBOURS - 1, graph.k)
    # umap-learn counts each sample as the first of its own neighbours.
    indices = np.concatenate([np.arange(count)[:, None], graph.indices[:, :k]], axis=1)
    distances = np.concatenate([np.zeros((count, 1)), graph.distances[:, :k]], axis=1)
    edges = fuzzy_simplicial_set(
        np.zeros((count, 1), np.float32),
        k + 1,
        random,
        "euclidean",
        knn_indices=indices.astype(np.int32),
        knn_dists=distances.astype(np.float32),
    )[0].tocoo()
    edges.sum_duplicates()
    return edges


class _Epochs:
    """A file that umap-learn's progress bar writes the epoch's number to.

    It is the one place where its optimiser lets others in while it runs.
    """

    def __init__(
        self, points: NDArray[np.float32], epochs: int, report: Report, hold: Hold | None
    ) -> None:
        self.points, self.epochs, self.report, self.hold = points, epochs, report, hold

    def options(self) -> dict[str, Any]:
        # Whoever holds points has to do so after every epoch, however quick it was.
        often = {"mininterval": 0.2} if self.hold is None else {"mininterval": 0, "miniters": 1}
        return {"disable": False, "file": self, "bar_format": "{n}", **often}

    def write(self, text: str) -> None:
        digits = "".join(c for c in text if c.isdigit())
        if not digits:
            return
        if self.hold is not None:
            self.hold(self.points)
        self.report(self.points.copy(), min(1.0, int(digits) / self.epochs))

    def flush(self) -> None:
        """Part of what a file is."""


def _spread(points: NDArray[np.float32], deviation: float) -> NDArray[np.float32]:
    """Points around zero, scaled so that the first axis has this standard deviation."""
    centred = points - points.mean(axis=0)
    scale = float(centred[:, 0].std())
    scaled: NDArray[np.float32] = centred * np.float32(deviation / scale if scale > 0 else 1.0)
    return scaled
