"""data/npz.py and data/arrays.py: .npz files as people save them, and a sentence for the others."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import data.npz
from data import Dataset, open_dataset
from util import DataError

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 5, 4), np.uint8)
LABELS = np.array([0, 1, 2, 0, 1, 2])


def save(tmp_path: Path, **arrays: Any) -> Path:
    path = tmp_path / "cells.npz"
    np.savez(path, **arrays)
    return path


def opened(tmp_path: Path, **arrays: Any) -> Dataset:
    return open_dataset(save(tmp_path, **arrays))


def pixels(dataset: Dataset) -> Any:
    return dataset.images.read(np.arange(len(dataset)))


@pytest.mark.parametrize(
    ("images", "labels"), [("x", "y"), ("X", "y"), ("images", "labels"), ("data", "targets")]
)
def test_keys_that_people_use(tmp_path: Path, images: str, labels: str) -> None:
    dataset = opened(tmp_path, **{images: IMAGES, labels: LABELS})
    assert (dataset.name, dataset.split, dataset.total, dataset.note) == ("cells.npz", "all", 6, "")
    assert np.array_equal(pixels(dataset)[..., 0], IMAGES)
    assert dataset.labels.tolist() == LABELS.tolist()
    assert dataset.class_names == ("0", "1", "2")
    assert list(dataset.ids[:2]) == ["all/0", "all/1"]


def test_splits(tmp_path: Path) -> None:
    path = save(
        tmp_path,
        x_train=IMAGES,
        y_train=LABELS,
        x_test=IMAGES[::-1][:4],
        y_test=np.array([1, 1, 0, 0]),
    )
    assert open_dataset(path).split == "test"
    assert open_dataset(path, "test").labels.tolist() == [1, 1, 0, 0]
    # Class 2 is missing from the test images, and is a class all the same.
    assert open_dataset(path, "test").num_classes == 3
    assert np.array_equal(pixels(open_dataset(path, "train"))[..., 0], IMAGES)
    everything = open_dataset(path, "all")
    assert len(everything) == 10
    assert (everything.ids[0], everything.ids[-1]) == ("train/0", "test/3")


def test_a_split_that_is_not_there(tmp_path: Path) -> None:
    path = save(tmp_path, x_train=IMAGES, y_train=LABELS)
    assert open_dataset(path).split == "train"
    with pytest.raises(DataError, match="no test images, only train"):
        open_dataset(path, "test")
    plain = save(tmp_path, x=IMAGES, y=LABELS)
    dataset = open_dataset(plain, "test")
    assert (dataset.split, len(dataset)) == ("all", 6)
    assert "has no splits" in dataset.note


@pytest.mark.parametrize(
    "images",
    [
        IMAGES.astype(np.int64),
        IMAGES.astype(np.float32),
        IMAGES / np.float32(255),
        IMAGES / 255.0,
        IMAGES[..., np.newaxis],
    ],
)
def test_images_in_other_number_formats(tmp_path: Path, images: Any) -> None:
    assert np.array_equal(pixels(opened(tmp_path, x=images, y=LABELS))[..., 0], IMAGES)


def test_colour_with_and_without_transparency(tmp_path: Path) -> None:
    images = np.random.default_rng(1).integers(0, 256, (6, 5, 4, 4), np.uint8)
    for x in (images, images[..., :3]):
        assert np.array_equal(pixels(opened(tmp_path, x=x, y=LABELS)), images[..., :3])
    assert pixels(opened(tmp_path, x=IMAGES > 9, y=LABELS)).max() == 255


@pytest.mark.parametrize(
    "labels",
    [
        LABELS.astype(np.uint8),
        LABELS.astype(np.float32),
        LABELS[:, np.newaxis],
        np.eye(3)[LABELS],
        np.eye(3, dtype=bool)[LABELS],
    ],
)
def test_labels_in_other_forms(tmp_path: Path, labels: Any) -> None:
    assert opened(tmp_path, x=IMAGES, y=labels).labels.tolist() == LABELS.tolist()


def test_text_labels_become_class_names(tmp_path: Path) -> None:
    text = np.array(["dog", "cat", "dog", "owl", "cat", "dog"])
    for labels in (text, text.astype(np.bytes_), text[:, np.newaxis]):
        dataset = opened(tmp_path, x=IMAGES, y=labels)
        assert dataset.class_names == ("cat", "dog", "owl")
        assert dataset.labels.tolist() == [1, 0, 1, 2, 0, 1]


def test_text_labels_have_the_same_number_in_each_split(tmp_path: Path) -> None:
    path = save(
        tmp_path,
        x_train=IMAGES,
        y_train=np.array(["ant", "bee", "cat", "ant", "bee", "cat"]),
        x_test=IMAGES[:2],
        y_test=np.array(["bee", "cat"]),
    )
    assert open_dataset(path).labels.tolist() == [1, 2]


def test_class_names_of_the_file(tmp_path: Path) -> None:
    names = np.array(["owl", "cat", "dog", "eel"])
    dataset = opened(tmp_path, x=IMAGES, y=LABELS, class_names=names)
    assert dataset.class_names == ("owl", "cat", "dog", "eel")
    text = np.array(["dog", "cat", "dog", "owl", "cat", "dog"])
    dataset = opened(tmp_path, x=IMAGES, y=text, class_names=names)
    assert dataset.labels.tolist() == [2, 1, 2, 0, 1, 2]


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"y": LABELS}, "holds y; wanted are images and labels"),
        ({"a": IMAGES, "b": LABELS}, "holds a, b; wanted"),
        ({}, "holds no arrays; wanted"),
        ({"x": IMAGES, "y": LABELS[:4]}, "6 images under 'x' and 4 labels under 'y'"),
        ({"x": IMAGES.reshape(6, 20), "y": LABELS}, r"'x' in .* has the shape \(6, 20\)"),
        ({"x": IMAGES[:, :3, :3].reshape(6, 9), "y": LABELS}, r"has the shape \(6, 9\)"),
        ({"x": IMAGES[..., None].repeat(2, 3), "y": LABELS}, r"has the shape \(6, 5, 4, 2\)"),
        ({"x": IMAGES[:0], "y": LABELS[:0]}, "at least one image"),
        ({"x": IMAGES - 100.5, "y": LABELS}, "values from -100.5 to 147.5; wanted are images"),
        ({"x": IMAGES + 0.25, "y": LABELS}, "of type float64 with values"),
        ({"x": IMAGES.astype(np.int32) * 9, "y": LABELS}, "of type int32 with values from"),
        ({"x": np.full((6, 5, 4), np.nan), "y": LABELS}, "values from nan"),
        ({"x": IMAGES.astype(str), "y": LABELS}, "wanted are numbers from 0 to 255"),
        ({"x": IMAGES, "y": LABELS - 2}, "labels from -2 to 0"),
        ({"x": IMAGES / 100 - 1, "y": LABELS}, "save the images as they were before"),
        ({"x": IMAGES / 300 - 0.5, "y": LABELS}, "save the images as they were before"),
        ({"x": IMAGES, "y": LABELS * 10**6}, "labels from 0 to 2000000"),
        ({"x": IMAGES, "y": LABELS + 0.5}, "of type float64; wanted are whole numbers"),
        ({"x": IMAGES, "y": LABELS * np.nan}, "of type float64; wanted are whole numbers"),
        ({"x": IMAGES, "y": np.full((6, 3), 0.3)}, "3 columns that are not one-hot"),
        ({"x": IMAGES, "y": IMAGES}, "wanted is one label an image"),
        ({"x": IMAGES, "y": LABELS, "class_names": ["a", "b"]}, "names 2 classes, .* name 3"),
        (
            {"x": IMAGES, "y": np.array(list("abcabc")), "class_names": ["a", "b"]},
            "lacks the label 'c'",
        ),
    ],
)
def test_one_sentence_for_what_does_not_fit(
    tmp_path: Path, arrays: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(DataError, match=sentence) as caught:
        opened(tmp_path, **arrays)
    assert "cells.npz" in str(caught.value)


def test_splits_of_different_shapes(tmp_path: Path) -> None:
    path = save(tmp_path, x_train=IMAGES, y_train=LABELS, x_test=IMAGES[:, :3], y_test=LABELS)
    assert open_dataset(path).images.shape == (3, 4)
    with pytest.raises(DataError, match="different shapes"):
        open_dataset(path, "all")


class Trap:
    """Writes a file when it is unpickled."""

    def __reduce__(self) -> Any:
        return (Path.touch, (Path("trapped"),))


@pytest.mark.parametrize("key", ["x", "y", "class_names"])
def test_pickles_are_refused_unopened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.chdir(tmp_path)
    arrays = {"x": IMAGES, "y": LABELS, "class_names": np.array(["a", "b", "c"])}
    arrays[key] = np.array([Trap()] * 6, dtype=object)
    with pytest.raises(DataError, match=rf"'{key}' in .* is a pickled object array"):
        opened(tmp_path, **arrays)
    assert not Path("trapped").exists()


def test_files_that_are_no_archives_or_broken(tmp_path: Path) -> None:
    path = tmp_path / "page.npz"
    path.write_text("<html>")
    with pytest.raises(DataError, match=r"page\.npz is not a \.npz file"):
        open_dataset(path)
    whole = save(tmp_path, x=np.zeros((400, 20, 20), np.uint8), y=np.zeros(400, int))
    content = bytearray(whole.read_bytes())
    content[5000:6000] = b"\xff" * 1000
    whole.write_bytes(content)
    with pytest.raises(DataError, match=r"'x' in .*cells\.npz cannot be read"):
        open_dataset(whole)


def test_the_fingerprint_is_stable_and_changes_with_all_that_counts(tmp_path: Path) -> None:
    def fingerprint(split: str | None = None, **arrays: Any) -> str:
        return open_dataset(save(tmp_path, **arrays), split).fingerprint

    changed = IMAGES.copy()
    changed[3, 2, 1] ^= 1
    splits = {"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES, "y_test": LABELS}
    seen = [
        fingerprint(x=IMAGES, y=LABELS),
        fingerprint(x=changed, y=LABELS),
        fingerprint(x=IMAGES, y=LABELS[::-1]),
        fingerprint(x=IMAGES.reshape(6, 4, 5), y=LABELS),
        fingerprint(x=IMAGES, y=LABELS, class_names=["a", "b", "c"]),
        fingerprint("train", **splits),
        fingerprint("test", **splits),
        fingerprint("all", **splits),
    ]
    assert len(set(seen)) == len(seen)
    assert fingerprint(x=IMAGES / 255, y=np.eye(3)[LABELS]) == seen[0]


def test_several_labels_an_image(tmp_path: Path) -> None:
    several = np.array([[1, 0, 1], [0, 0, 0], [0, 1, 0], [0, 1, 1], [1, 0, 0], [1, 1, 1]])
    for y in (several, several.astype(bool), several.astype(np.float32)):
        dataset = opened(tmp_path, x=IMAGES, y=y)
        assert dataset.targets is not None
        assert np.array_equal(dataset.targets, several)
        assert dataset.labels.tolist() == [0, -1, 1, 1, 0, 0]
        assert dataset.class_names == ("0", "1", "2")
    named = opened(tmp_path, x=IMAGES, y=several, class_names=["a", "b", "c"])
    assert named.class_names == ("a", "b", "c")
    assert named.fingerprint != dataset.fingerprint
    part = open_dataset(tmp_path / "cells.npz", limit=3)
    assert part.targets is not None and part.targets.shape == (3, 3)


def test_labels_that_are_missing(tmp_path: Path) -> None:
    dataset = opened(tmp_path, x=IMAGES, y=np.array([0, -1, 2, -1, 1, 0]))
    assert (dataset.labels.tolist(), dataset.num_classes) == ([0, -1, 2, -1, 1, 0], 3)
    text = opened(tmp_path, x=IMAGES, y=np.array(["b", "", "a", "", "b", "a"]))
    assert (text.labels.tolist(), text.class_names) == ([1, -1, 0, -1, 1, 0], ("a", "b"))
    bare = opened(tmp_path, x=IMAGES)
    assert (bare.labels.tolist(), bare.class_names) == ([-1] * 6, ())
    assert bare.note == "cells.npz has no labels for these images."
    path = save(tmp_path, x_train=IMAGES, y_train=LABELS, x_test=IMAGES[:2])
    assert open_dataset(path).labels.tolist() == [-1, -1]
    assert open_dataset(path, "all").labels.tolist() == [*LABELS, -1, -1]


def test_other_arrangements(tmp_path: Path) -> None:
    square = np.random.default_rng(2).integers(0, 256, (6, 8, 8), np.uint8)
    flat = opened(tmp_path, x=square.reshape(6, 64) / 255, y=LABELS)
    assert np.array_equal(pixels(flat)[..., 0], square)
    colour = np.random.default_rng(2).integers(0, 256, (6, 9, 8, 3), np.uint8)
    assert np.array_equal(pixels(opened(tmp_path, x=np.moveaxis(colour, 3, 1), y=LABELS)), colour)
    for dtype in (np.float32, np.float64):
        signed = (colour / 127.5 - 1).astype(dtype)
        assert np.array_equal(pixels(opened(tmp_path, x=signed, y=LABELS)), colour)


def claiming(path: Path, shape: tuple[int, ...], content: bytes, method: int) -> Path:
    """An archive whose x says that it has this shape."""
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (117 - len(header)) + "\n"
    lead = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode()
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("x.npy", lead + content)
    return path


def test_claims_above_what_is_stored_take_no_memory(tmp_path: Path) -> None:
    path = claiming(tmp_path / "a.npz", (10**6, 10**4, 10**2), b"\0" * 100, zipfile.ZIP_STORED)
    with pytest.raises(DataError, match=r"'x' in .*a\.npz claims 1,000,000,000,000 bytes and the"):
        open_dataset(path)


def test_a_bomb_of_zeros_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data.npz, "SMALL", 10**6)
    content = b"\0" * (300 * 100 * 100)
    path = claiming(tmp_path / "a.npz", (300, 100, 100), content, zipfile.ZIP_DEFLATED)
    with pytest.raises(DataError, match="would be unpacked to 3,000,128 bytes"):
        open_dataset(path)


def test_text_of_characters_that_do_not_exist_is_refused(tmp_path: Path) -> None:
    images, labels = np.zeros((2, 4, 4), np.uint8), np.array([0, 1])
    for code in (0x110000, 0xFFFFFFFF, 0xD800):
        names = np.array([98, code], np.uint32).view("<U1")
        np.savez(tmp_path / "odd.npz", x=images, y=labels, class_names=names)
        with pytest.raises(DataError, match="characters that do not exist"):
            open_dataset(tmp_path / "odd.npz")
