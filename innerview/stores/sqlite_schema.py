"""The tables of a SQLite store, and what SQLite's errors mean for a user."""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from innerview.errors import DamagedError, ReadOnlyError, StoreError

FILE = "innerview.sqlite"

# Tells our files from other programs' databases ("inrv").
APPLICATION = 0x696E7276
VERSION = 2

# Seconds that a writer waits for the others before it gives up.
PATIENCE = 30.0

# The tables of a new store; VERSION rises by one with each of the additions below.
TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE run (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, folder TEXT NOT NULL, started REAL NOT NULL,
    updated REAL NOT NULL, status TEXT NOT NULL, parameters TEXT NOT NULL DEFAULT '{}',
    source TEXT NOT NULL DEFAULT '{}', tags TEXT NOT NULL DEFAULT '[]',
    note TEXT NOT NULL DEFAULT '', hidden INTEGER NOT NULL DEFAULT 0,
    deleted INTEGER NOT NULL DEFAULT 0, known INTEGER NOT NULL DEFAULT 1,
    edited TEXT NOT NULL DEFAULT '[]');
CREATE TABLE erased (run TEXT PRIMARY KEY, time REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE series (
    id INTEGER PRIMARY KEY, run TEXT NOT NULL, tag TEXT NOT NULL, kind TEXT NOT NULL,
    count INTEGER NOT NULL, last_step INTEGER NOT NULL, last_time REAL NOT NULL,
    last_writer TEXT, last REAL, smallest REAL, largest REAL, revision INTEGER NOT NULL,
    UNIQUE (run, tag, kind));
CREATE TABLE piece (
    series INTEGER NOT NULL, writer TEXT NOT NULL, number INTEGER NOT NULL,
    start INTEGER NOT NULL, count INTEGER NOT NULL, corrected INTEGER NOT NULL,
    points BLOB NOT NULL, UNIQUE (series, writer, number, start));
CREATE TABLE histogram (
    run TEXT NOT NULL, tag TEXT NOT NULL, id TEXT NOT NULL, step INTEGER NOT NULL,
    time REAL NOT NULL, edges BLOB NOT NULL, counts BLOB NOT NULL, UNIQUE (run, id));
CREATE INDEX histogram_by_step ON histogram (run, tag, step, time);
CREATE TABLE image (
    run TEXT NOT NULL, tag TEXT NOT NULL, id TEXT NOT NULL, step INTEGER NOT NULL,
    time REAL NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, png BLOB NOT NULL,
    UNIQUE (run, id));
CREATE INDEX image_by_step ON image (run, tag, step, time);
CREATE TABLE text (
    run TEXT NOT NULL, tag TEXT NOT NULL, id TEXT NOT NULL, step INTEGER NOT NULL,
    time REAL NOT NULL, text TEXT, UNIQUE (run, id));
CREATE TABLE curve (
    run TEXT NOT NULL, tag TEXT NOT NULL, id TEXT NOT NULL, step INTEGER NOT NULL,
    time REAL NOT NULL, thresholds BLOB NOT NULL, counts BLOB NOT NULL, UNIQUE (run, id));
CREATE INDEX curve_by_step ON curve (run, tag, step, time);
CREATE TABLE checkpoint (
    run TEXT NOT NULL, id TEXT NOT NULL, step INTEGER NOT NULL, time REAL NOT NULL,
    epoch INTEGER, path TEXT NOT NULL, UNIQUE (run, id));
"""

# What version 2 has besides: class-probability maps. `content` is as fixed_point.py packs it.
CLASS_MAPS = """
CREATE TABLE class_map (
    run TEXT NOT NULL, tag TEXT NOT NULL, id TEXT NOT NULL, step INTEGER NOT NULL,
    time REAL NOT NULL, epoch INTEGER, height INTEGER NOT NULL, width INTEGER NOT NULL,
    classes INTEGER NOT NULL, x_low REAL NOT NULL, x_high REAL NOT NULL, y_low REAL NOT NULL,
    y_high REAL NOT NULL, content BLOB NOT NULL, UNIQUE (run, id));
CREATE INDEX class_map_by_step ON class_map (run, tag, step, time);
CREATE TABLE class_points (
    run TEXT NOT NULL, tag TEXT NOT NULL, id TEXT NOT NULL, time REAL NOT NULL,
    points BLOB NOT NULL, labels BLOB NOT NULL, names TEXT NOT NULL, UNIQUE (run, id));
CREATE INDEX class_points_by_time ON class_points (run, tag, time);
"""
ADDITIONS = {2: CLASS_MAPS}


def prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables where there are none, or are not all; several processes may try at once.

    Raises:
        StoreError: the file is another program's, or of a later version of Innerview.
    """
    if _version(connection, path) == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection, path)
        if version == 0:
            _make(connection, TABLES)
            name = secrets.token_hex(6)
            connection.execute("INSERT INTO meta VALUES ('name', ?), ('revision', 0)", (name,))
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
        for later, tables in ADDITIONS.items():
            if version < later:
                _make(connection, tables)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _make(connection: sqlite3.Connection, tables: str) -> None:
    for statement in filter(str.strip, tables.split(";")):
        connection.execute(statement)


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """0 for a database without any table."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    tables, others = connection.execute(
        "SELECT count(*), total(type NOT IN ('table', 'index')) FROM sqlite_master"
    ).fetchone()
    if not tables:
        return 0
    # We make neither views nor triggers, which could do anything in place of a table.
    if application != APPLICATION or others:
        raise StoreError(f"{path} is another program's database; name a folder of its own.")
    if version > VERSION:
        raise StoreError(
            f"{path} was written by a later version of Innerview (its format is {version}, known "
            f"is {VERSION}); update Innerview to open it."
        )
    return int(version)


@contextmanager
def decoding(path: Path) -> Iterator[None]:
    """What cannot be in a file that we wrote, as a sentence.

    Raises:
        DamagedError: instead of a ValueError or a TypeError.
    """
    try:
        yield
    except (ValueError, TypeError, AttributeError, AssertionError, OverflowError) as error:
        raise DamagedError(f"{path} holds what Innerview has not written ({error}).") from error


@contextmanager
def speaking(path: Path) -> Iterator[None]:
    """SQLite's errors about the file as sentences.

    Raises:
        StoreError: instead of what SQLite raises. Programming errors pass as they are.
    """
    try:
        yield
    except (sqlite3.ProgrammingError, sqlite3.InterfaceError, sqlite3.IntegrityError):
        raise
    except sqlite3.DatabaseError as error:
        raise _explain(path, error) from error


def _explain(path: Path, error: sqlite3.DatabaseError) -> StoreError:
    name = getattr(error, "sqlite_errorname", None) or ""
    if name.startswith("SQLITE_READONLY"):
        return ReadOnlyError(f"{path} can only be read: this user may not write there.")
    if name.startswith("SQLITE_NOTADB"):
        return StoreError(
            f"{path} is no SQLite database (or a damaged one); move it away, or name another "
            "folder."
        )
    if name.startswith("SQLITE_CORRUPT"):
        return StoreError(
            f"{path} is damaged; put a copy of it back, or rescue what is left with "
            "SQLite's command .recover."
        )
    if name.startswith("SQLITE_FULL"):
        return StoreError(f"{path} cannot be written: its disk is full.")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreError(f"{path} has been locked by another program for {PATIENCE:.0f} s.")
    if name.startswith(("SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH")):
        return StoreError(f"{path} cannot be opened; may this user read and write its folder?")
    return StoreError(f"{path} cannot be read or written ({error}).")
