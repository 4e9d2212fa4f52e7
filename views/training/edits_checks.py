"""What a request to change something may hold: types and sizes, a sentence for each mistake."""

import math
from collections.abc import Callable
from typing import Any

from innerview.records import Value
from innerview.stores.base import EDITABLE
from views.routes import refuse

MAX_RUNS = 2000
MAX_NAME = 200
MAX_TAGS = 50
MAX_TAG = 60
MAX_NOTE = 20_000
MAX_PARAMETERS = 500
MAX_VALUE = 1000
MAX_INTEGER = 2**63
MAX_ID = 100


def check_id(body: dict[str, Any], name: str) -> str:
    """An id out of a request's body."""
    id = body.get(name)
    if not isinstance(id, str) or not 0 < len(id) <= MAX_ID or not _is_text(id):
        refuse(400, f"'{name}' must be an id.")
    return id


def optional_id(body: dict[str, Any], name: str) -> str | None:
    return None if body.get(name) is None else check_id(body, name)


def check_runs(body: dict[str, Any]) -> list[str]:
    """The ids of a request's runs, each once."""
    runs = body.get("runs")
    if not isinstance(runs, list) or not 0 < len(runs) <= MAX_RUNS:
        refuse(400, f"'runs' must be a list of 1 to {MAX_RUNS:,} ids.")
    return list(dict.fromkeys(check_id({"runs": id}, "runs") for id in runs))


def check_text(body: dict[str, Any]) -> str | None:
    """The words of a thought; None to remove it."""
    words = body.get("text")
    if words is None:
        return None
    return _string("A thought", words, MAX_NOTE, blank=False)


def check_changes(body: dict[str, Any]) -> dict[str, Any]:
    """The changes as `Backend.edit` takes them; of a parameter, null removes it."""
    changes = body.get("changes")
    if not isinstance(changes, dict) or not changes:
        refuse(400, "'changes' must say what to change.")
    unknown = next((name for name in changes if name not in EDITABLE), None)
    if unknown is not None:
        refuse(400, f"'{unknown}' cannot be changed; what can is {', '.join(EDITABLE)}.")
    return {name: CHECKS[name](name, value) for name, value in changes.items()}


def _name(what: str, value: Any) -> str:
    return " ".join(_string(f"A run's {what}", value, MAX_NAME, blank=False).split())


def _note(what: str, value: Any) -> str:
    return _string("A note", value, MAX_NOTE)


def _tags(what: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MAX_TAGS:
        refuse(400, f"'tags' must be a list of at most {MAX_TAGS} texts.")
    tags = (" ".join(_string("A tag", tag, MAX_TAG, blank=False).split()) for tag in value)
    return tuple(dict.fromkeys(tags))


def _flag(what: str, value: Any) -> bool:
    if not isinstance(value, bool):
        refuse(400, f"'{what}' must be true or false.")
    return value


def _parameters(what: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or len(value) > MAX_PARAMETERS:
        refuse(400, f"'parameters' must map at most {MAX_PARAMETERS} names to values.")
    return {
        _string("A parameter's name", name, MAX_NAME, blank=False).strip(): (
            ... if given is None else _value(name, given)
        )
        for name, given in value.items()
    }


def _value(name: str, value: Any) -> Value:
    if isinstance(value, str):
        return _string(f"The parameter {name}", value, MAX_VALUE)
    if (
        isinstance(value, bool | int | float)
        and math.isfinite(value)
        and abs(value) < _limit(value)
    ):
        return value
    refuse(400, f"The parameter {name} must be a number, a text, true or false.")


def _limit(value: float) -> float:
    return MAX_INTEGER if isinstance(value, int) else math.inf


def _string(what: str, value: Any, most: int, blank: bool = True) -> str:
    if not isinstance(value, str) or not _is_text(value):
        refuse(400, f"{what} must be a text.")
    if not blank and not value.strip():
        refuse(400, f"{what} must not be empty.")
    if len(value) > most:
        refuse(400, f"{what} may have {most:,} characters; this one has {len(value):,}.")
    return value


def _is_text(value: str) -> bool:
    """Whether it can be written: halves of a pair of surrogates cannot, and zero ends a text."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in value


CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "name": _name,
    "folder": _name,
    "tags": _tags,
    "note": _note,
    "hidden": _flag,
    "deleted": _flag,
    "parameters": _parameters,
}
