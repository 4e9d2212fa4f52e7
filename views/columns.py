"""Columns of the samples table as the browser takes them."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analysis.samples import LABEL, PREDICTED

if TYPE_CHECKING:
    from analysis.study import Study

# Whole numbers that stand for classes.
CLASSES = (LABEL, PREDICTED)

DTYPES = {"category": "<i4", "boolean": "u1", "number": "<f4"}


def column_kind(name: str, values: NDArray[Any]) -> str | None:
    """ "category", "boolean" or "number"; None for columns that no map can be coloured by."""
    if name in CLASSES:
        return "category"
    if values.dtype == np.bool_:
        return "boolean"
    if not np.issubdtype(values.dtype, np.number):
        return None
    return "number"


def read_column(study: "Study", name: str) -> NDArray[Any] | None:
    """A column as int32 (classes), uint8 (booleans) or float32 (numbers); None where unknown."""
    if name == LABEL:
        # Labels are known before the network has said anything.
        return study.dataset.labels.astype("<i4")
    samples = study.samples
    if samples is None or name not in samples.frame.columns:
        return None
    values = samples[name]
    kind = column_kind(name, values)
    return None if kind is None else values.astype(DTYPES[kind])
