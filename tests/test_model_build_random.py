"""model/build.py on networks put together at random: strangers' files are of all kinds."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.networks import run
from tests.old_keras import close, old, opened, random_inputs, save, shake

# A few at each run, the rest with the slow tests.
SEEDS = [*range(14), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(14, 40))]


def block(x: Any, generator: np.random.Generator) -> Any:
    """One layer or a few on feature maps (N, h, w, C), which stay feature maps."""
    L = old().layers
    filters = int(generator.integers(2, 7))
    size = int(generator.integers(1, 4))
    padding = str(generator.choice(["same", "valid"])) if x.shape[1] > 6 else "same"
    strides = int(generator.integers(1, 3)) if x.shape[1] > 6 else 1
    activation = str(generator.choice(["relu", "elu", "tanh", "swish", "hard_sigmoid", "linear"]))
    given = {"padding": padding, "strides": strides}
    match generator.integers(14):
        case 0 | 1:
            return L.Conv2D(filters, size, activation=activation, **given)(x)
        case 2:
            return L.SeparableConv2D(filters, size, activation=activation, **given)(x)
        case 3:
            return L.DepthwiseConv2D(size, use_bias=bool(generator.integers(2)), **given)(x)
        case 4:
            return L.Conv2DTranspose(filters, size, strides=strides, padding=padding)(x)
        case 5 | 6:
            flags = {"scale": bool(generator.integers(2)), "center": bool(generator.integers(2))}
            return L.BatchNormalization(epsilon=0.01, **flags)(x)
        case 7:
            return L.Activation(activation)(L.Dropout(0.3)(x))
        case 8:
            return L.LeakyReLU(float(generator.uniform(0, 0.5)))(x)
        case 9:
            return L.PReLU(shared_axes=[1, 2])(x)
        case 10:
            pool = L.MaxPooling2D if generator.integers(2) else L.AveragePooling2D
            return pool(2, strides=1 if x.shape[1] < 6 else 2, padding="same")(x)
        case 11:
            y = L.Conv2D(x.shape[-1], 3, padding="same")(x)
            merge = [L.Add, L.Multiply, L.Maximum, L.Average, L.Concatenate, L.Subtract]
            return merge[int(generator.integers(len(merge)))]()([x, y])
        case 12:
            return L.ZeroPadding2D(((1, 0), (0, 1)))(L.ReLU(max_value=6)(x))
        case _:
            inner = L.Input(x.shape[1:])
            y = L.BatchNormalization()(L.Conv2D(filters, 1)(inner))
            model = old().Model(inner, [y] if generator.integers(2) else y)
            model.trainable = bool(generator.integers(2))
            return model(x)


def head(x: Any, generator: np.random.Generator) -> Any:
    L = old().layers
    match generator.integers(4):
        case 0:
            x = L.GlobalAveragePooling2D()(x)
        case 1:
            x = L.Dense(5, activation="selu")(L.Flatten()(x))
        case 2:
            rows = L.Reshape((x.shape[1], -1))(x)
            x = L.Bidirectional(L.LSTM(3, recurrent_activation="hard_sigmoid"))(rows)
        case _:
            rows = L.TimeDistributed(L.Flatten())(x)
            x = L.GRU(4, reset_after=bool(generator.integers(2)))(rows)
    return L.Dense(3, activation=str(generator.choice(["softmax", "sigmoid", "linear"])))(x)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_network_gives_its_outputs(seed: int, tmp_path: Path) -> None:
    keras = old()
    generator = np.random.default_rng(seed)
    image = keras.layers.Input((int(generator.integers(6, 13)), 9, int(generator.integers(1, 4))))
    x = image
    for _ in range(int(generator.integers(2, 8))):
        x = block(x, generator)
    model = shake(keras.Model(image, head(x, generator)), seed)
    inputs = random_inputs(model)
    path = save(model, tmp_path / ("net.h5" if seed % 2 else "net.keras"))
    close(run(opened(path).model, inputs), run(model, inputs))
