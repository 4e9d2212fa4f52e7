"""Selections kept on disk under a token, so that an address can hold one of any size."""

import contextlib
import os
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.cache import Cache
from data import Dataset
from util import CacheError, UserError, atomic_path, digest

# Of one dataset. The selections used longest ago go first.
KEPT = 300

VERSION = 1
TOKEN = re.compile(r"[0-9a-f]{32}")


class Selections:
    """Selections of one dataset's samples; they outlive the process.

    A token is a digest of the selection and the dataset: the same selection has the same one, and
    that of another dataset is not found.
    """

    def __init__(self, cache: Cache, dataset: Dataset) -> None:
        """Nothing is read or written yet; N is the number of the dataset's samples."""
        self.count = len(dataset)
        self.key = digest("selections", VERSION, dataset.fingerprint, self.count)
        self.folder = cache.path("selections", self.key)

    def keep(self, mask: NDArray[np.bool_]) -> str:
        """Keep a selection, bool (N,); returns its token: 32 hex digits.

        Raises:
            CacheError: the cache cannot be written.
        """
        assert mask.shape == (self.count,) and mask.dtype == np.bool_
        bits = pack(mask)
        token = self._token(bits)
        path = self._path(token)
        try:
            if path.exists():
                os.utime(path)
            else:
                with atomic_path(path) as temporary:
                    temporary.write_bytes(bits)
                self._forget_oldest()
        except OSError as error:
            raise CacheError(
                f"The selection cannot be kept in {self.folder} ({error.strerror}); free some "
                "space, or name another folder with --cache-dir."
            ) from None
        return token

    def read(self, token: str) -> NDArray[np.bool_] | None:
        """The selection of this token, bool (N,); None where there is none."""
        if not TOKEN.fullmatch(token):
            return None
        path = self._path(token)
        try:
            bits = path.read_bytes()
        except OSError:
            return None
        if self._token(bits) != token:
            # Something else has written into the file.
            path.unlink(missing_ok=True)
            return None
        # It may be removed by another process in between, or not be ours to touch: it was read.
        with contextlib.suppress(OSError):
            os.utime(path)
        return unpack(bits, self.count)

    def _token(self, bits: bytes) -> str:
        return digest(self.key, bits)

    def _path(self, token: str) -> Path:
        return self.folder / f"{token}.bits"

    def _forget_oldest(self) -> None:
        """Remove what is more than KEPT; other processes may be doing the same."""
        ages = {}
        for path in self.folder.glob("*.bits"):
            try:
                ages[path] = path.stat().st_mtime_ns
            except FileNotFoundError:
                continue
        for path in sorted(ages, key=ages.__getitem__)[: max(0, len(ages) - KEPT)]:
            path.unlink(missing_ok=True)


def pack(mask: NDArray[np.bool_]) -> bytes:
    """A selection, bool (N,), as bits: ceil(N / 8) bytes, the lowest bit of a byte first."""
    return np.packbits(mask, bitorder="little").tobytes()


def unpack(bits: bytes, count: int) -> NDArray[np.bool_]:
    """The selection, bool (count,), that `pack` made into bits.

    Raises:
        UserError: these are not the bits of so many samples.
    """
    expected = (count + 7) // 8
    if len(bits) != expected:
        raise UserError(
            f"A selection of {count:,} images has {expected:,} bytes; given were {len(bits):,}."
        )
    mask = np.unpackbits(np.frombuffer(bits, np.uint8), bitorder="little").astype(np.bool_)
    if mask[count:].any():
        raise UserError(f"The selection marks images beyond the {count:,} there are.")
    return mask[:count]
