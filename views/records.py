"""Rows of the samples table as Facets Dive takes them, and which rows it is given."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analysis.samples import CORRECT, ID
from analysis.selections import unpack
from data.sampling import stratified_sample
from util import UserError
from views.columns import NO_LABEL, column_kind
from views.images import is_small

if TYPE_CHECKING:
    from analysis.samples import Samples
    from analysis.study import Study

# More images than this make Facets Dive slow to move.
MAX_RECORDS = 10_000

# Up to so many images are shown larger than on the maps, where the dataset has more pixels.
FEW = 400
LARGE_SIDE = 128

# A number in a record is for reading.
DIGITS = 4


class NotReady(UserError):
    """What is asked for is still being computed."""


class WrongSelection(UserError):
    """A request names no samples."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The samples that are shown, and of how many they are a fair sample.

    Attributes:
        indices: int64, (n,), rising, n at most MAX_RECORDS.
        total: how many were asked for.
    """

    indices: NDArray[np.int64]
    total: int


def measured(study: "Study") -> "Samples":
    """The samples table.

    Raises:
        NotReady: it is not there yet.
    """
    if study.samples is None:
        raise NotReady("The images have not been passed through the network yet.")
    return study.samples


def choose_samples(study: "Study", body: bytes) -> Choice:
    """The samples that a request asks for; past the limit a seeded sample, fair by label.

    Args:
        body: a selection, a bit a sample, the lowest bit of a byte first; empty for all samples.

    Raises:
        WrongSelection: the body is no selection, or an empty one.
    """
    labels = study.dataset.labels
    wanted = np.flatnonzero(read_mask(body, len(labels))) if body else np.arange(len(labels))
    if not len(wanted):
        raise WrongSelection("No image is selected.")
    chosen = stratified_sample(labels[wanted], MAX_RECORDS, study.task.seed)
    return Choice(wanted[chosen].astype(np.int64), len(wanted))


def read_sprites(study: "Study", indices: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The small pictures of these samples: uint8, (n, height, width, 1 or 3).

    Raises:
        NotReady: the images are still being read.
        DataError: a file of an image is missing or broken.
    """
    thumbnails = study.thumbnails
    if thumbnails is None:
        raise NotReady("The images have not been read yet.")
    size = sprite_size(study, len(indices))
    if size == thumbnails.shape[1:3]:
        return thumbnails[indices]
    return study.dataset.images.read(indices, size)


def sprite_size(study: "Study", count: int) -> tuple[int, int]:
    """(height, width) of each of `count` pictures: of many the maps' own, of a few larger ones."""
    height, width = study.task.thumbnail_size
    if count > FEW:
        return height, width
    most = max(study.dataset.images.shape or (LARGE_SIDE, LARGE_SIDE))
    factor = max(1.0, min(LARGE_SIDE, most) / max(height, width))
    return round(height * factor), round(width * factor)


def read_mask(body: bytes, count: int) -> NDArray[np.bool_]:
    """A selection among `count` samples out of its bits: bool, (count,).

    Raises:
        WrongSelection: the body is none.
    """
    try:
        return unpack(body, count)
    except UserError as error:
        raise WrongSelection(str(error)) from None


def describe_records(study: "Study", choice: Choice) -> dict[str, Any]:
    """The records, column by column, ready to be written as JSON.

    Classes are given by their number, and their names once. Ids are left out: each is another, so
    there is nothing to sort by, and taking 10,000 of them apart into words costs Dive two seconds.

    Raises:
        NotReady: the samples are not measured yet.
    """
    samples = measured(study)
    height, width = sprite_size(study, len(choice.indices))
    labelled = samples.labelled[choice.indices]
    return {
        "total": choice.total,
        # In the order in which they shall stand.
        "classes": [*study.class_names, *([] if labelled.all() else [NO_LABEL])],
        "labelled": samples.is_labelled,
        "sprite": {"width": width, "height": height},
        "crisp": is_small(study.dataset.images.shape),
        "columns": [
            {"name": name, "kind": kind(name, values), "values": cells(name, values, labelled)}
            for name in samples.frame.columns
            if name != ID
            for values in [samples[name][choice.indices]]
        ],
    }


def kind(name: str, values: NDArray[Any]) -> str:
    """ "class", "number" or "text"."""
    return {"category": "class", "number": "number"}.get(column_kind(name, values) or "", "text")


def cells(name: str, values: NDArray[Any], labelled: NDArray[np.bool_]) -> list[Any]:
    """A column as JSON takes it: numbers rounded, None for what is no number.

    Args:
        labelled: which of the samples have a label: without one, none is wrong.
    """
    if name == CORRECT:
        words = np.where(values, "correct", np.where(labelled, "wrong", NO_LABEL))
        return list(words.tolist())
    if values.dtype == np.bool_:
        return ["yes" if value else "no" for value in values]
    if np.issubdtype(values.dtype, np.floating):
        return [round_number(float(value)) for value in values]
    if np.issubdtype(values.dtype, np.integer):
        return [int(value) for value in values]
    return [str(value) for value in values]


def round_number(value: float) -> float | None:
    """To a few significant digits; JSON has neither infinity nor NaN."""
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
