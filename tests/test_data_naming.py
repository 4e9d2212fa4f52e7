"""data/naming.py: names in the order of the outputs, and datasets numbered in that order."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data import Dataset, open_dataset
from data.images import ArrayImages
from data.naming import apply_class_names, find_class_names, read_class_names
from util import DataError


def dataset(names: tuple[str, ...], labels: list[int]) -> Dataset:
    images = ArrayImages(np.zeros((len(labels), 2, 2, 1), np.uint8))
    ids = [str(number) for number in range(len(labels))]
    return Dataset("pets", "all", images, np.array(labels), names, ids, len(labels), "", "f")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("labels.txt", "cat\ndog\n\n"),
        ("labels.txt", "0 cat\n1 dog"),
        ("labels.txt", "1 dog\r\n0 cat\r\n"),
        ("labels.txt", "\ufeff0: cat\n1: dog"),
        ("labels.txt", "1 cat\n2 dog"),
        ("a.json", '["cat", "dog"]'),
        ("a.json", '{"1": "dog", "0": "cat"}'),
        ("a.json", '{"dog": 1, "cat": 0}'),
    ],
)
def test_files_of_names(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    assert read_class_names(path) == read_class_names(str(path)) == ("cat", "dog")


def test_names_given() -> None:
    assert read_class_names("cat, dog") == read_class_names(["cat", "dog"]) == ("cat", "dog")
    assert read_class_names("cat") == ("cat",)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("cat,,dog", "one is empty"),
        ("cat,cat", "'cat' twice"),
        ("", "one is empty"),
        ("no/labels.txt", "There is no file no/labels.txt"),
        (Path("nowhere"), "There is no file nowhere"),
    ],
)
def test_names_that_make_no_sense(given: str | Path, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        read_class_names(given)


@pytest.mark.parametrize(
    "content",
    ["{", "3", "{}", '{"a": 0, "b": 2}', '{"a": true}', '{"0": 1.5}', "[" * 10**5, "[1.5]"],
)
def test_json_that_makes_no_sense(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(DataError, match=r"a\.json"):
        read_class_names(tmp_path / "a.json")


def test_files_beside_a_network(tmp_path: Path) -> None:
    model = tmp_path / "model.h5"
    assert find_class_names(model) is None
    (tmp_path / "class_indices.json").write_text(json.dumps({"cat": 0}))
    assert find_class_names(model) == tmp_path / "class_indices.json"
    (tmp_path / "labels.txt").write_text("cat")
    assert find_class_names(model) == tmp_path / "labels.txt"
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "labels.txt").write_text("dog")
    assert find_class_names(tmp_path / "saved") == tmp_path / "saved" / "labels.txt"


def test_classes_are_numbered_in_the_order_of_the_names() -> None:
    before = dataset(("Cat", "sea_lion", "owl"), [0, 1, 2, -1])
    before = replace(before, targets=np.eye(3, dtype=bool)[[0, 1, 2, 0]])
    after = apply_class_names(before, ("owl", "fox", "Sea Lion", "cat"), explicit=True)
    assert after.class_names == ("owl", "fox", "Sea Lion", "cat")
    assert after.labels.tolist() == [3, 2, 0, -1]
    assert after.targets is not None
    assert after.targets.argmax(axis=1).tolist() == [3, 2, 0, 3]
    assert after.fingerprint != before.fingerprint
    assert apply_class_names(after, after.class_names, explicit=True) is after


def test_numbers_get_the_names_by_position() -> None:
    after = apply_class_names(dataset(("0", "1"), [1, 0, 1]), ("cat", "dog", "owl"), explicit=False)
    assert (after.class_names, after.labels.tolist()) == (("cat", "dog", "owl"), [1, 0, 1])
    # Folders called 3 and 7 are the fourth output and the eighth.
    digits = tuple("abcdefghij")
    assert apply_class_names(dataset(("3", "7"), [0, 1]), digits, True).labels.tolist() == [3, 7]


def test_unlabelled_images_get_the_names() -> None:
    after = apply_class_names(dataset((), [-1, -1]), ("cat", "dog"), explicit=True)
    assert (after.class_names, after.labels.tolist()) == (("cat", "dog"), [-1, -1])


def test_names_of_something_else() -> None:
    pets = dataset(("cat", "dog"), [0, 1])
    with pytest.raises(DataError, match=r"do not fit the dataset pets \(cat, dog\): dog must be"):
        apply_class_names(pets, ("cat", "owl"), explicit=True)
    kept = apply_class_names(pets, ("cat", "owl"), explicit=False)
    assert (kept.class_names, kept.labels.tolist()) == (("cat", "dog"), [0, 1])
    assert "were left alone: dog must be among them" in kept.note
    with pytest.raises(DataError, match="2 are named, and the labels go up to 2"):
        apply_class_names(dataset(("0", "1", "2"), [2, 0]), ("a", "b"), explicit=True)


def test_open_dataset_takes_them(tmp_path: Path) -> None:
    named = open_dataset("digits", class_names="a,b,c,d,e,f,g,h,i,j")
    assert named.class_names == tuple("abcdefghij")
    assert named.labels.tolist() == open_dataset("digits").labels.tolist()
    with pytest.raises(DataError, match="9 are named"):
        open_dataset("digits", class_names=list("abcdefghi"))
