"""Files that keep what was logged while a store was lost, until it is back."""

import hashlib
import json
import os
import stat
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from innerview.records import PIECE, Points, Record, RunChanged, from_json, to_json

# A line longer than this was not written by us.
LONGEST_LINE = 256 << 20
# The folder in a store's own.
BESIDE = "spill"
# Records that are written into the store at once.
BATCH = 500
BATCH_BYTES = 8 << 20


class Spill:
    """A file of records in the first folder of several that can be written.

    While it is open no other process takes it for left over. Used by one thread at a time.
    """

    def __init__(self, folders: Sequence[Path], name: str) -> None:
        self._folders = list(folders)
        self._name = name
        self._file: int | None = None
        self.path: Path | None = None
        # Points of each piece that the file holds already.
        self._held: dict[tuple[str, str, str, int], int] = {}

    def append(self, records: Sequence[Record]) -> None:
        """Keep records, behind those that are there.

        Raises:
            OSError: none of the folders can be written; nothing of these was kept.
        """
        lines, held = self._lines(records)
        if not lines:
            return
        if self._file is None:
            self._open()
        assert self._file is not None
        end = os.lseek(self._file, 0, os.SEEK_END)
        try:
            view = memoryview(lines)
            while view:
                view = view[os.write(self._file, view) :]
        except OSError:
            os.ftruncate(self._file, end)
            raise
        self._held |= held

    def read(self) -> Iterator[list[Record]]:
        """What the file holds, in batches."""
        return read(self.path) if self.path is not None else iter(())

    def remove(self) -> None:
        """Forget it all: it is in the store."""
        path = self.path
        self.close()
        if path is not None:
            with suppress(OSError):
                path.unlink()

    def close(self) -> None:
        """Let go of the file, which stays."""
        if self._file is not None:
            os.close(self._file)
        self._file = self.path = None
        self._held.clear()

    def _open(self) -> None:
        mistake = OSError("there is no folder to write into")
        for folder in self._folders:
            path = folder / self._name
            try:
                _make(folder)
                flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
                self._file = os.open(path, flags, 0o600)
            except OSError as error:
                mistake = error
                continue
            lock(self._file)
            self.path = path
            return
        raise mistake

    def _lines(
        self, records: Sequence[Record]
    ) -> tuple[bytes, dict[tuple[str, str, str, int], int]]:
        """The records as lines; of a piece that grows, only what is new."""
        lines: list[str] = []
        held: dict[tuple[str, str, str, int], int] = {}
        for record in records:
            if isinstance(record, RunChanged) and not record.parameters and record.status is None:
                continue
            values = to_json(record)
            if isinstance(record, Points):
                key = (record.run, record.tag, record.writer, record.number)
                known = held.get(key, self._held.get(key, 0))
                held[key] = len(record.steps)
                if known >= len(record.steps):
                    continue
                values = to_json(_tail(record, known)) | {"after": known}
            lines.append(json.dumps(values, ensure_ascii=True) + "\n")
        return "".join(lines).encode("ascii"), held


def _make(folder: Path) -> None:
    """Make a folder for spill files.

    Raises:
        OSError: it cannot be made, or somebody else did, where all users may.
    """
    if folder.name == BESIDE:
        # A store that was removed is not brought back by its spill.
        folder.mkdir(exist_ok=True)
        return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if hasattr(os, "getuid") and folder.stat().st_uid != os.getuid():
        raise PermissionError("the folder is another user's")


def _tail(points: Points, start: int) -> Points:
    return Points(
        points.run,
        points.tag,
        points.writer,
        points.number,
        points.steps[start:],
        points.times[start:],
        points.values[start:],
    )


def read(path: Path) -> Iterator[list[Record]]:
    """The records of a spill file in batches; lines that are none, or half of one, are left out.

    Raises:
        OSError: it cannot be read.
    """
    pieces: dict[tuple[str, str, str], Points] = {}
    batch: list[Record] = []
    size = 0
    with path.open("rb") as file:
        while line := file.readline(LONGEST_LINE):
            if not line.endswith(b"\n"):
                break
            record = _parse(line, pieces)
            if record is None:
                continue
            batch.append(record)
            size += len(line)
            if len(batch) >= BATCH or size >= BATCH_BYTES:
                yield batch
                batch, size = [], 0
    if batch:
        yield batch


def _parse(line: bytes, pieces: dict[tuple[str, str, str], Points]) -> Record | None:
    try:
        values = json.loads(line)
        record = from_json(values)
    except (ValueError, RecursionError):
        return None
    return _whole(record, values, pieces) if isinstance(record, Points) else record


def _whole(
    part: Points, values: dict[str, Any], pieces: dict[tuple[str, str, str], Points]
) -> Points | None:
    """A piece up to here, of its parts so far; None where one is missing."""
    key = (part.run, part.tag, part.writer)
    after = values.get("after", 0)
    before = pieces.get(key)
    if after:
        if before is None or before.number != part.number or len(before.steps) != after:
            return None
        joined = [
            np.concatenate([getattr(before, name), getattr(part, name)])
            for name in ("steps", "times", "values")
        ]
        if len(joined[0]) > PIECE:
            return None
        part = Points(part.run, part.tag, part.writer, part.number, *joined)
    pieces[key] = part
    return part


def folders(url: str) -> list[Path]:
    """Where spill files of a store may lie: with the store, else with the user, else for a while.

    They depend on the address alone, so that a later process finds what an earlier one left.
    """
    from innerview.stores import is_place, split

    found = []
    if is_place(url):
        meant = os.path.expanduser(split(url)[1])
        # An address that no folder can have is the store's to refuse.
        with suppress(OSError, ValueError):
            meant = os.path.realpath(meant)
            if stat.S_ISDIR(os.stat(meant).st_mode):
                found.append(Path(meant) / BESIDE)
    else:
        scheme, _, rest = url.partition("://")
        # Neither a password nor an option says which database it is.
        meant = f"{scheme}://{rest.partition('?')[0].rpartition('@')[2]}"
    digest = hashlib.sha256(meant.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    found.append(_state_folder() / "innerview" / "spill" / digest)
    user = str(os.getuid()) if hasattr(os, "getuid") else "user"
    found.append(Path(tempfile.gettempdir()) / f"innerview-spill-{user}" / digest)
    return found


def _state_folder() -> Path:
    if sys.platform == "win32":
        named = os.environ.get("LOCALAPPDATA")
        return Path(named) if named else Path.home() / "AppData" / "Local"
    named = os.environ.get("XDG_STATE_HOME")
    try:
        return Path(named) if named else Path.home() / ".local" / "state"
    except RuntimeError:
        return Path(tempfile.gettempdir())


def lock(file: int) -> bool:
    """Make an open file this process's own until it is closed, or the process ends.

    Returns:
        False if it is another's.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            # Far behind the content: the locked place cannot be read by others.
            os.lseek(file, 1 << 40, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # A file system without locks: better twice, which changes nothing, than never.
        return sys.platform != "win32"
    return True
