"""A float32 matrix on disk that grows by rows, and can be cut off and gone on with."""

import os
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

# The header is written before the number of rows is known and is given room for any.
HEADER_BYTES = 128
MAGIC = b"\x93NUMPY\x01\x00"


class RowFile:
    """A .npy file of shape (rows, width), float32, written row after row.

    Plain writes instead of a memory map: pages of a map count as this process's memory.
    """

    def __init__(self, path: Path, width: int) -> None:
        """Open `path` to append, keeping the whole rows that an earlier run left in it."""
        self.width = width
        self.rows = 0
        exists = path.exists()
        self._file = path.open("r+b" if exists else "w+b")
        if exists:
            size = max(0, os.fstat(self._file.fileno()).st_size - HEADER_BYTES)
            self.rows = size // self._row_bytes
        self.truncate(self.rows)

    @property
    def _row_bytes(self) -> int:
        return 4 * self.width

    def truncate(self, rows: int) -> None:
        """Keep the first `rows` rows."""
        assert rows <= self.rows
        self.rows = rows
        self._file.truncate(HEADER_BYTES + rows * self._row_bytes)
        self._file.seek(0, os.SEEK_END)

    def append(self, values: NDArray[np.float32]) -> None:
        """Add rows: float32, (n, width)."""
        assert values.dtype == np.float32
        assert values.ndim == 2 and values.shape[1] == self.width
        self._file.write(np.ascontiguousarray(values).data)
        self.rows += len(values)

    def finish(self) -> None:
        """Write the header, which makes the file a .npy file, and put all of it on the disk."""
        shape = (self.rows, self.width)
        description = repr({"descr": "<f4", "fortran_order": False, "shape": shape})
        room = HEADER_BYTES - len(MAGIC) - 2
        header = description.encode().ljust(room - 1) + b"\n"
        self._file.seek(0)
        self._file.write(MAGIC + room.to_bytes(2, "little") + header)
        self._file.flush()
        os.fsync(self._file.fileno())

    def flush(self) -> None:
        """Hand what was appended to the operating system, so that a killed process keeps it."""
        self._file.flush()

    def __enter__(self) -> "RowFile":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()


def read_rows(path: Path) -> NDArray[np.float32]:
    """The finished matrix, memory-mapped read-only.

    Raises:
        ValueError: the file is not whole.
    """
    array: NDArray[np.float32] = npy.open_memmap(path, mode="r")
    return array
