"""Keras archives (.keras): members are read in memory and never unpacked onto the disk."""

import contextlib
import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from model.archive.config import MAX_CONFIG_BYTES, Config, parse
from model.archive.hdf5 import open_checked
from util import ModelError

if TYPE_CHECKING:
    import h5py

CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
MAX_MEMBERS = 10_000
# Keras stores weights as they are; who compressed them gained some ten per cent, or had zeros.
MAX_UNFOLDED_BYTES = 2**31
MAX_UNFOLDING = 32
ALWAYS_ALLOWED_BYTES = 64 * 2**20
PIECE = 2**20

BROKEN = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, KeyError,
    ValueError, OverflowError, MemoryError,
)  # fmt: skip


@contextlib.contextmanager
def open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """A zip archive of a sane number of members, none of them locked.

    Raises:
        ModelError: it is damaged, empty or locked by a password.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if not members:
                raise ModelError(
                    f"{path} is an empty zip archive; save the network again with "
                    "model.save('NAME.keras')."
                )
            if len(members) > MAX_MEMBERS:
                raise ModelError(
                    f"{path} is a zip archive of {len(members):,} files, more than any network; it "
                    "is not opened."
                )
            if any(member.flag_bits & 1 for member in members):
                raise ModelError(
                    f"{path} is a zip archive locked by a password; unlock it and give the network "
                    "without one."
                )
            yield archive
    except ModelError:
        raise
    except BROKEN as error:
        raise ModelError(
            f"{path} is a damaged zip archive ({_reason(error)}); download or copy it again."
        ) from None


def _reason(error: Exception) -> str:
    lines = str(error).strip("'\"").splitlines()
    text = lines[0].rstrip(".") if lines else type(error).__name__
    text = "".join(c if c.isprintable() else "?" for c in text)
    return text if len(text) <= 120 else text[:117] + "..."


def read_config(path: Path) -> tuple[Config, str]:
    """(the description of the layers, the Keras version or "") of a .keras archive.

    Raises:
        ModelError: it is damaged or locked, or no such archive.
    """
    with open_zip(path) as archive:
        names = set(archive.namelist())
        config = parse(read_member(archive, CONFIG, path), path)
        if WEIGHTS not in names:
            raise ModelError(
                f"{path} is a Keras archive without its weights ({WEIGHTS} is missing in it); "
                "save the whole network with model.save('NAME.keras')."
            )
        version = ""
        if METADATA in names:
            # It only tells the version: without it, or with a broken one, nothing is lost.
            with contextlib.suppress(ModelError):
                found = parse(read_member(archive, METADATA, path), path)
                version = str(found.get("keras_version", ""))[:32]
    return config, version


def read_member(archive: zipfile.ZipFile, name: str, path: Path) -> bytes:
    """A member's bytes, at most MAX_CONFIG_BYTES.

    Raises:
        ModelError: it claims more.
    """
    if archive.getinfo(name).file_size > MAX_CONFIG_BYTES:
        raise ModelError(f"{path}: {name} is larger than any network's description; not opened.")
    with archive.open(name) as member:
        return member.read(MAX_CONFIG_BYTES)


@contextlib.contextmanager
def open_weights(path: Path) -> Iterator["h5py.File"]:
    """The weights of a .keras archive, checked.

    Raises:
        ModelError: they are missing or damaged, or claim sizes far above what is stored.
    """
    # Mistakes of whoever reads the weights are no damage of the archive: it is closed before.
    with open_zip(path) as archive:
        if WEIGHTS not in archive.namelist():
            raise ModelError(f"{path}: {WEIGHTS} is missing in the archive; save it again.")
        source = _seekable(archive, path)
    with source, open_checked(source, path) as file:
        yield file


def _seekable(archive: zipfile.ZipFile, path: Path) -> BinaryIO:
    """The weights as a file for seeking, once their checksum is found right."""
    member = archive.getinfo(WEIGHTS)
    stored = member.compress_type == zipfile.ZIP_STORED
    limit = max(ALWAYS_ALLOWED_BYTES, MAX_UNFOLDING * member.compress_size)
    if not stored and member.file_size > min(limit, MAX_UNFOLDED_BYTES):
        raise ModelError(
            f"{path}: {WEIGHTS} unfolds from {member.compress_size:,} to {member.file_size:,} "
            "bytes; it is not opened, since no network's weights do."
        )
    memory = io.BytesIO()
    with archive.open(member) as file:
        # Reading to the end is what makes zipfile compare the checksum.
        while piece := file.read(PIECE):
            if not stored:
                memory.write(piece)
    if not stored:
        memory.seek(0)
        return memory
    return cast(BinaryIO, io.BufferedReader(_Part(path, _start(path, member), member.file_size)))


def _start(path: Path, member: zipfile.ZipInfo) -> int:
    """Where a member's bytes begin: behind its local header, which has a length of its own."""
    with path.open("rb") as file:
        file.seek(member.header_offset)
        header = file.read(30)
    name, extra = (int.from_bytes(header[at : at + 2], "little") for at in (26, 28))
    return member.header_offset + 30 + name + extra


class _Part(io.RawIOBase):
    """A stretch of a file as a file of its own."""

    def __init__(self, path: Path, start: int, size: int) -> None:
        self._file = path.open("rb")
        self._start, self._size, self._at = start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        wanted = min(len(view), max(0, self._size - self._at))
        self._file.seek(self._start + self._at)
        count = self._file.readinto(view[:wanted])
        self._at += count
        return count

    def close(self) -> None:
        self._file.close()
        super().close()
