"""Maps of one layer over the epochs of a training, each drawn from the one before."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from analysis import neighbours
from analysis.projection import Hold, Report, pca, tsne, umap
from analysis.projector import MIN_SAMPLES
from analysis.trustworthiness import trustworthiness

Vectors = NDArray[np.float32]
Points = NDArray[np.float32]

# What maps can be aligned by.
Aligned = Literal["tsne", "umap"]

# Part of an artefact's name: raise it when the code gives other maps.
ALIGNED_VERSION = 1

# Share of the way back that a sample is pulled whose vector hardly changed, and the relative change
# at which even the least changed are held by a third of that. Measured by bench/epochs.py.
HELD = 0.9
LET_GO = 0.5


@dataclass(frozen=True, slots=True)
class Frame:
    """The map of an epoch.

    Attributes:
        points: float32, (N, 2), finite.
        trustworthiness: 0 to 1 with 15 neighbours; None with too few samples.
        movement: as by `movement`, against the epoch before; None for the first.
    """

    points: Points
    trustworthiness: float | None
    movement: tuple[float, float] | None


def relative_change(before: Vectors, after: Vectors) -> NDArray[np.float64]:
    """How far each sample's hidden vector has moved from one epoch to the next: (N,), 0 to 2.

    |a - b| / ((|a| + |b|) / 2), where a and b are the vectors of the two epochs, each around its
    epoch's mean and in units of its epoch's root mean square length: what all vectors do alike,
    such as growing, changes no map. 0 where both are at the mean.

    Args:
        before, after: float32, (N, D).
    """
    a, b = _normalised(before), _normalised(after)
    lengths = (np.linalg.norm(a, axis=1) + np.linalg.norm(b, axis=1)) / 2
    moved = np.linalg.norm(a - b, axis=1)
    change: NDArray[np.float64] = np.divide(moved, lengths, out=np.zeros(len(a)), where=lengths > 0)
    return change


def _normalised(vectors: Vectors) -> NDArray[np.float64]:
    centred: NDArray[np.float64] = vectors - vectors.mean(axis=0, dtype=np.float64)
    scale = float(np.sqrt((centred**2).sum(axis=1).mean()))
    if scale > 0:
        centred /= scale
    return centred


def movement(before: Points, after: Points, change: NDArray[np.float64]) -> tuple[float, float]:
    """Mean distance moved on the map by the quarter of the samples whose vectors changed least,
    and by the quarter whose vectors changed most, in units of the map's spread.

    The spread is the root mean square distance of the points from their centre, of both maps.

    Args:
        before, after: float32, (N, 2), maps of two epochs.
        change: (N,), as by `relative_change`.
    """
    spread = np.sqrt((_spread(before) ** 2 + _spread(after) ** 2) / 2)
    moved = np.linalg.norm(after.astype(np.float64) - before, axis=1) / max(spread, 1e-12)
    low, high = np.quantile(change, [0.25, 0.75])
    return float(moved[change <= low].mean()), float(moved[change >= high].mean())


def _spread(points: Points) -> float:
    centred = points - points.mean(axis=0, dtype=np.float64)
    return float(np.sqrt((centred**2).sum(axis=1).mean()))


def draw(
    method: Aligned,
    vectors: Vectors,
    before: tuple[Vectors, Points] | None,
    seed: int,
    report: Report = lambda points, fraction: None,
) -> Frame:
    """The map of an epoch, which goes on from that of the epoch before.

    Args:
        vectors: float32, (N, D), finite.
        before: vectors and map of the epoch before; None for the first.
        seed: of the random numbers.
    """
    if before is None:
        points = _optimise(method, vectors, pca(vectors), seed, report, None)
        return Frame(points, trustworthiness(vectors, points), None)
    change = relative_change(before[0], vectors)
    hold = held(before[1], pulls(change))
    points = _optimise(method, vectors, before[1], seed, report, hold)
    moved = movement(before[1], points, change)
    return Frame(points, trustworthiness(vectors, points), moved)


def pulls(change: NDArray[np.float64]) -> NDArray[np.float64]:
    """How strongly each sample is held where it was: (N,), 0 to HELD.

    The quarter that changed least is held most, the quarter that changed most not at all; and all
    are let go where the network has become another one, which a change of LET_GO is.

    Args:
        change: (N,), as by `relative_change`.
    """
    low, high = np.quantile(change, [0.25, 0.75])
    rank = np.where(change <= low, 1.0, 0.0)
    if high > low:
        rank = np.clip((high - change) / (high - low), 0, 1) ** 2
    result: NDArray[np.float64] = HELD * rank * np.exp(-((change / LET_GO) ** 2))
    return result


def held(anchors: Points, shares: NDArray[np.float64]) -> Hold:
    """Pulls every point back to its anchor by a share of the way.

    After each iteration, this is what a penalty on the squared distance from the anchor comes to
    (a proximal step), which no learning rate makes unstable; dynamic t-SNE (Rauber et al. 2016) has
    that penalty, equal for all samples.

    Args:
        anchors: float32, (N, 2).
        shares: (N,), 0 to 1.
    """
    share = shares[:, None]

    def hold(points: NDArray[Any]) -> None:
        points += (share * (anchors - points)).astype(points.dtype)

    return hold


def _optimise(
    method: Aligned,
    vectors: Vectors,
    start: Points,
    seed: int,
    report: Report,
    hold: Hold | None,
) -> Points:
    points = start.copy()
    if len(vectors) >= MIN_SAMPLES:
        optimise = tsne if method == "tsne" else umap
        points = optimise(neighbours.build(vectors), start, seed, report, hold)
    if hold is not None:
        # The last iteration's step is held as well.
        hold(points)
    return np.nan_to_num(points, posinf=0, neginf=0).astype(np.float32)
