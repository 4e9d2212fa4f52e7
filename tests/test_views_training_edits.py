"""Changing runs in the page: the right run, all or nothing, undone exactly, never overwritten."""

import random
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient

from innerview.errors import StoreError
from innerview.records import Checkpoint, Points, RunChanged, RunStarted, Text
from innerview.stores import open_backend
from innerview.stores.base import Backend, Run
from views.training import edits, edits_undo
from views.training.library import Library

PARAMETERS = {"lr": 0.1, "layers": 2, "dataset": "digits", "dropout": None, "decay": True}


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """A store of three runs that have ended, each with a curve, a thought and another text."""
    library = Library(str(tmp_path / "runs"))
    start = time.time() - 1000
    for number, run in enumerate(("a", "b", "c")):
        at = start + number
        steps = np.arange(5)
        library.default.backend.write(
            [
                RunStarted(run, f"run {run}", "default", at, {"pid": number}),
                RunChanged(run, at, PARAMETERS),
                Points(run, "loss", "w", 0, steps, at + steps, np.linspace(1, 0, 5)),
                Text(run, "thought", f"{run}-thought", 2, at + 2, f"thought of {run}"),
                Text(run, "summary", f"{run}-text", 2, at + 3, "made by the script"),
                RunChanged(run, at + 5, {}, "done"),
            ]
        )
    yield library
    library.close()


@pytest.fixture
def client(library: Library) -> FlaskClient:
    server = Flask("edits")
    edits.register(server, library)
    return server.test_client()


@pytest.fixture
def backend(library: Library) -> Backend:
    return library.default.backend


def post(client: FlaskClient, path: str, status: int = 200, **body: Any) -> dict[str, Any]:
    answer = client.post(f"/api/training/{path}", json=body)
    assert answer.status_code == status, answer.get_data(as_text=True)
    found: dict[str, Any] = answer.get_json()
    if status != 200:
        # One sentence or two, ended as sentences are.
        assert found["message"].endswith(".") and "\n" not in found["message"]
    return found


def edit(client: FlaskClient, runs: list[str], **changes: Any) -> str:
    return str(post(client, "edit", runs=runs, changes=changes)["undo"])


def runs(backend: Backend) -> dict[str, Run]:
    return {run.id: run for run in backend.runs()}


def random_changes(rng: random.Random) -> dict[str, Any]:
    every: dict[str, Any] = {
        "name": f"name {rng.random()}",
        "folder": rng.choice(["default", "other", "größer"]),
        "tags": rng.sample(["good", "bad", "new", "ß"], rng.randint(0, 4)),
        "note": rng.choice(["", "two\nlines", "<b>&"]),
        "hidden": rng.random() < 0.5,
        "deleted": rng.random() < 0.5,
        "parameters": rng.choice(
            [{"lr": 0.5}, {"lr": None}, {"new": "x", "layers": 3}, {"decay": False}]
        ),
    }
    return {name: every[name] for name in rng.sample(list(every), rng.randint(1, len(every)))}


def test_what_is_changed_is_changed_in_the_runs_named_and_nowhere_else(
    client: FlaskClient, backend: Backend
) -> None:
    before = runs(backend)
    changes = {
        "name": " new\n name ",
        "folder": "best",
        "tags": ["good", "good", " kept "],
        "note": "a note\nof two lines",
        "hidden": True,
        "parameters": {"lr": 0.01, "layers": None, "seed": 7},
    }
    edit(client, ["a", "c"], **changes)
    parameters = {"dataset": "digits", "dropout": None, "decay": True, "lr": 0.01, "seed": 7}
    for id in ("a", "c"):
        assert runs(backend)[id] == replace(
            before[id],
            name="new name",
            folder="best",
            tags=("good", "kept"),
            note="a note\nof two lines",
            hidden=True,
            parameters=parameters,
        )
    assert runs(backend)["b"] == before["b"]


def test_undoing_everything_in_reverse_leaves_what_was_there(
    client: FlaskClient, backend: Backend
) -> None:
    rng = random.Random(5)
    before, texts = runs(backend), backend.texts()
    tokens = []
    for number in range(30):
        ids = rng.sample(["a", "b", "c"], rng.randint(1, 3))
        tokens.append(edit(client, ids, **random_changes(rng)))
        words = None if number % 3 == 2 else f"changed {number}"
        theirs = [text.id for text in backend.texts(ids[0]) if text.tag == "thought"]
        id = rng.choice([*theirs, None]) if words else next(iter(theirs), None)
        if id or words:
            tokens.append(post(client, "text", run=ids[0], id=id, text=words)["undo"])
    assert runs(backend) != before
    for token in reversed(tokens):
        assert post(client, "undo", token=token) == {}
    assert runs(backend) == before
    assert backend.texts() == texts


def test_several_runs_are_changed_all_or_none(
    client: FlaskClient, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = runs(backend)
    post(client, "edit", 404, runs=["a", "nobody"], changes={"name": "x"})
    assert runs(backend) == before
    real = type(backend).edit

    def fail_at_c(self: Backend, run: str, changes: Any) -> Any:
        if run == "c":
            raise StoreError("The disk is full.")
        return real(self, run, changes)

    monkeypatch.setattr(type(backend), "edit", fail_at_c)
    message = post(client, "edit", 503, runs=["a", "b", "c"], changes={"name": "x"})["message"]
    assert message == "The disk is full."
    assert runs(backend) == before


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "what to change"),
        ({"status": "done"}, "'status' cannot be changed; what can is name, folder"),
        ({"name": 5}, "A run's name must be a text"),
        ({"name": "  "}, "A run's name must not be empty"),
        ({"name": "x" * 201}, "A run's name may have 200 characters; this one has 201"),
        ({"name": "half a \ud83d pair"}, "A run's name must be a text"),
        ({"folder": ""}, "A run's folder must not be empty"),
        ({"tags": "good"}, "list of at most 50 texts"),
        ({"tags": [1]}, "A tag must be a text"),
        ({"note": "x" * 20_001}, "A note may have 20,000 characters"),
        ({"note": "a\0b"}, "A note must be a text"),
        ({"hidden": 1}, "'hidden' must be true or false"),
        ({"name": "good", "deleted": "yes"}, "'deleted' must be true or false"),
        ({"parameters": ["lr"]}, "must map"),
        ({"parameters": {"lr": [1]}}, "The parameter lr must be a number, a text"),
        ({"parameters": {"lr": 2**63}}, "The parameter lr must be a number, a text"),
        ({"parameters": {" ": 1}}, "A parameter's name must not be empty"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence_and_changes_nothing(
    client: FlaskClient, backend: Backend, changes: Any, sentence: str
) -> None:
    before = runs(backend)
    assert sentence in post(client, "edit", 400, runs=["a", "b"], changes=changes)["message"]
    assert runs(backend) == before


def test_the_bin_restores_and_only_what_is_in_it_is_erased(
    client: FlaskClient, backend: Backend
) -> None:
    edit(client, ["a", "b"], deleted=True)
    assert [run["id"] for run in client.get("/api/training/deleted").get_json()["runs"]] == [
        "b",
        "a",
    ]
    edit(client, ["b"], deleted=False)
    assert "run b is not deleted" in post(client, "erase", 409, runs=["a", "b"])["message"]
    assert set(runs(backend)) == {"a", "b", "c"}
    assert post(client, "erase", runs=["a"]) == {}
    assert set(runs(backend)) == {"b", "c"}
    assert backend.series("a") == [] and backend.texts("a") == []


def test_what_is_erased_takes_its_own_checkpoints_along_and_no_other_file(
    client: FlaskClient, backend: Backend, tmp_path: Path
) -> None:
    folder = tmp_path / "runs" / "checkpoints"
    paths = [folder / "a" / "1.keras", folder / "a" / "2.keras"]
    others = [
        folder / "b" / "1.keras",
        folder / "shared.keras",
        folder / "a" / "notes.txt",
        tmp_path / "outside.keras",
        tmp_path / "runs" / "innerview.sqlite",
    ]
    for path in (*paths, *others[:-1]):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("network")
    (folder / "a" / "link.keras").symlink_to(others[3])
    named = [*paths, *others[:2], *others[3:], folder / "a" / "link.keras"]
    written = [str(paths[0]), "checkpoints/a/2.keras", *map(str, named[2:])]
    backend.write(
        [Checkpoint("a", f"c{number}", 1, 1.0, 1, path) for number, path in enumerate(written)]
    )
    edit(client, ["a"], deleted=True)
    assert all(path.exists() for path in (*paths, *others))
    post(client, "erase", runs=["a"])
    assert not any(path.exists() for path in paths)
    assert all(path.exists() for path in others)
    assert set(runs(backend)) == {"b", "c"}


def test_a_run_that_is_still_written_is_not_erased(client: FlaskClient, backend: Backend) -> None:
    backend.write([RunStarted("live", "live", "default", time.time(), {})])
    edit(client, ["live"], deleted=True)
    assert "stop its script first" in post(client, "erase", 409, runs=["live"])["message"]
    backend.write([RunChanged("live", time.time(), {}, "done")])
    post(client, "erase", runs=["live"])
    assert "live" not in runs(backend)


def test_thoughts_stay_with_their_run(client: FlaskClient, backend: Backend) -> None:
    made = post(client, "text", run="b", id=None, text="Too <b>fast</b>?")
    (thought,) = [text for text in backend.texts("b") if text.id == made["id"]]
    # It says at which step it was had.
    assert (thought.tag, thought.step, thought.text) == ("thought", 4, "Too <b>fast</b>?")
    assert abs(thought.time - time.time()) < 60
    # By no id is a thought of another run reached, nor a text of the script's.
    before = backend.texts()
    for body in (
        {"run": "a", "id": thought.id, "text": "x"},
        {"run": "a", "id": thought.id, "text": None},
        {"run": "b", "id": "b-text", "text": "x"},
        {"run": "nobody", "id": None, "text": "x"},
    ):
        post(client, "text", 404, **body)
    for words in ("", " \n", 5, "x" * 20_001):
        post(client, "text", 400, run="b", id=None, text=words)
    post(client, "text", 400, run="b", id=None, text=None)
    assert backend.texts() == before
    # Changed and removed, it comes back with its step and time.
    post(client, "text", run="b", id=thought.id, text="Too fast.")
    assert replace(thought, text="Too fast.") in backend.texts("b")
    token = post(client, "text", run="b", id=thought.id, text=None)["undo"]
    assert thought.id not in {text.id for text in backend.texts()}
    post(client, "undo", token=token)
    assert replace(thought, text="Too fast.") in backend.texts("b")


def test_undo_is_of_one_store_once_and_not_for_ever(
    client: FlaskClient, library: Library, backend: Backend, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(edits_undo, "KEPT", 3)
    other = library.open(str(tmp_path / "other"), create=True)
    other.backend.write([RunStarted("a", "namesake", "default", time.time(), {})])
    token = edit(client, ["a"], name="changed")
    answer = client.post(f"/api/training/undo?store={other.id}", json={"token": token})
    assert answer.status_code == 409
    assert runs(other.backend)["a"].name == "namesake"
    post(client, "undo", token=token)
    assert runs(backend)["a"].name == "run a"
    assert "can no longer be undone" in post(client, "undo", 409, token=token)["message"]
    tokens = [edit(client, ["a"], name=f"name {number}") for number in range(4)]
    post(client, "undo", 409, token=tokens[0])
    for token in reversed(tokens[1:]):
        post(client, "undo", token=token)
    assert runs(backend)["a"].name == "name 0"


def test_undo_can_be_tried_again_when_the_store_was_lost(
    client: FlaskClient, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = edit(client, ["a"], name="changed")

    def lost(*_: object) -> None:
        raise StoreError("The store does not answer.")

    with monkeypatch.context() as while_lost:
        while_lost.setattr(type(backend), "edit", lost)
        post(client, "undo", 503, token=token)
    post(client, "undo", token=token)
    assert runs(backend)["a"].name == "run a"


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [("tensorboard", "is a TensorBoard log folder"), ("csv", ".csv"), ("sqlite", "may not write")],
)
def test_a_store_that_is_only_read_says_why(
    client: FlaskClient, backend: Backend, monkeypatch: pytest.MonkeyPatch, kind: str, sentence: str
) -> None:
    monkeypatch.setattr(type(backend), "writable", False)
    monkeypatch.setattr(type(backend), "kind", kind)
    for path, body in (
        ("edit", {"runs": ["a"], "changes": {"name": "x"}}),
        ("undo", {"token": "x"}),
        ("erase", {"runs": ["a"]}),
        ("text", {"run": "a", "id": None, "text": "x"}),
    ):
        assert sentence in post(client, path, 409, **body)["message"]
    assert client.get("/api/training/deleted").get_json() == {"runs": []}


def test_a_writer_that_goes_on_does_not_overwrite_what_was_edited(
    client: FlaskClient, backend: Backend, tmp_path: Path
) -> None:
    writer = open_backend(str(tmp_path / "runs"))
    start = time.time()
    beginning = [
        RunStarted("live", "as it began", "default", start, {"pid": 1}),
        RunChanged("live", start, {"lr": 0.1, "wrong": 1, "epochs": 5}),
        Text("live", "thought", "t1", 0, start, "of the script"),
        Text("live", "thought", "t2", 0, start, "also"),
    ]
    writer.write(beginning)
    changes = {
        "name": "renamed",
        "folder": "best",
        "tags": ["good"],
        "note": "seen",
        "hidden": True,
    }
    edit(client, ["live"], **changes, parameters={"lr": 0.2, "wrong": None, "seed": 3})
    post(client, "text", run="live", id="t1", text="of a person")
    post(client, "text", run="live", id="t2", text=None)
    # What it had sent comes again, it starts anew, it says that it lives, and learns something.
    writer.write(beginning)
    writer.write([RunStarted("live", "as it began", "default", time.time(), {"pid": 2})])
    writer.write([RunChanged("live", time.time(), {"lr": 0.1, "wrong": 1, "found": 4}, "done")])
    writer.close()
    run = runs(backend)["live"]
    assert {name: getattr(run, name) for name in changes} == changes | {"tags": ("good",)}
    assert run.parameters == {"lr": 0.2, "epochs": 5, "seed": 3, "found": 4}
    assert (run.status, run.source) == ("done", {"pid": 2})
    assert [text.text for text in backend.texts("live")] == ["of a person"]
