"""data/layout.py, data/files.py: wrappers, hierarchies, sessions, and folders without classes."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data import open_dataset


def fill(root: Path, *paths: str) -> Path:
    for path in paths:
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.zeros((3, 3), np.uint8)).save(target)
    return root


@pytest.mark.parametrize(
    ("paths", "classes"),
    [
        # Wrappers are gone through, down to where classes begin.
        (["photos/cat/1.png", "photos/dog/1.png"], ("cat", "dog")),
        (["a/b/c/cat/1.png", "a/b/c/dog/1.png"], ("cat", "dog")),
        (["p/p/train/cat/1.png", "p/p/train/dog/1.png"], ("cat", "dog")),
        (["train/images/cat/1.png", "train/images/dog/1.png"], ("cat", "dog")),
        # A single class is no wrapper.
        (["cat/1.png"], ("cat",)),
        (["cat/deeper/1.png"], ("cat",)),
        # Hierarchies have their leaves as classes.
        (["mammal/cat/1.png", "mammal/dog/2.png", "bird/owl/3.png"],
         ("bird/owl", "mammal/cat", "mammal/dog")),
        (["x/a/cat/1.png", "x/b/dog/1.png", "x/b/fox/1.png", "y/c/owl/1.png", "y/c/hen/1.png"],
         ("x/a/cat", "x/b/dog", "x/b/fox", "y/c/hen", "y/c/owl")),
        # Sessions, numbers, and folders that every class has, are no classes.
        (["cat/a/1.png", "cat/b/1.png", "dog/a/1.png", "dog/b/1.png"], ("cat", "dog")),
        (["cat/01/1.png", "cat/02/1.png", "dog/03/1.png", "dog/04/1.png"], ("cat", "dog")),
        (["cat/2019-01-02/1.png", "cat/2019-01-03/1.png", "dog/2020-05-05/1.png"], ("cat", "dog")),
        (["n01/images/1.png", "n02/images/1.png", "n03/images/1.png"], ("n01", "n02", "n03")),
        # Images directly in a folder of the first level make it a class.
        (["cat/0.png", "cat/x/1.png", "cat/z/2.png", "dog/y/1.png"], ("cat", "dog")),
    ],
)  # fmt: skip
def test_where_classes_begin(tmp_path: Path, paths: list[str], classes: tuple[str, ...]) -> None:
    dataset = open_dataset(fill(tmp_path / "pets", *paths))
    assert dataset.class_names == classes
    assert sorted(dataset.ids) == sorted(paths)
    for name, label in zip(dataset.ids, dataset.labels, strict=True):
        assert f"/{classes[label]}/" in f"/{name}"
    assert ("innermost are the classes" in dataset.note) == ("/" in classes[0])


def test_a_hierarchy_is_the_same_in_each_split(tmp_path: Path) -> None:
    root = fill(
        tmp_path, "train/m/cat/1.png", "train/m/dog/1.png", "train/b/owl/1.png", "test/m/dog/2.png"
    )
    dataset = open_dataset(root)
    assert dataset.class_names == ("b/owl", "m/cat", "m/dog")
    assert (dataset.split, dataset.labels.tolist()) == ("test", [2])


def test_images_beside_the_classes_are_left_alone(tmp_path: Path) -> None:
    dataset = open_dataset(fill(tmp_path / "pets", "cat/1.png", "dog/1.png", "cover.png"))
    assert list(dataset.ids) == ["cat/1.png", "dog/1.png"]
    assert dataset.note == "Left alone in pets: 1 image that lies beside the folders of classes."


def test_images_without_classes(tmp_path: Path) -> None:
    dataset = open_dataset(fill(tmp_path / "pets", "1.png", "2.png"))
    assert (dataset.class_names, dataset.labels.tolist()) == ((), [-1, -1])
    assert not dataset.is_labelled
    assert "so they have no labels" in dataset.note


def test_splits_without_classes(tmp_path: Path) -> None:
    root = fill(tmp_path, "train/1.png", "train/2.png", "test/3.png")
    dataset = open_dataset(root)
    assert (dataset.split, list(dataset.ids), dataset.class_names) == ("test", ["test/3.png"], ())


def test_labels_are_worth_more_than_the_split(tmp_path: Path) -> None:
    root = fill(
        tmp_path, "train/cat/1.png", "train/dog/1.png", "val/cat/2.png", "val/dog/2.png",
        "test/3.png", "test/4.png",
    )  # fmt: skip
    dataset = open_dataset(root)
    assert sorted(dataset.ids) == ["val/cat/2.png", "val/dog/2.png"]
    assert "no test folder with labels, so these are from val" in dataset.note
    asked = open_dataset(root, "test")
    assert (asked.labels.tolist(), asked.class_names) == ([-1, -1], ("cat", "dog"))


def test_val_images_is_no_class(tmp_path: Path) -> None:
    root = fill(tmp_path, "train/n1/images/1.png", "train/n2/images/1.png", "val/images/2.png")
    dataset = open_dataset(root)
    assert (dataset.class_names, dataset.labels.tolist()) == (("n1", "n2"), [0, 1])


def test_names_of_two_lines(tmp_path: Path) -> None:
    try:
        root = fill(tmp_path, "ca\nt/1.png", "dog/a\tb.png")
    except OSError:
        pytest.skip("this file system has no such names")
    dataset = open_dataset(root)
    assert dataset.class_names == ("ca\\nt", "dog")
    assert list(dataset.ids) == ["ca\\nt/1.png", "dog/a\\tb.png"]
    assert dataset.images.read(np.arange(2)).shape == (2, 3, 3, 1)
