"""Networks written by the Keras of before version 3, and the same opened by us."""

import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.archive import Archive
from model.build import Built, build

Outputs = list[NDArray[np.float32]]


@contextmanager
def quiet() -> Iterator[None]:
    """tf_keras warns of its own age and of the h5 format at each saving."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def old() -> Any:
    """The old Keras, which lives beside the new one in one process."""
    with quiet():
        import tf_keras

    return tf_keras


def shake(model: Any, seed: int = 0) -> Any:
    """Give every weight a random value, so that no two are alike and none is neutral."""
    generator = np.random.default_rng(seed)
    values = []
    for weight in model.weights:
        shape = tuple(weight.shape)
        spread = 0.5 / max(1.0, float(np.prod(shape[:-1])) ** 0.5) if len(shape) > 1 else 0.2
        value = generator.normal(0, spread, shape)
        name = weight.name
        if "variance" in name:
            value = generator.uniform(0.5, 1.5, shape)
        if "gamma" in name:
            value = generator.uniform(0.8, 1.2, shape)
        values.append(value.astype(weight.dtype.as_numpy_dtype))
    model.set_weights(values)
    return model


def random_inputs(model: Any, count: int = 3, size: int = 9, seed: int = 1) -> list[Any]:
    """Random images for each input of a model; unknown sides are of this size."""
    generator = np.random.default_rng(seed)
    return [
        generator.uniform(-1, 1, (count, *(n or size for n in tensor.shape[1:]))).astype("float32")
        for tensor in model.inputs
    ]


def opened(path: Path) -> Built:
    """A file as we open it."""
    from model import archive

    return build(archive.read(path))


def from_parts(config: dict[str, Any], weights: Path, version: str = "") -> Archive:
    """An archive of a config and the weights of a file."""
    return Archive(weights, "h5", "0" * 32, version, config, weights)


def close(ours: Outputs, theirs: Outputs) -> None:
    """Assert that outputs agree to 1e-5 of their size."""
    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs, strict=True):
        assert mine.shape == other.shape
        scale = max(1.0, float(np.abs(other).max()))
        worst = float(np.abs(mine - other).max())
        assert worst <= 1e-5 * scale, f"off by {worst}, at a size of {scale}"
        assert float(other.std()) > 0, "the outputs are constant, so nothing is compared"


def save(model: Any, path: Path) -> Path:
    """Write by the old Keras; the ending decides the format."""
    with quiet():
        model.save(path)
    return path


def old_config(model: Any) -> dict[str, Any]:
    """A model's description, as to_json wrote it."""
    parsed: dict[str, Any] = json.loads(model.to_json())
    return parsed


def edited(path: Path, change: Callable[[dict[str, Any]], Any]) -> Path:
    """The description inside an h5 file, changed; `change` gives the new one."""
    import h5py

    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        file.attrs["model_config"] = json.dumps(change(config))
    return path
