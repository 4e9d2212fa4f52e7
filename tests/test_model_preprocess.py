"""model/preprocess: from images to a network's input, and the arithmetic of every scale."""

import json
import pickle
import re
from pathlib import Path

import numpy as np
import pytest

from data.dataset import Dataset
from data.images import ArrayImages, FileImages
from model.description import Layer, NetworkDescription
from model.preprocess import SCALES, Choice, Preprocessing, check, choose
from model.preprocess.geometry import find_geometry
from model.preprocess.scaling import OF_DATASET
from model.preprocess.statistics import measure, sample
from tests.fakes import fake_dataset
from util import ModelError, UserError

Shape = tuple[int | None, ...]


def described(shape: Shape, *kinds: str) -> NetworkDescription:
    layers = tuple(
        Layer(f"{kind}_{n}", kind, kind, (10,), 100, 10, False) for n, kind in enumerate(kinds)
    )
    return NetworkDescription(layers, "", "softmax", 10, shape, 0, "")


def images_of(height: int, width: int, channels: int, count: int = 4) -> Dataset:
    array = np.random.default_rng(0).integers(0, 256, (count, height, width, channels), np.uint8)
    labels = np.arange(count, dtype=np.int64) % 4
    ids = [str(i) for i in range(count)]
    return fake_dataset(
        count, 4, images=ArrayImages(array), labels=labels, ids=ids, class_names=tuple("abcd")
    )


def nothing(_inputs: object) -> np.ndarray:
    raise AssertionError("the network need not be asked")


def chosen(shape: Shape, dataset: Dataset, wanted: str = "0-1", *kinds: str) -> Choice:
    return choose(described(shape, *(kinds or ("Dense",))), dataset, wanted, nothing)


@pytest.mark.parametrize(
    "shape",
    [
        (28, 28, 1), (28, 28), (784,), (784, 1), (None, None, 1), (1, 28, 28), (1, None, None),
        (None, 28), (None, 1), (1, 28, 28, 1), (28, 28, 1, 1),
    ],
)  # fmt: skip
def test_every_shape_of_the_same_grey_image_is_served(shape: Shape) -> None:
    dataset = images_of(28, 28, 1)
    choice = chosen(shape, dataset)
    assert choice.warnings == ()
    read = choice.preprocessing.read(dataset.images, np.array([2, 0]))
    assert read.dtype == np.float32
    assert len(read.shape) == len(shape) + 1
    assert all(n in (None, m) for n, m in zip(shape, read.shape[1:], strict=True))
    pixels = dataset.images.read(np.array([2, 0])).astype(np.float64) / 255
    np.testing.assert_allclose(read.ravel(), pixels.ravel(), atol=1e-7)


@pytest.mark.parametrize("shape", [(6, 4, 3), (72,), (6, 12), (24, 3), (None, None, 3)])
def test_every_shape_of_the_same_image_in_colour_is_served(shape: Shape) -> None:
    dataset = images_of(6, 4, 3)
    choice = chosen(shape, dataset)
    assert (choice.preprocessing.size, choice.preprocessing.channels) == ((6, 4), 3)
    read = choice.preprocessing.read(dataset.images, np.array([1]))
    expected = dataset.images.read(np.array([1])).astype(np.float32) / np.float32(255)
    np.testing.assert_array_equal(read.ravel(), expected.ravel())


def test_channels_first() -> None:
    dataset = images_of(6, 5, 3)
    preprocessing = chosen((3, 6, 5), dataset).preprocessing
    read = preprocessing.read(dataset.images, np.array([3]))
    pixels = dataset.images.read(np.array([3])).astype(np.float32) / np.float32(255)
    np.testing.assert_array_equal(read[0], pixels[0].transpose(2, 0, 1))
    assert "channels first" in str(preprocessing)


def test_a_fourth_channel_is_opaque() -> None:
    dataset = images_of(6, 4, 3)
    preprocessing = chosen((6, 4, 4), dataset, "0-255").preprocessing
    read = preprocessing.read(dataset.images, np.array([0]))
    np.testing.assert_array_equal(read[..., :3], dataset.images.read(np.array([0])))
    assert (read[..., 3] == 255).all()
    assert preprocessing.colours == 3


@pytest.mark.parametrize(
    ("shape", "size", "sentence"),
    [
        ((32, 32, 3), (32, 32), "32 x 32 x 3, but those of dataset 'mnist' are 28 x 28 x 1; they "
         "are stretched and turned to colour"),
        ((28, 28, 3), (28, 28), "they are turned to colour for it"),
        ((1024,), (32, 32), "images of 32 x 32 x 1, .* they are stretched for it"),
        ((3072,), (32, 32), "stretched and turned to colour"),
        ((3, 32, 32), (32, 32), "stretched and turned to colour"),
        ((32, 32, 4), (32, 32), "stretched and turned to colour"),
    ],
)  # fmt: skip
def test_arrays_of_another_size_are_converted_and_the_user_is_told(
    shape: Shape, size: tuple[int, int], sentence: str
) -> None:
    dataset = images_of(28, 28, 1)
    choice = chosen(shape, dataset)
    (warning,) = choice.warnings
    assert choice.preprocessing.size == size
    assert re.search(sentence, warning)
    read = choice.preprocessing.read(dataset.images, np.arange(4))
    assert read.shape == (4, *shape)


def test_colour_becomes_grey_for_a_grey_network() -> None:
    choice = chosen((28, 28, 1), images_of(28, 28, 3))
    assert "turned to grey" in choice.warnings[0]


@pytest.mark.parametrize(
    ("shape", "kinds", "sentence"),
    [
        ((101,), ("Dense",), "101 numbers are no square image"),
        ((4,), ("Dense",), "4 numbers are too few"),
        ((28, 28, 2), ("Conv2D",), "is no image: allowed are"),
        ((28, 28, 28), ("Conv3D",), "is no image"),
        ((7, 7, 512), ("Flatten",), "what another network's layers give out"),
        ((4, 28, 28, 1), ("ConvLSTM2D",), "is no image"),
        ((100,), ("Embedding", "LSTM"), "reads text or other sequences"),
        ((None,), ("Dense",), "is no image"),
    ],
)
def test_input_that_is_no_image_is_a_sentence(
    shape: Shape, kinds: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(ModelError, match=sentence) as error:
        chosen(shape, images_of(28, 28, 1), "0-1", *kinds)
    assert str(error.value).count(". ") == 0


def test_pictures_in_files_are_brought_to_the_networks_size_without_a_word() -> None:
    files = FileImages(Path("nowhere"), tuple("abcd"), 1, None)
    dataset = fake_dataset(4, 4, images=files, ids=list("abcd"), class_names=tuple("abcd"))
    choice = chosen((96, 64, 3), dataset)
    assert (choice.preprocessing.size, choice.preprocessing.channels) == ((96, 64), 3)
    assert choice.warnings == ()
    assert chosen((None, None, 3), dataset).preprocessing.size == (224, 224)


def reference(name: str, pixels: np.ndarray, mean: np.ndarray, std: np.ndarray) -> np.ndarray:
    """What each name means, written out once more in float64."""
    x = pixels.astype(np.float64)
    image = x.mean(0)
    each = (x - x.mean((1, 2, 3), keepdims=True)) / x.std((1, 2, 3), keepdims=True)
    torch_mean, torch_std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    return {
        "0-1": x / 255,
        "0-255": x,
        "-1-1": x / 127.5 - 1,
        "-0.5-0.5": x / 255 - 0.5,
        "caffe": x[..., ::-1] - np.array([103.939, 116.779, 123.68]),
        "torch": (x / 255 - torch_mean) / torch_std,
        "standardised": (x - mean) / std,
        "standardised-per-image": each,
        "0-1-minus-mean": (x - mean) / 255,
        "0-255-minus-mean": x - mean,
        "0-1-minus-mean-image": (x - image) / 255,
        "0-255-minus-mean-image": x - image,
        "0-1-inverted": 1 - x / 255,
        "0-255-inverted": 255 - x,
    }[name]


@pytest.mark.parametrize("name", SCALES)
def test_every_scale_is_what_its_name_says(name: str) -> None:
    dataset = images_of(6, 4, 3, count=40)
    pixels = dataset.images.read(np.arange(40))
    preprocessing = chosen((6, 4, 3), dataset, name).preprocessing
    expected = reference(name, pixels, pixels.mean((0, 1, 2)), pixels.std((0, 1, 2)))
    got = preprocessing.read(dataset.images, np.arange(40))
    np.testing.assert_allclose(got, expected, atol=2e-4, rtol=1e-5)
    assert (preprocessing.statistics is not None) == (name in OF_DATASET)


@pytest.mark.parametrize("name", [*SCALES, "127.5/127.5", "123.68,116.78,103.94/1"])
def test_kept_and_read_again_it_is_the_same(name: str) -> None:
    dataset = images_of(6, 5, 3, count=40)
    preprocessing = chosen((3, 6, 5), dataset, name).preprocessing
    first = preprocessing.read(dataset.images, np.arange(40))
    kept = Preprocessing.from_json(json.loads(json.dumps(preprocessing.to_json())))
    carried = pickle.loads(pickle.dumps(preprocessing))
    assert str(kept) == str(carried) == str(preprocessing)
    np.testing.assert_allclose(kept.read(dataset.images, np.arange(40)), first, atol=1e-3)
    np.testing.assert_array_equal(carried.read(dataset.images, np.arange(40)), first)


def test_numbers_of_the_users_own() -> None:
    dataset = images_of(6, 4, 3)
    pixels = dataset.images.read(np.arange(4)).astype(np.float64)
    one = chosen((6, 4, 3), dataset, "127.5/127.5").preprocessing
    np.testing.assert_allclose(
        one.read(dataset.images, np.arange(4)), pixels / 127.5 - 1, atol=1e-6
    )
    three = chosen((6, 4, 3), dataset, "10,20,30/2").preprocessing
    expected = (pixels - [10, 20, 30]) / 2
    np.testing.assert_allclose(three.read(dataset.images, np.arange(4)), expected, atol=1e-5)
    assert str(three) == "6 x 4 x 3, pixels 0-255 less 10,20,30, divided by 2"
    with pytest.raises(UserError, match="numbers for 3 channels, but the network takes 1"):
        chosen((28, 28, 1), images_of(28, 28, 1), "1,2,3/1")


def test_what_it_is_called_on_the_page() -> None:
    dataset = images_of(28, 28, 1)
    assert str(chosen((784,), dataset).preprocessing) == "28 x 28 x 1, pixels scaled to 0-1"
    assert str(chosen((784,), dataset, "tf").preprocessing) == "28 x 28 x 1, pixels scaled to -1-1"


@pytest.mark.parametrize(
    "wanted", ["auto", "0-1", "tf", "caffe", "0/255", "1e1/2", "1,2,3/4,5,6", "-1.5/.5"]
)
def test_what_may_be_asked_for(wanted: str) -> None:
    check(wanted)


@pytest.mark.parametrize(
    "wanted", ["0-2", "", "/", "1/0", "1/-1", "1,2/3", "nan/1", "1/2/3", "1e999/1"]
)
def test_what_may_not_be_asked_for(wanted: str) -> None:
    with pytest.raises(UserError, match="--preprocess") as error:
        check(wanted)
    assert str(error.value).count(". ") == 0


def test_photographs_means_are_for_colour_only() -> None:
    with pytest.raises(UserError, match="caffe is for images in colour"):
        chosen((28, 28, 1), images_of(28, 28, 1), "caffe")


def test_ends_of_the_ranges_are_exact() -> None:
    every = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    dataset = fake_dataset(1, 4, images=ArrayImages(every), labels=np.zeros(1, np.int64), ids=["0"])
    ends = {"0-1": [0, 1], "0-255": [0, 255], "-1-1": [-1, 1], "-0.5-0.5": [-0.5, 0.5]}
    for name, expected in ends.items():
        read = chosen((16, 16, 1), dataset, name).preprocessing.read(dataset.images, np.array([0]))
        assert read.ravel()[[0, -1]].tolist() == expected


def test_statistics_equal_numpys_and_come_of_a_sample_of_many() -> None:
    dataset = images_of(6, 4, 3, count=700)
    statistics = measure(dataset.images, find_geometry(described((6, 4, 3), "Dense"), dataset))
    pixels = dataset.images.read(np.arange(700)).astype(np.float64)
    np.testing.assert_allclose(statistics.mean, pixels.mean((0, 1, 2)))
    np.testing.assert_allclose(statistics.std, pixels.std((0, 1, 2)))
    assert statistics.image is not None
    np.testing.assert_allclose(statistics.image, pixels.mean(0), atol=1e-4)
    some = sample(100_000, 1000, 0)
    assert len(np.unique(some)) == 1000
    assert abs(some.mean() - 50_000) < 3000


def test_images_in_which_nothing_varies_divide_by_nothing() -> None:
    flat = ArrayImages(np.full((3, 8, 8, 1), 7, np.uint8))
    dataset = fake_dataset(3, 4, images=flat, labels=np.zeros(3, np.int64), ids=list("abc"))
    for name in ("standardised", "standardised-per-image"):
        read = chosen((8, 8, 1), dataset, name).preprocessing.read(flat, np.arange(3))
        assert np.isfinite(read).all()
        np.testing.assert_allclose(read, 0, atol=1e-3)
