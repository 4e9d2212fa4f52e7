"""Routes: class-probability maps of runs, and the points that lie on them."""

from flask import Flask, Response

from innerview.errors import DamagedError
from innerview.records import ClassPoints
from views.routes import refuse
from views.training import class_maps
from views.training.library import Library
from views.training.media_api import known_run
from views.training.questions import answer, asked_store, asked_text, make_routes


def register(server: Flask, library: Library, base_path: str = "/") -> None:
    """Add the routes to the server, below `base_path`."""
    api = make_routes("class-maps", base_path)

    @api.get("/maps")
    def maps() -> Response:
        opened = asked_store(library)
        # Read before the maps: what is written meanwhile is no damage.
        snapshot = opened.catalog.snapshot()
        run, tag = known_run(snapshot), asked_text("tag")
        points, no_points = None, False
        try:
            points = opened.backend.class_points(run, tag)
        except DamagedError:
            no_points = True
        infos = opened.backend.class_maps(run, tag)
        recorded = snapshot.count("map", run, tag)
        damage = class_maps.tell_damage(recorded - len(infos), recorded, no_points)
        return answer(class_maps.describe_maps(infos, points, damage))

    @api.get("/map/<path:id>")
    def map(id: str) -> Response:
        opened = asked_store(library)
        found = opened.backend.class_map(known_run(opened.catalog.snapshot()), id)
        if found is None:
            refuse(404, "This map is no longer in the store.")
        # A map never changes under its id.
        return _bytes(class_maps.pack_map(found), "private, max-age=31536000, immutable")

    @api.get("/map-points")
    def points() -> Response:
        opened = asked_store(library)
        run, tag = known_run(opened.catalog.snapshot()), asked_text("tag")
        found: ClassPoints | None = opened.backend.class_points(run, tag)
        return _bytes(class_maps.pack_points(found), "no-store")

    server.register_blueprint(api)


def _bytes(content: bytes, cached: str) -> Response:
    found = Response(content, mimetype="application/octet-stream")
    found.headers["X-Content-Type-Options"] = "nosniff"
    found.headers["Cache-Control"] = cached
    return found
