"""CSV logs: Keras' CSVLogger, what is like it, files that grow, files that are something else."""

import os
from pathlib import Path

import numpy as np
import pytest

from innerview.errors import ReadOnlyError, StoreError
from innerview.records import Points
from innerview.stores import csvlog, open_backend, readonly
from innerview.stores.base import Backend

KERAS = "epoch,accuracy,loss,val_accuracy,val_loss\n0,0.5,1.25,0.4,2\n1,0.75,0.5,NA,inf\n"


@pytest.fixture(autouse=True)
def _always_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readonly, "PAUSE", 0.0)


def curves(backend: Backend, name: str) -> dict[str, dict[int, float]]:
    """Tag -> step -> value."""
    (run,) = [run for run in backend.runs() if run.name == name]
    tags = [found.tag for found in backend.series(run.id)]
    found = backend.scalars([(run.id, tag) for tag in tags])
    return {
        tag: dict(zip(each.steps.tolist(), each.values.tolist(), strict=True))
        for tag, each in zip(tags, found, strict=True)
    }


def test_what_keras_wrote_is_a_run(tmp_path: Path) -> None:
    path = tmp_path / "first try.csv"
    path.write_text(KERAS)
    backend = open_backend(str(path))
    assert (backend.kind, backend.title, backend.writable) == ("csv", "first try.csv", False)
    assert curves(backend, "first try") == {
        "accuracy": {0: 0.5, 1: 0.75},
        "loss": {0: 1.25, 1: 0.5},
        "val_accuracy": {0: 0.4},
        "val_loss": {0: 2.0, 1: np.inf},
        "epoch": {0: 1.0, 1: 2.0},
    }
    (run,) = backend.runs()
    (loss,) = [found for found in backend.series() if found.tag == "val_loss"]
    assert (loss.count, loss.last_step, loss.last) == (2, 1, np.inf)
    assert (loss.smallest, loss.largest, run.folder) == (2.0, 2.0, tmp_path.name)
    with pytest.raises(ReadOnlyError):
        backend.write([Points(run.id, "a", "w", 0, np.arange(1), np.zeros(1), np.zeros(1))])


def test_kerass_own_writer(tmp_path: Path) -> None:
    import keras

    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    network.compile("sgd", "mse", metrics=["mae"])
    x, y = np.ones((8, 2)), np.ones((8, 1))
    path = tmp_path / "log.csv"
    rows = []
    for _ in range(2):
        logger = keras.callbacks.CSVLogger(path, append=True, separator="\t")
        rows.append(network.fit(x, y, epochs=3, verbose=0, callbacks=[logger]).history)
    backend = open_backend(str(path))
    (run,) = backend.runs()
    (loss,) = backend.scalars([(run.id, "loss")])
    np.testing.assert_allclose(loss.values, rows[0]["loss"] + rows[1]["loss"], rtol=1e-6)
    assert loss.steps.tolist() == [0, 1, 2, 0, 1, 2]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("step;loss\n10;0,5\n20;0,25\n", {"loss": {10: 0.5, 20: 0.25}}),
        ("epoch\tloss\n1\t0.5\n2\t0.25\n", {"loss": {1: 0.5, 2: 0.25}, "epoch": {1: 1.0, 2: 2.0}}),
        ("\ufeffstep,loss\r\n1,0.5\r\n\r\n", {"loss": {1: 0.5}}),
        # As pandas writes a history, with its index and without.
        (",loss\n0,0.5\n1,nan\n", {"loss": {0: 0.5}, "epoch": {0: 1.0, 1: 2.0}}),
        ("loss,mae\n0.5,1\n0.25,2\n", {"loss": {0: 0.5, 1: 0.25}, "mae": {0: 1.0, 1: 2.0}}),
        # Appended to after a change of metrics; text, and lines that are too short or too long.
        (
            "epoch,loss\n0,1\nepoch,loss,mae\n0,2,3\n1,4\n2,5,6,7\n3,x,8\n-,9,9\n",
            {"loss": {0: 2.0, 1: 4.0, 2: 5.0}, "mae": {0: 3.0, 2: 6.0, 3: 8.0},
             "epoch": {0: 1.0, 1: 2.0, 2: 3.0, 3: 4.0}},
        ),
        ('epoch,loss,vector\n0,1,"[1, 2]"\n', {"loss": {0: 1.0}, "epoch": {0: 1.0}}),
        # The live viewer's, which has no header.
        (
            "10,0.5,0.25,1.5,2.5\n20,0.75,0.5,1,2\n",
            {"train accuracy": {10: 0.5, 20: 0.75}, "val accuracy": {10: 0.25, 20: 0.5},
             "train cross entropy": {10: 1.5, 20: 1.0}, "val cross entropy": {10: 2.5, 20: 2.0}},
        ),
    ],
)  # fmt: skip
def test_tables_of_many_kinds(
    tmp_path: Path, text: str, expected: dict[str, dict[int, float]]
) -> None:
    path = tmp_path / "log.csv"
    path.write_text(text, encoding="utf-8")
    found = curves(open_backend(str(path)), "log")
    without_nan = {t: {k: v for k, v in c.items() if v == v} for t, c in found.items()}
    assert without_nan == expected


def test_a_file_that_grows_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("epoch,loss\n0,1\n1,0.2")
    backend = open_backend(str(path))
    seen = [backend.revision(), backend.revision()]
    assert seen[0] == seen[1]
    assert curves(backend, "log")["loss"] == {0: 1.0}, "half a line is no number yet"
    with path.open("a") as file:
        file.write("5\n")
    seen.append(backend.revision())
    assert curves(backend, "log")["loss"] == {0: 1.0, 1: 0.25}
    # When nobody writes any more, the last line is taken as it is; until it does grow.
    with path.open("a") as file:
        file.write("2,0.12")
    os.utime(path, (1.7e9, 1.7e9))
    seen.append(backend.revision())
    assert curves(backend, "log")["loss"] == {0: 1.0, 1: 0.25, 2: 0.12}
    with path.open("a") as file:
        file.write("5\n3,0\n")
    assert curves(backend, "log")["loss"] == {0: 1.0, 1: 0.25, 2: 0.125, 3: 0.0}
    path.write_text("epoch,loss\n0,7\n")
    seen.append(backend.revision())
    assert curves(backend, "log")["loss"] == {0: 7.0}
    assert len(set(seen)) == 4
    path.unlink()
    with pytest.raises(StoreError, match="gone"):
        backend.revision()


def test_a_folder_of_logs_is_a_run_each(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    (logs / "lr").mkdir(parents=True)
    (logs / "a.csv").write_text(KERAS)
    (logs / "lr" / "b.CSV").write_text(KERAS)
    (logs / "people.csv").write_text("name,town\nAnn,Bern\n")
    (logs / "notes.txt").write_text("epoch,loss\n0,1\n")
    (logs / "link.csv").symlink_to(tmp_path / "outside.csv")
    (tmp_path / "outside.csv").write_text(KERAS)
    backend = open_backend(str(logs))
    assert {(run.name, run.folder) for run in backend.runs()} == {("a", "logs"), ("lr/b", "lr")}
    assert {run.status for run in backend.runs()} == {"running"}
    (logs / "c.csv").write_text(KERAS)
    assert len(backend.runs()) == 3
    (logs / "a.csv").unlink()
    assert {run.name for run in backend.runs()} == {"lr/b", "c"}
    os.utime(logs / "c.csv", (1.7e9, 1.7e9))
    assert [run.status for run in backend.runs() if run.name == "c"] == ["done"]


def test_what_is_no_log_is_a_sentence(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("name,town\nAnn,Bern\nBob,Ulm\n")
    with pytest.raises(StoreError, match=r"no log of a training.*epoch,loss,accuracy"):
        open_backend(str(people))
    with pytest.raises(StoreError, match="not there"):
        csvlog.open_csvlog(tmp_path / "none.csv")


def test_files_of_strangers_do_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("innerview.stores.csvlog_file.LONGEST_LINE", 3 << 20)
    rng = np.random.default_rng(0)
    (tmp_path / "long.csv").write_bytes(b"epoch,loss\n0,1\n" + b"1," * (4 << 20))
    (tmp_path / "wide.csv").write_bytes(b"epoch," + b"x," * 20_000 + b"\n" + b"1," * 20_000 + b"\n")
    (tmp_path / "quotes.csv").write_bytes(
        b'epoch,loss\n0,"1\n1,2\n2,3"\n3,' + b'"' * 200_000 + b"\n"
    )
    (tmp_path / "numbers.csv").write_bytes(b"step,loss\n1e999,1\nnan,1\n1e300,1\n5,1e999\n6,0x10\n")
    for number in range(100):
        (tmp_path / f"{number}.csv").write_bytes(KERAS.encode() + rng.bytes(300))
    backend = open_backend(str(tmp_path))
    for run in backend.runs():
        backend.scalars([(run.id, found.tag) for found in backend.series(run.id)])
    assert curves(backend, "numbers")["loss"] == {5: np.inf}
    assert curves(backend, "long")["loss"] == {0: 1.0}
