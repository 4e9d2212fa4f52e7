"""model/network.py and head.py: layers, head and hidden layer of networks of many makes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model import open_network
from model.description import NetworkDescription
from model.graph import describe
from model.head import find_head
from tests.networks import save_cnn
from util import ModelError


def heads() -> dict[str, tuple[list[Any], str, int]]:
    """Name -> (last layers, kind of head, classes)."""
    from keras import layers

    return {
        "softmax": ([layers.Dense(10, activation="softmax", name="out")], "softmax", 10),
        "logits": ([layers.Dense(10, name="out")], "logits", 10),
        "activation": ([layers.Dense(10, name="out"), layers.Activation("softmax")], "softmax", 10),
        "layer": ([layers.Dense(10, name="out"), layers.Softmax()], "softmax", 10),
        "one unit": ([layers.Dense(1, activation="sigmoid", name="out")], "sigmoid", 2),
        "several units": ([layers.Dense(5, activation="sigmoid", name="out")], "sigmoid", 5),
    }


@pytest.mark.parametrize(
    "name", ["softmax", "logits", "activation", "layer", "one unit", "several units"]
)
@pytest.mark.parametrize("suffix", [".h5", ".keras"])
def test_head_is_found_and_its_logits_are_the_outputs_before_it(
    tmp_path: Path, name: str, suffix: str
) -> None:
    import keras

    tail, kind, classes = heads()[name]
    model = open_network(save_cnn(tmp_path / f"net{suffix}", *tail)).load().model
    description = describe(model, "")
    assert (description.head, description.classes) == (kind, classes)
    assert description.hidden == "dense"

    images = np.random.default_rng(0).random((7, 8, 8, 1), np.float32)
    logits = keras.Model(model.inputs, find_head(model)[1]).predict(images, verbose=0)
    outputs = model.predict(images, verbose=0)
    squeeze = {"softmax": keras.ops.softmax, "sigmoid": keras.ops.sigmoid}.get(kind)
    expected = logits if squeeze is None else keras.ops.convert_to_numpy(squeeze(logits))
    np.testing.assert_allclose(outputs, expected, atol=1e-6)


def test_nested_classifier_is_opened_down_to_its_softmax(tmp_path: Path) -> None:
    import keras
    from keras import layers

    features = keras.Sequential(
        [keras.Input((8, 8, 1)), layers.Conv2D(3, 3), layers.GlobalAveragePooling2D()],
        name="features",
    )
    classifier = keras.Sequential(
        [
            keras.Input((3,)),
            layers.Dense(6, activation="relu"),
            layers.Dense(4, activation="softmax"),
        ],
        name="classifier",
    )
    keras.Sequential([keras.Input((8, 8, 1)), features, classifier]).save(tmp_path / "net.h5")
    model = open_network(tmp_path / "net.h5").load().model
    description = describe(model, "")
    assert (description.head, description.classes, description.hidden) == ("softmax", 4, "features")
    images = np.random.default_rng(0).random((5, 8, 8, 1), np.float32)
    logits = keras.Model(model.inputs, find_head(model)[1]).predict(images, verbose=0)
    expected = keras.ops.convert_to_numpy(keras.ops.softmax(logits))
    np.testing.assert_allclose(model.predict(images, verbose=0), expected, atol=1e-6)


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
    description = describe(open_network(tmp_path / "net.keras").load().model, "")
    assert description.hidden == "pooled"
    assert {layer.key: layer.units for layer in description.layers} == {
        "first": 4, "relu": 4, "second": 4, "add": 4, "pooled": 4, "out": 3,
    }  # fmt: skip


def test_description_lists_shapes_and_parameters_and_survives_json(tmp_path: Path) -> None:
    description = describe(open_network(save_cnn(tmp_path / "net.h5")).load().model, "3.0")
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
    assert NetworkDescription.from_json(description.to_json()) == description


def test_two_outputs_are_refused(tmp_path: Path) -> None:
    import keras
    from keras import layers

    start = keras.Input((8, 8, 1))
    x = layers.Flatten()(start)
    keras.Model(start, [layers.Dense(3)(x), layers.Dense(2)(x)]).save(tmp_path / "net.h5")
    with pytest.raises(ModelError, match="1 inputs and 2 outputs"):
        describe(open_network(tmp_path / "net.h5").load().model, "")


def test_image_to_image_is_refused(tmp_path: Path) -> None:
    from keras import layers

    path = save_cnn(tmp_path / "net.h5", layers.Dense(16), layers.Reshape((4, 4)))
    with pytest.raises(ModelError, match="only classifiers"):
        describe(open_network(path).load().model, "")
