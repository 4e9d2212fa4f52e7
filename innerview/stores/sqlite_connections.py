"""Connections to one SQLite file, for any number of threads and processes."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from innerview.errors import ReadOnlyError, StoreError
from innerview.stores.sqlite_schema import FILE, PATIENCE, prepare, speaking

# SQLite's journal for many readers needs memory shared by all, which these do not have.
NETWORK_FILE_SYSTEMS = ("nfs", "cifs", "smb", "9p", "afs", "fuse.", "lustre", "ceph", "gpfs")

# Connections of a process that has forked: SQLite forbids the child even to close them.
_inherited: list[sqlite3.Connection] = []


class Connections:
    """Lends connections; each is used by one thread at a time."""

    def __init__(self, folder: Path, create: bool) -> None:
        """
        Args:
            create: make the folder and the file where they are not there.

        Raises:
            StoreError: the file cannot be opened, or is not ours.
        """
        self.path = folder / FILE
        self.writable = True
        self._lock = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._process = os.getpid()
        self._closed = False
        if create and not self.path.exists():
            _make_folder(folder)
        elif not self.path.is_file():
            raise StoreError(f"{folder} holds no runs ({FILE} is not there).")
        else:
            self.writable = may_write(self.path)
        with speaking(self.path):
            self._idle.append(self._first("rwc" if create else "rw"))
        self._identity = _identity(self.path)

    @contextmanager
    def borrow(self) -> Iterator[sqlite3.Connection]:
        """A connection for as long as the block runs.

        Raises:
            StoreError: also for what SQLite says in the block.
        """
        with speaking(self.path):
            connection = self._take()
            try:
                yield connection
            except BaseException:
                # A new one is opened when it is needed: who knows in what state this one is.
                connection.close()
                raise
            self._give(connection)

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees the store as it was when the block began."""
        with self.borrow() as connection:
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A connection whose changes are all kept at the end of the block, or none."""
        if not self.writable:
            raise ReadOnlyError(f"{self.path} can only be read: this user may not write there.")
        with self.borrow() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    def close(self) -> None:
        self._closed = True
        self._drop()

    def _take(self) -> sqlite3.Connection:
        if self._closed:
            raise StoreError(f"{self.path} has been closed.")
        if os.getpid() != self._process:
            self._leave_to_parent()
        now = _identity(self.path)
        if now != self._identity:
            # What is written to a file that was removed would be lost without a word.
            self._drop()
            if now is None:
                raise StoreError(f"{self.path} is gone.")
            self._identity = now
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self._open()

    def _give(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    def _drop(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _leave_to_parent(self) -> None:
        self._lock = threading.Lock()
        _inherited.extend(self._idle)
        self._idle = []
        self._process = os.getpid()

    def _first(self, mode: str) -> sqlite3.Connection:
        connection = self._open(mode)
        try:
            if self.writable:
                wanted = "DELETE" if is_on_network(self.path) else "WAL"
                _set_journal(connection, wanted)
                prepare(connection, self.path)
            else:
                connection.execute("SELECT value FROM meta").fetchone()
        except BaseException:
            connection.close()
            raise
        return connection

    def _open(self, mode: str = "rw") -> sqlite3.Connection:
        log = self.path.with_name(f"{FILE}-wal")
        if not self.writable:
            # SQLite makes files beside the database, which it may not here, unless told this.
            mode = "ro" if log.exists() and log.stat().st_size else "ro&immutable=1"
        connection = sqlite3.connect(
            f"file:{quote(str(self.path))}?mode={mode}",
            uri=True,
            timeout=PATIENCE,
            isolation_level=None,
            check_same_thread=False,
        )
        # A crash of the machine may cost the last moments, never the file.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA cache_size = -8000")
        # Pages that are written again and again are copied from the journal less often.
        connection.execute("PRAGMA wal_autocheckpoint = 4000")
        # The file may come from a stranger; its schema shall call nothing.
        connection.execute("PRAGMA trusted_schema = OFF")
        return connection


def _set_journal(connection: sqlite3.Connection, wanted: str) -> None:
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    if mode.upper() == wanted:
        return
    try:
        connection.execute(f"PRAGMA journal_mode = {wanted}")
    except sqlite3.OperationalError:
        # Another process is just changing it, or the file system cannot: either works.
        return


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The folder {folder} cannot be made ({error.strerror}); name another one."
        ) from None


def may_write(path: Path) -> bool:
    """Whether this user may write the file, and the files that SQLite makes beside it."""
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def is_on_network(path: Path) -> bool:
    """Whether a file lies on another machine, as far as the system tells."""
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    place = str(path.resolve())
    longest, kind = "", ""
    for line in lines:
        _, mount, found, *_ = [*line.split(" "), "", "", ""]
        mount = mount.replace("\\040", " ").rstrip("/")
        inside = place == mount or place.startswith(f"{mount}/")
        if inside and len(mount) >= len(longest):
            longest, kind = mount, found
    return kind.startswith(NETWORK_FILE_SYSTEMS)
