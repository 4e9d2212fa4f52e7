"""Tables with a row an image: its path, its label, and whatever else is known about it."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from data.check import none_left
from data.dataset import LeftOut
from data.images import FileImages
from data.labels import Labels, read_labels
from data.layout import SPLIT_FOLDERS
from data.listing import Listing, unique
from data.paths import find_files
from data.splits import choose_rows
from data.table import as_column, as_strings, identifiers, read_table
from data.tree import Tree, is_image, printable
from util import DataError, digest

if TYPE_CHECKING:
    import pandas as pd

# Names of columns as identifiers, the likeliest first.
PATH_COLUMNS = (
    "path", "file", "filename", "file_name", "filepath", "file_path", "image", "image_path",
    "img", "img_path", "image_file", "image_name", "img_name", "imagepath", "imagename",
    "relative_path", "image_filename", "image_id", "id_code", "image_index", "picture", "photo",
)  # fmt: skip
LABEL_COLUMNS = (
    "label", "labels", "class", "class_", "classes", "category", "categories", "target", "targets",
    "y", "species", "class_id", "label_id", "class_index", "category_id", "class_name",
    "classname", "label_name", "category_name", "finding_labels", "tag", "tags", "breed",
    "diagnosis", "annotation",
)  # fmt: skip
NAME_COLUMNS = (
    "label_name", "class_name", "category_name", "label_text", "classname", "labels_name",
    "species", "name",
)  # fmt: skip
SPLIT_COLUMNS = ("split", "subset", "set", "fold", "partition", "data_set", "dataset", "usage")
SPLIT_NAMES = {**SPLIT_FOLDERS, "eval": "val", "public": "val", "private": "test"}
# Rows that tell whether a column holds paths.
PROBED = 200


def list_manifest(path: Path, split: str | None) -> Listing:
    """The images that a table names, by paths relative to its folder.

    Args:
        path: .csv, .tsv, .txt, .parquet or .jsonl.
        split: "train", "test", "all", or None for "test" where there is one, else "all".

    Raises:
        DataError: it is no table, has no column of paths, not that split, or none of the files
            is there.
    """
    frame = read_table(path)
    originals = [str(name) for name in frame.columns]
    frame = frame.set_axis(identifiers(originals), axis=1)
    wanted = _path_column(frame)
    if wanted is None:
        raise DataError(
            f"{path} has the columns {', '.join(originals)}, and none of them holds paths of "
            "images: call one path, or file, or image."
        )
    label = next((name for name in LABEL_COLUMNS if name in frame and name != wanted), None)
    names = next(
        (name for name in NAME_COLUMNS if name in frame and name not in (wanted, label)), None
    )
    labels = _labels(frame, label, names, path)
    parts, split_column = _splits(frame, {wanted, label})
    rows, chosen, note = choose_rows(path.name, parts, split, len(frame))
    text = as_strings(frame[wanted])[rows]
    return _collect(path, frame, rows, text, labels, chosen, note, {wanted, label, split_column})


def is_manifest(path: Path) -> bool:
    """Whether a file is a table with a column of paths; False also when it cannot be read."""
    try:
        frame = read_table(path)
    except DataError:
        return False
    return _path_column(frame.set_axis(identifiers(frame.columns), axis=1)) is not None


def _collect(
    path: Path,
    frame: "pd.DataFrame",
    rows: NDArray[np.int64],
    text: NDArray[np.object_],
    labels: Labels | None,
    chosen: str,
    note: str,
    used: set[str | None],
) -> Listing:
    tree = Tree(path.parent)
    found = find_files(tree, text)
    here = np.flatnonzero(found.reasons == "")
    away = np.flatnonzero(found.reasons != "")
    gone = zip(text[away], rows[away], found.reasons[away], strict=True)
    ids = unique(printable(str(name)) if name else f"row {row + 1}" for name, row, _ in gone)
    left_out = tuple(
        LeftOut(name, str(reason)) for name, reason in zip(ids, found.reasons[away], strict=True)
    )
    if not len(here):
        raise DataError(none_left(path.name, left_out))
    files = found.files[here]
    paths = tuple(file.path for file in files)
    facts = "\n".join(f"{file.path}\0{file.size}\0{file.changed}" for file in files)
    kept = rows[here]
    if labels is None:
        labels = Labels(np.full(len(frame), -1, np.int64), ())
    if labels.numbers.max() < 0:
        note = f"{note} {path.name} has no labels.".strip()
    columns = {
        name: as_column(frame[name].iloc[kept])
        for name in frame.columns
        if name not in used and not _is_nested(frame[name])
    }
    return Listing(
        name=path.name,
        split=chosen,
        images=FileImages(path.parent, paths, 3, None),
        labels=labels.numbers[kept],
        class_names=labels.class_names,
        ids=unique(map(printable, paths)),
        note=" ".join(filter(None, (note, tree.note()))),
        state=digest(os.fsencode(facts)),
        columns=columns,
        targets=None if labels.targets is None else labels.targets[kept],
        left_out=left_out,
    )


def _path_column(frame: "pd.DataFrame") -> str | None:
    named = [name for name in PATH_COLUMNS if name in frame]
    texts = [name for name in frame.columns if _looks_like_paths(frame, name)]
    for name in named:
        if name in texts:
            return name
    if texts:
        return str(texts[0])
    return named[0] if named and not _is_nested(frame[named[0]]) else None


def _looks_like_paths(frame: "pd.DataFrame", name: str) -> bool:
    if _is_nested(frame[name]):
        return False
    head = [one for one in as_strings(frame[name].iloc[:PROBED]) if one]
    return bool(head) and sum(map(is_image, head)) > len(head) / 2


def _is_nested(column: "pd.Series[Any]") -> bool:
    """Whether a column holds records or bytes instead of single values."""
    if column.dtype != object:
        return False
    return any(isinstance(one, dict | bytes) for one in column.iloc[:PROBED])


def _labels(
    frame: "pd.DataFrame", label: str | None, names: str | None, path: Path
) -> Labels | None:
    if label is None:
        return None
    own = None if names is None else as_strings(frame[names])
    return read_labels(as_strings(frame[label]), own, f"The column {label!r} of {path}")


def _splits(
    frame: "pd.DataFrame", used: set[str | None]
) -> tuple[NDArray[np.object_] | None, str | None]:
    """((N,) of "train", "val", "test" or "", the column that says so), or (None, None)."""
    import pandas as pd

    for name in SPLIT_COLUMNS:
        if name in frame and name not in used:
            text = pd.Series(as_strings(frame[name]), dtype=object).str.lower()
            if set(text.unique()) - {""} <= SPLIT_NAMES.keys() and (text != "").any():
                return text.map({**SPLIT_NAMES, "": ""}).to_numpy(dtype=object), name
    return None, None
