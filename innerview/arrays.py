"""Numbers and arrays out of whatever a training script has at hand."""

import math
import operator
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from innerview.records import Value

# Parameters are shown in tables; a longer text is cut.
LONGEST_TEXT = 2000
LAST_STEP = 2**63 - 1


def as_array(values: Any) -> NDArray[Any]:
    """NumPy's array of a list, a tensor of any library, or a Keras variable.

    Raises:
        TypeError, ValueError: there is none.
    """
    if isinstance(values, np.ndarray):
        return values
    if hasattr(values, "detach"):
        # PyTorch: also out of the graph, and off the device; bfloat16 is unknown to NumPy.
        values = values.detach().cpu()
        if str(getattr(values, "dtype", "")) == "torch.bfloat16":
            values = values.float()
    numpy = getattr(values, "numpy", None)
    array = np.asarray(numpy() if callable(numpy) else values)
    if array.dtype.kind == "V":
        # ml_dtypes' bfloat16 and the like.
        array = array.astype(np.float32)
    return array


def as_numbers(values: Any) -> NDArray[np.float64]:
    """The same as float64, of any shape.

    Raises:
        TypeError, ValueError: these are no real numbers.
    """
    array = as_array(values)
    if array.dtype.kind not in "biuf":
        try:
            if array.dtype.kind == "c" or array.dtype.kind in "USM":
                raise TypeError
            array = array.astype(np.float64)
        except (TypeError, ValueError):
            raise TypeError(f"an array of {array.dtype} holds no real numbers") from None
    return array.astype(np.float64)


def as_number(value: Any) -> float:
    """A single number: Python's, NumPy's, or a tensor or array of one element.

    Raises:
        TypeError, ValueError: it is none.
    """
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str | bytes | complex):
        raise TypeError(f"{value!r} is no number")
    shape = getattr(value, "shape", None)
    if shape is None:
        return float(value)
    if math.prod(shape) != 1:
        raise TypeError(f"an array of the shape {tuple(shape)} is no single number")
    if hasattr(value, "item"):
        item = (value.detach() if hasattr(value, "detach") else value).item()
        if isinstance(item, int | float):
            return float(item)
    return float(as_numbers(value).reshape(()))


def as_step(step: Any) -> int:
    """A step as an int of 64 bits.

    Raises:
        TypeError, ValueError: it is none.
    """
    try:
        whole = operator.index(step)
    except TypeError:
        number = as_number(step)
        if not math.isfinite(number):
            raise ValueError(f"{step!r} is no step") from None
        whole = int(number)
    if abs(whole) > LAST_STEP:
        raise ValueError(f"the step {step!r} is too large")
    return whole


def as_moment(walltime: Any) -> float:
    """Seconds since 1970; None is now.

    Raises:
        TypeError, ValueError: it is no time.
    """
    if walltime is None:
        return time.time()
    moment = as_number(walltime)
    if not math.isfinite(moment):
        raise ValueError(f"the walltime {moment} is no time")
    return moment


def as_text(value: Any) -> str:
    """Its text, without halves of characters, which no store can keep. Raises nothing."""
    try:
        text = str(value)
    except Exception:
        # An object that cannot even say what it is.
        text = f"<{type(value).__name__}>"
    return text.encode("utf-8", "replace").decode()


def as_value(value: Any) -> Value:
    """A hyperparameter's value; what is no number, truth value or text becomes its text."""
    if value is None or isinstance(value, bool):
        return value
    if type(value) is int:
        # As a float it would not be the same number; as a text it stays.
        return value if abs(value) <= LAST_STEP else str(value)
    if isinstance(value, int | float):
        return float(value) if isinstance(value, float) else int(value)
    if isinstance(value, np.bool_):
        return bool(value)
    if getattr(value, "shape", None) == () or isinstance(value, np.generic):
        try:
            number = as_array(value)
            if number.dtype.kind in "biu":
                return as_value(number.item())
            if number.dtype.kind == "f":
                return float(number)
        except (TypeError, ValueError):
            pass
    return as_text(value)[:LONGEST_TEXT]


def flatten(values: Any, prefix: str = "") -> dict[str, Value]:
    """Nested dicts as one: {"optimizer": {"lr": 1}} is {"optimizer.lr": 1}."""
    flat: dict[str, Value] = {}
    for name, value in dict(values).items():
        path = f"{prefix}{as_text(name)}"
        if isinstance(value, dict) and value:
            flat |= flatten(value, f"{path}.")
        else:
            flat[path] = as_value(value)
    return flat
