"""Routes: curves as bytes, and which tags the tab Live draws."""

from flask import Flask, Response

from views.routes import refuse
from views.training.curves import BUDGET, PIXELS, Request, answer_curves, live_tags
from views.training.curves_axes import AXES
from views.training.curves_cache import Curves
from views.training.library import Library
from views.training.questions import (
    MAX_NAME,
    Body,
    answer,
    asked_store,
    make_routes,
    read_body,
    read_number,
)

# Bytes and curves of a request: all of 500 runs with 20 tags each.
MAX_BODY = 4 * 2**20
MAX_CURVES = 10_000
# No screen is wider, and no browser draws more.
MAX_PIXELS = 8192
MAX_BUDGET = 5_000_000


def register(server: Flask, library: Library, curves: Curves, base_path: str = "/") -> None:
    """Add the routes to the server, below `base_path`."""
    api = make_routes("curves", base_path)

    @api.post("/curves")
    def read() -> Response:
        opened, asked = asked_store(library), parse(read_body(MAX_BODY))
        content = answer_curves(opened, opened.catalog.snapshot(), curves, asked)
        found = Response(content, mimetype="application/octet-stream")
        found.headers["Cache-Control"] = "no-store"
        return found

    @api.get("/live")
    def live() -> Response:
        return answer({"tags": live_tags(asked_store(library).catalog.snapshot())})

    server.register_blueprint(api)


def parse(body: Body) -> Request:
    """What a request asks for; one that is none ends with status 400."""
    axis = body.get("x", "step")
    if axis not in AXES:
        refuse(400, f'"x" is one of {", ".join(AXES)}.')
    low, high = _bound(body, "from"), _bound(body, "to")
    if low is not None and high is not None and low > high:
        refuse(400, '"from" must not be greater than "to".')
    smoothing = read_number(body, "smoothing", 0.0, 0.0, 1.0)
    if smoothing == 1:
        refuse(400, '"smoothing" is a number from 0 to below 1.')
    logarithmic = body.get("log", False)
    if not isinstance(logarithmic, bool):
        refuse(400, '"log" is true or false.')
    return Request(
        wanted=_parse_curves(body.get("curves")),
        axis=axis,
        low=low,
        high=high,
        pixels=int(read_number(body, "pixels", PIXELS, 1, MAX_PIXELS)),
        smoothing=smoothing,
        budget=int(read_number(body, "budget", BUDGET, 1, MAX_BUDGET)),
        logarithmic=logarithmic,
    )


def _bound(body: Body, name: str) -> float | None:
    return None if body.get(name) is None else read_number(body, name, 0.0)


def _parse_curves(given: object) -> list[tuple[str, str]]:
    if not isinstance(given, list) or len(given) > MAX_CURVES:
        refuse(400, f'"curves" is a list of at most {MAX_CURVES:,} curves.')
    return [_parse_curve(curve) for curve in given]


def _parse_curve(given: object) -> tuple[str, str]:
    run, tag = (given.get("run"), given.get("tag")) if isinstance(given, dict) else (None, None)
    if not isinstance(run, str) or not isinstance(tag, str) or max(len(run), len(tag)) > MAX_NAME:
        refuse(400, 'A curve is {"run": id, "tag": name}.')
    return run, tag
