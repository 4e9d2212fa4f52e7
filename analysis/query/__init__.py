"""Typed queries, in the syntax of pandas' DataFrame.query, of which they are a part.

A query is read by a grammar of its own and answered by array operations: nothing in it is executed,
whoever typed it. `find` asks the samples table, `select` any other.
"""

from analysis.query.errors import QueryError, point_at
from analysis.query.evaluation import select
from analysis.query.guide import columns, examples
from analysis.query.samples import check, find
from analysis.query.table import Column, frame_columns
from analysis.query.tokens import quote

__all__ = [
    "Column",
    "QueryError",
    "check",
    "columns",
    "examples",
    "find",
    "frame_columns",
    "point_at",
    "quote",
    "select",
]
