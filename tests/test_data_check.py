"""data/check.py: images that cannot be read are listed and left out, and looked at once."""

import json
import os
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import data.check
from data import open_dataset
from data.check import check
from data.images import FileImages
from util import DataError


def photo(path: Path, seed: int = 0, size: tuple[int, int] = (40, 30)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """Five whole images and three that are not."""
    root = tmp_path / "pets"
    for number in range(5):
        photo(root / ("cat", "dog")[number % 2] / f"{number}.jpg", number)
    whole = photo(root / "dog" / "half.jpg").read_bytes()
    (root / "dog" / "half.jpg").write_bytes(whole[: len(whole) // 2])
    (root / "cat" / "empty.png").write_bytes(b"")
    (root / "cat" / "page.png").write_text("<html>")
    return root


def test_bad_ones_are_listed_and_left_out(pets: Path) -> None:
    dataset = open_dataset(pets)
    assert [one.id for one in dataset.left_out] == ["cat/empty.png", "cat/page.png", "dog/half.jpg"]
    assert dataset.left_out[0].reason == "it is empty"
    assert "truncated" in dataset.left_out[2].reason
    assert dataset.note == "3 images were left out, since they could not be read."
    assert (len(dataset), dataset.total) == (5, 5)
    assert dataset.labels.tolist() == [0, 0, 0, 1, 1]
    assert dataset.images.read(np.arange(5)).shape == (5, 40, 30, 3)


def test_none_left(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / "cat").mkdir(exist_ok=True)
        (tmp_path / "cat" / f"{number}.jpg").write_bytes(b"")
    with pytest.raises(DataError, match=r"None of the 5 images .* cat/0\.jpg \(it is empty") as e:
        open_dataset(tmp_path)
    assert "cat/2.jpg" in str(e.value) and "cat/3.jpg" not in str(e.value)
    assert "and 2 more" in str(e.value)


@pytest.mark.parametrize("side", [4, 120])
def test_threads_find_what_one_finds(tmp_path: Path, side: int) -> None:
    names = tuple(photo(tmp_path / f"{n}.png", n, (side, side)).name for n in range(200))
    for number in (3, 77, 199):
        (tmp_path / f"{number}.png").write_bytes(b"no image")
    verdicts = check(FileImages(tmp_path, names, 3, None))
    assert sorted(verdicts.bad) == [3, 77, 199]
    assert (verdicts.shape, verdicts.channels) == ((side, side), 3)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("kept", [0.5, 0.99])
def test_a_jpeg_that_ends_early_is_found(tmp_path: Path, progressive: bool, kept: float) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8)
    path = tmp_path / "a.jpg"
    Image.fromarray(pixels).save(path, progressive=progressive)
    source = FileImages(tmp_path, ("a.jpg",), 3, None)
    assert check(source).bad == {}
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    assert "truncated" in check(source).bad[0]


def test_shape_and_colour_are_known_of_all(tmp_path: Path) -> None:
    for number in range(300):
        Image.fromarray(np.zeros((6, 5), np.uint8)).save(tmp_path / f"{number:03}.png")
    names = tuple(f"{number:03}.png" for number in range(300))
    verdicts = check(FileImages(tmp_path, names, 3, None))
    assert (verdicts.shape, verdicts.channels) == ((6, 5), 1)
    # One in the middle, which a look at some of the files would miss.
    Image.fromarray(np.zeros((6, 5, 3), np.uint8)).save(tmp_path / "151.png")
    assert check(FileImages(tmp_path, names, 3, None)).channels == 3
    Image.fromarray(np.zeros((7, 5), np.uint8)).save(tmp_path / "151.png")
    assert check(FileImages(tmp_path, names, 3, None)).shape is None


def test_progress_is_told_in_the_callers_thread(tmp_path: Path) -> None:
    names = tuple(photo(tmp_path / f"{n}.png", size=(2, 2)).name for n in range(150))
    told: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> None:
        assert threading.current_thread() is threading.main_thread()
        told.append((done, total))

    check(FileImages(tmp_path, names, 3, None), progress)
    assert told[-1] == (150, 150)
    assert [done for done, _ in told] == sorted({done for done, _ in told})


@pytest.mark.parametrize("side", [1, 500])
def test_ctrl_c_stops_it(side: int) -> None:
    looked: list[int] = []

    class Endless:
        def __len__(self) -> int:
            return 10**9

        def check(self, number: int) -> tuple[tuple[int, int], int]:
            looked.append(number)
            return (side, side), 1

    def interrupt(done: int, total: int) -> None:
        if done > 5_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check(Endless(), interrupt)  # type: ignore[arg-type]
    for thread in threading.enumerate():
        if thread.name.startswith("check"):
            thread.join(20)
            assert not thread.is_alive()
    assert len(looked) < 10**6


def test_verdicts_are_kept(pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "cache"
    looks: list[int] = []

    def counted(images: FileImages, progress: object) -> data.check.Verdicts:
        looks.append(len(images))
        return check(images)

    monkeypatch.setattr(data.check, "check", counted)
    first = open_dataset(pets, cache_dir=cache)
    again = open_dataset(pets, cache_dir=cache)
    assert looks == [8]
    assert (first.fingerprint, first.left_out, first.ids) == (
        again.fingerprint, again.left_out, again.ids,
    )  # fmt: skip
    assert again.images.shape == (40, 30)
    # Another choice of images, or a file that has changed, is looked at again.
    open_dataset(pets, limit=4, cache_dir=cache)
    os.utime(pets / "dog" / "1.jpg", (1, 1))
    assert open_dataset(pets, cache_dir=cache).fingerprint != first.fingerprint
    assert looks == [8, 4, 8]


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", "{}", '{"count": 8, "shape": [1], "channels": 3, "bad": {}}',
     '{"count": 8, "shape": [-1, -1], "channels": 3, "bad": {}}',
     '{"count": 8, "shape": null, "channels": 2, "bad": {}}',
     '{"count": 8, "shape": null, "channels": 3, "bad": {"99": ""}}',
     '{"count": 7, "shape": null, "channels": 3, "bad": {}}', "[" * 100_000],
)  # fmt: skip
def test_kept_verdicts_that_make_no_sense_are_made_again(
    pets: Path, tmp_path: Path, content: str
) -> None:
    first = open_dataset(pets, cache_dir=tmp_path / "cache")
    (kept,) = (tmp_path / "cache").rglob("*.json")
    kept.write_text(content)
    again = open_dataset(pets, cache_dir=tmp_path / "cache")
    assert again.left_out == first.left_out
    assert json.loads(kept.read_text())["count"] == 8


def test_a_cache_that_cannot_be_written_is_no_reason_to_stop(pets: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert len(open_dataset(pets, cache_dir=tmp_path / "file")) == 5


def test_a_limit_is_checked_alone(pets: Path) -> None:
    dataset = open_dataset(pets, limit=6)
    assert len(dataset) + len(dataset.left_out) == 6
    assert dataset.total == 8 - len(dataset.left_out)


def test_a_png_whose_pixels_are_broken_is_found_at_once(pets: Path) -> None:
    path = photo(pets / "a" / "broken.png")
    data = bytearray(path.read_bytes())
    # Within the compressed pixels, behind their first bytes.
    start = data.index(b"IDAT") + 40
    data[start : start + 200] = bytes(200)
    path.write_bytes(data)
    dataset = open_dataset(pets)
    assert any(left.id.endswith("broken.png") for left in dataset.left_out)
    dataset.images.read(np.arange(len(dataset)), (8, 8))
