"""analysis/query: the same rows as pandas finds, over the samples and over any table."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from analysis import Study
from analysis.class_scores import ClassScores
from analysis.query import (
    Column,
    QueryError,
    check,
    columns,
    examples,
    find,
    frame_columns,
    quote,
    select,
)
from analysis.samples import Samples
from tests.fakes import fake_dataset
from tests.queries import CLASSES, make_samples

SAMPLES = make_samples()


def by_pandas(frame: pd.DataFrame, query: str) -> NDArray[np.bool_]:
    with np.errstate(all="ignore"):
        found = frame.query(query, engine="python").index.to_numpy()
    mask = np.zeros(len(frame), np.bool_)
    mask[found] = True
    return mask


@pytest.mark.parametrize(
    "query",
    [
        "loss > 2 and label == 4",
        "predicted != label and confidence > 0.9",
        "label in [4, 9]",
        "label not in (4, 9)",
        "1 < loss < 2",
        "0.5 <= loss <= 2 and not correct",
        "correct",
        "not correct",
        "~correct",
        "correct == False",
        "correct == True and True",
        "correct != (loss > 1)",
        "correct == 1",
        "correct in [True]",
        "correct < True",
        "label == [4, 9]",
        "[4, 9] == label",
        "label != [4, 9]",
        "(1,) != label",
        "label in []",
        "label not in []",
        "label in [4.0, 4.5, -1, +2, 6 / 2, 99999999999999999999]",
        "loss in [0.5, 1]",
        "confidence in [0.1, 0.5]",
        "confidence == 0.1",
        "confidence > 0.1 + 0",
        "id == 'test/12'",
        'id != "test/12"',
        "'test/12' == id",
        "id in ['test/12', 'test/13', 'nowhere']",
        "id not in ('test/12', 'test/13')",
        "id in 'test/12'",
        "id < 'test/2' and 'test/13' <= id",
        "id == id",
        "loss != loss",
        "not loss == loss",
        "loss > -1e400 and loss < 1e400",
        "loss / 0 > 1",
        "0 / loss == 0",
        "label // 0 > 1",
        "label % 0 == label % 0",
        "-label // 3 == -2",
        "-label % 3 == 1",
        "label % -3 == -2",
        "7 // label == 1",
        "7 % label == 7 % label",
        "loss // margin > 1",
        "loss // 0 != loss // 0",
        "2 // -margin < -9",
        "2 // margin > 9",
        "loss % margin == 0",
        "index / 2 == index // 2",
        "index - 9223372036854775807 > 5",
        "index * 9223372036854775807 > 5",
        "index < 99999999999999999999",
        "index == 16_0 or index == 007e0",
        "loss < 1e39",
        "confidence - margin * 2 > 0.5 - 1",
        "confidence + label > 3.5",
        "1 - confidence < .25 < margin",
        "2 * (loss + 1) >= 3 * +loss",
        "label < predicted != 3",
        "label == predicted == 4",
        "correct & loss > 1 | label == 4",
        "not correct & loss > 1",
        "correct or loss > 1 and label == 4",
        "(correct or loss > 1) and label == 4",
        "not (correct or not label < 5)",
        "~(loss > 1) | ~correct & label > 3",
        "1 < 2 and correct",
        "`loss` > 1",
        "  loss\t>1   ",
    ],
)
def test_rows_are_those_of_pandas(query: str) -> None:
    expected = by_pandas(SAMPLES.frame, query.strip())
    np.testing.assert_array_equal(find(SAMPLES, CLASSES, query), expected)


@pytest.mark.parametrize(
    ("query", "numbered"),
    [
        ("label == 'cat'", "label == 0"),
        ('label != "hot dog"', "label != 2"),
        ("'dog' == label", "label == 1"),
        ('label in ["cat", "dog"]', "label in [0, 1]"),
        ('label not in ["cat", "dog", 4]', "label not in [0, 1, 4]"),
        ('predicted == ["cat", 3] and label != "cat"', "predicted in [0, 3] and label != 0"),
        ('label in "cat"', "label == 0"),
        ('label == "4"', "label == 4"),
        ("label == 'the \"ox\"'", "label == 3"),
        ('label == "the \\"ox\\""', "label == 3"),
        ('label == "Bär 🐻" and loss > 1', "label == 5 and loss > 1"),
        ('label == "dog\'s" or correct', "label == 6 or correct"),
        (r"label == 'a\\b'", "label == 7"),
        (r"label == 'line\nbreak'", "label == 8"),
        ("label == ''", "label == 9"),
        ("predicted == label == 'cat'", "predicted == label and label == 0"),
        ("label == 'dog' != predicted", "label == 1 and predicted != 1"),
    ],
)
def test_classes_are_named_or_numbered(query: str, numbered: str) -> None:
    np.testing.assert_array_equal(find(SAMPLES, CLASSES, query), by_pandas(SAMPLES.frame, numbered))


def test_two_classes_of_one_name_are_both_meant() -> None:
    names = ("cat", "dog", "cat", *CLASSES[3:])
    expected = by_pandas(SAMPLES.frame, "label in [0, 2]")
    np.testing.assert_array_equal(find(SAMPLES, names, "label == 'cat'"), expected)
    np.testing.assert_array_equal(find(SAMPLES, names, "label in ['cat']"), expected)


@pytest.mark.parametrize("blank", ["", "  ", "\n"])
def test_blank_query_finds_everything(blank: str) -> None:
    assert find(SAMPLES, CLASSES, blank).all()


def test_line_breaks_and_tabs_are_blanks() -> None:
    expected = find(SAMPLES, CLASSES, "loss > 1 and correct")
    np.testing.assert_array_equal(find(SAMPLES, CLASSES, "loss > 1\n\tand correct"), expected)


# -- random queries ------------------------------------------------------------------------------

NUMBERS = ["label", "predicted", "index", "confidence", "margin", "entropy", "loss"]
# Exact in float32: how a constant is rounded that pandas reckons with in float64 is not the point.
CONSTANTS = ["0", "1", "2", "3", "7", "0.5", "1.25", ".75", "2e0", "160"]


def joined(parts: st.SearchStrategy[str], signs: list[str], most: int) -> st.SearchStrategy[str]:
    """Parts with signs between them and no brackets, so that precedence counts."""
    more = st.lists(st.tuples(st.sampled_from(signs), parts), min_size=1, max_size=most)
    return st.builds(
        lambda first, rest: " ".join([first, *(word for pair in rest for word in pair)]),
        parts,
        more,
    )


def deeper_number(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        joined(parts, ["+", "-", "*", "/", "//", "%"], 3),
        parts.map("({})".format),
        parts.map("-{}".format),
        parts.map("+{}".format),
    )


numbers = st.recursive(st.sampled_from(NUMBERS + CONSTANTS), deeper_number, max_leaves=6)
lists = st.lists(st.sampled_from([*CONSTANTS, "-1", "-0.5", "4", "5"]), min_size=1, max_size=4).map(
    lambda items: f"[{', '.join(items)}]"
)
comparisons = st.one_of(
    st.builds(
        lambda column, chain: f"{column} {chain}",
        st.builds("{}{}".format, st.sampled_from(["", "-"]), st.sampled_from(NUMBERS)),
        st.lists(
            st.builds("{} {}".format, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), numbers),
            min_size=1,
            max_size=3,
        ).map(" ".join),
    ),
    st.builds(
        "{} {} {}".format,
        st.builds("{} {} {}".format, st.sampled_from(NUMBERS), st.sampled_from("+-*%"), numbers)
        | st.sampled_from(NUMBERS),
        st.sampled_from(["in", "not in"]),
        lists,
    ),
    st.builds("{} {} {}".format, st.sampled_from(NUMBERS), st.sampled_from(["==", "!="]), lists),
)


def deeper_condition(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        joined(parts, ["and", "or", "&", "|"], 3),
        parts.map("({})".format),
        parts.map("not {}".format),
        parts.map("~({})".format),
        st.builds("({}) {} ({})".format, parts, st.sampled_from(["==", "!="]), parts),
    )


conditions = st.recursive(
    comparisons | st.sampled_from(["correct", "~correct", "correct == False", "not correct"]),
    deeper_condition,
    max_leaves=5,
)


@settings(max_examples=400)
@given(conditions)
def test_random_queries_find_the_rows_of_pandas(query: str) -> None:
    try:
        expected = by_pandas(SAMPLES.frame, query)
    except (ZeroDivisionError, OverflowError):
        with pytest.raises(QueryError, match=r"zero|too large"):
            find(SAMPLES, CLASSES, query)
        return
    np.testing.assert_array_equal(find(SAMPLES, CLASSES, query), expected)


@given(st.text())
def test_quoted_names_are_found(name: str) -> None:
    samples = make_samples(4)
    names = ("before", name + "!", name)
    expected = samples["label"] == 2
    np.testing.assert_array_equal(find(samples, names, f"label == {quote(name)}"), expected)


# -- any table -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def runs() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "run": ["a", "b", None, "d"],
            "val loss": [0.5, np.nan, 1.5, 2.0],
            "epochs": pd.array([3, None, 5, 6], dtype="Int64"),
            "done": pd.array([True, False, None, True], dtype="boolean"),
            "small": np.array([100, 100, 1, 1], np.int8),
            "when": pd.to_datetime(["2020-01-01"] * 4),
            "optimizer": pd.Series(["adam", "sgd", "adam", "sgd"], dtype=object),
            "True": [1, 2, 3, 4],
            "mixed": ["a", 1, None, 2.0],
        }
    )


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("`val loss` > 1", [2, 3]),
        ("`val loss` != `val loss`", [1]),
        ("epochs > 3", [2, 3]),
        ("epochs not in [3]", [1, 2, 3]),
        ("done", [0, 3]),
        ("run != 'a'", [1, 2, 3]),
        ("run > 'a'", [1, 3]),
        ("run == run", [0, 1, 3]),
        ("run != optimizer", [0, 1, 2, 3]),
        ("run not in ['a', 'd']", [1, 2]),
        ("small + small == 200", [0, 1]),
        ("optimizer == 'adam' and `True` > 1", [2]),
    ],
)
def test_other_tables_can_be_asked(runs: pd.DataFrame, query: str, rows: list[int]) -> None:
    found = select(frame_columns(runs, {}), query, len(runs))
    assert np.flatnonzero(found).tolist() == rows


def test_columns_that_hold_neither_numbers_nor_text_are_left_out(runs: pd.DataFrame) -> None:
    kinds = {name: column.kind for name, column in frame_columns(runs, {"small": ["x"]}).items()}
    assert kinds == {
        "run": "text",
        "val loss": "number",
        "epochs": "number",
        "done": "boolean",
        "small": "category",
        "optimizer": "text",
        "True": "number",
    }


def test_text_may_come_as_an_array() -> None:
    table = {"name": Column("text", np.array(["b", "a"]))}
    assert select(table, "name < 'b'", 2).tolist() == [False, True]


def test_the_table_is_not_changed() -> None:
    samples = make_samples()
    find(samples, CLASSES, "-loss // label + 1 > -loss or not correct and id > 'test/3'")
    pd.testing.assert_frame_equal(samples.frame, SAMPLES.frame)
    found = find(samples, CLASSES, "correct")
    found[:] = False
    assert samples["correct"].any()


# -- what the page says --------------------------------------------------------------------------


def test_each_column_is_described(computed: Study) -> None:
    assert computed.samples is not None
    known = columns(computed.samples, computed.class_names)
    of_classes = [f"p_{name}" for name in computed.class_names]
    assert [column.name for column in known] == [*computed.samples.frame.columns, *of_classes]
    assert all(column.about.endswith(".") for column in known)
    assert {column.name: column.kind for column in known if column.kind != "number"} == {
        "id": "text", "label": "category", "predicted": "category", "correct": "boolean",
    }  # fmt: skip
    assert [column.unit for column in known if column.name in ("loss", "entropy")] == ["nats"] * 2
    assert known[2].class_names == computed.class_names


def test_examples_find_what_they_say(computed: Study) -> None:
    assert computed.samples is not None
    shown = examples(computed.samples, computed.class_names)
    assert len(shown) >= 4
    for example in shown:
        found = find(computed.samples, computed.class_names, example.query)
        assert found.sum() == example.count > 0
        assert example.title
    wrong = computed.samples.frame.query("label != predicted")
    label, predicted = wrong.groupby(["label", "predicted"]).size().idxmax()
    assert f"label == {label} and predicted == {predicted}" in [example.query for example in shown]


def test_examples_name_classes_that_have_names() -> None:
    shown = [example.query for example in examples(make_samples(), ("cat",) * 3 + CLASSES[3:])]
    assert any('"' in query or "predicted == 4" in query for query in shown)
    assert not any('"cat"' in query for query in shown), "that name means three classes"


def test_examples_of_a_network_without_mistakes() -> None:
    frame = make_samples().frame.assign(correct=True)
    frame["predicted"] = frame["label"]
    assert not any("not correct" in shown.query for shown in examples(Samples(frame), CLASSES))


def test_examples_of_the_documentation_are_queries(root: Path) -> None:
    page = (root / "docs" / "queries.md").read_text("utf-8")
    table = page.partition("## Examples")[2].partition("##")[0]
    queries = re.findall(r"^\| `(.+?)` \|", table, re.MULTILINE)
    assert len(queries) >= 8
    count = len(SAMPLES)
    # As of digits seen by a network whose checkpoints were given.
    learning = dict.fromkeys(("learned", "forgotten"), np.zeros(count))
    scores = ClassScores(np.zeros((count, 10), np.float32), "softmax")
    names = [*CLASSES, *map(str, range(len(CLASSES), 10))]
    samples = Samples(SAMPLES.frame.assign(**learning, never_learned=False), scores)
    for query in queries:
        check(query)
        find(samples, names, query)


def test_refusal_in_the_documentation_is_the_real_one(root: Path) -> None:
    page = (root / "docs" / "queries.md").read_text("utf-8")
    with pytest.raises(QueryError) as caught:
        check("loss > 2 and lable == 4", dataset=fake_dataset())
    assert f"analyzer.py: In --query: {caught.value.message}\n" in page


def test_check_needs_no_samples() -> None:
    check("loss > 2 and label == 'whatever' and id in ['a', 'b'] and id < 'c'")
    check("label == 'cat'", ["cat"])
    with pytest.raises(QueryError, match="There is no class 'cta'; did you mean 'cat'"):
        check("label == 'cta'", ["cat"])
    check("los > 2")
    with pytest.raises(QueryError, match="There is no column 'los'"):
        check("los > 2", dataset=fake_dataset())


def test_check_knows_every_column_of_the_table(computed: Study) -> None:
    assert computed.samples is not None
    with pytest.raises(QueryError) as caught:
        check("x > 2", dataset=computed.dataset)
    for name in computed.samples.frame.columns:
        assert name in caught.value.message
