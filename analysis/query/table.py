"""What a query is asked of: columns, each with its kind."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["number", "boolean", "text", "category"]


@dataclass(frozen=True, slots=True)
class Deferred:
    """Numbers or booleans that are worked out once a query names their column.

    Attributes:
        read: gives them, (N,).
        dtype: theirs.
    """

    read: Callable[[], NDArray[Any]]
    dtype: type[np.generic]

    def without_rows(self) -> "Deferred":
        return Deferred(lambda: np.zeros(0, self.dtype), self.dtype)


@dataclass(frozen=True, slots=True)
class Column:
    """A column that queries may name.

    Attributes:
        kind: "number"; "boolean"; "text"; or "category", a number that stands for a class.
        values: (N,): numbers and classes of a numeric type, booleans bool; texts as str, missing
            ones as None or NaN, in a pandas Series or an array; or Deferred.
        class_names: of a category, by number; None where they are not known yet, and every name
            is taken for one.
    """

    kind: Kind
    values: "NDArray[Any] | pd.Series[Any] | Deferred"
    class_names: Sequence[str] | None = ()

    def without_rows(self) -> "Column":
        """The same column of an empty table."""
        values = self.values
        none = values.without_rows() if isinstance(values, Deferred) else values[:0]
        return Column(self.kind, none, self.class_names)


Columns = Mapping[str, Column]


def frame_columns(
    frame: "pd.DataFrame", categories: Mapping[str, Sequence[str] | None]
) -> dict[str, Column]:
    """The columns of a pandas table; those that are neither numbers nor text are left out.

    Args:
        categories: the class names of those columns that hold classes.
    """
    columns = {}
    for name, values in frame.items():
        kind: Kind | None = "category" if name in categories else _kind(values)
        if kind is not None:
            columns[str(name)] = Column(kind, values, categories.get(str(name), ()))
    return columns


def _kind(values: "pd.Series[Any]") -> Kind | None:
    from pandas.api import types

    dtype = values.dtype
    if types.is_bool_dtype(dtype):
        return "boolean"
    if types.is_numeric_dtype(dtype):
        return None if types.is_complex_dtype(dtype) else "number"
    if dtype == np.object_:
        # Only its values tell what such a column holds.
        return "text" if types.infer_dtype(values, skipna=True) == "string" else None
    return "text" if types.is_string_dtype(dtype) else None
