"""model/preprocess.py: from images to a network's input."""

from typing import Any

import numpy as np
import pytest

from data.dataset import Dataset
from data.images import ArrayImages, FileImages
from model.preprocess import choose, scaled
from tests.fakes import fake_dataset
from util import ModelError, UserError

PLAIN: dict[str, Any] = {"class_name": "Sequential", "config": {"layers": []}}
RESCALING: dict[str, Any] = {"config": {"layers": [{"class_name": "Rescaling", "config": {}}]}}


def images_of(height: int, width: int, channels: int) -> Dataset:
    array = np.random.default_rng(0).integers(0, 256, (4, height, width, channels), np.uint8)
    labels = np.arange(4, dtype=np.int64)
    ids = [str(i) for i in range(4)]
    return fake_dataset(
        4, 4, images=ArrayImages(array), labels=labels, ids=ids, class_names=tuple("abcd")
    )


@pytest.mark.parametrize("shape", [(28, 28, 1), (28, 28), (784,), (None, None, 1)])
def test_every_shape_of_the_same_image_is_served(shape: tuple[int | None, ...]) -> None:
    dataset = images_of(28, 28, 1)
    preprocessing = choose(PLAIN, shape, dataset, "auto")
    read = preprocessing.read(dataset.images, np.array([2, 0]))
    assert read.dtype == np.float32
    assert read.shape == (2, *(n or 28 for n in shape))
    pixels = dataset.images.read(np.array([2, 0])).astype(np.float64) / 255
    np.testing.assert_allclose(read.ravel(), pixels.ravel(), atol=1e-7)


def test_grey_vector_of_colour_images() -> None:
    preprocessing = choose(PLAIN, (32 * 32 * 3,), images_of(32, 32, 3), "auto")
    assert (preprocessing.size, preprocessing.channels) == ((32, 32), 3)


@pytest.mark.parametrize(
    ("shape", "sentence"),
    [
        ((32, 32, 3), "takes images of 32 x 32 x 3, but those of dataset 'mnist' are 28 x 28 x 1"),
        ((28, 28, 3), "takes images of 28 x 28 x 3"),
        ((100,), "takes images of 10 x 10 x 1"),
        ((101,), "no square image"),
        ((28, 28, 5), "is no image"),
        ((4, 28, 28, 1), "is no image"),
    ],
)
def test_input_that_does_not_fit_is_refused(shape: tuple[int, ...], sentence: str) -> None:
    with pytest.raises(ModelError, match=sentence):
        choose(PLAIN, shape, images_of(28, 28, 1), "auto")


def test_pictures_in_files_are_brought_to_the_networks_size() -> None:
    from pathlib import Path

    files = FileImages(Path("nowhere"), tuple("abcd"), 1, None)
    dataset = fake_dataset(4, 4, images=files, ids=list("abcd"), class_names=tuple("abcd"))
    preprocessing = choose(PLAIN, (96, 64, 3), dataset, "auto")
    assert (preprocessing.size, preprocessing.channels) == ((96, 64), 3)


def test_scale_is_static_unless_it_is_named() -> None:
    dataset = images_of(8, 8, 1)
    assert choose(PLAIN, (8, 8, 1), dataset, "auto").scale == "0-1"
    assert choose(RESCALING, (8, 8, 1), dataset, "auto").scale == "0-255"
    assert choose(RESCALING, (8, 8, 1), dataset, "-1-1").scale == "-1-1"
    with pytest.raises(UserError, match="allowed are auto, 0-1, 0-255, -1-1"):
        choose(PLAIN, (8, 8, 1), dataset, "0-2")


def test_scaled_ranges_are_exact_at_their_ends() -> None:
    ends = np.array([0, 255], np.uint8)
    assert scaled(ends, "0-1").tolist() == [0, 1]
    assert scaled(ends, "0-255").tolist() == [0, 255]
    assert scaled(ends, "-1-1").tolist() == [-1, 1]
    every = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(scaled(every, "0-1"), (every / 255.0).astype(np.float32))
