"""What the routes of the page Training share: whose store, which body, and refusals in a sentence.

A mistake of the asker is 400, what is not there 404, a store that cannot do it, or holds what is
damaged, 409, a store that is lost 503, and whatever nobody expected 500; each comes as
{"message": sentence}.
"""

import json
import logging
import math
import re
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, request

from innerview.errors import DamagedError, ReadOnlyError, StoreError
from util import UserError
from views.routes import make_blueprint, refuse
from views.training.library import Library, Opened

log = logging.getLogger(__name__)

# Bytes of a request: a few facts of some hundred runs.
MAX_BODY = 256 * 1024
# Characters of an id, a tag or a name: what writers and stores make is far shorter.
MAX_NAME = 1000
# Numbers beyond are no steps, times or sizes.
MAX_NUMBER = 1e18

# Greedy up to the last "@" of a word, as people forget to escape one in a password.
CREDENTIALS = re.compile(r"(mongodb(?:\+srv)?://)\S*@", re.IGNORECASE)

Body = dict[str, Any]


def make_routes(name: str, base_path: str) -> Blueprint:
    """Routes below {base_path}api/training/ that answer every failure with a sentence."""
    api = make_blueprint(f"training-{name}", f"{base_path}api/training/")
    api.register_error_handler(Exception, explain)
    return api


def explain(error: Exception) -> Response:
    """A failure as the page takes it; a refusal is one already, see make_blueprint."""
    status, message = 500, "Something went wrong in Innerview; its terminal shows what."
    if isinstance(error, ReadOnlyError | DamagedError):
        status, message = 409, str(error)
    elif isinstance(error, StoreError):
        status, message = 503, str(error)
    elif isinstance(error, UserError):
        status, message = 400, str(error)
    else:
        log.error("A request for %s failed.", request.path, exc_info=error)
    return make_response(jsonify({"message": without_credentials(message)}), status)


def without_credentials(text: str) -> str:
    """A text without the user and the password of a database's address."""
    return CREDENTIALS.sub(r"\1", text)


def asked_store(library: Library) -> Opened:
    """The store that the request means by ?store=ID; 404 if it is not open."""
    opened = library.get(request.args.get("store"))
    if opened is None:
        refuse(404, "This store is not open here (any longer); open it again by its address.")
    return opened


def answer(data: Any, status: int = 200) -> Response:
    """JSON as browsers read it: NaN is null, infinities are "inf" and "-inf"."""
    return _json(dumps(data), status)


def dumps(data: Any) -> str:
    """JSON as browsers read it: NaN is null, infinities are "inf" and "-inf"."""
    try:
        return json.dumps(data, allow_nan=False, separators=(",", ":"))
    except ValueError:
        # Seldom, and it takes as long again.
        return json.dumps(clean(data), allow_nan=False, separators=(",", ":"))


def _json(text: str, status: int = 200) -> Response:
    found = Response(text, status, mimetype="application/json")
    found.headers["Cache-Control"] = "no-store"
    return found


def clean(data: Any) -> Any:
    """Data with what JSON does not have replaced."""
    if isinstance(data, float):
        if math.isfinite(data):
            return data
        return None if math.isnan(data) else "inf" if data > 0 else "-inf"
    if isinstance(data, dict):
        return {str(name): clean(value) for name, value in data.items()}
    if isinstance(data, list | tuple):
        return [clean(value) for value in data]
    return data


def read_body(most: int = MAX_BODY) -> Body:
    """The request's JSON object.

    Only a body that calls itself JSON is read: a page of another site may not send one unasked.
    """
    if request.mimetype != "application/json":
        refuse(415, "A request is sent as application/json.")
    declared = request.content_length or 0
    # One byte more would tell of a body that is longer than it says.
    content = request.stream.read(most + 1) if declared <= most else b""
    if max(declared, len(content)) > most:
        refuse(413, f"At most {most:,} bytes are allowed here.")
    try:
        body = json.loads(content, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        refuse(400, "A request is a JSON object.")
    return body


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def read_text(body: Body, name: str, most: int = MAX_NAME, *, empty: bool = False) -> str:
    """A text of the body, of 1 to `most` characters; "" only where `empty` allows it."""
    value = body.get(name)
    if not isinstance(value, str) or len(value) > most or not (value or empty):
        refuse(400, f'"{name}" is a text of {0 if empty else 1} to {most:,} characters.')
    return value


def read_number(
    body: Body, name: str, default: float, low: float = -MAX_NUMBER, high: float = MAX_NUMBER
) -> float:
    """A number of the body from `low` to `high`; the default where it is missing or null."""
    value = body.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        refuse(400, f'"{name}" is a number from {low:g} to {high:g}.')
    return value


def read_texts(body: Body, name: str, most: int) -> list[str]:
    """A list of at most `most` texts of the body."""
    values = body.get(name)
    if (
        not isinstance(values, list)
        or len(values) > most
        or not all(isinstance(value, str) and 0 < len(value) <= MAX_NAME for value in values)
    ):
        refuse(400, f'"{name}" is a list of at most {most:,} texts.')
    return values


def asked_text(name: str, most: int = MAX_NAME) -> str:
    """A text of the address, ?name=text; 400 where it is missing or too long."""
    value = request.args.get(name, "")
    if not 0 < len(value) <= most:
        refuse(400, f'The address needs "{name}", a text of 1 to {most:,} characters.')
    return value


def asked_number(name: str, default: int, low: int, high: int) -> int:
    """A whole number of the address from `low` to `high`; the default where it is missing."""
    text = request.args.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10 and low <= int(text) <= high):
        refuse(400, f'"{name}" is a whole number from {low:,} to {high:,}.')
    return int(text)
