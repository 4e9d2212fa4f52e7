"""Datasets of Hugging Face on disk: saved by save_to_disk, or as shards of Parquet.

Read by pyarrow alone; nothing in them is executed.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.arrays import MAX_CLASSES
from data.blobs import TableBlobs, open_arrow
from data.dataset import UNLABELLED
from data.images import BlobImages
from data.labels import Labels, read_labels
from data.layout import SPLIT_FOLDERS
from data.listing import Listing, unique
from data.manifest import LABEL_COLUMNS
from data.splits import choose_split
from data.table import as_column, as_strings, identifier, identifiers
from data.tfds import read_json
from data.tree import Tree, printable
from util import DataError, digest

DICT, INFO, STATE = "dataset_dict.json", "dataset_info.json", "state.json"
SHARD = re.compile(r"(?P<split>[A-Za-z_.]+?)(-\d+)?(-of-\d+)?(-[0-9a-f]{8,})?\.parquet")
IMAGE_COLUMNS = ("image", "img", "picture", "photo")


@dataclass(frozen=True, slots=True)
class _Columns:
    """Which columns of a table are what; label is None where there is none."""

    image: str
    label: str | None
    names: tuple[str, ...] | None
    others: tuple[str, ...]


def is_saved(folder: Path) -> bool:
    """Whether a folder was written by save_to_disk."""
    return (folder / DICT).is_file() or ((folder / STATE).is_file() and (folder / INFO).is_file())


def list_saved(folder: Path, split: str | None) -> Listing:
    """The images in a folder that save_to_disk has written.

    Args:
        folder: with dataset_dict.json and a folder a split, or with state.json.
        split: "train", "test", "all", or None for "test" where there is one, else "all".

    Raises:
        DataError: it is not whole, has no images, or not that split.
    """
    name = printable(folder.resolve().name)
    if not (folder / DICT).is_file():
        _, called, note = choose_split(name, (), split)
        return _list(name, folder, {"all": _saved_files(folder)}, called, note, _info(folder))
    splits = read_json(folder / DICT).get("splits")
    if (
        not isinstance(splits, list)
        or not splits
        or not all(
            isinstance(one, str) and one == Path(one).name and one not in ("", "..", ".")
            for one in splits
        )
    ):
        raise DataError(f"{folder / DICT} names no splits: save the dataset again.")
    known = {SPLIT_FOLDERS.get(str(one).lower(), str(one)): str(one) for one in splits}
    chosen, called, note = choose_split(name, list(known), split)
    files = {one: _saved_files(folder / known[one]) for one in chosen}
    return _list(name, folder, files, called, note, _info(folder / known[chosen[0]]))


def _saved_files(folder: Path) -> list[Path]:
    listed = read_json(folder / STATE).get("_data_files")
    names = (
        [one.get("filename") for one in listed if isinstance(one, dict)]
        if isinstance(listed, list)
        else []
    )
    tree = Tree(folder)
    files = [folder / name for name in names if isinstance(name, str) and name == Path(name).name]
    if not names or len(files) < len(names) or not all(map(tree.is_inside, files)):
        raise DataError(f"{folder / STATE} names no files beside it: save the dataset again.")
    return files


def _info(folder: Path) -> Mapping[str, Any]:
    path = folder / INFO
    features = read_json(path).get("features") if path.is_file() else None
    return features if isinstance(features, dict) else {}


def find_shards(folder: Path) -> dict[str, list[Path]]:
    """Name of a split -> its Parquet files with images, in the folder or in data/; {} without."""
    for place in (folder, folder / "data"):
        try:
            entries = Tree(folder).entries(place.relative_to(folder).as_posix())
        except DataError:
            continue
        shards: dict[str, list[Path]] = {}
        for entry in entries:
            found = SHARD.fullmatch(entry.name)
            if found and entry.is_file():
                shards.setdefault(found["split"], []).append(Path(entry.path))
        if shards and all(has_images(files[0]) for files in shards.values()):
            return shards
    return {}


def has_images(path: Path) -> bool:
    """Whether a Parquet file has a column of images' contents."""
    try:
        schema, features = _parquet_schema(path)
        return _image_column(schema, features) is not None
    except DataError:
        return False


def list_shards(root: Path, shards: Mapping[str, list[Path]], split: str | None) -> Listing:
    """The images in Parquet files.

    Args:
        root: the folder they lie in, or the only file.
        shards: name of a split -> its files; a single split of another name is no split.
        split: as for `list_saved`.

    Raises:
        DataError: as `list_saved`.
    """
    name = printable(root.resolve().name)
    known = {SPLIT_FOLDERS.get(one.lower(), one): one for one in shards}
    is_split = len(known) > 1 or not known.keys().isdisjoint(("train", "val", "test"))
    chosen, called, note = choose_split(name, list(known) if is_split else [], split)
    files = {one: shards[known[one]] for one in chosen or known}
    _, features = _parquet_schema(next(iter(files.values()))[0])
    folder = root if root.is_dir() else root.parent
    return _list(name, folder, files, called, note, features)


def _parquet_schema(path: Path) -> tuple[Any, Mapping[str, Any]]:
    """(pyarrow schema, Hugging Face's features or {})."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise DataError(f"{path} cannot be read as Parquet: {error}.") from error
    return schema, _schema_features(schema)


def _schema_features(schema: Any) -> Mapping[str, Any]:
    try:
        features = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
    except (KeyError, ValueError, TypeError, RecursionError):
        return {}
    return features if isinstance(features, dict) else {}


def _image_column(schema: Any, features: Mapping[str, Any]) -> str | None:
    import pyarrow as pa

    def holds(name: str) -> bool:
        kind = schema.field(name).type
        if pa.types.is_struct(kind):
            inner = {kind.field(number).name for number in range(kind.num_fields)}
            return "bytes" in inner
        known = isinstance(features.get(name), dict) and features[name].get("_type") == "Image"
        named = known or identifier(name) in IMAGE_COLUMNS
        return bool(named and (pa.types.is_binary(kind) or pa.types.is_large_binary(kind)))

    names = [name for name in schema.names if holds(name)]
    first = [name for name in names if identifier(name) in IMAGE_COLUMNS]
    return next(iter(first or names), None)


def _roles(schema: Any, features: Mapping[str, Any], where: Path) -> _Columns:
    import pyarrow as pa

    image = _image_column(schema, features)
    if image is None:
        raise DataError(
            f"{where} has the columns {', '.join(schema.names)}, and none holds image files: "
            "save a column of type Image."
        )
    names = {name: found for name in schema.names if (found := _names_of(features.get(name)))}
    ranked = sorted(
        names, key=lambda one: (identifier(one) not in LABEL_COLUMNS, schema.names.index(one))
    )
    by_name = {identifier(name): name for name in schema.names if name != image}
    guess = next((by_name[one] for one in LABEL_COLUMNS if one in by_name), None)
    label = ranked[0] if ranked else guess
    nested = (pa.types.is_nested, pa.types.is_binary, pa.types.is_large_binary)
    others = tuple(
        name
        for name in schema.names
        if name not in (image, label) and not any(test(schema.field(name).type) for test in nested)
    )
    return _Columns(image, label, names.get(label or ""), others)


def _names_of(feature: Any) -> tuple[str, ...] | None:
    """The names of a ClassLabel, also of several an image."""
    for _ in range(3):
        if isinstance(feature, list) and feature:
            feature = feature[0]
        elif isinstance(feature, dict) and feature.get("_type") in ("Sequence", "List"):
            feature = feature.get("feature")
    if not isinstance(feature, dict) or feature.get("_type") != "ClassLabel":
        return None
    names = feature.get("names")
    if isinstance(names, list) and names and len(set(map(str, names))) == len(names):
        return tuple(map(str, names))
    return None


def _list(
    name: str,
    root: Path,
    files: Mapping[str, Sequence[Path]],
    called: str,
    note: str,
    features: Mapping[str, Any],
) -> Listing:
    import pandas as pd

    ordered = [(part, path) for part, group in files.items() for path in group]
    frames, facts, counts, parts = [], [], [], []
    roles: _Columns | None = None
    for part, path in ordered:
        try:
            schema = _schema(path)
            features = features or _schema_features(schema)
            roles = roles or _roles(schema, features, path)
            frames.append(_read(path, roles))
            stat = path.stat()
        except DataError:
            raise
        except Exception as error:
            # pyarrow has a dozen errors for files that are not what they claim to be.
            reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
            raise DataError(f"{path} cannot be read: {reason}; make it again.") from error
        counts.append(len(frames[-1]))
        parts += [part] * counts[-1]
        facts.append(f"{path.name}\0{stat.st_size}\0{stat.st_mtime_ns}")
    if roles is None or not sum(counts):
        raise DataError(f"{root} holds no images in {called}: save the dataset again.")
    table = pd.concat(frames, ignore_index=True)
    labels = _labels(table, roles, root)
    if labels.numbers.max() < 0:
        note = f"{note} {name} has no labels.".strip()
    ids = [
        f"{part}/{printable(where) if where else row}"
        for row, (part, where) in enumerate(zip(parts, table["\0path"], strict=True))
    ]
    starts = tuple(int(one) for one in np.cumsum([0, *counts]))
    blobs = TableBlobs(root, tuple(path for _, path in ordered), starts, roles.image)
    keys = identifiers(roles.others)
    return Listing(
        name=name,
        split=called,
        images=BlobImages(blobs, np.arange(len(table), dtype=np.int64), 3, None),
        labels=labels.numbers,
        class_names=labels.class_names,
        ids=unique(ids),
        note=note,
        state=digest("\n".join(facts)),
        columns={
            key: _named(as_column(table[one]), _names_of(features.get(one)))
            for key, one in zip(keys, roles.others, strict=True)
        },
        targets=labels.targets,
    )


def _schema(path: Path) -> Any:
    return _parquet_schema(path)[0] if path.suffix == ".parquet" else open_arrow(path).schema


def _read(path: Path, roles: _Columns) -> Any:
    """The columns that are no images, and under "\\0path" the images' names or ""."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    plain = [*roles.others, *([roles.label] if roles.label else [])]
    if path.suffix == ".parquet":
        kind = pq.read_schema(path).field(roles.image).type
        inner = [f"{roles.image}.path"] if _has_path(kind) else []
        # Without the images' contents, which are read when they are asked for.
        with pq.ParquetFile(path) as file:
            table = file.read(columns=[*plain, *inner])
            count = file.metadata.num_rows
    else:
        table = open_arrow(path)
        kind = table.schema.field(roles.image).type
        count = table.num_rows
        # A file can say that a value begins anywhere in the memory.
        table.column(roles.image).validate(full=True)
        for one in plain:
            table.column(one).validate(full=True)
    frame = table.select(plain).replace_schema_metadata(None).to_pandas()
    paths: list[Any] = [""] * count
    if _has_path(kind) and count:
        column = pa.compute.struct_field(table.column(roles.image), "path")
        paths = [one or "" for one in column.to_pylist()]
    frame = frame.reindex(range(count))
    frame["\0path"] = [str(one).rpartition("/")[2] for one in paths]
    return frame


def _has_path(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_struct(kind) and kind.get_field_index("path") >= 0)


def _labels(table: Any, roles: _Columns, where: Path) -> Labels:
    if roles.label is None:
        return Labels(np.full(len(table), UNLABELLED, np.int64), ())
    column = table[roles.label]
    if roles.names is None:
        return read_labels(as_strings(column), None, f"The column {roles.label!r} of {where}")
    count = len(roles.names)
    several = column.map(lambda one: isinstance(one, np.ndarray | list))
    if several.any():
        targets = np.zeros((len(table), count), np.bool_)
        first = np.full(len(table), UNLABELLED, np.int64)
        for row, values in enumerate(column):
            numbers = [] if values is None else [int(one) for one in values if 0 <= one < count]
            targets[row, numbers] = True
            first[row] = numbers[0] if numbers else UNLABELLED
        return Labels(first, roles.names, targets)
    numbers = column.fillna(UNLABELLED).to_numpy(dtype=np.int64)
    # Hugging Face's own sets have -1 where the test labels are kept back.
    outside = (numbers < 0) | (numbers >= min(count, MAX_CLASSES))
    return Labels(np.where(outside, UNLABELLED, numbers), roles.names)


def _named(column: NDArray[Any], names: tuple[str, ...] | None) -> NDArray[Any]:
    """Numbers of a further kind of class as its names."""
    if names is None or column.dtype != np.int64:
        return column
    return np.array([*names, ""], object)[
        np.where((column >= 0) & (column < len(names)), column, len(names))
    ]
