"""Batches of inputs, read ahead of the network, and what to do where one does not fit."""

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from util import ModelError

if TYPE_CHECKING:
    import keras

# By name, so that no backend is imported to ask: TensorFlow's, PyTorch's, JAX's, and Python's own.
MEMORY_ERRORS = ("ResourceExhaustedError", "OutOfMemoryError", "MemoryError", "_ArrayMemoryError")

# What other errors say, XLA's and the CPU allocators' among them, when memory is what is missing.
MEMORY_WORDS = (
    "resource_exhausted", "out of memory", "oom when allocating", "can't allocate memory",
    "not enough memory", "failed to allocate",
)  # fmt: skip

# Inputs of the images at some positions (int64, (n,)): float32, (n, ...).
Read = Callable[[NDArray[np.int64]], NDArray[np.float32]]


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error of any backend means that the batch was too large."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        text = str(cause).lower()
        if type(cause).__name__ in MEMORY_ERRORS or any(word in text for word in MEMORY_WORDS):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def predict(
    model: "keras.Model", read: Read, total: int, batch: int, start: int = 0
) -> Iterator[tuple[int, Any]]:
    """(count, outputs) for images `start` to `total` - 1; rows past `count` are padding.

    A batch that does not fit into memory is halved, and so are all that follow.

    Raises:
        ModelError: the network cannot be run on such input, or not even on one image.
    """
    while start < total:
        try:
            with closing(_inputs(read, total, batch, start)) as inputs:
                for count, values in inputs:
                    outputs = _run(model, values)
                    start += count
                    yield count, outputs
        except _TooLargeError as error:
            batch = _halved(batch, error.shape)
        except MemoryError:
            batch = _halved(batch, None)


def _halved(batch: int, shape: tuple[int, ...] | None) -> int:
    if batch > 1:
        return batch // 2
    what = "an image" if shape is None else f"an input of shape {shape}"
    raise ModelError(
        f"The memory does not suffice to run the network on {what} alone; free some, or choose a "
        "smaller network."
    )


class _TooLargeError(Exception):
    """A batch did not fit. Holds nothing of the backend's error, whose frames hold the memory."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__(str(shape))
        self.shape = shape


def _run(model: "keras.Model", values: NDArray[np.float32]) -> Any:
    try:
        return model.predict_on_batch(values)
    except Exception as error:
        if not is_out_of_memory(error):
            raise refused(values, error) from error
    raise _TooLargeError(values.shape[1:])


def refused(inputs: NDArray[np.float32], error: Exception) -> ModelError:
    """The sentence for a network that does not take such input."""
    reason = f"The network cannot be run on input of shape {inputs.shape}: {error}"
    return ModelError(reason.splitlines()[0])


def _inputs(
    read: Read, total: int, batch: int, start: int
) -> Generator[tuple[int, NDArray[np.float32]], None, None]:
    """(count, input) from image `start` on; the last input is padded, as XLA compiles per shape."""
    bounds = [(a, min(a + batch, total)) for a in range(start, total, batch)]

    def read_ahead(bound: tuple[int, int]) -> NDArray[np.float32]:
        return padded(read(np.arange(*bound)), batch)

    with ThreadPoolExecutor(1, thread_name_prefix="read") as pool:
        ahead = [pool.submit(read_ahead, bound) for bound in bounds[:2]]
        try:
            for number, (first, last) in enumerate(bounds):
                values = ahead.pop(0).result()
                if number + 2 < len(bounds):
                    ahead.append(pool.submit(read_ahead, bounds[number + 2]))
                yield last - first, values
        finally:
            for future in ahead:
                future.cancel()


def padded(values: NDArray[np.float32], batch: int) -> NDArray[np.float32]:
    """`values`, (n, ...) with 0 < n <= batch, with the first row repeated up to `batch` rows."""
    missing = batch - len(values)
    return np.concatenate([values, np.repeat(values[:1], missing, 0)]) if missing else values
