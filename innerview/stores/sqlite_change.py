"""What people change in a SQLite store: facts of runs, texts, and wrong values."""

import json
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from innerview.errors import StoreError
from innerview.records import Text
from innerview.stores.base import EDITABLE
from innerview.stores.facts import check_changes
from innerview.stores.packing import extent, pack, pack_points, unpack, unpack_points
from innerview.stores.sqlite_write import Writing

# That have a column `run`, and nothing but what was logged.
TABLES_OF_A_RUN = (
    "series", "histogram", "image", "text", "curve", "checkpoint", "class_map", "class_points",
)  # fmt: skip


def edit(writing: Writing, run: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """See Backend.edit."""
    check_changes(changes)
    row = writing.find(
        "SELECT name, folder, tags, note, hidden, deleted, parameters FROM run WHERE id = ?",
        (run,),
    )
    if row is None:
        raise StoreError(f"There is no run {run}.")
    before = dict(zip(EDITABLE, row, strict=True))
    before |= {name: unpack(before[name]) for name in ("tags", "parameters")}
    before |= {name: bool(before[name]) for name in ("hidden", "deleted")}
    undo = {name: before[name] for name in changes if name != "parameters"}
    after = {name: value for name, value in changes.items() if name != "parameters"}
    if "parameters" in changes:
        old = before["parameters"]
        undo["parameters"] = {name: old.get(name, ...) for name in changes["parameters"]}
        merged = old | dict(changes["parameters"])
        after["parameters"] = {name: value for name, value in merged.items() if value is not ...}
        (edited,) = writing.one("SELECT edited FROM run WHERE id = ?", (run,))
        after["edited"] = sorted({*unpack(edited), *changes["parameters"]})
    for name, value in after.items():
        writing.run(f"UPDATE run SET {name} = ? WHERE id = ?", (_cell(value), run))
    writing.count_revision()
    return undo


def _cell(value: Any) -> Any:
    if isinstance(value, Mapping):
        return pack(value)
    return value if isinstance(value, str | bool) else json.dumps(list(value), ensure_ascii=False)


def put_text(writing: Writing, text: Text) -> None:
    """See Backend.put_text."""
    if writing.find("SELECT 1 FROM run WHERE id = ?", (text.run,)) is None:
        raise StoreError(f"There is no run {text.run}.")
    remove_text(writing, text.run, text.id)
    writing.run("DELETE FROM text WHERE run = ? AND id = ?", (text.run, text.id))
    writing.write([text])


def remove_text(writing: Writing, run: str, id: str) -> None:
    """See Backend.remove_text. The row stays, empty, or its writer would bring it back."""
    row = writing.find(
        "SELECT tag FROM text WHERE run = ? AND id = ? AND text IS NOT NULL", (run, id)
    )
    if row is None:
        return
    writing.run("UPDATE text SET text = NULL WHERE run = ? AND id = ?", (run, id))
    writing.run(
        "UPDATE series SET count = count - 1, revision = ? "
        "WHERE run = ? AND tag = ? AND kind = 'text'",
        (writing.revision, run, row[0]),
    )
    writing.count_revision()


def correct(writing: Writing, run: str, tag: str, step: int, value: float) -> int:
    """See Backend.correct."""
    row = writing.find(
        "SELECT id, last_step, last FROM series WHERE run = ? AND tag = ? AND kind = 'scalar'",
        (run, tag),
    )
    if row is None:
        return 0
    series, last_step, last = row
    pieces = writing.connection.execute(
        "SELECT rowid, count, points FROM piece WHERE series = ?", (series,)
    ).fetchall()
    corrected, low, high = 0, None, None
    for rowid, count, points in pieces:
        steps, times, values = unpack_points(points, count)
        hit = steps == step
        if hit.any():
            corrected += int(hit.sum())
            values = np.where(hit, value, values)
            writing.run(
                "UPDATE piece SET points = ?, corrected = 1 WHERE rowid = ?",
                (pack_points(steps, times, values), rowid),
            )
        low, high = extent(values, low, high)
    if corrected:
        writing.run(
            "UPDATE series SET last = ?, smallest = ?, largest = ?, revision = ? WHERE id = ?",
            (value if last_step == step else last, low, high, writing.revision, series),
        )
        writing.count_edit()
    return corrected


def erase(writing: Writing, run: str) -> None:
    """See Backend.erase."""
    if writing.find("SELECT 1 FROM run WHERE id = ?", (run,)) is None:
        return
    writing.run("DELETE FROM piece WHERE series IN (SELECT id FROM series WHERE run = ?)", (run,))
    for table in TABLES_OF_A_RUN:
        writing.run(f"DELETE FROM {table} WHERE run = ?", (run,))
    writing.run("DELETE FROM run WHERE id = ?", (run,))
    # Its writer may still be there, or a spill file of it.
    writing.run("INSERT OR REPLACE INTO erased VALUES (?, ?)", (run, time.time()))
    writing.count_edit()
