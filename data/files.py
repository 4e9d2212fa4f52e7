"""Images in a folder: one sub-folder a class, with or without train/ and test/ above them."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from data.dataset import UNLABELLED
from data.images import FileImages
from data.layout import SPLIT_FOLDERS, Class, class_roots, find_classes, find_splits, unwrap
from data.listing import Listing, unique
from data.tree import SUFFIXES, File, Node, Tree, printable
from util import DataError, digest


def list_folder(root: Path, split: str | None, tree: Tree, top: Node) -> Listing:
    """The images in a folder.

    Class names are the sub-folders' names in Python's order, over all splits, so that a class has
    the same number in each, and the one that Keras gives it. Images may lie deeper inside a
    class's folder; folders that only wrap the others are gone through; where the first folders
    hold folders of classes, those are the classes, as data/layout.py tells. Without class folders
    the images have no labels. Hidden files, files that are no images, and links that lead out of
    the folder are left alone.

    Args:
        root: the folder.
        split: "train", "test", "all", or None for "test" where there is one, else "all".
        tree: what has looked into it.
        top: what it has found.

    Raises:
        DataError: there are no images, or not that split.
    """
    base = unwrap(top)
    splits = {name: class_roots(nodes) for name, nodes in find_splits(base).items()}
    groups = [node for nodes in (splits.values() or [[base]]) for node in nodes]
    labelled = _labelled(groups, bool(splits))
    classes, deeper = find_classes(labelled)
    class_names = sorted({one.name for one in classes if labelled})
    chosen, nodes, note = _choose(root, splits or {"all": [base]}, split, labelled)
    files, loose = _collect(nodes, labelled, classes, class_names)
    if not files:
        raise DataError(_nothing_found(root, nodes))
    notes = [note, _structure_note(root, classes, deeper, loose, files), tree.note()]
    paths = tuple(file.path for file, _ in files)
    facts = "\n".join(f"{file.path}\0{file.size}\0{file.changed}" for file, _ in files)
    return Listing(
        name=printable(root.resolve().name),
        split=chosen,
        images=FileImages(root, paths, 3, None),
        labels=np.array([number for _, number in files], np.int64),
        class_names=unique(map(printable, class_names)),
        ids=unique(map(printable, paths)),
        note=" ".join(filter(None, notes)),
        state=digest(os.fsencode(facts), tuple(map(printable, class_names))),
    )


def count_class_folders(top: Node) -> int:
    """How many folders with images a folder has that could be classes; splits are none."""
    base = unwrap(top)
    splits = find_splits(base)
    groups = [node for nodes in splits.values() for node in nodes] or [base]
    return max(len(group.filled()) for group in groups)


def _labelled(groups: Sequence[Node], has_splits: bool) -> list[Node]:
    """Those of the folders that hold folders of classes.

    Beside splits with classes, one with a single folder of images that is no class elsewhere,
    such as val/images, holds images without labels.
    """
    with_folders = [
        group for group in groups if group.filled() or (group.folders and not group.files)
    ]
    if not has_splits:
        return with_folders
    several = {
        folder.name
        for group in with_folders
        if len(group.filled()) > 1
        for folder in group.filled()
    }
    return [
        group
        for group in with_folders
        if not several or any(folder.name in several for folder in group.filled())
    ]


def _collect(
    nodes: Sequence[Node],
    labelled: Sequence[Node],
    classes: Sequence[Class],
    class_names: Sequence[str],
) -> tuple[list[tuple[File, int]], int]:
    """([(image, its label)], number of images without a class that are left alone)."""
    files: list[tuple[File, int]] = []
    loose = 0
    numbers = {name: number for number, name in enumerate(class_names)}
    for node in nodes:
        if not any(node is one for one in labelled):
            files += [(file, UNLABELLED) for file in node.images()]
            continue
        loose += len(node.files)
        prefix = f"{node.path}{os.sep}" if node.path else ""
        inside = [one for one in classes if one.node.path.startswith(prefix)]
        for one in sorted(inside, key=lambda one: numbers[one.name]):
            files += [(file, numbers[one.name]) for file in one.node.images()]
    return files, loose


def _structure_note(
    root: Path, classes: Sequence[Class], deeper: bool, loose: int, files: list[tuple[File, int]]
) -> str:
    name = printable(root.resolve().name)
    notes = []
    if all(number == UNLABELLED for _, number in files):
        notes.append(
            f"The images taken from {name} are in no folders of classes, so they have no labels."
        )
    elif deeper:
        first = min(classes, key=lambda one: one.name)
        notes.append(
            f"{name} has folders of classes inside folders; the innermost are the "
            f"classes, such as {printable(first.name)}."
        )
    if loose:
        them = "1 image that lies" if loose == 1 else f"{loose:,} images that lie"
        notes.append(f"Left alone in {name}: {them} beside the folders of classes.")
    return " ".join(notes)


def _choose(
    root: Path, splits: dict[str, list[Node]], split: str | None, labelled: Sequence[Node]
) -> tuple[str, list[Node], str]:
    """(the split that is opened, its folders, a note or "")."""
    name = printable(root.resolve().name)
    everything = [node for nodes in splits.values() for node in nodes]
    if "all" in splits:
        note = f"{name} has no train and test folders, so these are all its images."
        return "all", everything, "" if split in (None, "all") else note
    known = splits
    if split is None and labelled:
        # Labels are worth more than the split's name.
        known = {
            one: nodes
            for one, nodes in splits.items()
            if any(node is other for node in nodes for other in labelled)
        }
    if split == "all" or (split is None and not {"test", "val"} & known.keys()):
        return "all", [node for nodes in known.values() for node in nodes], ""
    split = split or "test"
    if split in known:
        return split, known[split], ""
    if split == "test" and "val" in known:
        where = _split_folder(known["val"][0])
        only = "test folder with labels" if "test" in splits else "test folder"
        return split, known["val"], f"{name} has no {only}, so these are from {where}."
    names = " and ".join(_split_folder(node) for node in everything)
    raise DataError(f"{root} has no {split} folder, only {names}: choose that split, or all.")


def _split_folder(node: Node) -> str:
    parts = node.path.split(os.sep)
    return printable(next((p for p in reversed(parts) if p.lower() in SPLIT_FOLDERS), node.name))


def _nothing_found(root: Path, nodes: Sequence[Node]) -> str:
    folders = [root / node.path for node in nodes]
    return (
        f"There are no images in {' or '.join(map(str, folders))}; wanted are images "
        f"({', '.join(SUFFIXES)}), best in one sub-folder a class."
    )
