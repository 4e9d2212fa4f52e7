"""An image that is not of the dataset: decoded as the dataset's are, and kept in memory only."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analysis.samples import log_probabilities
from analysis.task import PIXELS, Task, fit_within
from data.decode import decode_bytes, probe_bytes
from data.images import ArrayImages
from model.forward import LOGITS
from model.preprocess import Preprocessing
from util import digest

State = Literal["waiting", "running", "done", "failed"]

# What the page shows of the image is no larger, whatever its own size.
PICTURE_SIDE = 512

# Images of the dataset whose borders are looked at, and how much nearer to theirs an inverted
# border has to be, in shares of white.
BORDERS, CLEARLY = 500, 0.25


@dataclass(frozen=True, slots=True)
class Guest:
    """An image that is not of the dataset, and what the network says about it.

    Attributes:
        token: digest of the file's content and of whether it was inverted.
        source: digest of the file's content alone.
        size: (height, width) of the file's image, upright.
        picture: uint8, (height, width, 1 or 3), at most PICTURE_SIDE a side.
        images: the image as the network takes it, before scaling.
        thumbnail: uint8, (height, width, channels), as the dataset's thumbnails are made.
        inverted: light and dark have been exchanged.
        message: what is being done, or the sentence on why it failed.
        outputs: by name, float32 (units,): logits and activations, once it is done.
    """

    token: str
    source: str
    size: tuple[int, int]
    picture: NDArray[np.uint8]
    images: ArrayImages
    thumbnail: NDArray[np.uint8]
    inverted: bool
    state: State = "waiting"
    message: str = ""
    outputs: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)

    def vector(self, space: str) -> NDArray[np.uint8] | NDArray[np.float32] | None:
        """The image in a space, (D,), as analysis.similar.read_space has the samples."""
        return self.thumbnail.ravel() if space == PIXELS else self.outputs.get(space)

    def probabilities(self, head: str) -> NDArray[np.float32] | None:
        """The network's class probabilities: float32, (C,), sum 1; None until it is done."""
        logits = self.outputs.get(LOGITS)
        if logits is None:
            return None
        probabilities: NDArray[np.float32] = np.exp(log_probabilities(logits[None], head)[0])
        return probabilities.astype(np.float32)


def decode(token: str, data: bytes, task: Task, shown: Preprocessing) -> Guest:
    """The content of an image file as an image that the network has yet to look at.

    Args:
        shown: how the network was shown the dataset's images.

    Raises:
        DataError: it is no JPEG or PNG image, or has too many pixels.
    """
    size, channels = probe_bytes(data)
    return Guest(
        token=token,
        source=token,
        size=size,
        picture=decode_bytes(data, channels, fit_within(size, PICTURE_SIDE)),
        images=ArrayImages(decode_bytes(data, shown.colours, shown.size)[None]),
        thumbnail=decode_bytes(data, task.dataset.images.channels, task.thumbnail_size),
        inverted=False,
    )


def invert(guest: Guest) -> Guest:
    """The image with light and dark exchanged, not looked at yet; twice is the image itself."""
    return replace(
        guest,
        token=inverted_token(guest),
        picture=255 - guest.picture,
        images=ArrayImages(255 - guest.images.array),
        thumbnail=255 - guest.thumbnail,
        inverted=not guest.inverted,
        state="waiting",
        message="",
        outputs={},
    )


def inverted_token(guest: Guest) -> str:
    return guest.source if guest.inverted else digest(guest.source, "inverted")


def odd_border(
    thumbnail: NDArray[np.uint8], thumbnails: NDArray[np.uint8]
) -> Literal["light", "dark"] | None:
    """What an image's border is where, inverted, it would be much more like the dataset's.

    Args:
        thumbnail: (height, width, channels).
        thumbnails: (N, height, width, channels), of which some are looked at.
    """
    step = max(1, len(thumbnails) // BORDERS)
    usual, given = _border(thumbnails[::step]), _border(thumbnail)
    if abs(given - usual) <= abs(1 - given - usual) + CLEARLY:
        return None
    return "light" if given > usual else "dark"


def _border(images: NDArray[np.uint8]) -> float:
    """Mean brightness of the outermost pixels of (..., height, width, channels), 0 to 1."""
    rows, columns = images[..., [0, -1], :, :], images[..., :, [0, -1], :]
    return float((rows.mean() + columns.mean()) / 510)
