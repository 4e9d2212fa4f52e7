"""Facets Dive and Facets Overview, out of an installed package, and the data that they show.

The components lie in `tensorboard-plugin-wit`. They are served in a page of their own, which stands
in a frame of ours: they bring a library of 2.4 MB, styles written into the page, and WebGL, and
none of it may get into the way of the rest.
"""

import hashlib
import re
import threading
from collections import OrderedDict
from importlib.resources import files
from importlib.util import find_spec
from typing import TYPE_CHECKING

from flask import Flask, Response, jsonify, request

from analysis.atlas import encode, make_atlas
from analysis.overview import describe_samples
from util import UserError
from views.records import (
    NotReady,
    WrongSelection,
    choose_samples,
    describe_records,
    measured,
    read_sprites,
)
from views.routes import make_blueprint

if TYPE_CHECKING:
    from analysis.study import Study

PACKAGE = "tensorboard_plugin_wit"
MISSING = (
    "Facets needs the package tensorboard-plugin-wit, which is not installed; "
    "install it with: pip install tensorboard-plugin-wit"
)

# The page may load scripts of this server only, and nothing at all from elsewhere. Its styles are
# written by scripts; its pictures are made in the page (blob:) or written in its styles (data:).
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)

# What stands in the package's page, and what is put in its place.
DASHBOARD = "<wit-dashboard></wit-dashboard>"
SCRIPT = '<script src="wit_tb_bin.js"></script>'
# A template that the package leaves out, and its library insists on.
HOST = (
    '<main id="facets"></main>'
    '<dom-module id="facets-overview-filter-validator"><template></template></dom-module>'
)
SCRIPTS = (
    '<script src="component.js"></script>\n'
    '<script type="module" src="../assets/facets/host.js"></script>'
)
HEAD = '<meta charset="utf-8"><title>Facets</title>'
# Fonts that only a TensorBoard serves.
FONT = re.compile(r"@font-face\s*{[^}]*}")

STATUS = {NotReady: 409, WrongSelection: 400}

# Atlases kept: of all images, and of the last few selections.
KEPT = 4


def register(server: Flask, study: "Study", base_path: str = "/") -> None:
    """Add the routes to the server, below `base_path`."""
    routes = make_blueprint("facets", base_path)
    atlases = Atlases(study)

    @routes.get("/facets/host.html")
    def host() -> Response:
        answer = Response(host_page(), mimetype="text/html")
        answer.headers["Content-Security-Policy"] = POLICY
        return keep(answer)

    @routes.get("/facets/component.js")
    def component() -> Response:
        return keep(Response(read_component("wit_tb_bin.js"), mimetype="text/javascript"))

    @routes.post("/api/facets/records")
    def records() -> Response:
        choice = choose_samples(study, request.get_data())
        return jsonify(describe_records(study, choice))

    @routes.post("/api/facets/atlas")
    def atlas() -> Response:
        content, mimetype = atlases.read(request.get_data())
        return Response(content, mimetype=mimetype)

    @routes.get("/api/facets/overview")
    def overview() -> Response:
        statistics = describe_samples(measured(study), study.class_names)
        return Response(statistics, mimetype="application/octet-stream")

    @routes.errorhandler(UserError)
    def explain(error: UserError) -> tuple[Response, int]:
        return jsonify(message=str(error)), STATUS.get(type(error), 503)

    server.register_blueprint(routes)


def is_installed() -> bool:
    """Whether the package with the components is there."""
    return find_spec(PACKAGE) is not None


def read_component(name: str) -> str:
    """A file of the package.

    Raises:
        UserError: the package is not installed, or has no such file.
    """
    try:
        return files(PACKAGE).joinpath("static", name).read_text("utf-8")
    except (ModuleNotFoundError, FileNotFoundError):
        raise UserError(MISSING) from None


def host_page() -> str:
    """The package's page with our script in place of its dashboard.

    Raises:
        UserError: the package is missing, or its page is another one than this was written for.
    """
    page = read_component("wit_tb_bin.html")
    if DASHBOARD not in page or SCRIPT not in page:
        raise UserError(
            "The installed tensorboard-plugin-wit is not a version that Innerview knows; "
            "install version 1.8.1."
        )
    page = FONT.sub("", page).replace(DASHBOARD, HOST).replace(SCRIPT, SCRIPTS)
    return page.replace("<!doctype html>", f'<!doctype html><html lang="en"><head>{HEAD}</head>', 1)


def keep(answer: Response) -> Response:
    """The answer, with leave to ask only whether it has changed."""
    answer.headers["Cache-Control"] = "no-cache"
    answer.add_etag()
    answer.make_conditional(request)
    return answer


class Atlases:
    """The pictures made last, by the samples that are in them."""

    def __init__(self, study: "Study") -> None:
        self._study = study
        self._lock = threading.Lock()
        self._made: OrderedDict[bytes, tuple[bytes, str]] = OrderedDict()

    def read(self, body: bytes) -> tuple[bytes, str]:
        """The atlas of a selection, as `choose_samples` takes it, and its media type.

        Raises:
            NotReady: the images are still being read.
            WrongSelection: the body is no selection, or an empty one.
            DataError: a file of an image is missing or broken.
        """
        key = hashlib.sha256(body).digest()
        # Held while it is made: a page that is loaded twice at once waits for one atlas.
        with self._lock:
            if key not in self._made:
                choice = choose_samples(self._study, body)
                self._made[key] = encode(make_atlas(read_sprites(self._study, choice.indices)))
            self._made.move_to_end(key)
            while len(self._made) > KEPT:
                self._made.popitem(last=False)
            return self._made[key]
