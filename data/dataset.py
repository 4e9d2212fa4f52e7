"""A labelled set of images, the same whatever it was read from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.images import ImageSource


@dataclass(frozen=True, slots=True)
class Dataset:
    """N images with their labels and what is known about them.

    Attributes:
        name: "mnist", or the name of the folder or file.
        split: "test", "train", or "all" when there are no splits or all were asked for.
        images: the N images, read when asked for.
        labels: int64, (N,), 0 to C-1.
        class_names: the C names, by label.
        ids: N unique names of images: "test/0", or a path relative to the folder.
        total: number of images before a limit, M >= N.
        note: "" or one sentence or more that the user should read.
        fingerprint: hex digest of all that results depend on; equal datasets have equal ones.
    """

    name: str
    split: str
    images: ImageSource
    labels: NDArray[np.int64]
    class_names: tuple[str, ...]
    ids: Sequence[str]
    total: int
    note: str
    fingerprint: str

    def __post_init__(self) -> None:
        count = len(self.images)
        assert count > 0
        assert self.labels.shape == (count,)
        assert self.labels.dtype == np.int64
        assert self.labels.min() >= 0
        assert self.labels.max() < len(self.class_names)
        assert len(self.ids) == count
        assert self.total >= count

    def __len__(self) -> int:
        return len(self.images)

    @property
    def num_classes(self) -> int:
        return len(self.class_names)
