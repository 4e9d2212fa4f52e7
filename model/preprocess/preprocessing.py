"""How one network sees one dataset's images."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from data import ImageSource
from model.preprocess.scaling import Statistics, phrase, scaling

# Where a pixel's channels stand; rows and vectors are read in the first order.
Order = Literal["channels last", "channels first"]
OPAQUE = 255


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How uint8 images become a network's input.

    Attributes:
        size: (height, width) of the input; images of another size are stretched to it.
        channels: 1 (grey), 3 (red, green, blue) or 4 (and an alpha that is opaque everywhere).
        shape: shape of one input as the network wants it; its numbers are height * width *
            channels: (H, W, C), (H, W), (C, H, W), (H * W * C,), (H, W * C) or (H * W, C).
        scale: one of scaling.SCALES, or "MEAN/STD".
        statistics: of the dataset, where the scale needs them.
        order: of the numbers within `shape`.
    """

    size: tuple[int, int]
    channels: int
    shape: tuple[int, ...]
    scale: str
    statistics: Statistics | None = None
    order: Order = "channels last"

    def __post_init__(self) -> None:
        assert self.channels in (1, 3, 4)
        assert int(np.prod(self.shape)) == self.size[0] * self.size[1] * self.channels
        assert self.order in get_args(Order)

    def __str__(self) -> str:
        height, width = self.size
        order = "" if self.order == "channels last" else f", {self.order}"
        return f"{height} x {width} x {self.channels}, {phrase(self.scale)}{order}"

    @property
    def colours(self) -> int:
        """Channels of the images to be read for it: 1 or 3."""
        return min(self.channels, 3)

    def read(self, images: ImageSource, indices: NDArray[np.int64]) -> NDArray[np.float32]:
        """The network's input for some images, float32 of shape (n, *self.shape)."""
        return self.apply(images.read(indices, self.size, self.colours))

    def apply(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The network's input for pixels of its size.

        Args:
            pixels: (n, *size, colours).

        Returns:
            float32, (n, *shape).
        """
        assert pixels.shape[1:] == (*self.size, self.colours)
        arithmetic = scaling(self.scale, self.channels, self.statistics)
        values = arithmetic.apply(with_alpha(pixels, self.channels))
        if self.order == "channels first":
            values = np.moveaxis(values, -1, 1)
        return np.ascontiguousarray(values.reshape(len(pixels), *self.shape))

    def to_json(self) -> dict[str, Any]:
        return {
            "size": list(self.size),
            "channels": self.channels,
            "shape": list(self.shape),
            "scale": self.scale,
            "statistics": None if self.statistics is None else self.statistics.to_json(),
            "order": self.order,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Preprocessing":
        kept = value["statistics"]
        return cls(
            size=(int(value["size"][0]), int(value["size"][1])),
            channels=int(value["channels"]),
            shape=tuple(int(n) for n in value["shape"]),
            scale=value["scale"],
            statistics=None if kept is None else Statistics.from_json(kept),
            order=value["order"],
        )


def with_alpha(pixels: NDArray[np.uint8], channels: int) -> NDArray[np.uint8]:
    """Pixels (..., 1 or 3) as (..., channels): the fourth channel is opaque."""
    if channels <= pixels.shape[-1]:
        return pixels
    alpha = np.full((*pixels.shape[:-1], 1), OPAQUE, np.uint8)
    return np.concatenate([pixels, alpha], axis=-1)
