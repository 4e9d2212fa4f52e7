"""One pass over a dataset: logits and the pooled activations of every layer, into files."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from data import ImageSource
from model.description import Layer, NetworkDescription
from model.graph import layer_output
from model.head import find_head
from model.preprocess import Preprocessing
from model.rows import RowFile
from util import ModelError

if TYPE_CHECKING:
    import keras

LOGITS = "logits"
ACTIVATIONS = "activations"

# Called after each batch with the number of images done.
Progress = Callable[[int], None]

# What one batch's input and widest layer may take together; more only costs memory.
BATCH_BYTES = 96 * 2**20
MAX_BATCH = 256

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
    model: "keras.Model",
    description: NetworkDescription,
    images: ImageSource,
    preprocessing: Preprocessing,
    folder: Path,
    progress: Progress = lambda done: None,
) -> None:
    """Write logits.npy and activations/KEY.npy, float32 (N, units), from where a run stopped."""
    probe = build_probe(model, description)
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


def build_probe(model: "keras.Model", description: NetworkDescription) -> "keras.Model":
    """A model of the same weights that outputs the logits and every kept layer's activations.

    Outputs by name: LOGITS, float32 (batch, units), and each Layer.key, float32 (batch, units),
    averaged over all axes between the batch and the last where the layer has such. The classifying
    layer's activations are its logits.
    """
    import keras

    _, logits, head = find_head(model)
    outputs = {LOGITS: logits}
    by_name = {layer.name: layer for layer in model.layers}
    for layer in description.layers:
        if layer.units is not None:
            # Probabilities near 0 and 1 lie on top of each other; the logits behind them do not.
            made_by = by_name[layer.name]
            output = logits if made_by is head else layer_output(made_by)
            assert output is not None
            between = tuple(range(1, len(output.shape) - 1))
            outputs[layer.key] = keras.ops.mean(output, axis=between) if between else output
    probe = keras.Model(model.inputs, outputs)
    probe.compile(jit_compile=_worth_compiling(description))
    return probe


def _worth_compiling(description: NetworkDescription) -> bool | str:
    """Whether XLA pays: it fuses the pooling into small networks, three to five times quicker."""
    import keras

    if keras.backend.backend() != "tensorflow":
        return "auto"
    pixels = int(np.prod([n or 1 for n in description.input_shape[:2]]))
    return pixels <= XLA_MAX_PIXELS


def batch_size(description: NetworkDescription) -> int:
    """Images a batch: a power of two whose largest layer stays within BATCH_BYTES."""
    widest = max(
        int(np.prod([n or 1 for n in shape]))
        for shape in (description.input_shape, *(x.output_shape for x in description.layers))
    )
    fitting = max(1, BATCH_BYTES // (4 * widest))
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
    for count, inputs in _batches(images, preprocessing, batch, start):
        try:
            outputs = probe.predict_on_batch(inputs)
        except Exception as error:
            raise _refused(inputs, error) from error
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

    inputs = preprocessing.read(images, np.arange(len(images)))
    try:
        outputs = probe(keras.ops.convert_to_tensor(inputs), training=False)
    except Exception as error:
        raise _refused(inputs, error) from error
    return {
        name: np.asarray(keras.ops.convert_to_numpy(values), np.float32)
        for name, values in outputs.items()
    }


def _refused(inputs: NDArray[np.float32], error: Exception) -> ModelError:
    reason = f"The network cannot be run on input of shape {inputs.shape}: {error}"
    return ModelError(reason.splitlines()[0])


def _batches(
    images: ImageSource, preprocessing: Preprocessing, batch: int, start: int
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """(count, input) from image `start` on; the last input is padded, as XLA compiles per shape."""
    bounds = [(a, min(a + batch, len(images))) for a in range(start, len(images), batch)]

    def read(bound: tuple[int, int]) -> NDArray[np.float32]:
        values = preprocessing.read(images, np.arange(*bound))
        missing = batch - len(values)
        return np.concatenate([values, np.repeat(values[:1], missing, 0)]) if missing else values

    with ThreadPoolExecutor(1, thread_name_prefix="read") as pool:
        ahead = [pool.submit(read, bound) for bound in bounds[:2]]
        for number, (first, last) in enumerate(bounds):
            values = ahead.pop(0).result()
            if number + 2 < len(bounds):
                ahead.append(pool.submit(read, bounds[number + 2]))
            yield last - first, values
