"""What is known of a tag in a MongoDB without reading it, kept right without transactions.

Each writer of a curve has a summary of its own, so that no two programs change the same one. Before
the numbers are written a summary is marked, and after them it is renewed and the mark taken away;
one whose mark stays, as its writer was killed between, is made anew from the numbers.
"""

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from innerview.stores.base import Series
from innerview.stores.mongodb_connection import Connection
from innerview.stores.mongodb_documents import (
    COLLECTION_OF,
    Document,
    identity,
    number,
    unpack_points,
)

# Seconds after which a mark is taken for one that was left behind.
PATIENCE = 10.0

_EMPTY: Document = {
    "count": 0, "last_step": 0, "last_time": None, "last": None, "smallest": None, "largest": None,
}  # fmt: skip


def name_series(run: str, tag: str, kind: str, writer: str = "") -> Document:
    """The part of a summary that never changes."""
    return {
        "_id": identity(run, tag, kind, writer),
        "run": run,
        "tag": tag,
        "kind": kind,
        "writer": writer,
    }


def is_marked(summary: Mapping[str, Any]) -> bool:
    """Whether its mark was left behind."""
    return bool(summary["marked"]) and abs(time.time() - summary["marked"]) > PATIENCE


def load(connection: Connection, names: Iterable[Document]) -> dict[str, Document]:
    """Id -> summary, of those that are there."""
    ids = [name["_id"] for name in names]
    return {found["_id"]: found for found in connection["series"].find({"_id": {"$in": ids}})}


def mark(connection: Connection, names: Sequence[Document]) -> None:
    """Say that the numbers are about to change."""
    now = time.time()
    connection.upsert(
        "series",
        [
            (
                {"_id": name["_id"]},
                {
                    "$set": {"marked": now},
                    "$inc": {"changes": 1},
                    "$setOnInsert": {k: v for k, v in name.items() if k != "_id"}
                    | {"summary": _EMPTY},
                },
            )
            for name in names
        ],
    )


def settle(connection: Connection, summaries: Mapping[str, Document]) -> None:
    """Put new summaries, by their ids, in place of the marked ones."""
    connection.upsert(
        "series",
        [
            ({"_id": id}, {"$set": {"summary": new, "marked": 0}, "$inc": {"changes": 1}})
            for id, new in summaries.items()
        ],
    )


def add_points(
    summary: Mapping[str, Any] | None,
    steps: NDArray[np.int64],
    times: NDArray[np.float64],
    values: NDArray[np.float64],
) -> Document:
    """A summary with new points, at least one."""
    new = dict(summary or _EMPTY)
    new["count"] += len(steps)
    finite = values[np.isfinite(values)]
    if len(finite):
        low, high = float(finite.min()), float(finite.max())
        new["smallest"] = low if new["smallest"] is None else min(low, new["smallest"])
        new["largest"] = high if new["largest"] is None else max(high, new["largest"])
    if _is_later(float(times[-1]), new["last_time"]):
        new |= {"last_step": int(steps[-1]), "last_time": number(times[-1])}
        new["last"] = number(values[-1])
    return new


def _is_later(time: float, last: float | str | None) -> bool:
    return last is None or not time < float(last)


def of_points(connection: Connection, run: str, tag: str, writer: str) -> Document:
    """The summary of a writer's part of a curve, from its points."""
    summary = dict(_EMPTY)
    found = connection["points"].find({"run": run, "tag": tag, "writer": writer})
    for piece in map(unpack_points, found.sort("number", 1)):
        if len(piece.steps):
            summary = add_points(summary, piece.steps, piece.times, piece.values)
    return summary


def of_items(connection: Connection, run: str, tag: str, kind: str) -> Document:
    """The summary of histograms, images, texts or curves, from what there is of them."""
    summary = dict(_EMPTY)
    found = connection[COLLECTION_OF[kind]].find(
        {"run": run, "tag": tag, "removed": 0}, {"step": 1, "time": 1}
    )
    for item in found:
        summary["count"] += 1
        if _is_later(float(item["time"]), summary["last_time"]):
            summary |= {"last_step": int(item["step"]), "last_time": item["time"]}
    return summary


def renew(connection: Connection, name: Mapping[str, Any]) -> Document:
    """Make a summary anew from the numbers, and put it in place."""
    run, tag, kind, writer = (name[part] for part in ("run", "tag", "kind", "writer"))
    if kind == "scalar":
        new = of_points(connection, run, tag, writer)
    else:
        new = of_items(connection, run, tag, kind)
    settle(connection, {name["_id"]: new})
    return new


def merge(found: Sequence[Mapping[str, Any]]) -> Series:
    """One series from the documents of its writers, at least one."""
    summaries = [each["summary"] for each in found]
    latest = summaries[0]
    for summary in summaries[1:]:
        if summary["last_time"] is not None and _is_later(
            float(summary["last_time"]), latest["last_time"]
        ):
            latest = summary
    low = [summary["smallest"] for summary in summaries if summary["smallest"] is not None]
    high = [summary["largest"] for summary in summaries if summary["largest"] is not None]
    return Series(
        run=found[0]["run"],
        tag=found[0]["tag"],
        kind=found[0]["kind"],
        count=sum(int(summary["count"]) for summary in summaries),
        last_step=int(latest["last_step"]),
        last=math.nan if latest["last"] is None else float(latest["last"]),
        smallest=float(min(low)) if low else math.nan,
        largest=float(max(high)) if high else math.nan,
        revision=sum(int(each["changes"]) for each in found),
    )
