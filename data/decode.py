"""One image file as an array, whoever made it."""

import io
import logging
import os
import stat
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from data.modes import PLAIN, eight_bits, is_grey
from util import DataError

if TYPE_CHECKING:
    from PIL.Image import Image

Size = tuple[int, int]

# A small file can declare a picture of any size: past this one its decoding is refused.
MAX_PIXELS = 64_000_000
# Naming the formats keeps Pillow's rarer decoders away from files of strangers: EPS would start
# another program. JPEG includes MPO, the format of pairs of photographs.
FORMATS = ("JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF", "PPM", "AVIF")
# What is dropped on the page, where names of formats help the most.
DROPPED_FORMATS = ("JPEG", "PNG")
ORIENTATION = 0x0112


class UnreadableImage(DataError):
    """An image that cannot be decoded.

    Attributes:
        reason: why, in a few words.
    """

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Blob:
    """The content of an image file that lies inside another file.

    Attributes:
        data: the content.
        name: where it was found, for messages.
    """

    data: bytes
    name: str


Encoded = Path | Blob


def decode_file(source: Encoded, channels: int, size: Size | None = None) -> NDArray[np.uint8]:
    """One image of a dataset, its first frame, upright, without its transparency.

    Args:
        source: a file of one of the FORMATS, or its content.
        channels: 1 or 3.
        size: (height, width) to stretch it to, or None for its own.

    Returns:
        uint8, (height, width, channels).

    Raises:
        DataError: it cannot be read, is of another format, or has more than MAX_PIXELS.
    """
    with _Opened(source, FORMATS) as image:
        return _decode(image, channels, size)


def decode_bytes(data: bytes, channels: int, size: Size | None = None) -> NDArray[np.uint8]:
    """The content of a JPEG or PNG file, decoded as `decode_file` would; no file is touched.

    Raises:
        DataError: as `decode_file`.
    """
    with _Opened(data, DROPPED_FORMATS) as image:
        return _decode(image, channels, size)


def probe_file(source: Encoded) -> tuple[Size, int]:
    """((height, width) when upright, channels) of an image, from its header.

    Raises:
        DataError: as `decode_file`.
    """
    with _Opened(source, FORMATS) as image:
        return _probe(image)


def probe_bytes(data: bytes) -> tuple[Size, int]:
    """As `probe_file`, of a JPEG or PNG file's content."""
    with _Opened(data, DROPPED_FORMATS) as image:
        return _probe(image)


def check_file(source: Encoded) -> tuple[Size, int]:
    """As `probe_file`, after the whole image has been decoded once.

    Raises:
        UnreadableImage: it cannot be decoded.
    """
    with _Opened(source, FORMATS) as image:
        if image.format == "JPEG":
            size, channels = _probe(image)
            # An eighth of the size and no colours: the file is read to its end all the same.
            image.draft("L", (1, 1))
            image.load()
        else:
            # First: a PNG asked for its orientation is loaded, and what is broken then goes unsaid.
            image.load()
            size, channels = _probe(image)
        if image.mode not in PLAIN:
            eight_bits(image)
        return size, channels


def _decode(image: "Image", channels: int, size: Size | None) -> NDArray[np.uint8]:
    if size is not None:
        # A JPEG decoder halves for nearly nothing; twice the size wanted hides that it did.
        image.draft(None, (2 * max(size), 2 * max(size)))
    image.load()
    turn = _orientation(image)
    plain, mode = eight_bits(image), "L" if channels == 1 else "RGB"
    # Pillow copies when there is nothing to convert, a tenth of a small image's time.
    plain = plain if plain.mode == mode else plain.convert(mode)
    plain = _upright(plain, turn)
    return resize(np.asarray(plain).reshape(plain.height, plain.width, channels), size)


def _probe(image: "Image") -> tuple[Size, int]:
    width, height = image.size
    # Orientations 5 to 8 lie on their side; of a TIFF Pillow tells the size when upright.
    sideways = image.format != "TIFF" and _orientation(image) >= 5
    return ((width, height) if sideways else (height, width)), 1 if is_grey(image.mode) else 3


def _orientation(image: "Image") -> int:
    """EXIF's orientation, 1 to 8; 1 where there is none or none that makes sense."""
    if image.format in ("JPEG", "MPO") and "exif" not in image.info:
        return 1
    try:
        turn = image.getexif().get(ORIENTATION, 1)
    except Exception:
        # Broken notes about a picture, and the picture may be whole.
        return 1
    return turn if isinstance(turn, int) and 1 <= turn <= 8 else 1


def _upright(image: "Image", turn: int) -> "Image":
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    return image.transpose(turns[turn]) if turn in turns else image


class _Opened:
    """An image open for reading; whatever goes wrong inside is a DataError naming it."""

    def __init__(self, source: Encoded | bytes, formats: tuple[str, ...]) -> None:
        """
        Args:
            source: an image of a dataset, or the content of a file that came by itself.
            formats: Pillow's names of those that are allowed.
        """
        self.source, self.formats = source, formats
        if isinstance(source, bytes):
            self.name, self.kind, self.remedy = "This file", "a JPEG or PNG", "choose another one"
        else:
            self.name = str(source) if isinstance(source, Path) else source.name
            self.kind, self.remedy = "an", "take it out of the folder"

    def __enter__(self) -> "Image":
        from PIL import Image

        _quieten()
        self.file = self.image = None
        try:
            self.file = _open(self.source)
            self.image = Image.open(self.file, formats=self.formats)
            if self.image.width * self.image.height > MAX_PIXELS:
                raise self._too_large()
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            self._close()
            raise self._too_large() from None
        except UnreadableImage:
            self._close()
            raise
        except Exception as error:
            failure = self._failure(OSError("it is empty") if _is_empty(self.file) else error)
            self._close()
            raise failure from error
        return self.image

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._close()
        # Pillow's decoders raise whatever a broken file leads to: SyntaxError, struct.error ...
        if isinstance(error, Exception) and not isinstance(error, DataError):
            if type(error).__name__.startswith("DecompressionBomb"):
                raise self._too_large() from None
            raise self._failure(error) from error

    def _close(self) -> None:
        for opened in (self.image, self.file):
            if opened is not None:
                opened.close()

    def _too_large(self) -> UnreadableImage:
        return UnreadableImage(
            f"{self.name} declares more than the {MAX_PIXELS:,} pixels that are decoded at most: "
            f"make it smaller or {self.remedy}.",
            f"more than {MAX_PIXELS:,} pixels",
        )

    def _failure(self, error: Exception) -> UnreadableImage:
        reason = "no such file" if isinstance(error, FileNotFoundError) else _first_line(error)
        return UnreadableImage(
            f"{self.name} cannot be read as {self.kind} image ({reason}): mend it or "
            f"{self.remedy}.",
            reason,
        )


def _open(source: Encoded | bytes) -> IO[bytes]:
    if isinstance(source, Path):
        # A pipe that is called .jpg would wait for ever for someone to write into it.
        descriptor = os.open(source, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _BINARY)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OSError("it is no file but a device, a pipe or a folder")
        return os.fdopen(descriptor, "rb")
    return io.BytesIO(source if isinstance(source, bytes) else source.data)


def _is_empty(file: IO[bytes] | None) -> bool:
    return file is not None and not file.closed and file.seek(0, os.SEEK_END) == 0


_BINARY = getattr(os, "O_BINARY", 0)


def _quieten() -> None:
    """Keep Pillow's warnings about broken files off the terminal.

    Past its own limit of pixels Pillow only warns; as an error that is handled like ours. Looked
    up each time, since others replace the list of filters; added only where they are not in it.
    """
    from PIL import Image

    bomb = ("error", None, Image.DecompressionBombWarning, None, 0)
    if bomb not in warnings.filters:
        warnings.filterwarnings("ignore", module=r"PIL\.")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        # Without any handler Python prints what Pillow logs about broken files.
        log = logging.getLogger("PIL")
        if not log.handlers:
            log.addHandler(logging.NullHandler())


def _first_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if type(error).__name__ == "UnidentifiedImageError":
        return "its content is something else"
    if isinstance(error, MemoryError):
        return "not enough memory"
    return ((str(error) or type(error).__name__).splitlines() or [""])[0][:200]


def resize(image: NDArray[np.uint8], size: Size | None) -> NDArray[np.uint8]:
    """An image (h, w, 1 or 3) stretched to (height, width), antialiased when made smaller."""
    if size is None or image.shape[:2] == size:
        return image
    from PIL import Image

    channels = image.shape[2]
    picture = Image.fromarray(image[..., 0] if channels == 1 else image)
    resized = picture.resize((size[1], size[0]), Image.Resampling.BILINEAR)
    return np.asarray(resized).reshape(*size, channels)
