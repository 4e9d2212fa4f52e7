"""TensorBoard's files that grow, that break off, that are wrong, that are strangers'."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary

from innerview.errors import ReadOnlyError, StoreError
from innerview.records import Text
from innerview.stores import readonly, tensorboard_file, tensorboard_records
from innerview.stores.base import Backend
from innerview.stores.tensorboard import open_tensorboard
from tests.event_files import (
    NAME,
    START,
    append,
    event,
    metadata,
    runs,
    scalar,
    series,
    steps,
    tensor,
    values,
)

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def _always_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readonly, "PAUSE", 0.0)


def test_files_that_grow_are_followed(tmp_path: Path) -> None:
    path = tmp_path / "exp" / NAME
    append(path, [Event(wall_time=START, file_version="brain.Event:2"), scalar("a", 1.0, 0)])
    backend = open_tensorboard(tmp_path)
    seen = [backend.revision()]
    assert backend.revision() == seen[0]
    append(path, [scalar("a", 2.0, 1), scalar("b", 5.0, 1)])
    seen.append(backend.revision())
    assert values(backend, "exp", "a") == [1.0, 2.0]
    first = series(backend, "exp")["b"].revision
    # A record comes in parts.
    append(tmp_path / "whole", [scalar("a", 3.0, 2)])
    content = (tmp_path / "whole").read_bytes()
    for part in (content[:5], content[5:20], content[20:-1]):
        with path.open("ab") as file:
            file.write(part)
        assert values(backend, "exp", "a") == [1.0, 2.0]
    with path.open("ab") as file:
        file.write(content[-1:])
    assert values(backend, "exp", "a") == [1.0, 2.0, 3.0]
    assert series(backend, "exp")["b"].revision == first < series(backend, "exp")["a"].revision
    append(tmp_path / "new" / "run" / NAME, [scalar("a", 9.0, 0)])
    seen.append(backend.revision())
    assert set(runs(backend)) == {"exp", "new/run"}
    assert runs(backend)["exp"].status == "running"
    path.unlink()
    seen.append(backend.revision())
    assert set(runs(backend)) == {"new/run"} and len(set(seen)) == 4


def test_restarts_are_joined_in_order(tmp_path: Path) -> None:
    append(tmp_path / f"{NAME}.1", [scalar("a", float(step), step) for step in range(100)])
    append(tmp_path / f"{NAME}.2", [scalar("a", -1.0, step) for step in range(80, 120)])
    backend = open_tensorboard(tmp_path)
    name = tmp_path.name
    assert steps(backend, name, "a") == [*range(100), *range(80, 120)]
    # As torch's purge_step says it: what came after was lost in a crash.
    start = SessionLog(status=SessionLog.START)
    append(tmp_path / f"{NAME}.3", [
        Event(wall_time=START, step=60, session_log=start),
        *(scalar("a", 5.0, step) for step in range(60, 70)),
    ])  # fmt: skip
    assert steps(backend, name, "a") == list(range(70))
    assert values(open_tensorboard(tmp_path), name, "a") == [*map(float, range(60)), *[5.0] * 10]
    assert series(backend, name)["a"].count == 70


def exercise(backend: Backend) -> None:
    """Ask for all that there is."""
    for run in backend.runs():
        for found in backend.series(run.id):
            backend.scalars([(run.id, found.tag)])
            backend.histograms(run.id, found.tag)
            backend.curves(run.id, found.tag)
            for info in backend.images(run.id, found.tag):
                backend.image(run.id, info.id)
    backend.texts()
    backend.revision()


def various() -> list[Event]:
    histogram = HistogramProto(min=0, max=2, bucket_limit=[1.0, 2.0], bucket=[1.0, 2.0])
    picture = Summary.Image(height=2, width=3, encoded_image_string=b"\x89PNG")
    rows = np.arange(12.0).tobytes()
    return [
        scalar("a", 1.0, 1),
        tensor("t", [], dtype=1, float_val=[0.5]),
        event(1, Summary.Value(tag="h", histo=histogram)),
        tensor("h2", [4, 3], plugin="histograms", dtype=2, tensor_content=rows),
        event(1, Summary.Value(tag="i", image=picture)),
        tensor("i2", [3], plugin="images", dtype=7, string_val=[b"3", b"2", b"\x89PNG"]),
        tensor("w", [1], plugin="text", dtype=7, string_val=[b"words"]),
        tensor("p", [6, 2], plugin="pr_curves", dtype=2, tensor_content=rows),
        event(0, Summary.Value(tag="_hparams_", metadata=metadata("hparams", b"\x1a\x02\x0a\x00"))),
    ]


def test_a_flipped_bit_ends_a_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / NAME
    append(path, [scalar("a", float(step), step) for step in range(1, 21)])
    sound = path.read_bytes()
    size, rest = divmod(len(sound), 20)
    assert not rest
    for at in range(0, len(sound), 7):
        content = bytearray(sound)
        content[at] ^= 1 << at % 8
        path.write_bytes(content)
        backend = open_tensorboard(tmp_path)
        assert values(backend, tmp_path.name, "a") == list(map(float, range(1, 1 + at // size))), at


def test_events_of_strangers_do_no_harm(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    sound = [each.SerializeToString() for each in various()]
    mutants = []
    for _ in range(1500):
        content = bytearray(sound[rng.integers(len(sound))])
        for _ in range(rng.integers(1, 4)):
            content[rng.integers(len(content))] = rng.integers(256)
        mutants.append(bytes(content))
    append(tmp_path / NAME, mutants)
    exercise(open_tensorboard(tmp_path))
    # Bytes that are no records at all.
    for number in range(50):
        (tmp_path / f"{number}.tfevents").write_bytes(rng.bytes(rng.integers(1, 500)))
    exercise(open_tensorboard(tmp_path))


def test_large_records_take_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tensorboard_records, "LARGEST", 1000)
    monkeypatch.setattr(tensorboard_file, "CHUNK", 256)
    events = [scalar("a", 1.0, 0), scalar("b" * 700, 2.0, 1), scalar("c" * 5000, 3.0, 2)]
    append(tmp_path / NAME, [*events, scalar("a", 4.0, 3)])
    backend = open_tensorboard(tmp_path)
    assert set(series(backend, tmp_path.name)) == {"a", "b" * 700}
    assert values(backend, tmp_path.name, "a") == [1.0, 4.0]


def test_events_of_very_many_parts_are_passed_over(tmp_path: Path) -> None:
    empty = Summary(value=[Summary.Value() for _ in range(20_000)])
    strings = [b"3", b"2"] + [b"\x89PNG"] * 5000
    append(tmp_path / NAME, [
        Event(wall_time=START, summary=empty).SerializeToString() + b"\x1a" + b"\xff" * 5,
        Event(wall_time=START, step=1, summary=Summary(value=[*empty.value] * 2)),
        tensor("many", [5002], plugin="images", dtype=7, string_val=strings),
        scalar("a", 1.0, 2),
    ])  # fmt: skip
    backend = open_tensorboard(tmp_path)
    (run,) = backend.runs()
    found = {each.tag: each.count for each in backend.series(run.id)}
    assert found["a"] == 1 and len(found) == 1001


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_links_and_pipes_are_left_alone(tmp_path: Path) -> None:
    append(tmp_path / "outside" / NAME, [scalar("secret", 1.0, 0)])
    logs = tmp_path / "logs"
    append(logs / "mine" / NAME, [scalar("a", 1.0, 0)])
    (logs / "folder").symlink_to(tmp_path / "outside")
    (logs / "circle").symlink_to(logs)
    (logs / "mine" / "x.tfevents").symlink_to(tmp_path / "outside" / NAME)
    os.mkfifo(logs / "mine" / "pipe.tfevents")
    backend = open_tensorboard(logs)
    assert set(runs(backend)) == {"mine"} and set(series(backend, "mine")) == {"a"}


def test_nothing_can_be_changed(tmp_path: Path) -> None:
    append(tmp_path / NAME, various())
    backend = open_tensorboard(tmp_path)
    exercise(backend)
    assert not backend.writable and backend.title == tmp_path.name
    text = Text("r", "t", "i", 0, 0.0, "x")
    changes: list[Callable[[], object]] = [
        lambda: backend.write([text]),
        lambda: backend.edit("r", {"name": "x"}),
        lambda: backend.put_text(text),
        lambda: backend.remove_text("r", "i"),
        lambda: backend.correct("r", "a", 0, 1.0),
        lambda: backend.erase("r"),
    ]
    for change in changes:
        with pytest.raises(ReadOnlyError, match="only be read"):
            change()


def test_what_cannot_be_opened_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StoreError, match="no folder"):
        open_tensorboard(tmp_path / "none")
    backend = open_tensorboard(tmp_path)
    tmp_path.rmdir()
    with pytest.raises(StoreError, match="gone"):
        backend.runs()
    monkeypatch.setitem(sys.modules, "tensorboard.compat.proto.event_pb2", None)
    with pytest.raises(StoreError, match="pip install tensorboard"):
        open_tensorboard(tmp_path)


def test_tensorflow_is_not_needed(tmp_path: Path) -> None:
    append(tmp_path / NAME, various())
    program = (
        "import sys; from tests.test_innerview_tensorboard_files import *; "
        "exercise(open_tensorboard(sys.argv[1])); "
        "assert not {'tensorflow', 'keras', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program, tmp_path], cwd=ROOT, check=True)
