"""Class-probability maps in stores: on SQLite and on MongoDB over TCP, in old files, damaged."""

import sqlite3
import zlib
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from innerview import fixed_point
from innerview.errors import StoreError
from innerview.stores import open_backend, sqlite_schema
from innerview.stores.base import Backend
from innerview.stores.sqlite import open_sqlite
from innerview.stores.sqlite_schema import APPLICATION, FILE
from tests.store_records import (
    ODD_NAMES,
    class_map,
    class_points,
    points,
    shares,
    told,
)


def test_maps_and_their_points_come_back_as_they_were(backend: Backend) -> None:
    assert backend.class_maps("r", "it") == []
    assert backend.class_map("r", "i1") is None is backend.class_points("r", "it")
    late = replace(class_map(id="i9", step=7), time=9.0)
    early = replace(class_map(id="i1"), epoch=None)
    samples = class_points()
    backend.write([late, early, class_map(tag="other", id="x"), samples])
    found = backend.class_maps("r", "it")
    assert [info.id for info in found] == ["i1", "i9"]
    assert [info.epoch for info in found] == [None, 2]
    for info, logged in zip(found, (early, late), strict=True):
        whole = backend.class_map("r", info.id)
        assert whole is not None and whole.content == logged.content
        for name in info.__slots__:
            assert getattr(info, name) == getattr(whole, name) == getattr(logged, name), name
        truth = shares(seed=logged.step)
        assert whole.probabilities.dtype == np.float32
        np.testing.assert_allclose(whole.probabilities, truth, rtol=0, atol=1 / 131_068 + 1e-7)
    kept = backend.class_points("r", "it")
    assert kept is not None and (kept.id, kept.time, kept.names) == ("i1", 4.5, samples.names)
    np.testing.assert_array_equal(kept.points, samples.points)
    np.testing.assert_array_equal(kept.labels, samples.labels)
    assert kept.points.dtype == np.float32 and kept.labels.dtype == np.int32
    series = told(backend, "it", "map")
    assert (series.count, series.last_step) == (2, 7)
    assert backend.class_maps("none", "it") == [] and backend.class_map("none", "i1") is None


def test_the_points_that_were_logged_last_count_and_are_a_change(backend: Backend) -> None:
    backend.write([class_points(id="early", time=1.0)])
    assert backend.series() == [], "points alone are nothing to play"
    backend.write([class_map()])
    before, revision = told(backend, "it", "map"), backend.revision()
    backend.write([class_points(id="late", time=9.0), class_points(id="middle", time=5.0)])
    found = backend.class_points("r", "it")
    assert found is not None and found.id == "late"
    after = told(backend, "it", "map")
    assert after.count == before.count == 1 and after.revision > before.revision
    assert backend.revision() != revision


def test_maps_that_come_twice_change_nothing_and_are_erased_with_their_run(
    backend: Backend,
) -> None:
    names = [name for name in ODD_NAMES if backend.kind != "mongodb" or "\0" not in name]
    batch = [class_map(tag=name, id=str(k)) for k, name in enumerate(names)]
    batch += [class_points(tag=name, id=str(k)) for k, name in enumerate(names)]  # type: ignore[misc]
    backend.write(batch)
    before = backend.revision(), backend.series()
    backend.write(batch)
    assert (backend.revision(), backend.series()) == before
    for name in names:
        assert len(backend.class_maps("r", name)) == 1 and backend.class_points("r", name)
    backend.erase("r")
    backend.write(batch)
    assert backend.class_map("r", "0") is None is backend.class_points("r", names[0])
    assert backend.series() == [] and backend.class_maps("r", names[0]) == []


def first_version(folder: Path) -> None:
    """A store as Innerview made it before it knew maps."""
    folder.mkdir()
    with closing(sqlite3.connect(folder / FILE)) as connection, connection:
        for statement in filter(str.strip, sqlite_schema.TABLES.split(";")):
            connection.execute(statement)
        connection.execute("INSERT INTO meta VALUES ('name', 'old'), ('revision', 3)")
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute("PRAGMA user_version = 1")
        connection.execute(
            "INSERT INTO run (id, name, folder, started, updated, status) "
            "VALUES ('r', 'old run', 'f', 1.0, 1.0, 'done')"
        )


def test_a_store_of_the_first_version_learns_maps(tmp_path: Path) -> None:
    first_version(tmp_path / "runs")
    with closing(open_backend(str(tmp_path / "runs"))) as backend:
        assert [run.name for run in backend.runs()] == ["old run"]
        assert backend.revision() == "old-3" and backend.class_maps("r", "it") == []
        backend.write([points([1.0]), class_map(), class_points()])
    # Opened again there is nothing left to do.
    with closing(open_sqlite(tmp_path / "runs")) as backend:
        assert len(backend.class_maps("r", "it")) == 1 and backend.class_points("r", "it")
        backend.check()


def test_a_store_of_the_first_version_that_can_only_be_read_has_no_maps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_version(tmp_path / "runs")
    monkeypatch.setattr("innerview.stores.sqlite_connections.may_write", lambda path: False)
    with closing(open_sqlite(tmp_path / "runs")) as backend:
        assert not backend.writable and [run.id for run in backend.runs()] == ["r"]
        assert backend.class_maps("r", "it") == []
        assert backend.class_map("r", "i1") is None is backend.class_points("r", "it")


def test_stores_of_other_programs_have_no_maps(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("epoch,loss\n0,1.0\n1,0.5\n", encoding="utf-8")
    with closing(open_backend(str(tmp_path / "log.csv"))) as backend:
        (run,) = backend.runs()
        assert backend.class_maps(run.id, "loss") == []
        assert backend.class_map(run.id, "i") is None is backend.class_points(run.id, "loss")


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE class_map SET content = x'00'",
        "UPDATE class_map SET content = 'text'",
        "UPDATE class_map SET width = 100000000",
        "UPDATE class_map SET classes = 3",
        "UPDATE class_map SET height = -3, width = -5",
        "UPDATE class_map SET height = 'tall'",
        "UPDATE class_map SET x_low = 'left'",
        "UPDATE class_map SET x_high = 9e999",
        "UPDATE class_map SET y_high = y_low",
        "UPDATE class_map SET height = 9e999",
        "UPDATE class_map SET step = 'first'",
        "UPDATE class_points SET points = x'0000000000'",
        "UPDATE class_points SET labels = x'00000000'",
        "UPDATE class_points SET names = '{'",
    ],
)
def test_a_damaged_map_is_a_sentence(tmp_path: Path, harm: str) -> None:
    with closing(open_sqlite(tmp_path / "runs", create=True)) as backend:
        backend.write([class_map(), class_points()])
        with closing(sqlite3.connect(tmp_path / "runs" / FILE)) as connection, connection:
            connection.execute(harm)
        with pytest.raises(StoreError, match=r"\w \w"):
            read_all(backend)


def read_all(backend: Backend) -> None:
    backend.class_maps("r", "it")
    found = backend.class_map("r", "i1")
    assert found is not None and found.probabilities.size
    backend.class_points("r", "it")


def test_no_more_is_unpacked_than_a_map_can_have() -> None:
    bomb = zlib.compress(bytes(200_000_000))
    with pytest.raises(StoreError, match="not of the"):
        fixed_point.decode(bomb, 10, 10, 2)


@pytest.mark.parametrize("shape", [(1, 1, 2), (7, 1, 3), (1, 9, 2), (40, 41, 7)])
def test_probabilities_are_packed_within_the_stated_error(shape: tuple[int, int, int]) -> None:
    values = shares(*shape, seed=1)
    values[0, 0, :2] = 0.0, 1.0
    values[-1, -1] = np.nan if shape != (1, 1, 2) else values[-1, -1]
    found = fixed_point.decode(fixed_point.encode(values), *shape)
    np.testing.assert_allclose(found, values, rtol=0, atol=1 / 131_068 + 6e-8)
    assert found[0, 0, 0] == 0.0 and found[0, 0, 1] == 1.0
