"""Names of classes in the order of a network's outputs, and datasets numbered in that order."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from data.dataset import UNLABELLED, Dataset
from util import DataError, digest

# Files beside a network that name its classes, the first found wins.
FILES = ("labels.txt", "class_names.txt", "class_indices.json", "labels.json")
# A list of names is a few kilobytes; a file of gigabytes is something else.
MAX_BYTES = 16 * 2**20
MAX_NAMES = 100_000
NUMBERED = re.compile(r"\s*(\d+)[\s:,;\t]+(\S.*?)\s*")
SHOWN = 5


def read_class_names(given: str | Path | Sequence[str]) -> tuple[str, ...]:
    """Names of classes in the order of the network's outputs.

    Args:
        given: the names; or "cat,dog"; or a file: text with one name a line, or "0 cat" as
            Teachable Machine writes; JSON with a list, or {"0": "cat"}, or {"cat": 0}.

    Raises:
        DataError: the file cannot be read, a name is empty or given twice, or a number is missing.
    """
    if not isinstance(given, str | Path):
        return _checked([str(name) for name in given], "The class names given")
    path = Path(given)
    try:
        is_file = path.is_file()
    except (OSError, ValueError):
        is_file = False
    if is_file:
        return _read_file(path)
    text = str(given)
    if isinstance(given, Path) or ("," not in text and path.suffix in (".txt", ".json", ".csv")):
        raise DataError(
            f"There is no file {text} with names of classes: give an existing one, or the names "
            "themselves with commas between them."
        )
    return _checked([name.strip() for name in text.split(",")], f"The class names {text!r}")


def find_class_names(model_path: Path) -> Path | None:
    """The file beside a network, or in its folder, that names its classes; None without one."""
    model_path = Path(model_path)
    folders = [model_path.parent]
    if model_path.is_dir():
        folders.insert(0, model_path)
    for folder in folders:
        for name in FILES:
            if (folder / name).is_file():
                return folder / name
    return None


def apply_class_names(dataset: Dataset, names: Sequence[str], explicit: bool) -> Dataset:
    """The dataset with its classes numbered as the names are.

    Classes are matched without regard to case, spaces, _ and -. Where the dataset knows its
    classes by numbers only, or not at all, the names are theirs by position.

    Args:
        dataset: any.
        names: in the order of the network's outputs.
        explicit: the user named them; otherwise they were found somewhere.

    Raises:
        DataError: the names are not those of the dataset's classes, and explicit.
    """
    wanted = tuple(names)
    if dataset.class_names == wanted:
        return dataset
    present = np.unique(dataset.labels[dataset.labels != UNLABELLED])
    if dataset.targets is not None:
        present = np.union1d(present, np.flatnonzero(dataset.targets.any(axis=0)))
    order = _order(dataset.class_names, wanted, present)
    if isinstance(order, str):
        if explicit:
            raise DataError(
                f"The class names given ({_shown(wanted)}) do not fit the dataset {dataset.name} "
                f"({_shown(dataset.class_names)}): {order}."
            )
        note = f"The names of classes found beside the network ({_shown(wanted)}) are not the "
        note += f"dataset's, and were left alone: {order}."
        return replace(dataset, note=f"{dataset.note} {note}".strip())
    # One more, so that UNLABELLED, which is -1, stays what it is.
    table = np.full(len(dataset.class_names) + 1, UNLABELLED, np.int64)
    for old, new in order.items():
        table[old] = new
    targets = None
    if dataset.targets is not None:
        targets = np.zeros((len(dataset), len(wanted)), np.bool_)
        for old, new in order.items():
            targets[:, new] |= dataset.targets[:, old]
    return replace(
        dataset,
        labels=table[dataset.labels],
        targets=targets,
        class_names=wanted,
        fingerprint=digest(dataset.fingerprint, wanted),
    )


def _order(have: Sequence[str], wanted: Sequence[str], present: Any) -> dict[int, int] | str:
    """{the dataset's number of a class: the network's}, or why there is none."""
    plain = [_plain(name) for name in wanted]
    own = [_plain(name) for name in have]
    if len(set(plain)) == len(plain) and len(set(own)) == len(own) and set(own) <= set(plain):
        return {old: plain.index(name) for old, name in enumerate(own)}
    top = int(present.max()) + 1 if len(present) else 0
    if all(name.strip().isdigit() for name in have):
        # A class called 3 is the third output, also where 0 has no images.
        numbers = [int(name) for name in have]
        if max(numbers, default=-1) < len(wanted) and len(set(numbers)) == len(numbers):
            return dict(enumerate(numbers))
        if top > len(wanted):
            return f"{len(wanted)} are named, and the labels go up to {top - 1}"
        return f"{len(wanted)} are named, and the classes go up to {max(numbers)}"
    exact = [name.strip() for name in wanted]
    if set(have) <= set(exact) and len(set(exact)) == len(exact):
        return {old: exact.index(name) for old, name in enumerate(have)}
    lacking = [name for name, key in zip(have, own, strict=True) if key not in plain]
    return f"{_shown(lacking or have)} must be among them"


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name).casefold()


def _shown(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _read_file(path: Path) -> tuple[str, ...]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DataError(f"{path} is too large to be a list of names of classes: give another.")
        raw = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    where = f"The class names in {path}"
    if path.suffix.lower() == ".json":
        return _checked(_from_json(text, path), where)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    numbered = [NUMBERED.fullmatch(line) for line in lines]
    if lines and all(numbered):
        pairs = [(int(found[1]), found[2]) for found in numbered if found]
        first = min(number for number, _ in pairs)
        if first < 2 and {number - first for number, _ in pairs} == set(range(len(pairs))):
            return _checked([name for _, name in sorted(pairs)], where)
    return _checked(lines, where)


def _from_json(text: str, path: Path) -> list[str]:
    wrong = DataError(
        f'{path} names no classes: wanted is a list of names, or {{"0": "cat"}}, or {{"cat": 0}}.'
    )
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise wrong from None
    if isinstance(content, list) and all(isinstance(name, str | int) for name in content):
        return [str(name) for name in content]
    if not isinstance(content, dict) or not content:
        raise wrong
    if all(str(key).isdecimal() for key in content) and all(
        isinstance(value, str) for value in content.values()
    ):
        pairs = [(int(key), value) for key, value in content.items()]
    elif all(type(value) is int for value in content.values()):
        pairs = [(value, str(key)) for key, value in content.items()]
    else:
        raise wrong
    if sorted(number for number, _ in pairs) != list(range(len(pairs))):
        raise DataError(
            f"{path} numbers its classes with gaps or twice; wanted are 0 to {len(pairs) - 1}, "
            "the numbers of the network's outputs."
        )
    return [name for _, name in sorted(pairs)]


def _checked(names: Sequence[str], where: str) -> tuple[str, ...]:
    if not names or len(names) > MAX_NAMES or any(not name.strip() for name in names):
        raise DataError(f"{where} are none, too many, or one is empty: give one name an output.")
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise DataError(f"{where} have {name!r} twice: each output needs a name of its own.")
        seen.add(name)
    return tuple(name.strip() for name in names)
