"""Routes: precision-recall curves of runs."""

from flask import Flask, Response

from views.training.curve_records import describe_curves
from views.training.library import Library
from views.training.media_api import known_run
from views.training.questions import answer, asked_store, asked_text, make_routes


def register(server: Flask, library: Library, base_path: str = "/") -> None:
    """Add the routes to the server, below `base_path`."""
    api = make_routes("pr", base_path)

    @api.get("/pr")
    def curves() -> Response:
        opened = asked_store(library)
        run, tag = known_run(opened.catalog.snapshot()), asked_text("tag")
        return answer(describe_curves(opened.backend.curves(run, tag)))

    server.register_blueprint(api)
