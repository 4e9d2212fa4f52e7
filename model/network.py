"""A saved network: opened without running anything in it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from model import archive
from model.archive import Archive
from util import digest, file_digest

if TYPE_CHECKING:
    from model.build import Built


@dataclass(frozen=True, slots=True)
class Network:
    """A saved network, not loaded yet: opening one takes milliseconds, Keras takes seconds.

    Attributes:
        archive: what is in the file.
        input, output: names of the input and output to look at, where there are several.
        custom_objects: a Python file of the user's own that is run for its classes and functions.
    """

    archive: Archive
    input: str | None = None
    output: str | None = None
    custom_objects: Path | None = None

    @property
    def name(self) -> str:
        return self.archive.path.name

    @property
    def path(self) -> Path:
        return self.archive.path

    @property
    def digest(self) -> str:
        """Of all that the network's outputs depend on."""
        chosen = self.input or self.output or self.custom_objects
        if not chosen:
            return self.archive.digest
        code = None if self.custom_objects is None else file_digest(self.custom_objects)
        return digest(self.archive.digest, self.input, self.output, code)

    def load(self) -> "Built":
        """The Keras model, uncompiled, with what had to be repaired.

        Raises:
            ModelError: Keras cannot rebuild it, or it has no known input.
        """
        from model.build import build

        return build(self.archive, self.custom_objects)


def open_network(
    path: str | Path,
    *,
    input: str | None = None,
    output: str | None = None,
    custom_objects: str | Path | None = None,
) -> Network:
    """Open a saved network without running anything in it.

    Args:
        path: a file or a folder that holds one.
        input, output: names, where the network has several.
        custom_objects: a Python file; its code is run when the network is loaded.

    Raises:
        ModelError: it cannot be opened; the sentence says why and what to do.
    """
    code = None if custom_objects is None else Path(custom_objects)
    return Network(archive.read(Path(path), code), input, output, code)
