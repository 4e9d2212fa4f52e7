"""Study: network + dataset + every artefact of the two; the only thing that views see."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis import network_worker, projector
from analysis.class_scores import ClassScores
from analysis.events import Described, Drawn, Event, Failure, Layout, Ready, Stage
from analysis.guests import Guests
from analysis.history.files import Checkpoints
from analysis.history.history import History
from analysis.neighbours import NeighbourGraph
from analysis.processes import Work, Worker
from analysis.projection import METHODS, Method
from analysis.projector import Order, read_layout
from analysis.samples import Samples, class_probabilities, read_samples, write_samples
from analysis.service import NetworkService
from analysis.service_worker import ASKED
from analysis.task import PIXELS, Task
from data import Dataset
from model import Network, NetworkDescription
from util import ModelError, UserError

FORWARD = network_worker.FORWARD.id

# Names of worker processes, beside PIXELS.
NETWORK = "network"
LAYERS = "layers"


class Study:
    """What is known of a network on a dataset, growing while worker processes compute.

    Every method is cheap and may be called from any thread. What is not known yet is None.
    """

    def __init__(
        self,
        task: Task,
        layer: str | None,
        method: Method,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        """Open the study; what the cache has is there at once, nothing is computed before `start`.

        Args:
            checkpoints: of the network's training, for `history`.

        Raises:
            CacheError: the cache cannot be written.
        """
        self.task = task
        self.method = method
        self._wanted_layer = layer
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._stages: dict[str, Stage] = {}
        self._layouts: dict[tuple[str, Method], Layout] = {}
        self._maps: dict[Path, NDArray[Any]] = {}
        self._graphs: dict[str, NeighbourGraph] = {}
        self._orders: set[Order] = set()
        # By what they work on: the network, the pixels, the layers.
        self._workers: dict[str, Worker] = {}
        self._description: NetworkDescription | None = None
        self._samples: Samples | None = None
        self._forward_done = False
        self.failure: Failure | None = None
        self.failures: list[Failure] = []
        self.seconds: dict[str, float] = {}
        # Answers what needs Keras once the pass is over.
        self.service = NetworkService(task, self._hear)
        self.guests = Guests(task, self.service)
        # The network over its training; without any epochs unless checkpoints are given.
        self.history = History(task, checkpoints or Checkpoints(), self._hear, self.add_columns)
        self.task.cache  # noqa: B018  the folder is made, or refused, here
        self._open_forward()

    # -- what is known ---------------------------------------------------------------------------

    @property
    def dataset(self) -> Dataset:
        return self.task.dataset

    @property
    def network(self) -> Network:
        return self.task.network

    @property
    def description(self) -> NetworkDescription | None:
        """The network layer by layer, once it has been opened."""
        return self._description

    @property
    def samples(self) -> Samples | None:
        """The samples table, once every image has been passed through the network."""
        return self._samples

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know of this network with these images; a sentence each."""
        return () if self._description is None else self._description.warnings

    @property
    def hidden(self) -> str | None:
        """Key of the layer that maps show unless another is chosen."""
        description = self._description
        return None if description is None else self._wanted_layer or description.hidden

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of all the network's outputs; those that the dataset has no name for, by number."""
        names = self.dataset.class_names
        outputs = 0 if self._description is None else self._description.classes
        return names + tuple(str(number) for number in range(len(names), outputs))

    @property
    def thumbnails(self) -> NDArray[np.uint8] | None:
        """uint8, (N, height, width, channels), memory-mapped, at most 32 pixels a side."""
        return self._map(self.task.thumbnails_path)

    @property
    def logits(self) -> NDArray[np.float32] | None:
        """All samples' logits: float32, (N, units), memory-mapped."""
        return self._map(self.task.logits_path) if self._forward_done else None

    def probabilities(self, index: int) -> NDArray[np.float32] | None:
        """The network's class probabilities for one sample: float32, (C,), 0 to 1.

        Their sum is 1, unless each output is a class by itself (head "multilabel").
        """
        logits = self.logits
        if logits is None or self._description is None:
            return None
        rows = class_probabilities(logits[index : index + 1], self._description.head)
        probabilities: NDArray[np.float32] = rows[0]
        return probabilities

    def activation(self, space: str, index: int) -> NDArray[np.float32] | None:
        """One sample's vector in a space: float32, (D,)."""
        if space == PIXELS:
            thumbnails = self.thumbnails
            if thumbnails is None:
                return None
            pixels: NDArray[np.float32] = thumbnails[index].ravel().astype(np.float32)
            pixels /= np.float32(255)
            return pixels
        rows = self.activations(space)
        return None if rows is None else np.asarray(rows[index])

    def activations(self, layer: str) -> NDArray[np.float32] | None:
        """All samples' activations of a layer: float32, (N, units), memory-mapped."""
        if not self._forward_done or layer not in self.layers:
            return None
        return self._map(self.task.activations_path(layer))

    @property
    def layers(self) -> tuple[str, ...]:
        """Keys of the layers whose activations are kept, in the network's order."""
        if self._description is None:
            return ()
        return tuple(layer.key for layer in self._description.layers if layer.units is not None)

    @property
    def spaces(self) -> tuple[str, ...]:
        """Everything that can be projected now: the pixels, and the layers once they have run."""
        return (PIXELS, *self.layers) if self._forward_done else (PIXELS,)

    def layout(self, space: str, method: Method) -> Layout | None:
        """The newest map of a space, also while it is still being optimised."""
        with self._lock:
            return self._layouts.get((space, method))

    def layouts(self) -> dict[tuple[str, Method], Layout]:
        with self._lock:
            return dict(self._layouts)

    def neighbours(self, space: str) -> NeighbourGraph | None:
        """The neighbour graph of a space, once it has been built."""
        if space not in self._graphs and space in self.spaces:
            kept = self.task.cache.read_arrays("neighbours", self.task.graph_key(space))
            if kept is not None:
                self._graphs[space] = NeighbourGraph(
                    kept["indices"], kept["distances"], float(kept["recall"])
                )
        return self._graphs.get(space)

    def stages(self) -> tuple[Stage, ...]:
        """Every piece of work so far, in the order in which it was begun."""
        with self._lock:
            return tuple(self._stages.values())

    # -- having it computed ----------------------------------------------------------------------

    def start(self) -> None:
        """Compute what is missing in worker processes: the pass, and the maps shown first."""
        with self._lock:
            if not self._forward_done:
                self._set(replace(network_worker.NETWORK, state="waiting"))
                self._set(replace(network_worker.FORWARD, state="waiting"))
                self._start(NETWORK, network_worker.run, network_worker.NETWORK.id)
            if self.thumbnails is None:
                self._start_pixels()
            self.request(PIXELS, self.method)
            if self._forward_done and self.hidden:
                self.request(self.hidden, self.method)
                self.history.start(self.hidden)

    def request(self, space: str, method: Method) -> None:
        """Have a map drawn; asking again is harmless.

        Raises:
            UserError: there is no such space or method.
        """
        if method not in METHODS or space not in (PIXELS, *self.layers):
            raise UserError(
                f"There is no map of '{space}' by '{method}'; spaces are {', '.join(self.spaces)}, "
                f"methods are {', '.join(METHODS)}."
            )
        with self._lock:
            order = Order(space, method)
            missing = [o for o in (Order(space, "pca"), order) if not self._recall(o)]
            if not missing or order in self._orders or space not in self.spaces:
                return
            self._orders.add(order)
            self._set(Stage(order.stage, order.title))
            worker = self._start_pixels() if space == PIXELS else self._start_layers()
            worker.order(order)

    def wait(self) -> None:
        """Wait until everything asked for is done, or has failed."""
        with self._changed:
            self._changed.wait_for(lambda: self.settled)

    @property
    def settled(self) -> bool:
        """Nothing is waiting or running, or a failure makes going on useless."""
        states = {stage.state for stage in self._stages.values()}
        return self.failure is not None or not states & {"waiting", "running"}

    def stop(self) -> None:
        """End the worker processes; what they finished stays in the cache."""
        self.service.stop()
        self.history.stop()
        for worker in self._workers.values():
            worker.stop()

    def __enter__(self) -> "Study":
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def add_columns(self, columns: Mapping[str, NDArray[Any]]) -> None:
        """Put further columns, (N,) each, behind those of the samples table.

        A name that is in the table already keeps its place and gets the new values.
        """
        with self._lock:
            assert self._samples is not None
            assert all(len(values) == len(self._samples) for values in columns.values())
            self._samples = replace(self._samples, frame=self._samples.frame.assign(**columns))

    # -- hearing the workers ---------------------------------------------------------------------

    def _hear(self, event: Event) -> None:
        with self._changed:
            try:
                self._take(event)
            except UserError as error:
                self._fail(Failure(network_worker.NETWORK.id, str(error), True, ""))
            self._changed.notify_all()

    def _take(self, event: Event) -> None:
        match event:
            case Stage():
                self._set(event)
            case Drawn():
                self._draw(event.space, event.method, event.layout)
            case Ready():
                self.seconds[event.what] = event.seconds
                if event.what == FORWARD:
                    self._open_forward()
                    if self.hidden:
                        self.request(self.hidden, self.method)
                        self.history.start(self.hidden)
            case Described():
                self._describe(NetworkDescription.from_json(event.value))
                if not self._forward_done:
                    # Its imports take as long as the pass over a small dataset.
                    self._start_layers()
            case Failure():
                self._fail(event)

    def _fail(self, failure: Failure) -> None:
        self.failures.append(failure)
        stage = self._stages.get(failure.stage, Stage(failure.stage, failure.stage))
        self._set(replace(stage, state="failed", message=failure.message))
        is_map = "|" in failure.stage
        if failure.stage == network_worker.NETWORK.id:
            self._stages.pop(network_worker.FORWARD.id, None)
        # Without images or a network there is nothing to look at; without one map there is.
        if not is_map or failure.by_user:
            self.failure = self.failure or failure
        self._fail_orphans(failure)

    def _fail_orphans(self, failure: Failure) -> None:
        """Maps that nobody is left to draw have failed as well, and can be asked for again."""
        for stage in tuple(self._stages.values()):
            space = stage.id.partition("|")[0]
            worker = self._workers.get(PIXELS if space == PIXELS else LAYERS)
            is_map = "|" in stage.id and not stage.id.startswith(ASKED)
            is_map = is_map and stage.state in ("waiting", "running")
            if is_map and worker is not None and not worker.process.is_alive():
                self._set(replace(stage, state="failed", message=failure.message))
                self._orders = {order for order in self._orders if order.stage != stage.id}

    def _set(self, stage: Stage) -> None:
        self._stages[stage.id] = stage

    def _draw(self, space: str, method: Method, layout: Layout) -> None:
        before = self._layouts.get((space, method))
        version = 1 if before is None else before.version + 1
        self._layouts[space, method] = replace(layout, version=version)

    def _recall(self, order: Order) -> bool:
        """Whether the finished layout is there, read from the cache if need be."""
        layout = self._layouts.get((order.space, order.method))
        if layout is None and order.space in self.spaces:
            layout = read_layout(self.task, order.space, order.method)
            if layout is not None:
                self._draw(order.space, order.method, layout)
                self._set(Stage(order.stage, order.title, "done", 1.0))
        return layout is not None and layout.final

    def _describe(self, description: NetworkDescription) -> None:
        if self._wanted_layer is not None:
            self._wanted_layer = _find_layer(description, self._wanted_layer)
        self._description = description

    def _open_forward(self) -> None:
        """Take over a complete pass from the cache, if there is one."""
        description = self.task.read_description()
        if description is None:
            return
        self._describe(description)
        logits = self._map(self.task.logits_path)
        assert logits is not None
        path = self.task.samples_path
        samples = read_samples(path) or write_samples(path, self.dataset, logits, description.head)
        scores = ClassScores(logits, description.head, self.dataset.targets)
        self._samples = replace(samples, scores=scores)
        self._forward_done = True

    def _start_pixels(self) -> Worker:
        if not self._is_alive(PIXELS):
            self._set(replace(projector.THUMBNAILS, state="running"))
        work = partial(projector.run_pixels, self.method)
        return self._start(PIXELS, work, projector.THUMBNAILS.id)

    def _start_layers(self) -> Worker:
        return self._start(LAYERS, partial(projector.run_layers, self.method), LAYERS)

    def _start(self, name: str, work: Work, stage: str) -> Worker:
        """The worker of this name, started unless it is at work."""
        if not self._is_alive(name):
            self._workers[name] = Worker(name, work, self.task, stage, self._hear)
        return self._workers[name]

    def _is_alive(self, name: str) -> bool:
        return name in self._workers and self._workers[name].alive

    def _map(self, path: Path) -> NDArray[Any] | None:
        if path not in self._maps:
            array = self.task.cache.read_map(path)
            if array is None:
                return None
            self._maps[path] = array
        return self._maps[path]


def _find_layer(description: NetworkDescription, name: str) -> str:
    """Key of the layer that the user named.

    Raises:
        ModelError: there is none, or its activations are not kept.
    """
    for layer in description.layers:
        if name in (layer.name, layer.key) and layer.units is not None:
            return layer.key
    known = ", ".join(layer.name for layer in description.layers if layer.units is not None)
    raise ModelError(f"There is no layer '{name}' with activations to show; there are {known}.")
