"""Images in a folder: one sub-folder a class, with or without train/ and test/ above them."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from data.dataset import Dataset
from data.decode import Size, probe_file
from data.images import FileImages
from util import DataError, digest

SUFFIXES = (".jpg", ".jpeg", ".png")
# Name of a folder, in lower case -> the split that it holds.
SPLIT_FOLDERS = {
    "train": "train", "training": "train",
    "test": "test", "testing": "test",
    "val": "val", "valid": "val", "validation": "val",
}  # fmt: skip
# Headers of so many files tell size and colour: all 35,000 of a folder would take seconds.
PROBED = 256


def load_folder(root: Path, split: str | None) -> Dataset:
    """The dataset in a folder.

    Class names are the sub-folders' names in Python's order, over all splits, so that a class has
    the same number in each, and the one that Keras gives it. Images may lie deeper inside a
    class's folder. Their size, and whether all are grey, is told by the headers of PROBED files,
    evenly spread; a file that departs from them is converted when it is read. Hidden files, files
    that are no images, and links that lead out of the folder are left alone.

    Args:
        root: the folder.
        split: "train", "test", "all", or None for "test" where there is one, else "all".

    Raises:
        DataError: there are no images in sub-folders, or not that split.
    """
    tree = _Tree(root)
    splits = _find_splits(tree)
    chosen, folders, note = _choose(root, splits, split)
    groups = [folder for group in splits.values() for folder in group]
    class_names = sorted({path.name for folder in groups for path in tree.folders(folder)})
    files = [
        (os.path.relpath(entry.path, root), number, entry.stat())
        for folder in folders
        for number, name in enumerate(class_names)
        for entry in tree.images(folder / name)
    ]
    if not files:
        raise DataError(_nothing_found(tree, folders))
    paths = tuple(path for path, _, _ in files)
    shape, channels = _probe(root, paths)
    facts = "\n".join(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}" for path, _, stat in files)
    names = tuple(_printable(name) for name in class_names)
    return Dataset(
        name=root.resolve().name,
        split=chosen,
        images=FileImages(root, paths, channels, shape),
        labels=np.array([number for _, number, _ in files], np.int64),
        class_names=names,
        ids=tuple(_printable(path) for path in paths),
        total=len(files),
        note=" ".join(filter(None, (note, tree.note()))),
        fingerprint=digest(os.fsencode(facts), chosen, names),
    )


class _Tree:
    """The part of a folder that may be looked at: nothing hidden, no link that leads out of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.real_root = root.resolve()
        self.refused: set[str] = set()

    def entries(self, folder: Path) -> list[os.DirEntry[str]]:
        """What lies directly in a folder, by name."""
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            raise DataError(f"The folder {folder} cannot be read: {error.strerror}.") from error
        return [
            entry
            for entry in entries
            if not entry.name.startswith((".", "__MACOSX")) and self._stays_inside(entry)
        ]

    def folders(self, folder: Path) -> list[Path]:
        """The folders directly in a folder, by name."""
        return [Path(entry.path) for entry in self.entries(folder) if entry.is_dir()]

    def images(self, folder: Path) -> Iterator[os.DirEntry[str]]:
        """The image files in a folder, which may be missing, and in the folders inside it."""
        if not folder.is_dir():
            return
        for entry in self.entries(folder):
            if entry.is_dir():
                # A link to a folder above would lead round in a circle.
                if entry.is_symlink():
                    self.refused.add(entry.path)
                else:
                    yield from self.images(Path(entry.path))
            elif entry.name.lower().endswith(SUFFIXES) and entry.is_file():
                yield entry

    def note(self) -> str:
        """A sentence about the links left alone, or ""."""
        count = len(self.refused)
        if not count:
            return ""
        links = "link that leads" if count == 1 else "links that lead"
        return f"Left alone in {self.root.name}: {count:,} {links} elsewhere."

    def _stays_inside(self, entry: os.DirEntry[str]) -> bool:
        if not entry.is_symlink() or Path(entry.path).resolve().is_relative_to(self.real_root):
            return True
        self.refused.add(entry.path)
        return False


def _find_splits(tree: _Tree) -> dict[str, list[Path]]:
    """{"train": its folders, ...}, or {"all": [root]} where classes lie directly in the root."""
    found: dict[str, list[Path]] = {}
    for folder in tree.folders(tree.root):
        split = SPLIT_FOLDERS.get(folder.name.lower())
        # A folder of that name without folders in it is a class that happens to be called so.
        if split and tree.folders(folder):
            found.setdefault(split, []).append(folder)
    order = ["train", "val", "test"]
    return {split: found[split] for split in order if split in found} or {"all": [tree.root]}


def _choose(
    root: Path, splits: dict[str, list[Path]], split: str | None
) -> tuple[str, list[Path], str]:
    """(the split that is opened, its folders, a note or "")."""
    everything = [folder for group in splits.values() for folder in group]
    if "all" in splits:
        note = f"{root.name} has no train and test folders, so these are all its images."
        return "all", everything, "" if split in (None, "all") else note
    if split == "all" or (split is None and not {"test", "val"} & splits.keys()):
        return "all", everything, ""
    split = split or "test"
    if split in splits:
        return split, splits[split], ""
    if split == "test" and "val" in splits:
        name = splits["val"][0].name
        return split, splits["val"], f"{root.name} has no test folder, so these are from {name}."
    names = " and ".join(folder.name for folder in everything)
    raise DataError(f"{root} has no {split} folder, only {names}: choose that split, or all.")


def _nothing_found(tree: _Tree, folders: Sequence[Path]) -> str:
    wanted = f"images ({', '.join(SUFFIXES)}) in one sub-folder a class"
    for folder in folders:
        if any(entry.name.lower().endswith(SUFFIXES) for entry in tree.entries(folder)):
            return (
                f"The images in {folder} lie directly in it, and wanted are {wanted}: the "
                "sub-folder's name is the label."
            )
    return f"There are no images in {' or '.join(map(str, folders))}; wanted are {wanted}."


def _probe(root: Path, paths: Sequence[str]) -> tuple[Size | None, int]:
    """(the common height and width or None, 1 when all are grey, else 3) of evenly spread files."""
    step = max(1, len(paths) // PROBED)
    facts = []
    for path in paths[::step]:
        try:
            facts.append(probe_file(root / path))
        except DataError:
            # It is reported when it is read, where that reader can do something about it.
            continue
    sizes = {size for size, _ in facts}
    grey = bool(facts) and all(channels == 1 for _, channels in facts)
    return (sizes.pop() if len(sizes) == 1 else None), (1 if grey else 3)


def _printable(name: str) -> str:
    """A file name as text that can be written as UTF-8, whatever bytes it is made of."""
    return os.fsencode(name).decode("utf-8", "backslashreplace").replace(os.sep, "/")
