"""model/network.py: a saved network is opened, loaded and described."""

from pathlib import Path

import numpy as np
import pytest

from model import open_network
from model.graph import describe, flatten
from tests.networks import run, save_cnn
from util import ModelError


@pytest.mark.parametrize("suffix", [".h5", ".keras"])
def test_a_network_loads_as_it_was_saved(tmp_path: Path, suffix: str) -> None:
    import keras

    path = save_cnn(tmp_path / f"net{suffix}")
    network = open_network(path)
    assert (network.name, network.path) == (path.name, path)
    built = network.load()
    images = np.random.default_rng(0).random((5, 8, 8, 1), np.float32)
    (expected,) = run(keras.saving.load_model(path, compile=False), [images])
    np.testing.assert_allclose(run(built.model, [images])[0], expected, atol=1e-6)


def test_description_lists_shapes_and_parameters(tmp_path: Path) -> None:
    network = open_network(save_cnn(tmp_path / "net.h5"))
    description = describe(flatten(network.load().model), network.archive.keras_version)
    assert [
        (x.key, x.kind, x.output_shape, x.params, x.units, x.pooled) for x in description.layers
    ] == [
        ("conv", "Conv2D", (6, 6, 4), 40, 4, True),
        ("pool", "MaxPooling2D", (3, 3, 4), 0, 4, True),
        ("flatten", "Flatten", (36,), 0, 36, False),
        ("dense", "Dense", (16,), 592, 16, False),
        ("dropout", "Dropout", (16,), 0, None, False),
        ("probabilities", "Dense", (10,), 170, 10, False),
    ]  # fmt: skip
    assert description.params == 40 + 592 + 170
    assert description.input_shape == (8, 8, 1)
    assert description.hidden == "dense"
    assert description.output_name == "probabilities"
    assert description.keras_version.startswith("3.")


def test_residual_network_with_a_shared_layer_is_described(tmp_path: Path) -> None:
    import keras
    from keras import layers

    relu = layers.ReLU(name="relu")
    start = keras.Input((8, 8, 3))
    x = relu(layers.Conv2D(4, 3, padding="same", name="first")(start))
    y = relu(layers.Conv2D(4, 3, padding="same", name="second")(x))
    pooled = layers.GlobalAveragePooling2D(name="pooled")(layers.Add(name="add")([x, y]))
    keras.Model(start, layers.Dense(3, activation="softmax", name="out")(pooled)).save(
        tmp_path / "net.keras"
    )
    description = describe(flatten(open_network(tmp_path / "net.keras").load().model))
    assert description.hidden == "pooled"
    assert {layer.key: layer.units for layer in description.layers} == {
        "first": 4, "relu": 4, "second": 4, "relu_2": 4, "add": 4, "pooled": 4, "out": 3,
    }  # fmt: skip


def test_the_digest_depends_on_what_is_looked_at(tmp_path: Path) -> None:
    path = save_cnn(tmp_path / "net.h5")
    code = tmp_path / "code.py"
    code.write_text("A = 1\n", encoding="utf-8")
    digests = [
        open_network(path).digest,
        open_network(path, output="probabilities").digest,
        open_network(path, input="probabilities").digest,
        open_network(path, custom_objects=code).digest,
    ]
    code.write_text("A = 2\n", encoding="utf-8")
    digests.append(open_network(path, custom_objects=code).digest)
    assert len(set(digests)) == len(digests)
    assert open_network(path).digest == digests[0]


def test_a_network_of_two_outputs_asks_which(tmp_path: Path) -> None:
    import keras
    from keras import layers

    start = keras.Input((8, 8, 1))
    x = layers.Flatten()(start)
    ends = [layers.Dense(3, name="kind")(x), layers.Dense(2, name="age")(x)]
    keras.Model(start, ends).save(tmp_path / "net.h5")
    model = open_network(tmp_path / "net.h5").load().model
    with pytest.raises(ModelError, match=r"2 outputs, 'kind' \(3\) and 'age' \(2\)"):
        flatten(model)
    assert describe(flatten(model, output="age")).classes == 2
