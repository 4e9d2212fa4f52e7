"""data/files.py: folders of images as people keep them, and never a path out of them."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data import open_dataset
from util import DataError


def picture(path: Path, seed: int = 0, size: tuple[int, int] = (6, 5), grey: bool = False) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = size if grey else (*size, 3)
    pixels = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """cat: two images, dog: one; and what lies about in such folders."""
    root = tmp_path / "pets"
    picture(root / "dog" / "b.JPG")
    picture(root / "cat" / "z.png")
    picture(root / "cat" / "deeper" / "a.jpeg")
    (root / "cat" / "notes.txt").write_text("not an image")
    picture(root / "cat" / ".hidden.png")
    picture(root / ".cache" / "x.png")
    (root / "README").write_text("pets")
    return root


def test_one_sub_folder_a_class(pets: Path) -> None:
    dataset = open_dataset(pets)
    assert (dataset.name, dataset.split, dataset.note) == ("pets", "all", "")
    assert dataset.class_names == ("cat", "dog")
    assert list(dataset.ids) == ["cat/deeper/a.jpeg", "cat/z.png", "dog/b.JPG"]
    assert dataset.labels.tolist() == [0, 0, 1]
    assert dataset.images.shape == (6, 5)
    assert dataset.images.channels == 3
    expected = np.asarray(Image.open(pets / "cat" / "z.png"))
    assert np.array_equal(dataset.images.read(np.array([1]))[0], expected)


def test_a_split_asked_for_where_there_are_none_is_noted(pets: Path) -> None:
    dataset = open_dataset(pets, "train")
    assert (dataset.split, len(dataset)) == ("all", 3)
    assert dataset.note == "pets has no train and test folders, so these are all its images."


def with_splits(root: Path, *splits: str) -> Path:
    for split in splits:
        picture(root / split / "cat" / "1.png", len(split))
        picture(root / split / "dog" / "1.png", len(split) + 1)
    return root


def test_splits(tmp_path: Path) -> None:
    root = with_splits(tmp_path / "pets", "train", "Test", "val")
    picture(root / "train" / "ant" / "1.png")
    for split, ids in {
        None: ["Test/cat/1.png", "Test/dog/1.png"],
        "test": ["Test/cat/1.png", "Test/dog/1.png"],
        "train": ["train/ant/1.png", "train/cat/1.png", "train/dog/1.png"],
    }.items():
        dataset = open_dataset(root, split)
        assert list(dataset.ids) == ids
        # "ant" has no test image, and is class 0 all the same.
        assert dataset.class_names == ("ant", "cat", "dog")
    assert open_dataset(root, "test").labels.tolist() == [1, 2]
    assert open_dataset(root).split == "test"
    everything = open_dataset(root, "all")
    assert (everything.split, len(everything)) == ("all", 7)


def test_validation_images_stand_in_for_test_images(tmp_path: Path) -> None:
    root = with_splits(tmp_path / "pets", "train", "validation")
    for split in (None, "test"):
        dataset = open_dataset(root, split)
        assert dataset.split == "test"
        assert dataset.note == "pets has no test folder, so these are from validation."


def test_training_images_do_not(tmp_path: Path) -> None:
    root = with_splits(tmp_path / "pets", "train")
    assert open_dataset(root).split == "all"
    with pytest.raises(DataError, match="no test folder, only train: choose that split, or all"):
        open_dataset(root, "test")


def test_a_class_may_be_called_test(tmp_path: Path) -> None:
    picture(tmp_path / "test" / "1.png")
    picture(tmp_path / "control" / "1.png")
    assert open_dataset(tmp_path).class_names == ("control", "test")


def test_one_class_is_enough(tmp_path: Path) -> None:
    picture(tmp_path / "cat" / "1.png")
    assert open_dataset(tmp_path).class_names == ("cat",)


def test_sizes_that_differ_and_grey(tmp_path: Path) -> None:
    picture(tmp_path / "a" / "1.png", grey=True)
    picture(tmp_path / "b" / "1.png", grey=True)
    assert open_dataset(tmp_path).images.channels == 1
    picture(tmp_path / "b" / "2.png", size=(9, 9))
    images = open_dataset(tmp_path).images
    assert (images.channels, images.shape) == (3, None)
    assert images.read(np.arange(3), (4, 4)).shape == (3, 4, 4, 3)


def test_empty_folders(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"There are no images in .*wanted are images"):
        open_dataset(tmp_path)
    (tmp_path / "cat").mkdir()
    with pytest.raises(DataError, match="There are no images"):
        open_dataset(tmp_path)
    picture(tmp_path / "1.png")
    dataset = open_dataset(tmp_path)
    assert (dataset.class_names, dataset.labels.tolist(), dataset.is_labelled) == ((), [-1], False)
    assert "are in no folders of classes, so they have no labels" in dataset.note


def test_links_never_lead_out(pets: Path, tmp_path: Path) -> None:
    secret = picture(tmp_path / "secret" / "s.png")
    (pets / "cat" / "link.png").symlink_to(secret)
    (pets / "cat" / "up.png").symlink_to("../../secret/s.png")
    (pets / "bird").symlink_to(secret.parent)
    (pets / "cat" / "round").symlink_to(pets / "cat")
    (pets / "cat" / "broken.png").symlink_to("nowhere.png")
    (pets / "dog" / "same.png").symlink_to("../cat/z.png")
    dataset = open_dataset(pets)
    assert dataset.class_names == ("cat", "dog")
    assert list(dataset.ids) == ["cat/deeper/a.jpeg", "cat/z.png", "dog/b.JPG", "dog/same.png"]
    assert dataset.note == "Left alone in pets: 4 links that lead elsewhere."


def test_the_folder_itself_may_be_a_link(pets: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(pets)
    dataset = open_dataset(tmp_path / "link")
    assert (dataset.name, len(dataset), dataset.note) == ("pets", 3, "")


def test_an_image_that_breaks_later_is_named_when_it_is_read(pets: Path) -> None:
    dataset = open_dataset(pets)
    (pets / "dog" / "b.JPG").write_text("<html>")
    with pytest.raises(DataError, match=r"dog/b\.JPG cannot be read"):
        dataset.images.read(np.arange(len(dataset)))
    (pets / "dog" / "b.JPG").unlink()
    with pytest.raises(DataError, match=r"dog/b\.JPG cannot be read .*no such file"):
        dataset.images.original(2)


def test_names_that_are_no_text(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path / "caf") + b"\xe9"
    try:
        os.mkdir(folder)
    except OSError:
        pytest.skip("this file system takes only text for names")
    picture(tmp_path / "1.png").rename(os.fsdecode(folder + b"/1.png"))
    dataset = open_dataset(tmp_path)
    assert dataset.class_names == ("caf\\xe9",)
    assert dataset.images.read(np.arange(1)).shape == (1, 6, 5, 3)
    "".join(dataset.ids).encode()


def test_the_fingerprint_is_stable_and_changes_with_the_files(pets: Path) -> None:
    first = open_dataset(pets).fingerprint
    assert open_dataset(pets).fingerprint == first
    moved = pets.rename(pets.with_name("moved"))
    assert open_dataset(moved).fingerprint == first
    os.utime(moved / "dog" / "b.JPG", (1, 1))
    second = open_dataset(moved).fingerprint
    (moved / "dog" / "b.JPG").rename(moved / "dog" / "c.jpg")
    third = open_dataset(moved).fingerprint
    (moved / "fox").mkdir()
    fourth = open_dataset(moved).fingerprint
    assert len({first, second, third, fourth}) == 4
