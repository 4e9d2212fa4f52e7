"""views/query_api.py: queries, selections and exports as the browser asks for them."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from flask import Flask
from flask.testing import FlaskClient
from numpy.typing import NDArray

from analysis import Study
from tests.studies import open_digits
from views import query_api
from views.access import protect


def serve(study: Study, base_path: str = "/") -> FlaskClient:
    server = Flask(__name__)
    query_api.register(server, study, base_path)
    protect(server, None)
    return server.test_client()


@pytest.fixture
def client(computed: Study) -> FlaskClient:
    return serve(computed)


@pytest.fixture
def unmeasured(saved: Path, tmp_path: Path) -> Iterator[Study]:
    with open_digits(saved, tmp_path) as study:
        assert study.samples is None
        yield study


def bits_of(answer: Any) -> NDArray[np.bool_]:
    bits = np.frombuffer(answer.data, np.uint8)
    assert len(bits) == 45
    return np.unpackbits(bits, bitorder="little").astype(bool)[:359]


def rows_of(study: Study, query: str) -> NDArray[np.bool_]:
    assert study.samples is not None
    return study.samples.frame.eval(query).to_numpy()


@pytest.mark.parametrize("query", ["label == 4 and loss > 2", "not correct", "loss > 1000"])
def test_query_is_counted_and_answered(client: FlaskClient, computed: Study, query: str) -> None:
    expected = rows_of(computed, query)
    assert client.post("/api/query", json={"query": query}).json == {"count": expected.sum()}
    answer = client.post("/api/query/rows", json={"query": query})
    assert answer.headers["X-Count"] == str(expected.sum())
    np.testing.assert_array_equal(bits_of(answer), expected)


def test_classes_have_their_names(client: FlaskClient, computed: Study) -> None:
    name = computed.class_names[4]
    found: Any = client.post("/api/query", json={"query": f"label == '{name}'"}).json
    assert found["count"] == (computed.dataset.labels == 4).sum()


def test_no_query_finds_everything(client: FlaskClient) -> None:
    assert client.post("/api/query", json={"query": " "}).json == {"count": 359}


@pytest.mark.parametrize("path", ["/api/query", "/api/query/rows"])
def test_mistake_says_what_and_where(client: FlaskClient, path: str) -> None:
    answer = client.post(path, json={"query": "loss > 2 and los > 3"})
    said: Any = answer.json
    assert answer.status_code == 400
    assert said.keys() == {"message", "start", "end"}
    assert (said["start"], said["end"]) == (13, 16)
    assert "did you mean 'loss'" in said["message"]


def test_places_are_counted_as_the_browser_counts(client: FlaskClient) -> None:
    query = "id == '🐻ü' and los > 3"
    said: Any = client.post("/api/query", json={"query": query}).json
    in_utf16 = query.encode("utf-16-le")
    assert in_utf16[2 * said["start"] : 2 * said["end"]].decode("utf-16-le") == "los"


@pytest.mark.parametrize(
    "body",
    [
        b"", b"loss > 2", b"[]", b'"loss > 2"', b"{}", b'{"query": 4}', b'{"query": null}', b"\xff",
        b'{"query": ["loss"]}', b"[" * 10_000, b'{"query": ' + b"1" * 9_000 + b"}", b"null",
    ],
    ids=range(12),
)  # fmt: skip
def test_body_that_holds_no_query_is_refused(client: FlaskClient, body: bytes) -> None:
    answer = client.post("/api/query", data=body)
    assert answer.status_code == 400
    assert answer.json == {
        "message": 'A query is sent as JSON: {"query": "loss > 2"}.', "start": 0, "end": 0,
    }  # fmt: skip


def test_half_a_character_is_refused_as_text(client: FlaskClient) -> None:
    answer = client.post("/api/query", data=rb'{"query": "id == \"\ud800\""}')
    assert answer.status_code == 400
    assert "not allowed" in answer.get_data(as_text=True)


def test_body_out_of_all_proportion_is_not_read(client: FlaskClient) -> None:
    body = json.dumps({"query": "x" * 20_000})
    assert client.post("/api/query", data=body).status_code == 413
    assert client.post("/api/selection", data=bytes(46)).status_code == 413
    assert client.post("/api/export/csv", data=bytes(4 * 360)).status_code == 413


def test_long_query_is_told_of_as_a_mistake(client: FlaskClient) -> None:
    said: Any = client.post("/api/query", json={"query": "x" * 2000}).json
    assert "2,000 characters" in said["message"]
    assert (said["start"], said["end"]) == (1000, 2000)


def test_help_names_columns_and_gives_examples(client: FlaskClient, computed: Study) -> None:
    said: Any = client.get("/api/query/help").json
    assert said.keys() == {"columns", "examples"}
    columns = {column["name"]: column for column in said["columns"]}
    about = columns["loss"].pop("about")
    assert about.startswith("Cross-entropy")
    assert columns["loss"] == {
        "name": "loss", "kind": "number", "unit": "nats", "class_names": [], "is_of_class": False,
    }  # fmt: skip
    assert columns["label"]["class_names"] == list(computed.class_names)
    for example in said["examples"]:
        assert example.keys() == {"query", "title", "count"}
        counted: Any = client.post("/api/query", json={"query": example["query"]}).json
        assert counted["count"] == example["count"]


def test_selection_is_kept(client: FlaskClient, computed: Study) -> None:
    mask = np.arange(359) % 7 == 3
    bits = np.packbits(mask, bitorder="little").tobytes()
    said: Any = client.post("/api/selection", data=bits).json
    assert said == {"token": said["token"], "count": mask.sum()}
    # Also by a server that is started later.
    answer = serve(computed).get(f"/api/selection/{said['token']}")
    np.testing.assert_array_equal(bits_of(answer), mask)
    assert answer.headers["X-Count"] == str(mask.sum())


@pytest.mark.parametrize("token", ["0" * 32, "x", "..", "%2e%2e%2f", "../../samples"])
def test_unknown_selection_is_not_found(client: FlaskClient, token: str) -> None:
    assert client.get(f"/api/selection/{token}").status_code == 404


@pytest.mark.parametrize("bits", [b"", bytes(44), bytes(44) + b"\x80"])
def test_bits_that_are_no_selection_are_refused(client: FlaskClient, bits: bytes) -> None:
    answer = client.post("/api/selection", data=bits)
    said: Any = answer.json
    assert answer.status_code == 400
    assert "359" in said["message"]


def test_selection_that_cannot_be_kept_is_a_sentence(unmeasured: Study) -> None:
    (unmeasured.task.cache.root / "selections").write_text("in the way")
    answer = serve(unmeasured).post("/api/selection", data=bytes(45))
    assert answer.status_code == 507
    assert answer.json is not None and "cannot be kept" in answer.json["message"]


def test_rows_are_exported_in_the_order_asked_for(client: FlaskClient, computed: Study) -> None:
    indices = np.array([300, 5, 0], "<i4")
    answer = client.post("/api/export/csv", data=indices.tobytes())
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True), newline="")))
    assert [int(row["index"]) for row in rows] == [300, 5, 0]
    assert [row["id"] for row in rows] == [computed.dataset.ids[index] for index in indices]
    answer = client.post("/api/export/parquet", data=indices.tobytes())
    frame = pd.read_parquet(io.BytesIO(answer.data))
    assert frame["index"].tolist() == [300, 5, 0]
    assert frame["loss"].dtype == np.float32
    assert "attachment" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("body", [b"abc", b"\x67\x01\x00\x00", b"\xff\xff\xff\xff"])
def test_rows_that_do_not_exist_are_refused(client: FlaskClient, body: bytes) -> None:
    answer = client.post("/api/export/csv", data=body)
    assert answer.status_code == 400
    assert answer.json is not None and answer.json["message"].endswith(".")


@pytest.mark.parametrize("form", ["xlsx", "", "..", "csv/"])
def test_other_formats_are_not_written(client: FlaskClient, form: str) -> None:
    assert client.post(f"/api/export/{form}", data=bytes(4)).status_code in (404, 405)


def test_without_samples_there_is_a_sentence(unmeasured: Study) -> None:
    client = serve(unmeasured)
    for answer in (
        client.post("/api/query", json={"query": "loss > 2"}),
        client.post("/api/query/rows", json={"query": "loss > 2"}),
        client.get("/api/query/help"),
        client.post("/api/export/csv", data=bytes(4)),
    ):
        assert answer.status_code == 409
        assert answer.json is not None and "wait" in answer.json["message"]
    # Maps are there before the losses are, and a lasso with them.
    said: Any = client.post("/api/selection", data=bytes(45)).json
    assert client.get(f"/api/selection/{said['token']}").status_code == 200


def test_routes_lie_below_the_base_path(computed: Study) -> None:
    client = serve(computed, "/proxy/")
    assert client.post("/proxy/api/query", json={"query": ""}).json == {"count": 359}
    assert client.post("/api/query", json={"query": ""}).status_code == 404


def test_two_browsers_do_not_disturb_each_other(computed: Study) -> None:
    first, second = serve(computed), serve(computed)
    for _ in range(3):
        for client, query in ((first, "label == 4"), (second, "label == 9")):
            answer = client.post("/api/query/rows", json={"query": query})
            np.testing.assert_array_equal(bits_of(answer), rows_of(computed, query))
