"""Reading runs from Python: frames, their columns and types, and what there is not."""

import builtins
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import innerview
from innerview import Store, StoreError, SummaryWriter, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    parameters = {"optimizer": {"lr": 0.1}, "batch": 32, "deep": True}
    with SummaryWriter(tmp_path, "f", "one", parameters=parameters) as writer:
        for step, epoch in [(0, 0.0), (10, 1.0), (20, 2.0)]:
            writer.add_scalar("epoch", epoch, step)
        for step in range(0, 21, 5):
            writer.add_scalar("loss", 1.0 / (1 + step), step)
        writer.add_image("digits", np.eye(4), 5)
        writer.add_histogram("weights", [1.0, 2.0, 4.0], 5)
        writer.add_pr_curve("pr", [0, 1], [0.2, 0.8], 5)
        writer.add_text("config", "as text", 5)
        writer.add_thought("looks well")
        writer.add_checkpoint(tmp_path / "a.keras", 20, 2)
    with SummaryWriter(tmp_path, "f", "two", parameters={"batch": 64}) as writer:
        writer.add_scalar("loss", 3.0, 0)
    with open_store(tmp_path) as store:
        yield store


def types(frame: pd.DataFrame) -> dict[str, str]:
    return {str(name): str(kind) for name, kind in frame.dtypes.items()}


def test_runs_and_parameters_are_frames(store: Store) -> None:
    runs = store.runs()
    assert list(runs["name"]) == ["one", "two"] and list(runs["status"]) == ["done", "done"]
    assert types(runs)["started"] == "datetime64[ns, UTC]" and types(runs)["hidden"] == "bool"
    assert abs(runs["started"].iloc[0].timestamp() - time.time()) < 60
    parameters = store.parameters()
    assert list(parameters.columns) == ["batch", "deep", "optimizer.lr"]
    assert list(parameters.index) == list(runs["id"])
    assert types(parameters)["batch"] == "int64"
    assert types(parameters)["optimizer.lr"] == "float64"
    assert pd.isna(parameters["optimizer.lr"].iloc[1])


def test_a_curve_has_steps_epochs_and_times(store: Store) -> None:
    frame = store.scalars("one", "loss")
    assert types(frame) == {
        "step": "int64", "epoch": "float64", "time": "datetime64[ns, UTC]", "value": "float64",
    }  # fmt: skip
    assert list(frame["epoch"]) == [0.0, 0.5, 1.0, 1.5, 2.0]
    assert frame["value"].iloc[-1] == 1 / 21
    assert store.scalars("two", "loss")["epoch"].isna().all()
    empty = store.scalars("one", "nothing")
    assert len(empty) == 0 and types(empty) == types(frame)


def test_everything_else_that_was_logged(store: Store) -> None:
    (id,) = store.images("one", "digits")["id"]
    assert store.image("one", id).startswith(b"\x89PNG")
    (histogram,) = store.histograms("one", "weights")
    assert histogram.counts.sum() == 3 and len(histogram.edges) == 31
    (curve,) = store.curves("one", "pr")
    assert curve.counts.shape == (4, 127)
    assert list(store.thoughts()["text"]) == ["looks well"]
    assert list(store.texts("one")["tag"]) == ["config", "thought"]
    (checkpoint,) = store.checkpoints().to_dict("records")
    assert (checkpoint["path"], checkpoint["epoch"]) == ("a.keras", 2.0)
    tags = store.tags("one").set_index("tag")
    assert tags.loc["loss", "count"] == 5 and tags.loc["digits", "kind"] == "image"


def test_runs_are_changed_binned_and_erased(store: Store) -> None:
    undo = store.edit("one", name="uno", parameters={"batch": 16})
    assert store.find("uno").parameters["batch"] == 16
    store.edit("uno", undo)
    id = store.find("one").id
    store.delete("one")
    assert list(store.runs()["name"]) == ["two"] == list(store.runs()["name"])
    assert list(store.runs(deleted=True)["id"]) == [id] and len(store.thoughts()) == 0
    with pytest.raises(StoreError, match="no run one"):
        store.find("one")
    store.restore(id)
    assert store.correct("one", "loss", 5, 7.0) == 1
    assert store.scalars("one", "loss")["value"].iloc[1] == 7.0
    store.add_thought("two", "and this")
    assert set(store.thoughts()["text"]) == {"looks well", "and this"}
    store.erase(id)
    assert list(store.runs()["name"]) == ["two"]
    store.edit("two", {"name": "same"})
    with SummaryWriter(store.backend.folder or "", "f", "same"):
        pass
    with pytest.raises(StoreError, match="2 runs are called same"):
        store.scalars("same", "loss")


def test_an_empty_store_gives_empty_frames(tmp_path: Path) -> None:
    with open_store(tmp_path / "new", create=True) as store:
        for frame in (store.runs(), store.texts(), store.tags(), store.checkpoints()):
            assert len(frame) == 0 and len(frame.columns) > 5
        assert store.parameters().shape == (0, 0)
    with pytest.raises(StoreError, match="not there"):
        open_store(tmp_path / "none")


def test_without_pandas_there_is_a_sentence(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def lacking(name: str, *rest: Any, **more: Any) -> Any:
        if name == "pandas":
            raise ImportError
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", lacking)
    with pytest.raises(StoreError, match=r"pip install pandas"):
        store.runs()
    assert store.histograms("one", "weights")


def test_other_names_are_no_attributes() -> None:
    with pytest.raises(AttributeError, match="nothing_like_it"):
        innerview.nothing_like_it  # noqa: B018
