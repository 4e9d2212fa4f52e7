"""One pass over a dataset: logits and the pooled activations of every layer, into files."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from data import ImageSource
from model.batches import padded, predict, refused
from model.description import Layer, NetworkDescription, Shape
from model.graph import Graph, as_graph, channel_axis, head_of
from model.preprocess import Preprocessing
from model.rows import RowFile

if TYPE_CHECKING:
    import keras

LOGITS = "logits"
ACTIVATIONS = "activations"

# Called after each batch with the number of images done.
Progress = Callable[[int], None]

# A batch of inputs, float32 (n, ...), to their logits, float32 (n, units).
Classifier = Callable[[NDArray[np.float32]], NDArray[np.float32]]

# What one batch's input and widest layer may take together; more only costs memory.
BATCH_BYTES = 96 * 2**20
MAX_BATCH = 256

# Of a classifier: what is tried are a few hundred images.
CLASSIFIER_BATCH = 64

# Kernels that XLA makes for the CPU are slower than the library's from about this size of image.
XLA_MAX_PIXELS = 64 * 64


def within_budget(description: NetworkDescription, samples: int, budget: int) -> NetworkDescription:
    """The description with `units` of the first layers set to None, where all take too many bytes.

    The last layers are kept, since they tell most about the classes, and the hidden one always.
    """
    kept: list[Layer] = []
    for layer in reversed(description.layers):
        size = 4 * samples * (layer.units or 0)
        if size <= budget or layer.key == description.hidden:
            budget -= size
        else:
            layer, budget = replace(layer, units=None), 0
        kept.append(layer)
    return replace(description, layers=tuple(reversed(kept)))


def into_folder(
    network: "Graph | keras.Model",
    description: NetworkDescription,
    images: ImageSource,
    preprocessing: Preprocessing,
    folder: Path,
    progress: Progress = lambda done: None,
) -> None:
    """Write logits.npy and activations/KEY.npy, float32 (N, units), from where a run stopped.

    Raises:
        DataError: an image cannot be read.
        ModelError: the network cannot be run on such input.
    """
    probe = build_probe(network, description)
    fill_folder(probe, description, images, preprocessing, folder, progress)


def fill_folder(
    probe: "keras.Model",
    description: NetworkDescription,
    images: ImageSource,
    preprocessing: Preprocessing,
    folder: Path,
    progress: Progress = lambda done: None,
) -> None:
    """What `into_folder` does, by a probe that is there already."""
    (folder / ACTIVATIONS).mkdir(exist_ok=True)
    with ExitStack() as stack:
        files = {
            name: stack.enter_context(RowFile(_path(folder, name), int(output.shape[1])))
            for name, output in probe.output.items()
        }
        run(probe, images, preprocessing, batch_size(description), files, progress)
        for file in files.values():
            file.finish()


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.npy" if name == LOGITS else folder / ACTIVATIONS / f"{name}.npy"


def build_probe(network: "Graph | keras.Model", description: NetworkDescription) -> "keras.Model":
    """A model of the same weights that outputs the logits and every kept layer's activations.

    Outputs by name: LOGITS, float32 (batch, units), and each Layer.key, float32 (batch, units),
    averaged over all axes but the batch and the channels where the layer has such. The classifying
    layer's activations are its logits.
    """
    import keras

    graph = as_graph(network)
    head = head_of(graph)
    assert len(description.layers) == len(graph.steps)
    outputs = {LOGITS: head.logits}
    for position, (layer, step) in enumerate(zip(description.layers, graph.steps, strict=True)):
        if layer.units is None:
            continue
        output = step.output
        units = int(head.logits.shape[1])
        if position >= head.position and layer.units == units:
            # Probabilities near 0 and 1 lie on top of each other; the logits behind them do not.
            output = head.logits
        if str(output.dtype) != "float32":
            output = keras.ops.cast(output, "float32")
        channels = channel_axis(graph, step) % len(output.shape)
        between = tuple(i for i in range(1, len(output.shape)) if i != channels)
        outputs[layer.key] = keras.ops.mean(output, axis=between) if between else output
    probe = keras.Model(graph.inputs[0], outputs)
    probe.compile(jit_compile=_worth_compiling(description.input_shape))
    return probe


def build_classifier(network: "Graph | keras.Model") -> Classifier:
    """The network as a function from inputs to logits; any number of rows, in small batches.

    Raises:
        ModelError: the output is no number a class; or, when called, the network cannot be run on
            such input.
    """
    import keras

    graph = as_graph(network)
    shape = tuple(graph.inputs[0].shape[1:])
    model = keras.Model(graph.inputs[0], head_of(graph).logits)
    model.compile(jit_compile=_worth_compiling(shape))
    units = int(model.output.shape[1])
    shapes = [shape, *(tuple(step.output.shape[1:]) for step in graph.steps)]
    batch = _own_batch(model, min(CLASSIFIER_BATCH, _fitting(shapes)))

    def classify(inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        rows = [
            np.asarray(outputs, np.float32)[:count]
            for count, outputs in predict(model, inputs.__getitem__, len(inputs), batch)
        ]
        return np.concatenate([np.zeros((0, units), np.float32), *rows])

    return classify


def _worth_compiling(input_shape: Shape) -> bool | str:
    """Whether XLA pays: it fuses the pooling into small networks, three to five times quicker."""
    import keras

    if keras.backend.backend() != "tensorflow":
        return "auto"
    return prod(n or 1 for n in input_shape[:2]) <= XLA_MAX_PIXELS


def _own_batch(model: "keras.Model", batch: int) -> int:
    """`batch`, unless the network was built for one of its own."""
    own = model.inputs[0].shape[0]
    return batch if own is None else int(own)


def batch_size(description: NetworkDescription) -> int:
    """Images a batch: a power of two whose largest layer stays within BATCH_BYTES."""
    return _fitting([description.input_shape, *(x.output_shape for x in description.layers)])


def _fitting(shapes: Sequence[Shape]) -> int:
    widest = max(prod(n or 1 for n in shape) for shape in shapes)
    fitting = max(1, BATCH_BYTES // (4 * max(1, widest)))
    return min(MAX_BATCH, 1 << (fitting.bit_length() - 1))


def run(
    probe: "keras.Model",
    images: ImageSource,
    preprocessing: Preprocessing,
    batch: int,
    files: Mapping[str, RowFile],
    progress: Progress = lambda done: None,
) -> None:
    """Append the probe's outputs for every image to `files`, going on after the rows they hold.

    Raises:
        DataError: an image cannot be read.
        ModelError: the network cannot be run on such input.
    """
    start = min(file.rows for file in files.values())
    for file in files.values():
        file.truncate(start)

    def read(indices: NDArray[np.int64]) -> NDArray[np.float32]:
        return preprocessing.read(images, indices)

    batch = _own_batch(probe, batch)
    for count, outputs in predict(probe, read, len(images), batch, start):
        for name, file in files.items():
            file.append(np.asarray(outputs[name], np.float32)[:count])
            file.flush()
        start += count
        progress(start)


def look(
    probe: "keras.Model", images: ImageSource, preprocessing: Preprocessing
) -> dict[str, NDArray[np.float32]]:
    """The probe's outputs for a few images, by name, float32 (n, units).

    Nothing is compiled for it, which would take longer than running it once.

    Raises:
        ModelError: the network cannot be run on such input.
    """
    import keras

    count = len(images)
    inputs = preprocessing.read(images, np.arange(count))
    inputs = padded(inputs, max(count, _own_batch(probe, count)))
    try:
        outputs = probe(keras.ops.convert_to_tensor(inputs), training=False)
    except Exception as error:
        raise refused(inputs, error) from error
    return {
        name: np.asarray(keras.ops.convert_to_numpy(values), np.float32)[:count]
        for name, values in outputs.items()
    }
