"""The stores of runs that are open: the one named on the command line, and those named in the page.

Each browser says with every request which store it means, so that two of them may look at
different ones.
"""

import hashlib
import os
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from innerview.errors import StoreError
from innerview.stores import open_backend
from innerview.stores.base import Backend
from views.training.mounts_settings import Settings
from views.training.runs_catalog import Catalog

# Stores open at once, and the seconds that one rests before another may take its place.
MAX_OPEN = 16
RESTING = 60.0
# Addresses of closed stores by which they open again.
MAX_REMEMBERED = 256

# What says which kind of store is meant, before a folder or a file.
PREFIX = re.compile(r"(sqlite|tensorboard|csv):(.*)", re.DOTALL)
DATABASE = re.compile(r"mongodb(\+srv)?://", re.IGNORECASE)

NO_ADDRESS = "The address of a store is a folder, a file or mongodb://HOST/DATABASE."

# An id must not be a way to try passwords, so those are mixed with what nobody knows.
SECRET = secrets.token_bytes(16)


@dataclass(frozen=True, slots=True)
class Opened:
    """A store that is open.

    Attributes:
        id: stands for the store in requests and addresses; holds no password and no path.
        catalog: what runs and tags it has.
    """

    id: str
    backend: Backend
    catalog: Catalog = field(compare=False)


class Library:
    """Opens each store once. May be called from any thread."""

    def __init__(self, url: str, settings: Settings | None = None) -> None:
        """Open the store of the command line, making it where there is none.

        Args:
            settings: of what the page starts: demonstrations, and networks that are opened.

        Raises:
            StoreError: it cannot be opened.
        """
        self._lock = threading.Lock()
        # One at a time; a database that does not answer must not hold up the stores that are open.
        self._opening = threading.Lock()
        self._opened: OrderedDict[str, Opened] = OrderedDict()
        self._used: dict[str, float] = {}
        self._addresses: OrderedDict[str, str] = OrderedDict()
        # The id by each address that was given, as far as they are remembered.
        self._ids: dict[str, str] = {}
        self.settings = settings or Settings()
        self._endings: list[Callable[[], None]] = []
        self.default = self.open(url, create=True)

    def open(self, url: str, create: bool = False) -> Opened:
        """The store of a folder, a file or a database.

        Raises:
            StoreError: it cannot be opened, or too many are open.
        """
        address = normalise(url)
        with self._opening:
            known = self._find(self._ids.get(address, ""))
            if known is not None:
                return known
            self._make_room()
            backend = open_backend(address, create=create)
            # "runs" and "sqlite:runs" are one store, which shows once it is open.
            qualified = qualify(address, backend.kind)
            id = self._ids[address] = identify(qualified)
            known = self._find(id)
            if known is not None:
                backend.close()
                return known
            return self._keep(Opened(id, backend, Catalog(backend)), qualified)

    def get(self, id: str | None) -> Opened | None:
        """The store of this id, the default one for None or "".

        One that was closed, to make room for others, is opened again; None where there is none.

        Raises:
            StoreError: it cannot be opened again.
        """
        if not id:
            return self.default
        known = self._find(id)
        if known is not None:
            return known
        address = self._addresses.get(id)
        return None if address is None else self.open(address)

    def all(self) -> list[Opened]:
        """The default store, then the others in the order in which they were used last."""
        with self._lock:
            others = [opened for opened in self._opened.values() if opened is not self.default]
        return [self.default, *others]

    def address(self, id: str) -> str:
        """Where a process with another working folder finds an open store.

        It may hold a password: it is never shown, logged, or written on a command line.
        """
        return self._addresses[id]

    def on_close(self, end: Callable[[], None]) -> None:
        """Has something ended before the stores are closed."""
        self._endings.append(end)

    def close(self) -> None:
        for end in self._endings:
            end()
        with self._lock:
            opened = list(self._opened.values())
            self._opened.clear()
        for store in opened:
            store.backend.close()

    def _find(self, id: str) -> Opened | None:
        with self._lock:
            opened = self._opened.get(id)
            if opened is not None:
                self._used[id] = time.monotonic()
                self._opened.move_to_end(id)
            return opened

    def _keep(self, opened: Opened, address: str) -> Opened:
        with self._lock:
            self._opened[opened.id] = opened
            self._used[opened.id] = time.monotonic()
            self._addresses[opened.id] = address
            self._addresses.move_to_end(opened.id)
            closed = [id for id in self._addresses if id not in self._opened]
            for id in closed[: max(0, len(self._addresses) - MAX_REMEMBERED)]:
                del self._addresses[id]
                self._ids = {url: known for url, known in self._ids.items() if known != id}
        return opened

    def _make_room(self) -> None:
        """Close the store that nobody has asked for the longest time."""
        with self._lock:
            if len(self._opened) < MAX_OPEN:
                return
            ids = [id for id, opened in self._opened.items() if opened is not self.default]
            # A request that is being answered would fail.
            resting = [id for id in ids if time.monotonic() - self._used[id] > RESTING]
            if not resting:
                raise StoreError(
                    f"{MAX_OPEN} stores are open and in use, which is as many as can be; close a "
                    "page that shows one of them, and try again in a minute."
                )
            closed = self._opened.pop(resting[0])
        closed.backend.close()


def normalise(url: str) -> str:
    """One spelling of an address, whichever was given: folders and files by their real paths.

    Raises:
        StoreError: it is no address at all.
    """
    url = url.strip()
    if not url or "\0" in url:
        raise StoreError(NO_ADDRESS)
    try:
        return _normalise(url)
    except ValueError:
        # Half of a character, or brackets round a host that is none.
        raise StoreError(NO_ADDRESS) from None


def _normalise(url: str) -> str:
    if DATABASE.match(url):
        return _normalise_database(url)
    kind, path = split(url)
    if "://" in path:
        # Of no kind that is known; opening it says so.
        return url
    real = os.path.realpath(os.path.expanduser(path))
    return f"{kind}:{real}" if kind else real


def _normalise_database(url: str) -> str:
    parts = urlsplit(url)
    user, at, hosts = parts.netloc.rpartition("@")
    hosts = ",".join(host.removesuffix(":27017") for host in hosts.lower().split(","))
    return parts._replace(netloc=f"{user}{at}{hosts}", path=parts.path.rstrip("/")).geturl()


def split(address: str) -> tuple[str, str]:
    """("sqlite", "runs") of "sqlite:runs"; ("", "runs") of "runs"."""
    match = PREFIX.fullmatch(address)
    return (match[1], match[2]) if match else ("", address)


def qualify(address: str, kind: str) -> str:
    """A normalised address with the kind of what was found there."""
    if DATABASE.match(address):
        return address
    return f"{kind}:{split(address)[1]}"


def identify(address: str) -> str:
    """12 hex digits that stand for a normalised address."""
    has_password = bool(DATABASE.match(address)) and "@" in urlsplit(address).netloc
    key = SECRET if has_password else b""
    return hashlib.blake2b(address.encode(errors="replace"), key=key, digest_size=6).hexdigest()
