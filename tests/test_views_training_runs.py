"""The table of runs: its columns and cells, what queries find in it, and when it is sent again."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from innerview.records import Checkpoint, Histogram, Image, Text, Value
from tests.training_stores import (
    STARTED,
    alive_now,
    client_of,
    open_library,
    run_records,
    scalar_records,
    write,
)
from views.training.library import Library
from views.training.runs import Tables


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    found = open_library(tmp_path)
    yield found
    found.close()


@pytest.fixture
def client(library: Library) -> FlaskClient:
    return client_of(library)


def ask(client: FlaskClient, **query: str) -> Any:
    answer = client.get("/api/training/runs", query_string=query)
    assert answer.status_code == 200, answer.data
    return answer.json


def find(client: FlaskClient, query: str) -> Any:
    return client.post("/api/training/query", json={"query": query}).json


def cells(client: FlaskClient, column: str) -> dict[str, Any]:
    return {run["id"]: run["values"][column] for run in ask(client)["runs"]}


def log_parameters(library: Library, **of_runs: dict[str, Value]) -> None:
    parts = [run_records(run, parameters) for run, parameters in of_runs.items()]
    write(library.default, *parts)


def test_an_empty_store(client: FlaskClient) -> None:
    answer = ask(client)
    assert answer["runs"] == [] and answer["hits"] is None and answer["deleted"] == 0
    assert set(answer["tags"]) == {"scalars", "histograms", "images", "texts", "curves", "maps"}
    assert find(client, "steps > 3") == {"hits": [], "count": 0}
    help = client.get("/api/training/query/help").json
    assert help is not None and help["examples"] == [] and len(help["columns"]) == 8


def test_runs_and_columns(client: FlaskClient, library: Library, tmp_path: Path) -> None:
    (tmp_path / "runs" / "a.keras").write_bytes(b"")
    edges = np.array([0.0, 1.0])
    write(
        library.default,
        run_records("a", {"lr": 0.1, "batch": 32, "nesterov": True}, started=STARTED + 5),
        scalar_records("a", "val_accuracy", [0.5, 0.9, 0.7]),
        scalar_records("a", "loss", [3, 1, 2]),
        scalar_records("a", "seconds", [3, 1, 2]),
        [Histogram("a", "dense", "h", 9, STARTED, edges, edges[1:])],
        [
            Image("a", "digits", "i", 3, STARTED, 1, 1, b"png"),
            Text("a", "log", "t", 1, STARTED, ""),
        ],
        [
            Checkpoint("a", "c", 3, STARTED, 1, "a.keras"),
            Checkpoint("a", "d", 4, STARTED + 1, None, "no/b.h5"),
            Checkpoint("a", "e", 4, STARTED + 2, None, "/no/c.h5"),
        ],
        run_records("b", {"lr": 0.2}, name="second"),
    )
    answer = ask(client)
    first, second = answer["runs"]
    assert (first["id"], second["name"]) == ("a", "second"), "the newest is first"
    kinds = [(c["name"], c["kind"], c["source"], c.get("tag")) for c in answer["columns"]]
    assert kinds == [
        ("name", "text", "fact", None),
        ("folder", "text", "fact", None),
        ("status", "text", "fact", None),
        ("started", "number", "fact", None),
        ("duration", "number", "fact", None),
        ("steps", "number", "fact", None),
        ("tags", "text", "fact", None),
        ("note", "text", "fact", None),
        ("batch", "number", "parameter", None),
        ("lr", "number", "parameter", None),
        ("nesterov", "boolean", "parameter", None),
        ("loss", "number", "last", "loss"),
        ("seconds", "number", "last", "seconds"),
        ("val_accuracy", "number", "last", "val_accuracy"),
        ("best.loss", "number", "best", "loss"),
        ("best.val_accuracy", "number", "best", "val_accuracy"),
    ]
    values = first["values"]
    assert (values["duration"], values["steps"], values["batch"]) == (60, 9, 32)
    assert (values["val_accuracy"], values["best.val_accuracy"]) == (0.7, 0.9)
    assert (values["loss"], values["best.loss"]) == (2, 1)
    assert second["values"]["batch"] is None and second["values"]["loss"] is None
    assert answer["tags"]["scalars"] == ["loss", "seconds", "val_accuracy"]
    assert (answer["tags"]["histograms"], answer["tags"]["images"]) == (["dense"], ["digits"])
    saved, missing, elsewhere = first["checkpoints"]
    assert saved == {
        "id": "c", "step": 3, "epoch": 1, "time": STARTED, "name": "a.keras", "exists": True,
    }  # fmt: skip
    assert (missing["name"], missing["exists"]) == ("b.h5", False)
    # What lies outside is not looked for; to open it is refused with a sentence.
    assert (elsewhere["name"], elsewhere["exists"]) == ("c.h5", True)


def test_no_two_columns_have_one_name(client: FlaskClient, library: Library) -> None:
    parameters: dict[str, Value] = {"name": "net", "loss": "mse", "last.loss": 1, "best.loss": 2}
    write(library.default, run_records("a", parameters), scalar_records("a", "loss", [3, 1]))
    write(library.default, scalar_records("a", "steps", [7]))
    names = [column["name"] for column in ask(client)["columns"]]
    assert len(names) == len(set(names))
    run = ask(client)["runs"][0]["values"]
    assert (run["name"], run["parameter.name"]) == ("run a", "net")
    assert (run["loss"], run["last.loss"], run["last.last.loss"]) == ("mse", 1, 1)
    assert (run["best.loss"], run["other.best.loss"]) == (2, 1)
    assert (run["steps"], run["last.steps"]) == (1, 7)


def test_a_parameter_of_several_kinds_is_text(client: FlaskClient, library: Library) -> None:
    log_parameters(
        library,
        a={"depth": 3, "half": True, "lr": 1e-3, "seed": 2**70, "none": None},
        b={"depth": "deep", "half": 0, "lr": 2, "seed": 1, "none": None},
        c={"half": None, "lr": float("nan"), "seed": 10**100},
    )
    kinds = {column["name"]: column["kind"] for column in ask(client)["columns"]}
    texts = ("depth", "half", "seed", "none")
    assert [kinds[name] for name in (*texts, "lr")] == ["text"] * 4 + ["number"]
    assert cells(client, "depth") == {"a": "3", "b": "deep", "c": None}
    assert cells(client, "half") == {"a": "True", "b": "0", "c": None}
    assert cells(client, "lr") == {"a": 0.001, "b": 2, "c": None}
    assert cells(client, "seed") == {"a": str(2**70), "b": "1", "c": "a whole number of 333 bits"}
    assert find(client, 'depth == "3"')["hits"] == ["a"]
    assert find(client, 'depth != "3"')["hits"] == ["c", "b"]
    assert find(client, "lr != lr")["hits"] == ["c"]
    mistake = find(client, "depth > 2")
    assert (mistake["start"], mistake["end"]) == (8, 9) and "text" in mistake["message"]


def test_what_is_no_number_is_still_json(client: FlaskClient, library: Library) -> None:
    log_parameters(library, a={"up": float("inf"), "down": -float("inf")}, b={})
    write(library.default, scalar_records("a", "loss", [float("nan")]))
    write(library.default, scalar_records("b", "loss", [1, float("inf")]))
    assert cells(client, "loss") == {"a": None, "b": "inf"}
    assert cells(client, "best.loss") == {"a": None, "b": 1}
    assert (cells(client, "up")["a"], cells(client, "down")["a"]) == ("inf", "-inf")
    assert find(client, "loss > 10")["hits"] == ["b"]


def test_queries(client: FlaskClient, library: Library) -> None:
    for k, lr in enumerate((0.1, 0.01, 0.001)):
        parameters: dict[str, Value] = {"lr": lr, "in": k, "optimizer.name": "sgd", "aug": k == 2}
        write(library.default, run_records(f"r{k}", parameters, started=STARTED + k))
        write(library.default, scalar_records(f"r{k}", "val_accuracy", [0.9, 0.95 + k / 100]))
        write(library.default, scalar_records(f"r{k}", "train/loss", [1, k]))
    assert find(client, "val_accuracy > 0.955 and lr <= 0.01")["hits"] == ["r2", "r1"]
    assert find(client, "") == {"hits": ["r2", "r1", "r0"], "count": 3}
    assert find(client, "`in` in [0, 2] and not aug")["hits"] == ["r0"]
    assert find(client, '`optimizer.name` == "sgd" and `train/loss` < 1')["hits"] == ["r0"]
    assert find(client, 'status == "done" and 0.01 <= lr')["hits"] == ["r1", "r0"]
    assert ask(client, query="aug")["hits"] == ["r2"]
    gone = ask(client, query="gone > 1")
    assert gone["hits"] is None and "no column" in gone["mistake"] and len(gone["runs"]) == 3


@pytest.mark.parametrize(
    ("query", "start", "end", "said"),
    [
        ("va_accuracy > 0", 0, 11, "'val_accuracy'"),
        ("lr > 1 and optimizer.name == 3", 11, 25, "`optimizer.name`"),
        ("best.val_accuracy > 0.9", 0, 17, "`best.val_accuracy`"),
        ("train/loss < 1", 0, 10, "`train/loss`"),
        ("lr = 1", 3, 4, "=="),
        ("lr", 0, 2, "condition"),
        ("\U0001d6fc > 1", 0, 2, "no column"),
        ("(" * 500, None, None, ""),
        ("lr > 1 " * 1000, None, None, "characters"),
    ],
)
def test_mistakes_have_their_place(
    client: FlaskClient,
    library: Library,
    query: str,
    start: int | None,
    end: int | None,
    said: str,
) -> None:
    write(library.default, run_records("a", {"lr": 1.5, "optimizer.name": "sgd"}))
    write(library.default, scalar_records("a", "val_accuracy", [1]))
    write(library.default, scalar_records("a", "train/loss", [1]))
    answer = client.post("/api/training/query", json={"query": query})
    assert answer.status_code == 400 and answer.json is not None
    assert said in answer.json["message"]
    if start is not None:
        assert (answer.json["start"], answer.json["end"]) == (start, end)


def test_help_names_columns_as_they_are_typed(client: FlaskClient, library: Library) -> None:
    for k in range(4):
        parameters: dict[str, Value] = {"lr": 0.1**k, "not": k, "opt.name": ["a", "b"][k % 2]}
        write(library.default, run_records(f"r{k}", parameters))
        write(library.default, scalar_records(f"r{k}", "val/acc", [0.9 + k / 100]))
    write(library.default, run_records("now", {"opt.name": "c"}, **alive_now()))
    help = client.get("/api/training/query/help").json
    assert help is not None
    names = {column["name"] for column in help["columns"]}
    assert {"lr", "`not`", "`opt.name`", "`val/acc`", "`best.val/acc`"} <= names
    assert len(help["examples"]) >= 2
    assert help["examples"][0]["query"].startswith("`val/acc` >= 0.9")
    assert {example["title"] for example in help["examples"]} >= {
        "Both together",
        "By the hyperparameter lr",
        "Runs that are still going",
    }
    for example in help["examples"]:
        assert find(client, example["query"])["count"] == example["count"] > 0


def test_only_what_has_changed_is_sent(client: FlaskClient, library: Library) -> None:
    write(library.default, run_records("a"))
    answer = ask(client)
    assert answer["changed"]
    same = {"changed": False, "revision": answer["revision"]}
    assert ask(client, since=answer["revision"]) == same
    write(library.default, scalar_records("a", "loss", [1]))
    assert ask(client, since=answer["revision"])["changed"]


def test_a_writer_that_falls_silent_changes_the_table(library: Library) -> None:
    write(library.default, run_records("a", **alive_now()))
    tables, now = Tables(), time.time()
    alive, lost = tables.read(library.default, now), tables.read(library.default, now + 100)
    assert alive.revision != lost.revision
    assert tables.read(library.default, now + 200) is lost
    for table, expected in ((alive, "running"), (lost, "lost")):
        (run,) = table.describe()
        assert run["values"]["status"] == expected
        assert (run["status"], run["alive"]) == ("running", expected == "running")


def test_deleted_runs_are_left_out_of_everything(client: FlaskClient, library: Library) -> None:
    log_parameters(library, a={"lr": 1}, b={"lr": 2, "only": 1})
    write(library.default, scalar_records("b", "loss", [1]))
    library.default.backend.edit("b", {"deleted": True})
    answer = ask(client)
    assert [run["id"] for run in answer["runs"]] == ["a"] and answer["deleted"] == 1
    assert answer["tags"]["scalars"] == []
    assert "only" not in {column["name"] for column in answer["columns"]}
    assert find(client, "lr > 0")["hits"] == ["a"]


def test_five_hundred_runs_are_read_once(
    client: FlaskClient, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = []
    for k in range(500):
        parts.append(run_records(f"r{k}", {"lr": k / 500}))
        parts += [scalar_records(f"r{k}", f"metric{tag}/loss", [1, 2]) for tag in range(20)]
    write(library.default, *parts)
    answer = ask(client)
    assert len(answer["runs"]) == 500 and len(answer["columns"]) == 8 + 1 + 40
    backend = type(library.default.backend)
    for read in ("runs", "series", "checkpoints", "scalars"):
        monkeypatch.delattr(backend, read)
    before = time.perf_counter()
    for query in ("lr < 0.5", "`metric3/loss` == 2"):
        assert len(ask(client, query=query)["hits"]) in (250, 500)
        assert not ask(client, since=answer["revision"], query=query)["changed"]
    # A few hundredths of a second, on a machine that does nothing else besides.
    assert time.perf_counter() - before < 2
