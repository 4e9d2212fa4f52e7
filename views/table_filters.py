"""Filters of the table's columns, as the grid describes them: checked, then turned into masks.

A filter comes from a browser, so it may be anything; what is none is refused in one sentence.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from util import UserError
from views.columns import NO_LABEL

# More than a person sets; each is a pass over the table.
MAX_CONDITIONS = 10
MAX_TEXT = 200

Mask = NDArray[np.bool_]

# What each kind of column can be asked for.
NUMBER_TESTS: Mapping[str, Callable[[NDArray[Any], float, float], Mask]] = {
    "equals": lambda values, low, _: values == low,
    "notEqual": lambda values, low, _: values != low,
    "lessThan": lambda values, low, _: values < low,
    "lessThanOrEqual": lambda values, low, _: values <= low,
    "greaterThan": lambda values, low, _: values > low,
    "greaterThanOrEqual": lambda values, low, _: values >= low,
    "inRange": lambda values, low, high: (values >= low) & (values <= high),
}
TEXT_TESTS: Mapping[str, Callable[[str], Callable[[str], bool]]] = {
    "contains": lambda text: lambda value: text in value,
    "notContains": lambda text: lambda value: text not in value,
    "equals": lambda text: lambda value: value == text,
    "notEqual": lambda text: lambda value: value != text,
    "startsWith": lambda text: lambda value: value.startswith(text),
    "endsWith": lambda text: lambda value: value.endswith(text),
    "oneOf": lambda text: frozenset(part.strip() for part in text.split(",")).__contains__,
}
BOOLEAN_TESTS = {"true": True, "false": False}


class TableError(UserError):
    """A request for rows that has no meaning for this table."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison. `text` is lower case; `low` and `high` are finite."""

    test: str
    text: str = ""
    low: float = 0.0
    high: float = 0.0


@dataclass(frozen=True, slots=True)
class Filter:
    """What a column is asked for: every condition, or any of them."""

    column: str
    conditions: tuple[Condition, ...]
    any_of: bool = False


def parse_filters(model: object, kinds: Mapping[str, str]) -> tuple[Filter, ...]:
    """The grid's filter model, {column: filter}, checked; in the order of the columns' names.

    Args:
        kinds: "number", "boolean", "category" or "text" for each column.

    Raises:
        TableError: it is anything else.
    """
    if model is None:
        return ()
    if not isinstance(model, dict) or len(model) > len(kinds):
        raise TableError("The filters are no table of columns and their filters.")
    return tuple(parse_filter(name, model[name], kinds) for name in sorted(model, key=str))


def parse_filter(column: object, given: object, kinds: Mapping[str, str]) -> Filter:
    if not isinstance(column, str) or column not in kinds:
        raise TableError(f"There is no column {shorten(column)} to filter by.")
    if not isinstance(given, dict):
        raise TableError(f"The filter of the column '{column}' is not described by a table.")
    kind = kinds[column]
    parts = given.get("conditions")
    if parts is None:
        return Filter(column, (parse_condition(column, kind, given),))
    if not isinstance(parts, list) or not 0 < len(parts) <= MAX_CONDITIONS:
        raise TableError(f"The filter of '{column}' may have 1 to {MAX_CONDITIONS} conditions.")
    if given.get("operator") not in ("AND", "OR"):
        raise TableError(f"The conditions of '{column}' can be joined by AND or OR only.")
    conditions = tuple(parse_condition(column, kind, part) for part in parts)
    return Filter(column, conditions, given["operator"] == "OR")


def parse_condition(column: str, kind: str, given: object) -> Condition:
    test = given.get("type") if isinstance(given, dict) else None
    tests = {"number": NUMBER_TESTS, "boolean": BOOLEAN_TESTS}.get(kind, TEXT_TESTS)
    if not isinstance(given, dict) or not isinstance(test, str) or test not in tests:
        raise TableError(
            f"The column '{column}' cannot be filtered by {shorten(test)}, only by "
            f"{', '.join(tests)}."
        )
    if kind == "boolean":
        return Condition(test)
    if kind == "number":
        low = parse_number(column, given.get("filter"))
        high = parse_number(column, given.get("filterTo")) if test == "inRange" else 0.0
        return Condition(test, low=low, high=high)
    text = given.get("filter")
    if not isinstance(text, str) or len(text) > MAX_TEXT:
        raise TableError(f"The filter of '{column}' needs a text of at most {MAX_TEXT} characters.")
    return Condition(test, text=text.lower())


def parse_number(column: str, value: object) -> float:
    try:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError
        number = float(value)
        if not math.isfinite(number):
            raise ValueError
    except (ValueError, OverflowError):
        raise TableError(
            f"The filter of '{column}' needs a finite number, not {shorten(value)}."
        ) from None
    return number


def passes(given: Filter, kind: str, values: NDArray[Any], class_names: Sequence[str] = ()) -> Mask:
    """Which samples pass a filter: bool, (N,).

    Args:
        values: the column, (N,); classes as numbers, compared by their names, -1 by NO_LABEL.
        class_names: for the kind "category".
    """
    masks = [_passes_one(one, kind, values, class_names) for one in given.conditions]
    join = np.logical_or if given.any_of else np.logical_and
    result: Mask = join.reduce(masks)
    return result


def _passes_one(
    one: Condition, kind: str, values: NDArray[Any], class_names: Sequence[str]
) -> Mask:
    if kind == "number":
        low, high = (_as_stored(number, values) for number in (one.low, one.high))
        return NUMBER_TESTS[one.test](values, low, high)
    if kind == "boolean":
        right: Mask = values.astype(bool)
        return right if BOOLEAN_TESTS[one.test] else ~right
    # A class name is tested once, not once a sample.
    # The last one is what -1 stands for.
    names = [*class_names, NO_LABEL] if kind == "category" else values.tolist()
    test = TEXT_TESTS[one.test](one.text)
    passed = np.fromiter((test(str(name).lower()) for name in names), bool, len(names))
    return passed[values] if kind == "category" else passed


def _as_stored(number: float, values: NDArray[Any]) -> float:
    """The number at the column's precision: a float32 shown as 0.1 is found by "equals 0.1"."""
    if values.dtype != np.float32:
        return number
    with np.errstate(over="ignore"):
        return float(np.float32(number))


def shorten(value: object) -> str:
    """What was given, as it stands in a sentence: quoted, and never long."""
    # A number of a million digits cannot be written, and need not be.
    text = "such a number" if isinstance(value, int) and abs(value) >= 10**20 else repr(value)
    return text if len(text) <= 40 else text[:39] + "…"
