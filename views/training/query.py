"""Typed queries over the table of runs, in the language of the samples' queries."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.query import QueryError, quote, select
from analysis.query.guide import ColumnHelp, Example
from views.training.columns import Column
from views.training.metrics import direction, role

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
    values = _numbers(column)
    return values[np.isfinite(values)]


def _numbers(column: Column) -> NDArray[np.float64]:
    return np.asarray(column.as_queried().values, np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A query that may serve as an example, and which runs it finds: bool, (runs,).

    Found without asking the query, as the page asks for examples when it opens, and the library
    that compares texts takes long to import.
    """

    query: str
    title: str
    found: NDArray[np.bool_]


def examples(columns: Sequence[Column]) -> list[dict[str, Any]]:
    """Queries to start from, each of which finds at least one run."""
    return [
        asdict(Example(one.query, one.title, int(one.found.sum())))
        for one in _candidates(columns)
        if one.found.any()
    ]


def _candidates(columns: Sequence[Column]) -> Iterator[Candidate]:
    """By results, by hyperparameters, both together, and by facts."""
    last, best = (_by_result(columns, source) for source in ("last", "best"))
    parameter = _by_parameter(columns)
    yield from (one for one in (last, parameter) if one)
    if last and parameter:
        both = f"{last.query} and {parameter.query}"
        yield Candidate(both, "Both together", last.found & parameter.found)
    if best:
        yield best
    status = next(column for column in columns if column.name == "status")
    for values, title in (
        (("running",), "Runs that are still going"),
        (("failed", "lost"), "Runs that did not come to their end"),
    ):
        listed = ", ".join(map(quote, values))
        query = f"status in [{listed}]" if len(values) > 1 else f"status == {listed}"
        yield Candidate(query, title, np.array([cell in values for cell in status.cells], np.bool_))


def _by_result(columns: Sequence[Column], source: str) -> Candidate | None:
    """The better half by the result that people look at first."""
    title = {"last": "The better half by the last {}", "best": "The better half by the best {}"}
    chosen = [column for column in columns if column.source == source and _is_example(column)]
    for column in sorted(chosen, key=_rank):
        better = direction(column.tag or "")
        middle = _middle(column)
        if better is not None and middle is not None:
            values = _numbers(column)
            found = values >= float(middle) if better == "max" else values <= float(middle)
            query = f"{as_typed(column.name)} {'>=' if better == 'max' else '<='} {middle}"
            return Candidate(query, title[source].format(column.tag), found)
    return None


def _rank(column: Column) -> tuple[bool, bool, bool]:
    meant = role(column.tag or "")
    unusual = (meant.quantity != "accuracy", meant.split != "validation")
    return (*unusual, needs_backticks(column.name))


def _by_parameter(columns: Sequence[Column]) -> Candidate | None:
    """The first hyperparameter that tells runs apart."""
    for column in columns:
        if column.source != "parameter" or not _is_example(column):
            continue
        name, title = as_typed(column.name), f"By the hyperparameter {column.name}"
        if column.kind == "number" and (middle := _middle(column)) is not None:
            return Candidate(f"{name} <= {middle}", title, _numbers(column) <= float(middle))
        if column.kind == "text":
            texts = [str(cell) for cell in column.cells if cell is not None]
            if len(set(texts)) > 1 and texts[0].isprintable() and len(texts[0]) <= LONGEST:
                found = np.array([cell == texts[0] for cell in column.cells], np.bool_)
                return Candidate(f"{name} == {quote(texts[0])}", title, found)
    return None


def _middle(column: Column) -> str | None:
    """A number between the column's values; None where all are the same."""
    values = _finite(column)
    differ = len(values) and values.min() < values.max()
    return f"{float(np.median(values)):.3g}" if differ else None


def _is_example(column: Column) -> bool:
    return "`" not in column.name and column.name.isprintable() and len(column.name) < 60
