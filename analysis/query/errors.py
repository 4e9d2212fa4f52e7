"""Mistakes in a query: a sentence, and the place in the text that it is about."""

import difflib
import unicodedata
from collections.abc import Iterable

from util import UserError

# What a refusal names, so that the reader knows what to write instead.
ALLOWED = (
    "a query has columns, numbers, text in quotes, lists, + - * / // %, comparisons, in, and, or, "
    "not and brackets"
)

# Characters of a piece of the query that a message repeats.
SHOWN = 30
# Characters of a name that are compared with known ones, and of the one that is proposed.
MATCHED = 60
# Names that a message lists before it only counts the others.
LISTED = 10
# Columns of a terminal that a line of the query may take.
LINE = 72


class QueryError(UserError):
    """A query that means nothing here.

    Attributes:
        message: one sentence or two for the person who typed it.
        start, end: the characters that it is about, 0 <= start <= end <= len(text), counted as
            Python counts them; equal where something is missing.
    """

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end


class UnknownColumn(QueryError):
    """A query names a column that there is not."""


def shown(text: str, most: int = SHOWN) -> str:
    """A piece of the query in quotes, as it may stand in a message: short, and printable."""
    short = text if len(text) <= most else text[: most - 1] + "…"
    return "'" + "".join(c if c.isprintable() else ascii(c)[1:-1] for c in short) + "'"


def nearest(word: str, known: Iterable[str]) -> str:
    """ "; did you mean 'loss'?" where a known name looks like the word, else ""."""
    names = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(word.casefold()[:MATCHED], names, 1)
    return f"; did you mean {shown(names[found[0]], MATCHED)}?" if found else "."


def listing(names: Iterable[str]) -> str:
    """The names, or the first of them and how many more there are."""
    every = tuple(names)
    more = f" and {len(every) - LISTED} more" if len(every) > LISTED else ""
    return ", ".join(shown(name)[1:-1] for name in every[:LISTED]) + more


def point_at(text: str, start: int, end: int) -> str:
    """Two lines for a terminal: the query, or the part of it round the place, and carets below."""
    first = max(0, min(start - LINE // 2, len(text) - LINE))
    part = text[first : first + LINE]
    line = "".join(c if c.isprintable() else " " for c in part)
    before, marked = line[: start - first], line[start - first : end - first]
    return f"  {line}\n  {' ' * _width(before)}{'^' * max(1, _width(marked))}"


def _width(text: str) -> int:
    """Columns of a terminal that a text takes."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) > 0 for c in text)
