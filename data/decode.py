"""One JPEG or PNG file as an array, whoever made it."""

import functools
import io
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
    with _opened(path) as image:
        return _decode(image, channels, size)


def decode_bytes(data: bytes, channels: int, size: Size | None = None) -> NDArray[np.uint8]:
    """The content of a JPEG or PNG file, decoded as `decode_file` would; no file is touched.

    Raises:
        DataError: as `decode_file`.
    """
    with _opened(data) as image:
        return _decode(image, channels, size)


def probe_file(path: Path) -> tuple[Size, int]:
    """((height, width) when upright, channels) of a file, from its header.

    Raises:
        DataError: as `decode_file`.
    """
    with _opened(path) as image:
        return _probe(image)


def probe_bytes(data: bytes) -> tuple[Size, int]:
    """As `probe_file`, of a file's content."""
    with _opened(data) as image:
        return _probe(image)


def _decode(image: "Image", channels: int, size: Size | None) -> NDArray[np.uint8]:
    from PIL import ImageOps

    if size is not None:
        # A JPEG decoder halves for nearly nothing; twice the size wanted hides that it did.
        image.draft(None, (2 * max(size), 2 * max(size)))
    ImageOps.exif_transpose(image, in_place=True)
    plain, mode = _eight_bits(image), "L" if channels == 1 else "RGB"
    # Pillow copies when there is nothing to convert, a tenth of a small image's time.
    plain = plain if plain.mode == mode else plain.convert(mode)
    return resize(np.asarray(plain).reshape(plain.height, plain.width, channels), size)


def _probe(image: "Image") -> tuple[Size, int]:
    width, height = image.size
    # EXIF orientations 5 to 8 lie on their side.
    sideways = image.getexif().get(0x0112, 1) >= 5
    channels = 1 if image.mode in ("1", "L", "LA") or image.mode.startswith("I") else 3
    return ((width, height) if sideways else (height, width)), channels


class _opened:
    """An image open for reading; whatever goes wrong inside is a DataError naming it."""

    def __init__(self, source: Path | bytes) -> None:
        """
        Args:
            source: a file of a dataset, or the content of a file that came by itself.
        """
        self.source = source
        is_file = isinstance(source, Path)
        self.name = str(source) if is_file else "This file"
        self.remedy = "take it out of the folder" if is_file else "choose another one"

    def __enter__(self) -> "Image":
        from PIL import Image

        _make_bombs_errors()
        try:
            # Naming the formats keeps Pillow's rarer decoders away from files of strangers.
            source = io.BytesIO(self.source) if isinstance(self.source, bytes) else self.source
            self.image = Image.open(source, formats=("JPEG", "PNG"))
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
            f"{self.name} declares more than the {MAX_PIXELS:,} pixels that are decoded at most: "
            f"make it smaller or {self.remedy}."
        )

    def _failure(self, error: Exception) -> DataError:
        reason = "no such file" if isinstance(error, FileNotFoundError) else _first_line(error)
        return DataError(
            f"{self.name} cannot be read as a JPEG or PNG image ({reason}): mend it or "
            f"{self.remedy}."
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
