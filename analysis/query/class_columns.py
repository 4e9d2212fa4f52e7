"""Columns that queries have of every class: its probability, and whether it applies to an image.

They are no columns of the table, which would have thousands of them where there are a thousand
classes: they are worked out when a query names them.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np

from analysis.class_scores import has_class
from analysis.query.table import Column, Columns, Deferred
from analysis.samples import LABEL, Samples

# Before the name of the class: its probability; whether it is one of an image's several labels.
PROBABILITY, TARGET = "p_", "has_"

# A longer name of a class is not worth typing.
LONGEST = 60


def class_columns(samples: Samples, class_names: Sequence[str]) -> Columns:
    """The columns of all classes by their names, none of which the table has.

    p_CLASS: float64, 0 to 1, for each class that the network has an output for. has_CLASS: bool,
    for each class of the dataset, where its images have several labels.
    """
    scores = samples.scores
    if scores is None:
        return {}
    columns: dict[str, Column] = {}
    for number, name in enumerate(probability_names(samples, class_names)):
        read = Deferred(partial(scores.probability, number), np.float64)
        columns[name] = Column("number", read)
    if scores.targets is not None and samples.is_labelled:
        truth = partial(has_class, samples[LABEL], scores.targets)
        for number, name in enumerate(target_names(samples, class_names)):
            columns[name] = Column("boolean", Deferred(partial(truth, number), np.bool_))
    return columns


def probability_names(samples: Samples, class_names: Sequence[str]) -> list[str]:
    """Of each class with an output the name of its column: "p_cat", "p_7"."""
    assert samples.scores is not None
    return name_columns(PROBABILITY, class_names[: samples.scores.classes], samples)


def target_names(samples: Samples, class_names: Sequence[str]) -> list[str]:
    """Of each class of the dataset the name of the column that says whom it applies to."""
    assert samples.scores is not None and samples.scores.targets is not None
    return name_columns(TARGET, class_names[: samples.scores.targets.shape[1]], samples)


def name_columns(prefix: str, class_names: Sequence[str], samples: Samples) -> list[str]:
    """A name for each class that can be typed, and that no other column has.

    A class goes by its number where its name cannot be typed, is very long, or is another's too:
    "p_crane" and "p_crane_517".
    """
    taken = set(map(str, samples.frame.columns))
    names = []
    for number, name in enumerate(class_names):
        column = prefix + (name if _is_typed(name) else str(number))
        if column in taken:
            column = f"{column}_{number}"
        while column in taken:
            column += "_"
        taken.add(column)
        names.append(column)
    return names


def _is_typed(name: str) -> bool:
    return 0 < len(name) <= LONGEST and name.isprintable() and "`" not in name
