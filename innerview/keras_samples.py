"""What a Keras network makes of a few samples: activations of its layers, and what it sees."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from innerview.arrays import as_array
from innerview.keras_facts import library

# Samples that are run through the network for their activations, and shown as pictures.
MOST_ROWS, MOST_PICTURES = 256, 16
# Pixels that a picture is enlarged to, so that the bars below it can be read.
SMALLEST_SIDE = 64
BAR, BEST_BAR, GROUND = (120, 130, 150), (235, 120, 30), (255, 255, 255)


class Activations:
    """The outputs of every layer for the same samples."""

    def __init__(self, model: Any, samples: Any) -> None:
        """
        Args:
            samples: an array as the network takes it, or a list of them.

        Raises:
            ValueError: the network's layers are in no graph, as its class is its own.
        """
        keras = library(model)
        if keras is None or not getattr(model, "inputs", None):
            raise ValueError("activations are known of Sequential and functional networks only")
        self._layers = [layer for layer in model.layers if _has_output(layer)]
        # A list of one is another structure than the one that it holds.
        inputs = model.inputs if len(model.inputs) > 1 else model.inputs[0]
        self._probe = keras.Model(inputs, [layer.output for layer in self._layers])
        self._samples = first_rows(samples, MOST_ROWS)

    def __iter__(self) -> Iterator[tuple[str, NDArray[Any]]]:
        """(name of a layer, its outputs)."""
        outputs = run(self._probe, self._samples)
        outputs = outputs if isinstance(outputs, list | tuple) else [outputs]
        for layer, output in zip(self._layers, outputs, strict=True):
            yield layer.name, as_array(output)


def _has_output(layer: Any) -> bool:
    if type(layer).__name__ == "InputLayer":
        return False
    try:
        return hasattr(layer.output, "shape")
    except (AttributeError, ValueError, RuntimeError):
        # Used several times, or not at all.
        return False


def run(model: Any, samples: Any) -> Any:
    """The network's outputs, as in use. Outside `predict`, which would call other callbacks."""
    return model(samples, training=False)


def first_rows(samples: Any, most: int) -> Any:
    if isinstance(samples, list | tuple):
        return [first_rows(part, most) for part in samples]
    return as_array(samples)[:most]


def as_probabilities(outputs: NDArray[Any]) -> NDArray[np.float64]:
    """Shares of the classes, float64, (n, classes), of logits or of probabilities.

    Raises:
        ValueError: this is no classifier's output.
    """
    values = outputs.astype(np.float64)
    if values.ndim != 2:
        raise ValueError(f"outputs of shape {values.shape} are none of a classifier")
    inside = (values >= 0).all() and (values <= 1).all()
    if values.shape[1] == 1:
        second = values if inside else 0.5 * (1 + np.tanh(values / 2))
        return np.concatenate([1 - second, second], axis=1)
    if inside and np.allclose(values.sum(1), 1, atol=1e-3):
        return values
    powers = np.exp(values - values.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True))


def tell(shares: NDArray[np.float64], class_names: Sequence[str] | None) -> str:
    """One line a sample: its number, the class, and how sure the network is."""
    best = shares.argmax(1)
    names = [str(c) if class_names is None else str(class_names[c]) for c in best]
    sure = shares.max(1)
    return "\n".join(f"{i}: {name} ({sure[i]:.0%})" for i, name in enumerate(names))


def as_pictures(samples: Any) -> NDArray[np.uint8]:
    """uint8, (n, h, w, 3), of what the network takes, whatever range that has.

    Raises:
        ValueError: these are no pictures.
    """
    array = first_rows(samples, MOST_PICTURES)
    array = array[..., None] if array.ndim == 3 else array
    if array.ndim != 4:
        raise ValueError(f"an array of shape {array.shape} holds no pictures (n, h, w, channels)")
    if array.shape[-1] not in (1, 3, 4):
        array = np.moveaxis(array, 1, -1)
    if array.shape[-1] not in (1, 3, 4):
        raise ValueError(f"an array of shape {array.shape} holds no pictures (n, h, w, channels)")
    if array.dtype != np.uint8:
        low, high = min(float(array.min()), 0.0), float(array.max())
        # 0 to 1, or 0 to 255; anything else is stretched.
        high = high if low < 0 else 1.0 if high <= 1 else max(high, 255.0)
        array = np.rint((array - low) / ((high - low) or 1.0) * 255).astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(array[..., :3], (*array.shape[:3], 3)))


def draw(picture: NDArray[np.uint8], shares: NDArray[np.float64]) -> NDArray[np.uint8]:
    """A picture above its bars, one a class from left to right, the highest in another colour.

    Args:
        picture: (h, w, 3).
        shares: (classes,), 0 to 1.
    """
    times = max(1, -(-SMALLEST_SIDE // min(picture.shape[:2])))
    large = picture.repeat(times, 0).repeat(times, 1)
    width = large.shape[1]
    if len(shares) * 2 > width:
        return large
    bars = np.full((max(width // 4, 8), width, 3), GROUND, np.uint8)
    edges = np.linspace(0, width, len(shares) + 1).astype(int)
    for number, share in enumerate(shares):
        height = round(float(np.nan_to_num(share)) * len(bars))
        color = BEST_BAR if number == shares.argmax() else BAR
        bars[len(bars) - height :, edges[number] : edges[number + 1] - 1] = color
    return np.concatenate([large, bars])
