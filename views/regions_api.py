"""Routes of the regions behind the maps: having them drawn, and what is drawn.

Errors come as {"message": a sentence}; 409 is for what is only not there yet.
"""

import math
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, jsonify, request

from analysis.regions.maps import EarlyError, Key, Place, RegionMaps
from util import UserError
from views.api import binary, tagged
from views.routes import make_blueprint, refuse

if TYPE_CHECKING:
    from analysis.study import Study


def register(server: Flask, study: "Study", base_path: str = "/") -> None:
    """Add the routes to the server, below `base_path`."""
    routes = make_blueprint("regions", base_path)
    maps = RegionMaps(study)

    @routes.get("/api/regions")
    def state() -> Response:
        try:
            return jsonify(maps.state(maps.check(*_asked())))
        except EarlyError as error:
            return jsonify({"state": "waiting", "message": str(error), "fraction": 0.0})
        except UserError as error:
            return jsonify({"state": "failed", "message": str(error), "fraction": 0.0})

    @routes.post("/api/regions")
    def draw() -> tuple[Response, int]:
        key = _read_key(maps)
        try:
            maps.request(key)
        except EarlyError as error:
            refuse(409, str(error))
        return jsonify(maps.state(key)), 202

    @routes.get("/api/regions/image")
    def image() -> Response:
        key = _read_key(maps)
        cells, summary = maps.cells(key), maps.summary(key)
        if cells is None or summary is None:
            refuse(409, "The regions of this map are not drawn yet.")
        tag = str(summary["version"])
        if tag in request.if_none_match:
            return tagged(Response(status=304), tag)
        answer = binary(cells.astype("<u2", copy=False))
        answer.headers["X-Width"], answer.headers["X-Height"] = (
            str(summary["width"]),
            str(summary["height"]),
        )
        return tagged(answer, tag)

    @routes.get("/api/regions/at")
    def at() -> Response:
        key = _read_key(maps)
        x, y = _read_number("x"), _read_number("y")
        try:
            return jsonify(describe_place(study, maps.at(key, x, y)))
        except EarlyError as error:
            refuse(409, str(error))
        except UserError as error:
            refuse(404, str(error))

    server.register_blueprint(routes)


def describe_place(study: "Study", place: Place) -> dict[str, Any]:
    """What the card at a place shows."""
    names = study.class_names
    pairs = zip(place.classes.tolist(), place.probabilities.tolist(), strict=True)
    return {
        "probabilities": [
            {"class": number, "name": names[number], "probability": share}
            for number, share in pairs
        ],
        "support": place.support,
        "extrapolates": place.extrapolates,
        "nearest": place.nearest.tolist(),
        "sentence": place.sentence,
    }


def _asked() -> tuple[str, str]:
    return request.args.get("space", ""), request.args.get("method", "")


def _read_key(maps: RegionMaps) -> Key:
    """The map asked for; one that can have no regions ends the request."""
    try:
        return maps.check(*_asked())
    except EarlyError as error:
        refuse(409, str(error))
    except UserError as error:
        refuse(404, str(error))


def _read_number(name: str) -> float:
    number = request.args.get(name, math.nan, float)
    if not math.isfinite(number):
        refuse(400, f"A place has a finite number {name}.")
    return number
