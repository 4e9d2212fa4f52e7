"""Class-probability maps: the grid, every kind of network's answers, and what lies between maps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import expit
from scipy.special import softmax as reference

from innerview import ClassMap, make_map
from innerview.class_maps_interpolate import (
    interpolate,
    mix,
    mix_regions,
    stretch,
    stretch_region,
    weights,
)
from innerview.class_maps_scores import to_probabilities
from tests.store_records import shares


def logits_of(places: NDArray[np.float32]) -> NDArray[np.float32]:
    """Three classes, none of them everywhere."""
    x, y = places.T
    return np.stack([2 * x, 3 * y - x, 1 - x * y], 1)


def some_map(
    height: int, width: int, classes: int, seed: int, epoch: int | None = None
) -> ClassMap:
    values = shares(height, width, classes, seed).astype(np.float32)
    return ClassMap(values, (0.0, 1.0), (0.0, 1.0), "region", epoch)


def test_a_map_is_what_the_function_says_at_each_point() -> None:
    made = make_map(logits_of, (-1, 2), (0.5, 2.5), axial_gradation=0.5, epoch_num=3)
    assert made is not None and made.probabilities.shape == (5, 7, 3)
    assert (made.xlim, made.ylim, made.epoch, made.map_type) == ((-1, 2), (0.5, 2.5), 3, "boundary")
    np.testing.assert_allclose(made.xs, [-1, -0.5, 0, 0.5, 1, 1.5, 2])
    np.testing.assert_allclose(made.ys, [0.5, 1, 1.5, 2, 2.5])
    for row, y in enumerate(made.ys):
        for column, x in enumerate(made.xs):
            truth = reference([2 * x, 3 * y - x, 1 - x * y])
            np.testing.assert_allclose(made.probabilities[row, column], truth, atol=1e-6)
            assert made.region[row, column] == truth.argmax()
            assert made.boundary[row, column] == pytest.approx(truth.max(), abs=1e-6)
    np.testing.assert_array_equal(np.asarray(made), made.boundary)
    np.testing.assert_array_equal(np.asarray(made.as_type("region")), made.region)


def test_a_grid_larger_than_a_batch_is_the_same_grid() -> None:
    fine = make_map(logits_of, (-1, 1), (-1, 1), square_axis_points=301)
    coarse = make_map(logits_of, (-1, 1), (-1, 1), square_axis_points=31)
    assert fine is not None and coarse is not None
    np.testing.assert_allclose(
        fine.probabilities[::10, ::10], coarse.probabilities, rtol=0, atol=1e-6
    )


@pytest.mark.parametrize(
    ("length", "gradation", "points"),
    [
        (2.0, 0.05, 41),
        (1.0, 0.1, 11),
        (3.0, 0.3, 11),
        (1.0, 0.3, 5),
        (0.01, 0.05, 2),
        (1e9, 1e8, 11),
    ],
)
def test_points_are_as_far_apart_as_asked_or_a_little_nearer(length, gradation, points) -> None:  # type: ignore[no-untyped-def]
    made = make_map(logits_of, (0.0, length), (0.0, length), axial_gradation=gradation)
    assert made is not None and made.probabilities.shape[:2] == (points, points)
    assert made.xs[0] == 0.0 and made.xs[-1] == length
    assert np.diff(made.xs).max() <= gradation * (1 + 1e-6)


def test_only_the_epochs_of_a_frequency_are_kept() -> None:
    made = [
        make_map(logits_of, (0, 1), (0, 1), square_axis_points=2, epoch_num=epoch, epoch_freq=3)
        for epoch in range(7)
    ]
    assert [each.epoch for each in made if each is not None] == [0, 3, 6]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"xlim": (1, 1)}, "lower to a higher"),
        ({"ylim": (0, np.inf)}, "lower to a higher"),
        ({"xlim": 3}, "pair of numbers"),
        ({"map_type": "both"}, "map_type"),
        ({"axial_gradation": 0}, "axial_gradation"),
        ({"axial_gradation": 1e-9}, "too fine"),
        ({"axial_gradation": 5e-324}, "too fine"),
        ({"axial_gradation": "fine"}, "axial_gradation"),
        ({"xlim": (1, 1 + 1e-12)}, "32 bits"),
        ({"ylim": (-1e300, 1e300)}, "32 bits"),
        ({"square_axis_points": 1}, "square_axis_points"),
        ({"square_axis_points": np.nan}, "square_axis_points"),
        ({"square_axis_points": [9, 9]}, "square_axis_points"),
        ({"epoch_num": "3"}, "epoch_num"),
        ({"epoch_freq": 2}, "needs epoch_num"),
        ({"epoch_freq": 0, "epoch_num": 1}, "epoch_freq"),
        ({"scores": "odds"}, "scores"),
        ({"model": lambda places: places[:3]}, "for 441 points.*needed is"),
        ({"model": lambda places: places[None]}, "needed is"),
        ({"model": lambda places: np.full((len(places), 2), "a")}, "no scores"),
        ({"model": lambda places: (places, places)}, "one array"),
        ({"model": 7}, "cannot be called"),
        ({"model": lambda places: -places, "scores": "probabilities"}, "no probabilities"),
        ({"model": lambda places: np.zeros((len(places), 60_000))}, "too many"),
    ],
)
def test_what_makes_no_map_is_a_sentence(arguments: dict[str, object], sentence: str) -> None:
    given = {"model": logits_of, "xlim": (0, 1), "ylim": (0, 1), **arguments}
    with pytest.raises((ValueError, TypeError), match=sentence):
        make_map(**given)  # type: ignore[arg-type]


def test_scores_of_any_kind_are_probabilities() -> None:
    scores = np.random.default_rng(0).normal(0, 3, (50, 4))
    truth = reference(scores, axis=1)
    np.testing.assert_allclose(to_probabilities(scores), truth, rtol=1e-12)
    np.testing.assert_allclose(to_probabilities(truth), truth, rtol=1e-12)
    np.testing.assert_allclose(to_probabilities(np.log(truth)), truth, rtol=1e-12)
    rounded = truth.astype(np.float16).astype(np.float64)
    np.testing.assert_allclose(to_probabilities(rounded), truth, atol=1e-3)
    # Probabilities all the same, if one says that these are logits.
    np.testing.assert_allclose(
        to_probabilities(truth, "logits"), reference(truth, axis=1), rtol=1e-12
    )
    single = scores[:, :1]
    both = np.concatenate([1 - expit(single), expit(single)], 1)
    np.testing.assert_allclose(to_probabilities(single), both, rtol=1e-12)
    np.testing.assert_allclose(to_probabilities(expit(single)), both, rtol=1e-12)
    small = np.array([[0.2], [0.4]])
    np.testing.assert_allclose(to_probabilities(small, "logits")[:, 1], expit([0.2, 0.4]))
    units = expit(scores)
    np.testing.assert_allclose(
        to_probabilities(units, "probabilities"), units / units.sum(1, keepdims=True)
    )
    large = np.array([[1e4, -1e4], [800.0, 800.0]])
    np.testing.assert_array_equal(to_probabilities(large), [[1, 0], [0.5, 0.5]])


def test_where_a_network_answers_nothing_there_is_no_class() -> None:
    def blown_up(places: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.where(places[:, :1] > 0, np.float32(np.nan), logits_of(places))

    made = make_map(blown_up, (-1, 1), (-1, 1), square_axis_points=4)
    assert made is not None
    np.testing.assert_array_equal(made.region[:, 2:], -1)
    assert (made.region[:, :2] >= 0).all() and np.isnan(made.boundary[:, 2:]).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31), st.integers(2, 9), st.floats(0, 1))
def test_no_third_class_appears_between_two_maps(seed: int, classes: int, share: float) -> None:
    first, second = (some_map(6, 5, classes, seed + k) for k in (0, 1))
    for kind in ("linear", "geometric"):
        between = mix(first.probabilities, second.probabilities, share, kind)  # type: ignore[arg-type]
        np.testing.assert_allclose(between.sum(-1), 1, atol=1e-5)
        region = mix_regions(between, first.region, second.region)
        assert ((region == first.region) | (region == second.region)).all()
        # Also in every pixel that is drawn between the points of the grid.
        drawn = stretch_region(between, region, weights(6, 23), weights(5, 17))
        rows, columns = np.arange(23) * 5 / 22, np.arange(17) * 4 / 16
        for y, x in np.ndindex(23, 17):
            around = region[
                int(np.floor(rows[y])) : int(np.ceil(rows[y])) + 1,
                int(np.floor(columns[x])) : int(np.ceil(columns[x])) + 1,
            ]
            assert drawn[y, x] in around


def test_from_class_0_to_2_there_is_no_class_1() -> None:
    sure = np.eye(3, dtype=np.float32)
    maps = [
        ClassMap(np.tile(sure[k], (4, 4, 1)), (0, 1), (0, 1), "region", epoch)
        for k, epoch in ((0, 0), (2, 10))
    ]
    for kind in ("linear", "geometric"):
        moments = list(interpolate(maps, 10, kind))  # type: ignore[arg-type]
        assert [moment.epoch for moment in moments] == pytest.approx(np.arange(11.0))
        seen = [set(moment.region.ravel().tolist()) for moment in moments]
        assert seen[0] == {0} and seen[-1] == {2} and set().union(*seen) == {0, 2}
    # A close second of both would win between them by its probability alone.
    close = [np.array([[p]], np.float32) for p in ([0.52, 0.48, 0.0], [0.0, 0.48, 0.52])]
    pair = [ClassMap(each, (0, 1), (0, 1), "region") for each in close]
    middle = list(interpolate(pair, 2))[1]
    assert middle.probabilities[0, 0].argmax() == 1 and middle.region[0, 0] in (0, 2)


def test_interpolation_is_the_mean_of_its_kind() -> None:
    first, second = (some_map(3, 4, 5, seed) for seed in (1, 2))
    p, q = (each.probabilities.astype(np.float64) for each in (first, second))
    linear = [moment.probabilities for moment in interpolate([first, second], 4)]
    assert len(linear) == 5
    np.testing.assert_array_equal(linear[0], first.probabilities)
    np.testing.assert_array_equal(linear[-1], second.probabilities)
    np.testing.assert_allclose(linear[1], 0.75 * p + 0.25 * q, atol=1e-6)
    geometric = list(interpolate([first, second], 4, "geometric"))[1].probabilities
    product = p**0.75 * q**0.25
    np.testing.assert_allclose(geometric, product / product.sum(2, keepdims=True), atol=1e-4)


def test_between_the_points_of_a_grid_values_are_linear() -> None:
    xs, ys = np.linspace(0, 4, 5), np.linspace(0, 2, 3)
    values = (2 * xs[None, :] + 3 * ys[:, None])[..., None].astype(np.float32)
    drawn = stretch(values, weights(3, 21), weights(5, 33))[..., 0]
    truth = 2 * np.linspace(0, 4, 33)[None, :] + 3 * np.linspace(0, 2, 21)[:, None]
    np.testing.assert_allclose(drawn, truth, atol=1e-5)
