"""Routes: histograms, pictures and texts of runs."""

from flask import Flask, Response

from views.routes import refuse
from views.training import media
from views.training.library import Library, Opened
from views.training.questions import answer, asked_number, asked_store, asked_text, make_routes
from views.training.runs_catalog import Snapshot

MOST_HISTOGRAMS = 200
MAX_HISTOGRAMS = 2000


def register(server: Flask, library: Library, base_path: str = "/") -> None:
    """Add the routes to the server, below `base_path`."""
    api = make_routes("media", base_path)

    @api.get("/histograms")
    def histograms() -> Response:
        opened, run, tag = _asked(library)
        most = asked_number("most", MOST_HISTOGRAMS, 2, MAX_HISTOGRAMS)
        found = opened.backend.histograms(run, tag)
        chosen = [media.describe_histogram(each) for each in media.spread(found, most)]
        return answer({"total": len(found), "histograms": chosen})

    @api.get("/images")
    def images() -> Response:
        opened, run, tag = _asked(library)
        return answer({"images": list(map(media.describe_image, opened.backend.images(run, tag)))})

    @api.get("/image/<path:id>")
    def image(id: str) -> Response:
        opened = asked_store(library)
        content = opened.backend.image(known_run(opened.catalog.snapshot()), id)
        if content is None:
            refuse(404, "This picture is no longer in the store.")
        kind = media.mimetype(content)
        if kind is None:
            refuse(415, "This is no picture that a browser shows: PNG, JPEG, GIF or WebP.")
        return picture(content, kind)

    @api.get("/texts")
    def texts() -> Response:
        opened = asked_store(library)
        runs = opened.catalog.snapshot().runs
        found = [text for text in opened.backend.texts() if text.run in runs]
        return answer({"texts": list(map(media.describe_text, found))})

    server.register_blueprint(api)


def picture(content: bytes, kind: str) -> Response:
    """A picture that nothing else can be made of, and that never changes."""
    found = Response(content, mimetype=kind)
    found.headers["X-Content-Type-Options"] = "nosniff"
    found.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    found.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    found.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return found


def known_run(snapshot: Snapshot) -> str:
    """The run that the request names; 404 if there is none, or it is deleted."""
    run = asked_text("run")
    if run not in snapshot.runs:
        refuse(404, "This run is no longer in the store.")
    return run


def _asked(library: Library) -> tuple[Opened, str, str]:
    opened = asked_store(library)
    return opened, known_run(opened.catalog.snapshot()), asked_text("tag")
