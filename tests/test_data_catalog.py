"""data/catalog.py: names, paths, splits and limits, and what is said when they make no sense."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from data import open_dataset
from data.dataset import Dataset
from data.images import ArrayImages
from util import DataError


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("mnits", r"There is no dataset 'mnits': give mnist, fashion_mnist, .*digits, a folder"),
        ("no/such/folder", "There is no dataset 'no/such/folder'"),
        ("", "."),
    ],
)
def test_an_unknown_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=sentence):
        open_dataset(name)


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    path = tmp_path / "images.doc"
    path.write_bytes(b"PK")
    with pytest.raises(DataError, match=r"images\.doc is not a dataset that can be opened: give"):
        open_dataset(path)
    with pytest.raises(DataError, match=r"images\.zip is .* an archive: unpack it and give the f"):
        open_dataset(path.rename(tmp_path / "images.zip"))


def test_a_name_wins_over_a_folder_and_a_path_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("digits").mkdir()
    assert len(open_dataset("digits")) == 359
    for path in (Path("digits"), "./digits"):
        with pytest.raises(DataError, match="There are no images"):
            open_dataset(path)


def test_arguments_that_are_not_allowed(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no split 'tets': choose from test, train, all"):
        open_dataset("digits", "tets")
    for limit in (0, -3):
        with pytest.raises(DataError, match=f"at least 1 image; given was {limit}"):
            open_dataset("digits", limit=limit)
    with pytest.raises(DataError, match="nowhere does not exist"):
        open_dataset("digits", data_dir=tmp_path / "nowhere")


def test_a_limit_is_a_stratified_sample_in_the_dataset_s_order() -> None:
    whole = open_dataset("digits")
    part = open_dataset("digits", limit=50, seed=3)
    assert (len(part), part.total) == (50, 359)
    counts = np.bincount(part.labels, minlength=10)
    assert np.abs(counts - np.bincount(whole.labels) * 50 / 359).max() < 1
    places = [list(whole.ids).index(name) for name in part.ids]
    assert places == sorted(places)
    assert np.array_equal(part.labels, whole.labels[places])
    assert np.array_equal(part.images.read(np.arange(50)), whole.images.read(np.array(places)))


def test_a_limit_changes_the_fingerprint_only_when_it_changes_the_images() -> None:
    whole = open_dataset("digits")
    assert open_dataset("digits", limit=359).fingerprint == whole.fingerprint
    assert open_dataset("digits", limit=10**9).fingerprint == whole.fingerprint
    prints = {
        open_dataset("digits", limit=n, seed=s).fingerprint for n, s in ((9, 0), (9, 1), (10, 0))
    }
    assert len(prints | {whole.fingerprint}) == 4
    assert open_dataset("digits", limit=9).fingerprint in prints


def test_a_dataset_checks_its_shapes_and_cannot_be_changed() -> None:
    images = ArrayImages(np.zeros((2, 4, 4, 1), np.uint8))
    labels = np.array([0, 1], np.int64)
    dataset = Dataset("d", "all", images, labels, ("a", "b"), ("0", "1"), 2, "", "f")
    assert (len(dataset), dataset.num_classes) == (2, 2)
    with pytest.raises(dataclasses.FrozenInstanceError):
        dataset.name = "e"  # type: ignore[misc]
    for change in (
        {"labels": np.array([0, 2], np.int64)},
        {"labels": np.array([0, -2], np.int64)},
        {"labels": np.array([0, 1], np.int32)},
        {"labels": np.array([0], np.int64)},
        {"ids": ("0",)},
        {"total": 1},
    ):
        with pytest.raises(AssertionError):
            dataclasses.replace(dataset, **change)
