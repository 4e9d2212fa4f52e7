"""The code of the pages about logging runs, and does what they say."""

import re
from pathlib import Path
from typing import Any

import pytest

from innerview import write_data
from innerview.stores import open_backend
from innerview.stores.base import Run, Series

DOCS = Path(__file__).resolve().parent.parent / "docs"

FENCE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run_page(page: Path) -> dict[str, Any]:
    """Run a page's blocks one after the other, as in a notebook; the names that they made."""
    blocks = FENCE.findall(page.read_text(encoding="utf-8"))
    assert blocks, f"{page.name} has no code"
    names: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, page.name, "exec"), names)
    return names


def read(store: str) -> list[tuple[Run, dict[str, Series]]]:
    backend = open_backend(store)
    found = [(run, {each.tag: each for each in backend.series(run.id)}) for run in backend.runs()]
    backend.close()
    return found


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_keras() -> None:
    # Other tests of this process have made layers, whose names Keras counts.
    pytest.importorskip("keras").utils.clear_session()
    run_page(DOCS / "keras.md")
    plain, requested, in_parts = read("runs")
    assert plain[1]["batch/loss"].count == 12
    assert plain[1]["val_loss"].count == 2
    assert (requested[0].name, requested[0].folder) == ("two classes", "first tries")
    assert {"samples/7", "weights/dense/kernel", "activations/flatten"} <= set(requested[1])
    assert requested[1]["thought"].count == 1
    assert requested[0].parameters["note"] == "smaller steps"
    assert in_parts[1]["test_accuracy"].last == 0.9
    assert {run.status for run, _ in (plain, in_parts)} == {"done"}


def test_pytorch() -> None:
    pytest.importorskip("torch")
    run_page(DOCS / "pytorch.md")
    (first, tags), (_, others) = read("runs")
    assert (first.status, first.parameters["lr"]) == ("done", 0.1)
    assert (tags["loss"].count, tags["loss"].last_step) == (24, 23)
    assert tags["loss"].last < tags["loss"].largest
    assert (others["val_accuracy"].count, others["weights/0.weight"].count) == (3, 3)


def test_ml_board() -> None:
    run_page(DOCS / "ml_board.md")
    ((run, tags),) = read("my_database")
    assert (run.folder, run.status) == ("my_folder", "done")
    assert run.parameters["Learning Rate"] == 0.01
    kinds = {tag: (series.kind, series.count) for tag, series in tags.items()}
    assert kinds == {
        "Training Loss": ("scalar", 5), "Weights": ("histogram", 5), "Input": ("image", 1),
        "thought": ("text", 1),
    }  # fmt: skip
    # Its writer stays open until the next run begins.
    write_data(None, None, step=0, writer="runs")
    ((_, viewed),) = read("runs")
    names = ("accuracy", "val_accuracy", "cross_entropy", "val_cross_entropy")
    assert {name: viewed[name].count for name in names} == dict.fromkeys(names, 4)


def test_the_package() -> None:
    pytest.importorskip("pandas")
    names = run_page(DOCS.parent / "innerview" / "README.md")
    assert names["store"].backend.kind == "sqlite"
