"""The processes that project: one reads the images small and draws them, one draws the layers.

They never import Keras, and start beside the network's process, so that none waits for another.
t-SNE and UMAP run on one thread each, so as to give the same map every time: two processes are
what makes use of a second core.
"""

import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis import neighbours
from analysis.events import Drawn, Failure, Layout, Ready, Stage
from analysis.neighbours import NeighbourGraph
from analysis.processes import Outbox
from analysis.projection import TITLES, Method, pca, tsne, umap
from analysis.task import Task
from analysis.trustworthiness import trustworthiness
from data import ImageSource
from util import UserError

THUMBNAILS = Stage("thumbnails", "Reading the images")
IMAGES_AT_ONCE = 512

# Seconds between two layouts of a running optimisation: what the page can morph through. Drawing a
# large one takes a browser without a graphics card longer, on the cores that compute the next.
DRAW_EVERY = 0.8
DRAW_EVERY_PER_SAMPLE = 5e-5

# t-SNE and UMAP want some neighbours; fewer samples are drawn as PCA has them.
MIN_SAMPLES = 8


@dataclass(frozen=True, slots=True)
class Order:
    """Draw this space by this method."""

    space: str
    method: Method

    @property
    def stage(self) -> str:
        return f"{self.space}|{self.method}"

    @property
    def title(self) -> str:
        return f"{TITLES[self.method]} of {self.space}"


def run_pixels(method: Method, task: Task, outbox: Outbox) -> None:
    """Read the images small, then draw what is ordered, for ever."""
    make_thumbnails(task, outbox)
    run_layers(method, task, outbox)


def run_layers(method: Method, task: Task, outbox: Outbox) -> None:
    """Draw what is ordered, the latest order first, for ever.

    Args:
        method: the one that is ordered first, as a rule.
    """
    # umap-learn imports TensorFlow, if it finds it, for a class that is not used here.
    sys.modules["tensorflow"] = None  # type: ignore[assignment]
    # Imported while there is nothing to draw yet; the other methods' libraries, when one is.
    import faiss  # noqa: F401

    if method == "tsne":
        import openTSNE  # noqa: F401
    elif method == "umap":
        import umap.layouts  # noqa: F401

    Projector(task, outbox).serve()


class Projector:
    """Draws one map at a time; PCA of a newer order comes in between."""

    def __init__(self, task: Task, outbox: Outbox) -> None:
        self.task, self.outbox = task, outbox
        self.waiting: list[Order] = []
        self.drawn: set[Order] = set()
        # Maps by PCA that are shown already, and whose trustworthiness is yet to be measured.
        self.unmeasured: dict[Order, NDArray[np.float32]] = {}

    def serve(self) -> None:
        while True:
            self.receive(wait=not self.waiting and not self.unmeasured)
            if self.waiting:
                self.attempt(self.waiting.pop(), self.draw)
            elif self.unmeasured:
                self.attempt(next(iter(self.unmeasured)), self.measure_pca)

    def receive(self, wait: bool) -> None:
        """Take in new orders, and answer each at once with the PCA of its space."""
        for order in self.outbox.orders(wait):
            self.attempt(order, self.draw_pca)
            if order.method != "pca":
                self.waiting.append(order)

    def attempt(self, order: Order, work: Callable[[Order], None]) -> None:
        """Do some work for an order; where it fails, the other maps are drawn all the same."""
        try:
            work(order)
        except (EOFError, BrokenPipeError):
            raise
        except Exception as error:
            by_user = isinstance(error, UserError)
            message = str(error) if by_user else f"{type(error).__name__}: {error}"
            self.outbox.send(Failure(order.stage, message, by_user, traceback.format_exc()))

    def draw_pca(self, wanted: Order) -> None:
        """The first picture of any map; its trustworthiness is measured when there is time."""
        order = Order(wanted.space, "pca")
        if order in self.drawn or order in self.unmeasured or self.recall(order):
            return
        self.outbox.send(Stage(order.stage, order.title, "running", 0.0))
        points = _finite(pca(self.vectors(order.space)))
        self.unmeasured[order] = points
        self.outbox.send(Drawn(order.space, order.method, Layout(points, 0, False, None, 1.0)))
        self.outbox.send(Stage(order.stage, order.title, "running", 0.9, "drawn"))

    def measure_pca(self, order: Order) -> None:
        started, points = time.perf_counter(), self.unmeasured.pop(order)
        self.keep(order, points, trustworthiness(self.vectors(order.space), points), started)

    def draw(self, order: Order) -> None:
        """A map by t-SNE or UMAP, started from PCA."""
        if order in self.drawn or self.recall(order):
            return
        started, last = time.perf_counter(), 0.0
        stage, title = order.stage, order.title
        self.outbox.send(Stage(stage, title, "running", 0.0, "finding neighbours"))
        vectors = self.vectors(order.space)
        graph = self.graph(order.space, vectors)
        start = self.points(Order(order.space, "pca"))
        pause = max(DRAW_EVERY, DRAW_EVERY_PER_SAMPLE * len(vectors))

        def report(points: NDArray[np.float32], fraction: float) -> None:
            nonlocal last
            if time.perf_counter() - last < pause:
                return
            last = time.perf_counter()
            self.outbox.send(Stage(stage, title, "running", fraction))
            layout = Layout(_finite(points), 0, False, None, fraction)
            self.outbox.send(Drawn(order.space, order.method, layout))
            self.receive(wait=False)

        if len(vectors) < MIN_SAMPLES:
            points = start
        else:
            optimise = tsne if order.method == "tsne" else umap
            points = optimise(graph, start, self.task.seed, report)
        points = _finite(points)
        self.keep(order, points, trustworthiness(vectors, points), started)

    def vectors(self, space: str) -> NDArray[np.float32]:
        """The space's vectors; a unit that overflowed counts as zero."""
        vectors = self.task.read_space(space)
        if vectors is None:
            raise FileNotFoundError(f"the vectors of {space} are not in the cache")
        return vectors if np.isfinite(vectors).all() else np.nan_to_num(vectors, posinf=0, neginf=0)

    def graph(self, space: str, vectors: NDArray[np.float32]) -> NeighbourGraph:
        """The space's neighbour graph, read or built."""
        key = self.task.graph_key(space)
        kept = self.task.cache.read_arrays("neighbours", key)
        if kept is not None:
            return NeighbourGraph(kept["indices"], kept["distances"], float(kept["recall"]))
        started = time.perf_counter()
        graph = neighbours.build(vectors, progress=lambda fraction: self.receive(wait=False))
        arrays = {
            "indices": graph.indices,
            "distances": graph.distances,
            "recall": np.array(graph.recall),
        }
        self.task.cache.write_arrays("neighbours", key, arrays)
        self.outbox.send(Ready(f"neighbours|{space}", time.perf_counter() - started))
        return graph

    def recall(self, order: Order) -> bool:
        """Send a layout that is in the cache already."""
        layout = read_layout(self.task, order.space, order.method)
        if layout is not None:
            self.send_final(order, layout)
        return layout is not None

    def points(self, order: Order) -> NDArray[np.float32]:
        if order in self.unmeasured:
            return self.unmeasured[order]
        layout = read_layout(self.task, order.space, order.method)
        assert layout is not None
        return layout.points

    def keep(
        self, order: Order, points: NDArray[np.float32], trust: float | None, started: float
    ) -> None:
        arrays: dict[str, NDArray[Any]] = {
            "points": points,
            "trustworthiness": np.array(np.nan if trust is None else trust),
            "seconds": np.array(time.perf_counter() - started),
        }
        key = self.task.layout_key(order.space, order.method)
        self.task.cache.write_arrays("layouts", key, arrays)
        self.send_final(order, Layout(points, 0, True, trust, 1.0))

    def send_final(self, order: Order, layout: Layout) -> None:
        self.drawn.add(order)
        self.outbox.send(Drawn(order.space, order.method, layout))
        self.outbox.send(Stage(order.stage, order.title, "done", 1.0))


def read_layout(task: Task, space: str, method: Method) -> Layout | None:
    """A finished layout out of the cache, or None."""
    kept = task.cache.read_arrays("layouts", task.layout_key(space, method))
    if kept is None:
        return None
    trust = float(kept["trustworthiness"])
    return Layout(kept["points"], 0, True, None if np.isnan(trust) else trust, 1.0)


def make_thumbnails(task: Task, outbox: Outbox) -> None:
    """Keep every image small: uint8 (N, height, width, channels), for thumbnails and as pixels."""
    if task.cache.read_map(task.thumbnails_path) is None:
        started = time.perf_counter()
        outbox.send(Stage(THUMBNAILS.id, THUMBNAILS.title, "running", 0.0))
        with task.cache.lock("thumbnails", task.thumbnails_key):
            array = _read_small(task.dataset.images, task.thumbnail_size, outbox)
            task.cache.write_map(task.thumbnails_path, array)
        outbox.send(Ready("thumbnails", time.perf_counter() - started))
    else:
        outbox.send(Ready("thumbnails", 0.0))
    outbox.send(Stage(THUMBNAILS.id, THUMBNAILS.title, "done", 1.0))


def _read_small(images: ImageSource, size: tuple[int, int], outbox: Outbox) -> NDArray[np.uint8]:
    array = np.empty((len(images), *size, images.channels), np.uint8)
    last = 0.0
    for start in range(0, len(array), IMAGES_AT_ONCE):
        rows = np.arange(start, min(start + IMAGES_AT_ONCE, len(array)))
        array[rows] = images.read(rows, size)
        if time.perf_counter() - last < DRAW_EVERY:
            continue
        last = time.perf_counter()
        fraction = (rows[-1] + 1) / len(array)
        message = f"{rows[-1] + 1:,} of {len(array):,}"
        outbox.send(Stage(THUMBNAILS.id, THUMBNAILS.title, "running", float(fraction), message))
    return array


def _finite(points: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.nan_to_num(points, posinf=0, neginf=0).astype(np.float32)
