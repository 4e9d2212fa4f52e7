"""Regions: what the network's own head makes of every place of a layer's map.

A question to the process that holds the network: from the cells of a grid over the map to vectors
of the layer (inverse.py), through the network's rest (model/rest.py) to probabilities. How faithful
that is, is measured at the samples and kept with it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analysis.events import Stage
from analysis.projection import TITLES, Method
from analysis.projector import read_layout
from analysis.regions.grid import Grid, find_labels, grid_over, pack
from analysis.regions.inverse import Inverse, fit
from analysis.samples import class_probabilities
from analysis.service_worker import ASKED, Opened, Report
from analysis.task import Task
from util import ModelError, UserError, digest

if TYPE_CHECKING:
    from model.forward import Classifier

# Raise it when the code gives other results.
VERSION = 2

# Samples at which agreement and error are measured; fewer where vectors are wide, for so many
# products.
MEASURED, LEAST_MEASURED, PRODUCTS = 20_000, 2_000, 4e9

# Multiplications that a grid may cost, and its cells at least and at most.
WORK = 3e10
FEWEST_CELLS, MOST_CELLS = 96**2, 384**2

# Probabilities that are kept, of all cells together.
KEPT = 4e7

# Places worked on at a time, and the numbers that their vectors or probabilities may have.
PLACES, NUMBERS = 8192, 2**23

# Neighbours of a sample on the map by which it lies among its own class, or among several.
NEIGHBOURS = 15


def regions_key(task: Task, space: str, method: Method) -> str:
    return digest("regions", VERSION, task.forward_key, task.layout_key(space, method))


@dataclass(frozen=True, slots=True)
class Draw:
    """Compute the regions of a map and keep them under `regions_key`; the answer is their summary.

    The summary, JSON: "version"; "box", "width", "height" of the grid; "classes"; "regression";
    "measured", the samples that the following are of: "agreement" with the network's predictions
    of the regions as drawn, "agreement_held_out" where each is left out of its own inverse,
    "mixed", the same for those whose neighbours on the map are not all predicted alike, and
    "error" of the vectors, left out, in shares of the layer's spread; "labels". Where the layer's
    activations do not decide alone it is only "refused", a sentence, which is not kept.
    """

    space: str
    method: Method

    @property
    def stage(self) -> Stage:
        title = f"Regions of {self.space} by {TITLES[self.method]}"
        return Stage(f"{ASKED}regions|{self.space}|{self.method}", title)

    def answer(self, opened: Opened, report: Report) -> dict[str, Any]:
        from model.rest import build_rest

        task = opened.task
        with task.cache.lock("regions", regions_key(task, self.space, self.method)):
            kept = read_summary(task, self.space, self.method)
            if kept is not None:
                return kept
            try:
                rest = build_rest(opened.graph, opened.description, self.space)
            except ModelError as error:
                # Nothing went wrong that asking again could mend.
                return {"refused": str(error)}
            layout = read_layout(task, self.space, self.method)
            vectors = task.read_space(self.space)
            if layout is None or vectors is None:
                raise UserError("The map is not finished yet.")
            report(0.02, "inverting the map")
            inverse = fit(layout.points, vectors, task.seed)
            head = Head(rest, opened.description.head, opened.description.classes)
            grid = grid_over(layout.points, _cells(opened, self.space, inverse))
            probabilities = _probabilities_on(grid, inverse, head, report)
            reach = inverse.reach()
            support = inverse.support(grid.places(), reach).reshape(grid.shape)
            cells = pack(probabilities, support)
            report(0.9, "comparing with the network")
            predicted = _read_predicted(task, head.kind)
            summary = {
                "version": regions_key(task, self.space, self.method)[:16],
                "box": list(grid.box),
                "width": grid.width,
                "height": grid.height,
                "classes": head.classes,
                "regression": {"kind": inverse.regression.kind, "k": inverse.regression.k},
                **measure(inverse, head, predicted, grid, cells, task.seed),
                "labels": find_labels(cells, grid),
            }
            _keep(task, self.space, self.method, summary, cells, probabilities)
            return summary


@dataclass(frozen=True, slots=True)
class Head:
    """The rest of a network, up to probabilities.

    Attributes:
        rest: from a layer's vectors to logits.
        kind: as analysis.samples.class_probabilities takes it.
    """

    rest: "Classifier"
    kind: str
    classes: int

    def probabilities(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Class probabilities of a layer's vectors: float32, (n, C); all 0 where the network gives
        no numbers.
        """
        logits = self.rest(vectors)
        known = ~np.isnan(logits).any(axis=1, keepdims=True)
        shares = class_probabilities(np.where(known, logits, np.float32(0)), self.kind)
        return np.where(known & np.isfinite(shares), shares, np.float32(0))


def _cells(opened: Opened, space: str, inverse: Inverse) -> int:
    """Cells of the grid: fewer for wide layers and many classes."""
    description = opened.description
    keys = [layer.key for layer in description.layers]
    behind = sum(layer.params for layer in description.layers[keys.index(space) + 1 :])
    units = int(inverse.vectors.shape[1])
    work = units * inverse.regression.k + max(units * description.classes, behind)
    most: float = min(MOST_CELLS, WORK / work, KEPT / description.classes)
    return max(FEWEST_CELLS, int(most))


def _read_predicted(task: Task, kind: str) -> NDArray[np.int64]:
    """What the network predicts for each sample: int64, (N,)."""
    logits = task.cache.read_map(task.logits_path)
    assert logits is not None
    starts = range(0, len(logits), PLACES)
    parts = (logits[start : start + PLACES] for start in starts)
    return np.concatenate([class_probabilities(part, kind).argmax(1) for part in parts])


def _probabilities_on(
    grid: Grid, inverse: Inverse, head: Head, report: Report
) -> NDArray[np.float16]:
    """Probabilities at the middles of a grid's cells: float16, (height, width, C)."""
    places = grid.places()
    probabilities = np.empty((len(places), head.classes), np.float16)
    step = _step(inverse, head)
    for start in range(0, len(places), step):
        part = slice(start, min(start + step, len(places)))
        vectors = np.concatenate([made for _, made in inverse.at(places[part])])
        probabilities[part] = head.probabilities(vectors)
        report(0.05 + 0.85 * part.stop / len(places), "asking the network")
    if not probabilities.any():
        raise UserError("The network gives no numbers at the places of this map.")
    return probabilities.reshape(*grid.shape, head.classes)


def _step(inverse: Inverse, head: Head) -> int:
    width = max(int(inverse.vectors.shape[1]), head.classes)
    return min(PLACES, max(256, NUMBERS // width))


def measure(
    inverse: Inverse,
    head: Head,
    predicted: NDArray[np.int64],
    grid: Grid,
    cells: NDArray[np.uint16],
    seed: int,
) -> dict[str, Any]:
    """How faithful regions are, at MEASURED samples chosen by chance, or all.

    Args:
        predicted: int64, (N,), the network's own predictions.
        cells: as `pack` makes them.

    Returns:
        What `Draw` says of "measured", "agreement", "agreement_held_out", "mixed" and "error".
    """
    count = len(predicted)
    random = np.random.default_rng(seed)
    cost = inverse.regression.k * inverse.vectors.shape[1]
    wanted = min(count, max(LEAST_MEASURED, min(MEASURED, int(PRODUCTS / cost))))
    chosen = np.sort(random.choice(count, wanted, replace=False))
    drawn = grid.classes_at(cells, inverse.points[chosen])
    said, errors = np.empty(len(chosen), np.int64), np.empty(len(chosen))
    for part, made in inverse.at(inverse.points[chosen], chosen):
        said[part] = head.probabilities(made).argmax(1)
        errors[part] = inverse.distances(made, chosen[part])
    held_out = said == predicted[chosen]
    _, near = inverse.near(inverse.points[chosen], NEIGHBOURS, chosen)
    mixed = (predicted[near] != predicted[chosen, None]).any(axis=1)
    errors /= _spread(inverse, chosen)
    return {
        "measured": len(chosen),
        "agreement": float((drawn == predicted[chosen]).mean()),
        "agreement_held_out": float(held_out.mean()),
        "mixed": {
            "samples": int(mixed.sum()),
            "agreement_held_out": float(held_out[mixed].mean()) if mixed.any() else None,
        },
        "error": {
            "median": float(np.median(errors)),
            "p95": float(np.percentile(errors, 95)),
        },
    }


def _spread(inverse: Inverse, chosen: NDArray[np.int64]) -> float:
    """Root mean square distance of samples' vectors from their mean; not 0."""
    total, square, count = 0.0, 0.0, len(chosen)
    step = max(1, PLACES * 64 // inverse.vectors.shape[1])
    for start in range(0, count, step):
        rows = np.nan_to_num(inverse.vectors[chosen[start : start + step]], posinf=0, neginf=0)
        total = total + rows.sum(axis=0, dtype=np.float64)
        square += float(np.einsum("ij,ij->", rows, rows, dtype=np.float64))
    variance = square / count - float(np.sum((np.asarray(total) / count) ** 2))
    return float(np.sqrt(max(variance, 0.0))) or 1.0


def _keep(
    task: Task,
    space: str,
    method: Method,
    summary: dict[str, Any],
    cells: NDArray[np.uint16],
    probabilities: NDArray[np.float16],
) -> None:
    cache, key = task.cache, regions_key(task, space, method)
    cache.write_map(cache.path("regions", key, "-probabilities.npy"), probabilities)
    cache.write_map(cache.path("regions", key, ".npy"), cells)
    # The last one: where it is, all is.
    cache.write_json(cache.path("regions", key, ".json"), summary)


def read_summary(task: Task, space: str, method: Method) -> dict[str, Any] | None:
    """The summary of regions that are in the cache whole, or None."""
    cache, key = task.cache, regions_key(task, space, method)
    summary = cache.read_json(cache.path("regions", key, ".json"))
    if summary is None or read_cells(task, space, method) is None:
        return None
    return None if read_probabilities(task, space, method) is None else summary


def read_cells(task: Task, space: str, method: Method) -> NDArray[np.uint16] | None:
    """uint16, (height, width, 4), as `pack` makes them, memory-mapped."""
    return task.cache.read_map(task.cache.path("regions", regions_key(task, space, method), ".npy"))


def read_probabilities(task: Task, space: str, method: Method) -> NDArray[np.float16] | None:
    """float16, (height, width, C), memory-mapped."""
    key = regions_key(task, space, method)
    return task.cache.read_map(task.cache.path("regions", key, "-probabilities.npy"))
