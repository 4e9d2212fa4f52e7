"""model/savedmodel/: by layers where Keras left them, by the graph where it did not."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model import archive, savedmodel
from tests.networks import run
from tests.old_keras import old, quiet, shake
from util import ModelError

IMAGES = np.random.default_rng(0).random((3, 8, 8, 1)).astype("float32")


def save_old(folder: Path) -> Any:
    """A functional network of the old Keras with a nested model in it."""
    layers, keras = old().layers, old()
    base = keras.Sequential(
        [keras.Input((8, 8, 4)), layers.Conv2D(4, 3, name="inner"), layers.BatchNormalization()],
        name="base",
    )
    image = keras.Input((8, 8, 1))
    x = base(layers.Conv2D(4, 3, padding="same", activation="relu", name="conv")(image))
    scores = layers.Dense(3, activation="softmax", name="head")(layers.Flatten()(x))
    model = shake(keras.Model(image, scores))
    with quiet():
        model.save(folder, save_format="tf")
    return model


def export(folder: Path) -> Any:
    import keras

    model = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(3, "softmax")]
    )
    model.export(folder, verbose=False)
    return model


def save_function(folder: Path, function: Any, *shapes: tuple[int | None, ...]) -> Path:
    import tensorflow as tf

    module = tf.Module()
    specs = [tf.TensorSpec(shape, tf.float32, name=f"x{n}") for n, shape in enumerate(shapes)]
    tf.saved_model.save(module, str(folder), tf.function(function).get_concrete_function(*specs))
    return folder


def test_layers_and_weights_of_the_old_keras_are_all_there(tmp_path: Path) -> None:
    model = save_old(tmp_path / "net")
    read = archive.read(tmp_path / "net")
    built = savedmodel.build(read)
    assert read.format == "savedmodel"
    assert [layer.name for layer in built.model.layers][1:3] == ["conv", "base"]
    (ours,), (theirs,) = run(built.model, [IMAGES]), run(model, [IMAGES])
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
    same = archive.read(tmp_path / "net" / "saved_model.pb")
    assert same.digest == read.digest


def test_without_layers_the_outputs_are_there_and_it_says_so(tmp_path: Path) -> None:
    model = export(tmp_path / "net")
    read = archive.read(tmp_path / "net")
    assert read.config == {}
    built = savedmodel.build(read)
    assert "its layers are not" in built.repairs[0]
    (ours,), (theirs,) = run(built.model, [IMAGES]), run(model, [IMAGES])
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_a_graph_that_writes_a_file_is_not_run(tmp_path: Path) -> None:
    import tensorflow as tf

    target = tmp_path / "written"

    def write(x: Any) -> Any:
        tf.io.write_file(str(target), "x")
        return tf.reduce_sum(x, [1, 2])

    folder = save_function(tmp_path / "net", write, (None, 8, 8))
    with pytest.raises(ModelError, match=r"more than compute \(WriteFile\)"):
        savedmodel.build(archive.read(folder))
    assert not target.exists()


def test_a_function_within_a_function_is_looked_into(tmp_path: Path) -> None:
    import tensorflow as tf

    @tf.function
    def inner(x: Any) -> Any:
        return tf.reduce_sum(x, [1, 2]) + tf.cast(
            tf.strings.length(tf.io.read_file("a")), "float32"
        )

    def outer(x: Any) -> Any:
        return tf.cond(tf.reduce_sum(x) > 0, lambda: inner(x), lambda: inner(-x))

    folder = save_function(tmp_path / "net", outer, (None, 8, 8))
    with pytest.raises(ModelError, match="ReadFile"):
        savedmodel.build(archive.read(folder))


def test_several_inputs_are_a_sentence(tmp_path: Path) -> None:
    folder = save_function(tmp_path / "net", lambda x, y: x + y, (None, 8, 8), (None, 8, 8))
    with pytest.raises(ModelError, match=r"2 inputs \(x0, x1\)"):
        savedmodel.build(archive.read(folder))


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported") / "net"
    export(folder)
    return folder


def test_variables_outside_the_folder_are_not_read(exported: Path, tmp_path: Path) -> None:
    copy = tmp_path / "net"
    copy.mkdir()
    (copy / "saved_model.pb").write_bytes((exported / "saved_model.pb").read_bytes())
    (copy / "variables").symlink_to(exported / "variables")
    with pytest.raises(ModelError, match="leads out of the folder"):
        archive.read(copy)


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_graph_is_a_sentence(exported: Path, tmp_path: Path, seed: int) -> None:
    generator = np.random.default_rng(seed)
    copy = tmp_path / "net"
    (copy / "variables").mkdir(parents=True)
    for name in os.listdir(exported / "variables"):
        data = (exported / "variables" / name).read_bytes()
        (copy / "variables" / name).write_bytes(data)
    data = bytearray((exported / "saved_model.pb").read_bytes())
    for place in generator.integers(0, len(data), 20):
        data[place] = generator.integers(0, 256)
    (copy / "saved_model.pb").write_bytes(bytes(data[: generator.integers(10, len(data))]))
    with pytest.raises(ModelError) as caught:
        savedmodel.build(archive.read(copy))
    assert "\n" not in str(caught.value)
