"""Small networks for tests, saved as files."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def save_cnn(path: Path, *tail: Any, shape: tuple[int, ...] = (8, 8, 1), seed: int = 0) -> Path:
    """An untrained CNN with `tail` as its last layers (by default ten classes by softmax)."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    body = [
        keras.Input(shape),
        layers.Conv2D(4, 3, activation="relu", name="conv"),
        layers.MaxPooling2D(name="pool"),
        layers.Flatten(name="flatten"),
        layers.Dense(16, activation="relu", name="dense"),
        layers.Dropout(0.5, name="dropout"),
    ]
    last = tail or (layers.Dense(10, activation="softmax", name="probabilities"),)
    model = keras.Sequential([*body, *last])
    model.save(path)
    return path


def run(model: Any, inputs: list[Any]) -> list[NDArray[np.float32]]:
    """Outputs of a model of any Keras, in a list.

    Its layers are called one by one: `predict` would compile the network first, which takes
    several times as long as a few images.
    """
    given = [np.asarray(value) for value in inputs]
    with warnings.catch_warnings():
        # A model that was made of a list of one input also takes that one.
        warnings.filterwarnings("ignore", r"(?s).*The structure of `inputs`", UserWarning)
        result = model(given if len(given) > 1 else given[0], training=False)
    if isinstance(result, dict):
        result = list(result.values())
    return [np.asarray(part) for part in (result if isinstance(result, list | tuple) else [result])]


@contextmanager
def without_values() -> Iterator[None]:
    """Networks made within are connected, and their weights have shapes but no values: to draw
    those takes most of the time that a large network needs.
    """
    import keras
    from keras.src.backend.common import global_state

    try:
        with keras.StatelessScope(initialize_variables=False):
            yield
    finally:
        # Keras would draw them all with the next network.
        global_state.set_global_attribute("uninitialized_variables", [])
