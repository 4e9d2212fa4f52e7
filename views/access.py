"""Who may see the page: this machine's own browsers, or whoever has the token."""

import hmac
import ipaddress
import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, abort, make_response, redirect, request

COOKIE = "innerview_token"


def is_loopback(host: str) -> bool:
    """Whether an address (without a port) is one that only this machine reaches."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def make_token() -> str:
    """A token that nobody guesses."""
    return secrets.token_urlsafe(24)


def protect(server: Flask, token: str | None) -> None:
    """Refuse requests of strangers.

    Args:
        token: None when the server listens on a loopback address. Then a page of another site,
            whose name was pointed at this machine (DNS rebinding), is told by its Host header.
            Otherwise every request must carry the token: once as ?token=, later as a cookie.
    """

    @server.before_request
    def check() -> Response | None:
        origin = request.headers.get("Origin")
        if origin and request.method != "GET" and urlsplit(origin).netloc != request.host:
            abort(403, "This request comes from another site.")
        if token is None:
            host = urlsplit(f"//{request.host}").hostname or ""
            if not is_loopback(host):
                abort(403, f"Innerview answers only to localhost, not to '{host}'.")
            return None
        return _check_token(token)


def _check_token(token: str) -> Response | None:
    given = request.args.get("token")
    if given is not None and hmac.compare_digest(given.encode(), token.encode()):
        # The token leaves the address, which people copy and send.
        answer = make_response(redirect(request.path))
        answer.set_cookie(COOKIE, token, httponly=True, samesite="Strict")
        return answer
    kept = request.cookies.get(COOKIE, "")
    if not hmac.compare_digest(kept.encode(), token.encode()):
        abort(401, "Open the address with ?token=... that the terminal shows.")
    return None
