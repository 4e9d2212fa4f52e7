"""One JPEG or PNG file as an array, whoever made it."""

import functools
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from util import DataError

if TYPE_CHECKING:
    from PIL.Image import Image

Size = tuple[int, int]

# A small file can declare a picture of any size: past this one its decoding is refused.
MAX_PIXELS = 64_000_000


def decode_file(path: Path, channels: int, size: Size | None = None) -> NDArray[np.uint8]:
    """One JPEG or PNG file, upright, without its transparency.

    Args:
        path: the file.
        channels: 1 or 3.
        size: (height, width) to stretch it to, or None for its own.

    Returns:
        uint8, (height, width, channels).

    Raises:
        DataError: it cannot be read, is neither JPEG nor PNG, or has more than MAX_PIXELS.
    """
    from PIL import ImageOps

    with _opened(path) as image:
        if size is not None:
            # A JPEG decoder halves for nearly nothing; twice the size wanted hides that it did.
            image.draft(None, (2 * max(size), 2 * max(size)))
        ImageOps.exif_transpose(image, in_place=True)
        plain, mode = _eight_bits(image), "L" if channels == 1 else "RGB"
        # Pillow copies when there is nothing to convert, a tenth of a small image's time.
        plain = plain if plain.mode == mode else plain.convert(mode)
        return resize(np.asarray(plain).reshape(plain.height, plain.width, channels), size)


def probe_file(path: Path) -> tuple[Size, int]:
    """((height, width) when upright, channels) of a file, from its header.

    Raises:
        DataError: as `decode_file`.
    """
    with _opened(path) as image:
        width, height = image.size
        # EXIF orientations 5 to 8 lie on their side.
        sideways = image.getexif().get(0x0112, 1) >= 5
        channels = 1 if image.mode in ("1", "L", "LA") or image.mode.startswith("I") else 3
        return ((width, height) if sideways else (height, width)), channels


class _opened:
    """An image file open for reading; whatever goes wrong inside is a DataError naming it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> "Image":
        from PIL import Image

        _make_bombs_errors()
        try:
            # Naming the formats keeps Pillow's rarer decoders away from files of strangers.
            self.image = Image.open(self.path, formats=("JPEG", "PNG"))
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise self._too_large() from None
        except Exception as error:
            raise self._failure(error) from error
        if self.image.width * self.image.height > MAX_PIXELS:
            self.image.close()
            raise self._too_large()
        return self.image

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self.image.close()
        # Pillow's decoders raise whatever a broken file leads to: SyntaxError, struct.error ...
        if isinstance(error, Exception) and not isinstance(error, DataError):
            raise self._failure(error) from error

    def _too_large(self) -> DataError:
        return DataError(
            f"{self.path} declares more than the {MAX_PIXELS:,} pixels that are decoded at most: "
            "make it smaller or take it out of the folder."
        )

    def _failure(self, error: Exception) -> DataError:
        reason = "no such file" if isinstance(error, FileNotFoundError) else _first_line(error)
        return DataError(
            f"{self.path} cannot be read as a JPEG or PNG image ({reason}): mend it or take it "
            "out of the folder."
        )


@functools.cache
def _make_bombs_errors() -> None:
    """Past its own limit Pillow only warns, on the terminal; as an error it is handled like ours.

    Once a process is enough, and more would forget which other warnings have been shown.
    """
    from PIL import Image

    warnings.simplefilter("error", Image.DecompressionBombWarning)


def _first_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if type(error).__name__ == "UnidentifiedImageError":
        return "its content is something else"
    return (str(error) or type(error).__name__).splitlines()[0]


def _eight_bits(image: "Image") -> "Image":
    """The image in a mode that Pillow converts to grey or colour faithfully."""
    from PIL import Image

    if image.mode.startswith("I"):
        # Pillow clips 16 bits at 255 instead of scaling them.
        return Image.fromarray((np.asarray(image).astype(np.int64) >> 8).clip(0, 255).astype("u1"))
    if image.mode == "P" and "transparency" in image.info:
        return image.convert("RGBA")
    return image


def resize(image: NDArray[np.uint8], size: Size | None) -> NDArray[np.uint8]:
    """An image (h, w, 1 or 3) stretched to (height, width), antialiased when made smaller."""
    if size is None or image.shape[:2] == size:
        return image
    from PIL import Image

    channels = image.shape[2]
    picture = Image.fromarray(image[..., 0] if channels == 1 else image)
    resized = picture.resize((size[1], size[0]), Image.Resampling.BILINEAR)
    return np.asarray(resized).reshape(*size, channels)
