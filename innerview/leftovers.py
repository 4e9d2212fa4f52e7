"""What writers had to leave in files while their store was lost, brought in later."""

import logging
import os
import stat
from pathlib import Path

from innerview.errors import StoreError
from innerview.records import Record
from innerview.spill import folders, lock, read
from innerview.stores.base import Backend

log = logging.getLogger("innerview")


def bring_in(url: str, backend: Backend) -> int:
    """Write what lies in the spill files of writers that are no more, and remove the files.

    Returns:
        How many files there were. Whatever goes wrong is logged; the files then stay.
    """
    count = 0
    for folder in folders(url):
        for path in _spills(folder):
            try:
                count += _bring_in(path, backend)
            except StoreError as error:
                log.warning("%s What lies in %s is not written yet.", error, path)
                return count
            except OSError as error:
                log.warning("%s cannot be read (%s); it stays there.", path, error.strerror)
    return count


def _spills(folder: Path) -> list[Path]:
    try:
        return sorted(folder.glob("*.jsonl"))
    except OSError:
        return []


def _bring_in(path: Path, backend: Backend) -> bool:
    # Where others may write too, a link or a pipe may lie, which would lead elsewhere or block.
    if not stat.S_ISREG(path.lstat().st_mode):
        return False
    flags = os.O_RDWR | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    file = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    try:
        if not lock(file) or not _is_same(file, path) or not _is_mine(file):
            return False
        for batch in read(path):
            write_whole(backend, batch)
        path.unlink()
    finally:
        os.close(file)
    log.info("What lay in %s is in the store now.", path)
    return True


def write_whole(backend: Backend, records: list[Record]) -> int:
    """Write records; one that the store can never keep does not hold up the others.

    Returns:
        How many could not be kept.

    Raises:
        StoreError: the store is lost.
    """
    try:
        backend.write(records)
        return 0
    except StoreError:
        raise
    except Exception as error:
        if len(records) == 1:
            log.warning("A %s could not be kept: %r", type(records[0]).__name__, error)
            return 1
    return sum(write_whole(backend, [record]) for record in records)


def _is_same(file: int, path: Path) -> bool:
    """Whether nobody else has brought it in and removed it meanwhile."""
    try:
        return os.path.samestat(os.fstat(file), os.stat(path))
    except OSError:
        return False


def _is_mine(file: int) -> bool:
    """Whether it is a file, and another user has not put it into a folder that all may write."""
    found = os.fstat(file)
    return stat.S_ISREG(found.st_mode) and (
        not hasattr(os, "getuid") or found.st_uid == os.getuid()
    )
