"""What kind of dataset lies at a path."""

from dataclasses import replace
from pathlib import Path

from data.files import count_class_folders, list_folder
from data.hub import find_shards, has_images, is_saved, list_saved, list_shards
from data.layout import find_splits
from data.listing import Listing
from data.manifest import is_manifest, list_manifest
from data.table import TABLE_SUFFIXES
from data.tfds import find_prepared, list_prepared
from data.tree import Node, Tree


def list_path(path: Path, split: str | None) -> Listing | None:
    """The images at a path, None when it is no dataset of files.

    Args:
        path: a folder or a table.
        split: "train", "test", "all", or None for "test" where there is one, else "all".

    Raises:
        DataError: it is one, but cannot be opened.
    """
    if path.is_file():
        if path.suffix.lower() not in TABLE_SUFFIXES:
            return None
        if path.suffix.lower() == ".parquet" and has_images(path):
            return list_shards(path, {path.stem: [path]}, split)
        return list_manifest(path, split)
    if not path.is_dir():
        return None
    if is_saved(path):
        return list_saved(path, split)
    if shards := find_shards(path):
        return list_shards(path, shards, split)
    if prepared := find_prepared(path):
        return list_prepared(prepared, split)
    tree = Tree(path)
    top = tree.walk()
    table = _only_manifest(tree, top)
    if table is not None:
        listing = list_manifest(table, split)
        said = f"The labels come from {table.name}." if listing.class_names else ""
        said = said or f"The images are those that {table.name} names."
        return replace(listing, note=f"{listing.note} {said}".strip())
    return list_folder(path, split, tree, top)


def _only_manifest(tree: Tree, top: Node) -> Path | None:
    """The table of a folder whose own folders tell no classes, if there is only one."""
    if count_class_folders(top) > 1:
        return None
    nodes = [top]
    while not nodes[-1].files and len(nodes[-1].filled()) == 1 and not find_splits(nodes[-1]):
        nodes.append(nodes[-1].filled()[0])
    for node in nodes:
        tables = [
            tree.root / node.path / entry.name
            for entry in tree.entries(node.path)
            if entry.name.lower().endswith(TABLE_SUFFIXES)
            and not entry.name.lower().endswith(".txt")
            and entry.is_file()
        ]
        tables = [table for table in tables if is_manifest(table)]
        if len(tables) == 1:
            return tables[0]
    return None
