"""Probabilities as 16-bit numbers, compressed: how class-probability maps lie in a store.

Equal steps are finer than float16 where it matters, near 1 and where two classes are level: what is
read is within 1 / 131,068 (0.0000076) of what was written, and takes less space.
"""

import zlib

import numpy as np
from numpy.typing import NDArray

from innerview.errors import DamagedError

# A probability of 1; the number above stands for NaN, what a network that blew up answers.
ONE = 65534
NOTHING = 65535
# Probabilities that a map may have: 64 MB as float32.
LARGEST = 1 << 24


def encode(probabilities: NDArray[np.floating]) -> bytes:
    """
    Args:
        probabilities: (height, width, classes), 0 to 1 or NaN.
    """
    assert probabilities.ndim == 3 and probabilities.size
    known = np.isfinite(probabilities)
    whole = np.where(known, np.rint(np.clip(probabilities, 0.0, 1.0) * ONE), NOTHING)
    planes = np.ascontiguousarray(whole.astype(np.uint16).transpose(2, 0, 1))
    # Neighbours are alike: differences are small numbers, whose upper bytes are all the same.
    planes[:, :, 1:] -= planes[:, :, :-1].copy()
    pairs = np.ascontiguousarray(planes, "<u2").view(np.uint8).reshape(-1, 2)
    return zlib.compress(np.ascontiguousarray(pairs.T).tobytes(), 6)


def decode(content: bytes, height: int, width: int, classes: int) -> NDArray[np.float32]:
    """What `encode` was given: float32, (height, width, classes).

    Raises:
        DamagedError: these bytes are not of such an array.
    """
    size = height * width * classes
    if min(height, width, classes) < 1 or size > LARGEST:
        raise DamagedError(f"A class map cannot be {height} x {width} x {classes}.")
    # No more is unpacked than there can be, whatever the bytes say.
    unpacker = zlib.decompressobj()
    try:
        raw = unpacker.decompress(content, 2 * size)
    except (zlib.error, TypeError) as error:
        raise DamagedError(f"A class map is damaged ({error}).") from None
    if len(raw) != 2 * size or not unpacker.eof:
        raise DamagedError(f"A class map is not of the {height} x {width} x {classes} it claims.")
    pairs = np.frombuffer(raw, np.uint8).reshape(2, -1).T
    planes = np.ascontiguousarray(pairs).view("<u2").reshape(classes, height, width)
    whole = np.cumsum(planes, axis=2, dtype=np.uint16).transpose(1, 2, 0)
    shares = whole.astype(np.float32) / np.float32(ONE)
    shares[whole == NOTHING] = np.nan
    return np.ascontiguousarray(shares)
