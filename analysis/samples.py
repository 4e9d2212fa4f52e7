"""The table: one row a sample, the spine of everything else."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analysis.history.learning import NAMES as LEARNING_NAMES
from data import Dataset
from util import atomic_path

if TYPE_CHECKING:
    import pandas as pd

    from analysis.class_scores import ClassScores

INDEX = "index"
ID = "id"
LABEL = "label"
PREDICTED = "predicted"
CORRECT = "correct"
CONFIDENCE = "confidence"
MARGIN = "margin"
ENTROPY = "entropy"
LOSS = "loss"
# The names of all of an image's labels, where images have several.
LABELS = "labels"

# The table's own columns in their order; not all are in every table.
NAMES = (INDEX, ID, LABEL, PREDICTED, CORRECT, CONFIDENCE, MARGIN, ENTROPY, LOSS, LABELS)

# What stands beside them in an exported file.
FILE = "file"
LABEL_NAME = "label_name"
PREDICTED_NAME = "predicted_name"

# Names that no column of a dataset can have: words of a query would need backticks there, and the
# last two are what every object of a browser has.
RESERVED = {
    *NAMES, *LEARNING_NAMES, FILE, LABEL_NAME, PREDICTED_NAME, "and", "or", "not", "in",
    "constructor", "__proto__",
}  # fmt: skip

# Between the names in LABELS, and before the name of a dataset's column that is taken.
SEPARATOR, PREFIX = "|", "data_"

# Rows worked on at a time, so that memory does not grow with the dataset.
ROWS = 65_536

# How far the sum of a sample's outputs may be from one for them to be probabilities.
SUM_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class Samples:
    """The samples table.

    Columns: index int64; id string; label and predicted int64, 0 to C-1; correct bool; confidence,
    margin float32, 0 to 1; entropy and loss float32, nats, not negative. Then labels, string, where
    images have several labels; then the dataset's own columns.

    Where no image has a label, there are no label, correct and loss. Where some have none, their
    label is -1, correct is False and loss NaN. The loss is also NaN where no output of the network
    stands for the label.

    Attributes:
        scores: each class's probability, of all samples; None where they are not at hand.
    """

    frame: "pd.DataFrame"
    scores: "ClassScores | None" = None

    def __len__(self) -> int:
        return len(self.frame)

    def __getitem__(self, column: str) -> NDArray[Any]:
        values: NDArray[Any] = self.frame[column].to_numpy()
        return values

    def __contains__(self, column: object) -> bool:
        return column in self.frame.columns

    @property
    def is_labelled(self) -> bool:
        """At least one sample has a label."""
        return LABEL in self

    @property
    def labelled(self) -> NDArray[np.bool_]:
        """Which samples have a label: bool, (N,)."""
        if not self.is_labelled:
            return np.zeros(len(self), np.bool_)
        mask: NDArray[np.bool_] = self[LABEL] >= 0
        return mask

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """Which samples have a label that is not predicted: bool, (N,)."""
        mask: NDArray[np.bool_] = self.labelled
        return mask & ~self[CORRECT] if self.is_labelled else mask

    @property
    def accuracy(self) -> float | None:
        """Share of the labelled samples whose prediction is their label, 0 to 1; None without."""
        return float(np.mean(self[CORRECT][self.labelled])) if self.is_labelled else None

    @property
    def mean_loss(self) -> float | None:
        """Mean loss in nats of the samples that have one; None where none has."""
        losses = self[LOSS] if self.is_labelled else np.zeros(0, np.float32)
        known = losses[~np.isnan(losses)]
        return float(np.mean(known, dtype=np.float64)) if len(known) else None


def make_samples(
    labels: NDArray[np.int64],
    ids: Iterable[str],
    logits: NDArray[np.float32],
    head: str,
    *,
    targets: NDArray[np.bool_] | None = None,
    class_names: tuple[str, ...] = (),
    columns: Mapping[str, NDArray[Any]] | None = None,
    is_labelled: bool | None = None,
) -> Samples:
    """The table from each sample's logits.

    Args:
        labels: (N,), -1 for none; a label that is no class of the network has no loss.
        ids: N names.
        logits: float32, (N, units).
        head: as `log_probabilities` takes it.
        targets: bool, (N, C), the classes that apply to each sample. Then a prediction is correct
            where it is one of them, and the loss of a "multilabel" head is taken against all.
        class_names: the C names that `targets` are told by.
        columns: further ones, name -> (N,); a name of ours or of another gets PREFIX.
        is_labelled: whether there are columns that only labels tell; by default, if there is one.
    """
    import pandas as pd

    assert logits.shape[0] == len(labels)
    labelled = bool((labels >= 0).any()) if is_labelled is None else is_labelled
    as_probabilities = head == "logits" and are_probabilities(logits)
    parts: dict[str, list[NDArray[Any]]] = {}
    for rows in _slices(len(labels)):
        scores = _log_probabilities(logits[rows], head, as_probabilities)
        hits = None if targets is None else targets[rows]
        found = _measures(scores, head)
        if labelled:
            found |= _verdicts(labels[rows], hits, logits[rows], scores, head)
        for name, values in found.items():
            parts.setdefault(name, []).append(values)
    table: dict[str, Any] = {INDEX: np.arange(len(labels)), ID: list(ids), LABEL: labels}
    table.update({name: np.concatenate(values) for name, values in parts.items()})
    order = [name for name in NAMES if name in table and (labelled or name != LABEL)]
    frame = pd.DataFrame({name: table[name] for name in order})
    if targets is not None and labelled:
        frame[LABELS] = _name_targets(targets, class_names)
    for name, values in own_columns(columns or {}).items():
        frame[name] = values
    assert len(frame) == len(labels)
    return Samples(frame)


def write_samples(path: Path, dataset: Dataset, logits: NDArray[np.float32], head: str) -> Samples:
    """Make the table from the logits and keep it as Parquet."""
    samples = make_samples(
        dataset.labels,
        dataset.ids,
        logits,
        head,
        targets=dataset.targets,
        class_names=dataset.class_names,
        columns=dataset.columns,
    )
    with atomic_path(path) as temporary:
        samples.frame.to_parquet(temporary, index=False)
    return samples


def empty_samples(dataset: Dataset) -> Samples:
    """The table that a dataset will have, of its columns alone: without any rows."""
    samples = make_samples(
        dataset.labels[:1],
        ["0"],
        np.zeros((1, max(1, dataset.num_classes)), np.float32),
        "softmax",
        targets=None if dataset.targets is None else dataset.targets[:1],
        class_names=dataset.class_names,
        columns={name: values[:1] for name, values in dataset.columns.items()},
        is_labelled=dataset.is_labelled,
    )
    return Samples(samples.frame.iloc[:0])


def read_samples(path: Path) -> Samples | None:
    """The table out of a Parquet file, or None where there is none that can be read."""
    import pandas as pd

    try:
        return Samples(pd.read_parquet(path))
    except Exception:
        # Whatever broke it, it can be made again from the logits.
        return None


def log_probabilities(logits: NDArray[np.float32], head: str) -> NDArray[np.float64]:
    """Natural logarithms of the class probabilities, float64 (N, C), from the head's logits.

    Args:
        logits: (N, units).
        head: "softmax" or "logits": log softmax. "sigmoid": one unit z gives the two classes
            1 - s(z) and s(z). "multilabel": each unit's own log s(z), which do not sum to one.

    With "logits", outputs that are no logits but probabilities already (none negative, each row
    summing to one) are taken as such.
    """
    return _log_probabilities(logits, head, head == "logits" and are_probabilities(logits))


def class_probabilities(logits: NDArray[np.float32], head: str) -> NDArray[np.float32]:
    """The class probabilities, float32 (N, C), 0 to 1; their sum is 1 unless "multilabel"."""
    result: NDArray[np.float32] = np.exp(log_probabilities(logits, head)).astype(np.float32)
    return result


def _log_probabilities(
    logits: NDArray[np.float32], head: str, as_probabilities: bool
) -> NDArray[np.float64]:
    values = logits.astype(np.float64)
    if as_probabilities:
        with np.errstate(divide="ignore"):
            return np.log(values)
    if head == "multilabel":
        return -_softplus(-values)
    if head == "sigmoid" and values.shape[1] == 1:
        values = np.concatenate([np.zeros_like(values), values], axis=1)
    return _log_softmax(values)


def _measures(scores: NDArray[np.float64], head: str) -> dict[str, NDArray[Any]]:
    """What is known without labels, from the logarithms of the class probabilities, (n, C)."""
    probabilities = np.exp(scores)
    best = np.sort(probabilities, 1)[:, ::-1]
    second = best[:, 1] if best.shape[1] > 1 else np.zeros(len(best))
    spread = _entropy(probabilities, scores)
    if head == "multilabel":
        # Each unit decides for itself: the entropies of its yes and its no add up.
        with np.errstate(divide="ignore"):
            spread = spread + _entropy(1 - probabilities, np.log1p(-probabilities))
    return {
        PREDICTED: scores.argmax(1).astype(np.int64),
        CONFIDENCE: best[:, 0].astype(np.float32),
        MARGIN: (best[:, 0] - second).astype(np.float32),
        ENTROPY: np.maximum(spread, 0).astype(np.float32),
    }


def _entropy(probabilities: NDArray[np.float64], scores: NDArray[np.float64]) -> NDArray[Any]:
    # The limit of p log p at zero is zero; there the logarithm may be -inf.
    finite = np.where(probabilities > 0, scores, 0)
    entropy: NDArray[Any] = -(probabilities * finite).sum(1)
    return entropy


def _verdicts(
    labels: NDArray[np.int64],
    targets: NDArray[np.bool_] | None,
    logits: NDArray[np.float32],
    scores: NDArray[np.float64],
    head: str,
) -> dict[str, NDArray[Any]]:
    """What only labels tell: whether the prediction is right, and the loss."""
    rows, predicted, classes = np.arange(len(labels)), scores.argmax(1), scores.shape[1]
    known = (labels >= 0) & (labels < classes)
    own = np.where(known, labels, 0)
    correct = (predicted == labels) & known
    if targets is not None:
        named = np.minimum(predicted, targets.shape[1] - 1)
        correct = (labels >= 0) & (predicted == named) & targets[rows, named]
    if head == "multilabel":
        wanted = np.zeros(logits.shape, np.float64)
        if targets is None:
            wanted[rows[known], labels[known]] = 1
        else:
            shared = min(classes, targets.shape[1])
            wanted[:, :shared] = targets[:, :shared]
            known = (labels >= 0) & ~targets[:, classes:].any(1)
        values = logits.astype(np.float64)
        # Binary cross-entropy from a logit z and a target y, log(1 + exp(z)) - zy, summed.
        loss = (_softplus(values) - values * wanted).sum(1)
    else:
        loss = -scores[rows, own]
    loss = np.where(known, np.maximum(loss, 0), np.nan).astype(np.float32)
    return {CORRECT: correct, LOSS: loss}


def _softplus(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """log(1 + exp(x)), without overflow."""
    result: NDArray[np.float64] = np.maximum(values, 0) + np.log1p(np.exp(-np.abs(values)))
    return result


def _log_softmax(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """x - log(sum(exp(x))) along the last axis, shifted by the maximum against overflow."""
    shifted = values - values.max(axis=1, keepdims=True)
    result: NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return result


def are_probabilities(values: NDArray[np.float32]) -> bool:
    """Whether outputs, (N, units), are probabilities: none negative, each row summing to one."""
    return all(
        bool(
            part.min() >= 0 and np.abs(part.sum(axis=1, dtype=np.float64) - 1).max() < SUM_TOLERANCE
        )
        for part in (values[rows] for rows in _slices(len(values)))
    )


def _name_targets(targets: NDArray[np.bool_], class_names: tuple[str, ...]) -> list[str]:
    """The names of each sample's classes: "cat|dog"; "" where there is none."""
    assert len(class_names) == targets.shape[1]
    rows = (np.flatnonzero(row) for row in targets)
    return [SEPARATOR.join(class_names[k] for k in row) for row in rows]


def own_columns(columns: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """A dataset's own columns by the names that they have in the table: none is one of ours."""
    named: dict[str, NDArray[Any]] = {}
    for name, values in columns.items():
        while name in RESERVED or name in named:
            name = PREFIX + name
        named[name] = values
    return named


def _slices(count: int) -> Iterator[slice]:
    return (slice(start, start + ROWS) for start in range(0, count, ROWS))
