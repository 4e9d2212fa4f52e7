"""A training's epochs as the browser takes them: which there are, and the arrays of each."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from flask import Flask, Response, abort, jsonify, request
from numpy.typing import NDArray

from analysis.confusion import count_confusions, list_cells
from analysis.history.kept import COLUMNS
from analysis.history.learning import NAMES
from analysis.history.maps import METHODS, Frames
from analysis.samples import CORRECT, PREDICTED
from util import UserError
from views.api import binary
from views.columns import DTYPES, UNKNOWN, column_kind
from views.routes import make_blueprint, refuse

if TYPE_CHECKING:
    from analysis.history.history import History
    from analysis.history.kept import Passed
    from analysis.study import Study

WITHOUT = (
    "Innerview was started without the networks of the epochs: start it with --checkpoints FOLDER, "
    "the folder in which the training has saved one after each epoch."
)
MEASURE = (
    "Mean distance that an image moves on the map from one epoch to the next, in units of the "
    "map's spread (the root mean square distance of its points from their centre): of the quarter "
    "of the images whose hidden vectors change least, relative to their length, and of the quarter "
    "whose change most; the ratio of the two."
)


def register(server: Flask, study: "Study", base_path: str = "/") -> None:
    """Add the routes to the server, below `base_path`. A refusal is {"message": sentence}."""
    routes = make_blueprint("epochs", base_path)

    @routes.get("/api/epochs")
    def describe() -> Response:
        return jsonify(describe_history(study))

    @routes.post("/api/epochs/maps")
    def draw() -> tuple[str, int]:
        study.history.request(request.args.get("layer", ""), request.args.get("method", ""))
        return "", 202

    @routes.get("/api/epochs/layout")
    def layout() -> Response:
        position = asked_position(study.history)
        name = f"{request.args.get('layer', '')}|{request.args.get('method', '')}"
        frames = study.history.frames().get(name)
        if frames is None or position >= len(frames.done):
            abort(404, "This map is not drawn yet.")
        return binary(frames.done[position].points.astype("<f4", copy=False))

    @routes.get("/api/epochs/column")
    def column() -> Response:
        values = read_column(study, asked_epoch(study.history), request.args.get("name", ""))
        answer = binary(values)
        answer.headers["X-Dtype"] = values.dtype.name
        return answer

    @routes.get("/api/epochs/confusion")
    def confusion() -> Response:
        predicted = asked_epoch(study.history).column(PREDICTED)
        if not study.dataset.is_labelled or predicted is None:
            abort(409, "These images have no labels, so there are no confusions.")
        classes = len(study.class_names)
        counts = count_confusions(study.dataset.labels, predicted, classes)
        answer = binary(list_cells(counts).astype("<i4", copy=False))
        answer.headers["X-Classes"] = str(classes)
        return answer

    @routes.get("/api/epochs/sample")
    def sample() -> Response:
        index = asked_number("index", len(study.dataset), "Images")
        return jsonify(describe_sample(study.history, index))

    @routes.errorhandler(UserError)
    def refuse_order(error: UserError) -> tuple[Response, int]:
        return jsonify(message=str(error)), 409

    server.register_blueprint(routes)


def asked_number(name: str, count: int, what: str) -> int:
    """A whole number of the address from 0 to count - 1; anything else ends the request."""
    text = request.args.get(name, "")
    small = text.isascii() and text.isdigit() and len(text) <= 18
    if not small or int(text) >= count:
        refuse(400, f"{what} are counted from 0 to {count - 1}.")
    return int(text)


def asked_position(history: "History") -> int:
    if not len(history):
        refuse(404, WITHOUT)
    return asked_number("epoch", len(history), "Epochs")


def asked_epoch(history: "History") -> "Passed":
    """The epoch that the request is about; 404 while its network has not seen the images."""
    passed = history.passed(asked_position(history))
    if passed is None:
        refuse(404, "The images have not been passed through the network of this epoch yet.")
    return passed


def read_column(study: "Study", passed: "Passed", name: str) -> NDArray[Any]:
    """A column of an epoch as /api/column has it: int32, uint8 or float32."""
    if name not in COLUMNS:
        refuse(
            400, f"There is no column of that name for an epoch; there are {', '.join(COLUMNS)}."
        )
    values = passed.column(name)
    if values is None:
        refuse(404, f"These images have no labels, so there is no {name}.")
    if name == CORRECT:
        values = np.where(study.dataset.labels >= 0, values, UNKNOWN)
        return values.astype(DTYPES["boolean"])
    return values.astype(DTYPES[column_kind(name, values) or "number"])


def describe_history(study: "Study") -> dict[str, Any]:
    """Which epochs there are, how good their networks are, and which maps are drawn."""
    history = study.history
    if not len(history):
        return {
            "state": "none", "message": WITHOUT, "fraction": 0, "epochs": [], "layers": [],
            "methods": [], "alignment": {},
        }  # fmt: skip
    learning = history.learning
    return {
        "state": history.stage.state,
        "message": history.stage.message,
        "fraction": history.stage.fraction,
        "epochs": [describe_epoch(history, position) for position in range(len(history))],
        # The study's own network: what its samples table, and so every query, is about.
        "network": history.network_position,
        "labelled": study.dataset.is_labelled,
        "never_learned": None if learning is None else int(learning.never_learned.sum()),
        "columns": [] if learning is None else list(NAMES),
        "left_out": [
            {"name": file.name, "reason": file.reason} for file in history.checkpoints.left_out
        ],
        "note": history.checkpoints.note,
        "layers": list(history.layers),
        "hidden": study.hidden,
        "methods": list(METHODS),
        "alignment": {
            name: describe_frames(frames) for name, frames in history.frames().items()
        },
    }  # fmt: skip


def describe_epoch(history: "History", position: int) -> dict[str, Any]:
    """An epoch; what is not known yet is null.

    `learned`: images that are right from this epoch, or an earlier one, to the end. `forgotten`:
    images that were right at the epoch before and are wrong at this one.
    """
    epoch, passed = history.checkpoints.epochs[position], history.passed(position)
    learning = history.learning
    return {
        "epoch": epoch.number,
        "name": epoch.name,
        "accuracy": None if passed is None else passed.accuracy,
        "mean_loss": None if passed is None else passed.mean_loss,
        "learned": None if learning is None else int(learning.learned_by[position]),
        "forgotten": None if learning is None else int(learning.forgotten_since[position]),
    }


def describe_frames(frames: Frames) -> dict[str, Any]:
    """The maps of a layer by a method, so far."""
    moved = frames.movement()
    return {
        "state": frames.state,
        "fraction": frames.fraction,
        "message": frames.message,
        "frames": len(frames.done),
        "trustworthiness": [frame.trustworthiness for frame in frames.done],
        "movement": None if moved is None else describe_movement(*moved),
    }


def describe_movement(stable: float, changed: float) -> dict[str, Any]:
    ratio = stable / changed if changed > 0 else None
    return {"stable": stable, "changed": changed, "ratio": ratio, "measure": MEASURE}


def describe_sample(history: "History", index: int) -> dict[str, list[Any]]:
    """What the network of each epoch made of one image; null where that is not known (yet)."""
    passed = [history.passed(position) for position in range(len(history))]
    return {name: [_cell(one, name, index) for one in passed] for name in COLUMNS}


def _cell(passed: "Passed | None", name: str, index: int) -> int | float | bool | None:
    values = None if passed is None else passed.column(name)
    if values is None:
        return None
    value: int | float | bool = values[index].item()
    return value if math.isfinite(value) else None
