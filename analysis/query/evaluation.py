"""What a query finds: its tree and a table's columns in, one answer a row out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from analysis.query import arrays
from analysis.query.errors import QueryError, UnknownColumn, listing, nearest, shown
from analysis.query.grammar import (
    Arithmetic,
    Comparison,
    Constant,
    Items,
    Logic,
    Name,
    Node,
    Sign,
    parse,
)
from analysis.query.table import Column, Columns, Deferred, Kind
from analysis.query.tokens import is_plain, quote, quote_name

Mask = NDArray[np.bool_]

# What a value of a kind is called.
DESCRIPTIONS = {
    "number": "a number",
    "boolean": "True or False",
    "text": "text",
    "category": "a class",
}

# Why a name that looks like a value is none here.
MISTAKEN = {
    "true": "True is written with a capital letter.",
    "false": "False is written with a capital letter.",
    "nan": "Only a value that is not a number differs from itself: write loss != loss.",
}


@dataclass(frozen=True, slots=True)
class Value:
    """What a part of a query is.

    Attributes:
        data: an array, (N,), of numbers or booleans; the texts of a column; or one constant.
        class_names: as in `Column`.
    """

    node: Node
    kind: Kind
    data: Any
    class_names: Sequence[str] | None = ()

    @property
    def is_constant(self) -> bool:
        return isinstance(self.data, bool | int | float | str)


def select(
    columns: Columns, text: str, count: int, absent: Mapping[str, str] | None = None
) -> Mask:
    """Which rows a query finds: bool, (N,); all of them for a query of blanks.

    Args:
        columns: what the query may name, each of N values.
        count: N.
        absent: names of columns that a person may expect, and why they are not there: a sentence.

    Raises:
        QueryError: the text is no query, or not one of these columns.
    """
    if not text.strip():
        return np.ones(count, np.bool_)
    tree = parse(text)
    # Whether a query is in order shows without any rows, so that a refusal takes no time.
    none = {name: column.without_rows() for name, column in columns.items()}
    _Evaluator(none, text, absent or {}).condition(tree)
    # Copied, as the query `correct` is answered by the column itself.
    found: Mask = _Evaluator(columns, text, absent or {}).condition(tree).copy()
    assert found.shape == (count,) and found.dtype == np.bool_
    return found


class _Evaluator:
    def __init__(self, columns: Columns, text: str, absent: Mapping[str, str]) -> None:
        self.columns = columns
        self.text = text
        self.absent = absent

    def condition(self, tree: Node) -> Mask:
        """The whole query's answer."""
        value = self.boolean(self.visit(tree), "a query")
        if value.is_constant:
            self.refuse(tree, "This is the same for every row; name a column, as in loss > 1.")
        mask: Mask = value.data
        return mask

    def visit(self, node: Node) -> Value:
        match node:
            case Constant():
                return Value(node, _kind_of(node.value), node.value)
            case Name():
                return self.column(node)
            case Sign():
                return self.sign(node)
            case Arithmetic():
                return self.arithmetic(node)
            case Comparison():
                return self.comparison(node)
            case Logic():
                return self.logic(node)
        self.refuse(node, "A list stands only after in, not in, == or !=.")

    def column(self, node: Name) -> Value:
        column = self.columns.get(node.name)
        if column is None:
            raise UnknownColumn(self.unknown(node.name), node.start, node.end)
        data = column.values if column.kind == "text" else _numbers(column)
        return Value(node, column.kind, data, column.class_names)

    def sign(self, node: Sign) -> Value:
        operand = self.visit(node.operand)
        if node.operator == "not":
            return Value(node, "boolean", _negate(self.boolean(operand, "'not'").data))
        number = self.number(operand)
        return Value(node, "number", -number if node.operator == "-" else number)

    def logic(self, node: Logic) -> Value:
        where = shown(node.operator)
        parts = (self.boolean(self.visit(part), where).data for part in node.parts)
        join = np.logical_and if node.operator == "and" else np.logical_or
        joined = reduce(join, parts)
        return Value(node, "boolean", joined if isinstance(joined, np.ndarray) else bool(joined))

    def arithmetic(self, node: Arithmetic) -> Value:
        result = self.number(self.visit(node.first))
        for sign, part in node.rest:
            operand = self.number(self.visit(part))
            try:
                result = arrays.calculate(sign, result, operand)
            except ZeroDivisionError:
                self.refuse(part, "This divides a number by zero.")
            except OverflowError:
                self.refuse(node, "A number here is too large to reckon with.")
        return Value(node, "number", result)

    def comparison(self, node: Comparison) -> Value:
        parts = [node.first, *(part for _, part in node.rest)]
        signs = [sign for sign, _ in node.rest]
        # A chain says the same as its comparisons joined by and, each value reckoned once.
        values = [part if isinstance(part, Items) else self.visit(part) for part in parts]
        masks = []
        for sign, left, right in zip(signs, values, values[1:], strict=False):
            try:
                masks.append(self.compare(sign, left, right))
            except OverflowError:
                self.refuse(node, "A number here is too large to compare with.")
        found = reduce(np.logical_and, masks)
        return Value(node, "boolean", found if isinstance(found, np.ndarray) else bool(found))

    # -- comparisons -----------------------------------------------------------------------------

    def compare(self, sign: str, left: Value | Items, right: Value | Items) -> Any:
        """One comparison of two neighbours: bool, (N,), or one where both are constants."""
        if isinstance(right, Items):
            return self.membership(sign, left, right)
        if isinstance(left, Items):
            return self.membership(sign, right, left)
        if sign in ("in", "not in"):
            if right.kind != "text" or not right.is_constant:
                self.refuse(right.node, "After in comes a list, such as [4, 9].")
            # Pandas takes a single text for a list of one.
            sign = "==" if sign == "in" else "!="
        if left.kind == right.kind == "text":
            if left.is_constant and right.is_constant:
                return arrays.compare(sign, left.data, right.data)
            return arrays.compare_texts(sign, left.data, right.data)
        if left.kind == "text":
            return self.compare_class(sign, right, left)
        if right.kind == "text":
            return self.compare_class(sign, left, right)
        return arrays.compare(sign, left.data, right.data)

    def compare_class(self, sign: str, value: Value, name: Value) -> Mask:
        """A class compared with a name; any other value and a text do not go together."""
        if value.kind != "category" or not name.is_constant:
            self.refuse_mixture(value, name)
        if sign not in ("==", "!="):
            self.refuse(
                name.node,
                "The names of classes have no order; use == or !=, or compare with a number.",
            )
        found = arrays.is_among(value.data, self.classes(value, name))
        return found if sign == "==" else ~found

    def membership(self, sign: str, value: Value | Items, items: Items) -> Any:
        """Whether a value is in a list; pandas takes == and != for in and not in there."""
        if isinstance(value, Items):
            self.refuse(items, "Two lists cannot be compared; name a column.")
        if sign not in ("==", "!=", "in", "not in"):
            self.refuse(items, f"A list is compared by in, not in, == or !=, not by {sign}.")
        found = self.is_among(value, [self.item(part) for part in items.parts])
        return _negate(found) if sign in ("!=", "not in") else found

    def is_among(self, value: Value, items: list[Value]) -> Any:
        if value.is_constant:
            return value.data in [item.data for item in items]
        if value.kind == "text":
            for item in items:
                if item.kind != "text":
                    self.refuse_mixture(item, value)
            return arrays.is_text_among(value.data, [item.data for item in items])
        numbers: list[arrays.Number] = []
        for item in items:
            if item.kind != "text":
                numbers.append(item.data)
            elif value.kind == "category":
                numbers += self.classes(value, item)
            else:
                self.refuse_mixture(value, item)
        return arrays.is_among(value.data, numbers)

    def item(self, part: Node) -> Value:
        """A part of a list."""
        if isinstance(part, Items):
            self.refuse(part, "A list cannot stand in a list.")
        value = self.visit(part)
        if not value.is_constant:
            self.refuse(
                part,
                "A list holds numbers, text in quotes, True and False; compare columns by ==.",
            )
        return value

    def classes(self, value: Value, name: Value) -> list[int]:
        """The numbers of the class, or classes, of this name."""
        names = value.class_names
        if names is None:
            return []
        numbers = [number for number, known in enumerate(names) if known == name.data]
        if not numbers:
            hint = " A class's number is written without quotes." if name.data.isdigit() else ""
            self.refuse(
                name.node,
                f"There is no class {shown(name.data)}{nearest(name.data, names)} "
                f"Classes are {listing(names)}.{hint}",
            )
        return numbers

    # -- mistakes --------------------------------------------------------------------------------

    def boolean(self, value: Value, where: str) -> Value:
        """The value, if it is a condition."""
        if value.kind == "boolean":
            return value
        name = value.node.name if isinstance(value.node, Name) else None
        hints = {
            "number": f"compare it, as in {name or 'loss'} > 1",
            "category": f'compare it, as in {name} == 4 or {name} == "cat"',
            "text": 'compare a column with it, as in label == "cat"',
        }
        self.refuse(
            value.node,
            f"{self.describe(value)}, and {where} needs a condition; {hints[value.kind]}.",
        )

    def number(self, value: Value) -> Any:
        """The value's data, if it can be reckoned with."""
        if value.kind in ("number", "category"):
            return value.data
        self.refuse(value.node, f"{self.describe(value)}; only numbers can be reckoned with.")

    def refuse_mixture(self, value: Value, text: Value) -> NoReturn:
        """A text was compared with what is neither text nor a class."""
        wrong = value if value.is_constant else text
        what = f"{self.describe(value)}, and {self.describe(text)}"
        if not wrong.is_constant:
            self.refuse(wrong.node, f"{what}: the two columns cannot be compared.")
        if text.is_constant:
            hint = "True or False" if value.kind == "boolean" else "a number"
            self.refuse(wrong.node, f"{what}; compare it with {hint}.")
        self.refuse(wrong.node, f"{what}; compare it with text in quotes.")

    def describe(self, value: Value) -> str:
        """ "loss is a number"."""
        piece = shown(self.text[value.node.start : value.node.end])
        if isinstance(value.node, Name | Constant):
            piece = piece[1:-1]
        return f"{piece} is {DESCRIPTIONS[value.kind]}"

    def unknown(self, name: str) -> str:
        """What to say of a name that is no column."""
        if name.lower() in MISTAKEN:
            return MISTAKEN[name.lower()]
        if name in self.absent:
            return self.absent[name]
        for known, column in self.columns.items():
            if name in (column.class_names or ()):
                return f"{name} is a class; write it in quotes, as in {known} == {quote(name)}."
        known_names = tuple(self.columns)
        for known in known_names:
            # What is left of a name such as T-shirt where its backticks are missing.
            if known.startswith(name) and not is_plain(known):
                return f"There is no column {shown(name)}; is it {quote_name(known)}, in backticks?"
        # Those of a thousand classes would bury the others.
        own = (n for n, column in self.columns.items() if not isinstance(column.values, Deferred))
        return (
            f"There is no column {shown(name)}{nearest(name, known_names)} "
            f"Columns are {listing(own)}."
        )

    @staticmethod
    def refuse(node: Node, message: str) -> NoReturn:
        raise QueryError(message, node.start, node.end)


def _kind_of(value: bool | int | float | str) -> Kind:
    if isinstance(value, str):
        return "text"
    return "boolean" if isinstance(value, bool) else "number"


def _negate(data: Any) -> Any:
    return ~data if isinstance(data, np.ndarray) else not data


def _numbers(column: Column) -> NDArray[Any]:
    """Numbers, classes or booleans as a plain array; missing ones as NaN, or False."""
    values = column.values
    if isinstance(values, Deferred):
        values = values.read()
    if isinstance(values, np.ndarray):
        data = values
    elif isinstance(values.dtype, np.dtype):
        data = values.to_numpy()
    elif column.kind == "boolean":
        data = values.to_numpy(np.bool_, na_value=False)
    else:
        data = values.to_numpy(np.float64, na_value=np.nan)
    # In fewer than 64 bits a sum would overflow that nobody expects to.
    return data.astype(np.int64) if data.dtype.kind in "iu" and data.itemsize < 8 else data
