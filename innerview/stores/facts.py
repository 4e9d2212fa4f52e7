"""The facts of a run that a person may change: their names and types."""

from collections.abc import Mapping
from typing import Any

from innerview.errors import StoreError
from innerview.stores.base import EDITABLE


def check_changes(changes: Mapping[str, Any]) -> None:
    """Refuse facts that cannot be changed, and values of a wrong type.

    Raises:
        StoreError: there are some.
    """
    for name, value in changes.items():
        if name not in EDITABLE:
            raise StoreError(f"{name} of a run cannot be changed; {', '.join(EDITABLE)} can.")
        if not _fits(name, value):
            raise StoreError(f"{name} of a run cannot be {value!r}.")


def _fits(name: str, value: Any) -> bool:
    if name in ("name", "folder", "note"):
        return isinstance(value, str)
    if name in ("hidden", "deleted"):
        return isinstance(value, bool)
    if name == "tags":
        return isinstance(value, list | tuple) and all(isinstance(tag, str) for tag in value)
    kinds = bool | int | float | str | None
    return isinstance(value, Mapping) and all(
        isinstance(key, str) and (each is ... or isinstance(each, kinds))
        for key, each in value.items()
    )
