"""The part of a folder that may be looked at: nothing hidden, no link that leads out of it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from util import DataError

# Suffixes of files of the formats that data/decode.py reads.
SUFFIXES = (
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff",
    ".ppm", ".pgm", ".pbm", ".pnm", ".avif",
)  # fmt: skip
# Folders inside folders beyond this are left alone: no one keeps images there.
MAX_DEPTH = 40


@dataclass(frozen=True, slots=True)
class File:
    """An image file: its path relative to the folder that was opened, bytes and nanoseconds."""

    path: str
    size: int
    changed: int


@dataclass(slots=True)
class Node:
    """A folder: its path relative to the folder that was opened, and what lies in it, by name."""

    name: str
    path: str
    files: list[File] = field(default_factory=list)
    folders: list["Node"] = field(default_factory=list)

    def images(self) -> Iterator[File]:
        """The images in it and in the folders inside it, in the order of their names."""
        parts: list[File | Node] = [*self.files, *self.folders]
        for part in sorted(parts, key=lambda part: part.path):
            if isinstance(part, File):
                yield part
            else:
                yield from part.images()

    def has_images(self) -> bool:
        return bool(self.files) or any(folder.has_images() for folder in self.folders)

    def filled(self) -> list["Node"]:
        """The folders directly in it that hold images, at any depth."""
        return [folder for folder in self.folders if folder.has_images()]


class Tree:
    """Looks into a folder.

    Attributes:
        root: the folder.
        refused: paths of links that were left alone.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.real_root = root.resolve()
        self.refused: set[str] = set()

    def walk(self, path: str = "", depth: int = 0, linked: bool = False) -> Node:
        """The folder at `path`, relative to the root, with all that lies in it.

        Args:
            path: the folder.
            depth: of the folders that it lies in.
            linked: one of them is a link; a second one could lead round in a circle.

        Raises:
            DataError: a folder cannot be read.
        """
        node = Node(os.path.basename(path), path)
        for entry in self.entries(path):
            inner = f"{path}{os.sep}{entry.name}" if path else entry.name
            if entry.is_dir():
                link = entry.is_symlink()
                if link and (linked or _leads_above(entry)):
                    self.refused.add(entry.path)
                elif depth < MAX_DEPTH:
                    node.folders.append(self.walk(inner, depth + 1, linked or link))
            elif is_image(entry.name) and (file := self.file(entry, inner)):
                node.files.append(file)
        return node

    def entries(self, path: str) -> list[os.DirEntry[str]]:
        """What lies directly in a folder, by name.

        Raises:
            DataError: it cannot be read.
        """
        folder = self.root / path
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

    def file(self, entry: os.DirEntry[str], path: str) -> File | None:
        """An entry as a file; None when it is a device, a pipe, a broken link or gone."""
        try:
            if not entry.is_file():
                return None
            stat = entry.stat()
        except OSError:
            return None
        return File(path, stat.st_size, stat.st_mtime_ns)

    def note(self) -> str:
        """A sentence about the links left alone, or ""."""
        count = len(self.refused)
        if not count:
            return ""
        links = "link that leads" if count == 1 else "links that lead"
        return f"Left alone in {self.root.name}: {count:,} {links} elsewhere."

    def _stays_inside(self, entry: os.DirEntry[str]) -> bool:
        if not entry.is_symlink() or self.is_inside(Path(entry.path)):
            return True
        self.refused.add(entry.path)
        return False

    def is_inside(self, path: Path) -> bool:
        """Whether a path, its links followed, leads to the root or below it."""
        try:
            return path.resolve().is_relative_to(self.real_root)
        except (OSError, RuntimeError, ValueError):
            return False


def _leads_above(entry: os.DirEntry[str]) -> bool:
    """Whether a link leads to a folder that it lies in."""
    return Path(entry.path).parent.resolve().is_relative_to(Path(entry.path).resolve())


def is_image(name: str) -> bool:
    """Whether a file's name says that it is an image."""
    return name.lower().endswith(SUFFIXES)


def printable(name: str) -> str:
    """A file's name as text of one line that can be written as UTF-8, whatever it is made of."""
    if os.sep == "/" and name.isprintable():
        return name
    text = os.fsencode(name).decode("utf-8", "backslashreplace").replace(os.sep, "/")
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )
