"""What became of each image over a training: when it was learned, and how often forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Columns of the samples table.
LEARNED = "learned"
FORGOTTEN = "forgotten"
NEVER_LEARNED = "never_learned"
NAMES = (LEARNED, FORGOTTEN, NEVER_LEARNED)


@dataclass(frozen=True, slots=True)
class Learning:
    """What became of each of N images over E epochs.

    Attributes:
        learned: float32, (N,), number of the epoch from which on it was right to the end; NaN where
            it is wrong in the end, or has no label.
        forgotten: int64, (N,), how often it was right after an epoch and wrong after the next
            (forgetting events: Toneva et al., An empirical study of example forgetting, 2019).
        never_learned: bool, (N,), it has a label and was right after no epoch.
        learned_by: int64, (E,), images learned for good by each epoch.
        forgotten_since: int64, (E,), images right after the epoch before and wrong after this one.
    """

    learned: NDArray[np.float32]
    forgotten: NDArray[np.int64]
    never_learned: NDArray[np.bool_]
    learned_by: NDArray[np.int64]
    forgotten_since: NDArray[np.int64]

    @property
    def columns(self) -> dict[str, NDArray[Any]]:
        """The columns of the samples table."""
        return {
            LEARNED: self.learned,
            FORGOTTEN: self.forgotten,
            NEVER_LEARNED: self.never_learned,
        }


def learning(
    correct: NDArray[np.bool_], numbers: Sequence[int], labelled: NDArray[np.bool_]
) -> Learning:
    """What became of each image.

    Args:
        correct: (E, N), whether an image was right after an epoch, E at least 1.
        numbers: of the E epochs, rising.
        labelled: (N,), which images have a label; of the others nothing is told.
    """
    epochs, count = correct.shape
    assert len(numbers) == epochs and labelled.shape == (count,)
    right = correct & labelled
    wrong = ~right
    # The epoch after the last one in which it was wrong; E where it is wrong in the end.
    since = np.where(wrong.any(0), epochs - np.argmax(wrong[::-1], axis=0), 0)
    kept = since < epochs
    learned = np.full(count, np.nan, np.float32)
    learned[kept] = np.asarray(numbers, np.float32)[since[kept]]
    events = right[:-1] & wrong[1:]
    return Learning(
        learned,
        events.sum(0, dtype=np.int64),
        labelled & wrong.all(0),
        np.bincount(since, minlength=epochs + 1)[:epochs].cumsum().astype(np.int64),
        np.concatenate([[0], events.sum(1)]).astype(np.int64),
    )
