"""The words of a query: text in, tokens with their places out. Nothing is evaluated."""

import keyword
import re
from dataclasses import dataclass
from typing import Literal

from analysis.query.errors import ALLOWED, QueryError, shown

# Characters of a query. The address of the page holds it, and nobody types so much.
MAX_LENGTH = 1000

Kind = Literal["number", "boolean", "text", "name", "operator", "end"]


@dataclass(frozen=True, slots=True)
class Token:
    """One word.

    Attributes:
        kind: "operator" also for and, or, not, in and brackets.
        value: of a number, int or float; of a boolean, bool; of a text or a name, str; of an
            operator, one spelling of it ("and" for "&"); "" at the end.
        start, end: its place in the text.
    """

    kind: Kind
    value: str | bool | int | float
    start: int
    end: int


# Pandas gives & and | the meaning and the precedence of the words.
OPERATORS = {
    **{sign: sign for sign in ("+", "-", "*", "/", "//", "%", "~", "(", ")", "[", "]", ",")},
    **{sign: sign for sign in ("==", "!=", "<", "<=", ">", ">=")},
    **{word: word for word in ("and", "or", "not", "in")},
    "&": "and",
    "|": "or",
}

# What people write elsewhere, and what they get told.
REFUSED = {
    "=": "Use == to compare; a single = is not allowed.",
    ":=": "Use == to compare; a query cannot give names to values.",
    "===": "Use == to compare.",
    "<>": "Use != for what is not equal.",
    "!": "Use not (or != to compare); ! alone is not allowed.",
    "&&": "Use and instead of &&.",
    "||": "Use or instead of ||.",
    "is": "Use == instead of is.",
    "**": f"Powers are not allowed; {ALLOWED}.",
    "@": f"Variables of a program (@) are not allowed; {ALLOWED}.",
    ".": f"Attributes (a dot after a name) are not allowed; {ALLOWED}.",
    "{": "Sets and dictionaries are not allowed; write a list: label in [4, 9].",
    "}": "Sets and dictionaries are not allowed; write a list: label in [4, 9].",
    ";": "A query is one condition; join several by and.",
    "#": f"Comments are not allowed; {ALLOWED}.",
    "^": "Use != for either but not both; ^ is not allowed.",
    "None": "None is not allowed: no value of a column is missing.",
    "AND": "Write and in small letters.",
    "OR": "Write or in small letters.",
    "NOT": "Write not in small letters.",
    "IN": "Write in in small letters.",
}

# A number may be followed by what makes it none, so that the whole of it is told of.
WORD = re.compile(
    r"(?P<blank>\s+)"
    r"|(?P<number>\.?[0-9](?:[eE][+-](?=[0-9])|[\w.])*)"
    r"|(?P<name>[^\W\d]\w*)"
    r"|(?P<backticks>`[^`\n]*`)"
    r"|(?P<text>\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')"
    r"|(?P<sign>===|\*\*|//|<=|>=|==|!=|<>|<<|>>|:=|->|&&|\|\||.)",
    re.DOTALL,
)
NUMBER = re.compile(r"[0-9_]+|(?:[0-9_]+\.[0-9_]*|\.[0-9_]+|[0-9_]+(?=[eE]))(?:[eE][+-]?[0-9_]+)?")
ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
ESCAPES = {"\\": "\\", "'": "'", '"': '"', "n": "\n", "r": "\r", "t": "\t"}


def split(text: str) -> list[Token]:
    """The tokens of a query; the last is its end.

    Raises:
        QueryError: it is too long, or something in it is no token.
    """
    if len(text) > MAX_LENGTH:
        raise QueryError(
            f"The query has {len(text):,} characters; at most {MAX_LENGTH:,} are allowed.",
            MAX_LENGTH,
            len(text),
        )
    tokens = [_token(match) for match in WORD.finditer(text) if match.lastgroup != "blank"]
    end = len(text.rstrip())
    return [*tokens, Token("end", "", end, end)]


def quote(name: str) -> str:
    """A name as text in a query: `split` gives it back."""
    signs = {value: f"\\{letter}" for letter, value in ESCAPES.items() if value != "'"}
    return '"' + "".join(signs.get(c) or (c if c.isprintable() else _escape(c)) for c in name) + '"'


def is_plain(name: str) -> bool:
    """Whether a column's name can be typed without backticks."""
    return name.isidentifier() and name not in OPERATORS and not keyword.iskeyword(name)


def quote_name(name: str) -> str:
    """A column's name as it is typed; one that has backticks or a line break cannot be."""
    return name if is_plain(name) else f"`{name}`"


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 256 else f"\\U{code:08x}"


def _token(match: re.Match[str]) -> Token:
    found, (start, end) = match.group(), match.span()
    match match.lastgroup:
        case "number":
            return Token("number", _read_number(found, start), start, end)
        case "text":
            return Token("text", _read_text(found, start), start, end)
        case "backticks":
            return Token("name", found[1:-1], start, end)
        case "name" if found not in OPERATORS:
            return _read_name(match)
    if found in OPERATORS:
        return Token("operator", OPERATORS[found], start, end)
    if found in "\"'`":
        raise QueryError(f"What begins with {found} here is not closed.", start, len(match.string))
    raise QueryError(_refusal(found), start, end)


def _read_name(match: re.Match[str]) -> Token:
    name, (start, end) = match.group(), match.span()
    if match.string[end : end + 1] in ("'", '"'):
        raise QueryError(
            f"Text has no letter such as {shown(name)} before its quotes; write it without.",
            start,
            end,
        )
    if name in ("True", "False"):
        return Token("boolean", name == "True", start, end)
    if keyword.iskeyword(name) or name in REFUSED:
        raise QueryError(_refusal(name), start, end)
    return Token("name", name, start, end)


def _refusal(found: str) -> str:
    return REFUSED.get(found) or f"{shown(found)} is not allowed; {ALLOWED}."


def _read_number(found: str, start: int) -> int | float:
    if NUMBER.fullmatch(found):
        try:
            # Base 0 refuses leading zeros, as Python does.
            return int(found, 0) if found.replace("_", "").isdigit() else float(found)
        except ValueError:
            pass
    raise QueryError(
        f"{shown(found)} is not a number; numbers are written 4, 0.5 or 1e-3.",
        start,
        start + len(found),
    )


def _read_text(found: str, start: int) -> str:
    """The text between the quotes, its escapes resolved."""

    def resolve(match: re.Match[str]) -> str:
        sign = match[1]
        code = int(sign[1:], 16) if len(sign) > 1 else -1
        if sign in ESCAPES:
            return ESCAPES[sign]
        # Half of a pair of surrogates is no character, and no file could hold it.
        if 0 <= code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF:
            return chr(code)
        at = start + 1 + match.start()
        raise QueryError(
            rf"{shown(match[0])} is not allowed in text; a backslash is written \\.",
            at,
            at + len(match[0]),
        )

    for at, character in enumerate(found):
        if 0xD800 <= ord(character) <= 0xDFFF:
            raise QueryError(_refusal(character), start + at, start + at + 1)
    return ESCAPE.sub(resolve, found[1:-1])
