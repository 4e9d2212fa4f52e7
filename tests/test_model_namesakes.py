"""What is called like a part of Keras, or stored as HDF5 cannot name it, and is something else."""

from pathlib import Path

import keras
import numpy as np
import pytest

from model.build import build
from model.network import open_network
from util import ModelError

CODE = """
import keras

class {name}(keras.layers.Layer):
    def __init__(self, size=1, **kwargs):
        super().__init__(**kwargs)
        self.size = size

    def build(self, shape):
        self.scale = self.add_weight(shape=(self.size,), initializer="ones")

    def call(self, x):
        return x * self.scale

    def get_config(self):
        return {{**super().get_config(), "size": self.size}}
"""


@pytest.mark.parametrize("name", ["LayerScale", "Attention"])
def test_a_class_of_ones_own_that_is_called_like_one_of_keras(tmp_path: Path, name: str) -> None:
    code = tmp_path / "mine.py"
    code.write_text(CODE.format(name=name))
    from model.custom import load_custom_objects

    kind = keras.saving.register_keras_serializable("mine")(load_custom_objects(code)[name])
    layer = kind(4, name="own")
    model = keras.Sequential([keras.Input((4,)), layer, keras.layers.Dense(3)])
    layer.set_weights([np.arange(4, dtype=np.float32)])
    path = tmp_path / "net.keras"
    model.save(path)
    with pytest.raises(ModelError, match="--custom-objects"):
        open_network(path)
    built = open_network(path, custom_objects=code).load().model
    inputs = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    np.testing.assert_allclose(built(inputs), model(inputs), atol=1e-6)


def test_weights_of_16_bits_that_hdf5_has_no_name_for(tmp_path: Path) -> None:
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(3, kernel_initializer="normal", dtype="bfloat16")]
    )
    path = tmp_path / "net.keras"
    model.save(path)
    network = open_network(path)
    kernel = build(network.archive).model.layers[0].kernel
    expected = keras.ops.convert_to_numpy(keras.ops.cast(model.layers[0].kernel, "float32"))
    np.testing.assert_array_equal(kernel, expected)


def test_an_operation_that_is_called_like_a_layer_keeps_its_arguments(tmp_path: Path) -> None:
    given = keras.Input((4, 4))
    flat = keras.ops.reshape(keras.ops.relu(given * 2 - 1), [-1, 16])
    model = keras.Model(given, keras.layers.Dense(3)(flat))
    path = tmp_path / "net.keras"
    model.save(path)
    inputs = np.random.default_rng(0).normal(size=(5, 4, 4)).astype(np.float32)
    found = open_network(path).load().model(inputs)
    np.testing.assert_allclose(found, model(inputs), atol=1e-6)
