"""What modules of routes share: where their routes lie, and how a request ends with a sentence."""

from typing import Any, NoReturn

from flask import Blueprint, abort, jsonify, make_response


def make_blueprint(name: str, base_path: str) -> Blueprint:
    """Routes below `base_path`, which starts and ends with a slash."""
    return Blueprint(name, __name__, url_prefix=base_path.rstrip("/") or None)


def refuse(status: int, message: str, **more: Any) -> NoReturn:
    """End the request with a sentence for the user, as {"message": sentence}."""
    abort(make_response(jsonify({"message": message, **more}), status))
