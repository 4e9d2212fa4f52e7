"""Queries over the samples table."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.class_scores import ClassScores
from analysis.history.learning import FORGOTTEN, LEARNED, NEVER_LEARNED
from analysis.query.class_columns import class_columns
from analysis.query.errors import UnknownColumn
from analysis.query.evaluation import select
from analysis.query.table import Column, Columns, Kind, frame_columns
from analysis.samples import (
    CONFIDENCE,
    CORRECT,
    ENTROPY,
    ID,
    INDEX,
    LABEL,
    LOSS,
    MARGIN,
    PREDICTED,
    Samples,
    empty_samples,
)
from data import Dataset

# The columns of our own.
KINDS: dict[str, Kind] = {
    INDEX: "number",
    ID: "text",
    LABEL: "category",
    PREDICTED: "category",
    CORRECT: "boolean",
    CONFIDENCE: "number",
    MARGIN: "number",
    ENTROPY: "number",
    LOSS: "number",
}
EPOCH_KINDS: dict[str, Kind] = {
    LEARNED: "number",
    FORGOTTEN: "number",
    NEVER_LEARNED: "boolean",
}
EMPTY: dict[Kind, NDArray[Any]] = {
    "number": np.zeros(0, np.float32),
    "category": np.zeros(0, np.int64),
    "boolean": np.zeros(0, np.bool_),
    "text": np.zeros(0, np.str_),
}

# What only labels tell, and what is said to whom asks for it without them.
NEED_LABELS = (LABEL, CORRECT, LOSS)
WITHOUT_LABELS = (
    "These images have no labels, so there is no {}; ask for {}, {}, {} or {}, as in {} < 0.5."
)


def find(samples: Samples, class_names: Sequence[str], text: str) -> NDArray[np.bool_]:
    """Which samples a query finds: bool, (N,); all of them for a query of blanks.

    Args:
        class_names: the names that the query may use for numbers of classes.

    Raises:
        QueryError: the text is no query, or asks for what the table does not have.
    """
    absent = _absent(samples.is_labelled)
    known = {**sample_columns(samples, class_names), **class_columns(samples, class_names)}
    return select(known, text, len(samples), absent)


def check(
    text: str,
    class_names: Sequence[str] | None = None,
    dataset: Dataset | None = None,
    expected: Sequence[str] = (),
) -> None:
    """Find out, before there are samples, whether a query could be answered.

    Args:
        class_names: None where they are not known yet; then any name may be one.
        dataset: None where it is not known yet; then any name may be one of its columns.
        expected: names of what a training's epochs add to the table later.

    Raises:
        QueryError: it could not.
    """
    columns: Columns = {
        name: Column(kind, EMPTY[kind], _names(kind, class_names)) for name, kind in KINDS.items()
    }
    absent: dict[str, str] = {}
    if dataset is not None:
        names = dataset.class_names if class_names is None else class_names
        table = empty_samples(dataset)
        # As many outputs as names: how many the network has is not known yet.
        scores = ClassScores(np.zeros((0, len(names)), np.float32), "softmax", dataset.targets)
        table = replace(table, scores=scores)
        columns = {**sample_columns(table, class_names or ()), **class_columns(table, names)}
        columns |= {name: Column(EPOCH_KINDS[name], EMPTY[EPOCH_KINDS[name]]) for name in expected}
        absent = _absent(table.is_labelled)
    try:
        select(columns, text, 0, absent)
    except UnknownColumn:
        if dataset is not None:
            raise


def _absent(is_labelled: bool) -> dict[str, str]:
    others = (PREDICTED, CONFIDENCE, MARGIN, ENTROPY, CONFIDENCE)
    return (
        {} if is_labelled else {name: WITHOUT_LABELS.format(name, *others) for name in NEED_LABELS}
    )


def sample_columns(samples: Samples, class_names: Sequence[str]) -> Columns:
    """The table's columns, as queries see them."""
    return frame_columns(samples.frame, {LABEL: class_names, PREDICTED: class_names})


def _names(kind: Kind, class_names: Sequence[str] | None) -> Sequence[str] | None:
    return class_names if kind == "category" else ()
