"""From a dataset's name or path to the dataset."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from data.builtin import KERAS, load_digits, load_keras
from data.check import Progress, open_listing
from data.dataset import Dataset
from data.download import Report
from data.folder import list_path
from data.listing import Listing
from data.naming import apply_class_names, read_class_names
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
    *,
    class_names: str | Path | Sequence[str] | None = None,
    cache_dir: str | Path | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """Open a dataset by its name or its path.

    Args:
        name_or_path: a key of LOADERS; a folder of images, with or without sub-folders for
            classes; a table of paths and labels; a folder that Hugging Face datasets or
            TensorFlow Datasets has saved; a .npz file. A name wins over a folder called the
            same: write ./mnist, or give a Path, for that.
        split: "test", "train", "all", or None for "test" where there is one, else "all".
        limit: at most so many images, as a stratified sample drawn with `seed`, in their order.
        seed: of the sample.
        data_dir: folder where NAME.npz is looked for first.
        report: told, in one sentence, what takes long.
        class_names: in the order of the network's outputs: names, or "cat,dog", or a file of
            them; the labels are numbered in that order.
        cache_dir: where it is kept which images can be read, so that the next start need not
            look again; None: nowhere.
        progress: told (images looked at, images) while it is found which can be read.

    Raises:
        DataError: an argument is not allowed, or there is no such dataset, or it is broken, or
            none of its images can be read, or the class names are not the dataset's.
    """
    if split is not None and split not in SPLITS:
        raise DataError(f"There is no split {split!r}: choose from {', '.join(SPLITS)}.")
    if limit is not None and limit < 1:
        raise DataError(f"The limit must be at least 1 image; given was {limit}.")
    folder = None if data_dir is None else Path(data_dir)
    if folder is not None and not folder.is_dir():
        raise DataError(f"The data folder {folder} does not exist: give an existing one.")
    # A mistake in these is told before minutes of work.
    names = None if class_names is None else read_class_names(class_names)
    opened = _load(name_or_path, split, folder, report)
    if isinstance(opened, Listing):
        total = len(opened.labels)
        if limit is not None and limit < total:
            opened = opened.take(stratified_sample(opened.labels, limit, seed))
        kept = None if cache_dir is None else Path(cache_dir)
        dataset = open_listing(opened, total, kept, progress, report)
    else:
        dataset = opened if limit is None else take_sample(opened, limit, seed)
    return dataset if names is None else apply_class_names(dataset, names, explicit=True)


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
        columns={name: column[indices] for name, column in dataset.columns.items()},
        targets=None if dataset.targets is None else dataset.targets[indices],
    )


def _load(
    name_or_path: str | Path, split: str | None, data_dir: Path | None, report: Report
) -> Dataset | Listing:
    if isinstance(name_or_path, str) and name_or_path in LOADERS:
        return LOADERS[name_or_path](split, data_dir, report)
    path = Path(name_or_path)
    try:
        if path.is_file() and path.suffix.lower() == ".npz":
            return load_npz(path, split)
        listing = list_path(path, split)
        exists = path.exists()
    except (OSError, ValueError) as error:
        # A path with a zero byte, or with a name longer than the file system takes.
        raise DataError(f"{str(name_or_path)!r} cannot be opened: {error}.") from error
    if listing is not None:
        return listing
    known = (
        f"{', '.join(LOADERS)}, a folder with one sub-folder of images a class, a table of paths "
        "and labels (.csv, .tsv, .parquet, .jsonl), a folder saved by Hugging Face datasets or "
        "TensorFlow Datasets, or a .npz file"
    )
    if exists and path.suffix.lower() in (".zip", ".tar", ".gz", ".tgz", ".7z", ".rar"):
        raise DataError(
            f"{path} is not a dataset that can be opened but an archive: unpack it and give the "
            "folder."
        )
    if exists:
        raise DataError(f"{path} is not a dataset that can be opened: give {known}.")
    raise DataError(f"There is no dataset {str(name_or_path)!r}: give {known}.")
