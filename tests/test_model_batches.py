"""model/batches.py: a batch that does not fit is halved, whatever backend says so."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from model.batches import is_out_of_memory, predict
from util import ModelError

INPUTS = np.random.default_rng(0).random((100, 3), np.float32)


class Fake:
    """Doubles its input, in batches of at most `fits`; counts the batches it was given."""

    def __init__(self, fits: int, error: Callable[[], Exception]) -> None:
        self.fits = fits
        self.error = error
        self.batches: list[int] = []

    def predict_on_batch(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        self.batches.append(len(inputs))
        if len(inputs) > self.fits:
            raise self.error()
        return 2 * inputs


def named(name: str, text: str = "") -> Exception:
    """An exception of a class that a backend has."""
    made: Exception = type(name, (RuntimeError,), {})(text)
    return made


def tensorflow() -> Exception:
    import tensorflow as tf

    error: Exception = tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")
    return error


def wrapped() -> Exception:
    error = ValueError("Exception encountered when calling Conv2D.call()")
    error.__cause__ = MemoryError()
    return error


ERRORS: list[Callable[[], Exception]] = [
    MemoryError,
    tensorflow,
    wrapped,
    lambda: named("OutOfMemoryError", "CUDA out of memory. Tried to allocate 2.00 GiB"),
    lambda: named("JaxRuntimeError", "RESOURCE_EXHAUSTED: Out of memory while trying to allocate"),
    lambda: RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1"),
]


def all_rows(fake: Any, batch: int, start: int = 0) -> NDArray[np.float32]:
    rows = predict(fake, INPUTS.__getitem__, len(INPUTS), batch, start)
    return np.concatenate([outputs[:count] for count, outputs in rows])


@pytest.mark.parametrize("error", ERRORS)
def test_a_batch_that_does_not_fit_is_halved(error: Callable[[], Exception]) -> None:
    fake = Fake(20, error)
    np.testing.assert_array_equal(all_rows(fake, 64), 2 * INPUTS)
    # Halved once for all that follows, not tried anew.
    assert fake.batches == [64, 32, 16, 16, 16, 16, 16, 16, 16]


def test_memory_that_runs_out_later_goes_on_from_the_rows_made() -> None:
    fake = Fake(32, MemoryError)
    rows: list[NDArray[np.float32]] = []
    for count, outputs in predict(fake, INPUTS.__getitem__, len(INPUTS), 32):  # type: ignore[arg-type]
        rows.append(outputs[:count])
        fake.fits = 5
    np.testing.assert_array_equal(np.concatenate(rows), 2 * INPUTS)
    assert fake.batches[:5] == [32, 32, 16, 8, 4]
    assert set(fake.batches[5:]) == {4}


def test_reading_that_runs_out_of_memory_is_halved_too() -> None:
    def read(indices: NDArray[np.int64]) -> NDArray[np.float32]:
        if len(indices) > 10:
            raise MemoryError
        return INPUTS[indices]

    fake: Any = Fake(1000, MemoryError)
    rows = [outputs[:count] for count, outputs in predict(fake, read, len(INPUTS), 64)]
    np.testing.assert_array_equal(np.concatenate(rows), 2 * INPUTS)
    assert set(fake.batches) == {8}


def test_one_image_that_does_not_fit_is_a_sentence() -> None:
    fake = Fake(0, MemoryError)
    with pytest.raises(ModelError, match=r"on an input of shape \(3,\) alone"):
        all_rows(fake, 8)
    assert fake.batches == [8, 4, 2, 1]


@pytest.mark.parametrize("start", [0, 7, 99, 100])
def test_rows_before_the_start_are_left_out(start: int) -> None:
    fake: Any = Fake(1000, MemoryError)
    rows = predict(fake, INPUTS.__getitem__, len(INPUTS), 16, start)
    made = [outputs[:count] for count, outputs in rows]
    np.testing.assert_array_equal(np.concatenate([INPUTS[:0], *made]), 2 * INPUTS[start:])
    assert set(fake.batches) <= {16}


def test_other_errors_are_told_and_not_tried_again() -> None:
    fake = Fake(5, lambda: ValueError("Expected shape (4,)\nand more lines"))
    with pytest.raises(ModelError, match=r"input of shape \(8, 3\): Expected shape \(4,\)$"):
        all_rows(fake, 8)
    assert fake.batches == [8]


def test_what_only_sounds_alike_is_not_taken_for_it() -> None:
    assert not is_out_of_memory(ValueError("The shapes (3,) and (4,) do not fit."))
    assert is_out_of_memory(MemoryError())
