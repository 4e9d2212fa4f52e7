"""The grammar of queries: tokens in, a tree out. What the grammar does not name cannot be said.

    either     = both {"or" both}
    both       = negation {"and" negation}
    negation   = "not" negation | comparison
    comparison = sum {("==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not" "in") sum}
    sum        = product {("+" | "-") product}
    product    = signed {("*" | "/" | "//" | "%") signed}
    signed     = ("+" | "-" | "~") signed | atom
    atom       = number | text | name | "True" | "False" | "(" either ")" | list
    list       = ("[" | "(") [either {"," either} [","]] ("]" | ")")

It is the part of Python's that DataFrame.query knows, without calls, attributes, subscripts and
powers, and it binds as Python's does. Its tree is not that of `ast`: Python's own parser overflows
on a deep tree, warns on standard error, and counts places in bytes.
"""

from collections.abc import Callable
from dataclasses import dataclass

from analysis.query.errors import ALLOWED, QueryError, shown
from analysis.query.tokens import Token, split

# Brackets and signs within each other; a bracket takes 13 of the interpreter's thousand frames.
MAX_DEPTH = 30
# Each costs a pass over the table.
MAX_OPERATORS = 100

Rest = tuple[tuple[str, "Node"], ...]


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a query, and its place in the text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Constant(Node):
    value: bool | int | float | str


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A column, whether there is one or not."""

    name: str


@dataclass(frozen=True, slots=True)
class Items(Node):
    """A list."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Sign(Node):
    """ "+" or "-" before a number, "not" (also for ~) before a condition."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """Conditions joined by "and", or by "or"."""

    operator: str
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """A value, then operators with the next value: each holds between its neighbours."""

    first: Node
    rest: Rest


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """A value, then operators of one precedence with the next value, from left to right."""

    first: Node
    rest: Rest


def parse(text: str) -> Node:
    """The tree of a query.

    Raises:
        QueryError: it is none.
    """
    parser = _Parser(split(text))
    tree = parser.either()
    parser.finish()
    return tree


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0
        self.operators = 0

    # -- the grammar -----------------------------------------------------------------------------

    def either(self) -> Node:
        return self.logic("or", self.both)

    def both(self) -> Node:
        return self.logic("and", self.negation)

    def logic(self, operator: str, operand: Callable[[], Node]) -> Node:
        parts = [operand()]
        while self.take(operator):
            parts.append(operand())
        if len(parts) == 1:
            return parts[0]
        return Logic(parts[0].start, parts[-1].end, operator, tuple(parts))

    def negation(self) -> Node:
        token = self.take("not")
        return self.sign(token, self.negation) if token else self.comparison()

    def comparison(self) -> Node:
        first = self.sum()
        rest = []
        while operator := self.take_comparison():
            rest.append((operator, self.sum()))
        return Comparison(first.start, rest[-1][1].end, first, tuple(rest)) if rest else first

    def sum(self) -> Node:
        return self.arithmetic(("+", "-"), self.product)

    def product(self) -> Node:
        return self.arithmetic(("*", "/", "//", "%"), self.signed)

    def arithmetic(self, operators: tuple[str, ...], operand: Callable[[], Node]) -> Node:
        first = operand()
        rest = []
        while token := self.take(*operators):
            rest.append((str(token.value), operand()))
        return Arithmetic(first.start, rest[-1][1].end, first, tuple(rest)) if rest else first

    def signed(self) -> Node:
        token = self.take("+", "-", "~")
        return self.sign(token, self.signed) if token else self.atom()

    def sign(self, token: Token, operand: Callable[[], Node]) -> Node:
        self.go_deeper(token)
        node = operand()
        self.depth -= 1
        operator = "not" if token.value == "~" else str(token.value)
        return Sign(token.start, node.end, operator, node)

    def atom(self) -> Node:
        token = self.next
        if token.kind == "operator":
            if token.value in ("(", "["):
                return self.brackets()
            raise QueryError(_missing(token), token.start, token.end)
        if token.kind == "end":
            raise QueryError(
                "The query ends where a value is missing: a column, a number, or text in quotes.",
                token.start,
                token.end,
            )
        self.at += 1
        self.refuse_postfix(token)
        if token.kind == "name":
            return Name(token.start, token.end, str(token.value))
        return Constant(token.start, token.end, token.value)

    def brackets(self) -> Node:
        opening = self.next
        closing = ")" if opening.value == "(" else "]"
        self.at += 1
        self.go_deeper(opening)
        parts, comma = [], None
        while not self.peek(closing):
            parts.append(self.either())
            comma = self.take(",")
            if comma is None and not self.peek(closing):
                raise self.unclosed(opening)
        end = self.next.end
        self.at += 1
        self.depth -= 1
        self.refuse_postfix(self.tokens[self.at - 1])
        if closing == ")" and len(parts) == 1 and comma is None:
            return parts[0]
        return Items(opening.start, end, tuple(parts))

    # -- the tokens ------------------------------------------------------------------------------

    @property
    def next(self) -> Token:
        return self.tokens[self.at]

    def peek(self, *operators: str) -> bool:
        return self.next.kind == "operator" and self.next.value in operators

    def take(self, *operators: str) -> Token | None:
        """The next token, stepped over, if it is one of these operators."""
        token = self.next
        if not self.peek(*operators):
            return None
        self.at += 1
        self.operators += token.value != ","
        if self.operators > MAX_OPERATORS:
            raise QueryError(
                f"The query has more than {MAX_OPERATORS} operators; make it shorter.",
                token.start,
                token.end,
            )
        return token

    def take_comparison(self) -> str:
        """The comparison that comes next, stepped over; "" where none does."""
        follows = self.tokens[self.at + 1] if self.peek("not") else None
        if follows is not None and (follows.kind, follows.value) == ("operator", "in"):
            self.at += 1
            self.take("in")
            return "not in"
        token = self.take("==", "!=", "<", "<=", ">", ">=", "in")
        return "" if token is None else str(token.value)

    def go_deeper(self, token: Token) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise QueryError(
                f"More than {MAX_DEPTH} brackets or signs stand within each other; use fewer.",
                token.start,
                token.end,
            )

    # -- what is not in the grammar --------------------------------------------------------------

    def refuse_postfix(self, token: Token) -> None:
        """A bracket right after a value would be a call or a subscript."""
        if not self.peek("(", "["):
            return
        bracket = self.next
        what = "Function calls" if bracket.value == "(" else "Subscripts"
        raise QueryError(f"{what} are not allowed; {ALLOWED}.", token.start, bracket.end)

    def finish(self) -> None:
        """Nothing may follow the query."""
        token = self.next
        if token.kind == "end":
            return
        if self.peek(")", "]"):
            message = f"This {token.value} closes nothing; take it out, or open it before."
        elif self.peek(","):
            message = "Several values are written as a list, in brackets: label in [4, 9]."
        else:
            message = "An operator is missing here, such as and, or, in or ==."
        raise QueryError(message, token.start, token.end)

    def unclosed(self, opening: Token) -> QueryError:
        token = self.next
        if token.kind == "end" or self.peek(")", "]"):
            return QueryError(f"This {opening.value} is not closed.", opening.start, opening.end)
        message = "An operator or a comma is missing here."
        return QueryError(message, token.start, token.end)


def _missing(token: Token) -> str:
    if token.value == "not":
        return "Put what not belongs to in brackets: (not correct) == (loss > 1)."
    return (
        f"A value is missing before {shown(str(token.value))}: a column, a number, or text in "
        "quotes."
    )
