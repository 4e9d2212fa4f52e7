"""Networks that were opened in the page Training: each a study with pages of its own, mounted below
the same server.

Their requests come in by a route of that server, and so pass the same checks of who may see it.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from flask import Flask, request
from werkzeug import Response

from util import UserError
from views.routes import make_blueprint, refuse

if TYPE_CHECKING:
    from analysis.study import Study

# Studies open at once; each has processes of its own, and TensorFlow in one of them.
MOST = 3

# Seconds to wait for another that is being opened, by which a second click finds the first's.
PATIENCE = 10.0

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

CLOSED = (
    "This network is not open any more, as others were opened since or Innerview was started "
    "again: open it again in the page Training."
)


class Busy(UserError):
    """No network can be opened now."""


class Mounted(Protocol):
    """What is mounted: a web application over a study."""

    @property
    def server(self) -> Any:
        """A WSGI application."""


@dataclass(frozen=True, slots=True)
class Mount:
    """A study that is open, and its pages."""

    number: int
    key: Hashable
    study: "Study"
    app: Mounted


class Mounts:
    """The studies that are open, the latest last. May be called from any thread."""

    def __init__(self, make: "Callable[[Study, int, str], Mounted]") -> None:
        """None are open.

        Args:
            make: a study's pages, mounted under a number, for a run of this name.
        """
        self._make = make
        # Held for as long as opening takes, which may be minutes for many images.
        self._opening = threading.Lock()
        self._lock = threading.Lock()
        self._mounts: OrderedDict[int, Mount] = OrderedDict()
        self._number = 0
        self._closed = False

    def open(self, key: Hashable, run: str, open_study: "Callable[[], Study]") -> int:
        """The number under which a study is mounted; the same key gives the same as long as it is.

        Args:
            key: tells studies apart.
            run: name of the run that the network is from.
            open_study: called unless it is there, while other requests are answered.

        Raises:
            UserError: it cannot be opened, or another is being opened.
        """
        if not self._opening.acquire(timeout=PATIENCE):
            raise Busy("Another network is being opened; try again when it is there.")
        try:
            known = self._known(key)
            if known is not None:
                return known
            self._check_open()
            study = open_study()
            self._number += 1
            self._keep(Mount(self._number, key, study, self._make(study, self._number, run)))
            return self._number
        finally:
            self._opening.release()

    def get(self, number: int) -> Mount | None:
        with self._lock:
            return self._mounts.get(number)

    def close(self) -> None:
        """End the processes of all studies, and open no more."""
        with self._lock:
            self._closed = True
            mounts = list(self._mounts.values())
            self._mounts.clear()
        for mount in mounts:
            mount.study.stop()

    def _known(self, key: Hashable) -> int | None:
        """The number of a study that is open, and did not fail."""
        with self._lock:
            known = next((mount for mount in self._mounts.values() if mount.key == key), None)
            if known is None:
                return None
            if known.study.failure is None:
                self._mounts.move_to_end(known.number)
                return known.number
            del self._mounts[known.number]
        # Another try may succeed: memory was short, or a file has been mended.
        known.study.stop()
        return None

    def _check_open(self) -> None:
        if self._closed:
            raise Busy("Innerview is being closed.")

    def _keep(self, mount: Mount) -> None:
        """Start a study and mount it; the one opened longest ago makes room."""
        mount.study.start()
        ended: Mount | None = mount
        with self._lock:
            if not self._closed:
                self._mounts[mount.number] = mount
                ended = self._mounts.popitem(last=False)[1] if len(self._mounts) > MOST else None
        if ended is not None:
            ended.study.stop()
        self._check_open()


def register(server: Flask, mounts: Mounts, base_path: str = "/") -> None:
    """Add the routes to the server: all that lies below {base_path}opened/NUMBER/."""
    pages = make_blueprint("training-opened", f"{base_path}opened/")

    @pages.route("/<int:number>/", defaults={"path": ""}, methods=METHODS)
    @pages.route("/<int:number>/<path:path>", methods=METHODS)
    def hand_over(number: int, path: str) -> Response:
        mount = mounts.get(number)
        if mount is None:
            if "text/html" in request.accept_mimetypes.values():
                return Response(CLOSED, 404, mimetype="text/plain")
            refuse(404, CLOSED)
        return Response.from_app(mount.app.server, dict(request.environ))

    server.register_blueprint(pages)
