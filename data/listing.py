"""What a folder or a file says it holds, before its images have been looked at."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.dataset import LeftOut
from data.images import BlobImages, FileImages


@dataclass(frozen=True, slots=True)
class Listing:
    """N images as they are listed. The fields are those of `Dataset`, and:

    Attributes:
        images: their shape and channels are not known yet.
        state: hex digest that changes when a file's content does.
    """

    name: str
    split: str
    images: FileImages | BlobImages
    labels: NDArray[np.int64]
    class_names: tuple[str, ...]
    ids: tuple[str, ...]
    note: str
    state: str
    columns: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    targets: NDArray[np.bool_] | None = None
    left_out: tuple[LeftOut, ...] = ()

    def take(self, indices: NDArray[np.int64]) -> "Listing":
        """The listing of the images at `indices`, in that order."""
        return replace(
            self,
            images=self.images.take(indices),
            labels=self.labels[indices],
            ids=tuple(self.ids[index] for index in indices),
            columns={name: column[indices] for name, column in self.columns.items()},
            targets=None if self.targets is None else self.targets[indices],
        )


def unique(names: Iterable[str]) -> tuple[str, ...]:
    """The names, with #2, #3 ... behind those that have been there before."""
    given = list(names)
    taken = set(given)
    if len(taken) == len(given):
        return tuple(given)
    seen: set[str] = set()
    numbers: dict[str, int] = {}
    result = []
    for name in given:
        wanted = name
        while wanted in seen or (wanted != name and wanted in taken):
            numbers[name] = numbers.get(name, 1) + 1
            wanted = f"{name}#{numbers[name]}"
        seen.add(wanted)
        result.append(wanted)
    return tuple(result)
