"""What a layer was set to, and how its weights are distributed: plain values for the page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from model.steps import Step

BINS = 40

# Values looked at together.
PIECE = 1 << 20
# Ranges beyond it are counted in double precision.
LARGE = 1e30

# What is told of a layer's settings, in this order, and under which name.
SETTINGS = {
    "filters": "filters", "units": "units", "kernel_size": "kernel size", "pool_size": "pool size",
    "size": "size", "strides": "strides", "padding": "padding", "cropping": "cropping",
    "dilation_rate": "dilation", "groups": "groups", "depth_multiplier": "depth multiplier",
    "num_heads": "heads", "key_dim": "key width", "value_dim": "value width",
    "input_dim": "entries", "output_dim": "width", "activation": "activation",
    "recurrent_activation": "recurrent activation", "return_sequences": "returns sequences",
    "go_backwards": "backwards", "use_bias": "bias", "rate": "rate", "alpha": "slope",
    "negative_slope": "slope", "max_value": "greatest value", "threshold": "threshold",
    "axis": "axis", "momentum": "momentum", "epsilon": "epsilon", "center": "centre",
    "interpolation": "interpolation", "target_shape": "target shape", "dims": "axes",
    "scale": "scale", "offset": "offset", "factor": "factor", "mean": "mean",
    "variance": "variance", "keepdims": "keeps axes", "data_format": "data format",
}  # fmt: skip

# What every layer has unless somebody asks for something else: not told.
USUAL = {
    "dilation": ("1", "1 × 1", "1 × 1 × 1"), "groups": ("1",), "depth multiplier": ("1",),
    "data format": ("channels_last",), "centre": ("yes",), "scale": ("yes",), "keeps axes": ("no",),
    "backwards": ("no",), "cropping": ("0 × 0",), "threshold": ("0",),
}  # fmt: skip

# What Keras calls the state of a layer's random numbers.
SEED = "seed_generator_state"

# A text of a file's may be of any length, and lists lie in each other.
MAX_TEXT, MAX_PARTS, MAX_DEPTH = 80, 8, 3


@dataclass(frozen=True, slots=True)
class Distribution:
    """How many numbers are distributed.

    Attributes:
        count: how many there are; those that are not finite are in no bin and no measure.
        edges: (bins + 1,), rising; () where there is no finite number.
        counts: (bins,).
        mean, std: of the finite ones; the standard deviation is the population's.
        zeros: share of exact zeros, 0 to 1.
    """

    count: int
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    mean: float
    std: float
    zeros: float


def distribution(values: NDArray[Any], bins: int = BINS) -> Distribution:
    """Bins of equal widths from the least to the greatest number; values of any shape."""
    flat = np.asarray(values).reshape(-1)
    finite = flat if np.isfinite(flat).all() else flat[np.isfinite(flat)]
    if not len(finite):
        return Distribution(len(flat), (), (), 0.0, 0.0, 0.0)
    mean, std = _moments(finite)
    zeros = 1.0 - np.count_nonzero(finite) / len(finite)
    low, high = float(finite.min()), float(finite.max())
    if high - low <= 1e-6 * max(abs(low), abs(high)):
        # Narrower bins could not be told apart in single precision.
        reach = max(abs(low), abs(high)) * 1e-3 or 0.5
        low, high = low - reach, high + reach
    if high - low > LARGE:
        # A range may overflow single precision, although both of its ends do not.
        finite = finite.astype(np.float64)
    counts, edges = np.histogram(finite, bins, (low, high))
    return Distribution(len(flat), tuple(edges.tolist()), tuple(counts.tolist()), mean, std, zeros)


def _moments(values: NDArray[Any]) -> tuple[float, float]:
    """Mean and standard deviation in double precision, a piece at a time.

    A dense layer may have a hundred million weights, and NumPy would copy all of them twice over.
    """
    pieces = [values[i : i + PIECE] for i in range(0, len(values), PIECE)]
    mean = sum(float(piece.sum(dtype=np.float64)) for piece in pieces) / len(values)
    squares = (float(np.square(piece.astype(np.float64) - mean).sum()) for piece in pieces)
    return mean, float(np.sqrt(sum(squares) / len(values)))


def settings(config: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(name, text) of what a person asks of a layer, out of what Keras says of it."""
    told = []
    for key, name in SETTINGS.items():
        text = _text(config.get(key))
        if text and text not in USUAL.get(name, ()):
            told.append((name, text))
    return told


def _text(value: Any, depth: int = 0) -> str:
    match value:
        case None:
            return ""
        case dict():
            # An object of its own kind: an activation that is a layer, say.
            named = value.get("class_name")
            return named[:MAX_TEXT] if isinstance(named, str) else ""
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.6g}"
        case list() | tuple():
            parts = [_text(part, depth + 1) for part in value[:MAX_PARTS] if depth < MAX_DEPTH]
            return " × ".join(part for part in parts if part)[:MAX_TEXT]
        case _:
            return str(value)[:MAX_TEXT]


def settings_of(step: "Step") -> list[tuple[str, str]]:
    try:
        config = step.layer.get_config()
    except Exception:
        # Operations and layers of a user's own need not be able to tell.
        return []
    return settings(config) if isinstance(config, Mapping) else []


def weights_of(step: "Step") -> Iterable[tuple[str, NDArray[Any]]]:
    """(name, float32 values) of each array of weights of a step's layer, but for random states."""
    import keras

    paths = [str(weight.path) for weight in getattr(step.layer, "weights", ())]
    names = names_of(paths)
    for weight, name in zip(getattr(step.layer, "weights", ()), names, strict=True):
        if not name.endswith(SEED):
            values = keras.ops.convert_to_numpy(keras.ops.cast(weight.value, "float32"))
            yield name, np.asarray(values)


def names_of(paths: Sequence[str]) -> list[str]:
    """The last part of each path; before it the one that tells arrays of one name from each other.

    Attention has a kernel of the query, of the key and of the value.
    """
    last = [path.rpartition("/")[2] for path in paths]
    names = []
    for path, name in zip(paths, last, strict=True):
        alike = [other.split("/") for other, its in zip(paths, last, strict=True) if its == name]
        parts = path.split("/")
        telling = [
            part
            for at, part in enumerate(parts[:-1])
            if any(len(other) <= at or other[at] != part for other in alike)
        ]
        names.append("/".join([*telling, name]))
    return names
