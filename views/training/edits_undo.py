"""Changes that can be made undone, kept for a while; and changes of several runs at once."""

import contextlib
import logging
import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from innerview.errors import StoreError
from innerview.records import Text
from innerview.stores.base import Backend

log = logging.getLogger(__name__)

# Kept for each store; the oldest are forgotten.
KEPT = 200

# What makes a change undone: the facts of a run as they were, a text as it was, or the (run, id)
# of a text that was not there.
Edited = tuple[str, Mapping[str, Any]]
Undo = tuple[str, Mapping[str, Any] | str] | Text


class Undos:
    """What was changed last in each store. May be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, OrderedDict[str, Sequence[Undo]]] = {}

    def keep(self, store: str, undo: Sequence[Undo]) -> str:
        """Keeps what makes a change undone; returns the token that it is asked for by."""
        token = secrets.token_urlsafe(12)
        self.put_back(store, token, undo)
        return token

    def put_back(self, store: str, token: str, undo: Sequence[Undo]) -> None:
        with self._lock:
            kept = self._kept.setdefault(store, OrderedDict())
            kept[token] = undo
            while len(kept) > KEPT:
                kept.popitem(last=False)

    def take(self, store: str, token: str) -> Sequence[Undo] | None:
        """What was kept under the token, once; None if it is unknown, used or forgotten."""
        with self._lock:
            return self._kept.get(store, OrderedDict()).pop(token, None)


def edit_all(backend: Backend, runs: Sequence[str], changes: Mapping[str, Any]) -> list[Undo]:
    """Change all of the runs, or none of them.

    Returns:
        What makes it undone.

    Raises:
        StoreError: a run could not be changed; the others are as they were, as far as the store
            still answers.
    """
    done: list[Undo] = []
    try:
        for run in runs:
            done.append((run, backend.edit(run, changes)))
    except StoreError:
        with contextlib.suppress(StoreError):
            roll_back(backend, done)
        raise
    return done


def roll_back(backend: Backend, undo: Sequence[Undo]) -> None:
    """Make changes undone, the last one first.

    Raises:
        StoreError: one of the runs was erased since, or the store is lost.
    """
    for change in reversed(undo):
        if isinstance(change, Text):
            backend.put_text(change)
        elif isinstance(change[1], str):
            backend.remove_text(change[0], change[1])
        else:
            backend.edit(change[0], change[1])
