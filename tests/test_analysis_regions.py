"""analysis/regions/: estimates against truths known otherwise."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from analysis import Study
from analysis.regions import inverse
from analysis.regions.draw import Draw, Head, _cells, read_cells, read_probabilities, read_summary
from analysis.regions.grid import ONE, Grid, find_labels, grid_over, pack
from analysis.regions.inverse import CANDIDATES, Inverse, Regression, fit
from analysis.regions.maps import Place
from analysis.service_worker import Opened
from model.graph import flatten

RANDOM = np.random.default_rng(3)
POINTS = RANDOM.normal(size=(300, 2)).astype(np.float32)
EVERY = np.arange(len(POINTS))


def at(estimate: Inverse, places: NDArray[Any], without: Any = None) -> NDArray[np.float32]:
    return np.concatenate([made for _, made in estimate.at(places, without)])


@pytest.mark.parametrize("regression", CANDIDATES)
def test_weights_sum_to_one_and_a_constant_stays_one(regression: Regression) -> None:
    estimate = Inverse(POINTS, np.full((300, 3), 7, np.float32), regression)
    places = RANDOM.normal(scale=4, size=(50, 2))
    indices, weights = estimate.weights(places)
    assert indices.shape == weights.shape == (50, regression.k)
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    np.testing.assert_allclose(at(estimate, places), 7, rtol=1e-5)


def test_planes_are_found_again_where_samples_are_and_bounded_where_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inverse, "RIDGE", 1e-9)
    slopes = np.array([[2.0, -1.0, 0.5], [0.0, 3.0, 1.0]])
    vectors = (POINTS @ slopes + 4).astype(np.float32)
    estimate = Inverse(POINTS, vectors, Regression("plane", 12))
    inner = RANDOM.uniform(-0.7, 0.7, size=(40, 2))
    np.testing.assert_allclose(at(estimate, inner), inner @ slopes + 4, atol=1e-4)
    errors = estimate.errors(np.flatnonzero(np.hypot(*POINTS.T) < 1))
    # Few lie at the edge of their neighbours, beyond which no plane is read.
    assert np.quantile(errors, 0.9) < 1e-4
    # A thousand units away the plane itself would be a thousand times as much.
    far = at(estimate, np.array([[1000.0, 1000.0]]))
    assert np.abs(far).max() < 2 * np.abs(vectors).max()


@pytest.mark.parametrize("regression", [Regression("mean", 5), Regression("plane", 12)])
def test_a_sample_left_out_is_as_if_it_were_not_there(regression: Regression) -> None:
    vectors = RANDOM.normal(size=(300, 4)).astype(np.float32)
    estimate = Inverse(POINTS, vectors, regression)
    left_out = at(estimate, POINTS.astype(np.float64), EVERY)
    for index in (0, 17, 299):
        others = np.delete(EVERY, index)
        without = Inverse(POINTS[others], vectors[others], regression)
        expected = at(without, POINTS[[index]].astype(np.float64))[0]
        np.testing.assert_allclose(left_out[index], expected, atol=1e-6)
    missed = np.linalg.norm(left_out - vectors, axis=1)
    np.testing.assert_allclose(estimate.errors(EVERY), missed, atol=1e-5)


def test_the_regression_that_errs_least_is_chosen() -> None:
    wild = RANDOM.normal(size=(300, 4)).astype(np.float32)
    assert fit(POINTS, wild).regression == Regression("mean", 32)
    smooth = np.stack([POINTS[:, 0], POINTS[:, 0] * POINTS[:, 1]], 1).astype(np.float32)
    assert fit(POINTS, smooth).regression.kind == "plane"
    assert fit(POINTS[:2], wild[:2]).regression.k == 2
    assert at(fit(POINTS[:1], wild[:1]), np.zeros((3, 2))).shape == (3, 4)


def test_samples_in_one_place_and_vectors_that_overflowed_are_borne() -> None:
    points, vectors = np.zeros((40, 2), np.float32), np.ones((40, 2), np.float32)
    vectors[3] = np.inf
    estimate = fit(points, vectors)
    assert np.isfinite(at(estimate, np.array([[0.0, 0.0], [5.0, 5.0]]))).all()
    grid = grid_over(points, 100)
    assert np.isfinite(grid.places()).all()
    assert np.isfinite(estimate.support(grid.places(), estimate.reach())).all()


@pytest.mark.parametrize("spread", [0.0, 1e-30])
def test_planes_through_samples_on_a_line_are_read(spread: float) -> None:
    along = np.arange(100, dtype=np.float32)
    points = np.stack([along, spread * along], 1)
    estimate = Inverse(points, along[:, None], Regression("plane", 12))
    np.testing.assert_allclose(at(estimate, np.array([[50.0, 0.0]])), 50, rtol=1e-5)


def test_networks_without_numbers_and_very_large_vectors_are_told() -> None:
    vectors = (1e30 * RANDOM.normal(size=(300, 4))).astype(np.float32)
    assert np.isfinite(fit(POINTS, vectors).errors(EVERY)).all()
    logits = np.array([[np.nan, 1, 2], [1, 2, 3], [np.inf, 0, 0]], np.float32)
    with np.errstate(invalid="ignore"):
        shares = Head(lambda _: logits, "softmax", 3).probabilities(vectors)
    assert np.isfinite(shares).all() and not shares[0].any()
    assert shares[1].sum() == pytest.approx(1)


def test_of_very_many_classes_the_largest_regions_have_names() -> None:
    cells = np.full((40, 40, 4), ONE, np.uint16)
    cells[..., 0] = np.arange(1600).reshape(40, 40)
    cells[10:30, 10:30, 0] = 999
    labels = find_labels(cells, Grid((0.0, 0.0, 1.0, 1.0), 40, 40))
    assert labels[0]["class"] == 999


def test_support_is_one_among_samples_and_falls_with_the_distance() -> None:
    estimate = Inverse(POINTS, np.zeros((300, 1), np.float32), CANDIDATES[0])
    reach = estimate.reach()
    assert np.mean(estimate.support(POINTS.astype(np.float64), reach) == 1) > 0.98
    third = np.sort(np.hypot(*(POINTS - np.array([30, 0])).T))[2]
    found = estimate.support(np.array([[30.0, 0.0]]), reach)
    np.testing.assert_allclose(found, reach / third, rtol=1e-6)


def test_corners_interpolate_linear_functions_exactly() -> None:
    grid = Grid((-2.0, 1.0, 4.0, 5.0), 12, 8)
    linear = (grid.places() @ np.array([3.0, -2.0])).reshape(grid.shape)
    places = RANDOM.uniform((-1.7, 1.3), (3.7, 4.7), size=(100, 2))
    rows, columns, weights = grid.corners(places)
    np.testing.assert_allclose((weights * linear[rows, columns]).sum(1), places @ [3.0, -2.0])


@given(st.integers(0, 2**32 - 1))
def test_two_classes_meet_where_their_interpolated_probabilities_are_equal(seed: int) -> None:
    random = np.random.default_rng(seed)
    grid = Grid((0.0, 0.0, 1.0, 1.0), 6, 5)
    first = random.random((5, 6)).astype(np.float16).astype(np.float32)
    probabilities = np.stack([first, 1 - first], 2).astype(np.float16)
    cells = pack(probabilities, np.ones((5, 6), np.float32))
    places = random.random((200, 2))
    rows, columns, weights = grid.corners(places)
    shares = (weights[..., None] * probabilities[rows, columns].astype(np.float64)).sum(1)
    clear = np.abs(shares[:, 0] - shares[:, 1]) > 1e-3
    drawn = grid.classes_at(cells, places)
    np.testing.assert_array_equal(drawn[clear], shares.argmax(1)[clear])
    assert (grid.classes_at(cells, np.array([[1.01, 0.5], [0.5, -0.01]])) == -1).all()


def test_names_stand_inside_the_parts_of_their_regions() -> None:
    cells = np.zeros((40, 60, 4), np.uint16)
    cells[..., 3] = ONE
    cells[:, 30:, 0] = 7
    cells[10:20, 40:50, 0] = 3
    # What is not supported gets no name.
    cells[:5, :5, 0], cells[:5, :5, 3] = 9, ONE // 3
    grid = Grid((0.0, 0.0, 6.0, 4.0), 60, 40)
    labels = find_labels(cells, grid)
    assert [label["class"] for label in labels] == [0, 7, 3]
    drawn = grid.classes_at(cells, np.array([[label["x"], label["y"]] for label in labels]))
    assert drawn.tolist() == [0, 7, 3]
    assert labels[2]["radius"] == pytest.approx(0.5, abs=0.06)


@pytest.fixture(scope="module")
def opened(computed: Study) -> Opened:
    task, description = computed.task, computed.description
    preprocessing = task.read_preprocessing()
    assert description is not None and preprocessing is not None
    return Opened(task, flatten(task.network.load().model), description, preprocessing, {})


def test_regions_are_what_the_network_says_of_the_estimated_vectors(
    computed: Study, opened: Opened
) -> None:
    import keras

    task, reports = computed.task, []
    summary = Draw("dense", "tsne").answer(opened, lambda share, _: reports.append(share))
    assert reports == sorted(reports)
    assert read_summary(task, "dense", "tsne") == summary
    cells, probabilities = (
        read_cells(task, "dense", "tsne"),
        read_probabilities(task, "dense", "tsne"),
    )
    layout, vectors = computed.layout("dense", "tsne"), computed.activations("dense")
    assert cells is not None and probabilities is not None
    assert layout is not None and vectors is not None and computed.samples is not None
    grid = Grid(tuple(summary["box"]), summary["width"], summary["height"])
    estimate = Inverse(layout.points, vectors, Regression(**summary["regression"]))
    model = keras.saving.load_model(computed.network.path, compile=False)
    kernel, bias = model.get_layer("probabilities").get_weights()

    def say(made: NDArray[np.float32]) -> NDArray[Any]:
        logits = made.astype(np.float64) @ kernel + bias
        shares = np.exp(logits - logits.max(1, keepdims=True))
        return np.asarray(shares / shares.sum(1, keepdims=True))

    some = np.arange(0, grid.width * grid.height, 97)
    expected = say(at(estimate, grid.places()[some]))
    np.testing.assert_allclose(probabilities.reshape(-1, 10)[some], expected, atol=1e-3)
    np.testing.assert_array_equal(cells[..., 0], probabilities.argmax(2))

    predicted = computed.samples["predicted"]
    own = layout.points.astype(np.float64)
    held_out = say(at(estimate, own, np.arange(len(own)))).argmax(1) == predicted
    assert summary["agreement_held_out"] == pytest.approx(held_out.mean(), abs=1e-9)
    drawn = grid.classes_at(cells, own)
    assert summary["agreement"] == pytest.approx(np.mean(drawn == predicted), abs=1e-9)
    spread = np.sqrt(((vectors - vectors.mean(0)) ** 2).sum(1).mean())
    errors = estimate.errors(np.arange(len(own))) / spread
    assert summary["error"]["median"] == pytest.approx(np.median(errors), rel=1e-4)
    assert summary["error"]["p95"] == pytest.approx(np.percentile(errors, 95), rel=1e-4)
    assert summary["measured"] == len(own)


def test_grids_are_coarser_for_wide_layers_and_many_classes(opened: Opened) -> None:
    wide = np.zeros((300, 4096), np.float32)
    estimate = Inverse(POINTS, wide, Regression("mean", 8))
    many = replace(opened, description=replace(opened.description, classes=1000))
    assert _cells(many, "dense", estimate) < _cells(opened, "dense", estimate) // 2


def test_heads_of_one_unit_tell_two_classes_apart() -> None:
    head = Head(lambda vectors: vectors[:, :1], "sigmoid", 2)
    found = head.probabilities(np.array([[0.0], [3.0]], np.float32))
    np.testing.assert_allclose(found, [[0.5, 0.5], [1 / (1 + np.e**3), 1 / (1 + np.e**-3)]], 1e-6)


def test_a_place_says_what_an_unfaithful_map_is_worth() -> None:
    near = np.zeros(1, np.int64)
    place = Place(near, np.ones(1, np.float32), 1.0, near, 0.603)
    assert place.sentence.endswith("agree with the network at 60 % of the images.")
    assert "agree" not in replace(place, held_out=0.99).sentence
