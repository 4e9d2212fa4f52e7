"""Stores that other programs write: what there is to read, and that it cannot be changed."""

import hashlib
import math
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from innerview.errors import ReadOnlyError, StoreError
from innerview.records import (
    Checkpoint,
    ClassMap,
    ClassPoints,
    Curve,
    Histogram,
    Record,
    Text,
)
from innerview.stores.base import ClassMapInfo, ImageInfo

# Seconds between looks at a folder; more if a look takes long.
PAUSE, LONGEST_PAUSE = 0.5, 5.0
# Folders looked into, and their depth, so that a whole disk is not.
MOST_FOLDERS, DEEPEST = 20_000, 32


class ReadOnly:
    """The half of a Backend that only refuses, or has nothing to give.

    Attributes:
        kind, title: see Backend.
    """

    kind = ""
    title = ""
    writable = False
    folder: str | None = None

    def histograms(self, run: str, tag: str) -> list[Histogram]:
        return []

    def images(self, run: str, tag: str) -> list[ImageInfo]:
        return []

    def image(self, run: str, id: str) -> bytes | None:
        return None

    def texts(self, run: str | None = None) -> list[Text]:
        return []

    def curves(self, run: str, tag: str) -> list[Curve]:
        return []

    def class_maps(self, run: str, tag: str) -> list[ClassMapInfo]:
        return []

    def class_map(self, run: str, id: str) -> ClassMap | None:
        return None

    def class_points(self, run: str, tag: str) -> ClassPoints | None:
        return None

    def checkpoints(self, run: str | None = None) -> list[Checkpoint]:
        return []

    def write(self, records: Sequence[Record]) -> None:
        self._refuse()

    def edit(self, run: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        self._refuse()

    def put_text(self, text: Text) -> None:
        self._refuse()

    def remove_text(self, run: str, id: str) -> None:
        self._refuse()

    def correct(self, run: str, tag: str, step: int, value: float) -> int:
        self._refuse()

    def erase(self, run: str) -> None:
        self._refuse()

    def close(self) -> None:
        """Nothing is kept open."""

    def _refuse(self) -> NoReturn:
        raise ReadOnlyError(f"{self.title} can only be read, as another program writes it.")


class Followed(ReadOnly):
    """A file, or a folder of them, that may grow while it is looked at.

    A subclass reads under `_lock`, after `_refresh`.
    """

    def __init__(self, place: Path) -> None:
        self._place = place.absolute()
        self.title = self._place.name or str(self._place)
        self._lock = threading.Lock()
        # Another process counts anew.
        self._session = secrets.token_hex(4)
        self._revision = 0
        self._alive: frozenset[str] = frozenset()
        self._next_look = -math.inf

    def revision(self) -> str:
        with self._lock:
            self._refresh()
            return f"{self._session}-{self._revision}"

    def _refresh(self) -> None:
        """Read what is new, unless that was just done.

        Raises:
            StoreError: the file or folder is gone.
        """
        began = time.monotonic()
        if began < self._next_look:
            return
        if not self._is_there():
            raise StoreError(f"{self._place} is gone.")
        self._look()
        alive = self._growing()
        if alive != self._alive:
            self._alive = alive
            self._revision += 1
        # A large or distant folder takes its time, and is looked at less often.
        now = time.monotonic()
        self._next_look = now + (PAUSE and max(PAUSE, min(now - began, LONGEST_PAUSE)))

    def _is_there(self) -> bool:
        raise NotImplementedError

    def _look(self) -> None:
        """Read what is new, and count what changed in `_revision`."""
        raise NotImplementedError

    def _growing(self) -> frozenset[str]:
        """Those logs that are still being written."""
        raise NotImplementedError


def find_files(
    folder: Path, is_wanted: Callable[[str], bool]
) -> Iterator[tuple[str, "os.DirEntry[str]"]]:
    """(path of its folder below the first, entry) of each file of a wanted name.

    Links are not followed, as they may lead out of the folder.
    """
    folders = [(str(folder), "", 0)]
    looked = 0
    while folders and looked < MOST_FOLDERS:
        place, path, depth = folders.pop()
        looked += 1
        try:
            entries = sorted(os.scandir(place), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if depth < DEEPEST:
                    below = f"{path}/{entry.name}" if path else entry.name
                    folders.append((entry.path, below, depth + 1))
            elif is_wanted(entry.name) and entry.is_file(follow_symlinks=False):
                yield path, entry


def open_plain(path: str, flags: int) -> int:
    """Open a file that is no link, and do not wait for one that is a pipe; for `open`."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))


def make_id(path: str) -> str:
    """A run's id, the same whenever its place below the store's folder is opened."""
    return hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()[:20]


def as_text(name: str) -> str:
    """A file's name, which may have bytes that are no text."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
