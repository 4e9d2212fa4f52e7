"""MongoDB: lost and back again, what lies in it, what must not be said, what it does not take."""

import logging
import os
import re
import secrets
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pymongo
import pytest
from pymongo.errors import OperationFailure

from innerview import SummaryWriter
from innerview.errors import ReadOnlyError, StoreError
from innerview.records import Histogram, Image, Points, RunChanged, RunStarted, Text
from innerview.stores import mongodb_series, open_backend
from innerview.stores.mongodb import MongoBackend, open_mongodb
from innerview.stores.mongodb_connection import parse
from tests.mongodb_server import MongoServer

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def url(mongodb: MongoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Of a database that is empty."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return mongodb.url(f"test_{secrets.token_hex(6)}")


@pytest.fixture
def backend(url: str) -> Iterator[MongoBackend]:
    backend = open_mongodb(url)
    backend.write([RunStarted("r", "first", "mnist", 1.0, {})])
    yield backend
    backend.close()


def points(count: int, tag: str = "loss") -> Points:
    return Points("r", tag, "w", 0, np.arange(count), np.arange(float(count)), np.arange(count) / 3)


def documents(url: str, name: str) -> list[dict[str, Any]]:
    with pymongo.MongoClient[dict[str, Any]](url) as client:
        return list(client.get_default_database()[name].find())


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]


def test_a_database_that_stops_and_starts_in_mid_run_loses_nothing(
    mongodb: MongoServer, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with SummaryWriter(url, "outage", parameters={"lr": 0.1}, flush_secs=0.1) as writer:
        for step in range(3000):
            if step == 1000:
                time.sleep(0.3)
                mongodb.stop()
            if step == 2000:
                end = time.monotonic() + 30
                while not told(caplog) and time.monotonic() < end:
                    time.sleep(0.05)
                mongodb.start()
            began = time.perf_counter()
            writer.add_scalar("loss", step / 7, step)
            if step % 100 == 0:
                writer.add_histogram("weights", np.arange(step + 2.0), step)
                writer.add_image("image", np.full((4, 4), step / 3000), step)
                writer.add_thought(f"step {step}", step)
            assert time.perf_counter() - began < 1.0, "the training waits for the database"
    (warning,) = told(caplog)
    assert "does not answer" in warning and "127.0.0.1" in warning
    backend = open_backend(url)
    (run,) = backend.runs()
    (curve,) = backend.scalars([(run.id, "loss")])
    np.testing.assert_array_equal(curve.steps, np.arange(3000))
    np.testing.assert_array_equal(curve.values, np.arange(3000) / 7)
    steps = list(range(0, 3000, 100))
    assert [histogram.step for histogram in backend.histograms(run.id, "weights")] == steps
    assert [image.step for image in backend.images(run.id, "image")] == steps
    assert sorted(text.step for text in backend.texts(run.id)) == steps
    assert {s.tag: s.count for s in backend.series()} == {
        "loss": 3000, "weights": 30, "image": 30, "thought": 30,
    }  # fmt: skip
    assert (run.status, run.parameters) == ("done", {"lr": 0.1})
    backend.close()


def test_a_lost_database_is_told_soon_and_found_again(
    mongodb: MongoServer, backend: MongoBackend
) -> None:
    mongodb.stop()
    try:
        began = time.monotonic()
        with pytest.raises(StoreError, match="does not answer"):
            backend.write([points(3)])
        assert time.monotonic() - began < 6.0  # below 2 s when nothing else runs
    finally:
        mongodb.start()
    backend.write([points(5)])
    assert backend.series()[0].count == 5


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="processes cannot be halted here")
def test_a_database_that_hangs_is_told_too(mongodb: MongoServer, url: str) -> None:
    backend = open_mongodb(f"{url}?socketTimeoutMS=300&serverSelectionTimeoutMS=300")
    mongodb.signal(signal.SIGSTOP)
    try:
        with pytest.raises(StoreError, match="does not answer"):
            backend.runs()
    finally:
        mongodb.signal(signal.SIGCONT)
    assert backend.runs() == []
    backend.close()


def test_passwords_are_never_said(mongodb: MongoServer, tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    wrong = [
        f"mongodb://ann:geheim@127.0.0.1:{port}/db?serverSelectionTimeoutMS=200",
        "mongodb://ann:ge:heim@host/db",
        "mongodb://ann:ge@heim@host/db",
        "mongodb://ann:geheim@host:port/db",
        "mongodb://ann:ge%zzheim@host:1/db",
        "mongodb://ann:geheim@/db",
        "mongodb://ann:geheim@host/db?geheim=geheim",
    ]
    for url in wrong:
        with pytest.raises(StoreError) as caught:
            open_mongodb(url)
        said = f"{caught.value} {caught.value.__cause__}"
        assert "heim" not in said and "ann" not in said, said
        assert caught.value.__suppress_context__
    # nx-27017 asks nobody for a password.
    url = mongodb.url("secret").replace("://", "://ann:geheim@") + "?authMechanism=PLAIN"
    assert parse(url).title == f"mongodb://127.0.0.1:{mongodb.port}/secret"


def test_addresses_have_defaults() -> None:
    assert parse("mongodb://host").title == "mongodb://host/innerview"
    assert parse("mongodb://host:27017,other:1/db").title == "mongodb://host,other:1/db"
    assert parse("mongodb://host/db.team").title == "mongodb://host/db.team"
    assert "sockettimeoutms" not in parse("mongodb://host/?socketTimeoutMS=5").options


def test_without_pymongo_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymongo", None)
    with pytest.raises(StoreError, match="pip install pymongo"):
        open_backend("mongodb://host/db")


def test_what_lies_in_it_is_plain(backend: MongoBackend, url: str) -> None:
    backend.write([
        RunChanged("r", 2.0, {"optimizer.lr": 0.1, "$set": True, "batch size": 32}),
        points(3),
        Histogram("r", "w", "h", 1, 2.0, np.array([0.0, 0.5, 1.0]), np.array([3.0, 4.0])),
        Image("r", "i", "p", 1, 2.0, 1, 1, b"\x89PNG"),
        Text("r", "thought", "t", 1, 2.0, "words"),
    ])  # fmt: skip
    (run,) = documents(url, "runs")
    assert run["_id"] == "r" and run["name"] == "first"
    assert run["parameters"] == {"optimizer%2Elr": 0.1, "%24set": True, "batch size": 32}
    (piece,) = documents(url, "points")
    assert (piece["run"], piece["tag"], piece["writer"], piece["number"]) == ("r", "loss", "w", 0)
    assert np.frombuffer(piece["steps"], "<i8").tolist() == [0, 1, 2]
    assert np.frombuffer(piece["values"], "<f8").tolist() == [0.0, 1 / 3, 2 / 3]
    (histogram,) = documents(url, "histograms")
    assert (histogram["edges"], histogram["counts"]) == ([0.0, 0.5, 1.0], [3.0, 4.0])
    assert [document["png"] for document in documents(url, "images")] == [b"\x89PNG"]
    assert [document["text"] for document in documents(url, "texts")] == ["words"]


def test_a_user_who_may_only_read_reads(
    backend: MongoBackend, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # nx-27017 knows no users: this is how MongoDB answers one with the role "read".
    def refuse(*_: object, **__: object) -> None:
        raise OperationFailure("not authorized on research", 13)

    backend.write([points(3)])
    for name in ("create_index", "update_one", "bulk_write"):
        monkeypatch.setattr(pymongo.collection.Collection, name, refuse)
    with pytest.raises(ReadOnlyError, match="only read"):
        backend.write([points(5)])
    reader = open_mongodb(url)
    assert not reader.writable
    assert [run.id for run in reader.runs()] == ["r"] and reader.series()[0].count == 3
    for change in (lambda: reader.erase("r"), lambda: reader.edit("r", {"name": "x"})):
        with pytest.raises(ReadOnlyError, match="only read"):
            change()
    reader.close()


def test_runs_may_be_changed_by_other_programs(backend: MongoBackend, url: str) -> None:
    with pymongo.MongoClient[dict[str, Any]](url) as client:
        runs = client.get_default_database()["runs"]
        changed = {"parameters": {"lr": 0.5, "layers": [1, 2]}, "cluster": {"node": 3}}
        runs.update_one({"_id": "r"}, {"$set": changed})
        runs.insert_one({"_id": "bare"})
    bare, run = backend.runs()
    assert run.parameters == {"lr": 0.5, "layers": "[1, 2]"}
    assert (bare.name, bare.folder, bare.started, bare.parameters) == ("bare", "default", 0.0, {})
    backend.edit("bare", {"name": "dressed", "parameters": {"a": 1}})
    backend.edit("r", {"note": "kept"})
    assert [(run.name, run.note) for run in backend.runs()] == [("dressed", ""), ("first", "kept")]
    assert documents(url, "runs")[0]["cluster"] == {"node": 3}


def test_one_database_may_hold_several_stores(backend: MongoBackend, url: str) -> None:
    team = open_mongodb(f"{url}.team")
    assert team.runs() == [] and team.title == f"{backend.title}.team"
    team.write([RunStarted("theirs", "theirs", "f", 1.0, {})])
    assert [run.id for run in backend.runs()] == ["r"]
    assert [document["_id"] for document in documents(url, "team_runs")] == ["theirs"]
    team.close()


def test_what_is_too_large_is_refused_and_holds_up_nothing(
    backend: MongoBackend, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    large = Image("r", "i", "p", 1, 2.0, 1, 1, bytes(17_000_000))
    before = backend.revision()
    with pytest.raises(ValueError, match=r"17 MB.*no more than 16 MB"):
        backend.write([points(3), large])
    assert backend.series() == [] and backend.revision() == before
    with pytest.raises(ValueError, match="cannot be kept"):
        backend.write([Text("r", "t", "s", 0, 1.0, "\ud800")])
    # Said in the page, it is a sentence for its user.
    with pytest.raises(StoreError, match="16 MB"):
        backend.put_text(Text("r", "t", "x", 0, 1.0, "x" * 17_000_000))
    with pytest.raises(StoreError, match="16 MB"):
        backend.edit("r", {"note": "x" * 17_000_000})
    assert backend.texts() == [] and backend.runs()[0].note == ""
    with SummaryWriter(url, name="large") as writer:
        writer.add_text("t", "x" * 17_000_000, 0)
        writer.add_text("t", "small", 1)
        writer.add_scalar("loss", 1.0, 2)
    assert [text.text for text in backend.texts(writer.run)] == ["small"]
    assert {s.tag: s.count for s in backend.series(writer.run)} == {"t": 1, "loss": 1}
    assert any("16 MB" in warning for warning in told(caplog))


def test_summaries_are_put_right_after_a_writer_was_killed_between(
    backend: MongoBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    histogram = Histogram("r", "w", "h", 4, 2.0, np.array([0.0, 1.0]), np.array([3.0]))
    backend.write([points(3)])
    with monkeypatch.context() as patched:
        patched.setattr(mongodb_series, "settle", killed)
        with pytest.raises(KeyboardInterrupt):
            backend.write([points(5)])
        with pytest.raises(KeyboardInterrupt):
            backend.write([histogram])
    # The records come again, from a spill file: the numbers are there, the summary is not.
    backend.write([points(5), histogram])
    monkeypatch.setattr(mongodb_series, "PATIENCE", -1.0)
    found = {s.tag: s for s in backend.series()}
    assert (found["loss"].count, found["loss"].last_step, found["loss"].last) == (5, 4, 4 / 3)
    assert (found["w"].count, found["w"].last_step) == (1, 4)
    monkeypatch.undo()
    backend.write([points(7)])
    assert {s.tag: s.count for s in backend.series()} == {"loss": 7, "w": 1}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_has_a_connection_of_its_own(backend: MongoBackend) -> None:
    backend.write([points(3)])
    child = os.fork()
    if child == 0:
        try:
            backend.write([points(4, tag="child")])
            backend.close()
        finally:
            os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    backend.write([points(5)])
    assert {s.tag: s.count for s in backend.series()} == {"loss": 5, "child": 4}


def test_the_page_about_it_does_what_it_says(
    mongodb: MongoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    text = (ROOT / "docs" / "mongodb.md").read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    url = mongodb.url("research")
    names: dict[str, Any] = {}
    exec(compile(code.replace("mongodb://localhost/research", url), "mongodb.md", "exec"), names)
    assert names["losses"]["value"].tolist() == [1 / (step + 1) for step in range(100)]
    names["store"].close()
    backend = open_backend(url)
    (run,) = backend.runs()
    backend.close()
    assert run.parameters == {"lr": 0.01, "schedule": "constant"} and run.folder == "mnist"
    (document,) = documents(url, "runs")
    for field in ("name", "folder", "times", "status", "parameters", "tags", "note", "source"):
        assert field in document and f"`{field}`" in text
