"""Where the checkpoints of a store lie, and which files are among them."""

import contextlib
import logging
import os
from collections.abc import Sequence
from pathlib import Path

from innerview.ids import RUN_ID
from innerview.records import Checkpoint
from innerview.stores.base import Backend

log = logging.getLogger(__name__)

# Below a store's folder, or the user's own folder for data.
CHECKPOINTS = "checkpoints"


def folder_of(backend: Backend) -> Path:
    """Where a store's checkpoints lie on this machine; those of a database, where the page's own
    demonstrations put them.
    """
    if backend.folder is not None:
        return Path(backend.folder)
    from platformdirs import user_data_path

    return user_data_path("innerview", appauthor=False) / CHECKPOINTS


def below(folder: Path, path: str) -> Path | None:
    """The real path of a file of a folder; None for one that lies elsewhere, by whatever way."""
    if not path or "\0" in path:
        return None
    root = os.path.realpath(folder)
    # By its letters first: to look at a path may reach for another machine.
    written = os.path.normpath(os.path.join(os.path.abspath(folder), path))
    if not _is_below(written, os.path.abspath(folder)) and not _is_below(written, root):
        return None
    real = os.path.realpath(written)
    return Path(real) if _is_below(real, root) else None


def remove_files(backend: Backend, run: str, checkpoints: Sequence[Checkpoint]) -> None:
    """Remove the files of an erased run's checkpoints: those in the folder made for this run, which
    no other has; a file that a record names elsewhere stays.
    """
    folder = folder_of(backend)
    if not RUN_ID.fullmatch(run):
        return
    own = (folder if backend.folder is None else folder / CHECKPOINTS) / run
    for checkpoint in checkpoints:
        path = below(own, str(below(folder, checkpoint.path) or ""))
        if path is not None and path.is_file():
            try:
                path.unlink()
            except OSError as error:
                log.warning("%s could not be removed: %s", path, error)
    with contextlib.suppress(OSError):
        own.rmdir()


def _is_below(path: str, folder: str) -> bool:
    try:
        return path != folder and os.path.commonpath([path, folder]) == folder
    except ValueError:
        # Of another drive.
        return False
