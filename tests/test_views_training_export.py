"""Every scalar of runs as a file, read again by what people read such files with."""

import io
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from flask.testing import FlaskClient

from tests.training_stores import (
    STARTED,
    client_of,
    open_library,
    run_records,
    scalar_records,
    write,
)
from views.training.library import Library

FORMULA = '=HYPERLINK("x"),\nsecond line'


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    found = open_library(tmp_path_factory.mktemp("export"))
    write(
        found.default,
        run_records("a", {"lr": 0.1}, name=FORMULA, started=STARTED + 1),
        scalar_records("a", "loss", [1 / 3, np.nan, np.inf, 2], [0, 10, 20, 10]),
        scalar_records("a", "epoch", [0, 2], [0, 20]),
        run_records("b", {"lr": 0.2}),
        scalar_records("b", "acc, top 1", [0.5]),
        run_records("empty"),
        run_records("hidden"),
        scalar_records("hidden", "loss", [7]),
    )
    found.default.backend.edit("hidden", {"hidden": True})
    yield found
    found.close()


@pytest.fixture
def client(library: Library) -> FlaskClient:
    return client_of(library)


def ask(client: FlaskClient, **query: Any) -> Any:
    return client.get("/api/training/export", query_string=query)


def read(client: FlaskClient, form: str, **query: Any) -> pd.DataFrame:
    answer = ask(client, format=form, **query)
    assert answer.status_code == 200, answer.data
    assert answer.headers["Content-Disposition"] == f'attachment; filename="scalars.{form}"'
    if form == "csv":
        return pd.read_csv(io.BytesIO(answer.data), keep_default_na=False, na_values=["", "nan"])
    if form == "parquet":
        return pd.read_parquet(io.BytesIO(answer.data))
    return pd.DataFrame(json.loads(answer.data))


@pytest.mark.parametrize("form", ["csv", "parquet", "json"])
def test_every_point_comes_back(client: FlaskClient, form: str) -> None:
    frame = read(client, form)
    assert list(frame.columns) == ["run", "name", "tag", "step", "epoch", "time", "value"]
    loss = frame[(frame.run == "a") & (frame.tag == "loss")]
    assert loss.step.tolist() == [0, 10, 20, 10], "as it was written"
    assert loss.epoch.tolist() == [0, 1, 2, 1]
    assert loss.time.tolist() == [STARTED + k / 10 for k in range(4)]
    values = loss.value.replace("inf", np.inf).astype(float)
    np.testing.assert_array_equal(values, [1 / 3, np.nan, np.inf, 2])
    assert set(loss.name) == {FORMULA}
    other = frame[frame.run == "b"]
    assert other.tag.tolist() == ["acc, top 1"] and other.epoch.isna().all()
    assert len(frame) == 7, "neither the hidden run nor the empty one"


def test_what_is_exported_can_be_chosen(client: FlaskClient) -> None:
    assert set(read(client, "csv", query="lr > 0.1").run) == {"b"}
    assert set(read(client, "csv", tags="loss").tag) == {"loss"}
    assert set(read(client, "csv", tags="loss,epoch").tag) == {"loss", "epoch"}
    assert set(read(client, "csv", tags="acc, top 1").tag) == {"acc, top 1"}
    assert set(read(client, "csv", tags='["acc, top 1", "loss"]').run) == {"a", "b"}
    assert set(read(client, "csv", runs='["hidden", "gone"]').run) == {"hidden"}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"format": "xlsx"}, 400),
        ({"query": "lr >"}, 400),
        ({"tags": "gone"}, 404),
        ({"query": "lr > 5"}, 404),
    ],
)
def test_mistakes_are_a_sentence(client: FlaskClient, query: dict[str, str], status: int) -> None:
    answer = ask(client, **query)
    assert answer.status_code == status
    assert answer.json["message"].endswith(".")
