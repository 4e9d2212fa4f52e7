"""A store that is lost in the middle of a run: one warning, nothing lost, the training goes on."""

import json
import logging
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from innerview import SummaryWriter, delivery, outbox, process, spill
from innerview.errors import StoreError
from innerview.leftovers import bring_in
from innerview.records import Record
from innerview.stores import open_backend
from innerview.stores.base import Backend
from innerview.stores.sqlite import SqliteBackend, open_sqlite

ROOT = Path(__file__).resolve().parent.parent


class Flaky(SqliteBackend):
    """A store whose network cable can be pulled."""

    is_lost = False
    mistake: Callable[[Sequence[Record]], Exception | None] = staticmethod(lambda records: None)

    def write(self, records: Sequence[Record]) -> None:
        if Flaky.is_lost:
            raise StoreError("The database does not answer.")
        if mistake := Flaky.mistake(records):
            raise mistake
        super().write(records)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store whose writers get a Flaky, with pauses short enough for a test."""
    folder = tmp_path / "runs"
    monkeypatch.setattr(Flaky, "is_lost", False)
    monkeypatch.setattr(Flaky, "mistake", staticmethod(lambda records: None))
    monkeypatch.setattr("innerview.writer.open_for_writing", lambda url: Flaky(Path(url), True))
    monkeypatch.setattr(delivery, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(delivery, "LONGEST_PAUSE", 0.05)
    monkeypatch.setattr(outbox, "CLOSING", 0.3)
    monkeypatch.setattr(outbox, "OPENING", 0.2)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    open_sqlite(folder, create=True).close()
    return folder


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def check(backend: Backend, count: int) -> None:
    """The run's curve has every point once, in order."""
    (run,) = backend.runs()
    (curve,) = backend.scalars([(run.id, "loss")])
    np.testing.assert_array_equal(curve.steps, np.arange(count))
    np.testing.assert_array_equal(curve.values, np.arange(count) / 2)
    assert [series.count for series in backend.series() if series.tag == "loss"] == [count]


def test_what_is_logged_meanwhile_is_written_when_the_store_is_back(
    store: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with SummaryWriter(store, flush_secs=0.02, parameters={"lr": 0.1}) as writer:
        for step in range(2000):
            if step in (300, 1200):
                assert writer.flush() or Flaky.is_lost
                Flaky.is_lost = not Flaky.is_lost
            writer.add_scalar("loss", step / 2, step)
            if step % 100 == 0:
                writer.add_image("picture", np.zeros((3, 3)), step)
                # The outbox works through it in parts.
                time.sleep(0.03)
        assert writer.flush()
        (message,) = warnings(caplog)
        assert message.startswith("The database does not answer. What is logged meanwhile is kept")
        assert "runs" in message and not list(store.glob("spill/*")), "the file is removed"
    backend = open_backend(str(store))
    check(backend, 2000)
    (run,) = backend.runs()
    assert run.status == "done" and run.parameters == {"lr": 0.1}
    assert len(backend.images(run.id, "picture")) == 20
    backend.close()


def leave_a_spill(store: Path, count: int = 700) -> Path:
    """A writer that never saw its store; returns the file that it left."""
    Flaky.is_lost = True
    with SummaryWriter(store, name="lost", flush_secs=0.02, parameters={"lr": 0.1}) as writer:
        for step in range(count):
            writer.add_scalar("loss", step / 2, step)
            if step % 100 == 0:
                writer.flush(0.05)
        writer.add_thought("hm")
    Flaky.is_lost = False
    (path,) = store.glob("spill/*.jsonl")
    return path


def test_a_store_that_stays_lost_finds_it_all_when_it_is_next_opened(
    store: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = leave_a_spill(store)
    first, last = warnings(caplog)
    assert str(path) in first and str(path) in last and "next used" in last
    assert path.stat().st_size < 700 * 24 * 4, "pieces that grow are not kept anew each time"
    copy = path.read_bytes()
    for _ in range(2):
        # The second time as if the power had failed before the file was removed.
        backend = open_backend(str(store))
        check(backend, 700)
        (run,) = backend.runs()
        assert (run.name, run.status, run.parameters) == ("lost", "done", {"lr": 0.1})
        assert [text.text for text in backend.texts()] == ["hm"] and not path.exists()
        path.write_bytes(copy)
        backend.close()


def test_half_a_line_and_lines_of_strangers_are_left_out(store: Path) -> None:
    path = leave_a_spill(store)
    lines = path.read_bytes().splitlines(keepends=True)
    strange = [b"\xff\xfe\n", b"[1]\n", b'{"kind": "Points"}\n', b"\n", b"{" * 5000 + b"\n"]
    path.write_bytes(b"".join([*strange, *lines, lines[-1][:-10]]))
    backend = open_backend(str(store))
    check(backend, 700)
    assert not path.exists()
    backend.close()


def test_a_living_writers_file_is_left_alone(store: Path) -> None:
    Flaky.is_lost = True
    writer = SummaryWriter(store, flush_secs=0.02)
    writer.add_scalar("loss", 0.0, 0)
    writer.flush()
    (path,) = store.glob("spill/*.jsonl")
    other = open_backend(str(store))
    assert path.exists() and other.runs() == []
    Flaky.is_lost = False
    assert writer.flush() and not path.exists()
    check(other, 1)
    writer.close()
    other.close()


def test_a_writer_that_is_killed_leaves_its_spill_to_the_next(store: Path) -> None:
    code = """
import os, sys
from innerview import SummaryWriter, process, writer
from innerview.errors import StoreError
def lost(url): raise StoreError("Lost.")
writer.open_for_writing = lost
mine = SummaryWriter(sys.argv[1], flush_secs=0.02)
for step in range(100):
    mine.add_scalar("loss", step / 2, step)
mine.flush()
os.kill(os.getpid(), 9)
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, str(store)]
    subprocess.run(command, env=environment, capture_output=True, check=False)
    assert list(store.glob("spill/*.jsonl"))
    backend = open_backend(str(store))
    check(backend, 100)
    backend.close()


def test_without_the_stores_folder_the_spill_lies_with_the_user(
    store: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.rmtree(store)
    Flaky.is_lost = True
    with SummaryWriter(store.parent / "absent", flush_secs=0.02) as writer:
        writer.add_scalar("loss", 0.0)
    # Opening makes the folder before it finds the database lost, or does not get so far.
    found = [path for folder in spill.folders(writer.store) for path in folder.glob("*.jsonl")]
    assert len(found) == 1
    Flaky.is_lost = False
    backend = process.open_for_writing(writer.store)
    check(backend, 1)
    assert not found[0].exists()
    backend.close()


def test_the_place_of_a_spill_depends_on_the_database_and_not_on_the_password() -> None:
    places = {
        tuple(spill.folders(url))
        for url in (
            "mongodb://host/team",
            "mongodb://me:secret@host/team",
            "mongodb://other:word@host/team?tls=true",
        )
    }
    assert len(places) == 1 and "secret" not in str(places)
    assert spill.folders("mongodb://host/other") != spill.folders("mongodb://host/team")


def test_without_any_file_the_newest_are_kept_in_memory(
    store: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spill, "folders", lambda url: [])
    monkeypatch.setattr(delivery, "folders", lambda url: [Path("/dev/null/nowhere")])
    monkeypatch.setattr(delivery, "MOST_BYTES", 20_000)
    Flaky.is_lost = True
    with SummaryWriter(store, flush_secs=0.02) as writer:
        for step in range(200):
            writer.add_text("note", "x" * 1000, step)
        writer.flush()
        Flaky.is_lost = False
        assert writer.flush()
    first, last = warnings(caplog)
    assert "kept in memory" in first and "records were lost" in last
    backend = open_backend(str(store))
    steps = [text.step for text in backend.texts()]
    assert steps == list(range(200 - len(steps), 200)) and 5 < len(steps) < 200
    backend.close()


def test_a_record_that_can_never_be_kept_does_not_hold_up_the_others(
    store: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(records: Sequence[Record]) -> Exception | None:
        tags = [getattr(record, "tag", "") for record in records]
        return ValueError("too large") if "poison" in tags else None

    Flaky.mistake = staticmethod(refuse)
    with SummaryWriter(store, flush_secs=0.02) as writer:
        writer.add_text("poison", "x")
        writer.add_scalar("loss", 0.0)
    assert warnings(caplog) == ["A Text could not be kept: ValueError('too large')"]
    backend = open_backend(str(store))
    check(backend, 1)
    backend.close()


def test_a_store_that_never_answers_does_not_hold_up_the_end(
    store: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    release = threading.Event()

    def hang(records: Sequence[Record]) -> None:
        release.wait(20)

    Flaky.mistake = staticmethod(hang)  # type: ignore[assignment]
    monkeypatch.setattr(outbox, "PATIENCE", 0.2)
    writer = SummaryWriter(store, flush_secs=0.02)
    writer.add_scalar("loss", 0.0)
    time.sleep(0.1)
    writer.add_scalar("loss", 0.5)
    start = time.monotonic()
    writer.close()
    assert time.monotonic() - start < 3 and "does not answer" in warnings(caplog)[0]
    release.set()
    backend = open_sqlite(store)
    assert bring_in(str(store), backend) == 1
    check(backend, 2)
    backend.close()


def test_a_full_disk_takes_no_half_line(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = spill.Spill([tmp_path], "x.jsonl")
    records: list[Any] = [outbox.RunChanged("r", 1.0, {"n": n}) for n in range(3)]
    file.append(records[:1])
    real, calls = os.write, 0

    def write(descriptor: int, content: Any) -> int:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise OSError(28, "No space left on device")
        return real(descriptor, bytes(content)[:10])

    monkeypatch.setattr(os, "write", write)
    with pytest.raises(OSError, match="No space"):
        file.append(records[1:2])
    monkeypatch.setattr(os, "write", real)
    file.append(records[2:])
    lines = (tmp_path / "x.jsonl").read_text().splitlines()
    assert [json.loads(line)["parameters"]["n"] for line in lines] == [0, 2]
    file.close()
