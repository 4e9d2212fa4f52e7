"""Selecting and exporting: typed queries, selections kept under a token, rows as files.

Errors come as {"message": a sentence}; those of a query also say which characters it is about.
"""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from flask import Flask, Response, jsonify, request
from numpy.typing import NDArray

from analysis.query import QueryError, check, columns, examples, find
from analysis.rows import csv_bytes, export_frame, parquet_bytes
from analysis.samples import Samples
from analysis.selections import Selections, pack, unpack
from util import UserError
from views.api import binary
from views.routes import make_blueprint, refuse

if TYPE_CHECKING:
    from analysis.study import Study

# Bytes of a request that holds a query: far more than the longest one takes in JSON.
MAX_QUERY = 16_384

LATER = (
    "The columns learned, forgotten and never_learned come when the network of every epoch has "
    "seen the images."
)

FORMATS = {
    "csv": (csv_bytes, "text/csv; charset=utf-8"),
    "parquet": (parquet_bytes, "application/vnd.apache.parquet"),
}


def register(server: Flask, study: "Study", base_path: str = "/") -> None:
    """Add the routes to the server, below `base_path`."""
    api = make_blueprint("query", base_path)

    @api.post("/api/query")
    def count() -> Response:
        return jsonify({"count": int(_find(study).sum())})

    @api.post("/api/query/rows")
    def rows() -> Response:
        mask = _find(study)
        answer = binary(np.frombuffer(pack(mask), np.uint8))
        answer.headers["X-Count"] = str(int(mask.sum()))
        return answer

    @api.get("/api/query/help")
    def explain() -> Response:
        samples, names = _measured(study), study.class_names
        return jsonify(
            {
                "columns": [asdict(column) for column in columns(samples, names)],
                "examples": [asdict(example) for example in examples(samples, names)],
            }
        )

    @api.post("/api/selection")
    def keep() -> Response:
        try:
            mask = unpack(_body((len(study.dataset) + 7) // 8), len(study.dataset))
        except UserError as error:
            refuse(400, str(error))
        try:
            token = _selections(study).keep(mask)
        except UserError as error:
            refuse(507, str(error))
        return jsonify({"token": token, "count": int(mask.sum())})

    @api.get("/api/selection/<token>")
    def recall(token: str) -> Response:
        mask = _selections(study).read(token)
        if mask is None:
            refuse(404, "This selection is not kept here (any longer).")
        answer = binary(np.frombuffer(pack(mask), np.uint8))
        answer.headers["X-Count"] = str(int(mask.sum()))
        return answer

    @api.post("/api/export/<any(csv, parquet):form>")
    def export(form: str) -> Response:
        samples = _measured(study)
        indices = _read_rows(_body(4 * len(samples)), len(samples))
        write, mimetype = FORMATS[form]
        answer = Response(write(export_frame(study, indices)), mimetype=mimetype)
        answer.headers["Content-Disposition"] = f'attachment; filename="selection.{form}"'
        answer.headers["Cache-Control"] = "no-store"
        return answer

    server.register_blueprint(api)


def describe_mistake(error: QueryError, text: str) -> dict[str, Any]:
    """A mistake as the page takes it: message, start and end.

    Places are counted as JavaScript counts them, in units of UTF-16.
    """
    start, end = (_utf16(text[:place]) for place in (error.start, error.end))
    return {"message": error.message, "start": start, "end": end}


def _selections(study: "Study") -> Selections:
    return Selections(study.task.cache, study.dataset)


def _find(study: "Study") -> NDArray[np.bool_]:
    """What the query of this request finds."""
    samples, text = _measured(study), _read_query()
    try:
        return find(samples, study.class_names, text)
    except QueryError as error:
        if _asks_for_epochs(study, text):
            # `later`: the same query can be answered then.
            refuse(409, LATER, start=error.start, end=error.end, later=True)
        refuse(400, **describe_mistake(error, text))


def _asks_for_epochs(study: "Study", text: str) -> bool:
    """Whether a query is a mistake only for as long as the networks of the epochs are being run."""
    history = study.history
    if (
        not history.expected
        or history.learning
        or history.stage.state not in ("waiting", "running")
    ):
        return False
    try:
        check(text, study.class_names, study.dataset, history.expected)
    except QueryError:
        return False
    return True


def _measured(study: "Study") -> Samples:
    if study.samples is None:
        refuse(409, "The images have not been through the network yet; wait until they have.")
    return study.samples


def _read_query() -> str:
    """The query out of the request's body, {"query": text}."""
    try:
        body = json.loads(_body(MAX_QUERY))
    except (ValueError, RecursionError):
        body = None
    text = body.get("query") if isinstance(body, dict) else None
    if not isinstance(text, str):
        refuse(400, 'A query is sent as JSON: {"query": "loss > 2"}.', start=0, end=0)
    return text


def _body(most: int) -> bytes:
    """The request's body, at most so many bytes."""
    declared = request.content_length or 0
    # One byte more would tell of a body that is longer than it says.
    body = request.stream.read(most + 1) if declared <= most else b""
    if max(declared, len(body)) > most:
        refuse(413, f"At most {most:,} bytes are allowed here.")
    return body


def _read_rows(body: bytes, count: int) -> NDArray[np.int32]:
    """Rows in the order wanted: little-endian int32, each 0 to count - 1."""
    if len(body) % 4:
        refuse(400, "Rows are numbers of four bytes each.")
    indices = np.frombuffer(body, "<i4")
    if len(indices) and not 0 <= indices.min() <= indices.max() < count:
        refuse(400, f"Rows are counted from 0 to {count - 1:,}.")
    return indices


def _utf16(text: str) -> int:
    """Length of a text as JavaScript counts it."""
    return len(text) + sum(ord(character) > 0xFFFF for character in text)
