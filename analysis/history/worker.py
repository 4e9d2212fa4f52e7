"""The processes over a training's checkpoints: one runs the networks, one draws a layer's maps."""

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from analysis.events import Followed, Stage
from analysis.history.files import Epoch
from analysis.history.kept import KIND, epoch_key, read_passed, write_facts
from analysis.processes import Outbox
from analysis.service_worker import ASKED
from analysis.task import PREPROCESSING, Task
from model.description import NetworkDescription
from model.importing import start_keras
from model.preprocess import Preprocessing
from util import CacheError, ModelError

if TYPE_CHECKING:
    from model.graph import Graph

# A keras.Model; analysis does not know Keras.
Probe = Any

PASS = Stage(f"{ASKED}epochs", "Running the epochs")

# Activations that all epochs together may take; of more, the first layers are dropped.
MAX_BYTES = 2**30

# A pipe message a batch would be more than a person can see.
REPORT_EVERY = 0.2

# What of a network's description may differ between epochs without changing what it computes.
INCIDENTAL = {"trainable", "compile_config"}


@dataclass(frozen=True, slots=True)
class Pass:
    """Run every image through the networks of these epochs; started as a worker's work.

    Attributes:
        hidden: key of the layer whose activations are kept in any case.
    """

    epochs: tuple[Epoch, ...]
    hidden: str

    def __call__(self, task: Task, outbox: Outbox) -> None:
        outbox.send(replace(PASS, state="running", message="starting Keras"))
        start_keras(task.gpu_memory_fraction)
        try:
            _Runner(self, task, outbox).run()
        except OSError as error:
            raise CacheError(
                f"The cache {task.cache_root} cannot be written ({error.strerror}); free some "
                "space, or name another folder with --cache-dir."
            ) from error
        outbox.send(replace(PASS, state="done", fraction=1.0))


class _Runner:
    """Runs one epoch after the other, all of them by the program compiled for the first."""

    def __init__(self, order: Pass, task: Task, outbox: Outbox) -> None:
        self.order, self.task, self.outbox = order, task, outbox
        self.last = 0.0
        # Compiled for the first epoch, and the description of its layers.
        self.probe: Probe = None
        self.config: Any = None
        description, preprocessing = task.read_description(), task.read_preprocessing()
        if description is None or preprocessing is None:
            raise ModelError("The images have to be passed through the network first.")
        self.preprocessing: Preprocessing = preprocessing
        self.description = self.choose_layers(description)

    def choose_layers(self, description: NetworkDescription) -> NetworkDescription:
        """The layers that the network's own pass kept, within MAX_BYTES for all epochs."""
        from model import forward

        budget = MAX_BYTES // len(self.order.epochs)
        description = replace(description, hidden=self.order.hidden)
        return forward.within_budget(description, len(self.task.dataset), budget)

    def run(self) -> None:
        for position, epoch in enumerate(self.order.epochs):
            key = epoch_key(self.task, epoch, self.preprocessing)
            with self.task.cache.lock(KIND, key):
                if read_passed(self.task, key, self.order.hidden) is None:
                    self.fill(position, epoch, key)
            self.outbox.send(Followed(PASS.id, position))

    def fill(self, position: int, epoch: Epoch, key: str) -> None:
        """Make an epoch's artefact, going on after the rows that an interrupted start has left."""
        from model import forward

        self.report(position, 0.0, epoch.name)
        folder = self.task.cache.path(KIND, key)
        partial = folder.with_name(f"{key}.partial")
        partial.mkdir(parents=True, exist_ok=True)
        self.task.cache.write_json(partial / PREPROCESSING, self.preprocessing.to_json())
        total = len(self.task.dataset)
        forward.fill_folder(
            self.load(epoch),
            self.description,
            self.task.dataset.images,
            self.preprocessing,
            partial,
            lambda done: self.report(position, done / total, epoch.name),
        )
        layers = tuple(layer.key for layer in self.description.layers if layer.units is not None)
        write_facts(self.task, partial, self.description.head, layers)
        self.task.cache.publish(partial, folder)

    def load(self, epoch: Epoch) -> Probe:
        """A probe with the weights of an epoch."""
        from model import forward
        from model.graph import flatten

        network = epoch.network
        graph = flatten(network.load().model, network.input, network.output)
        self.check(graph, epoch)
        probe = forward.build_probe(graph, self.description)
        config = plain_config(network.archive.config)
        if self.probe is None or not config or config != self.config or _is_adapted(graph):
            # Compiling takes longer than a pass over a small dataset; it is done where it must.
            self.probe, self.config = probe, config
        else:
            self.probe.set_weights(probe.get_weights())
        return self.probe

    def check(self, graph: "Graph", epoch: Epoch) -> None:
        """Raises: ModelError: the layers are not those of the network."""
        from model.graph import describe

        theirs, ours = describe(graph).layers, self.description.layers
        shapes = [
            [(layer.kind, layer.output_shape) for layer in layers] for layers in (theirs, ours)
        ]
        if shapes[0] != shapes[1]:
            raise ModelError(
                f"The layers of {epoch.name} are not those of {self.task.network.name}; take it "
                "out of the folder of the checkpoints."
            )

    def report(self, position: int, done: float, message: str) -> None:
        if done and time.perf_counter() - self.last < REPORT_EVERY:
            return
        self.last = time.perf_counter()
        count = len(self.order.epochs)
        message = f"{position + 1} of {count}: {message}"
        fraction = (position + done) / count
        self.outbox.send(replace(PASS, state="running", fraction=fraction, message=message))


def plain_config(value: Any) -> Any:
    """A network's description without what may differ between two savings of one network."""
    if isinstance(value, dict):
        return {k: plain_config(v) for k, v in value.items() if k not in INCIDENTAL}
    return [plain_config(part) for part in value] if isinstance(value, list) else value


def _is_adapted(graph: "Graph") -> bool:
    """Whether a layer has taken its weights into the compiled program: Normalization does."""
    return any(hasattr(step.layer, "finalize_state") for step in graph.steps)
