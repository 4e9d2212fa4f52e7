"""Statistics of the samples table, as Facets Overview takes them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analysis.samples import CORRECT, ID, LABEL, PREDICTED, Samples
from util import UserError

if TYPE_CHECKING:
    import pandas as pd

# So many values of a column of words, the most frequent ones, get a bar.
MOST_VALUES = 1000

MISSING = (
    "Facets Overview needs the package facets-overview, which is not installed; "
    "install it with: pip install facets-overview"
)


def describe_samples(samples: Samples, class_names: Sequence[str]) -> bytes:
    """The columns in numbers and histograms, of the correct and of the wrong samples side by side.

    Returns:
        A DatasetFeatureStatisticsList in protocol buffer's binary form, with a data set for
        "correct", one for "wrong" and one for "unlabelled", each where there are such samples.

    Raises:
        UserError: the package facets-overview is missing.
    """
    frame = samples.frame
    # Every id is there once, and `correct` is what the samples are divided by.
    columns = [name for name in frame.columns if name not in (ID, CORRECT)]
    labelled, wrong = samples.labelled, samples.wrong
    parts = {"correct": labelled & ~wrong, "wrong": wrong, "unlabelled": ~labelled}
    tables = [
        {"name": name, "table": _name_classes(frame.loc[rows, columns], class_names)}
        for name, rows in parts.items()
        if rows.any()
    ]
    # The spread of a loss that is infinite is not a number, and may be shown as such.
    with np.errstate(invalid="ignore"):
        found = _make_generator().ProtoFromDataFrames(tables, MOST_VALUES)
    statistics: bytes = found.SerializeToString()
    return statistics


def _name_classes(table: "pd.DataFrame", class_names: Sequence[str]) -> "pd.DataFrame":
    # The last one is what -1 stands for: it is counted as missing.
    names = np.asarray([*class_names, None], dtype=object)
    named = {
        name: names[table[name].to_numpy()] for name in (LABEL, PREDICTED) if name in table.columns
    }
    return table.assign(**named)


def _make_generator() -> Any:
    try:
        from facets_overview.generic_feature_statistics_generator import (
            GenericFeatureStatisticsGenerator,
        )
    except ModuleNotFoundError:
        raise UserError(MISSING) from None

    class Generator(GenericFeatureStatisticsGenerator):  # type: ignore[misc]
        """The package's own, with the step replaced that current versions of pandas break."""

        def NdarrayToEntry(self, x: "pd.Series[Any]") -> Mapping[str, Any]:
            return to_entry(x.to_numpy(), self.fs_proto)

    return Generator()


def to_entry(values: NDArray[Any], types: Any) -> dict[str, Any]:
    """A column as the generator takes it.

    Args:
        values: (N,), numbers, booleans or text.
        types: the generator's enumeration, with FLOAT, INT and STRING.
    """
    if np.issubdtype(values.dtype, np.number):
        missing = (
            np.isnan(values)
            if np.issubdtype(values.dtype, np.inexact)
            else np.zeros(len(values), bool)
        )
        kind = types.FLOAT if np.issubdtype(values.dtype, np.inexact) else types.INT
        # Sums of squares in 32 bits would lose digits.
        kept: Any = values[~missing].astype(np.float64 if kind == types.FLOAT else np.int64)
    else:
        missing = np.array([value is None or value != value for value in values], bool)
        kind = types.STRING
        kept = [str(value) for value in values[~missing]]
    return {
        "vals": kept,
        "counts": np.ones(len(kept), np.int64).tolist(),
        "missing": int(missing.sum()),
        "type": kind,
    }
