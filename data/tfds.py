"""Datasets that TensorFlow Datasets has prepared on disk, read without TensorFlow."""

import itertools
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.decode import Blob, UnreadableImage
from data.images import BlobImages
from data.layout import SPLIT_FOLDERS
from data.listing import Listing
from data.splits import choose_split
from data.table import as_column, identifiers
from data.tfrecord import parse_example, read_record, scan_records
from data.tree import Tree
from util import DataError, digest

INFO, FEATURES = "dataset_info.json", "features.json"
SHARD = re.compile(r"(?P<name>.+)-(?P<split>[^-]+)\.tfrecord-(?P<number>\d+)-of-(?P<count>\d+)")
VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")
MAX_JSON = 64 * 2**20
# A dataset has a handful of configurations and versions.
MAX_ENTRIES = 200


@dataclass(frozen=True, slots=True)
class RecordBlobs:
    """Images in examples of TFRecord files.

    Attributes:
        files: the files.
        places: int64, (N, 3): number of the file, offset and bytes of each record.
        feature: the images' name in the examples.
    """

    files: tuple[Path, ...]
    places: NDArray[np.int64]
    feature: str

    def blob(self, row: int) -> Blob:
        number, offset, length = (int(one) for one in self.places[row])
        values = read_record(self.files[number], offset, length).get(self.feature, [])
        name = f"The image at byte {offset:,} of {self.files[number]}"
        if len(values) != 1 or not isinstance(values[0], bytes):
            raise UnreadableImage(f"{name} is missing: prepare the dataset again.", "no image")
        return Blob(values[0], name)


def find_prepared(path: Path) -> Path | None:
    """The folder of a prepared version at or up to two folders below a path; None without one.

    Of several versions the highest is taken, of several configurations the first by name.
    """
    versions = [path, *_folders(path)]
    for folder in _folders(path):
        versions += [inner for inner in _folders(folder) if VERSION.fullmatch(inner.name)]
    ready = [one for one in versions if (one / INFO).is_file() and (one / FEATURES).is_file()]
    if not ready:
        return None
    # Of several configurations the first.
    first = min(one.parent for one in ready)
    return max((one for one in ready if one.parent == first), key=_version)


def _folders(path: Path) -> list[Path]:
    """The folders directly in a folder, among its first entries: a class may have millions."""
    try:
        with os.scandir(path) as entries:
            first = itertools.islice(entries, MAX_ENTRIES)
            return sorted(Path(entry.path) for entry in first if entry.is_dir())
    except OSError:
        return []


def _version(folder: Path) -> tuple[int, ...]:
    found = VERSION.fullmatch(folder.name)
    return tuple(int(part) for part in found.groups()) if found else (-1,)


def list_prepared(folder: Path, split: str | None) -> Listing:
    """The images of a prepared dataset.

    Args:
        folder: with dataset_info.json, features.json and NAME-SPLIT.tfrecord-00000-of-00001 ...
        split: "train", "test", "all", or None for "test" where there is one, else "all".

    Raises:
        DataError: it has no images, is kept in another format, or not that split.
    """
    info = read_json(folder / INFO)
    name = str(info.get("name") or folder.name)
    features = _features(read_json(folder / FEATURES))
    image = next((key for key, kind in features.items() if kind == "Image"), None)
    if image is None:
        raise DataError(
            f"{folder} has the features {', '.join(features) or 'none'}, and none is an image: "
            "give a dataset of images."
        )
    label = next((key for key, kind in features.items() if kind == "ClassLabel"), None)
    shards = _shards(folder)
    if not shards:
        raise DataError(
            f"{folder} holds no .tfrecord files (its format is "
            f"{info.get('fileFormat', 'not known')}): prepare it as tfrecord."
        )
    known = {SPLIT_FOLDERS.get(one.lower(), one): one for one in shards}
    chosen, called, note = choose_split(name, list(known), split)
    files = [(one, path) for one in chosen for path in shards[known[one]]]
    if not files:
        files = [(one, path) for one in shards for path in shards[one]]
    return _read(name, files, folder, features, image, label, called, note)


def _read(
    name: str,
    files: Sequence[tuple[str, Path]],
    folder: Path,
    features: Mapping[str, str],
    image: str,
    label: str | None,
    called: str,
    note: str,
) -> Listing:
    plain = [key for key, kind in features.items() if kind in ("Scalar", "Tensor", "Text")]
    places: list[NDArray[np.int64]] = []
    ids: list[str] = []
    labels: list[int] = []
    counts: dict[str, int] = {}
    columns: dict[str, list[Any]] = {key: [] for key in plain}
    facts: list[str] = []
    for number, (part, path) in enumerate(files):
        records = scan_records(path)
        places.append(np.column_stack([np.full(len(records), number), records]))
        stat = path.stat()
        facts.append(f"{path.name}\0{stat.st_size}\0{stat.st_mtime_ns}")
        start = counts.get(part, 0)
        ids += [f"{part}/{start + row}" for row in range(len(records))]
        counts[part] = start + len(records)
        with path.open("rb") as file:
            for offset, length in records:
                file.seek(offset)
                try:
                    example = parse_example(file.read(length), path, int(offset))
                except UnreadableImage:
                    # The check of the images leaves it out, with the reason.
                    example = {}
                labels.append(_number(example.get(label or "")))
                for key in plain:
                    columns[key].append(_scalar(example.get(key)))
    if not ids:
        raise DataError(f"{folder} holds no images in {called}: prepare the dataset again.")
    numbers = np.array(labels, np.int64)
    names = _class_names(folder, label, numbers)
    numbers[numbers >= len(names)] = -1
    if not names:
        note = f"{note} {name} has no labels.".strip()
    blobs = RecordBlobs(
        tuple(path for _, path in files), np.concatenate(places).astype(np.int64), image
    )
    return Listing(
        name=name,
        split=called,
        images=BlobImages(blobs, np.arange(len(ids), dtype=np.int64), 3, None),
        labels=numbers,
        class_names=names,
        ids=tuple(ids),
        note=note,
        state=digest("\n".join(facts)),
        columns=_columns(columns),
    )


def _columns(found: Mapping[str, list[Any]]) -> dict[str, NDArray[Any]]:
    import pandas as pd

    full = {key: values for key, values in found.items() if any(one is not None for one in values)}
    names = identifiers(full)
    columns = [as_column(pd.Series(values)) for values in full.values()]
    return dict(zip(names, columns, strict=True))


def _number(values: list[Any] | None) -> int:
    return int(values[0]) if values and isinstance(values[0], int) and values[0] >= 0 else -1


def _scalar(values: list[Any] | None) -> Any:
    if values is None or len(values) != 1:
        return None
    return values[0].decode("utf-8", "replace") if isinstance(values[0], bytes) else values[0]


def read_json(path: Path) -> dict[str, Any]:
    """An object in a JSON file.

    Raises:
        DataError: it cannot be read, or is something else.
    """
    try:
        if path.stat().st_size > MAX_JSON:
            raise ValueError("it is too large")
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path} cannot be read: {error}; make the dataset again.") from error
    if not isinstance(content, dict):
        raise DataError(f"{path} holds no description of a dataset: make the dataset again.")
    return content


def _features(content: Mapping[str, Any]) -> dict[str, str]:
    """Name of a feature in the examples -> the last part of its class's name, depth first."""
    found: dict[str, str] = {}

    def collect(node: Any, prefix: str, depth: int) -> None:
        inner = node.get("featuresDict") if isinstance(node, dict) else None
        features = inner.get("features") if isinstance(inner, dict) else None
        if isinstance(features, dict) and depth < 10:
            for key, value in features.items():
                collect(value, f"{prefix}/{key}" if prefix else str(key), depth + 1)
        elif isinstance(node, dict) and prefix:
            found[prefix] = str(node.get("pythonClassName", "")).rpartition(".")[2]

    collect(content, "", 0)
    return found


def _shards(folder: Path) -> dict[str, list[Path]]:
    """Name of a split -> its files in their order."""
    tree = Tree(folder)
    shards: dict[str, list[Path]] = {}
    for entry in tree.entries(""):
        found = SHARD.fullmatch(entry.name)
        if found and entry.is_file():
            shards.setdefault(found["split"], []).append(folder / entry.name)
    return shards


def _class_names(folder: Path, label: str | None, numbers: NDArray[np.int64]) -> tuple[str, ...]:
    count = int(numbers.max(initial=-1)) + 1
    if label is None:
        return ()
    path = folder / f"{label.replace('/', '-')}.labels.txt"
    if path.is_file() and path.stat().st_size <= MAX_JSON:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        names = tuple(line.strip() for line in lines if line.strip())
        if len(names) >= count and len(set(names)) == len(names):
            return names
    return tuple(str(number) for number in range(min(count, 100_000)))
