"""Columns of the samples table as the browser takes them."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analysis.samples import CORRECT, ID, LABEL, PREDICTED

if TYPE_CHECKING:
    from analysis.study import Study

# Whole numbers that stand for classes; -1 for none.
CLASSES = (LABEL, PREDICTED)

# How an image without a label is called, where a name is asked for.
NO_LABEL = "no label"

# In the column `correct` of the maps: neither right nor wrong, as there is no label.
UNKNOWN = 2

# A column of words can colour a map while it has no more different ones: each gets a colour.
MOST_WORDS = 50

DTYPES = {"category": "<i4", "boolean": "u1", "number": "<f4"}


def column_kind(name: str, values: NDArray[Any]) -> str | None:
    """ "category", "boolean" or "number"; None for columns of words."""
    if name in CLASSES:
        return "category"
    if values.dtype == np.bool_:
        return "boolean"
    if not np.issubdtype(values.dtype, np.number):
        return None
    return "number"


def read_words(values: NDArray[Any]) -> tuple[NDArray[np.int32], list[str]] | None:
    """A column of few different words as numbers, and the words by these numbers.

    Returns:
        int32, (N,), -1 where there is none, and the words in their order; None where there are
        more than MOST_WORDS.
    """
    import pandas as pd

    codes, words = pd.factorize(values, sort=True)
    if len(words) > MOST_WORDS:
        return None
    return codes.astype("<i4"), [str(word) for word in words]


def read_column(study: "Study", name: str) -> NDArray[Any] | None:
    """A column as int32 (classes, words), uint8 (booleans) or float32 (numbers), for the maps.

    None where it is not known (yet), or cannot colour a map.
    """
    if name == LABEL:
        # Labels are known before the network has said anything.
        dataset = study.dataset
        return dataset.labels.astype("<i4") if dataset.is_labelled else None
    samples = study.samples
    if samples is None or name not in samples.frame.columns or name == ID:
        return None
    values = samples[name]
    kind = column_kind(name, values)
    if kind is None:
        words = read_words(values)
        return None if words is None else words[0]
    if name == CORRECT:
        return np.where(samples.labelled, values, UNKNOWN).astype(DTYPES[kind])
    return values.astype(DTYPES[kind])


def describe_columns(study: "Study") -> list[dict[str, Any]]:
    """Name and kind of each column that a map can be coloured by; none before they are known.

    Numbers have their finite range (`min`, `max`), columns of the kind "words" their `names`.
    """
    if study.samples is None:
        return []
    described: list[dict[str, Any]] = []
    for name in study.samples.frame.columns:
        values = study.samples[name]
        kind = column_kind(name, values)
        if kind is not None:
            low, high = finite_range(values)
            described.append({"name": name, "kind": kind, "min": low, "max": high})
        elif name != ID and (words := read_words(values)) is not None:
            described.append({"name": name, "kind": "words", "names": words[1]})
    return described


def finite_range(values: NDArray[Any]) -> tuple[float | None, float | None]:
    """The least and the largest of a column's finite values: JSON knows no others."""
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if len(finite) else (None, None)
