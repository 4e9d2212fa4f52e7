"""What newcomers hand over: odd values, writers that are copied or pickled, hostile spill files."""

import copy
import json
import logging
import multiprocessing
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from innerview import Store, SummaryWriter, open_store
from innerview.records import Histogram, Points, RunStarted, Text, from_json, to_json


class Mute:
    """Cannot say what it is."""

    def __str__(self) -> str:
        raise RuntimeError("mute")

    __repr__ = __str__


ODD: list[Any] = [
    None, Mute(), [1.0, 2.0], {}, 10**400, 1j, "1.5", b"x", np.zeros((3, 3)), np.array("x"),
    np.longdouble(0.5), float("nan"), float("inf"), np.float32(3), np.zeros(5, np.int64), 2**70,
]  # fmt: skip

# NumPy's scalars, as a script's own variables are: of no declared type.
SINGLE: Any = np.float32
INTEGER: Any = np.int64


def counts(store: Store, run: str) -> dict[str, int]:
    return {found.tag: found.count for found in store.backend.series(run)}


@pytest.mark.filterwarnings("ignore")
def test_nothing_odd_is_raised_or_spoils_the_store(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    writer = SummaryWriter(tmp_path)
    picture, loud = np.ones((4, 4)), 10**9
    for number, odd in enumerate(ODD):
        for call, fine in (
            (writer.add_scalar, 1.0),
            (writer.add_histogram, [1.0, 2.0]),
            (writer.add_image, picture),
            (writer.add_images, picture[None]),
            (writer.add_text, "text"),
            (writer.add_scalars, {"a": 1.0, "b": odd}),
        ):
            here: Any = call
            here(odd, fine)
            here(f"value {number}", odd)
            here(f"step {number}", fine, odd)
            here(f"time {number}", fine, loud, walltime=odd)
        writer.add_pr_curve("pr", [0, 1], [0.1, 0.9], odd, walltime=odd)
        writer.add_pr_curve("pr", odd, odd)
        writer.add_checkpoint("a.keras", 1, odd)
        writer.add_thought(odd)
        writer.add_experimental_parameter(odd, odd)
        writer.add_experimental_parameters(odd)
        writer.add_hparams({"odd": odd}, odd)
    writer.add_checkpoint("b.keras", 1, INTEGER(3))
    writer.add_scalar("fine", 1.0, 1, walltime=float("nan"))
    writer.add_scalar("fine", 2.0, 2, walltime=SINGLE(1e9))
    writer.add_scalar("fine", 3.0, 3)
    assert writer.flush(20)
    writer.close()
    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert not [each for each in said if "could not be" in each], "unfit for a store"
    assert max(map(len, said)) < 700 and sum(each.startswith("fine was") for each in said) == 1
    with open_store(tmp_path) as store:
        assert store.scalars(writer.run, "fine")["value"].tolist() == [2.0, 3.0]
        assert store.checkpoints(writer.run)["epoch"].iloc[-1] == 3
        assert store.find(writer.run).parameters["odd"] is None
        assert not store.texts().empty and not store.tags(writer.run)["last_step"].isna().any()
        assert (tmp_path / "innerview.sqlite").stat().st_size < 4 << 20


def test_none_stands_for_what_is_not_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with SummaryWriter(None, None) as writer:
        writer.add_scalar("loss", 1.0)
    assert (writer.store, writer.folder) == ("runs", "default") and Path("runs").is_dir()
    with SummaryWriter(log_dir="runs/exp1/") as writer:
        assert (writer.store, writer.name) == ("runs", "exp1")


def log(writer: SummaryWriter, tag: str) -> None:
    for step in range(20):
        writer.add_scalar(tag, step, step)


def test_a_copy_is_the_writer_and_a_pickled_one_logs_into_its_run(tmp_path: Path) -> None:
    writer = SummaryWriter(tmp_path / "runs", parameters={"lr": 0.1})
    assert copy.deepcopy({"trainer": [writer]})["trainer"][0] is writer is copy.copy(writer)
    writer.add_scalar("loss", 1.0)
    writer.flush()
    pickled = pickle.dumps(writer)
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context: Any = multiprocessing.get_context(method)
    worker = context.Process(target=log, args=(writer, "worker"))
    worker.start()
    worker.join(60)
    assert worker.exitcode == 0
    writer.close("failed")
    later = pickle.loads(pickled)
    later.add_scalar("loss", 2.0)
    assert later.flush() and pickle.loads(pickle.dumps(later)).run == writer.run
    later.close()
    with open_store(tmp_path / "runs") as store:
        (run,) = store.backend.runs()
        assert (run.status, run.parameters) == ("failed", {"lr": 0.1}), "another one ended it"
        assert counts(store, run.id) == {"loss": 2, "worker": 20}
        assert store.scalars(run.id, "loss")["step"].tolist() == [0, 1]


def test_a_writer_in_a_checkpoint_touches_nothing(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path / "runs") as writer:
        pickled = pickle.dumps(writer)
    (tmp_path / "runs").rename(tmp_path / "moved")
    pickle.loads(pickled).close()
    assert os.listdir(tmp_path) == ["moved"]


def test_a_hostile_spill_file_neither_hangs_nor_spoils(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("loss", 1.0)
    folder = tmp_path / "spill"
    folder.mkdir()
    good = to_json(Text(writer.run, "t", "good", 1, 5.0, "good"))
    lines = [
        "[" * 100_000,
        json.dumps(good | {"id": "a", "time": float("nan")}),
        json.dumps(good | {"id": "b", "text": "\ud800"}),
        json.dumps(good),
    ]
    (folder / "a.jsonl").write_text("\n".join([*lines, ""]))
    (folder / "link.jsonl").symlink_to("/etc/hostname")
    (folder / "folder.jsonl").mkdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe.jsonl")
    with open_store(tmp_path) as store:
        assert store.texts()["text"].tolist() == ["good"]
    assert not (folder / "a.jsonl").exists() and (folder / "link.jsonl").is_symlink()


@pytest.mark.parametrize(
    "record",
    [
        RunStarted("run", "n", "f", float("inf"), {}),
        Points("run", "t", "w", 0, np.arange(2), np.array([0, np.nan]), np.arange(2.0)),
        Histogram("run", "t", "i", 1, 1.0, np.array([np.nan, 1]), np.array([1.0])),
    ],
)
def test_a_record_has_times_and_edges_that_are_numbers(record: Any) -> None:
    with pytest.raises(ValueError, match="no record"):
        from_json(to_json(record))


def test_an_edit_takes_numpys_numbers(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path, name="one") as writer:
        writer.add_checkpoint("a.keras", 1)
    with open_store(tmp_path) as store:
        store.edit(
            "one", {"parameters": {"lr": np.float32(0.5), "n": np.int64(3)}, "note": "\ud800"}
        )
        run = store.find("one")
        assert run.parameters == {"lr": 0.5, "n": 3} and type(run.parameters["n"]) is int
        assert store.correct("one", "\ud800", INTEGER(3), SINGLE(1)) == 0
        store.delete("one")
        assert store.checkpoints().empty and len(store.checkpoints(writer.run)) == 1


def test_a_run_that_is_closed_when_a_sign_of_life_is_due_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("innerview.outbox.HEARTBEAT", 0.0)
    # A clock that goes back must not make the end older than what was said before.
    clock = iter(range(2_000_000_000, 0, -1))
    monkeypatch.setattr("innerview.outbox.time.time", lambda: float(next(clock)))
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("loss", 1.0)
        assert writer.flush()
    with open_store(tmp_path) as store:
        assert store.find(writer.run).status == "done"
