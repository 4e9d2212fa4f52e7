"""Pictures of any mode that Pillow knows as grey or colour of 8 bits."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image

# What is grey; all else is colour.
GREY = ("1", "L", "LA", "La", "F")
# Pillow brings these to grey or colour by itself; transparency is dropped, as Keras does.
PLAIN = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "HSV")
# Formats whose numbers of more than 8 bits always mean 0 to 65535.
SIXTEEN_BITS = ("PNG", "PPM")


def is_grey(mode: str) -> bool:
    """Whether a picture of a mode has shades of grey only."""
    return mode in GREY or mode.startswith("I")


def eight_bits(image: "Image") -> "Image":
    """A decoded picture in a mode that Pillow converts to grey or colour faithfully.

    16 bits lose their lower 8. Other whole numbers, and floating-point numbers, are scaled by
    picture as `_scale` says.
    """
    from PIL import Image

    mode = image.mode
    if mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if mode in ("I", "F"):
        deep = mode == "I" and image.format in SIXTEEN_BITS
        return Image.fromarray(_scale(np.asarray(image), deep))
    if mode in ("La", "RGBa"):
        return image.convert("LA" if mode == "La" else "RGBA")
    if mode == "LAB":
        return image.convert("RGB")
    if mode in ("P", "PA") and "transparency" in image.info:
        return image.convert("RGBA")
    return image


def _scale(values: NDArray[Any], deep: bool) -> NDArray[np.uint8]:
    """Numbers of any range, (h, w), as 0 to 255.

    Args:
        values: int32 or float32. What is not finite counts as the smallest that is.
        deep: they are 0 to 65535, whichever of these this picture uses.

    Returns:
        0 to 255 as it is; fractions of 0 to 1 times 255; whole numbers up to 65535 without their
        lower 8 bits; all else stretched so that its smallest is 0 and its largest 255.
    """
    if not values.size:
        return np.zeros(values.shape, np.uint8)
    # Broken files hold numbers whose conversion alone makes NumPy warn.
    with np.errstate(all="ignore"):
        exact = values.astype(np.float64)
    finite = np.isfinite(exact)
    if not finite.all():
        exact = np.where(finite, exact, exact[finite].min() if finite.any() else 0.0)
    low, high = float(exact.min()), float(exact.max())
    whole = values.dtype.kind in "iu"
    if whole and low >= 0 and high <= 65535 and (deep or high > 255):
        return (exact.astype(np.int64) >> 8).astype(np.uint8)
    if not whole and low >= 0 and high <= 1:
        exact = exact * 255
    elif low < 0 or high > 255:
        exact = (exact - low) * (255 / (high - low)) if high > low else np.zeros_like(exact)
    return np.rint(exact).astype(np.uint8)
