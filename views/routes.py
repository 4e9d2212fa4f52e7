"""What modules of routes share: where their routes lie, and how a request ends with a sentence."""

from typing import Any, NoReturn

from flask import Blueprint, Flask, Response, abort, jsonify, make_response, request
from werkzeug.exceptions import HTTPException


def make_blueprint(name: str, base_path: str) -> Blueprint:
    """Routes below `base_path`, which starts and ends with a slash; a refusal is a sentence."""
    routes = Blueprint(name, __name__, url_prefix=base_path.rstrip("/") or None)
    routes.register_error_handler(HTTPException, explain)
    return routes


def refuse(status: int, message: str, **more: Any) -> NoReturn:
    """End the request with a sentence for the user, as {"message": sentence}."""
    abort(make_response(jsonify({"message": message, **more}), status))


def explain(error: HTTPException) -> Response:
    """A request that was ended, as {"message": sentence}."""
    if error.response is not None:
        return make_response(error.response)
    if error.code == 500:
        # Nobody meant to end it, and whoever asked knows best what is missing now.
        return make_response(error.get_response())
    message = error.description or f"The server answers {error.code}."
    return make_response(jsonify({"message": message}), error.code or 500)


def explain_errors(server: Flask, base_path: str) -> None:
    """Have refusals below {base_path}api/ be a sentence that come before any route is reached."""

    @server.errorhandler(HTTPException)
    def answer(error: HTTPException) -> Response | HTTPException:
        return explain(error) if request.path.startswith(f"{base_path}api/") else error
