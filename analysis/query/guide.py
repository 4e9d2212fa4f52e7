"""What the page says of queries: the columns they may name, and examples that suit the study."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.query.samples import find, sample_columns
from analysis.query.table import Kind
from analysis.query.tokens import quote
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
)

NATS = "nats"

# Name -> (what it is, its unit or "").
ABOUT = {
    INDEX: ("Place of the image in the dataset, counted from 0.", ""),
    ID: ("Name of the image: its file, or split and number such as test/12.", ""),
    LABEL: ("Class that the dataset gives the image, by number or by name in quotes.", ""),
    PREDICTED: ("Class that the network finds most probable, by number or by name in quotes.", ""),
    CORRECT: ("True where the predicted class is the label, else False.", ""),
    CONFIDENCE: ("Probability of the predicted class, from 0 to 1.", ""),
    MARGIN: ("Probability of the predicted class less that of the next one, from 0 to 1.", ""),
    ENTROPY: ("How spread the probabilities are, from 0, for one class alone, upwards.", NATS),
    LOSS: (
        "Cross-entropy of the label: 0 where the network is sure of it, 0.69 at even odds.",
        NATS,
    ),
}

# An example should find so many images, where a lower bound can be chosen.
ENOUGH = 5


@dataclass(frozen=True, slots=True)
class ColumnHelp:
    """A column that queries may name.

    Attributes:
        about: a sentence on what it is and its range; "" where nothing is known.
        unit: "nats", or "" for none.
        class_names: of a "category", by number.
    """

    name: str
    kind: Kind
    about: str
    unit: str
    class_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A query that finds something in the study.

    Attributes:
        title: a few words on what it finds.
        count: how many samples it finds, at least 1.
    """

    query: str
    title: str
    count: int


def columns(samples: Samples, class_names: Sequence[str]) -> list[ColumnHelp]:
    """The columns of the samples table, in its order."""
    return [
        ColumnHelp(name, column.kind, *ABOUT.get(name, ("", "")), tuple(column.class_names or ()))
        for name, column in sample_columns(samples, class_names).items()
    ]


def examples(samples: Samples, class_names: Sequence[str]) -> list[Example]:
    """Queries to start from; those that find nothing in this study are left out."""
    return [
        Example(query, title, count)
        for query, title in _candidates(samples, class_names)
        if (count := int(find(samples, class_names, query).sum()))
    ]


def _candidates(samples: Samples, class_names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(query, title), the ones a person would look at first."""
    correct, confidence, loss = samples[CORRECT], samples[CONFIDENCE], samples[LOSS]
    sure = _bound(confidence[~correct], (0.99, 0.9, 0.7, 0.5))
    high = _bound(loss, (10, 5, 2, 1, 0.5, 0.1))
    yield f"not {CORRECT}", "All mistakes"
    yield f"not {CORRECT} and {CONFIDENCE} > {sure}", "Wrong, and sure of it"
    yield f"{LOSS} > {high}", f"The hardest: a loss above {high:g} {'nat' if high == 1 else NATS}"
    yield f"{MARGIN} < 0.1", "Torn between two classes"
    yield f"{CORRECT} and {CONFIDENCE} < 0.6", "Right, but unsure"
    pair = _most_confused(samples, len(class_names))
    if pair is not None:
        label, predicted = (_literal(number, class_names) for number in pair)
        names = [class_names[number] for number in pair]
        yield (
            f"{LABEL} == {label} and {PREDICTED} == {predicted}",
            f"The most frequent mistake: {names[0]} taken for {names[1]}",
        )
        both = f"[{label}, {predicted}]"
        yield (
            f"{LABEL} in {both} and {PREDICTED} in {both} and not {CORRECT}",
            f"{names[0]} and {names[1]}, each taken for the other",
        )
    yield f"0.5 < {ENTROPY} <= 1", "Entropy from 0.5 to 1 nat"


def _bound(values: NDArray[np.float32], bounds: Sequence[float]) -> float:
    """The highest of the bounds, falling, that ENOUGH values exceed; the last if none does."""
    return next((bound for bound in bounds if (values > bound).sum() >= ENOUGH), bounds[-1])


def _most_confused(samples: Samples, classes: int) -> tuple[int, int] | None:
    """(label, predicted) of the most frequent mistake, or None without mistakes."""
    wrong = ~samples[CORRECT]
    if not wrong.any():
        return None
    pairs = samples[LABEL][wrong] * classes + samples[PREDICTED][wrong]
    found, counts = np.unique(pairs, return_counts=True)
    label, predicted = divmod(int(found[counts.argmax()]), classes)
    return label, predicted


def _literal(number: int, class_names: Sequence[str]) -> str:
    """A class as it is typed: by name, unless its name is its number, or is another's too."""
    name = class_names[number]
    is_plain = name == str(number) or list(class_names).count(name) > 1
    return str(number) if is_plain else quote(name)
