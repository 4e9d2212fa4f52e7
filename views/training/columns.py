"""The table of runs: facts, hyperparameters, and the last and the best of every scalar."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from analysis.query import Column as QueryColumn
from innerview.records import Value
from innerview.stores.base import Run, Series
from views.training.metrics import direction
from views.training.runs_catalog import Snapshot

Kind = Literal["number", "text", "boolean"]
Source = Literal["fact", "parameter", "last", "best"]

# What a run is called whose writer has gone without saying how it ended.
LOST = "lost"


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A column of the table of runs.

    Attributes:
        cells: of each run: of a "number" int or float, which may be NaN or infinite; of a "text"
            str; of a "boolean" bool; None where the run has none.
        tag: the scalar that it is the last or the best value of.
    """

    name: str
    kind: Kind
    source: Source
    cells: Sequence[Value]
    tag: str | None = None

    def describe(self) -> dict[str, Any]:
        """The column as the page takes it."""
        about = {"name": self.name, "kind": self.kind, "source": self.source}
        return about if self.tag is None else about | {"tag": self.tag}

    def as_queried(self) -> QueryColumn:
        """The column as queries see it."""
        return QueryColumn(self.kind, _as_array(self.kind, self.cells))


def make_columns(snapshot: Snapshot, alive: frozenset[str]) -> list[Column]:
    """The columns of a store, each with a name of its own.

    A hyperparameter whose name is a fact's is called `parameter.NAME`; a scalar whose name is a
    fact's or a hyperparameter's is called `last.NAME`.

    Args:
        alive: ids of the runs whose writers are still there.
    """
    names = _Names()
    runs = list(snapshot.runs.values())
    columns = [
        Column(names.take(name), kind, "fact", [read(run, snapshot, alive) for run in runs])
        for name, (kind, read) in FACTS.items()
    ]
    for name in sorted({name for run in runs for name in run.parameters}, key=_order):
        cells = [run.parameters.get(name) for run in runs]
        columns.append(_of_parameter(names.take(name, "parameter"), cells))
    return columns + list(_of_scalars(snapshot, names))


def _of_parameter(name: str, cells: Sequence[Value]) -> Column:
    """A column of the kind that all of its values have: text where they differ."""
    given = [cell for cell in cells if cell is not None]
    kind: Kind = "text"
    if given and all(isinstance(cell, bool) for cell in given):
        kind = "boolean"
    elif given and all(_is_number(cell) for cell in given):
        kind = "number"
    else:
        cells = [None if cell is None else _as_text(cell) for cell in cells]
    return Column(name, kind, "parameter", cells)


def _of_scalars(snapshot: Snapshot, names: "_Names") -> Iterable[Column]:
    scalars = [snapshot.scalars(run) for run in snapshot.runs]
    tags = sorted({tag for of_run in scalars for tag in of_run}, key=_order)
    for tag in tags:
        cells = [_read(of_run.get(tag), _last) for of_run in scalars]
        yield Column(names.take(tag, "last"), "number", "last", cells, tag)
    for tag in tags:
        better = direction(tag)
        if better is not None:
            read = _largest if better == "max" else _smallest
            cells = [_read(of_run.get(tag), read) for of_run in scalars]
            yield Column(names.take(f"best.{tag}"), "number", "best", cells, tag)


def _read(series: Series | None, read: Callable[[Series], float]) -> float | None:
    return None if series is None else read(series)


def _last(series: Series) -> float:
    return series.last


def _largest(series: Series) -> float:
    return series.largest


def _smallest(series: Series) -> float:
    return series.smallest


class _Names:
    """Sees to it that no two columns have one name."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, name: str, prefix: str = "other") -> str:
        """The name, or with the prefix before it, once or as often as it takes."""
        name = _writable(name)
        while name in self._taken:
            name = f"{prefix}.{name}"
        self._taken.add(name)
        return name


def _order(name: str) -> tuple[str, str]:
    return (name.casefold(), name)


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and _fits(value)


def _fits(value: int | float) -> bool:
    """Whether it is within what 64 bits hold; larger ones are shown as their digits."""
    return isinstance(value, float) or -(2**63) <= value < 2**63


def _as_text(value: Value) -> str:
    if isinstance(value, str):
        return _writable(value)
    # A number of a million digits is an attack, and takes seconds to write.
    if isinstance(value, int) and value.bit_length() > 256:
        return f"a whole number of {value.bit_length()} bits"
    return str(value)


def _writable(text: str) -> str:
    """Text without halves of surrogate pairs, which neither JSON nor Arrow can write."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def _as_array(kind: Kind, cells: Sequence[Value]) -> NDArray[Any]:
    if kind == "text":
        return np.array([*cells, None], np.object_)[:-1]
    if kind == "boolean":
        return np.array([bool(cell) for cell in cells], np.bool_)
    if all(isinstance(cell, int) for cell in cells):
        return np.array(cells, np.int64)
    return np.array([math.nan if cell is None else cell for cell in cells], np.float64)


def shown_status(run: Run, alive: frozenset[str]) -> str:
    """How a run stands: what its writer said last, and LOST if it went without a word."""
    return LOST if run.status == "running" and run.id not in alive else run.status


def _steps(run: Run, snapshot: Snapshot) -> int | None:
    steps = [
        of_run[run.id][tag].last_step
        for of_run in snapshot.series.values()
        for tag in of_run.get(run.id, ())
    ]
    return max(steps, default=None)


Read = Callable[[Run, Snapshot, frozenset[str]], Value]
FACTS: Mapping[str, tuple[Kind, Read]] = {
    "name": ("text", lambda run, snapshot, alive: _writable(run.name)),
    "folder": ("text", lambda run, snapshot, alive: _writable(run.folder)),
    "status": ("text", lambda run, snapshot, alive: shown_status(run, alive)),
    "started": ("number", lambda run, snapshot, alive: run.started),
    "duration": ("number", lambda run, snapshot, alive: run.updated - run.started),
    "steps": ("number", lambda run, snapshot, alive: _steps(run, snapshot)),
    "tags": ("text", lambda run, snapshot, alive: _writable(", ".join(run.tags))),
    "note": ("text", lambda run, snapshot, alive: _writable(run.note)),
}
