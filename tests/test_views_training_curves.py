"""Curves: which points are drawn, over which x, how smooth, and the route that sends them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from innerview.stores.base import Scalar
from tests.training_stores import (
    STARTED,
    client_of,
    open_library,
    run_records,
    scalar_records,
    unpack,
    write,
)
from views.training.curves_axes import interpolate_epochs, make_line, smooth, smooth_from
from views.training.curves_cache import Curves
from views.training.downsampling import downsample, pixel_edges, share
from views.training.library import Library

Floats = NDArray[np.float64]

VALUES = st.one_of(
    st.floats(-1e6, 1e6), st.sampled_from([0.0, 1.0, float("nan"), float("inf"), -float("inf")])
)
CURVES = st.lists(st.tuples(st.integers(0, 300), VALUES), min_size=1, max_size=200)


def scalar(steps: Any, values: Any, times: Any = None) -> Scalar:
    x = np.asarray(steps, np.int64)
    t = x + STARTED if times is None else np.asarray(times, np.float64)
    return Scalar(x, t.astype(np.float64), np.asarray(values, np.float64))


# -- downsampling ---------------------------------------------------------------------------------


@given(CURVES, st.integers(1, 40), st.integers(-20, 320), st.integers(0, 200), st.booleans())
def test_downsampling_against_looking_at_every_point(
    points: list[tuple[int, float]], pixels: int, low: int, width: int, logarithmic: bool
) -> None:
    points = sorted(points, key=lambda point: point[0])
    x, y = (np.array(part, np.float64) for part in zip(*points, strict=True))
    edges = pixel_edges(low, low + width, pixels, logarithmic)
    kept = downsample(x, y, edges, 0)
    assert (np.diff(kept) > 0).all()

    inside = np.flatnonzero((x >= low) & (x <= low + width))
    # The line goes on beyond both sides, and its ends in the range are where they were.
    assert {place for place in kept if x[place] < low} <= set(np.flatnonzero(x < low)[-1:])
    assert {place for place in kept if x[place] > low + width} <= set(
        np.flatnonzero(x > low + width)[:1]
    )
    if not len(inside):
        return
    assert {inside[0], inside[-1]} <= set(kept)
    assert {max(inside[0] - 1, 0), min(inside[-1] + 1, len(x) - 1)} <= set(kept)
    pixel = np.minimum(np.searchsorted(edges, x[inside], "right") - 1, pixels - 1)
    for one in np.unique(pixel):
        there = inside[pixel == one]
        sent = np.intersect1d(there, kept)
        finite, drawn = y[there][np.isfinite(y[there])], y[sent][np.isfinite(y[sent])]
        if len(finite):
            assert (drawn.min(), drawn.max()) == (finite.min(), finite.max())
        # A gap stays one.
        assert np.isfinite(y[there]).all() == np.isfinite(y[sent]).all()
    assert len(kept) <= 3 * len(np.unique(pixel)) + 4


def test_few_points_are_all_drawn_and_one_beyond_each_side() -> None:
    x = np.arange(100.0)
    kept = downsample(x, np.sin(x), pixel_edges(40, 50, 600), 1200)
    np.testing.assert_array_equal(kept, np.arange(39, 52))


def test_a_million_points_of_one_x_and_of_one_value() -> None:
    assert len(downsample(np.zeros(10**6), np.arange(1e6), pixel_edges(0, 0, 600), 1200)) == 2
    flat = downsample(np.arange(1e6), np.ones(10**6), pixel_edges(0, 1e6 - 1, 600), 1200)
    assert 600 <= len(flat) <= 1202


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=20), st.integers(1, 5000))
def test_a_budget_is_shared(counts: list[int], budget: int) -> None:
    most = share(np.array(counts), budget)
    used = sum(min(count, most) for count in counts)
    assert used <= budget
    # Nothing is left over that another curve could have used.
    assert used == sum(counts) or used > budget - len(counts)


# -- axes -----------------------------------------------------------------------------------------


def test_axes() -> None:
    found = scalar([10, 20, 40], [1, 2, 3], [STARTED + 5, STARTED + 6, STARTED + 9])
    epochs = scalar([0, 20, 40], [0, 1, 2])
    xs = {
        axis: make_line(found, axis, STARTED, epochs).x.tolist()  # type: ignore[arg-type]
        for axis in ("step", "epoch", "time", "clock")
    }
    assert xs["step"] == [10, 20, 40]
    assert xs["epoch"] == [0.5, 1, 2]
    assert xs["time"] == [5, 6, 9]
    assert xs["clock"] == [STARTED + 5, STARTED + 6, STARTED + 9]
    assert make_line(found, "epoch", STARTED, None).x.tolist() == [10, 20, 40]


def test_batches_after_the_last_epoch_do_not_stand_still() -> None:
    epochs = scalar([0, 100, 200], [0, 1, 2])
    steps = np.array([50.0, 200, 250, 300])
    assert interpolate_epochs(steps, epochs).tolist() == [0.5, 2, 2.5, 3]
    # Only a start is known, or nothing at all.
    assert interpolate_epochs(steps, scalar([0], [0])).tolist() == [0, 0, 0, 0]
    assert interpolate_epochs(steps, scalar([0], [np.nan])).tolist() == steps.tolist()


def test_a_restart_is_sorted_and_keeps_its_duplicates() -> None:
    line = make_line(scalar([0, 1, 2, 3, 2, 3, 4], range(7)), "step", 0.0, None)
    assert line.x.tolist() == [0, 1, 2, 2, 3, 3, 4]
    assert line.y.tolist() == [0, 1, 2, 4, 3, 5, 6]


# -- smoothing ------------------------------------------------------------------------------------


def smooth_one_by_one(y: list[float], weight: float) -> Floats:
    """TensorBoard's smoothing as its page does it."""
    last, count, found = 0.0, 0, []
    for value in y:
        if np.isfinite(value):
            last, count = last * weight + (1 - weight) * value, count + 1
            found.append(last / (1 - weight**count))
        else:
            found.append(value)
    return np.array(found)


@given(st.lists(VALUES, min_size=1, max_size=300), st.floats(0, 0.999))
def test_smoothing_against_one_value_after_another(y: list[float], weight: float) -> None:
    found = smooth(np.array(y), weight)
    np.testing.assert_allclose(found, smooth_one_by_one(y, weight), rtol=1e-7, atol=1e-6)


def test_smoothing_of_a_part_is_that_of_the_whole() -> None:
    y = np.random.default_rng(0).normal(size=20_000)
    for weight in (0.0, 0.5, 0.99, 0.999):
        for first in (0, 10, 15_000):
            part, start = smooth_from(y, weight, first)
            np.testing.assert_allclose(part[first - start :], smooth(y, weight)[first:])
    assert smooth_from(y, 0.9, 15_000)[1] == 15_000


def test_smoothing_of_huge_values_stays_finite() -> None:
    assert np.isfinite(smooth(np.array([1.7e308, -1.7e308] * 50), 0.9)).all()


# -- the route ------------------------------------------------------------------------------------


def make_library(folder: Path) -> Library:
    found = open_library(folder)
    write(
        found.default,
        run_records("a"),
        scalar_records("a", "loss", np.linspace(1, 0, 5000)),
        scalar_records("a", "epoch", [0, 1, 2], [0, 2500, 5000]),
        run_records("b", name="logs/validation"),
        scalar_records("b", "epoch_accuracy", [0.5, np.nan, np.inf, 0.9]),
    )
    return found


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """Of a store that nobody writes into."""
    found = make_library(tmp_path_factory.mktemp("curves"))
    yield client_of(found)
    found.close()


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """One to write into."""
    found = make_library(tmp_path)
    yield found
    found.close()


LOSS = {"run": "a", "tag": "loss"}
ACCURACY = {"run": "b", "tag": "epoch_accuracy"}


def ask(client: FlaskClient, *curves: dict[str, str], **more: Any) -> Any:
    answer = client.post("/api/training/curves", json={"curves": curves, **more})
    assert answer.status_code == 200, answer.data
    return unpack(answer.data)


def test_curves_come_with_what_the_page_needs(client: FlaskClient) -> None:
    unknown = {"run": "gone", "tag": "loss"}
    header, numbers = ask(client, LOSS, unknown, ACCURACY, LOSS, pixels=100)
    loss, accuracy = header["curves"]
    assert loss["role"] == {"quantity": "cross-entropy", "split": "training", "per": None}
    assert accuracy["role"] == {"quantity": "accuracy", "split": "validation", "per": "epoch"}
    assert (loss["total"], loss["first"], loss["last"], loss["last_value"]) == (5000, 0, 4999, 0)
    assert 100 < loss["count"] <= 204
    assert accuracy["at"] == 2 * loss["count"] and len(numbers) == accuracy["at"] + 8
    at, n = loss["at"], loss["count"]
    x, y = numbers[at : at + n], numbers[at + n : at + 2 * n]
    assert (x[0], x[-1], y[0], y[-1]) == (0, 4999, 1, 0)
    np.testing.assert_allclose(y, 1 - x / 4999, atol=1e-12)
    assert str(numbers[-4:]) == str(np.array([0.5, np.nan, np.inf, 0.9]))


def test_a_zoom_is_refined_and_smoothing_is_that_of_the_whole(client: FlaskClient) -> None:
    zoom = {"from": 100.5, "to": 140, "pixels": 600, "smoothing": 0.9}
    header, numbers = ask(client, LOSS, **zoom)
    (loss,) = header["curves"]
    n = loss["count"]
    assert n == 42 and loss["total"] == 5000
    assert numbers[:n].tolist() == list(range(100, 142))
    whole = smooth(np.linspace(1, 0, 5000), 0.9)
    np.testing.assert_allclose(numbers[2 * n : 3 * n], whole[100:142])
    # Just as many as the budget allows are not thinned out.
    for budget in (40, 41, 42, 43):
        assert ask(client, LOSS, **zoom, budget=budget)[0]["curves"][0]["count"] == 42
    # Beyond everything there is one point, so that a line leads there.
    assert ask(client, LOSS, **{"from": 9000, "to": 9001})[1].tolist() == [4999, 0]


def test_epochs_and_the_budget(client: FlaskClient) -> None:
    header, numbers = ask(client, LOSS, x="epoch", budget=60)
    (loss,) = header["curves"]
    assert loss["last"] == pytest.approx(4999 / 2500) and loss["count"] <= 60
    assert numbers[loss["count"] - 1] == loss["last"]


def test_logarithmic_pixels_keep_the_beginning(client: FlaskClient) -> None:
    _, numbers = ask(client, LOSS, log=True, pixels=50)
    assert set(range(5)) <= set(numbers[: len(numbers) // 2])


def test_nothing_asked_is_nothing_sent(client: FlaskClient) -> None:
    header, numbers = ask(client)
    assert header["curves"] == [] and len(numbers) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"curves": None},
        {"curves": [LOSS] * 10_001},
        {"curves": [["a", "loss"]]},
        {"curves": [{"run": "a", "tag": 4}]},
        {"curves": [{"run": "a", "tag": "x" * 2000}]},
        {"x": "wall"},
        {"x": ["step"]},
        {"from": "0"},
        {"from": 5, "to": 4},
        {"to": 1e300},
        {"pixels": 0},
        {"pixels": True},
        {"pixels": 10**9},
        {"smoothing": 1},
        {"smoothing": -0.1},
        {"budget": 10**10},
        {"log": 1},
    ],
)
def test_mistakes_are_a_sentence(client: FlaskClient, wrong: dict[str, Any]) -> None:
    answer = client.post("/api/training/curves", json={"curves": [LOSS], **wrong})
    assert answer.status_code == 400
    assert answer.json is not None and answer.json["message"].endswith(".")


def test_only_json_is_read(client: FlaskClient) -> None:
    body = '{"curves": [], "from": NaN}'
    post = client.post
    assert post("/api/training/curves", data=body, content_type="text/plain").status_code == 415
    json_type = "application/json"
    assert post("/api/training/curves", data=body, content_type=json_type).status_code == 400
    assert post("/api/training/curves", data="[" * 10**5, content_type=json_type).status_code == 400
    huge = b'{"curves": "' + b"x" * 5 * 2**20 + b'"}'
    assert post("/api/training/curves", data=huge, content_type=json_type).status_code == 413


def test_live_tags(library: Library) -> None:
    client = client_of(library)
    more = [scalar_records("a", tag, [1.0]) for tag in ("batch/loss", "val_loss", "accuracy")]
    write(library.default, *more)
    answer = client.get("/api/training/live").json
    assert answer == {
        "tags": {
            "accuracy": {"training": ["accuracy"], "validation": ["epoch_accuracy"]},
            "cross-entropy": {"training": ["loss", "batch/loss"], "validation": ["val_loss"]},
        }
    }


def test_tensorboards_runs_of_keras_are_told_apart(library: Library) -> None:
    client = client_of(library)
    write(
        library.default,
        run_records("t", name="logs/train"),
        scalar_records("t", "epoch_accuracy", [0.5]),
    )
    tags = client.get("/api/training/live").json
    both = {"training": ["epoch_accuracy"], "validation": ["epoch_accuracy"]}
    assert tags is not None and tags["tags"]["accuracy"] == both
    header, _ = ask(client, ACCURACY, {"run": "t", "tag": "epoch_accuracy"})
    assert [curve["role"]["split"] for curve in header["curves"]] == ["validation", "training"]


# -- the cache ------------------------------------------------------------------------------------


def test_curves_are_read_again_only_when_they_grow(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, curves = library.default, Curves()
    asked: list[list[tuple[str, str]]] = []
    read = opened.backend.scalars

    def watch(wanted: Any) -> Any:
        asked.append(list(wanted))
        return read(wanted)

    monkeypatch.setattr(type(opened.backend), "scalars", lambda self, wanted: watch(wanted))
    wanted = [("a", "loss"), ("b", "epoch_accuracy"), ("gone", "loss")]

    def lengths() -> list[int | None]:
        found = curves.read(opened, opened.catalog.snapshot(), wanted)
        return [None if one is None else len(one.steps) for one in found]

    assert lengths() == lengths() == [5000, 4, None]
    assert asked == [wanted[:2]]
    write(opened, scalar_records("b", "epoch_accuracy", [0.5, 0.6, 0.7, 0.8, 0.9]))
    assert lengths() == [5000, 5, None]
    assert asked[1:] == [wanted[1:2]]


def test_the_cache_keeps_to_its_size(library: Library) -> None:
    opened, curves = library.default, Curves(most=5000 * 24 + 50)
    snapshot = opened.catalog.snapshot()
    for _ in range(2):
        for wanted in (("a", "loss"), ("a", "epoch"), ("b", "epoch_accuracy")):
            curves.read(opened, snapshot, [wanted])
            assert curves._size <= 5000 * 24 + 50
    assert ("a", "loss") not in {key[1:] for key in curves._kept}
