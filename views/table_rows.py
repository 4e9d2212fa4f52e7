"""Rows of the samples table: which samples a request means, in which order, and pages of them."""

import re
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.query import find
from analysis.samples import CONFIDENCE, LOSS, Samples
from views.columns import column_kind
from views.table_filters import Filter, TableError, parse_filters, passes, shorten

# A screen shows fifty; the grid asks for a block at a time.
MAX_PAGE = 1000
MAX_SORTS = 10
MAX_TOKEN = 64
# Orders kept for requests to come: 4 bytes a sample each.
KEPT_ORDERS = 24

Order = NDArray[np.int32]
Mask = NDArray[np.bool_]

DIGITS = re.compile("([0-9]+)")


@dataclass(frozen=True, slots=True)
class View:
    """What decides about rows and their order. Equal views have equal rows.

    Attributes:
        query: a typed query; "" for all samples.
        token: of a selection kept on the server, or None.
        sort: (column, whether descending), the first counts most.
    """

    query: str = ""
    token: str | None = None
    filters: tuple[Filter, ...] = ()
    sort: tuple[tuple[str, bool], ...] = ((LOSS, True),)


def describe_columns(samples: Samples) -> dict[str, str]:
    """The kind of each column in the table's order: "number", "boolean", "category" or "text"."""
    return {str(name): _kind(str(name), samples) for name in samples.frame.columns}


def _kind(name: str, samples: Samples) -> str:
    # No values are needed for a type, and taking texts out of the table takes long.
    return column_kind(name, samples.frame[name].iloc[:0].to_numpy()) or "text"


def parse_view(body: object, kinds: Mapping[str, str]) -> View:
    """The view that a request asks for.

    Args:
        body: {"query": str, "token": str | null, "filter": the grid's filter model, "sort":
            [{"colId": column, "sort": "asc" | "desc"}]}; each may be missing.

    Raises:
        TableError: it is anything else.
    """
    if not isinstance(body, dict):
        raise TableError("A request for rows is a JSON object.")
    query, token = body.get("query") or "", body.get("token")
    if not isinstance(query, str):
        raise TableError(f"The query is a text, not {shorten(query)}.")
    if token is not None and not (isinstance(token, str) and 0 < len(token) <= MAX_TOKEN):
        raise TableError("The token of a selection is a short text.")
    filters = parse_filters(body.get("filter"), kinds)
    return View(query.strip(), token, filters, parse_sort(body.get("sort"), kinds))


def parse_sort(given: object, kinds: Mapping[str, str]) -> tuple[tuple[str, bool], ...]:
    if given is None:
        # Without labels there is no loss; then the least sure come first.
        return View().sort if LOSS in kinds else ((CONFIDENCE, False),)
    if not isinstance(given, list) or len(given) > MAX_SORTS:
        raise TableError(f"Rows are sorted by a list of at most {MAX_SORTS} columns.")
    return tuple(_parse_sort_column(entry, kinds) for entry in given)


def _parse_sort_column(entry: object, kinds: Mapping[str, str]) -> tuple[str, bool]:
    column = entry.get("colId") if isinstance(entry, dict) else entry
    if not isinstance(entry, dict) or not isinstance(column, str) or column not in kinds:
        raise TableError(f"There is no column {shorten(column)} to sort by.")
    if entry.get("sort") not in ("asc", "desc"):
        raise TableError(f"The column '{column}' is sorted either 'asc' or 'desc'.")
    return column, entry["sort"] == "desc"


def parse_range(body: Mapping[str, Any], most: int = MAX_PAGE) -> tuple[int, int]:
    """The rows asked for: first and one past the last, counted from 0, at most `most` of them.

    Raises:
        TableError: they are no such numbers.
    """
    start, end = body.get("start"), body.get("end")
    for value in (start, end):
        if isinstance(value, bool) or not isinstance(value, int):
            raise TableError(f"Rows are counted by whole numbers, not by {shorten(value)}.")
    assert isinstance(start, int) and isinstance(end, int)
    if not 0 <= start <= end or end - start > most:
        raise TableError(
            f"Rows are asked for from a first to a last, at most {most:,} at a time; given were "
            f"{shorten(start)} to {shorten(end)}."
        )
    return start, end


def parse_index(given: object, count: int) -> int:
    """The index of a sample, 0 to count - 1.

    Raises:
        TableError: it is none.
    """
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given < count:
        raise TableError(f"Images are counted from 0 to {count - 1}, not by {shorten(given)}.")
    return given


def page(samples: Samples, order: Order, start: int, end: int) -> dict[str, Any]:
    """One page: {"count": of all rows, "columns": {name: values}}; classes stay numbers."""
    rows = samples.frame.take(order[start:end])
    columns = {str(name): values(rows[name].to_numpy()) for name in rows.columns}
    return {"count": len(order), "columns": columns}


def values(column: NDArray[Any]) -> list[Any]:
    """A column for JSON, which has no infinity: numbers that are not finite become texts."""
    if not np.issubdtype(column.dtype, np.floating) or np.isfinite(column).all():
        return list(column.tolist())
    names = {np.inf: "Infinity", -np.inf: "-Infinity"}
    return [x if np.isfinite(x) else names.get(x, "NaN") for x in column.tolist()]


def position(order: Order, index: int) -> int | None:
    """In which row a sample stands, or None where it is not among them."""
    found = np.flatnonzero(order == index)
    return int(found[0]) if len(found) else None


def select(samples: Samples, class_names: Sequence[str], view: View, chosen: Mask | None) -> Order:
    """Indices of the view's samples, rising: those of the query, the selection and the filters."""
    mask = find(samples, class_names, view.query)
    if chosen is not None:
        mask = mask & chosen
    for one in view.filters:
        kind = _kind(one.column, samples)
        mask = mask & passes(one, kind, samples[one.column], class_names)
    return np.flatnonzero(mask).astype(np.int32)


class Orders:
    """The rows of each view, kept for the views asked for last. May be called from any thread.

    Nothing here belongs to one browser: what a request says decides about its answer.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[View, Order] = OrderedDict()
        self._ranks: dict[str, NDArray[np.int64]] = {}
        self._samples: Samples | None = None

    def order(
        self, samples: Samples, class_names: Sequence[str], view: View, chosen: Mask | None
    ) -> Order:
        """Indices of the view's samples in its order: int32, (rows,).

        Ties stand in the order of their indices, and what is not a number comes last.

        Args:
            chosen: the selection that `view.token` stands for, bool (N,); None for all.

        Raises:
            QueryError: the query is not understood.
        """
        with self._lock:
            if samples is not self._samples:
                # The table has grown columns, or is there for the first time.
                self._samples = samples
                self._kept.clear()
                self._ranks.clear()
            if view in self._kept:
                self._kept.move_to_end(view)
                return self._kept[view]
        rows = select(samples, class_names, view, chosen)
        order = self._sort(samples, class_names, view, rows)
        order.flags.writeable = False
        with self._lock:
            if samples is self._samples:
                self._kept[view] = order
                while len(self._kept) > KEPT_ORDERS:
                    self._kept.popitem(last=False)
        return order

    def _sort(self, samples: Samples, class_names: Sequence[str], view: View, rows: Order) -> Order:
        keys = [self._key(samples, class_names, *entry)[rows] for entry in view.sort]
        # The rows rise already, and the sort is stable: ties stay in the order of their indices.
        return rows[np.lexsort(keys[::-1])] if keys else rows

    def _key(
        self, samples: Samples, class_names: Sequence[str], column: str, descending: bool
    ) -> NDArray[Any]:
        """Rises in the order wanted. Minus keeps what is not a number at the end."""
        kind = _kind(column, samples)
        if kind == "category":
            # The last rank is what -1 stands for, no label: it is not a number.
            ranks = np.append(class_ranks(class_names).astype(np.float64), np.nan)
            key: NDArray[Any] = ranks[samples[column]]
        elif kind == "text":
            key = self._text_ranks(samples, column)
        else:
            key = samples[column]
            if key.dtype.kind in "bu":
                key = key.astype(np.int64)
        return np.negative(key) if descending else key

    def _text_ranks(self, samples: Samples, column: str) -> NDArray[np.int64]:
        """Texts by their rank, found once: comparing texts takes long."""
        with self._lock:
            kept = self._ranks.get(column)
        if kept is None:
            kept = np.unique(samples[column].astype(object), return_inverse=True)[1]
            with self._lock:
                if samples is self._samples:
                    self._ranks[column] = kept
        return kept


def class_ranks(names: Sequence[str]) -> NDArray[np.int64]:
    """The rank of each class by its name, as a person sorts: "9" before "10", "a" beside "A"."""
    ranks = np.empty(len(names), np.int64)
    order = sorted(range(len(names)), key=lambda k: (natural_key(names[k]), k))
    ranks[order] = np.arange(len(names))
    return ranks


def natural_key(text: str) -> list[tuple[int, str]]:
    """Digits count by their value: by their number, then one by one."""
    # Every other part is digits.
    parts = DIGITS.split(text.casefold())
    parts[1::2] = [part.lstrip("0") for part in parts[1::2]]
    return [(len(part) if at % 2 else 0, part) for at, part in enumerate(parts)]
