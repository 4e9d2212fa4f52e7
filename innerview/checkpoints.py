"""Networks saved on the way, whole or not at all."""

import os
from collections.abc import Callable
from pathlib import Path

from innerview.stores import is_place, split
from innerview.writer import SummaryWriter

# Below a store's folder.
FOLDER = "checkpoints"


def folder_of(writer: SummaryWriter, given: str | os.PathLike[str] | None) -> Path | None:
    """Where a run's checkpoints go; None where the store has no folder and none is given."""
    if given is not None:
        return Path(given).expanduser().absolute() / writer.run
    if not is_place(writer.store):
        return None
    return Path(split(writer.store)[1]).expanduser().absolute() / FOLDER / writer.run


def save(write: Callable[[str], None], path: Path) -> None:
    """Have a file written, and give it its name when it is complete.

    Args:
        write: writes a file of the name that it is given, whose end is that of `path`.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.stem}.partial{path.suffix}")
    try:
        write(str(partial))
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
