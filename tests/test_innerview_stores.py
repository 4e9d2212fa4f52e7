"""What every store must do that can be written: one suite, on SQLite and on MongoDB over TCP."""

import math
import threading

import numpy as np
import pytest

from innerview.errors import StoreError
from innerview.records import (
    Curve,
    Histogram,
    Image,
    Points,
    RunChanged,
    RunStarted,
    Text,
    Value,
)
from innerview.stores.base import Backend
from tests.store_records import (
    ODD_NAMES,
    Open,
    curve,
    item_records,
    only_run,
    points,
    told,
)


def test_an_empty_store_has_nothing(open_store: Open) -> None:
    backend = open_store()
    assert backend.writable and backend.kind in ("sqlite", "mongodb")
    assert backend.runs() == [] == backend.series() == backend.texts() == backend.checkpoints()
    assert (
        backend.histograms("r", "t") == [] == backend.images("r", "t") == backend.curves("r", "t")
    )
    assert backend.image("r", "i") is None and backend.scalars([]) == []
    assert curve(backend) == []
    assert backend.revision() == open_store().revision()


def test_a_run_begins_and_learns(backend: Backend) -> None:
    found = only_run(backend)
    assert (found.id, found.name, found.folder, found.status) == ("r", "first", "mnist", "running")
    assert (found.started, found.updated) == (1.0, 1.0)
    assert found.source == {"host": "here", "pid": 7} and found.parameters == {}
    assert (found.tags, found.note, found.hidden, found.deleted) == ((), "", False, False)
    backend.write([RunChanged("r", 2.0, {"lr": 0.1, "batch": 32})])
    backend.write([RunChanged("r", 3.25, {"lr": 0.01}, "done")])
    found = only_run(backend)
    assert found.parameters == {"lr": 0.01, "batch": 32}
    assert (found.status, found.updated) == ("done", 3.25)
    # Late words do not turn the clock back; a later start is a run that is continued.
    backend.write([RunChanged("r", 2.5, {}, "failed")])
    assert (only_run(backend).status, only_run(backend).updated) == ("done", 3.25)
    backend.write([RunStarted("r", "again", "other", 9.0, {"host": "there"})])
    found = only_run(backend)
    assert (found.name, found.folder, found.started) == ("first", "mnist", 1.0)
    assert (found.status, found.updated, found.source) == ("running", 9.0, {"host": "there"})


def test_what_comes_twice_changes_nothing(backend: Backend) -> None:
    batch = [
        RunStarted("r2", "second", "mnist", 2.0, {}),
        RunChanged("r2", 3.0, {"lr": 0.1, "none": None}, "done"),
        points([1.0, 2.0], run="r2"),
        *item_records(run="r2"),
    ]
    backend.write(batch)
    before = (backend.revision(), backend.runs(), backend.series(), backend.texts())
    backend.write(batch)
    backend.write(batch[2:])
    assert (backend.revision(), backend.runs(), backend.series(), backend.texts()) == before
    assert len(backend.histograms("r2", "it")) == len(backend.images("r2", "it")) == 1
    assert len(backend.curves("r2", "it")) == len(backend.checkpoints("r2")) == 1
    backend.write([])
    assert backend.revision() == before[0]


def test_a_piece_is_replaced_by_its_longer_self(backend: Backend) -> None:
    backend.write([points([1.0, math.nan])])
    assert told(backend).count == 2 and math.isnan(told(backend).last)
    first = told(backend).revision
    longer = points([1.0, math.nan, math.inf, -4.0])
    backend.write([points([1.0, math.nan, math.inf]), longer, points([9.0], 4, number=1)])
    found = told(backend)
    assert (found.count, found.last_step, found.last) == (5, 4, 9.0)
    assert (found.smallest, found.largest) == (-4.0, 9.0)
    assert found.revision > first
    backend.write([points([1.0]), longer])
    assert told(backend) == found
    np.testing.assert_array_equal(curve(backend), [1.0, math.nan, math.inf, -4.0, 9.0])


def test_numbers_that_are_none_are_kept(backend: Backend) -> None:
    values = [math.nan, math.inf, -math.inf, -0.0, 5e-324, 1.7976931348623157e308, 0.1 + 0.2]
    for name, value in enumerate(values):
        backend.write([points([value], tag=f"t{name}")])
        np.testing.assert_array_equal(curve(backend, f"t{name}"), [value])
        np.testing.assert_array_equal(told(backend, f"t{name}").last, value)
    backend.write([points([math.nan, -math.inf], tag="odd")])
    found = told(backend, "odd")
    assert (found.count, found.last) == (2, -math.inf)
    assert math.isnan(found.smallest) and math.isnan(found.largest)
    steps = np.array([-5, 2**62, -(2**62)])
    backend.write(
        [Points("r", "far", "w", 0, steps, np.array([1.7e9 + 0.123456, 2e9, 3e9]), steps / 7)]
    )
    (found_curve,) = backend.scalars([("r", "far")])
    np.testing.assert_array_equal(found_curve.steps, steps)
    assert found_curve.times[0] == 1.7e9 + 0.123456
    assert told(backend, "far").last_step == -(2**62)


def test_writers_of_one_curve_come_in_the_order_of_their_times(backend: Backend) -> None:
    # The second goes on from a crash at step 3; a piece of the first is brought in later.
    backend.write([points([0.0, 1.0], writer="z"), points([4.0, 5.0], 4, writer="a")])
    backend.write([points([2.0, 3.0], 2, number=1, writer="z")])
    assert curve(backend) == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert (told(backend).count, told(backend).last_step, told(backend).last) == (6, 5, 5.0)
    # A writer's own order stays, whatever its clock did.
    backwards = Points("r", "back", "w", 0, np.arange(3), np.array([9.0, 5.0, 7.0]), np.arange(3.0))
    backend.write([backwards])
    assert curve(backend, "back") == [0.0, 1.0, 2.0]


def test_many_curves_are_read_at_once(backend: Backend) -> None:
    runs = [f"r{n}" for n in range(3)]
    backend.write([RunStarted(run, run, "f", 2.0, {}) for run in runs])
    wanted = [(run, f"tag {n}") for n in range(120) for run in runs]
    backend.write([points([k, 2.0 * k], run=run, tag=tag) for k, (run, tag) in enumerate(wanted)])
    found = backend.scalars([*reversed(wanted), ("r0", "none"), ("none", "tag 1")])
    values = [scalar.values.tolist() for scalar in found]
    assert values[:-2] == [[k, 2.0 * k] for k in reversed(range(len(wanted)))]
    assert values[-2:] == [[], []]
    series = backend.series()
    assert len(series) == len(wanted)
    assert [s.tag for s in series] == sorted(s.tag for s in series)
    assert {s.run for s in backend.series("r1")} == {"r1"}


def test_a_long_curve_comes_in_pieces(backend: Backend) -> None:
    values = np.random.default_rng(0).normal(size=5000)
    for end in (700, 2600, 5000):
        backend.write(
            [
                points(values[at : min(at + 512, end)], at, number=at // 512)
                for at in range(0, end, 512)
            ]
        )
    np.testing.assert_array_equal(curve(backend), values)
    assert told(backend).count == 5000
    assert (told(backend).smallest, told(backend).largest) == (values.min(), values.max())


def test_other_records_come_back_as_they_were(backend: Backend) -> None:
    histogram, image, text, pr_curve, checkpoint, *_ = item_records()
    earlier = item_records(id="i0", step=1)
    backend.write([histogram, image, text, pr_curve, checkpoint, *earlier])
    before, found = backend.histograms("r", "it")
    assert isinstance(histogram, Histogram) and (before.step, found.id) == (1, "i1")
    np.testing.assert_array_equal(found.edges, histogram.edges)
    np.testing.assert_array_equal(found.counts, histogram.counts)
    assert found.edges.dtype == found.counts.dtype == np.float64
    info = backend.images("r", "it")[1]
    assert (info.id, info.step, info.time, info.width, info.height) == ("i1", 3, 4.5, 2, 1)
    assert isinstance(image, Image) and backend.image("r", "i1") == image.png
    assert backend.image("r", "none") is None and backend.image("none", "i1") is None
    assert backend.texts("r") == [earlier[2], text] == backend.texts()
    ((_, found_curve),) = [backend.curves("r", "it")]
    assert isinstance(pr_curve, Curve)
    np.testing.assert_array_equal(found_curve.thresholds, pr_curve.thresholds)
    np.testing.assert_array_equal(found_curve.counts, pr_curve.counts)
    assert backend.checkpoints() == [earlier[4], checkpoint] == backend.checkpoints("r")
    assert backend.checkpoints("none") == [] == backend.texts("none")
    for kind in ("histogram", "image", "text", "curve"):
        series = told(backend, "it", kind)
        assert series.count == 2 and math.isnan(series.last) and math.isnan(series.smallest)


def test_names_may_be_of_any_characters(backend: Backend) -> None:
    values = {name: float(k) for k, name in enumerate(ODD_NAMES)}
    # MongoDB finds a text with a NUL in it, but nx-27017 does not.
    tags = [name for name in ODD_NAMES if backend.kind != "mongodb" or "\0" not in name]
    backend.write([points([values[tag]], tag=tag) for tag in tags])
    backend.write([RunChanged("r", 2.0, values)])
    assert only_run(backend).parameters == values
    assert {s.tag: s.last for s in backend.series("r")} == {tag: values[tag] for tag in tags}
    for tag in tags:
        assert curve(backend, tag) == [values[tag]], repr(tag)
    undo = backend.edit("r", {"parameters": dict.fromkeys(ODD_NAMES[:10], ...)})
    assert only_run(backend).parameters == {name: values[name] for name in ODD_NAMES[10:]}
    backend.edit("r", undo)
    assert only_run(backend).parameters == values
    for name in ODD_NAMES:
        run = RunStarted(f"run-{ODD_NAMES.index(name)}", name, name, 5.0, {name: name})
        backend.write([run, Text(run.run, name, name, 0, 1.0, name)])
    found = {run.id: run for run in backend.runs()}
    for k, name in enumerate(ODD_NAMES):
        run_found = found[f"run-{k}"]
        assert (run_found.name, run_found.folder, run_found.source) == (name, name, {name: name})
        (text,) = backend.texts(f"run-{k}")
        assert (text.tag, text.id, text.text) == (name, name, name)


def test_parameters_keep_their_values_and_types(backend: Backend) -> None:
    values: dict[str, Value] = {
        "true": True, "false": False, "none": None, "one": 1, "one.0": 1.0, "zero": 0,
        "large": 2**62, "huge": 2**80, "negative": -(2**70), "float": 0.1 + 0.2, "tiny": 5e-324,
        "inf": math.inf, "-inf": -math.inf, "text": "adam", "empty": "", "nan as text": "nan",
        "long": "x" * 10_000, "": "no name",
    }  # fmt: skip
    backend.write([RunChanged("r", 2.0, values)])
    found = only_run(backend).parameters
    assert found == values
    assert {name: type(value) for name, value in found.items()} == {
        name: type(value) for name, value in values.items()
    }
    backend.write([RunChanged("r", 3.0, {"nan": math.nan})])
    nan = only_run(backend).parameters["nan"]
    assert isinstance(nan, float) and math.isnan(nan)


def test_what_comes_before_its_run_is_kept(open_store: Open) -> None:
    backend = open_store()
    backend.write([points([1.0], at=5.0)])
    assert only_run(backend).id == "r" and only_run(backend).name == "r"
    backend.write(
        [RunStarted("r", "named", "mnist", 2.0, {"pid": 1}), RunChanged("r", 6.0, {"a": 1})]
    )
    found = only_run(backend)
    assert (found.name, found.folder, found.started) == ("named", "mnist", 2.0)
    assert found.parameters == {"a": 1} and curve(backend) == [1.0]


def test_runs_come_the_earliest_first(backend: Backend) -> None:
    backend.write([RunStarted(id, id, "f", time, {}) for id, time in (("b", 3.0), ("a", 0.5))])
    assert [run.id for run in backend.runs()] == ["a", "r", "b"]


def test_every_change_of_a_tag_raises_its_revision(backend: Backend) -> None:
    backend.write([points([1.0]), points([1.0], tag="other")])
    revisions = [told(backend).revision]
    backend.write([points([1.0, 2.0])])
    revisions.append(told(backend).revision)
    backend.write([points([5.0], 9, writer="second")])
    revisions.append(told(backend).revision)
    backend.correct("r", "loss", 0, 9.0)
    revisions.append(told(backend).revision)
    assert revisions == sorted(set(revisions))


def test_two_see_the_same_store(open_store: Open, backend: Backend) -> None:
    other = open_store()
    revisions = {other.revision()}
    backend.write([points([1.0])])
    revisions.add(other.revision())
    assert curve(other) == [1.0]
    other.edit("r", {"name": "theirs"})
    other.write([points([1.0, 2.0])])
    revisions.add(backend.revision())
    assert only_run(backend).name == "theirs" and curve(backend) == [1.0, 2.0]
    assert told(backend) == told(other) and len(revisions) == 3


def test_many_write_at_once_and_nothing_is_lost(open_store: Open, backend: Backend) -> None:
    backends = [backend, open_store(), open_store()]
    mistakes: list[BaseException] = []

    def log(writer: int) -> None:
        try:
            mine = backends[writer % len(backends)]
            for count in range(1, 7):
                values = np.arange(float(count))
                mine.write([
                    RunChanged("r", 2.0 + count, {f"p{writer}": count}),
                    points(values, tag="shared", writer=f"w{writer}", at=1000.0 * writer),
                    points(values, tag=f"own {writer}", writer=f"w{writer}"),
                    Text("r", "shared", f"{writer}-{count}", count, 1.0, "x"),
                ])  # fmt: skip
                mine.edit("r", {"parameters": {f"edited{writer}": count}})
        except BaseException as error:
            mistakes.append(error)

    threads = [threading.Thread(target=log, args=(writer,)) for writer in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert mistakes == []
    assert curve(backend, "shared") == list(np.arange(6.0)) * 6
    assert told(backend, "shared").count == 36 and told(backend, "shared").largest == 5.0
    assert told(backend, "shared", "text").count == len(backend.texts("r")) == 36
    expected = {f"p{n}": 6 for n in range(6)} | {f"edited{n}": 6 for n in range(6)}
    assert only_run(backend).parameters == expected


def test_a_closed_store_says_so(backend: Backend) -> None:
    backend.close()
    backend.close()
    for ask in (backend.runs, backend.revision, lambda: backend.write([points([1.0])])):
        with pytest.raises(StoreError, match="closed"):
            ask()
