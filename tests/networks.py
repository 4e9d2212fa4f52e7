"""Small networks for tests, saved as files."""

from pathlib import Path
from typing import Any


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
