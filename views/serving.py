"""Where the page is served: the address, the port, the server."""

import os
import sys
import threading
from typing import TYPE_CHECKING

from util import ServeError

if TYPE_CHECKING:
    from flask import Flask

    from views.training.library import Library
    from views.training.mounts_settings import Settings


def page_address(
    host: str, port: int, token: str | None, query: str | None, key: str = "query"
) -> str:
    """Where the page is; it reads the query, under its key, after the # itself."""
    from urllib.parse import quote

    where = f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
    shown = f"#{key}={quote(query.strip(), safe='')}" if query and query.strip() else ""
    return where + (f"?token={token}" if token else "") + shown


def start_server(server: "Flask", host: str, port: int) -> None:
    """Answer requests from a thread of their own.

    Raises:
        ServeError: the address cannot be listened on.
    """
    import waitress

    try:
        # A page asks for several arrays at once and must not wait for a slow one.
        waiting = waitress.create_server(server, host=host, port=port, threads=8)
    except OSError as error:
        raise _cannot_listen(host, port, error) from None
    threading.Thread(target=waiting.run, daemon=True, name="serve").start()


def open_runs(url: str, settings: "Settings") -> "Library":
    """The store of runs at an address, made where there is none, and those that the page opens.

    Raises:
        ServeError: it cannot be opened.
    """
    from innerview.errors import StoreError
    from views.training.library import Library
    from views.training.questions import without_credentials

    try:
        return Library(url, settings)
    except StoreError as error:
        raise ServeError(f"In --runs: {without_credentials(str(error))}") from None


def is_missing(url: str) -> bool:
    """Whether the address of a store of runs is that of a folder that is not there."""
    from innerview.stores import is_place, split

    return is_place(url) and not os.path.exists(os.path.expanduser(split(url)[1]))


def check_port(host: str, port: int) -> None:
    """Find out before any work whether the address can be listened on.

    Raises:
        ServeError: it cannot.
    """
    import socket

    if not 0 < port < 65536:
        raise ServeError(f"--port must be from 1 to 65535; given was {port}.")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as probe:
            if sys.platform != "win32":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise _cannot_listen(host, port, error) from None


def _cannot_listen(host: str, port: int, error: OSError) -> ServeError:
    return ServeError(
        f"Port {port} of {host} cannot be used ({error.strerror or error}); another program may be "
        "listening there: name another port with --port."
    )
