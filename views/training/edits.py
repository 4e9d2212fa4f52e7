"""Changing runs in the page: names, folders, tags, notes, parameters; hiding, the bin; thoughts.

Every change is of the run that the request names, and gives a token that makes it undone.
"""

import secrets
import time
from typing import Any

from flask import Flask, Response

from innerview.records import THOUGHT, Text
from innerview.stores.base import Backend, is_alive
from views.routes import refuse
from views.training.edits_checks import (
    check_changes,
    check_id,
    check_runs,
    check_text,
    optional_id,
)
from views.training.edits_store import find_runs, writable
from views.training.edits_undo import Undo, Undos, edit_all, roll_back
from views.training.library import Library
from views.training.mounts_files import remove_files
from views.training.questions import answer, asked_store, make_routes, read_body

GONE = (
    "This can no longer be undone: it was undone already, Innerview was started again since, or "
    "too much has been changed after it. Change it back by hand."
)


def register(server: Flask, library: Library, base_path: str = "/") -> None:
    """Add the routes to the server, below `base_path`."""
    api = make_routes("edits", base_path)
    undos = Undos()

    @api.post("/edit")
    def edit() -> Response:
        opened, body = writable(library), read_body()
        runs, changes = check_runs(body), check_changes(body)
        find_runs(opened.backend, runs)
        token = undos.keep(opened.id, edit_all(opened.backend, runs, changes))
        return answer({"undo": token})

    @api.post("/undo")
    def undo() -> Response:
        opened, token = writable(library), check_id(read_body(), "token")
        kept = undos.take(opened.id, token)
        if kept is None:
            refuse(409, GONE)
        try:
            roll_back(opened.backend, kept)
        except Exception:
            # The store may be back in a moment, and the user will try again.
            undos.put_back(opened.id, token, kept)
            raise
        return answer({})

    @api.get("/deleted")
    def deleted() -> Response:
        return answer({"runs": describe_deleted(asked_store(library).backend)})

    @api.post("/erase")
    def erase() -> Response:
        opened, runs = writable(library), check_runs(read_body())
        erase_all(opened.backend, runs)
        return answer({})

    @api.post("/text")
    def text() -> Response:
        opened, body = writable(library), read_body()
        run, id, words = check_id(body, "run"), optional_id(body, "id"), check_text(body)
        find_runs(opened.backend, [run])
        id, made_undone = put_thought(opened.backend, run, id, words)
        return answer({"id": id, "undo": undos.keep(opened.id, made_undone)})

    server.register_blueprint(api)


def describe_deleted(backend: Backend) -> list[dict[str, Any]]:
    """The runs in the bin, the newest first."""
    return [
        {"id": run.id, "name": run.name, "folder": run.folder, "started": run.started}
        for run in reversed(backend.runs())
        if run.deleted
    ]


def erase_all(backend: Backend, runs: list[str]) -> None:
    """Remove runs for good, with the checkpoints saved in the store's folder.

    A run that may not be removed ends the request before any is.
    """
    now = time.time()
    for run in find_runs(backend, runs):
        if not run.deleted:
            refuse(409, f"The run {run.name} is not deleted: delete it first, then erase it.")
        if is_alive(run, now):
            refuse(
                409,
                f"The run {run.name} is still being written: stop its script first, then erase it.",
            )
    for id in runs:
        checkpoints = backend.checkpoints(id)
        backend.erase(id)
        remove_files(backend, id, checkpoints)


def put_thought(
    backend: Backend, run: str, id: str | None, words: str | None
) -> tuple[str, list[Undo]]:
    """Make (id is None), change, or (words are None) remove a thought of a run.

    Returns:
        Its id, and what makes it undone.
    """
    before = None if id is None else find_thought(backend, run, id)
    if before is not None and words is None:
        backend.remove_text(run, before.id)
        return before.id, [before]
    if words is None:
        refuse(400, "A new thought needs a text.")
    if before is None:
        now = time.time()
        made = Text(run, THOUGHT, secrets.token_hex(10), last_step(backend, run), now, words)
        backend.put_text(made)
        return made.id, [(run, made.id)]
    backend.put_text(Text(run, THOUGHT, before.id, before.step, before.time, words))
    return before.id, [before]


def find_thought(backend: Backend, run: str, id: str) -> Text:
    """A thought of this very run; one that is not there ends the request with a sentence."""
    for text in backend.texts(run):
        if text.id == id and text.run == run and text.tag == THOUGHT:
            return text
    refuse(404, "This thought is no longer there; somebody else may have removed it.")


def last_step(backend: Backend, run: str) -> int:
    """Where the run has arrived, so that a thought says when it was had; 0 at its start."""
    return max((series.last_step for series in backend.series(run)), default=0)
