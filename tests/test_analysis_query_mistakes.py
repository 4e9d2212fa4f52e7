"""analysis/query: wrong and hostile queries get a sentence and a place, and run nothing."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.query import QueryError, find, point_at
from tests.queries import CLASSES, make_samples

SAMPLES = make_samples()

# (the query, the part of it that the error points at, words of the sentence)
MISTAKES = [
    # Slips of a person who means well.
    ("loss = 2", "=", "Use =="),
    ("loss === 2", "===", "Use =="),
    ("loss <> 2", "<>", "Use !="),
    ("loss > 1 && correct", "&&", "Use and"),
    ("loss > 1 || correct", "||", "Use or"),
    ("!correct", "!", "Use not"),
    ("loss > 1 AND correct", "AND", "small letters"),
    ("correct is True", "is", "Use == instead"),
    ("label == None", "None", "None is not allowed"),
    ("correct == true", "true", "capital letter"),
    ("loss == nan", "nan", "loss != loss"),
    ("los > 2", "los", "did you mean 'loss'? Columns are index, id, label"),
    ("Loss > 2", "Loss", "did you mean 'loss'"),
    ("`no such` > 2", "`no such`", "There is no column 'no such'"),
    ("label == cat", "cat", 'write it in quotes, as in label == "cat"'),
    ("label == 'cta'", "'cta'", "There is no class 'cta'; did you mean 'cat'"),
    ("label in [1, 'hto dog']", "'hto dog'", "did you mean 'hot dog'"),
    ("label == '7'", "'7'", "without quotes"),
    ("label == 'cat' or 'dog'", "'dog'", "'dog' is text, and 'or' needs a condition"),
    ("loss", "loss", "loss is a number, and a query needs a condition; compare it, as in loss > 1"),
    ("loss + 1", "loss + 1", "needs a condition"),
    ("3", "3", "needs a condition"),
    ("'cat'", "'cat'", "needs a condition"),
    ("label", "label", "label is a class"),
    ("True", "True", "the same for every row"),
    ("1 < 2", "1 < 2", "the same for every row"),
    ("4 in [4, 5]", "4 in [4, 5]", "the same for every row"),
    ("not loss", "loss", "'not' needs a condition"),
    ("loss and correct", "loss", "'and' needs a condition"),
    ("~label", "label", "'not' needs a condition"),
    ("correct + 1 > 1", "correct", "only numbers can be reckoned with"),
    ("-id > 1", "id", "only numbers can be reckoned with"),
    ("label + 'a' > 1", "'a'", "only numbers can be reckoned with"),
    ("loss == 'a'", "'a'", "loss is a number, and 'a' is text; compare it with a number"),
    ("correct == 'True'", "'True'", "compare it with True or False"),
    ("id == 4", "4", "compare it with text in quotes"),
    ("id in ['test/1', 4]", "4", "compare it with text in quotes"),
    ("loss in [1, 'a']", "'a'", "compare it with a number"),
    ("id == label", "id", "the two columns cannot be compared"),
    ("label < 'cat'", "'cat'", "no order"),
    ("label in 4", "4", "a list"),
    ("label in predicted", "predicted", "a list"),
    ("label in [4, loss]", "loss", "compare columns by =="),
    ("label in [[4], 5]", "[4]", "cannot stand in a list"),
    ("label > [4, 5]", "[4, 5]", "A list is compared by in"),
    ("[4] == [5]", "[5]", "Two lists"),
    ("[4, 5]", "[4, 5]", "A list stands only after in"),
    ("loss + [1] > 2", "[1]", "A list stands only after in"),
    ("label in 4, 9", ",", "in brackets"),
    ("label in [4 9]", "9", "operator or a comma"),
    ("label in [4,, 9]", ",", "A value is missing before ','"),
    ("(loss > 1", "(", "not closed"),
    ("label in (4, 9]", "(", "not closed"),
    ("label in [4, 9", "[", "not closed"),
    ("loss > 1)", ")", "closes nothing"),
    ("loss >", "", "ends where a value is missing"),
    ("loss > 1 and  ", "", "ends where a value is missing"),
    ("loss > > 1", ">", "A value is missing before '>'"),
    ("and loss > 1", "and", "A value is missing before 'and'"),
    ("loss > 1 correct", "correct", "An operator is missing"),
    ("id like 'test'", "like", "An operator is missing"),
    ("correct == not correct", "not", "in brackets"),
    ("loss > 1.2.3", "1.2.3", "is not a number"),
    ("loss > 0x10", "0x10", "is not a number"),
    ("loss > 007", "007", "is not a number"),
    ("loss > 1__0", "1__0", "is not a number"),
    ("loss > 1if", "1if", "is not a number"),
    ("loss > 1j", "1j", "is not a number"),
    ("loss > 1 / 0", "0", "by zero"),
    ("loss > 7 % (1 - 1)", "1 - 1", "by zero"),
    ("id == 'test", "'test", "not closed"),
    ("`loss > 1", "`loss > 1", "not closed"),
    (r"id == 'a\d'", r"\d", "not allowed in text"),
    (r"id == '\ud800'", r"\ud800", "not allowed in text"),
    # Behind letters of more than one byte, and rewritten operators.
    ("id == 'Bär 🐻' & los > 1", "los", "There is no column 'los'"),
    ("correct & correct | ~correct & größe > 1", "größe", "There is no column 'größe'"),
    # Programs.
    ("loss.to_csv('pwned') is None", ".", "Attributes"),
    ("@loss > 1", "@", "Variables"),
    ("@pd.io.common.os.system('touch pwned')", "@", "Variables"),
    ("__import__('os')", "__import__(", "Function calls"),
    ("open('pwned', 'w')", "open(", "Function calls"),
    ("exec('1')", "exec(", "Function calls"),
    ("(loss)(1)", ")(", "Function calls"),
    ("'a'('b')", "'a'(", "Function calls"),
    ("loss.__class__ == 1", ".", "Attributes"),
    ("loss . shape > 1", ".", "Attributes"),
    ("__class__ > 1", "__class__", "There is no column"),
    ("loss[0] > 1", "loss[", "Subscripts"),
    ("'abc'[0] == 'a'", "'abc'[", "Subscripts"),
    ("[1, 2][0] == 1", "][", "Subscripts"),
    ("lambda: 1", "lambda", "'lambda' is not allowed"),
    ("loss > 1 if correct else loss", "if", "'if' is not allowed"),
    ("[x for x in label]", "for", "'for' is not allowed"),
    ("(x := 1) > 0", ":=", "cannot give names"),
    ("await loss", "await", "'await' is not allowed"),
    ("yield loss", "yield", "'yield' is not allowed"),
    ("import os", "import", "'import' is not allowed"),
    ("loss > 1; import os", ";", "one condition"),
    ("f'{loss}' == 'a'", "f", "no letter such as 'f'"),
    ("b'a' == id", "b", "no letter such as 'b'"),
    ("{4, 9} == label", "{", "write a list"),
    ("{'a': 1}", "{", "write a list"),
    ("label in [*label]", "*", "A value is missing before '*'"),
    ("loss ** 2 > 1", "**", "Powers"),
    ("label == 9**9**9**9", "**", "Powers"),
    ("label << 99999999 > 1", "<<", "not allowed"),
    ("label ^ 1 == 1", "^", "!="),
    ("loss > ...", ".", "Attributes"),
    ("loss > 1 # and more", "#", "Comments"),
    ("loss > 1 \\", "\\", "not allowed"),
    ("loss > $x", "$", "not allowed"),
    ("loss\0 > 1", "\0", "not allowed"),
    ("loss > 1\x1b[31m", "\x1b", "not allowed"),
    ("loss > \ud800", "\ud800", "not allowed"),
    ("id == '\udfff'", "\udfff", "not allowed"),
    ("loss \N{NO-BREAK SPACE}\u200b> 1", "\u200b", "not allowed"),
    ("loss > \N{FULLWIDTH DIGIT ONE}", "\N{FULLWIDTH DIGIT ONE}", "not allowed"),
    ("loss < 1" + "0" * 400, "loss < 1" + "0" * 400, "too large"),
    ("loss in [1" + "0" * 400 + "]", "loss in [1" + "0" * 400 + "]", "too large"),
    ("label + 99999999999999999999 > 1", "label + 99999999999999999999", "too large"),
    ("loss > 1" + "0" * 400 + " / 3", "1" + "0" * 400 + " / 3", "too large"),
]

# Built to overflow, or to take for ever.
LARGE = [
    "(" * 400 + "loss" + ")" * 400 + " > 1",
    "(" * 999,
    "[" * 999,
    "label in " + "[" * 400 + "]" * 400,
    "-" * 900 + "1 < loss",
    "not " * 240 + "correct",
    "~" * 900 + "correct",
    "loss > 1" + " + 1" * 240,
    "loss" + " < loss" * 140,
    "1<" * 450 + "loss",
    "label" + " % 3" * 200 + " == 1",
    "loss > " + "9" * 4400,
    "9" * 990 + " * loss > 1",
    "loss > 1" + " " * 1000,
    "loss > 1 and " * 70_000,
    "a" * 900,
    "`" + "a" * 900 + "`",
    "'" + "\\" * 900,
    "label == '" + "x" * 900 + "'",
    "label in [" + "'cat', " * 120,
    "." * 900,
    "e1" * 450,
    "1e" * 450,
    "_" * 900,
]

REFUSED = [query for query, _, _ in MISTAKES] + LARGE


@pytest.mark.parametrize(("query", "place", "words"), MISTAKES)
def test_mistake_is_told_and_pointed_at(query: str, place: str, words: str) -> None:
    with pytest.raises(QueryError) as caught:
        find(SAMPLES, CLASSES, query)
    error = caught.value
    assert query[error.start : error.end] == place
    assert words in error.message
    assert error.message == str(error)
    assert error.message.endswith((".", "?")) and error.message.isprintable()
    assert len(error.message) < 300


@pytest.mark.parametrize("query", LARGE, ids=lambda query: f"{query[:12]}... {len(query)}")
def test_large_query_is_refused(query: str) -> None:
    with pytest.raises(QueryError) as caught:
        find(SAMPLES, CLASSES, query)
    assert 0 <= caught.value.start <= caught.value.end <= len(query)
    assert len(caught.value.message) < 300


def test_a_hundred_operators_and_thirty_brackets_are_answered() -> None:
    assert find(SAMPLES, CLASSES, "loss >= 0" + " + 0" * 99).sum() == (SAMPLES["loss"] >= 0).sum()
    assert find(SAMPLES, CLASSES, "(" * 30 + "correct" + ")" * 30).sum() == SAMPLES["correct"].sum()


class Watch:
    """Notes what Python's audit hooks tell while `watching`: compiling, files, processes."""

    EVENTS = ("compile", "exec", "open", "import", "os.", "subprocess.", "socket.", "ctypes.")

    def __init__(self) -> None:
        self.is_on = False
        self.seen: list[str] = []
        # Hooks cannot be taken out again; this one rests when it is off.
        sys.addaudithook(self.hear)

    def hear(self, event: str, _: tuple[Any, ...]) -> None:
        if self.is_on and event.startswith(self.EVENTS):
            self.seen.append(event)

    @contextmanager
    def watching(self) -> Iterator[None]:
        self.is_on = True
        try:
            yield
        finally:
            self.is_on = False


@pytest.fixture(scope="module")
def watch() -> Watch:
    return Watch()


def test_the_watch_sees_code_and_files(watch: Watch, tmp_path: Path) -> None:
    with watch.watching():
        eval("1")
        (tmp_path / "file").write_text("x")
    assert {"compile", "exec", "open"} <= set(watch.seen)


def test_refused_queries_run_and_write_nothing(
    watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(REFUSED) > 100
    monkeypatch.chdir(tmp_path)
    # Modules are imported once, by the first query that asks for text.
    find(SAMPLES, CLASSES, "id == 'test/1' and id < 'test/2'")
    slowest = (0.0, "")
    watch.seen.clear()
    for query in REFUSED:
        before = time.perf_counter()
        with watch.watching(), pytest.raises(QueryError):
            find(SAMPLES, CLASSES, query)
        slowest = max(slowest, (time.perf_counter() - before, query))
    assert watch.seen == []
    assert list(tmp_path.iterdir()) == []
    print(f"slowest of {len(REFUSED)}: {1000 * slowest[0]:.2f} ms, {slowest[1][:40]!r}")


def test_answered_queries_run_nothing_either(watch: Watch) -> None:
    query = "id in ['test/1'] or label == 'cat' and -loss // 2 < 1"
    find(SAMPLES, CLASSES, query)
    watch.seen.clear()
    with watch.watching():
        find(SAMPLES, CLASSES, query)
    assert watch.seen == []


WORDS = [
    "loss", "label", "id", "correct", "index", "los", "True", "'cat'", '"x"', "'", '"', "`loss`",
    "1", "0", "0.5", "1e400", "9" * 30, "and", "or", "not", "in", "is", "&", "|", "~", "==", "!=",
    "<", "<=", ">", "=", "+", "-", "*", "**", "/", "//", "%", "(", ")", "[", "]", ",", ".", "\\",
    "`", "@", "é", "🐻", "\0", "\n", " ", "None", "lambda", "f'", "\ud800",
]  # fmt: skip


@settings(max_examples=1500)
@given(
    st.one_of(
        st.text(),
        st.text(st.characters(codec=None)),
        st.text(st.sampled_from("loslabelid0123456789.eE_'\"\\`()[],+-*/%<>=!&|~ \n")),
        st.lists(st.sampled_from(WORDS), max_size=20).map(" ".join),
        st.lists(st.sampled_from(WORDS), max_size=20).map("".join),
    )
)
def test_any_text_is_answered_or_refused(text: str) -> None:
    found, error = None, None
    try:
        found = find(SAMPLES, CLASSES, text)
    except QueryError as caught:
        error = caught
    if error is None:
        assert found is not None and found.dtype == np.bool_ and found.shape == (len(SAMPLES),)
    else:
        assert 0 <= error.start <= error.end <= len(text)
        assert error.message.isprintable()


@pytest.mark.parametrize(
    ("text", "start", "end", "lines"),
    [
        ("los > 2", 0, 3, ["  los > 2", "  ^^^"]),
        ("loss >", 6, 6, ["  loss >", "        ^"]),
        ("id == '図' & los", 11, 14, ["  id == '図' & los", "              ^^^"]),
        ("a\tb\x1b > c", 7, 8, ["  a b  > c", "         ^"]),
    ],
)
def test_carets_stand_below_the_place(text: str, start: int, end: int, lines: list[str]) -> None:
    assert point_at(text, start, end).splitlines() == lines


def test_a_long_query_is_shown_round_the_place() -> None:
    query = "loss > 1 and " * 50 + "los > 2" + " and loss > 1" * 20
    start = query.index("los >")
    line, carets = point_at(query, start, start + 3).splitlines()
    assert len(line) < 80
    assert line[carets.index("^") :].startswith("los > 2")
    assert carets.count("^") == 3
