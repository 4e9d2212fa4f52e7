"""The SQLite store: what comes twice, what is corrected, what is damaged, who else is there."""

import math
import sqlite3
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import ArrayLike

from innerview.errors import ReadOnlyError, StoreError
from innerview.records import Image, Points, RunChanged, RunStarted, Text
from innerview.stores import open_backend, sqlite_connections
from innerview.stores.base import Series
from innerview.stores.sqlite import SqliteBackend, open_sqlite
from innerview.stores.sqlite_schema import FILE


@pytest.fixture
def backend(tmp_path: Path) -> SqliteBackend:
    backend = open_sqlite(tmp_path / "runs", create=True)
    backend.write([RunStarted("r", "first", "f", 1.0, {"pid": 1})])
    return backend


def points(
    values: ArrayLike, start: int = 0, number: int = 0, writer: str = "w", at: float = 0.0
) -> Points:
    """Values at the steps from `start`, one a second."""
    y = np.asarray(values, np.float64)
    steps = start + np.arange(len(y))
    return Points("r", "loss", writer, number, steps, at + steps.astype(float), y)


def summary(backend: SqliteBackend) -> Series:
    (found,) = backend.series("r")
    return found


def test_a_piece_grows_and_never_shrinks(backend: SqliteBackend) -> None:
    backend.write([points([1.0, math.nan])])
    assert summary(backend).count == 2 and math.isnan(summary(backend).last)
    longer = points([1.0, math.nan, math.inf, -4.0])
    backend.write([longer, points([9.0], start=4, number=1)])
    told = summary(backend)
    assert (told.count, told.last_step, told.last) == (5, 4, 9.0)
    assert (told.smallest, told.largest) == (-4.0, 9.0)
    before = backend.revision()
    backend.write([points([1.0]), longer, RunStarted("r", "first", "f", 1.0, {"pid": 1})])
    assert backend.revision() == before, "what is there already changes nothing"
    assert summary(backend) == told
    (curve,) = backend.scalars([("r", "loss")])
    np.testing.assert_array_equal(curve.values, [1.0, math.nan, math.inf, -4.0, 9.0])
    assert curve.steps.dtype == np.int64 and curve.times.dtype == np.float64


def test_a_correction_outlives_the_piece_coming_again(backend: SqliteBackend) -> None:
    backend.write([points([1.0, 2.0, 3.0])])
    assert backend.correct("r", "loss", 1, 50.0) == 1
    assert backend.correct("r", "loss", 7, 0.0) == backend.correct("r", "none", 0, 0.0) == 0
    backend.write([points([1.0, 2.0, 3.0, 4.0])])
    (curve,) = backend.scalars([("r", "loss")])
    np.testing.assert_array_equal(curve.values, [1.0, 50.0, 3.0, 4.0])
    assert (summary(backend).last, summary(backend).largest) == (4.0, 50.0)
    assert backend.correct("r", "loss", 3, -1.0) == 1
    assert (summary(backend).last, summary(backend).smallest) == (-1.0, -1.0)


def test_the_parts_of_several_writers_come_in_the_order_of_their_times(
    backend: SqliteBackend,
) -> None:
    # The second goes on from a crash at step 3; a piece of the first is brought in later.
    backend.write([points([0.0, 1.0], writer="z"), points([4.0, 5.0], start=4, writer="a")])
    backend.write([points([2.0, 3.0], start=2, number=1, writer="z")])
    (curve,) = backend.scalars([("r", "loss")])
    np.testing.assert_array_equal(curve.steps, np.arange(6))
    assert (summary(backend).count, summary(backend).last_step) == (6, 5)


def test_a_clock_that_is_put_back_does_not_reorder_a_writer(backend: SqliteBackend) -> None:
    backend.write([points([0.0, 1.0], at=100.0), points([2.0], start=2, number=1, at=-50.0)])
    backend.write([points([3.0], start=3, writer="other", at=500.0)])
    (curve,) = backend.scalars([("r", "loss")])
    np.testing.assert_array_equal(curve.steps, np.arange(4))


def test_what_a_person_changed_is_not_undone_by_its_writer(backend: SqliteBackend) -> None:
    text = Text("r", "thought", "t", 0, 2.0, "as logged")
    backend.write([text, RunChanged("r", 2.0, {"lr": 0.1, "old": 1})])
    undo = backend.edit(
        "r", {"name": "better", "tags": ["a"], "parameters": {"lr": 1.0, "old": ...}}
    )
    backend.put_text(Text("r", "thought", "t", 0, 2.0, "as changed"))
    backend.write([RunStarted("r", "first", "f", 1.0, {}), text])
    (run,) = backend.runs()
    assert (run.name, run.tags, run.parameters) == ("better", ("a",), {"lr": 1.0})
    assert [found.text for found in backend.texts("r")] == ["as changed"]
    backend.edit("r", undo)
    (run,) = backend.runs()
    assert (run.name, run.tags, run.parameters) == ("first", (), {"lr": 0.1, "old": 1})
    backend.remove_text("r", "t")
    backend.write([text])
    assert backend.texts() == [] and backend.series("r") == []


@pytest.mark.parametrize(
    "changes",
    [{"id": "x"}, {"name": 5}, {"tags": "abc"}, {"parameters": {"a": []}}, {"status": ""}],
)
def test_other_facts_are_refused(backend: SqliteBackend, changes: dict[str, object]) -> None:
    with pytest.raises(StoreError, match="cannot be"):
        backend.edit("r", changes)


def test_an_erased_run_is_not_brought_back_by_its_writer(backend: SqliteBackend) -> None:
    picture = Image("r", "i", "i1", 0, 1.0, 1, 1, b"png")
    backend.write([points([1.0]), picture])
    assert backend.image("r", "i1") == b"png"
    backend.erase("r")
    backend.write([RunStarted("r", "first", "f", 1.0, {}), points([1.0, 2.0]), picture])
    assert backend.runs() == [] and backend.series() == [] and backend.image("r", "i1") is None
    backend.write([RunStarted("r", "again", "f", time.time() + 1, {}), points([3.0])])
    assert [run.name for run in backend.runs()] == ["again"]
    assert summary(backend).count == 1


def test_points_whose_run_is_unknown_are_kept(backend: SqliteBackend) -> None:
    late = RunStarted("late", "known now", "f", 0.5, {"pid": 2})
    backend.write([Points("late", "t", "w", 0, np.arange(1), np.ones(1), np.ones(1))])
    backend.write([late])
    run = next(run for run in backend.runs() if run.id == "late")
    assert (run.name, run.started, run.source) == ("known now", 0.5, {"pid": 2})


def test_a_batch_is_kept_whole_or_not_at_all(backend: SqliteBackend) -> None:
    before = backend.revision()
    with pytest.raises(Exception, match="surrogates not allowed"):
        backend.write([points([1.0]), Text("r", "t", "x", 0, 1.0, "\ud800")])
    assert backend.series() == [] and backend.revision() == before
    backend.write([points([1.0])])


def test_threads_and_other_processes_write_and_read_at_once(backend: SqliteBackend) -> None:
    other = open_sqlite(Path(backend.folder or ""))
    mistakes: list[Exception] = []

    def work(number: int) -> None:
        try:
            for step in range(20):
                mine = (backend, other)[number % 2]
                mine.write([points([float(step)], start=step, number=step, writer=f"w{number}")])
                mine.series("r")
        except Exception as error:
            mistakes.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not mistakes
    assert summary(backend).count == 6 * 20 == len(other.scalars([("r", "loss")])[0].steps)
    assert backend.revision() == other.revision()
    other.close()
    with pytest.raises(StoreError, match="closed"):
        other.runs()


def test_a_reader_does_not_stop_writers(backend: SqliteBackend) -> None:
    with backend._connections.read() as connection:
        connection.execute("SELECT count(*) FROM run").fetchone()
        start = time.monotonic()
        backend.write([points([1.0])])
        assert time.monotonic() - start < 2


def test_a_folder_that_only_can_be_read(
    backend: SqliteBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend.write([points([1.0])])
    folder = Path(backend.folder or "")
    backend.close()
    monkeypatch.setattr(sqlite_connections, "may_write", lambda path: False)
    reader = open_backend(str(folder))
    assert not reader.writable and [run.name for run in reader.runs()] == ["first"]
    assert {path.name for path in folder.iterdir()} == {FILE}, "nothing was made beside the file"
    for change in (
        lambda: reader.write([points([1.0])]),
        lambda: reader.erase("r"),
        lambda: reader.correct("r", "loss", 0, 1.0),
    ):
        with pytest.raises(ReadOnlyError, match="only be read"):
            change()
    reader.close()


def test_a_file_that_is_removed_or_replaced_is_noticed(tmp_path: Path) -> None:
    backend = open_sqlite(tmp_path / "a", create=True)
    path = tmp_path / "a" / FILE
    before = backend.revision()
    for entry in list((tmp_path / "a").iterdir()):
        entry.unlink()
    with pytest.raises(StoreError, match="is gone"):
        backend.write([RunStarted("r", "n", "f", 1.0, {})])
    other = open_sqlite(tmp_path / "b", create=True)
    other.close()
    (tmp_path / "b" / FILE).rename(path)
    backend.write([RunStarted("r", "n", "f", 1.0, {})])
    assert backend.revision() != before and len(backend.runs()) == 1


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:] = b"\x55" * (len(content) - 4096)
    path.write_bytes(content)


def other_program(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE run (id)")
    connection.close()


def later_version(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


def trigger(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TRIGGER t AFTER INSERT ON run BEGIN DELETE FROM run; END")
    connection.close()


def hostile_blob(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE piece SET count = 1000000")
    connection.close()


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (lambda path: path.write_bytes(b"no database" * 500), "is no SQLite database"),
        (damage, "damaged|is no SQLite database"),
        (other_program, "another program's"),
        (later_version, "later version.*update Innerview"),
        (trigger, "another program's"),
        (hostile_blob, "has not written"),
    ],
)
def test_a_file_that_is_no_store_is_a_sentence(backend, harm, sentence) -> None:  # type: ignore[no-untyped-def]
    backend.write([points([1.0])])
    folder = Path(backend.folder)
    backend.close()
    harm(folder / FILE)
    with pytest.raises(StoreError, match=sentence):
        read_all(folder)


def read_all(folder: Path) -> None:
    found = open_sqlite(folder)
    try:
        found.scalars([("r", "loss")])
        found.check()
    finally:
        found.close()


def test_addresses_that_mean_no_store_are_sentences(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("hello")
    (tmp_path / "empty").mkdir()
    open_sqlite(tmp_path / "all" / "mine", create=True).close()
    for address, sentence in [
        ("", "is empty"),
        (str(tmp_path / "missing"), "is not there"),
        (str(tmp_path / "empty"), "is empty"),
        (str(tmp_path / "text.txt"), "is a file"),
        (str(tmp_path / "all" / "mine" / FILE), "name its folder"),
        (str(tmp_path / "all"), "folders below it do: .*mine"),
        ("sqlite:" + str(tmp_path / "empty"), "holds no runs"),
        ("redis://host/0", "is no address"),
    ]:
        with pytest.raises(StoreError, match=sentence):
            open_backend(address)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"")
    with pytest.raises(StoreError, match="other files"):
        open_backend(str(tmp_path / "photos"), create=True)
    with pytest.raises(StoreError, match="cannot be made"):
        open_backend(str(tmp_path / "text.txt" / "below"), create=True)
    made = open_backend(str(tmp_path / "new" / "deep"), create=True)
    assert (made.kind, made.title, made.folder) == (
        "sqlite",
        "deep",
        str(tmp_path / "new" / "deep"),
    )
    made.close()
