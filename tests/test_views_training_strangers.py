"""Requests of strangers to the routes of the page Training: a sentence for each, never a fault."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training_stores import client_of, open_library, run_records, scalar_records, write

# Without letters that name a real place: what is opened by chance must not be a whole disk.
TEXTS = st.text(st.characters(exclude_characters="/.~\\"), max_size=20)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | TEXTS
    | st.sampled_from(["a", "loss"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)
KEYS = ["curves", "x", "from", "to", "pixels", "smoothing", "budget", "log", "query", "url"]
BODIES = (
    VALUES
    | st.dictionaries(st.sampled_from(KEYS), VALUES)
    | st.builds(
        lambda more: {"curves": [{"run": "a", "tag": "loss"}], **more},
        st.dictionaries(st.sampled_from(KEYS[1:8]), VALUES),
    )
)
PATHS = ["runs", "query/help", "histograms", "images", "image/x", "texts", "export", "live"]
NAMES = ["store", "since", "query", "run", "tag", "most", "format", "tags", "runs"]
ALLOWED = {200, 400, 404, 413, 415}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    folder = tmp_path_factory.mktemp("strangers")
    library, before = open_library(folder), Path.cwd()
    write(library.default, run_records("a", {"lr": 1}), scalar_records("a", "loss", [1, 2, 3]))
    os.chdir(folder)
    yield client_of(library)
    os.chdir(before)
    library.close()


def check(answer: Any) -> None:
    assert answer.status_code in ALLOWED, answer.data
    if answer.status_code != 200:
        assert answer.json["message"].endswith(".")


@settings(max_examples=150)
@given(st.sampled_from(["curves", "query", "open"]), BODIES)
def test_bodies(client: FlaskClient, path: str, body: Any) -> None:
    check(client.post(f"/api/training/{path}", json=body))


@settings(max_examples=150)
@given(st.sampled_from(PATHS), st.dictionaries(st.sampled_from(NAMES), TEXTS))
def test_addresses(client: FlaskClient, path: str, query: dict[str, str]) -> None:
    query = {name: value.encode(errors="replace").decode() for name, value in query.items()}
    if "run" in query and len(query["run"]) % 2:
        query["run"] = "a"
    check(client.get(f"/api/training/{path}", query_string=query))


@pytest.mark.parametrize(
    "url",
    [
        "\ud800",
        "mongodb://[::1/db",
        "x" * 3999,
        "~" + "nobody",
        "sqlite:",
        "csv:\x07",
        "mongodb://",
        "a\nb",
    ],
)
def test_addresses_of_stores(client: FlaskClient, url: str) -> None:
    answer = client.post("/api/training/open", json={"url": url})
    assert answer.status_code == 400 and answer.json is not None
    assert answer.json["message"].endswith(".")
