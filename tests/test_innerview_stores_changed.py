"""What people change in a store: the other half of the suite, on SQLite and on MongoDB over TCP."""

import math

import pytest

from innerview.errors import StoreError
from innerview.records import THOUGHT, Record, RunChanged, RunStarted, Text
from innerview.stores.base import Backend
from tests.store_records import curve, item_records, only_run, points, told


def test_facts_are_edited_and_the_edit_is_undone(backend: Backend) -> None:
    backend.write([RunChanged("r", 2.0, {"lr": 0.1, "batch": 32})])
    before = only_run(backend)
    first = backend.revision()
    changes = {
        "name": "renamed", "folder": "elsewhere", "tags": ("good", "é"), "note": "a\nnote",
        "hidden": True, "deleted": True, "parameters": {"lr": 0.5, "new": "x", "batch": ...},
    }  # fmt: skip
    undo = backend.edit("r", changes)
    found = only_run(backend)
    assert (found.name, found.folder, found.tags, found.note) == (
        "renamed", "elsewhere", ("good", "é"), "a\nnote",
    )  # fmt: skip
    assert found.hidden is True and found.deleted is True
    assert found.parameters == {"lr": 0.5, "new": "x"}
    assert backend.revision() != first
    # Its writer, which knows nothing of it, comes again.
    backend.write([RunStarted("r", "first", "mnist", 1.0, {"host": "here", "pid": 7})])
    assert only_run(backend) == found
    redo = backend.edit("r", undo)
    assert only_run(backend) == before
    backend.edit("r", redo)
    assert only_run(backend) == found


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "done"}, {"name": 3}, {"hidden": "yes"}, {"tags": "one"}, {"tags": [1]},
        {"parameters": [1]}, {"parameters": {"a": [1]}}, {"parameters": {1: 1}}, {"id": "x"},
    ],
)  # fmt: skip
def test_what_cannot_be_edited_is_a_sentence(backend: Backend, changes: dict[str, object]) -> None:
    before = (backend.revision(), backend.runs())
    with pytest.raises(StoreError, match=r"\w \w"):
        backend.edit("r", changes)
    with pytest.raises(StoreError, match="no run"):
        backend.edit("none", {"name": "x"})
    assert (backend.revision(), backend.runs()) == before


def test_texts_are_put_and_removed(backend: Backend) -> None:
    logged = Text("r", THOUGHT, "a", 1, 2.0, "as the script thought")
    backend.write([logged])
    first = backend.revision()
    changed = Text("r", THOUGHT, "a", 1, 2.0, "as a person thought")
    backend.put_text(changed)
    own = Text("r", THOUGHT, "b", 0, 1.0, "my own")
    backend.put_text(own)
    assert backend.texts() == [own, changed] and told(backend, THOUGHT, "text").count == 2
    assert backend.revision() != first
    backend.write([logged])
    assert backend.texts("r") == [own, changed], "its writer must not bring the old text back"
    backend.remove_text("r", "a")
    backend.remove_text("r", "a")
    backend.remove_text("r", "none")
    backend.write([logged])
    assert backend.texts() == [own] and told(backend, THOUGHT, "text").count == 1
    backend.put_text(changed)
    assert backend.texts() == [own, changed]
    for id in ("a", "b"):
        backend.remove_text("r", id)
    assert backend.texts() == [] == backend.series()


def test_a_value_is_corrected_and_stays_so(backend: Backend) -> None:
    backend.write([points([1.0, 2.0, 3.0]), points([7.0, 8.0], 1, writer="x")])
    before = backend.revision()
    assert backend.correct("r", "loss", 9, 0.0) == backend.correct("r", "none", 0, 0.0) == 0
    assert backend.correct("none", "loss", 0, 0.0) == 0 and backend.revision() == before
    assert backend.correct("r", "loss", 1, 50.0) == 2
    assert backend.revision() != before
    # The piece comes again, and longer.
    backend.write([points([1.0, 2.0, 3.0, 4.0])])
    assert sorted(curve(backend)) == [1.0, 3.0, 4.0, 8.0, 50.0, 50.0]
    assert (told(backend).last, told(backend).largest, told(backend).count) == (4.0, 50.0, 6)
    assert backend.correct("r", "loss", 3, math.nan) == 1
    assert math.isnan(told(backend).last) and told(backend).largest == 50.0


def test_an_erased_run_is_gone(backend: Backend) -> None:
    records: list[Record] = [points([1.0]), *item_records()]
    backend.write([RunStarted("other", "other", "f", 2.0, {}), points([3.0], run="other")])
    backend.write(records)
    before = backend.revision()
    backend.erase("r")
    assert backend.revision() != before
    backend.erase("r")
    backend.erase("none")
    # Its writer is still there, or a spill file of it.
    backend.write([RunStarted("r", "first", "mnist", 1.0, {}), *records])
    assert [run.id for run in backend.runs()] == ["other"]
    assert backend.texts() == [] == backend.checkpoints() == backend.histograms("r", "it")
    assert [s.run for s in backend.series()] == ["other"] and curve(backend) == []
    assert backend.image("r", "i1") is None and curve(backend, run="other") == [3.0]
