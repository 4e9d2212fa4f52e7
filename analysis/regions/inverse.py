"""From a place on a map back to a vector of the space that the map shows.

A map has no inverse: t-SNE and UMAP place the samples and say nothing of what lies between them.
It is estimated by local regression (Cleveland and Devlin 1988): the vector at a place is a weighted
sum of the vectors of the k samples nearest to it on the map, by a local mean or a local plane.
Which of them, and of how many samples, is chosen by the error at samples that are left out of their
own sum.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["mean", "plane"]

# Bytes of gathered vectors worked on at a time.
GATHERED = 32 * 2**20

# Samples by which the regression is chosen; fewer where vectors are wide, for so many products.
CHOOSING, FEWEST, PRODUCTS = 2000, 200, 4e9

# How strongly the slopes of a local plane are held back, in shares of the samples' spread: where
# they lie on a line, nothing else does.
RIDGE = 1e-2

# A place is supported as far from samples as the loneliest hundredth of them are from others.
LONELY = 99.0
# To the so-manieth nearest sample, as one stray sample supports nothing.
SUPPORTERS = 3


@dataclass(frozen=True, slots=True)
class Regression:
    """How the vector at a place follows from the samples near it.

    Attributes:
        kind: "mean", a weighted mean; "plane", a weighted fit of a plane, read at the place.
        k: samples that take part.
    """

    kind: Kind
    k: int


CANDIDATES = (
    *(Regression("mean", k) for k in (3, 5, 8, 12, 20, 32)),
    *(Regression("plane", k) for k in (12, 20, 32)),
)


class Inverse:
    """The regression of vectors on the places of their samples."""

    def __init__(
        self, points: NDArray[np.float32], vectors: NDArray[np.float32], regression: Regression
    ) -> None:
        """
        Args:
            points: float32, (N, 2), the map, finite.
            vectors: float32, (N, D), may be memory-mapped.
        """
        from scipy.spatial import cKDTree

        assert points.shape == (len(vectors), 2)
        self.points = points.astype(np.float64)
        self.vectors = vectors
        self.regression = regression
        self._tree: Any = cKDTree(self.points)

    def using(self, regression: Regression) -> "Inverse":
        """The same samples with another regression."""
        other = object.__new__(Inverse)
        other.__dict__.update(self.__dict__, regression=regression)
        return other

    def near(
        self, places: NDArray[np.float64], k: int, without: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """The k samples nearest to places on the map, nearest first.

        Args:
            places: float64, (m, 2).
            without: int64, (m,), for each place a sample that does not count.

        Returns:
            Distances, float64, and indices, int64, both (m, min(k, samples that count)).
        """
        count = len(self.points) - (without is not None)
        k = min(k, count)
        asked = k + (without is not None)
        # Lists of ranks keep the answer two-dimensional for one neighbour as well.
        distances, indices = self._tree.query(places, list(range(1, asked + 1)), workers=-1)
        if without is None:
            return distances, indices
        left_out = indices == without[:, None]
        # Among more samples in one place than were asked for it may be missing.
        left_out[~left_out.any(axis=1), -1] = True
        shape = (len(places), k)
        return distances[~left_out].reshape(shape), indices[~left_out].reshape(shape)

    def weights(
        self, places: NDArray[np.float64], without: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Whose vectors make those at the places: indices and weights, (m, k), of sum 1 each."""
        distances, indices = self.near(places, self.regression.k, without)
        # The farthest sample counts hardly anything, so that nothing jumps where another takes its
        # turn; samples that are all far away count alike.
        width = np.maximum(distances[:, -1:], np.finfo(np.float64).tiny)
        shares = (1 - np.minimum(distances / (1.05 * width), 1) ** 3) ** 3
        shares /= shares.sum(axis=1, keepdims=True)
        if self.regression.kind == "mean":
            return indices, shares
        return indices, _plane(self.points[indices] - places[:, None], shares)

    def at(
        self, places: NDArray[np.float64], without: NDArray[np.int64] | None = None
    ) -> Iterator[tuple[slice, NDArray[np.float32]]]:
        """The vectors at places, in parts whose memory is bounded.

        Args:
            places, without: as `near` takes them.

        Yields:
            Which places, and their vectors, float32, (n, D).
        """
        step = max(1, GATHERED // (4 * self.regression.k * self.vectors.shape[1]))
        for start in range(0, len(places), step):
            part = slice(start, min(start + step, len(places)))
            left_out = None if without is None else without[part]
            indices, weights = self.weights(places[part], left_out)
            gathered = np.nan_to_num(self.vectors[indices], posinf=0, neginf=0)
            made = np.einsum("mk,mkd->md", weights.astype(np.float32), gathered)
            yield part, made.astype(np.float32, copy=False)

    def errors(self, chosen: NDArray[np.int64]) -> NDArray[np.float64]:
        """Distances (n,) between samples' vectors and what the others make at their places."""
        found = np.empty(len(chosen))
        for part, made in self.at(self.points[chosen], chosen):
            found[part] = self.distances(made, chosen[part])
        return found

    def distances(
        self, made: NDArray[np.float32], samples: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Distances (n,) of vectors, (n, D), from those of samples."""
        true = np.nan_to_num(self.vectors[samples], posinf=0, neginf=0)
        # Squares of float32 may overflow.
        return np.asarray(np.linalg.norm(made.astype(np.float64) - true, axis=1), np.float64)

    def reach(self) -> float:
        """How far from samples a place may be and still be supported, in units of the map."""
        if len(self.points) < 2:
            return np.finfo(np.float64).tiny
        distances, _ = self.near(self.points, SUPPORTERS, np.arange(len(self.points)))
        reach = float(np.percentile(distances[:, -1], LONELY))
        return reach if reach > 0 else float(max(distances[:, -1].max(), np.finfo(float).tiny))

    def support(self, places: NDArray[np.float64], reach: float) -> NDArray[np.float32]:
        """How near samples are to places: float32, (m,), 1 within `reach`, then its share of the
        distance to the nearest ones: 0.5 at twice the reach."""
        distances, _ = self.near(places, SUPPORTERS)
        shares: NDArray[np.float32] = (reach / np.maximum(distances[:, -1], reach)).astype("f4")
        return shares


def _plane(away: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights (m, k) of sum 1 by which samples' values give the fitted plane's value at a place.

    Far outside its samples a plane would give anything: it is read no farther from their middle
    than they lie from it themselves (root mean square).

    Args:
        away: (m, k, 2), from the place to its samples.
        shares: (m, k), of sum 1: the samples' weights in the fit.
    """
    middle = np.einsum("mk,mkx->mx", shares, away)
    away = away - middle[:, None]
    spread = np.einsum("mk,mkx,mky->mxy", shares, away, away)
    square = np.maximum(np.trace(spread, axis1=1, axis2=2), np.finfo(np.float64).tiny)
    spread[:, [0, 1], [0, 1]] += RIDGE * square[:, None]
    radius = np.sqrt(square)
    place = -middle * (radius / np.maximum(np.linalg.norm(middle, axis=1), radius))[:, None]
    slopes = np.linalg.solve(spread, place[..., None])
    weights: NDArray[np.float64] = shares * (1 + (away @ slopes)[..., 0])
    return weights


def fit(
    points: NDArray[np.float32],
    vectors: NDArray[np.float32],
    seed: int = 0,
    candidates: tuple[Regression, ...] = CANDIDATES,
) -> Inverse:
    """The inverse of a map, by that of the candidates which errs least at samples left out.

    Args:
        points: float32, (N, 2), finite.
        vectors: float32, (N, D).
        seed: of the choice of samples by which it is judged.
    """
    inverse = Inverse(points, vectors, candidates[0])
    count = len(points)
    random = np.random.default_rng(seed)
    cost = vectors.shape[1] * sum(one.k for one in candidates)
    wanted = min(count, max(FEWEST, min(CHOOSING, int(PRODUCTS / cost))))
    chosen = np.sort(random.choice(count, wanted, replace=False))
    fitting = [one for one in candidates if one.k < count] or [Regression("mean", count)]
    if len(fitting) == 1:
        return inverse.using(fitting[0])
    errors = [float(np.mean(inverse.using(one).errors(chosen) ** 2)) for one in fitting]
    return inverse.using(fitting[int(np.argmin(errors))])
