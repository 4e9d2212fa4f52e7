"""Images inside Arrow and Parquet files, found by row, and reopened in other processes."""

import functools
import os
import stat
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from data.decode import Blob, UnreadableImage

# Row groups of Parquet files, unpacked, that are kept at a time.
KEPT_BYTES = 512 * 2**20
# A row group that claims more is refused before it is unpacked.
MAX_GROUP = 4 * 2**30
MAX_FILE = 2**30

_lock = threading.Lock()
_groups: OrderedDict[tuple[str, int, int, str], Any] = OrderedDict()


@dataclass(frozen=True, slots=True)
class TableBlobs:
    """Images in a column of Arrow (.arrow) or Parquet files.

    Attributes:
        root: the folder; an image without content has its file below it.
        files: the files.
        starts: number of the first row of each file, and the number of all.
        column: the column: the content of image files, or records of bytes and path.
    """

    root: Path
    files: tuple[Path, ...]
    starts: tuple[int, ...]
    column: str

    def blob(self, row: int) -> Blob:
        number = int(np.searchsorted(self.starts, row, "right")) - 1
        path, inside = self.files[number], row - self.starts[number]
        name = f"The image in row {inside:,} of {path}"
        try:
            value = _value(path, inside, self.column)
        except Exception as error:
            raise UnreadableImage(
                f"{name} cannot be read: {str(error).splitlines()[:1]}; make the file again.",
                "its row cannot be read",
            ) from error
        if isinstance(value, dict):
            data, where = value.get("bytes"), value.get("path")
            if data is None and where:
                return Blob(self._read_file(str(where), name), str(where))
            value = data
        if not isinstance(value, bytes):
            raise UnreadableImage(f"{name} is missing: make the file again.", "no image")
        return Blob(value, name)

    def _read_file(self, where: str, name: str) -> bytes:
        def refuse(reason: str) -> UnreadableImage:
            return UnreadableImage(f"{name} names the file {where!r}, which {reason}.", reason)

        try:
            path = (self.root / where).resolve()
            if not path.is_relative_to(self.root.resolve()):
                raise refuse("leads out of the folder")
            facts = os.stat(path)
            if not stat.S_ISREG(facts.st_mode) or facts.st_size > MAX_FILE:
                raise refuse("is no image file")
            return path.read_bytes()
        except (OSError, ValueError, RuntimeError):
            raise refuse("is not there") from None


def _value(path: Path, row: int, column: str) -> Any:
    if path.suffix == ".parquet":
        group, row = _group_of(path, row)
        return _row_group(path, group, column)[row].as_py()
    return open_arrow(path).column(column)[row].as_py()


def open_arrow(path: Path) -> Any:
    """The pyarrow table in an .arrow file, mapped and not read."""
    return _open_arrow(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=256)
def _open_arrow(path: Path, changed: int) -> Any:
    import pyarrow as pa

    source = pa.memory_map(str(path))
    try:
        return pa.ipc.open_stream(source).read_all()
    except pa.ArrowInvalid:
        source.seek(0)
        return pa.ipc.open_file(source).read_all()


@functools.lru_cache(maxsize=256)
def _group_starts(path: Path, changed: int) -> Any:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        facts = file.metadata
        rows = [facts.row_group(number).num_rows for number in range(facts.num_row_groups)]
    return np.cumsum([0, *rows])


def _group_of(path: Path, row: int) -> tuple[int, int]:
    """(number of the row group, row in it)."""
    starts = _group_starts(path, path.stat().st_mtime_ns)
    group = int(np.searchsorted(starts, row, "right")) - 1
    return group, row - int(starts[group])


def _row_group(path: Path, group: int, column: str) -> Any:
    import pyarrow.parquet as pq

    key = (str(path), path.stat().st_mtime_ns, group, column)
    with _lock:
        found = _groups.get(key)
        if found is not None:
            _groups.move_to_end(key)
            return found
        with pq.ParquetFile(path) as file:
            if file.metadata.row_group(group).total_byte_size > MAX_GROUP:
                raise ValueError(f"its row group claims more than {MAX_GROUP:,} bytes")
            found = file.read_row_group(group, columns=[column]).column(column)
        found.validate(full=True)
        _groups[key] = found
        while len(_groups) > 1 and sum(one.nbytes for one in _groups.values()) > KEPT_BYTES:
            _groups.popitem(last=False)
        return found
