"""From a dataset's name or path to the dataset."""

import functools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from data.builtin import KERAS, load_digits, load_keras
from data.dataset import Dataset
from data.download import Report
from data.files import load_folder
from data.npz import load_npz
from data.sampling import stratified_sample
from util import DataError, digest

SPLITS = ("test", "train", "all")

Loader = Callable[[str | None, Path | None, Report], Dataset]

LOADERS: dict[str, Loader] = {
    **{name: functools.partial(load_keras, name) for name in KERAS},
    "digits": lambda split, data_dir, report: load_digits(split),
}


def open_dataset(
    name_or_path: str | Path,
    split: str | None = None,
    limit: int | None = None,
    seed: int = 0,
    data_dir: str | Path | None = None,
    report: Report = lambda sentence: None,
) -> Dataset:
    """Open a dataset by its name or its path.

    Args:
        name_or_path: a key of LOADERS, a folder with one sub-folder a class, or a .npz file.
            A name wins over a folder called the same: write ./mnist, or give a Path, for that.
        split: "test", "train", "all", or None for "test" where there is one, else "all".
        limit: at most so many images, as a stratified sample drawn with `seed`, in their order.
        seed: of the sample.
        data_dir: folder where NAME.npz is looked for first.
        report: told, in one sentence, what takes long.

    Raises:
        DataError: an argument is not allowed, or there is no such dataset, or it is broken.
    """
    if split is not None and split not in SPLITS:
        raise DataError(f"There is no split {split!r}: choose from {', '.join(SPLITS)}.")
    if limit is not None and limit < 1:
        raise DataError(f"The limit must be at least 1 image; given was {limit}.")
    folder = None if data_dir is None else Path(data_dir)
    if folder is not None and not folder.is_dir():
        raise DataError(f"The data folder {folder} does not exist: give an existing one.")
    dataset = _load(name_or_path, split, folder, report)
    return dataset if limit is None else take_sample(dataset, limit, seed)


def take_sample(dataset: Dataset, limit: int, seed: int) -> Dataset:
    """The dataset with at most `limit` images, each class keeping its share."""
    if limit >= len(dataset):
        return dataset
    indices = stratified_sample(dataset.labels, limit, seed)
    return replace(
        dataset,
        images=dataset.images.take(indices),
        labels=dataset.labels[indices],
        ids=tuple(dataset.ids[index] for index in indices),
        fingerprint=digest(dataset.fingerprint, indices.astype(np.int64).tobytes()),
    )


def _load(
    name_or_path: str | Path, split: str | None, data_dir: Path | None, report: Report
) -> Dataset:
    if isinstance(name_or_path, str) and name_or_path in LOADERS:
        return LOADERS[name_or_path](split, data_dir, report)
    path = Path(name_or_path)
    if path.is_dir():
        return load_folder(path, split)
    if path.is_file() and path.suffix.lower() == ".npz":
        return load_npz(path, split)
    known = f"{', '.join(LOADERS)}, a folder with one sub-folder of images a class, or a .npz file"
    if path.exists():
        raise DataError(f"{path} is not a dataset that can be opened: give {known}.")
    raise DataError(f"There is no dataset {str(name_or_path)!r}: give {known}.")
