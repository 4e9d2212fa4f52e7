"""Arithmetic and comparison of columns, with the results that pandas has."""

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Number = bool | int | float
Mask = NDArray[np.bool_]

ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}
COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
# For text, by pyarrow.compute.
TEXT_COMPARISONS = {
    "==": "equal",
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
}


def calculate(sign: str, left: Any, right: Any) -> Any:
    """left sign right, of arrays (N,) or Python's numbers.

    Raises:
        ZeroDivisionError: of two numbers; columns have infinity and NaN for that.
        OverflowError: a number does not fit the column's type.
    """
    with np.errstate(all="ignore"):
        result = ARITHMETIC[sign](left, right)
        if not isinstance(result, np.ndarray):
            return result
        if result.dtype == np.object_:
            raise OverflowError("Python int too large for the column's type")
        return _mend_division(sign, left, right, result)


def _mend_division(sign: str, left: Any, right: Any, result: NDArray[Any]) -> NDArray[Any]:
    """Whole-number division by zero as in pandas: infinity or NaN, where NumPy has 0 for integers.

    See pandas.core.ops.missing.
    """
    zero = np.equal(right, 0) if sign in ("//", "%") else np.False_
    if not zero.any() or (sign == "%" and result.dtype.kind == "f"):
        return result
    infinite = np.inf * np.sign(left) * np.where(np.signbit(right), -1, 1)
    # 0 / 0 is NaN already, as infinity times zero.
    return np.where(zero, np.nan if sign == "%" else infinite, result)


def compare(sign: str, left: Any, right: Any) -> Any:
    """left sign right, of arrays (N,) or Python's numbers: bool, (N,) or one.

    Raises:
        OverflowError: a number does not fit the column's type.
    """
    with np.errstate(all="ignore"):
        return COMPARISONS[sign](left, right)


def is_among(values: NDArray[Any], items: Sequence[Number]) -> Mask:
    """Which of the values, (N,), are one of the items.

    As in pandas, float32 is compared as float64 here: 0.1 in float32 is not among [0.1].

    Raises:
        OverflowError: an item does not fit the column's type.
    """
    if values.dtype.kind == "f":
        values = values.astype(np.float64, copy=False)
    found = np.zeros(len(values), np.bool_)
    for item in set(items):
        found |= compare("==", values, item)
    return found


def is_text_among(texts: Any, items: Sequence[str]) -> Mask:
    """Which of the texts, those of a `table.Column`, are one of the items; missing ones are not."""
    if not len(texts):
        # Enough to check a query by, without the time that importing pyarrow takes.
        return np.zeros(0, np.bool_)
    import pyarrow as pa
    import pyarrow.compute as pc

    array = _as_arrow(texts)
    return np.asarray(pc.is_in(array, value_set=pa.array(items, array.type)))


def compare_texts(sign: str, left: Any, right: Any) -> Mask:
    """left sign right, of the texts of one or two `table.Column`, or a str on one side.

    A missing text is unequal to everything, and neither less nor greater.
    """
    column = right if isinstance(left, str) else left
    if not len(column):
        return np.zeros(0, np.bool_)
    import pyarrow.compute as pc

    if sign == "!=":
        return ~compare_texts("==", left, right)
    return np.asarray(
        getattr(pc, TEXT_COMPARISONS[sign])(_as_arrow(left), _as_arrow(right)).fill_null(False)
    )


def _as_arrow(texts: Any) -> Any:
    import pyarrow as pa

    if isinstance(texts, str):
        return pa.scalar(texts, pa.large_string())
    return pa.array(texts, pa.large_string(), from_pandas=True)
