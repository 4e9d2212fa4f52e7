"""What people change in a MongoDB: texts, wrong values, and whole runs that they erase."""

import time

import numpy as np

from innerview.errors import StoreError
from innerview.records import Text
from innerview.stores import mongodb_series
from innerview.stores.mongodb_connection import Connection
from innerview.stores.mongodb_documents import (
    check_size,
    identity,
    number,
    pack_item,
    unpack_points,
)
from innerview.stores.mongodb_write import count_revision, write

_ATTEMPTS = 50

# That have a field `run`, and nothing but what was logged.
COLLECTIONS_OF_A_RUN = (
    "points", "histograms", "images", "texts", "curves", "class_maps", "class_points",
    "checkpoints", "series",
)  # fmt: skip


def put_text(connection: Connection, text: Text) -> None:
    """See Backend.put_text."""
    packed = pack_item(text)
    check_size(packed, "This text")
    texts = connection["texts"]
    id = identity(text.run, text.id)
    before = texts.find_one({"_id": id}, {"tag": 1})
    if before is None:
        write(connection, [text])
        return
    tags = sorted({before["tag"], text.tag})
    names = [mongodb_series.name_series(text.run, tag, "text") for tag in tags]
    mongodb_series.mark(connection, names)
    texts.update_one({"_id": id}, {"$set": packed})
    for name in names:
        mongodb_series.renew(connection, name)
    count_revision(connection)


def remove_text(connection: Connection, run: str, id: str) -> None:
    """See Backend.remove_text. The document stays, or its writer would bring the text back."""
    texts = connection["texts"]
    there = {"_id": identity(run, id), "removed": 0}
    before = texts.find_one(there, {"tag": 1})
    if before is None:
        return
    name = mongodb_series.name_series(run, before["tag"], "text")
    mongodb_series.mark(connection, [name])
    texts.update_one(there, {"$set": {"removed": 1, "text": ""}})
    mongodb_series.renew(connection, name)
    count_revision(connection)


def correct(connection: Connection, run: str, tag: str, step: int, value: float) -> int:
    """See Backend.correct."""
    corrected = 0
    writers = set()
    pieces = connection["points"].find({"run": run, "tag": tag}, {"writer": 1})
    for found in list(pieces):
        hits = _correct_piece(connection, found["_id"], run, tag, found["writer"], step, value)
        if hits:
            corrected += hits
            writers.add(found["writer"])
    for writer in sorted(writers):
        name = mongodb_series.name_series(run, tag, "scalar", writer)
        mongodb_series.renew(connection, name)
    if corrected:
        count_revision(connection)
    return corrected


def _correct_piece(
    connection: Connection, id: str, run: str, tag: str, writer: str, step: int, value: float
) -> int:
    points = connection["points"]
    for attempt in range(_ATTEMPTS):
        found = points.find_one({"_id": id})
        if found is None:
            return 0
        piece = unpack_points(found)
        hit = piece.steps == step
        if not hit.any():
            return 0
        mongodb_series.mark(connection, [mongodb_series.name_series(run, tag, "scalar", writer)])
        values = np.where(hit, value, piece.values)
        # Its writer may just be making it longer.
        there = {"_id": id, "count": found["count"], "corrected": found["corrected"]}
        change = {"values": values.astype("<f8").tobytes(), "corrected": found["corrected"] + 1}
        if points.update_one(there, {"$set": change}).matched_count:
            return int(hit.sum())
        time.sleep(0.002 * attempt)
    raise StoreError(f"The curve {tag} grows too fast to be corrected; try again.")


def erase(connection: Connection, run: str) -> None:
    """See Backend.erase."""
    if connection["runs"].find_one({"_id": run}, {"_id": 1}) is None:
        return
    # First, as its writer may still be there, or a spill file of it.
    connection["erased"].update_one({"_id": run}, {"$set": {"time": number(time.time())}}, True)
    for name in COLLECTIONS_OF_A_RUN:
        connection[name].delete_many({"run": run})
    # Last: if this is broken off, the run can be erased again.
    connection["runs"].delete_one({"_id": run})
    count_revision(connection)
