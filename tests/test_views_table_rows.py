"""views/table_rows.py and table_filters.py: rows, order and filters held against pandas."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.query import QueryError
from analysis.samples import Samples
from views import table_rows
from views.table_filters import TableError, parse_filters, passes
from views.table_rows import Orders, View

NAMES = ("Cat", "dog", "10", "9", "a dog, no cat")
KINDS = {
    "index": "number",
    "id": "text",
    "label": "category",
    "predicted": "category",
    "correct": "boolean",
    "confidence": "number",
    "margin": "number",
    "entropy": "number",
    "loss": "number",
}


def make_table(count: int = 400, seed: int = 0) -> Samples:
    """Random rows with many ties, and losses that are infinite or unknown."""
    generator = np.random.default_rng(seed)
    label, predicted = generator.integers(0, len(NAMES), (2, count))
    loss = np.round(generator.exponential(1, count), 1).astype(np.float32)
    loss[::40], loss[7::90] = np.inf, np.nan
    frame = pd.DataFrame(
        {
            "index": np.arange(count),
            "id": [f"Folder {i % 7}/é{i}.png" for i in range(count)],
            "label": label,
            "predicted": predicted,
            "correct": label == predicted,
            "confidence": generator.random(count).astype(np.float32),
            "margin": np.round(generator.random(count), 1).astype(np.float32),
            "entropy": np.round(generator.random(count), 2).astype(np.float32),
            "loss": loss,
        }
    )
    return Samples(frame)


TABLE = make_table()


def order_of(view: View, chosen: Any = None) -> list[int]:
    rows = Orders().order(TABLE, NAMES, view, chosen)
    assert rows.dtype == np.int32
    return [int(row) for row in rows]


def filtered(model: dict[str, Any]) -> list[int]:
    """Indices that pass a filter model, rising."""
    return order_of(View(filters=parse_filters(model, KINDS), sort=(("index", False),)))


def test_columns_have_kinds() -> None:
    assert table_rows.describe_columns(TABLE) == KINDS


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("column", ["index", "id", "correct", "confidence", "margin", "loss"])
def test_order_is_that_of_pandas(column: str, descending: bool) -> None:
    expected = TABLE.frame.sort_values(
        column, ascending=not descending, kind="stable", na_position="last"
    )
    assert order_of(View(sort=((column, descending),))) == expected.index.tolist()


@given(
    st.lists(st.sampled_from(["margin", "loss", "correct", "entropy", "index"]), unique=True),
    st.lists(st.booleans(), min_size=5, max_size=5),
)
def test_order_by_several_columns_is_that_of_pandas(columns: list[str], down: list[bool]) -> None:
    sort = tuple(zip(columns, down, strict=False))
    frame = TABLE.frame
    if sort:
        up = [not descending for _, descending in sort]
        frame = frame.sort_values(columns, ascending=up, kind="stable", na_position="last")
    assert order_of(View(sort=sort)) == frame.index.tolist()


def test_highest_loss_comes_first_unless_asked_otherwise() -> None:
    order = order_of(View())
    losses = TABLE["loss"][order]
    unknown = int(np.isnan(losses).sum())
    assert unknown > 0
    assert np.isnan(losses[-unknown:]).all()
    assert (np.diff(losses[:-unknown][np.isfinite(losses[:-unknown])]) <= 0).all()
    assert order[0] == int(np.flatnonzero(np.isinf(TABLE["loss"]))[0])


def test_classes_are_sorted_by_their_names_as_people_do() -> None:
    order = order_of(View(sort=(("label", False),)))
    seen = list(dict.fromkeys(NAMES[TABLE["label"][row]] for row in order))
    assert seen == ["9", "10", "a dog, no cat", "Cat", "dog"]


def test_natural_order_takes_numbers_of_any_length() -> None:
    names = ["x" + "9" * 6000, "x10", "x9", "x009", "X1y2", "", "x"]
    ranks = table_rows.class_ranks(names)
    ordered = sorted(range(len(names)), key=lambda k: int(ranks[k]))
    assert [names[k][:6] for k in ordered] == ["", "x", "X1y2", "x9", "x009", "x10", "x99999"]


def test_rows_are_those_of_query_selection_and_filters() -> None:
    chosen = TABLE["index"] % 3 == 0
    filters = parse_filters(
        {"margin": {"filterType": "number", "type": "lessThan", "filter": 0.5}}, KINDS
    )
    order = order_of(View("label != predicted", "token", filters, (("entropy", False),)), chosen)
    frame = TABLE.frame
    expected = frame[(frame.label != frame.predicted) & chosen & (frame.margin < 0.5)]
    assert order == expected.sort_values("entropy", kind="stable").index.tolist()
    assert 0 < len(order) < len(frame)


def test_a_mistake_in_the_query_says_where_it_is() -> None:
    with pytest.raises(QueryError) as caught:
        order_of(View("loss > 1 and lable == 4"))
    assert (caught.value.start, caught.value.end) == (13, 18)


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("equals", lambda values: values == np.float32(0.3)),
        ("notEqual", lambda values: values != np.float32(0.3)),
        ("lessThan", lambda values: values < np.float32(0.3)),
        ("lessThanOrEqual", lambda values: values <= np.float32(0.3)),
        ("greaterThan", lambda values: values > np.float32(0.3)),
        ("greaterThanOrEqual", lambda values: values >= np.float32(0.3)),
        ("inRange", lambda values: (values >= np.float32(0.3)) & (values <= np.float32(0.7))),
    ],
)
def test_number_filters(test: str, expected: Any) -> None:
    found = filtered({"margin": {"type": test, "filter": 0.3, "filterTo": 0.7}})
    assert found == np.flatnonzero(expected(TABLE["margin"])).tolist()
    assert 0 < len(found) < len(TABLE)


@pytest.mark.parametrize("number", [1e300, -1e300, 10**300])
def test_huge_number_is_a_number(number: float) -> None:
    found = filtered({"confidence": {"type": "lessThan", "filter": number}})
    assert len(found) == (len(TABLE) if number > 0 else 0)


@pytest.mark.parametrize(
    ("test", "text", "names"),
    [
        ("contains", "DOG", {"dog", "a dog, no cat"}),
        ("notContains", "dog", {"Cat", "10", "9"}),
        ("equals", "cat", {"Cat"}),
        ("notEqual", "cat", {"dog", "10", "9", "a dog, no cat"}),
        ("startsWith", "a", {"a dog, no cat"}),
        ("endsWith", "cat", {"Cat", "a dog, no cat"}),
        ("oneOf", "9 , CAT", {"9", "Cat"}),
        ("contains", "", set(NAMES)),
    ],
)
def test_class_filters_go_by_name(test: str, text: str, names: set[str]) -> None:
    found = filtered({"label": {"type": test, "filter": text}})
    assert {NAMES[TABLE["label"][row]] for row in found} == names
    assert len(found) == sum(NAMES[label] in names for label in TABLE["label"])


def test_text_filter_on_ids() -> None:
    found = filtered({"id": {"type": "contains", "filter": "folder 3/É1"}})
    expected = TABLE.frame.id.str.lower().str.contains("folder 3/é1", regex=False)
    assert found == np.flatnonzero(expected).tolist()
    assert found


def test_filters_of_booleans_and_joined_conditions() -> None:
    model = {
        "correct": {"type": "false"},
        "index": {
            "operator": "OR",
            "conditions": [
                {"type": "lessThan", "filter": 20},
                {"type": "inRange", "filter": 100, "filterTo": 150},
            ],
        },
    }
    frame = TABLE.frame
    near = (frame["index"] < 20) | frame["index"].between(100, 150)
    assert filtered(model) == frame[~frame.correct & near].index.tolist()
    model["index"]["operator"] = "AND"
    assert filtered(model) == []


WRONG_FILTERS: list[Any] = [
    [],
    "loss",
    3,
    {"nothing": {"type": "equals", "filter": 1}},
    {"__class__": {"type": "equals", "filter": 1}},
    {"loss": None},
    {"loss": []},
    {"loss": {}},
    {"loss": {"type": "contains", "filter": "1"}},
    {"loss": {"type": ["equals"], "filter": 1}},
    {"loss": {"type": "equals"}},
    {"loss": {"type": "equals", "filter": "1"}},
    {"loss": {"type": "equals", "filter": True}},
    {"loss": {"type": "equals", "filter": math.nan}},
    {"loss": {"type": "equals", "filter": math.inf}},
    {"loss": {"type": "equals", "filter": 10**5000}},
    {"loss": {"type": "inRange", "filter": 1}},
    {"loss": {"type": "equals", "filter": [1]}},
    {"label": {"type": "equals", "filter": 4}},
    {"label": {"type": "equals", "filter": "x" * 201}},
    {"label": {"type": "greaterThan", "filter": "4"}},
    {"correct": {"type": "equals", "filter": True}},
    {"loss": {"operator": "XOR", "conditions": [{"type": "equals", "filter": 1}]}},
    {"loss": {"operator": "AND", "conditions": []}},
    {"loss": {"operator": "AND", "conditions": "no"}},
    {"loss": {"operator": "AND", "conditions": [None]}},
    {"loss": {"operator": "AND", "conditions": [{"type": "equals", "filter": 1}] * 11}},
    {str(k): {} for k in range(1000)},
]


@pytest.mark.parametrize("model", WRONG_FILTERS, ids=range(len(WRONG_FILTERS)))
def test_what_is_no_filter_is_refused_in_a_sentence(model: Any) -> None:
    with pytest.raises(TableError) as caught:
        parse_filters(model, KINDS)
    assert str(caught.value).endswith(".")
    assert len(str(caught.value)) < 300


WRONG_VIEWS: list[Any] = [
    None,
    [],
    "x",
    {"query": 3},
    {"query": ["loss"]},
    {"token": 3},
    {"token": ""},
    {"token": "x" * 65},
    {"sort": {}},
    {"sort": "loss"},
    {"sort": [{"colId": "nothing", "sort": "asc"}]},
    {"sort": [{"colId": ["loss"], "sort": "asc"}]},
    {"sort": [{"colId": "loss", "sort": "sideways"}]},
    {"sort": [{"colId": "loss"}]},
    {"sort": ["loss"]},
    {"sort": [{"colId": "loss", "sort": "asc"}] * 11},
]


@pytest.mark.parametrize("body", WRONG_VIEWS, ids=range(len(WRONG_VIEWS)))
def test_what_is_no_view_is_refused_in_a_sentence(body: Any) -> None:
    with pytest.raises(TableError, match=r"\.$"):
        table_rows.parse_view(body, KINDS)


@pytest.mark.parametrize(
    ("start", "end"),
    [(-1, 10), (5, 4), (0, 1001), (0, 10**9), ("0", 10), (None, None), (0.5, 2), (False, True)],
)
def test_what_is_no_range_is_refused_in_a_sentence(start: Any, end: Any) -> None:
    with pytest.raises(TableError, match=r"\.$"):
        table_rows.parse_range({"start": start, "end": end})


def test_range_beyond_the_end_is_empty() -> None:
    order = Orders().order(TABLE, NAMES, View(), None)
    assert table_rows.parse_range({"start": 10**18, "end": 10**18 + 5}) == (10**18, 10**18 + 5)
    page = table_rows.page(TABLE, order, 10**18, 10**18 + 5)
    assert page["count"] == len(TABLE)
    assert page["columns"]["loss"] == []


def test_page_holds_every_column_and_no_number_that_json_lacks() -> None:
    order = Orders().order(TABLE, NAMES, View(), None)
    page = table_rows.page(TABLE, order, 0, len(TABLE))
    assert list(page["columns"]) == list(KINDS)
    assert page["columns"]["index"] == order.tolist()
    assert page["columns"]["id"] == TABLE.frame.id.take(order).tolist()
    assert page["columns"]["loss"][0] == "Infinity"
    assert page["columns"]["loss"][-1] == "NaN"
    assert table_rows.values(np.array([-np.inf, 0.5])) == ["-Infinity", 0.5]


def test_position_is_the_row_of_a_sample() -> None:
    order = Orders().order(TABLE, NAMES, View("label == 1"), None)
    for row in (0, len(order) - 1):
        assert table_rows.position(order, int(order[row])) == row
    absent = int(np.flatnonzero(TABLE["label"] != 1)[0])
    assert table_rows.position(order, absent) is None


@pytest.mark.parametrize("index", [-1, 400, 1.0, "1", None, True, 10**4000])
def test_what_is_no_index_is_refused_in_a_sentence(index: Any) -> None:
    with pytest.raises(TableError, match=r"\.$"):
        table_rows.parse_index(index, 400)


def test_orders_are_kept_by_view_and_forgotten_with_the_table() -> None:
    orders = Orders()
    first = orders.order(TABLE, NAMES, View("loss > 1"), None)
    other = orders.order(TABLE, NAMES, View("loss > 2"), None)
    assert orders.order(TABLE, NAMES, View("loss > 1"), None) is first
    assert set(other) < set(first)
    grown = make_table(seed=1)
    assert orders.order(grown, NAMES, View("loss > 1"), None) is not first
    for k in range(table_rows.KEPT_ORDERS + 1):
        orders.order(grown, NAMES, View(f"loss > {k}"), None)
    assert len(orders._kept) == table_rows.KEPT_ORDERS


def test_passes_joins_by_or() -> None:
    (one,) = parse_filters(
        {"margin": {"operator": "OR", "conditions": [{"type": "equals", "filter": x}
                                                     for x in (0.1, 0.2)]}},
        KINDS,
    )  # fmt: skip
    values = np.array([0.1, 0.2, 0.3], np.float32)
    assert passes(one, "number", values).tolist() == [True, True, False]
