"""Rows of the samples table as files for other programs: CSV and Parquet."""

import io
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analysis.samples import (
    CONFIDENCE,
    CORRECT,
    ENTROPY,
    FILE,
    ID,
    INDEX,
    LABEL,
    LABEL_NAME,
    LOSS,
    MARGIN,
    PREDICTED,
    PREDICTED_NAME,
)
from analysis.study import Study
from data.images import FileImages, ImageSource

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    INDEX, ID, FILE, LABEL, LABEL_NAME, PREDICTED, PREDICTED_NAME, CORRECT, CONFIDENCE, MARGIN,
    ENTROPY, LOSS,
)  # fmt: skip


def export_frame(study: Study, indices: NDArray[np.integer]) -> "pd.DataFrame":
    """Rows of the samples table with the names of classes and files beside it.

    Args:
        indices: (n,), 0 to N-1: the rows, in the order wanted; a row may come more than once.

    Returns:
        Of COLUMNS those that the table has; file, the path below the dataset's folder, "" where an
        image is not a file of its own; label_name, "" for an image without label, where any image
        has one, and predicted_name. Then further columns.
    """
    assert study.samples is not None
    frame = study.samples.frame.take(indices).reset_index(drop=True)
    frame[FILE] = _files(study.dataset.images, indices)
    for column, name in ((LABEL, LABEL_NAME), (PREDICTED, PREDICTED_NAME)):
        if column in frame.columns:
            frame[name] = name_classes(frame[column].to_numpy(), study.class_names)
    # What a dataset or a later analysis adds to the table comes behind.
    more = [name for name in frame.columns if name not in COLUMNS]
    return frame[[*(name for name in COLUMNS if name in frame.columns), *more]]


def name_classes(classes: NDArray[np.integer], names: tuple[str, ...]) -> NDArray[np.object_]:
    """The names of classes, (n,), as objects; "" for -1."""
    # The last one is what -1 stands for.
    named: NDArray[np.object_] = np.array([*names, ""], np.object_)[classes]
    return named


def csv_bytes(frame: "pd.DataFrame") -> bytes:
    """The table as CSV (RFC 4180) in UTF-8 with a header.

    Each number is written with the fewest digits that give the same float32 again; one that is
    missing is written as nothing. Text is written as it is: a name that begins with "=" is a
    formula to a spreadsheet.
    """
    # Only with this ending does Python quote every name that has a line break in it.
    return frame.to_csv(index=False, lineterminator="\r\n").encode("utf-8")


def parquet_bytes(frame: "pd.DataFrame") -> bytes:
    """The table as Parquet, its columns typed as they are."""
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


def _files(images: ImageSource, indices: NDArray[np.integer]) -> list[str]:
    """Each image's file below the dataset's folder, "" where images are no files."""
    if not isinstance(images, FileImages):
        return [""] * len(indices)
    return [_printable(images.paths[index]) for index in indices]


def _printable(path: str) -> str:
    """A path as text that can be written as UTF-8: the name of a file is any bytes."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
