"""Paths written in a table, as files that lie below the table's folder."""

import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.tree import File, Tree, is_image
from util import DataError

OUTSIDE = "leads out of the folder"
MISSING = "no such file"
EMPTY = "no path"
# Fewer than this share found as written, and they are looked for by their names alone.
FOUND = 0.5


@dataclass(frozen=True, slots=True)
class Found:
    """Where N paths lead.

    Attributes:
        files: (N,) of File, None where there is none.
        reasons: (N,) of str, "" where there is a file, else why there is none.
    """

    files: NDArray[np.object_]
    reasons: NDArray[np.object_]


def find_files(tree: Tree, text: NDArray[np.object_]) -> Found:
    """The files that paths name.

    They are relative to the tree's root. Where most of them name nothing, a file of that name
    anywhere below the root is meant, with or without the suffix, if there is only one.

    Args:
        tree: looks into the table's folder.
        text: (N,), str, with / or \\.
    """
    import pandas as pd

    codes, distinct = pd.factorize(pd.Series(text, dtype=object))
    wanted = [_normal(str(path)) for path in distinct]
    folders: dict[str, dict[str, File] | None] = {}
    files: list[File | None] = []
    reasons: list[str] = []
    for path in wanted:
        file, reason = None, path[1:] if path.startswith("\0") else MISSING
        if not path.startswith("\0"):
            folder, name = os.path.split(path)
            if folder not in folders:
                folders[folder] = _look_into(tree, folder)
            inside = folders[folder]
            if inside is None:
                reason = OUTSIDE
            else:
                file = inside.get(name)
                if file is None and not _is_inside(tree, path):
                    reason = OUTSIDE
        files.append(file)
        reasons.append("" if file else reason)
    if sum(file is not None for file in files) < FOUND * len(files):
        _find_by_name(tree, wanted, files, reasons)
    by_path = np.empty(len(files) + 1, object)
    by_path[: len(files)] = files
    texts = np.array([*reasons, EMPTY], object)
    return Found(by_path[codes], texts[codes])


def _normal(path: str) -> str:
    """A path as the system writes it, or "\\0" and why it cannot be one."""
    if not path:
        return f"\0{EMPTY}"
    if "\0" in path:
        return f"\0{MISSING}"
    if "\\" in path and "/" not in path:
        path = path.replace("\\", "/")
    if path.startswith("/") or (len(path) > 1 and path[1] == ":" and path[0].isalpha()):
        return f"\0{OUTSIDE}"
    plain = os.path.normpath(path)
    if plain == ".." or plain.startswith(f"..{os.sep}"):
        return f"\0{OUTSIDE}"
    return plain


def _look_into(tree: Tree, folder: str) -> dict[str, File] | None:
    """The files directly in a folder, by name; None when it leads out of the root."""
    if not tree.is_inside(tree.root / folder):
        return None
    try:
        entries = tree.entries(folder) if (tree.root / folder).is_dir() else []
    except (DataError, OSError):
        return {}
    files = ((entry.name, tree.file(entry, os.path.join(folder, entry.name))) for entry in entries)
    return {name: file for name, file in files if file is not None}


def _is_inside(tree: Tree, path: str) -> bool:
    full = tree.root / path
    return not full.is_symlink() or tree.is_inside(full)


def _find_by_name(
    tree: Tree, wanted: list[str], files: list[File | None], reasons: list[str]
) -> None:
    """Fill in the files that only one file's name fits; in place."""
    by_name: dict[str, File | None] = {}
    for file in tree.walk().images():
        name = os.path.basename(file.path)
        for key in (name, os.path.splitext(name)[0]):
            by_name[key] = None if key in by_name else file
    for number, path in enumerate(wanted):
        # A path that leads out of the folder is not mended: it may mean some other image.
        if files[number] is None and not path.startswith("\0"):
            name = os.path.basename(path)
            stem = os.path.splitext(name)[0] if is_image(name) else name
            found = by_name.get(name) or by_name.get(stem)
            if found is not None:
                files[number], reasons[number] = found, ""
