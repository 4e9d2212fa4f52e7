"""How long each layer takes: run on its own, on the real input it gets, and measured warm."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from model.batches import padded, refused
from model.structure import origins

if TYPE_CHECKING:
    from model.steps import Graph, Step, Tensor

# A batch takes about so many seconds, and has at most so many images.
BATCH_SECONDS, MAX_BATCH = 0.25, 32
# Runs that are measured: at least, at most, and until so many seconds are spent on a layer.
LEAST_RUNS, MOST_RUNS, LAYER_SECONDS = 5, 50, 0.1

# Called with the share of the layers that are done, 0 to 1.
Progress = Callable[[float], None]

# Takes values of a backend, gives out values of it; returns when they are computed.
Function = Callable[..., Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds an image.

    Attributes:
        steps: of each step, in order; None where a layer cannot be run on its own.
        whole: of the network run as one, from its input to its output.
        batch: images run at once.
    """

    steps: tuple[float | None, ...]
    whole: float
    batch: int


def time_steps(
    graph: "Graph",
    read: Callable[[int], NDArray[np.float32]],
    progress: Progress = lambda done: None,
) -> Timing:
    """Time the network and each of its steps.

    Every step is compiled by itself and run on what the steps before it have made of real images.
    The median of several runs counts, less that of a function that does nothing.

    Args:
        read: gives the network's input for the first so many images, float32 (n, ...), or for all
            where there are fewer.

    Raises:
        ModelError: the network cannot be run on such input.
    """
    values = _batch(graph, read, 1)
    whole = _compiled(graph.inputs, (graph.output,), (values,))
    seconds = _measured(whole, (values,))
    batch = max(1, min(MAX_BATCH, int(BATCH_SECONDS / max(seconds, 1e-6))))
    values = _batch(graph, read, batch)
    batch = int(values.shape[0])
    whole = _compiled(graph.inputs, (graph.output,), (values,))
    idle = _measured(_idle((values,)), (values,))
    total = _measured(whole, (values,)) - idle
    each = [
        None if seconds is None else max(seconds - idle, 0.0) * 1000 / batch
        for seconds in _time_each(graph, values, progress)
    ]
    return Timing(tuple(each), max(total, 0.0) * 1000 / batch, batch)


def _batch(graph: "Graph", read: Callable[[int], NDArray[np.float32]], count: int) -> Any:
    """Input of `count` images, or of as many as the network was built for, as the backend's."""
    import keras

    own = graph.inputs[0].shape[0]
    inputs = read(own or count)
    return keras.ops.convert_to_tensor(padded(inputs, own or len(inputs)))


def _time_each(graph: "Graph", values: Any, progress: Progress) -> list[float | None]:
    """Seconds a batch of each step; a value is kept until the last step that takes it has run."""
    known = {id(graph.inputs[0]): values}
    taken = [origins(graph, step) for step in graph.steps]
    last = {id(tensor): number for number, used in enumerate(taken) for tensor in used}
    seconds: list[float | None] = []
    for number, (step, used) in enumerate(zip(graph.steps, taken, strict=True)):
        seconds.append(_time_step(step, used, known))
        for tensor in used:
            if last[id(tensor)] == number:
                known.pop(id(tensor), None)
        progress((number + 1) / len(graph.steps))
    return seconds


def _time_step(step: "Step", used: Sequence["Tensor"], known: dict[int, Any]) -> float | None:
    """Seconds that a step takes; what it makes is put into `known`."""
    try:
        values = tuple(known[id(tensor)] for tensor in used)
        function = _compiled(used, step.outputs, values)
        made = function(*values)
    except Exception:
        # It takes what no layer can be given alone; what comes after it is not timed either.
        return None
    known.update(zip(map(id, step.outputs), made, strict=True))
    return _measured(function, values)


def _compiled(
    inputs: Sequence["Tensor"], outputs: Sequence["Tensor"], values: Sequence[Any]
) -> Function:
    """The part of a graph from some tensors to others, as one function for values of this shape.

    Raises:
        ModelError: it cannot be run on them.
    """
    import keras

    model = keras.Model(list(inputs), list(outputs))

    def call(*given: Any) -> Sequence[Any]:
        made = model(list(given), training=False)
        return list(made) if isinstance(made, (list, tuple)) else [made]

    try:
        return _as_one(call, values)
    except Exception as error:
        raise refused(np.zeros(tuple(values[0].shape), np.float32), error) from error


def _idle(values: Sequence[Any]) -> Function:
    return _as_one(lambda *given: list(given), values)


def _as_one(call: Function, values: Sequence[Any]) -> Function:
    import keras

    if keras.backend.backend() != "tensorflow":
        return call
    import tensorflow as tf

    signature = [tf.TensorSpec(value.shape, value.dtype) for value in values]
    concrete: Function = tf.function(call).get_concrete_function(*signature)
    concrete(*values)
    return concrete


def _measured(function: Function, values: Sequence[Any]) -> float:
    """Median of the seconds that a run takes, after one that is not counted."""
    _finish(function(*values))
    runs: list[float] = []
    while len(runs) < LEAST_RUNS or (len(runs) < MOST_RUNS and sum(runs) < LAYER_SECONDS):
        started = time.perf_counter()
        _finish(function(*values))
        runs.append(time.perf_counter() - started)
    return median(runs)


def _finish(made: Sequence[Any]) -> None:
    """Wait for what a GPU is still at."""
    import keras

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        tf.test.experimental.sync_devices()
    elif backend == "torch":
        import torch

        if torch.cuda.is_available():
            torch.cuda.synchronize()
    elif made:
        keras.ops.convert_to_numpy(made[0])
