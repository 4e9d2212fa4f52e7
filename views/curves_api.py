"""Routes of the panel Curves."""

from typing import TYPE_CHECKING

from flask import Flask

from views.routes import make_blueprint

if TYPE_CHECKING:
    from analysis.study import Study


def register(server: Flask, study: "Study", base_path: str = "/") -> None:
    """Add the routes to the server, below `base_path`."""
    routes = make_blueprint("curves", base_path)
    server.register_blueprint(routes)
