"""Where the page is served: the address, the port, the server."""

import sys
import threading
from typing import TYPE_CHECKING

from util import ServeError

if TYPE_CHECKING:
    from flask import Flask


def page_address(host: str, port: int, token: str | None, query: str | None) -> str:
    """Where the page is; it reads the query after the # itself."""
    from urllib.parse import quote

    where = f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
    shown = f"#query={quote(query.strip(), safe='')}" if query and query.strip() else ""
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
