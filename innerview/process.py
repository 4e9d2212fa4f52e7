"""The process that trains: its name, the store that it writes to, how it ends."""

import os
import socket
import sys
from pathlib import Path

from innerview.arrays import as_text
from innerview.outbox import Outbox, _close_at_end_of_child
from innerview.records import Value
from innerview.stores import is_place, open_backend, split
from innerview.stores.base import Backend

LONGEST_COMMAND = 500


def address(
    store: str | os.PathLike[str] | None, log_dir: str | os.PathLike[str] | None, name: str | None
) -> tuple[str, str | None]:
    """The store and the run's name that a writer means; torch's scripts may give None for both."""
    if log_dir is None:
        return "runs" if store is None else os.fspath(store), name
    place = os.fspath(log_dir)
    if not is_place(place):
        return place, name
    path = Path(place)
    return (str(path.parent), name or path.name) if path.parent.name else (str(path), name)


def open_for_writing(url: str) -> Backend:
    """The store that a writer means: a new one in a folder of whatever else.

    Raises:
        StoreError: it cannot be opened.
    """
    if not is_place(url):
        return open_backend(url)
    return open_backend(f"sqlite:{split(url)[1]}", create=True)


def status_after(kind: type[BaseException] | None, error: BaseException | None) -> str:
    """How a run ended, by what came out of its code."""
    if kind is None:
        return "done"
    if issubclass(kind, Exception):
        return "failed"
    # A script that ends itself, as sys.exit does, says whether all was well.
    code = getattr(error, "code", "none")
    return "stopped" if code == "none" else "failed" if code else "done"


def close_at_end(outbox: Outbox) -> None:
    """The interpreter ends, perhaps of an exception that nobody caught."""
    error = getattr(sys, "last_value", None)
    interactive = hasattr(sys, "ps1")
    outbox.close("done" if error is None or interactive else status_after(type(error), error))


def as_child(outbox: Outbox) -> None:
    """The run is another process's, that ends it; what this one logs is written when it ends."""
    outbox._is_child = True
    _close_at_end_of_child(outbox)
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        # What a process registers while it is being handed its arguments is forgotten before
        # it begins its work.
        util.register_after_fork(outbox, _close_at_end_of_child)


def source() -> dict[str, Value]:
    """Where a run comes from, without anything of the environment, which may hold secrets."""
    return {
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "command": as_text(" ".join(sys.argv))[:LONGEST_COMMAND],
    }
