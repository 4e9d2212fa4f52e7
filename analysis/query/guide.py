"""What the page says of queries: the columns they may name, and examples that suit the study."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.query.class_columns import probability_names, target_names
from analysis.query.samples import find, sample_columns
from analysis.query.table import Column, Kind
from analysis.query.tokens import quote, quote_name
from analysis.samples import (
    CONFIDENCE,
    CORRECT,
    ENTROPY,
    ID,
    INDEX,
    LABEL,
    LABELS,
    LOSS,
    MARGIN,
    NAMES,
    PREDICTED,
    SEPARATOR,
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
    LABELS: (f"Names of all the image's labels, with {SEPARATOR} between them.", ""),
}

# Of a column of the dataset: no more values than this are told by name, and no longer ones.
FEW_VALUES, LONGEST = 5, 24

# An example should find so many images, where a lower bound can be chosen.
ENOUGH = 5


@dataclass(frozen=True, slots=True)
class ColumnHelp:
    """A column that queries may name.

    Attributes:
        about: a sentence on what it is and its range; "" where nothing is known.
        unit: "nats", or "" for none.
        class_names: of a "category", by number.
        is_of_class: no column of the table, but worked out of the logits for one class.
    """

    name: str
    kind: Kind
    about: str
    unit: str
    class_names: tuple[str, ...]
    is_of_class: bool = False


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
    """The columns of the samples table, in its order, and those of each class."""
    of_table = [
        ColumnHelp(
            name,
            column.kind,
            *(ABOUT.get(name) or (describe_values(column), "")),
            tuple(column.class_names or ()),
        )
        for name, column in sample_columns(samples, class_names).items()
    ]
    return of_table + list(_columns_of_classes(samples, class_names))


def _columns_of_classes(samples: Samples, class_names: Sequence[str]) -> Iterator[ColumnHelp]:
    if samples.scores is None:
        return
    for number, name in enumerate(probability_names(samples, class_names)):
        about = f"Probability that the network gives {class_names[number]}, from 0 to 1."
        yield ColumnHelp(name, "number", about, "", (), is_of_class=True)
    if samples.scores.targets is None or not samples.is_labelled:
        return
    for number, name in enumerate(target_names(samples, class_names)):
        about = f"True where {class_names[number]} is one of the image's labels."
        yield ColumnHelp(name, "boolean", about, "", (), is_of_class=True)


def describe_values(column: Column) -> str:
    """What stands in a column of the dataset's own."""
    values = np.asarray(column.values)
    if column.kind == "boolean":
        return f"Of the dataset: True for {int(values.sum()):,} of {len(values):,} images."
    if column.kind == "text":
        found = sorted({str(value) for value in values.tolist()})
        if len(found) > FEW_VALUES or any(len(value) > LONGEST for value in found):
            return f"Of the dataset: {len(found):,} different texts."
        return f"Of the dataset: {', '.join(quote(value) for value in found)}."
    finite = values[np.isfinite(values)]
    if not len(finite):
        return "Of the dataset."
    return f"Of the dataset: from {finite.min():g} to {finite.max():g}."


def examples(samples: Samples, class_names: Sequence[str]) -> list[Example]:
    """Queries to start from; those that find nothing in this study are left out."""
    return [
        Example(query, title, count)
        for query, title in _candidates(samples, class_names)
        if (count := int(find(samples, class_names, query).sum()))
    ]


def _candidates(samples: Samples, class_names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(query, title), the ones a person would look at first."""
    if samples.is_labelled:
        yield from _of_labelled(samples, class_names)
    else:
        yield from _of_unlabelled(samples, class_names)
    yield f"0.5 < {ENTROPY} <= 1", "Entropy from 0.5 to 1 nat"
    yield from _of_columns(samples, class_names)


def _of_labelled(samples: Samples, class_names: Sequence[str]) -> Iterator[tuple[str, str]]:
    confidence, loss, wrong = samples[CONFIDENCE], samples[LOSS], samples.wrong
    sure = _bound(confidence[wrong], (0.99, 0.9, 0.7, 0.5))
    high = _bound(loss, (10, 5, 2, 1, 0.5, 0.1))
    # Without a label nothing is correct.
    mistake = f"not {CORRECT}" if samples.labelled.all() else f"{LABEL} >= 0 and not {CORRECT}"
    yield mistake, "All mistakes"
    yield f"{mistake} and {CONFIDENCE} > {sure}", "Wrong, and sure of it"
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
        if samples.scores is not None and pair[0] < samples.scores.classes:
            column = quote_name(probability_names(samples, class_names)[pair[0]])
            yield (
                f"{column} > 0.1 and {PREDICTED} != {label}",
                f"Nearly taken for {names[0]}: it has a probability above 0.1",
            )
    yield f"{LABEL} < 0", "Images without a label"


def _of_unlabelled(samples: Samples, class_names: Sequence[str]) -> Iterator[tuple[str, str]]:
    unsure = _bound(-samples[CONFIDENCE], (-0.3, -0.5, -0.7, -0.9))
    yield f"{CONFIDENCE} < {-unsure}", "Where the network is least sure"
    yield f"{MARGIN} < 0.1", "Torn between two classes"
    yield f"{CONFIDENCE} > 0.99", "Where the network is sure"
    found, counts = np.unique(samples[PREDICTED], return_counts=True)
    most, least = int(found[counts.argmax()]), int(found[counts.argmin()])
    literal = _literal(most, class_names)
    yield f"{PREDICTED} == {literal}", f"The most frequent prediction: {class_names[most]}"
    if least != most:
        literal = _literal(least, class_names)
        yield f"{PREDICTED} == {literal}", f"The rarest prediction: {class_names[least]}"


def _of_columns(samples: Samples, class_names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """One query of the first column of the dataset's own that suits one."""
    own = sample_columns(samples, class_names)
    for name in (name for name in own if name not in NAMES):
        kind, values = own[name].kind, np.asarray(own[name].values)
        if kind == "boolean":
            yield name, f"By the dataset's column {name}"
            return
        if kind == "number" and np.isfinite(values).any():
            middle = float(np.median(values[np.isfinite(values)]))
            yield f"{name} > {middle:g}", f"By the dataset's column {name}: the upper half"
            return
        if kind == "text":
            found, counts = np.unique(values.astype(np.str_), return_counts=True)
            value = str(found[counts.argmax()])
            if counts.max() > 1 and value.isprintable() and len(value) <= LONGEST:
                yield f"{name} == {quote(value)}", f"By the dataset's column {name}"
                return


def _bound(values: NDArray[np.float32], bounds: Sequence[float]) -> float:
    """The highest of the bounds, falling, that ENOUGH values exceed; the last if none does."""
    return next((bound for bound in bounds if (values > bound).sum() >= ENOUGH), bounds[-1])


def _most_confused(samples: Samples, classes: int) -> tuple[int, int] | None:
    """(label, predicted) of the most frequent mistake, or None without mistakes."""
    wrong = samples.wrong
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
