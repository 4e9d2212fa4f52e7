"""views/table.py and table_api.py: the panel, and the routes that the table asks."""

import concurrent.futures
import json
from typing import Any

import numpy as np
import pytest
from dash import Dash
from flask import Flask
from flask.testing import FlaskClient

from analysis import Study
from analysis.selections import Selections
from views import table_api
from views.ids import Id
from views.panel import Place
from views.table import OPTIONS, TABLE


@pytest.fixture
def client(computed: Study) -> FlaskClient:
    server = Flask(__name__)
    table_api.register(server, computed)
    return server.test_client()


def rows(client: FlaskClient, **body: Any) -> Any:
    answer = client.post("/api/table/rows", json={"start": 0, "end": 1000, **body})
    assert answer.status_code == 200, answer.json
    return answer.json


def order(client: FlaskClient, **body: Any) -> list[int]:
    answer = client.post("/api/table/order", json={"start": 0, "end": 359, **body})
    assert answer.status_code == 200
    return [int(index) for index in np.frombuffer(answer.data, "<i4")]


def test_panel_is_the_docks_left_part(computed: Study) -> None:
    assert TABLE.place is Place.DOCK
    assert TABLE.is_available(computed)
    layout: Any = TABLE.layout(computed)
    bar, body = layout.children
    grid, note = body.children
    assert layout.id == Id.TABLE
    assert [part.className for part in bar.children] == ["querybar", "table-tools"]
    assert (grid.id, grid.rowModelType, note.role) == (Id.TABLE_GRID, "infinite", "status")
    assert not getattr(grid, "enableEnterpriseModules", False)
    app = Dash()
    TABLE.register(app, computed)
    assert app.callback_map == {}


def test_theme_names_no_colour_of_its_own() -> None:
    theme: Any = OPTIONS["theme"]
    assert "#" not in theme["function"]
    assert "http" not in theme["function"]


def test_rows_come_by_falling_loss(client: FlaskClient, computed: Study) -> None:
    assert computed.samples is not None
    answer = rows(client, end=50)
    expected = computed.samples.frame.sort_values("loss", ascending=False, kind="stable")
    assert answer["count"] == 359
    assert answer["columns"]["index"] == expected["index"].tolist()[:50]
    assert answer["columns"]["id"] == expected["id"].tolist()[:50]
    np.testing.assert_allclose(answer["columns"]["loss"], expected["loss"].to_numpy()[:50])


def test_pages_together_are_the_whole(client: FlaskClient) -> None:
    pages = [rows(client, start=start, end=start + 100) for start in range(0, 400, 100)]
    together = [index for page in pages for index in page["columns"]["index"]]
    assert together == order(client)
    assert sorted(together) == list(range(359))


def test_query_filter_and_sort_decide_together(client: FlaskClient, computed: Study) -> None:
    assert computed.samples is not None
    frame = computed.samples.frame
    view = {
        "query": "label in [3, 5]",
        "filter": {"loss": {"type": "greaterThan", "filter": float(frame.loss.median())}},
        "sort": [{"colId": "label", "sort": "asc"}, {"colId": "loss", "sort": "desc"}],
    }
    expected = frame[frame.label.isin([3, 5]) & (frame.loss > frame.loss.median())]
    expected = expected.sort_values(["label", "loss"], ascending=[True, False])
    assert order(client, **view) == expected["index"].tolist()
    assert rows(client, **view)["count"] == len(expected) > 0


def test_selection_kept_on_the_server_is_shown_alone(client: FlaskClient, computed: Study) -> None:
    mask = np.zeros(359, bool)
    mask[[3, 300, 77]] = True
    token = Selections(computed.task.cache, computed.dataset).keep(mask)
    found = rows(client, token=token, sort=[{"colId": "index", "sort": "desc"}])
    assert found["columns"]["index"] == [300, 77, 3]
    refused: Any = client.post("/api/table/rows", json={"start": 0, "end": 9, "token": "0" * 32})
    assert refused.status_code == 400
    assert "no longer kept" in refused.json["message"]


def test_position_is_where_the_row_stands(client: FlaskClient) -> None:
    whole = order(client, query="label == 4")
    for row in (0, len(whole) - 1):
        body = {"query": "label == 4", "index": whole[row]}
        assert client.post("/api/table/position", json=body).json == {"position": row}
    other = next(index for index in range(359) if index not in whole)
    answer = client.post("/api/table/position", json={"query": "label == 4", "index": other})
    assert answer.json == {"position": None}


@pytest.mark.parametrize("path", ["rows", "order", "position"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"7",
        b'"rows"',
        b"{",
        b"\xff\xfe",
        b"[" * 40_000,
        b"{" + b" " * 70_000 + b"}",
        b'{"start": -1, "end": 10, "index": -1}',
        b'{"start": 0, "end": 1000000000, "index": 1000000000}',
        b'{"start": "0", "end": 1, "index": "0"}',
        b'{"start": 0, "end": 1, "index": 0, "query": {}, "filter": 3}',
        b'{"start": 0, "end": 1, "index": 0, "query": "loss >"}',
        b'{"start": 0, "end": 1, "index": 0, "query": "__import__(1)"}',
        b'{"start": 0, "end": 1, "index": 0, "token": "../../util.py"}',
        b'{"start": 0, "end": 1, "index": 0, "sort": [{"colId": "x", "sort": "asc"}]}',
        b'{"start": 0, "end": 1, "index": 0, "filter": {"x": {}}}',
        b'{"start": 0, "end": 1, "index": 0, "filter": {"loss": {"type": "equals", "filter": '
        + b"9" * 5000
        + b"}}}",
        b'{"start": 0, "end": 1, "index": 0, "filter": {"loss": {"type": "equals", "filter": '
        b"NaN}}}",
    ],
)
def test_hostile_requests_get_a_sentence(client: FlaskClient, path: str, body: bytes) -> None:
    answer: Any = client.post(f"/api/table/{path}", data=body)
    assert answer.status_code == 400
    assert set(answer.json) == {"message"}
    assert answer.json["message"].endswith((".", "?"))
    assert len(answer.json["message"]) < 300


def test_numbers_that_are_not_finite_are_texts_in_json(
    client: FlaskClient, computed: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert computed.samples is not None
    frame = computed.samples.frame.copy()
    frame.loc[5, "loss"], frame.loc[6, "loss"] = np.inf, np.nan
    monkeypatch.setattr(computed, "_samples", type(computed.samples)(frame))
    answer = client.post("/api/table/rows", json={"start": 0, "end": 1000})
    # JavaScript's parser, unlike Python's, refuses NaN and Infinity.
    found = json.loads(answer.data, parse_constant=lambda name: pytest.fail(name))["columns"]
    assert (found["index"][0], found["loss"][0]) == (5, "Infinity")
    assert (found["index"][-1], found["loss"][-1]) == (6, "NaN")


def test_without_samples_the_answer_says_so(
    client: FlaskClient, computed: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(computed, "_samples", None)
    answer: Any = client.post("/api/table/rows", json={"start": 0, "end": 10})
    assert answer.status_code == 409
    assert "being computed" in answer.json["message"]


def test_browsers_at_once_do_not_disturb_each_other(computed: Study) -> None:
    server = Flask(__name__)
    table_api.register(server, computed)
    samples = computed.samples
    assert samples is not None

    def ask(k: int) -> bool:
        label = k % 10
        found = order(server.test_client(), query=f"label == {label}")
        return set(found) == set(np.flatnonzero(samples["label"] == label))

    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        assert all(threads.map(ask, range(60)))
