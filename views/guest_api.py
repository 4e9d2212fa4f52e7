"""Images dropped on the page: taken in, inverted, described, and given a place on the maps.

Errors come as {"message": a sentence}.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from flask import Flask, Response, jsonify, request

from analysis.guest import Guest, odd_border
from analysis.guests import MAX_BYTES
from analysis.similar import ANCHORS, place, similar_to_vector
from util import UserError
from views.api import encode_png, tagged
from views.routes import make_blueprint, refuse
from views.similar_api import FORGOTTEN, read_space_name

if TYPE_CHECKING:
    from analysis.study import Study

TOP_CLASSES = 5


def register(server: Flask, study: "Study", base_path: str = "/") -> None:
    """Add the routes to the server, below `base_path`."""
    api = make_blueprint("guest", base_path)

    @api.post("/api/guest")
    def add() -> tuple[Response, int]:
        too_large = f"Images of at most {MAX_BYTES // 2**20} MB are taken; this file is larger."
        if (request.content_length or 0) > MAX_BYTES:
            refuse(413, too_large)
        data = request.stream.read(MAX_BYTES + 1)
        if not data:
            refuse(400, "This file is empty; choose a JPEG or PNG image.")
        if len(data) > MAX_BYTES:
            refuse(413, too_large)
        try:
            guest = study.guests.add(data)
        except UserError as error:
            refuse(400, str(error))
        return jsonify(describe_guest(study, guest)), 202

    @api.post("/api/guest/<token>/invert")
    def invert(token: str) -> tuple[Response, int]:
        guest = study.guests.invert(token)
        if guest is None:
            refuse(404, FORGOTTEN)
        return jsonify(describe_guest(study, guest)), 202

    @api.get("/api/guest/<token>")
    def state(token: str) -> Response:
        return jsonify(describe_guest(study, known(token)))

    @api.get("/api/guest/<token>.png")
    def image(token: str) -> Response:
        guest = known(token)
        as_seen = request.args.get("as") == "seen"
        pixels = guest.images.array[0] if as_seen else guest.picture
        return tagged(
            Response(encode_png(pixels), mimetype="image/png"), f"{guest.token}-{int(as_seen)}"
        )

    @api.get("/api/guest/<token>/place")
    def find_place(token: str) -> Response:
        space, guest = read_space_name(study), known(token)
        vector = guest.vector(space)
        found = None if vector is None else similar_to_vector(study, space, vector, ANCHORS)
        if found is None:
            refuse(409, "The network has not looked at this image yet.")
        indices, weights = place(found)
        return jsonify({"indices": indices.tolist(), "weights": weights.tolist()})

    def known(token: str) -> Guest:
        guest = study.guests.get(token)
        if guest is None:
            refuse(404, FORGOTTEN)
        return guest

    server.register_blueprint(api)


def describe_guest(study: "Study", guest: Guest) -> dict[str, Any]:
    """What the page shows of a dropped image; `classes` and `predicted` once it is done."""
    height, width = guest.size
    thumbnails = study.thumbnails
    described: dict[str, Any] = {
        "token": guest.token,
        "state": guest.state,
        "message": guest.message,
        "width": width,
        "height": height,
        "seen": [*guest.images.shape[::-1], guest.images.channels],
        "inverted": guest.inverted,
        "odd_border": None if thumbnails is None else odd_border(guest.thumbnail, thumbnails),
    }
    description = study.description
    probabilities = None if description is None else guest.probabilities(description.head)
    if probabilities is not None:
        ranked = np.argsort(-probabilities, kind="stable")[:TOP_CLASSES].tolist()
        described["predicted"] = ranked[0]
        described["classes"] = [
            {"class": k, "probability": float(probabilities[k])} for k in ranked
        ]
    return described
