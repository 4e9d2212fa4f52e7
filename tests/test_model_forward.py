"""model/forward.py and rows.py: the pass equals Keras's own, also when it is cut short."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.images import ArrayImages
from model import forward
from model.graph import describe, flatten
from model.preprocess import Preprocessing
from model.rows import RowFile, read_rows
from tests.networks import run, save_cnn

PREPROCESSING = Preprocessing((8, 8), 1, (8, 8, 1), "0-1")


def load(path: Path) -> Any:
    import keras

    return keras.saving.load_model(path, compile=False)


@pytest.fixture
def images() -> ArrayImages:
    return ArrayImages(np.random.default_rng(0).integers(0, 256, (70, 8, 8, 1), np.uint8))


def test_every_layers_pooled_activations_equal_keras(tmp_path: Path, images: ArrayImages) -> None:
    import keras

    model = load(save_cnn(tmp_path / "net.h5"))
    description = describe(model, "")
    forward.into_folder(model, description, images, PREPROCESSING, tmp_path)
    inputs = images.array.astype(np.float32) / 255
    for name, axes in [("conv", (1, 2)), ("pool", (1, 2)), ("flatten", ()), ("dense", ())]:
        (expected,) = run(keras.Model(model.inputs, model.get_layer(name).output), [inputs])
        expected = expected.mean(axis=axes) if axes else expected
        kept = read_rows(tmp_path / "activations" / f"{name}.npy")
        assert kept.dtype == np.float32
        np.testing.assert_allclose(kept, expected, atol=1e-5)
    logits = read_rows(tmp_path / "logits.npy")
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    np.testing.assert_allclose(shares, run(model, [inputs])[0], atol=1e-6)
    np.testing.assert_array_equal(read_rows(tmp_path / "activations" / "probabilities.npy"), logits)
    assert not (tmp_path / "activations" / "dropout.npy").exists()


def test_a_pass_cut_short_goes_on_where_it_stopped(
    tmp_path: Path, images: ArrayImages, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load(save_cnn(tmp_path / "net.h5"))
    description = describe(model, "")
    monkeypatch.setattr(forward, "MAX_BATCH", 16)
    whole, halves = tmp_path / "whole", tmp_path / "halves"
    whole.mkdir()
    halves.mkdir()
    forward.into_folder(model, description, images, PREPROCESSING, whole)

    class Killed(BaseException):
        pass

    def kill(done: int) -> None:
        if done >= 32:
            raise Killed

    with pytest.raises(Killed):
        forward.into_folder(model, description, images, PREPROCESSING, halves, kill)
    # A process killed between two files leaves them at different lengths, and rows torn.
    with (halves / "activations" / "dense.npy").open("r+b") as file:
        file.truncate(128 + 20 * 4 * 16 + 7)
    seen: list[int] = []
    forward.into_folder(model, description, images, PREPROCESSING, halves, seen.append)
    assert seen[0] == 36
    for path in whole.rglob("*.npy"):
        again = halves / path.relative_to(whole)
        np.testing.assert_allclose(read_rows(again), read_rows(path), atol=1e-6)


def test_layers_over_the_budget_are_dropped_from_the_front(tmp_path: Path) -> None:
    description = describe(load(save_cnn(tmp_path / "net.h5")), "")
    kept = forward.within_budget(description, 1000, 4 * 1000 * (10 + 16 + 36 + 1))
    assert {x.key: x.units for x in kept.layers} == {
        "conv": None, "pool": None, "flatten": 36, "dense": 16, "dropout": None,
        "probabilities": 10,
    }  # fmt: skip
    nothing = forward.within_budget(description, 1000, 0)
    assert [x.key for x in nothing.layers if x.units is not None] == ["dense"]


def test_batch_shrinks_with_the_widest_layer(tmp_path: Path) -> None:
    small = describe(load(save_cnn(tmp_path / "a.h5")), "")
    path = save_cnn(tmp_path / "b.h5", shape=(512, 512, 3))
    large = describe(load(path), "")
    assert forward.batch_size(small) == 256
    assert forward.batch_size(large) == 16


def test_row_file_is_a_npy_file(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).random((5, 3), np.float32)
    with RowFile(tmp_path / "a.npy", 3) as file:
        file.append(rows[:2])
        file.append(rows[2:])
        file.finish()
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy", allow_pickle=False), rows)


def test_unfinished_row_file_is_not_taken_for_a_whole_one(tmp_path: Path) -> None:
    with RowFile(tmp_path / "a.npy", 3) as file:
        file.append(np.zeros((2, 3), np.float32))
    with pytest.raises(ValueError, match="magic"):
        read_rows(tmp_path / "a.npy")


def test_nested_and_repeated_layers_get_files_of_their_own(
    tmp_path: Path, images: ArrayImages
) -> None:
    import keras
    from keras import layers

    conv = layers.Conv2D(1, 3, padding="same", name="conv")
    block = keras.Sequential([keras.Input((8, 8, 1)), conv, layers.ReLU(name="relu")], name="block")
    start = keras.Input((8, 8, 1))
    twice = block(block(start))
    out = layers.Dense(3, activation="softmax", name="out")(layers.Flatten(name="flat")(twice))
    model = keras.Model(start, out)
    graph = flatten(model)
    description = describe(graph)
    forward.into_folder(graph, description, images, PREPROCESSING, tmp_path)
    kept = {path.stem: read_rows(path) for path in (tmp_path / "activations").glob("*.npy")}
    assert set(kept) == {
        "block_conv", "block_relu", "block_conv_2", "block_relu_2", "flat", "out"
    }  # fmt: skip
    inputs = images.array.astype(np.float32) / 255
    for key, steps in [("block_conv", [conv]), ("block_conv_2", [block, conv])]:
        expected = inputs
        for step in steps:
            expected = keras.ops.convert_to_numpy(step(expected))
        np.testing.assert_allclose(kept[key], expected.mean((1, 2)), atol=1e-5)


def test_channels_first_activations_are_means_of_channels(tmp_path: Path) -> None:
    import keras
    from keras import layers

    start = keras.Input((2, 5, 6))
    x = layers.Conv2D(4, 3, data_format="channels_first", name="conv")(start)
    x = layers.ReLU(name="relu")(x)
    model = keras.Model(start, layers.Dense(3, name="out")(layers.Flatten()(x)))
    graph = flatten(model)
    probe = forward.build_probe(graph, describe(graph))
    inputs = np.random.default_rng(0).random((4, 2, 5, 6), np.float32)
    made = probe.predict_on_batch(inputs)
    maps = keras.Model(start, x).predict(inputs, verbose=0)
    np.testing.assert_allclose(made["relu"], maps.mean((2, 3)), atol=1e-6)


def test_activations_of_half_precision_are_kept_in_full(tmp_path: Path) -> None:
    import keras
    from keras import layers

    start = keras.Input((8, 8, 1))
    x = layers.Conv2D(4, 3, dtype="mixed_float16", name="conv")(start)
    x = layers.Flatten(dtype="mixed_float16")(x)
    model = keras.Model(start, layers.Dense(3, dtype="mixed_float16", name="out")(x))
    probe = forward.build_probe(model, describe(model))
    assert {str(output.dtype) for output in probe.outputs} == {"float32"}


def test_a_pass_short_of_memory_gives_the_same_rows(
    tmp_path: Path, images: ArrayImages, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras

    model = load(save_cnn(tmp_path / "net.h5"))
    graph = flatten(model)
    description = describe(graph)
    whole, short = tmp_path / "whole", tmp_path / "short"
    whole.mkdir()
    short.mkdir()
    forward.into_folder(graph, description, images, PREPROCESSING, whole)
    run = keras.Model.predict_on_batch
    batches: list[int] = []

    def scarce(self: Any, inputs: Any) -> Any:
        batches.append(len(inputs))
        if len(inputs) > 32:
            raise MemoryError
        return run(self, inputs)

    monkeypatch.setattr(keras.Model, "predict_on_batch", scarce)
    seen: list[int] = []
    forward.into_folder(graph, description, images, PREPROCESSING, short, seen.append)
    assert (batches, seen) == ([256, 128, 64, 32, 32, 32], [32, 64, 70])
    for path in whole.rglob("*.npy"):
        again = short / path.relative_to(whole)
        np.testing.assert_allclose(read_rows(again), read_rows(path), atol=1e-6)


def test_a_classifier_takes_any_number_of_rows(tmp_path: Path) -> None:
    model = load(save_cnn(tmp_path / "net.h5"))
    classify = forward.build_classifier(flatten(model))
    inputs = np.random.default_rng(0).random((150, 8, 8, 1), np.float32)
    logits = classify(inputs)
    assert logits.shape == (150, 10) and logits.dtype == np.float32
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    np.testing.assert_allclose(shares, run(model, [inputs])[0], atol=1e-6)
    np.testing.assert_allclose(classify(inputs[:3]), logits[:3], atol=1e-5)
    assert classify(inputs[:0]).shape == (0, 10)


def test_batches_of_all_sizes_are_traced_once() -> None:
    """The last, smaller batch is padded; only a halved one is another shape."""
    import keras
    from keras import layers

    if keras.backend.backend() == "torch":
        pytest.skip("PyTorch traces nothing: it calls each layer each time")

    traces: list[tuple[int | None, ...]] = []

    class Counting(layers.Layer):
        def call(self, x: Any) -> Any:
            traces.append(tuple(x.shape))
            return x

    start = keras.Input((8,))
    model = keras.Model(start, layers.Dense(3)(Counting()(start)))
    classify = forward.build_classifier(model)
    traces.clear()
    inputs = np.zeros((150, 8), np.float32)
    classify(inputs)
    first = len(traces)
    classify(inputs[:70])
    assert len(traces) == first > 0


def test_a_network_built_for_one_size_of_batch_gets_it(images: ArrayImages) -> None:
    import keras
    from keras import layers, ops

    start = keras.Input(batch_shape=(4, 8, 8, 1))
    fixed = ops.reshape(layers.Conv2D(2, 3, name="conv")(start), (4, 72))
    model = keras.Model(start, layers.Dense(3, name="out")(fixed + ops.zeros((4, 1))))
    inputs = images.array[:6].astype(np.float32) / 255
    expected = model.predict(np.concatenate([inputs, inputs[:2]]), batch_size=4, verbose=0)[:6]
    graph = flatten(model)
    np.testing.assert_allclose(forward.build_classifier(graph)(inputs), expected, atol=1e-5)
    probe = forward.build_probe(graph, describe(graph))
    seen = forward.look(probe, images.take(np.arange(1)), PREPROCESSING)
    np.testing.assert_allclose(seen["logits"], expected[:1], atol=1e-5)
