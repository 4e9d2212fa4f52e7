"""A network opened with its checkpoints: from the command line, and out of a run."""

import shutil
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import analyzer
from analysis import Study
from analysis.query import QueryError
from innerview.records import Checkpoint
from tests.epochs import open_epochs, save_epochs
from tests.networks import save_cnn
from tests.studies import run_here
from tests.test_views_training_mounts import BASE, Store
from util import UserError


@pytest.fixture
def folder(saved: Path, tmp_path: Path) -> Path:
    """Two epochs that no other test runs; the last is the network of `computed`."""
    save_cnn(tmp_path / "epochs-1.h5", seed=9)
    shutil.copy(saved, tmp_path / "epochs-2.h5")
    shutil.copy(saved, tmp_path / "best.h5")
    return tmp_path


def test_export_has_the_columns_of_the_epochs(
    here: None, computed: Study, folder: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = folder / "out"
    options = ["digits", "--checkpoints", folder, "--projection", "pca", "--cache-dir", cache]
    options += ["--query", "learned <= 1 or never_learned", "--export", out]
    code = run_here(*options)
    said = capsys.readouterr().err
    assert code == 0, said
    assert "Left out of the epochs: best.h5" in said
    assert "Running the epochs: done" in said
    samples = pd.read_parquet(out / "samples.parquet")
    assert list(samples.columns[-3:]) == ["learned", "forgotten", "never_learned"]
    # The network is the last of them: what it has right was learned at one of the two epochs.
    assert (samples["learned"].notna() == samples["correct"]).all()
    assert set(samples["learned"].dropna()) == {1, 2}
    assert not (samples["never_learned"] & samples["correct"]).any()
    wanted = samples[(samples["learned"] <= 1) | samples["never_learned"]]
    assert len(pd.read_csv(out / "query.csv")) == len(wanted) > 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["model/digits.h5", "--checkpoints", "."], "DATASET is missing: --checkpoints shows"),
        (["--checkpoints", ".", "--runs", "runs"], "DATASET is missing: --checkpoints shows"),
        (["digits", "--checkpoints", "nowhere"], "The folder of checkpoints nowhere cannot be"),
        (["a.h5", "digits", "--describe", "--checkpoints", "."], "--describe looks at a network"),
    ],
)
def test_mistakes_are_a_sentence(arguments: list[str], words: str) -> None:
    with pytest.raises(UserError, match=words):
        check(arguments)


def check(arguments: list[str]) -> None:
    """What the command does before it opens anything."""
    options = analyzer.parser().parse_args(arguments)
    analyzer.take_last_checkpoint(options)
    analyzer.check_arguments(options)


def test_the_model_is_the_last_epoch_unless_it_is_named(folder: Path) -> None:
    options = analyzer.parser().parse_args(["digits", "--checkpoints", str(folder)])
    analyzer.take_last_checkpoint(options)
    assert (options.model, options.dataset) == (str(folder / "epochs-2.h5"), "digits")
    options = analyzer.parser().parse_args(["a.h5", "digits", "--checkpoints", str(folder)])
    analyzer.take_last_checkpoint(options)
    assert (options.model, options.dataset) == ("a.h5", "digits")


def test_half_a_network_at_the_end_is_not_the_model(folder: Path) -> None:
    whole = (folder / "epochs-2.h5").read_bytes()
    (folder / "epochs-3.h5").write_bytes(whole[: len(whole) // 2])
    (folder / "epochs-4.h5").touch()
    options = analyzer.parser().parse_args(["digits", "--checkpoints", str(folder)])
    analyzer.take_last_checkpoint(options)
    assert options.model == str(folder / "epochs-2.h5")


def test_queries_for_the_epochs_are_known_before_these_have_run(
    folder: Path, computed: Study, tmp_path: Path
) -> None:
    study = open_epochs(save_epochs(tmp_path / "epochs", folder / "best.h5"), tmp_path / "cache")
    analyzer.check_query("learned <= 3 and forgotten > 0 and not never_learned", study)
    with pytest.raises((QueryError, UserError), match="There is no column 'learned'"):
        analyzer.check_query("learned <= 3", computed)


def test_a_run_opens_with_all_its_epochs(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Study] = []
    monkeypatch.setattr(Study, "start", lambda study: started.append(study))
    store = Store(tmp_path, folder / "best.h5")
    backend = store.library.default.backend

    def add(file: Path, step: int, epoch: int | None) -> str:
        target = store.folder / "checkpoints" / "run" / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
        id = f"checkpoint-{step}"
        backend.write([Checkpoint("run", id, step, time.time(), epoch, str(target))])
        return id

    def ask(status: int, **more: Any) -> Any:
        body = {"run": "run", "checkpoint": last, "dataset": "digits", **more}
        answer = store.client.post(f"{BASE}api/training/analyze", json=body)
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.get_json()

    last = add(folder / "epochs-2.h5", 200, 4)
    assert "fewer than two are there" in ask(409, epochs=True)["message"]
    assert "true or false" in ask(400, epochs="yes")["message"]
    add(folder / "epochs-1.h5", 100, 2)
    # A file of another folder of this machine is not one of the run's.
    backend.write([Checkpoint("run", "else", 50, time.time(), 1, str(folder / "best.h5"))])
    alone, together = ask(200)["address"], ask(200, epochs=True)["address"]
    assert alone != together and ask(200, epochs=True)["address"] == together
    assert [len(study.history) for study in started] == [0, 2]
    assert [epoch.number for epoch in started[1].history.checkpoints.epochs] == [2, 4]
    found = store.client.get(f"{BASE}{together}api/epochs").get_json()
    assert [epoch["name"] for epoch in found["epochs"]] == ["epochs-1.h5", "epochs-2.h5"]
    assert store.client.get(f"{BASE}{alone}api/epochs").get_json()["state"] == "none"
    store.library.close()
