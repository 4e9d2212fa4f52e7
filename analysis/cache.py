"""Artefacts on disk: an artefact's name is a digest of all that it depends on, so none grows stale.

A file appears under its name only when it is whole; one that turns out broken is removed and made
again. Several processes may use one cache at once.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from util import CacheError, atomic_path

T = TypeVar("T")

Arrays = dict[str, NDArray[Any]]


def default_root() -> Path:
    """The user's own cache folder, as the system has it."""
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("innerview", appauthor=False))


class Cache:
    """A folder of artefacts, sorted by kind."""

    def __init__(self, root: Path) -> None:
        """Open the cache, making the folder where it is missing.

        Raises:
            CacheError: the folder cannot be made or written.
        """
        self.root = root
        try:
            root.mkdir(parents=True, exist_ok=True)
            with atomic_path(root / "writable") as probe:
                probe.write_bytes(b"")
            (root / "writable").unlink(missing_ok=True)
        except OSError as error:
            raise CacheError(
                f"The cache folder {root} cannot be written ({error.strerror}); "
                "name another one with --cache-dir."
            ) from None

    def path(self, kind: str, key: str, suffix: str = "") -> Path:
        """Where the artefact is, or will be."""
        return self.root / kind / f"{key}{suffix}"

    @contextmanager
    def lock(self, kind: str, key: str) -> Iterator[None]:
        """Hold the making of an artefact, so that two processes do not both make it.

        The operating system lets go of the lock when the process ends, however it ends.
        """
        from filelock import FileLock

        path = self.path(kind, key, ".lock")
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path):
            yield

    def read_arrays(self, kind: str, key: str) -> Arrays | None:
        """Named arrays stored by `write_arrays`, or None."""

        def load(path: Path) -> Arrays:
            # Opened here, as numpy leaves a file open that turns out broken.
            with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                return {name: file[name] for name in file.files}

        return self._read(self.path(kind, key, ".npz"), load)

    def write_arrays(self, kind: str, key: str, arrays: Arrays) -> None:
        with self._writing(self.path(kind, key, ".npz")) as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]

    def read_map(self, path: Path) -> NDArray[Any] | None:
        """An .npy file, memory-mapped read-only, or None."""
        return self._read(path, lambda p: np.load(p, mmap_mode="r", allow_pickle=False))

    def write_map(self, path: Path, array: NDArray[Any]) -> None:
        with self._writing(path) as file:
            np.save(file, array, allow_pickle=False)

    def read_json(self, path: Path) -> dict[str, Any] | None:
        return self._read(path, lambda p: dict(json.loads(p.read_text("utf-8"))))

    def write_json(self, path: Path, value: dict[str, Any]) -> None:
        with self._writing(path) as file:
            file.write(json.dumps(value, indent=1).encode())

    @staticmethod
    def _read(path: Path, load: Callable[[Path], T]) -> T | None:
        if not path.exists():
            return None
        try:
            return load(path)
        except Exception:
            # Whatever broke it (a full disk, another program), it can be made again.
            path.unlink(missing_ok=True)
            return None

    @contextmanager
    def _writing(self, path: Path) -> Iterator[Any]:
        try:
            with atomic_path(path) as temporary, temporary.open("wb") as file:
                yield file
        except OSError as error:
            raise CacheError(
                f"{path} cannot be written ({error.strerror}); free some space, or name another "
                "folder with --cache-dir."
            ) from None

    def publish(self, partial: Path, folder: Path) -> None:
        """Give a finished folder its name; whatever stood there was broken."""
        if folder.exists():
            shutil.rmtree(folder)
        partial.replace(folder)
