"""The way to a MongoDB: its address, its collections, and what its errors mean for a user."""

import os
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from innerview.errors import ReadOnlyError, StoreError

if TYPE_CHECKING:
    from pymongo import MongoClient
    from pymongo.collection import Collection

Document = dict[str, Any]

DATABASE = "innerview"

# A lost database must be told within two seconds: the training's process keeps its own copy then.
DEFAULTS = {
    "serverselectiontimeoutms": 1500,
    "connecttimeoutms": 1500,
    "sockettimeoutms": 8000,
    "appname": "innerview",
}

# What a query asks of a collection again and again.
INDEXES: dict[str, tuple[str, ...]] = {
    "points": ("run", "tag", "writer", "number"),
    "histograms": ("run", "tag", "step", "time"),
    "images": ("run", "tag", "step", "time"),
    "curves": ("run", "tag", "step", "time"),
    "class_maps": ("run", "tag", "step", "time"),
    "class_points": ("run", "tag", "time"),
    "texts": ("run", "tag"),
    "checkpoints": ("run",),
    "series": ("run", "tag"),
}
COLLECTIONS = ("runs", "erased", "meta", *INDEXES)

_UNAUTHORIZED, _AUTHENTICATION_FAILED, _DUPLICATE = 13, 18, 11000


class Overtaken(Exception):
    """Another program has just changed what was to be changed."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is.

    Attributes:
        url: as given, perhaps with a password.
        hosts: without one, for titles and messages.
        prefix: before the collections' names, as one database may hold several stores.
        options: those that are not in the address.
    """

    url: str
    hosts: str
    database: str
    prefix: str
    options: dict[str, Any]

    @property
    def title(self) -> str:
        store = f"{self.database}.{self.prefix}" if self.prefix else self.database
        return f"mongodb://{self.hosts}/{store}"


def parse(url: str) -> Address:
    """Read mongodb://[USER:PASSWORD@]HOST[:PORT][/DATABASE[.PREFIX]][?OPTIONS].

    Raises:
        StoreError: it is none, or pymongo is not installed. The message holds no password.
    """
    try:
        from pymongo import errors, uri_parser
    except ImportError:
        raise StoreError("MongoDB needs the package pymongo: pip install pymongo") from None
    try:
        parts = uri_parser.parse_uri(url, warn=False, connect_timeout=1.5)
    except (errors.PyMongoError, ValueError, TypeError, UnicodeError):
        # Its message may quote a part of the password.
        raise StoreError(
            "This address of a MongoDB is not understood. It looks like "
            "mongodb://USER:PASSWORD@HOST:27017/DATABASE; a name or password that has one of "
            "/ : @ % in it must be percent-encoded."
        ) from None
    hosts = ",".join(
        host if port in (27017, None) else f"{host}:{port}" for host, port in parts["nodelist"]
    )
    given = {name.lower() for name in parts["options"]}
    options = {name: value for name, value in DEFAULTS.items() if name not in given}
    database, prefix = parts["database"] or DATABASE, parts["collection"] or ""
    return Address(url, hosts, database, prefix, options)


class Connection:
    """Hands out collections. May be used from any thread, and by a process that has forked."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._lock = threading.Lock()
        self._client: MongoClient[Document] | None = None
        self._process = 0
        self._closed = False

    def __getitem__(self, name: str) -> "Collection[Document]":
        assert name in COLLECTIONS, name
        prefix = self.address.prefix
        return self._connected()[self.address.database][f"{prefix}_{name}" if prefix else name]

    def ping(self) -> None:
        """Raises what pymongo raises when there is no answer."""
        self._connected().admin.command("ping")

    def make_indexes(self) -> None:
        for name, fields in INDEXES.items():
            self[name].create_index([(field, 1) for field in fields])

    def upsert(
        self, name: str, changes: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]
    ) -> int:
        """Change documents, or make those that are not there.

        Args:
            changes: at least one; which document, and what of it.

        Returns:
            How many were made.

        Raises:
            Overtaken: a document of the same id is there, but is not as it was looked for.
        """
        from pymongo import UpdateOne
        from pymongo.errors import BulkWriteError

        operations = [UpdateOne(which, change, upsert=True) for which, change in changes]
        try:
            return self[name].bulk_write(operations, ordered=False).upserted_count
        except BulkWriteError as error:
            if any(wrong["code"] != _DUPLICATE for wrong in error.details["writeErrors"]):
                raise
            raise Overtaken from None

    def close(self) -> None:
        with self._lock:
            client, self._client, self._closed = self._client, None, True
        if client is not None:
            _close(client, self._process)

    def _connected(self) -> "MongoClient[Document]":
        from pymongo import MongoClient

        with self._lock:
            if self._closed:
                raise StoreError(f"{self.address.title} has been closed.")
            # A client does not survive a fork; the parent's stays as it is.
            if self._client is None or self._process != os.getpid():
                self._client = MongoClient(self.address.url, **self.address.options)
                self._process = os.getpid()
                # pymongo warns of a client that nobody has closed.
                weakref.finalize(self, _close, self._client, self._process).atexit = False
            return self._client

    @contextmanager
    def speaking(self, writing: bool = False) -> Iterator[None]:
        """pymongo's errors as sentences.

        Raises:
            StoreError: instead of what pymongo raises.
        """
        from bson.errors import BSONError
        from pymongo import errors

        try:
            yield
        except errors.DocumentTooLarge:
            raise StoreError("MongoDB keeps no document of more than 16 MB.") from None
        except errors.ConnectionFailure:
            raise StoreError(
                f"The database {self.address.title} does not answer; is it running, and can this "
                "machine reach it?"
            ) from None
        except errors.OperationFailure as error:
            raise self._explain(error, writing) from None
        except errors.PyMongoError as error:
            raise StoreError(
                f"The database {self.address.title} failed ({type(error).__name__})."
            ) from None
        except (BSONError, UnicodeError, OverflowError) as error:
            raise StoreError(f"MongoDB has no such text or number ({error}).") from None

    def _explain(self, error: Any, writing: bool) -> StoreError:
        title = self.address.title
        codes = {error.code} | {
            wrong.get("code") for wrong in (error.details or {}).get("writeErrors", ())
        }
        if _AUTHENTICATION_FAILED in codes:
            return StoreError(f"The database {title} refuses this user's name or password.")
        if _UNAUTHORIZED in codes and writing:
            return ReadOnlyError(f"The database {title} lets this user only read.")
        if _UNAUTHORIZED in codes:
            return StoreError(f"The database {title} does not let this user read.")
        # The whole message of a bulk write holds all that was to be written.
        return StoreError(f"The database {title} refused ({str(error)[:200]}).")


def _close(client: "MongoClient[Document]", process: int) -> None:
    # The parent's threads, which closing would wait for, are not in a process that has forked.
    if process == os.getpid():
        client.close()
