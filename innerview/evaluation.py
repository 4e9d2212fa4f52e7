"""Accuracy and cross-entropy of any training loop, and writing both every few steps."""

import csv
import logging
import os
import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from innerview.arrays import as_number, as_numbers, as_step
from innerview.writer import SummaryWriter

log = logging.getLogger("innerview")

# A probability nearer to 0 or 1 counts as this near, as in Keras.
NEAREST = 1e-7

STEP_RANGES = range(1, 1001)


def add_eval(y: Any, y_: Any, *, probabilities: bool = False) -> tuple[float, float]:
    """Accuracy and mean cross-entropy of a network's outputs.

    Args:
        y: logits, (N, classes); or (N,) or (N, 1) of a network that tells two classes apart by
            one output. An array or a tensor of any framework.
        y_: labels 0 to classes - 1, (N,) or (N, 1), or one-hot or soft labels of y's shape.
        probabilities: y holds what came out of a softmax or sigmoid, instead of logits.

    Returns:
        (accuracy 0 to 1, cross-entropy in nats); NaN for no samples.

    Raises:
        TypeError, ValueError: the shapes do not fit, or there is a label without an output.
    """
    outputs, labels = as_numbers(y), as_numbers(y_)
    if outputs.ndim == 0 or len(outputs) != len(np.atleast_1d(labels)):
        raise ValueError(f"outputs of shape {outputs.shape} and labels of shape {labels.shape}")
    if not outputs.size:
        return float("nan"), float("nan")
    if outputs.ndim == 1 or outputs.shape[-1] == 1:
        outputs, labels = _two_columns(outputs.reshape(-1), probabilities), labels.reshape(-1)
        probabilities = False
    targets = _one_hot(labels, outputs.shape)
    logs = _log_probabilities(outputs) if probabilities else _log_softmax(outputs)
    # 0 * -inf is not a number, and a class of probability 0 that is not the label costs nothing.
    products = np.multiply(targets, logs, where=targets != 0, out=np.zeros_like(logs))
    right = outputs.argmax(-1) == targets.argmax(-1)
    return float(right.mean()), float(-products.sum(-1).mean())


def _two_columns(outputs: NDArray[np.float64], probabilities: bool) -> NDArray[np.float64]:
    """Logits (N, 2) that say the same as one logit, or one probability, of the second class."""
    if probabilities:
        kept = np.clip(outputs, NEAREST, 1 - NEAREST)
        outputs = np.log(kept) - np.log1p(-kept)
    return np.stack([np.zeros_like(outputs), outputs], axis=-1)


def _one_hot(labels: NDArray[Any], shape: tuple[int, ...]) -> NDArray[np.float64]:
    if labels.shape == shape:
        return labels.astype(np.float64)
    if labels.shape not in (shape[:-1], (*shape[:-1], 1)):
        raise ValueError(f"labels of shape {labels.shape} for outputs of shape {shape}")
    numbers = labels.reshape(shape[:-1])
    classes = shape[-1]
    if numbers.min() < 0 or numbers.max() >= classes or (numbers != np.trunc(numbers)).any():
        raise ValueError(f"labels must be whole numbers from 0 to {classes - 1}")
    return np.asarray(np.eye(classes)[numbers.astype(np.int64)])


def _log_softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    # The largest becomes 0, so that no exponential overflows.
    shifted = logits - logits.max(-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(-1, keepdims=True)))


def _log_probabilities(values: NDArray[np.float64]) -> NDArray[np.float64]:
    shares = values / values.sum(-1, keepdims=True)
    return np.asarray(np.log(np.clip(shares, NEAREST, 1 - NEAREST)))


def write_data(
    accuracy: Any,
    cross_entropy: Any,
    feed_dict_train: Any = None,
    feed_dict_val: Any = None,
    step: int = 0,
    step_range: int = 5,
    filename: str | os.PathLike[str] | None = None,
    *,
    writer: SummaryWriter | str | os.PathLike[str] = "runs",
    val_accuracy: Any = None,
    val_cross_entropy: Any = None,
) -> tuple[float | None, float | None, float | None, float | None]:
    """Log accuracy and cross-entropy, training and validation, every `step_range` steps.

    The tags are accuracy, val_accuracy, cross_entropy, val_cross_entropy. To be called at every
    step; nothing is evaluated at the others. Step 0 logs nothing: there a new run begins.

    Args:
        accuracy, cross_entropy: numbers; or functions, which are called with feed_dict_train and
            then with feed_dict_val, without an argument where these are None; or tensors of
            TensorFlow 1, which are evaluated with both.
        feed_dict_train, feed_dict_val: what the functions are called with: batches, loaders, ...
        step: batches done.
        step_range: 1 to 1000.
        filename: a CSV file to append (step, accuracy, val_accuracy, cross_entropy,
            val_cross_entropy) to as well; step 0 removes it.
        writer: a SummaryWriter, or the address of a store.
        val_accuracy, val_cross_entropy: numbers or functions without an argument, for a loop
            that has no feeds.

    Returns:
        (accuracy, val_accuracy, cross_entropy, val_cross_entropy); None for what was not given,
        and for all four where the step is not one to log.

    Raises:
        ValueError: the step range is not allowed.
    """
    if step_range not in STEP_RANGES:
        raise ValueError(f"step_range must be 1 to {STEP_RANGES[-1]}. Received: {step_range!r}")
    step = as_step(step)
    if step == 0:
        _begin(writer, filename)
    if step == 0 or step % step_range:
        return None, None, None, None
    values = {
        "accuracy": _value(accuracy, feed_dict_train),
        "val_accuracy": _validation(val_accuracy, accuracy, feed_dict_val),
        "cross_entropy": _value(cross_entropy, feed_dict_train),
        "val_cross_entropy": _validation(val_cross_entropy, cross_entropy, feed_dict_val),
    }
    opened = _writer(writer)
    for tag, value in values.items():
        if value is not None:
            opened.add_scalar(tag, value, step)
    if filename is not None:
        _append(filename, [step, *values.values()])
    first, second, third, fourth = values.values()
    return first, second, third, fourth


def _value(given: Any, feed: Any) -> float | None:
    if given is None:
        return None
    if callable(given):
        given = given() if feed is None else given(feed)
    elif feed is not None and hasattr(given, "eval"):
        given = given.eval(feed_dict=feed)
    try:
        return as_number(given)
    except (TypeError, ValueError) as error:
        log.warning("write_data: %s", error)
        return None


def _validation(own: Any, training: Any, feed: Any) -> float | None:
    if own is not None:
        return _value(own, None)
    # A number is of the training; what can be evaluated needs something to be evaluated with.
    return None if feed is None or not _evaluates(training) else _value(training, feed)


def _evaluates(given: Any) -> bool:
    return callable(given) or hasattr(given, "eval")


# Writers of the stores that write_data was told only the addresses of.
_writers: dict[str, SummaryWriter] = {}
_lock = threading.Lock()


def _writer(given: SummaryWriter | str | os.PathLike[str]) -> SummaryWriter:
    if not isinstance(given, str | os.PathLike):
        return given
    with _lock:
        address = os.fspath(given)
        if address not in _writers:
            _writers[address] = SummaryWriter(address)
        return _writers[address]


def _begin(
    writer: SummaryWriter | str | os.PathLike[str], filename: str | os.PathLike[str] | None
) -> None:
    if isinstance(writer, str | os.PathLike):
        with _lock:
            before = _writers.pop(os.fspath(writer), None)
        if before is not None:
            before.close()
    if filename is not None:
        try:
            os.remove(filename)
        except FileNotFoundError:
            pass
        except OSError as error:
            log.warning("%s cannot be begun anew: %s", filename, error.strerror or error)


def _append(filename: str | os.PathLike[str], row: list[Any]) -> None:
    try:
        with open(filename, "a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerow(row)
    except OSError as error:
        log.warning("%s cannot be written: %s", filename, error.strerror or error)
