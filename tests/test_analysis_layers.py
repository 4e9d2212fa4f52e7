"""Dead units, distributions, settings and weights, feature maps, and the times of layers."""

from typing import Any

import numpy as np
import pytest

from analysis.layers import activations as layer_activations
from analysis.layers.activations import find_dead, sum_up
from model import feature_maps
from model.feature_maps import FeatureMaps, FeatureVector, arrange, build_reader, look_inside
from model.graph import flatten
from model.layer_weights import distribution, names_of, settings, settings_of, weights_of
from model.timing import time_steps

RANDOM = np.random.default_rng(0)


# -- dead units -----------------------------------------------------------------------------------


def test_dead_units_are_those_that_never_change(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = RANDOM.normal(size=(1000, 12)).astype(np.float32)
    rows[:, 2] = 0
    rows[:, 5] = 7.25
    rows[:, 7] = np.where(np.arange(1000) % 2, 1, np.nextafter(np.float32(1), np.float32(2)))
    rows[:, 9] = 0
    # A unit that fires for one image out of all is alive, wherever that image is.
    rows[999, 9] = 1e-3
    rows[:, 10] = np.nan
    monkeypatch.setattr(layer_activations, "CHUNK_BYTES", 4 * 12 * 64)
    dead, values = find_dead(rows)
    assert dead.tolist() == [2, 5, 7]
    np.testing.assert_allclose(values, [0, 7.25, 1], rtol=1e-6)
    summary = sum_up(rows[:, :10])
    assert summary.dead is not None and summary.dead.tolist() == [2, 5, 7]
    assert (summary.silent, summary.units, summary.rows) == (1, 10, 1000)
    assert sum_up(rows[:1]).dead is None


def test_activations_of_many_images_are_counted_on_some(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = RANDOM.normal(size=(500, 10)).astype(np.float32)
    monkeypatch.setattr(layer_activations, "MAX_VALUES", 1000)
    summary = sum_up(rows)
    assert summary.rows == 100
    assert sum(summary.spread.counts) == summary.spread.count == 1000
    assert abs(summary.spread.mean - rows.mean()) < 0.1


# -- distributions --------------------------------------------------------------------------------


def test_distribution_is_numpys() -> None:
    values = RANDOM.normal(3, 2, (7, 11, 5)).astype(np.float32)
    values[0, :, 0] = 0
    told = distribution(values)
    counts, edges = np.histogram(values, 40)
    assert told.counts == tuple(counts)
    np.testing.assert_allclose(told.edges, edges, rtol=1e-6)
    exact = values.astype(np.float64)
    np.testing.assert_allclose([told.mean, told.std], [exact.mean(), exact.std()], rtol=1e-12)
    assert told.zeros == pytest.approx(11 / 385)
    assert told.count == 385


def test_distribution_of_odd_values() -> None:
    constant = distribution(np.full(9, 2.5, np.float32))
    assert sum(constant.counts) == 9
    assert (constant.mean, constant.std, constant.zeros) == (2.5, 0.0, 0.0)
    broken = distribution(np.array([np.nan, np.inf, 1, 2], np.float32))
    assert (broken.count, sum(broken.counts), broken.mean) == (4, 2, 1.5)
    assert distribution(np.array([np.nan], np.float32)).counts == ()
    assert distribution(np.zeros(0, np.float32)).count == 0
    wide = distribution(np.array([-3e38, 0, 3e38], np.float32))
    assert (sum(wide.counts), wide.mean) == (3, 0)


# -- settings and weights -------------------------------------------------------------------------


def test_settings_are_what_a_person_asked_for() -> None:
    from keras import layers

    convolution = layers.Conv2D(8, (3, 5), strides=2, padding="same", activation="relu")
    assert settings(convolution.get_config()) == [
        ("filters", "8"),
        ("kernel size", "3 × 5"),
        ("strides", "2 × 2"),
        ("padding", "same"),
        ("activation", "relu"),
        ("bias", "yes"),
    ]
    assert settings(layers.Dropout(0.25).get_config()) == [("rate", "0.25")]
    deep: list[Any] = []
    for _ in range(500):
        deep = [deep, "x" * 500]
    assert all(len(text) <= 80 for _, text in settings({"axis": deep, "units": "9" * 999}))


# -- a network ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def model() -> Any:
    """A nested body in half precision, which is cast on the way in and out; then a classifier."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(0)
    given = keras.Input((12, 10, 3), dtype="float16")
    inner = layers.Conv2D(6, 3, activation="relu", dtype="float16", name="conv")(given)
    body = keras.Model(given, layers.MaxPooling2D(dtype="float16", name="pool")(inner), name="body")
    outer = keras.Input((12, 10, 3))
    x = body(layers.Rescaling(2.0, name="double")(outer))
    x = layers.Flatten(dtype="float32")(x)
    return keras.Model(outer, layers.Dense(4, activation="softmax", name="probabilities")(x))


def test_maps_are_what_the_layer_gives_out(model: Any) -> None:
    graph = flatten(model)
    image = RANDOM.random((1, 12, 10, 3)).astype(np.float32)
    steps = {step.name: step for step in graph.steps}
    step = steps["body/conv"]
    looked = look_inside(build_reader(graph, step), graph, step, image)
    assert isinstance(looked, FeatureMaps)
    truth = np.asarray(model.get_layer("body").get_layer("conv")(2 * image), np.float32)[0]
    assert looked.size == (10, 8)
    assert looked.count == 6
    np.testing.assert_allclose(looked.values, np.moveaxis(truth, -1, 0)[looked.order], rtol=2e-3)
    strength = truth.mean(axis=(0, 1))[looked.order]
    assert (np.diff(strength) <= 1e-3).all()
    assert looked.low == 0 and looked.high == pytest.approx(np.percentile(truth, 99.5), rel=2e-3)
    last = steps["probabilities"]
    vector = look_inside(build_reader(graph, last), graph, last, image)
    assert isinstance(vector, FeatureVector)
    np.testing.assert_allclose(vector.values, model(image)[0], rtol=1e-2)


def test_weights_are_the_layers_own(model: Any) -> None:
    steps = {step.name: step for step in flatten(model).steps}
    dense = model.get_layer("probabilities")
    told = dict(weights_of(steps["probabilities"]))
    assert list(told) == ["kernel", "bias"]
    np.testing.assert_array_equal(told["kernel"], dense.get_weights()[0])
    assert dict(weights_of(steps["body/conv"]))["kernel"].dtype == np.float32
    assert list(weights_of(steps["double"])) == []
    assert ("activation", "softmax") in settings_of(steps["probabilities"])


def test_every_layer_is_timed_also_behind_a_cast(model: Any) -> None:
    images = RANDOM.random((5, 12, 10, 3)).astype(np.float32)
    progress: list[float] = []
    timing = time_steps(flatten(model), lambda count: images[:count], progress.append)
    assert timing.batch == 5, "there are no more images"
    assert len(timing.steps) == 5
    assert all(seconds is not None and seconds >= 0 for seconds in timing.steps)
    assert timing.whole > 0
    assert progress[-1] == 1


def test_the_slow_layer_is_told() -> None:
    import keras
    from keras import layers

    model = keras.Sequential(
        [
            keras.Input((64, 64, 8)),
            layers.Conv2D(8, 1, name="quick"),
            layers.Conv2D(64, 7, name="slow"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3),
        ]
    )
    graph = flatten(model)
    images = RANDOM.random((4, 64, 64, 8)).astype(np.float32)
    times = time_steps(graph, lambda count: images[:count]).steps
    assert np.argmax(np.array(times, np.float64)) == 1
    assert times[1] is not None and times[0] is not None and times[1] > 5 * times[0]


# -- arranging ------------------------------------------------------------------------------------


def test_large_maps_are_averaged_and_odd_ones_have_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feature_maps, "MAX_SIDE", 4)
    monkeypatch.setattr(feature_maps, "MAX_MAPS", 2)
    values = RANDOM.normal(size=(8, 12, 3)).astype(np.float32)
    maps = arrange(values)
    assert isinstance(maps, FeatureMaps)
    assert (maps.values.shape, maps.size, maps.count) == ((2, 4, 4), (8, 12), 3)
    blocks = values.reshape(4, 2, 4, 3, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(maps.values, np.moveaxis(blocks, -1, 0)[maps.order], atol=1e-6)
    assert maps.low == -maps.high < 0
    steps = arrange(values[0])
    assert isinstance(steps, FeatureMaps) and (steps.size, steps.count) == ((12, 3), 1)
    assert isinstance(arrange(values[None]), FeatureMaps)
    nothing = arrange(np.full((3, 3, 1), np.nan, np.float32))
    assert isinstance(nothing, FeatureMaps) and (nothing.low, nothing.high) == (0, 1)
    scalar = arrange(np.float32(3) * np.ones((), np.float32))
    assert isinstance(scalar, FeatureVector) and scalar.values.tolist() == [3]


def test_arrays_of_one_name_are_told_apart() -> None:
    attention = [f"model/attention/{part}/kernel" for part in ("query", "key", "value")]
    assert names_of(attention) == ["query/kernel", "key/kernel", "value/kernel"]
    assert names_of(["model/conv/kernel", "model/conv/bias"]) == ["kernel", "bias"]
