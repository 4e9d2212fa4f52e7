"""The routes that the page Training asks, gathered from their modules."""

from flask import Flask, Response, jsonify, request

from views.api import tagged
from views.routes import make_blueprint
from views.training import (
    analyze,
    class_maps_api,
    curve_records_api,
    curves_api,
    demonstration,
    edits,
    export_api,
    media_api,
    runs_api,
)
from views.training.curves_cache import Curves
from views.training.library import Library
from views.training.runs import Tables


def register(server: Flask, library: Library, base_path: str = "/", alone: bool = False) -> None:
    """Add the routes to the server, below `base_path`.

    Args:
        alone: there is no study, whose routes would answer for the server's health and Plotly.
    """
    analyze.register(server, library, base_path)
    curves, tables = Curves(), Tables()
    runs_api.register(server, library, tables, base_path)
    curves_api.register(server, library, curves, base_path)
    media_api.register(server, library, base_path)
    curve_records_api.register(server, library, base_path)
    class_maps_api.register(server, library, base_path)
    export_api.register(server, library, tables, curves, base_path)
    edits.register(server, library, base_path)
    demonstration.register(server, library, base_path)
    if alone:
        _register_alone(server, base_path)


def _register_alone(server: Flask, base_path: str) -> None:
    api = make_blueprint("alone", base_path)

    @api.get("/health")
    def health() -> Response:
        return jsonify({"ok": True, "stages": []})

    @api.get("/api/plotly.js")
    def plotly() -> Response:
        from importlib.resources import files

        import plotly as library

        # Five megabytes, which browsers keep until another version is installed.
        tag = f"plotly-{library.__version__}"
        if tag in request.if_none_match:
            return tagged(Response(status=304), tag)
        script = files("plotly").joinpath("package_data/plotly.min.js")
        return tagged(Response(script.read_bytes(), mimetype="text/javascript"), tag)

    server.register_blueprint(api)
