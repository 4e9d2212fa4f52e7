"""The graph component's script, out of the installed package dash-cytoscape.

The package is found and not imported: Dash writes the script of every component library that was
imported into every page, and this one has 1.4 MB, which only the page Network needs.
"""

from importlib.util import find_spec
from pathlib import Path

from flask import Flask, Response, request

from views.routes import make_blueprint, refuse

PACKAGE = "dash_cytoscape"
# With the layouts by layers, and with drawings as SVG.
SCRIPT = "dash_cytoscape_extra.min.js"
MISSING = (
    "The graph needs the package dash-cytoscape, which is not installed; "
    "install it with: pip install dash-cytoscape"
)


def register(server: Flask, base_path: str = "/") -> None:
    """Add the script's route to the server, below `base_path`."""
    routes = make_blueprint("graph_component", base_path)

    @routes.get("/api/graph/component.js")
    def component() -> Response:
        path = find_script()
        if path is None:
            refuse(503, MISSING)
        answer = Response(path.read_bytes(), mimetype="text/javascript")
        # Browsers ask whether it has changed, and get it once.
        answer.headers["Cache-Control"] = "no-cache"
        answer.add_etag()
        answer.make_conditional(request)
        return answer

    server.register_blueprint(routes)


def find_script() -> Path | None:
    """The script in the installed package; None where there is none."""
    spec = find_spec(PACKAGE)
    places = (spec and spec.submodule_search_locations) or ()
    paths = (Path(place) / SCRIPT for place in places)
    return next((path for path in paths if path.is_file()), None)
