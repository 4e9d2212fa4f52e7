"""model/rest.py: from a layer on, the network is the network, or says why it cannot be had."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.images import ArrayImages
from model import forward
from model.graph import describe, flatten
from model.preprocess import Preprocessing
from model.rest import build_rest, refuse_averaged
from model.rows import read_rows
from tests.networks import save_cnn
from util import ModelError

PREPROCESSING = Preprocessing((8, 8), 1, (8, 8, 1), "0-1")


@pytest.fixture
def images() -> ArrayImages:
    return ArrayImages(np.random.default_rng(0).integers(0, 256, (70, 8, 8, 1), np.uint8))


def branched() -> Any:
    """Two branches that are joined, and a sum over one layer."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(1)
    given = keras.Input((8, 8, 1))
    flat = layers.Flatten(name="flat")(given)
    left = layers.Dense(6, activation="relu", name="left")(flat)
    right = layers.Dense(6, activation="relu", name="right")(flat)
    joined = layers.Concatenate(name="joined")([left, right])
    deep = layers.Dense(12, activation="tanh", name="deep")(joined)
    total = layers.Add(name="total")([joined, deep])
    # Of one place each: pooling them loses nothing.
    column = layers.Reshape((1, 1, 12), name="column")(total)
    mixed = layers.Conv2D(5, 1, activation="relu", name="mixed")(column)
    last = layers.Dense(3, activation="softmax", name="last")(layers.Flatten(name="vector")(mixed))
    return keras.Model(given, last)


def test_from_each_layer_on_the_logits_are_those_of_the_pass(
    tmp_path: Path, images: ArrayImages
) -> None:
    import keras

    path = save_cnn(tmp_path / "net.h5")
    sequential = keras.saving.load_model(path, compile=False)
    for name, model, keys in (
        ("sequential", sequential, ["flatten", "dense", "probabilities"]),
        ("branched", branched(), ["flat", "joined", "total", "column", "mixed", "last"]),
    ):
        folder = tmp_path / name
        folder.mkdir()
        graph = flatten(model)
        description = describe(graph)
        forward.into_folder(graph, description, images, PREPROCESSING, folder)
        logits = read_rows(folder / "logits.npy")
        assert np.ptp(logits, axis=0).min() > 1e-3
        for key in keys:
            rest = build_rest(graph, description, key)
            kept = read_rows(folder / "activations" / f"{key}.npy")
            np.testing.assert_allclose(rest(np.asarray(kept)), logits, atol=1e-5, err_msg=key)
        units = kept.shape[1]
        assert rest(np.zeros((0, units), np.float32)).shape == (0, logits.shape[1])


def test_averaged_layers_name_one_that_can_be_taken(tmp_path: Path) -> None:
    import keras

    model = keras.saving.load_model(save_cnn(tmp_path / "net.h5"), compile=False)
    description = describe(model)
    with pytest.raises(ModelError, match=r"'conv' are averaged .* had back; 'dense' can be taken"):
        build_rest(model, description, "conv")
    refuse_averaged(description, "flatten")
    refuse_averaged(describe(branched()), "column")


def test_by_passed_layers_name_one_that_can_be_taken() -> None:
    graph = flatten(branched())
    description = describe(graph)
    for key in ("left", "deep"):
        expected = rf"by-pass '{key}', .* do not decide; 'vector' can be taken instead"
        with pytest.raises(ModelError, match=expected):
            build_rest(graph, description, key)
