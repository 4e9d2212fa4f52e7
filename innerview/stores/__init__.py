"""The kinds of places that runs are kept in, and how an address tells which one is meant."""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from innerview.errors import StoreError
from innerview.stores.base import Backend

DATABASES = ("mongodb://", "mongodb+srv://")
PREFIXES = ("sqlite", "tensorboard", "csv")

# Looked through for logs below a folder, so that a whole disk is not.
MOST_ENTRIES = 20_000
# Named in a sentence.
MOST_NAMED = 5


def open_backend(url: str, create: bool = False) -> Backend:
    """The store at an address.

    What a writer had to keep beside a store that was lost is brought in.

    Args:
        url: a folder (SQLite, or TensorBoard's logs, told by what lies in it), a .csv file,
            mongodb://HOST/DATABASE, or one of these after "sqlite:", "tensorboard:" or "csv:".
        create: make a SQLite store where there is nothing yet.

    Raises:
        StoreError: there is no store, or it cannot be opened.
    """
    backend = _open(url, create)
    if backend.writable:
        from innerview.leftovers import bring_in

        bring_in(url, backend)
    return backend


def _open(url: str, create: bool) -> Backend:
    if url.startswith(DATABASES):
        from innerview.stores.mongodb import open_mongodb

        return open_mongodb(url)
    prefix, path = split(url)
    if not path:
        raise StoreError("The address of a store is empty; name a folder, or mongodb://HOST/NAME.")
    if "://" in path:
        raise StoreError(f"{path} is no address of a store; name a folder, or mongodb://HOST/NAME.")
    place = Path(path).expanduser()
    kind = prefix or _kind(place)
    if kind == "sqlite":
        from innerview.stores.sqlite import open_sqlite

        return open_sqlite(place, create)
    if kind == "tensorboard":
        from innerview.stores.tensorboard import open_tensorboard

        return open_tensorboard(place)
    if kind == "csv":
        from innerview.stores.csvlog import open_csvlog

        return open_csvlog(place)
    if create and kind == "nothing":
        from innerview.stores.sqlite import open_sqlite

        return open_sqlite(place, create)
    raise StoreError(_what_is_wrong(place, kind))


def split(url: str) -> tuple[str, str]:
    """The prefix without its colon, "" for none, and what follows."""
    prefix, colon, rest = url.partition(":")
    return (prefix, rest) if colon and prefix in PREFIXES else ("", url)


def is_place(url: str) -> bool:
    """Whether an address means a folder or file of this machine."""
    return not url.startswith(DATABASES)


def _kind(place: Path) -> str:
    """ "sqlite", "tensorboard", "csv", "nothing" (an empty or missing folder), "file", "other"."""
    from innerview.stores.sqlite_schema import FILE

    try:
        if place.name == FILE:
            return "file"
        if place.is_file():
            return "csv" if place.suffix.lower() == ".csv" else "file"
        if (place / FILE).exists():
            return "sqlite"
        if not place.exists():
            return "nothing"
        names = list(islice(_files(place), MOST_ENTRIES))
    except OSError as error:
        raise StoreError(f"{place} cannot be read ({error.strerror}).") from None
    if any(path.name == FILE for path in names):
        return "other"
    if any("tfevents" in path.name for path in names):
        return "tensorboard"
    if any(path.suffix.lower() == ".csv" for path in names):
        return "csv"
    return "other" if names else "nothing"


def _files(folder: Path) -> Iterator[Path]:
    """Every file below a folder, the near ones first; links to folders are not followed."""
    folders = [folder]
    while folders:
        current = folders.pop(0)
        for entry in sorted(os.scandir(current), key=lambda entry: entry.name):
            if entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith("."):
                    folders.append(Path(entry.path))
            else:
                yield Path(entry.path)


def _what_is_wrong(place: Path, kind: str) -> str:
    from innerview.stores.sqlite_schema import FILE

    if place.name == FILE:
        return f"{place} is a store's own file; name its folder, {place.parent}."
    if kind == "file":
        return f"{place} is a file that holds no runs; name a folder, or a .csv file of CSVLogger."
    if kind == "nothing":
        there = "is empty" if place.exists() else "is not there"
        return f"{place} {there}; name the folder that a training script logs into."
    stores = [path.parent for path in islice(_files(place), MOST_ENTRIES) if path.name == FILE]
    if stores:
        more = ", ..." if len(stores) > MOST_NAMED else ""
        named = ", ".join(map(str, stores[:MOST_NAMED]))
        return f"{place} itself holds no runs, but folders below it do: {named}{more}."
    return (
        f"{place} holds other files and no runs; name the folder that a training script logs into, "
        "or a new one."
    )
