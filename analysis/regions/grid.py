"""The grid over a map on which regions are drawn: its cells, what is drawn of them, and names."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# x0, y0, x1, y1 in units of the map.
Box = tuple[float, float, float, float]

# Room round the samples, in shares of the box's longer side.
MARGIN = 0.08

# Strays do not make the cells coarse: past so many sizes of the box of nearly all there is no grid.
NEARLY_ALL, STRAY = (0.2, 99.8), 0.5

# What 1 is in a cell's numbers.
ONE = 65_535

# Below it a place is extrapolated: samples are over twice as far as lonely ones from others.
SUPPORTED = 0.5

# A part of a region gets its class's name if it is a so-manieth of the supported cells.
LABELLED, MOST_LABELS = 1 / 200, 80


@dataclass(frozen=True, slots=True)
class Grid:
    """Square cells over a map; row 0 is at the lowest y.

    Attributes:
        box: outer edges of the cells.
    """

    box: Box
    width: int
    height: int

    @property
    def shape(self) -> tuple[int, int]:
        return self.height, self.width

    def places(self) -> NDArray[np.float64]:
        """The middles of the cells, row after row: float64, (height * width, 2)."""
        x0, y0, x1, y1 = self.box
        xs = x0 + (np.arange(self.width) + 0.5) * (x1 - x0) / self.width
        ys = y0 + (np.arange(self.height) + 0.5) * (y1 - y0) / self.height
        return np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)

    def within(self, places: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which places, (m, 2), lie in the box."""
        low, high = np.array(self.box[:2]), np.array(self.box[2:])
        inside: NDArray[np.bool_] = np.all((places >= low) & (places <= high), axis=1)
        return inside

    def corners(
        self, places: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """The four cells whose middles lie round places: rows, columns and weights, (m, 4) each.

        The weights are those of bilinear interpolation; outside, the outermost cells go on.
        """
        x0, y0, x1, y1 = self.box
        found = []
        for values, low, high, cells in (
            (places[:, 1], y0, y1, self.height),
            (places[:, 0], x0, x1, self.width),
        ):
            at = np.clip((values - low) / (high - low) * cells - 0.5, 0, cells - 1)
            first = np.minimum(np.floor(at).astype(np.int64), max(cells - 2, 0))
            second = np.minimum(first + 1, cells - 1)
            found.append(
                (np.stack([first, second], 1), np.stack([1 - (at - first), at - first], 1))
            )
        (rows, high_weights), (columns, wide_weights) = found
        weights = high_weights[:, [0, 0, 1, 1]] * wide_weights[:, [0, 1, 0, 1]]
        return rows[:, [0, 0, 1, 1]], columns[:, [0, 1, 0, 1]], weights

    def classes_at(
        self, cells: NDArray[np.uint16], places: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        """The class that is drawn at places: int64, (m,), -1 outside the box.

        As the browser's shader does: of the four cells round a place each stands for its class with
        its margin; where two classes meet this is where their interpolated probabilities are equal.
        """
        rows, columns, weights = self.corners(places)
        classes = cells[rows, columns, 0].astype(np.int64)
        votes = weights * (cells[rows, columns, 2].astype(np.float64) + 1)
        same = classes[:, :, None] == classes[:, None, :]
        best = (same * votes[:, None, :]).sum(axis=2).argmax(axis=1)
        drawn = classes[np.arange(len(classes)), best]
        return np.where(self.within(places), drawn, -1)


def grid_over(points: NDArray[np.float32], cells: int) -> Grid:
    """A grid of about so many cells over all points (N, 2), but not over strays far from them."""
    low, high = points.min(axis=0).astype(float), points.max(axis=0).astype(float)
    inner_low, inner_high = np.percentile(points, NEARLY_ALL, axis=0)
    # Points in one place, or on a line, get a box of some size as well.
    room = max(float((inner_high - inner_low).max()), 1e-6) * STRAY
    low, high = np.maximum(low, inner_low - room), np.minimum(high, inner_high + room)
    margin = MARGIN * max(float((high - low).max()), 1e-6)
    low, high = low - margin, high + margin
    sizes = high - low
    side = float(np.sqrt(sizes.prod() / cells))
    width, height = (max(2, round(float(size) / side)) for size in sizes)
    return Grid((float(low[0]), float(low[1]), float(high[0]), float(high[1])), width, height)


def pack(probabilities: NDArray[np.float16], support: NDArray[np.float32]) -> NDArray[np.uint16]:
    """What the browser draws of the cells: uint16, (height, width, 4).

    Class, its probability, its margin before the second class (both 0 to ONE), and the support.

    Args:
        probabilities: float16, (height, width, C).
        support: float32, (height, width), 0 to 1.
    """
    height, width, classes = probabilities.shape
    cells = np.empty((height, width, 4), np.uint16)
    for row in range(height):
        rows = probabilities[row].astype(np.float32)
        best = rows.argmax(axis=1)
        highest = rows[np.arange(width), best]
        rows[np.arange(width), best] = -1
        second = rows.max(axis=1) if classes > 1 else np.zeros(width, np.float32)
        cells[row, :, 0] = best
        cells[row, :, 1] = _share(highest)
        cells[row, :, 2] = _share(highest - second)
    cells[..., 3] = _share(support)
    return cells


def _share(values: NDArray[np.float32]) -> NDArray[np.uint16]:
    return np.round(np.clip(values, 0, 1) * ONE).astype(np.uint16)


def find_labels(cells: NDArray[np.uint16], grid: Grid) -> list[dict[str, Any]]:
    """Where the names of classes stand: in the middles of the regions' larger parts.

    Returns:
        The largest first, at most MOST_LABELS: "class", "x", "y", and "radius", how far the name
        is from the part's edge; in units of the map. Of each class at least its largest part.
    """
    from scipy import ndimage

    supported = cells[..., 3] >= SUPPORTED * ONE
    least = LABELLED * max(int(supported.sum()), 1)
    side = (grid.box[2] - grid.box[0]) / grid.width
    places = grid.places().reshape(*grid.shape, 2)
    found: list[tuple[int, dict[str, Any]]] = []
    counts = np.bincount(cells[..., 0][supported])
    # Of very many classes those that cover most: only their parts can be among the largest.
    largest_first = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
    for number in largest_first[: 4 * MOST_LABELS].tolist():
        parts, count = ndimage.label((cells[..., 0] == number) & supported)
        sizes = np.bincount(parts.ravel(), minlength=count + 1)[1:]
        largest = int(sizes.argmax())
        for part, box in enumerate(ndimage.find_objects(parts)):
            if sizes[part] < least and part != largest:
                continue
            inside = np.pad(parts[box] == part + 1, 1)
            depth = ndimage.distance_transform_edt(inside)[1:-1, 1:-1]
            at = np.unravel_index(int(depth.argmax()), depth.shape)
            x, y = places[box][at]
            radius = float(depth[at]) * side
            label = {"class": int(number), "x": float(x), "y": float(y), "radius": radius}
            found.append((int(sizes[part]), label))
    found.sort(key=lambda one: -one[0])
    return [label for _, label in found[:MOST_LABELS]]
