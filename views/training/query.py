"""Typed queries over the table of runs, in the language of the samples' queries."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.query import QueryError, quote, select
from analysis.query.guide import ColumnHelp, Example
from views.training.columns import Column

# A name that a query takes as it is; others are written in backticks.
PLAIN = re.compile(r"[^\W\d]\w*")
WORD = re.compile(r"\w+")
BACKTICKS = re.compile(r"`[^`]*`")

ABOUT = {
    "name": "What the run is called.",
    "folder": "The experiment that the run belongs to.",
    "status": '"running", "done", "stopped", "failed", or "lost" where the writer went silent.',
    "started": "When the run began, in seconds since 1970.",
    "duration": "Seconds from the first to the last word of the run.",
    "steps": "The last step that the run has logged.",
    "tags": "The run's tags, with commas between them.",
    "note": "What was noted of the run.",
}
# Characters of a value that help repeats, and how many values.
LONGEST, FEW_VALUES = 24, 5


def find(columns: Sequence[Column], text: str, count: int) -> NDArray[np.bool_]:
    """Which runs a query finds: bool, (count,).

    Raises:
        QueryError: it is no query, or asks for columns that there are not.
    """
    queried = {column.name: column.as_queried() for column in columns}
    names = [column.name for column in columns]
    try:
        return select(queried, text, count, _absent(names))
    except QueryError as error:
        raise _unquoted(names, text, error) or error from None


def _unquoted(names: Sequence[str], text: str, error: QueryError) -> QueryError | None:
    """A better mistake, where what is wrong lies in a name that needs backticks and has none."""
    quoted = [match.span() for match in BACKTICKS.finditer(text)]
    # The longest first: `best.loss` rather than `best`.
    for name in sorted((name for name in names if needs_backticks(name)), key=len, reverse=True):
        for match in re.finditer(re.escape(name), text):
            start, end = match.span()
            inside = any(first < start and end < last for first, last in quoted)
            if not inside and start <= error.start <= end:
                message = f"A name with such signs is written in backticks: {as_typed(name)}."
                return QueryError(message, start, end)
    return None


def _absent(names: Sequence[str]) -> Mapping[str, str]:
    """What to say of the first word of a name that is written without its backticks."""
    absent: dict[str, str] = {}
    for name in names:
        if needs_backticks(name) and "`" not in name:
            for word in WORD.findall(name):
                said = f"There is no column '{word}'; did you mean {as_typed(name)}, in backticks?"
                absent.setdefault(word, said)
    return absent


@lru_cache(maxsize=8192)
def needs_backticks(name: str) -> bool:
    """Whether a query can name this column only in backticks."""
    if not PLAIN.fullmatch(name):
        return True
    try:
        # Words of the language, such as "in", and what pandas or Python means by them.
        select({}, f"{name} == 0", 0)
    except QueryError as error:
        return not error.message.startswith("There is no column")
    return True


def as_typed(name: str) -> str:
    """A column's name as a query has it."""
    return f"`{name}`" if needs_backticks(name) else name


def describe_columns(columns: Sequence[Column]) -> list[dict[str, Any]]:
    """What the page says of the columns, with the names as they are typed."""
    return [
        asdict(ColumnHelp(as_typed(column.name), column.kind, _about(column), _unit(column), ()))
        for column in columns
        if "`" not in column.name and "\n" not in column.name
    ]


def _unit(column: Column) -> str:
    return "s" if column.source == "fact" and column.name in ("started", "duration") else ""


def _about(column: Column) -> str:
    if column.source == "fact":
        return ABOUT[column.name]
    of = {"parameter": "Hyperparameter", "last": "Last value", "best": "Best value"}[column.source]
    return f"{of}: {_values(column)}."


def _values(column: Column) -> str:
    given = [cell for cell in column.cells if cell is not None]
    if column.kind == "boolean":
        return f"True for {sum(map(bool, given)):,} of {len(given):,} runs"
    if column.kind == "text":
        found = sorted({str(cell) for cell in given})
        if len(found) > FEW_VALUES or any(len(value) > LONGEST for value in found):
            return f"{len(found):,} different texts"
        return ", ".join(quote(value) for value in found) or "of no run"
    finite = _finite(column)
    if not len(finite):
        return "not a number in any run"
    return f"from {finite.min():g} to {finite.max():g}"


def _finite(column: Column) -> NDArray[np.float64]:
    values = np.asarray(column.as_queried().values, np.float64)
    return values[np.isfinite(values)]


def examples(columns: Sequence[Column], count: int) -> list[dict[str, Any]]:
    """Queries to start from, each of which finds at least one run."""
    found = []
    for query, title in _candidates(columns):
        hits = int(find(columns, query, count).sum())
        if hits:
            found.append(asdict(Example(query, title, hits)))
    return found


def _candidates(columns: Sequence[Column]) -> Iterator[tuple[str, str]]:
    """(query, title): by results, by hyperparameters, both together, and by facts."""
    parts = [part for source in ("best", "parameter") if (part := _first(columns, source))]
    yield from parts
    if len(parts) == 2:
        yield " and ".join(query for query, _ in parts), "Both together"
    yield 'status == "running"', "Runs that are still going"
    yield 'status in ["failed", "lost"]', "Runs that did not come to their end"


def _first(columns: Sequence[Column], source: str) -> tuple[str, str] | None:
    """An example of the first column of this source that tells runs apart."""
    from views.training.metrics import direction, role

    def rank(column: Column) -> tuple[bool, bool]:
        meant = role(column.tag or "")
        return (meant.quantity != "accuracy", meant.split != "validation")

    chosen = [column for column in columns if column.source == source and _name_fits(column)]
    for column in sorted(chosen, key=rank) if source == "best" else chosen:
        name = as_typed(column.name)
        if column.kind == "number":
            values = _finite(column)
            if len(values) and values.min() < values.max():
                middle = f"{float(np.median(values)):.3g}"
                more = source == "best" and direction(column.tag or "") == "max"
                sign = ">=" if more else "<="
                return f"{name} {sign} {middle}", f"The better half by {column.name}" if (
                    source == "best"
                ) else f"By the hyperparameter {column.name}"
        elif source == "parameter" and column.kind == "text":
            texts = [str(cell) for cell in column.cells if cell is not None]
            if len(set(texts)) > 1 and texts[0].isprintable() and len(texts[0]) <= LONGEST:
                return f"{name} == {quote(texts[0])}", f"By the hyperparameter {column.name}"
    return None


def _name_fits(column: Column) -> bool:
    return "`" not in column.name and column.name.isprintable() and len(column.name) < 60
