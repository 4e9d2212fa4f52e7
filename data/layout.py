"""How a folder of images is arranged: wrappers, splits, classes, classes of classes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from data.tree import Node

# Name of a folder, in lower case -> the split that it holds.
SPLIT_FOLDERS = {
    "train": "train", "training": "train",
    "test": "test", "testing": "test",
    "val": "val", "valid": "val", "validation": "val", "dev": "val",
}  # fmt: skip
ORDER = ("train", "val", "test")
# A share of sub-folders' names that must be met only once for them to be classes.
DISTINCT = 0.8
MAX_LEVELS = 4
# Names that number rather than name: 3, session_2, 2019-03-01.
NUMBERED = re.compile(r"[\W\d_]*|.*[^a-z]\d+|(session|subject|person|user|run|take|part)s?\d*")


@dataclass(frozen=True, slots=True)
class Class:
    """A class of images: its name, and the folders that hold it, in one split."""

    name: str
    node: Node


def unwrap(root: Node) -> Node:
    """The folder at which splits or classes begin, going through folders that only wrap it.

    A chain of single folders that never branches is no wrapper: its top is the only class.
    """
    node = root
    while not node.files:
        folders = node.filled()
        if len(folders) > 1 or find_splits(node):
            return node
        if not folders:
            return root
        node = folders[0]
    return root


def find_splits(root: Node) -> dict[str, list[Node]]:
    """{"train": its folders, ...}, {} where there are none.

    A folder called train that holds images itself is a class that happens to be called so, unless
    all folders that hold images are called like splits and one of them holds training images.
    """
    folders = [folder for folder in root.filled() if folder.name.lower() in SPLIT_FOLDERS]
    kinds = {SPLIT_FOLDERS[folder.name.lower()] for folder in folders}
    only_splits = len(folders) == len(root.filled()) and "train" in kinds and len(kinds) > 1
    # Beside splits with classes, test/ with images directly in it is test images without labels.
    if not only_splits and not any(folder.filled() for folder in folders):
        return {}
    found: dict[str, list[Node]] = {}
    for folder in folders:
        found.setdefault(SPLIT_FOLDERS[folder.name.lower()], []).append(folder)
    return {split: found[split] for split in ORDER if split in found}


def class_roots(nodes: Sequence[Node]) -> list[Node]:
    """Where the classes of a split begin: its folder, or the one that it wraps."""
    result = []
    for node in nodes:
        inner = unwrap(node)
        result.append(inner if not find_splits(inner) else node)
    return result


def find_classes(roots: Sequence[Node]) -> tuple[list[Class], bool]:
    """The classes below some folders, and whether they are the leaves of a hierarchy.

    Args:
        roots: where classes begin, one or more a split; classes of the same name are one.
    """
    classes = [Class(folder.name, folder) for root in roots for folder in root.folders]
    deeper = False
    for _ in range(MAX_LEVELS):
        if not _is_hierarchy(classes):
            break
        deeper = True
        classes = [
            Class(f"{one.name}/{folder.name}", folder)
            for one in classes
            for folder in one.node.folders
        ]
    return classes, deeper


def _is_hierarchy(classes: Sequence[Class]) -> bool:
    """Whether folders hold classes rather than being classes.

    They do when none holds images itself, they hold several folders each on the whole, and those
    have names of their own: cat/a, cat/b, dog/a, dog/b are sessions of cats and dogs.
    """
    filled = [one for one in classes if one.node.has_images()]
    if len(filled) < 2 or any(one.node.files for one in filled):
        return False
    parents: dict[str, set[str]] = {}
    for one in filled:
        parents.setdefault(one.name, set()).update(inner.name for inner in one.node.filled())
    names = [name for inner in parents.values() for name in inner]
    if len(parents) < 2 or len(names) <= len(parents):
        return False
    numbered = sum(bool(NUMBERED.fullmatch(name.lower())) for name in names)
    return len(set(names)) >= DISTINCT * len(names) and numbered <= len(names) / 2
