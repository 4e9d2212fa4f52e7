"""A run as a document of a MongoDB, and how it is changed by several people and programs at once.

A change reads the document, makes a new one, and puts it there only if nobody else has meanwhile;
else it begins again. So no server needs transactions for it.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from innerview.errors import StoreError
from innerview.records import Points, Record, RunChanged, RunStarted
from innerview.stores.base import Run
from innerview.stores.facts import check_changes
from innerview.stores.mongodb_documents import Document, check_size, pack_values, unpack_values

if TYPE_CHECKING:
    from pymongo.collection import Collection

FOLDER_OF_UNKNOWN = "default"

# How often a change begins anew before something else must be wrong.
_ATTEMPTS = 50


def unpack_run(document: Mapping[str, Any]) -> Run:
    """Nothing is taken for granted, as people edit these documents with other programs, too."""
    times = document.get("times") or {}
    started = float(times.get("started", 0.0))
    return Run(
        id=str(document["_id"]),
        name=str(document.get("name", document["_id"])),
        folder=str(document.get("folder", FOLDER_OF_UNKNOWN)),
        started=started,
        updated=float(times.get("updated", started)),
        status=str(document.get("status", "running")),
        parameters=unpack_values(document.get("parameters") or {}),
        source=unpack_values(document.get("source") or {}),
        tags=tuple(str(tag) for tag in document.get("tags") or ()),
        note=str(document.get("note") or ""),
        hidden=bool(document.get("hidden")),
        deleted=bool(document.get("deleted")),
    )


def update(
    runs: "Collection[Document]", run: str, make: Callable[[Document | None], Document | None]
) -> bool:
    """Change a run's document.

    Args:
        make: gives the new document for the one that is there (None: none is); it must leave the
            latter as it is. None changes nothing.

    Returns:
        Whether something changed.

    Raises:
        RefusedError: the new document is too large.
        StoreError: it is always changed by somebody else.
    """
    for attempt in range(_ATTEMPTS):
        before = runs.find_one({"_id": run})
        after = make(before)
        if after is None or after == before:
            return False
        check_size(after, f"The run {run} with its parameters and notes")
        after["version"] = int((before or {}).get("version", 0)) + 1
        fields = {name: value for name, value in after.items() if name != "_id"}
        if before is None:
            made = runs.update_one({"_id": run}, {"$setOnInsert": fields}, upsert=True)
            if made.upserted_id is not None:
                return True
        else:
            # A document that another program made has no version yet.
            version = before.get("version", {"$exists": False})
            if runs.update_one({"_id": run, "version": version}, {"$set": fields}).matched_count:
                return True
        time.sleep(0.002 * attempt)
    raise StoreError(f"The run {run} is changed by others all the time; try again.")


def write(runs: "Collection[Document]", run: str, records: Sequence[Record]) -> bool:
    """Keep what a run's records say of the run itself; they are in their order.

    Returns:
        Whether something changed.
    """

    def make(before: Document | None) -> Document | None:
        after = None if before is None else dict(before)
        for record in records:
            if isinstance(record, RunStarted):
                after = _start(after, record)
                continue
            # Its start was lost, or is still on its way: what it logged is kept all the same.
            after = after or _new(run, run, FOLDER_OF_UNKNOWN, _time(record), known=False)
            if isinstance(record, RunChanged):
                after = _change(after, record)
        return after

    return update(runs, run, make)


def edit(
    runs: "Collection[Document]", run: str, changes: Mapping[str, Any]
) -> tuple[bool, dict[str, Any]]:
    """See Backend.edit; (whether something changed, how it is undone)."""
    check_changes(changes)
    undo: dict[str, Any] = {}

    def make(before: Document | None) -> Document:
        if before is None:
            raise StoreError(f"There is no run {run}.")
        old = unpack_run(before)
        undo.update({name: getattr(old, name) for name in changes})
        after = before | {name: value for name, value in changes.items() if name != "parameters"}
        if "tags" in changes:
            undo["tags"], after["tags"] = list(old.tags), list(changes["tags"])
        if "parameters" in changes:
            named: Mapping[str, Any] = changes["parameters"]
            undo["parameters"] = {name: old.parameters.get(name, ...) for name in named}
            merged: dict[str, Any] = {**old.parameters, **named}
            kept = {name: value for name, value in merged.items() if value is not ...}
            after["parameters"] = pack_values(kept)
            after["edited"] = sorted({*before.get("edited", ()), *named})
        return after

    return update(runs, run, make), undo


def _time(record: Record) -> float:
    return float(record.times[0]) if isinstance(record, Points) else record.time


def _new(run: str, name: str, folder: str, time: float, known: bool) -> Document:
    return {
        "_id": run,
        "name": name,
        "folder": folder,
        "times": {"started": time, "updated": time},
        "status": "running",
        "parameters": {},
        "source": {},
        "tags": [],
        "note": "",
        "hidden": False,
        "deleted": False,
        "known": known,
    }


def _start(before: Document | None, record: RunStarted) -> Document:
    source = pack_values(record.source)
    if before is None:
        new = _new(record.run, record.name, record.folder, record.time, known=True)
        return new | {"source": source}
    after = dict(before)
    times = _times(before)
    if not after.get("known", True):
        after |= {"name": record.name, "folder": record.folder, "source": source, "known": True}
        times["started"] = min(times["started"], record.time)
    # A person may have renamed it meanwhile, so name and folder stay.
    if times["updated"] < record.time:
        after |= {"status": "running", "source": source}
        times["updated"] = record.time
    return after | {"times": times}


def _change(before: Document, record: RunChanged) -> Document:
    after = dict(before)
    times = _times(before)
    if record.parameters:
        # What a person has corrected or removed stays so.
        by_hand = set(before.get("edited", ()))
        learned = {k: value for k, value in record.parameters.items() if k not in by_hand}
        after["parameters"] = before.get("parameters", {}) | pack_values(learned)
    if record.status is not None and record.time >= times["updated"]:
        after["status"] = record.status
    times["updated"] = max(times["updated"], record.time)
    return after | {"times": times}


def _times(document: Mapping[str, Any]) -> dict[str, float]:
    run = unpack_run(document)
    return {"started": run.started, "updated": run.updated}
