"""What a threshold on the probability of one class finds, in numbers and as queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from analysis.curves.assessment import Labelled, diagram_of
from analysis.curves.calibration import Reliability
from analysis.query.class_columns import probability_names, target_names
from analysis.query.tokens import quote_name
from analysis.samples import CONFIDENCE, LABEL


@dataclass(frozen=True, slots=True)
class Outcome:
    """The labelled samples by whether they are of a class, and whether the threshold calls them so.

    Attributes:
        tp, fp, fn, tn: true positives, false positives, false negatives, true negatives.
    """

    tp: int
    fp: int
    fn: int
    tn: int

    @property
    def precision(self) -> float | None:
        """tp / (tp + fp), 0 to 1; None where nothing is called of the class."""
        return _share(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float | None:
        """tp / (tp + fn), 0 to 1, the true positive rate; None where nothing is of the class."""
        return _share(self.tp, self.tp + self.fn)

    @property
    def f1(self) -> float | None:
        """The harmonic mean of the two, 0 to 1; None where nothing is of the class, nor called."""
        return _share(2 * self.tp, 2 * self.tp + self.fp + self.fn)

    @property
    def false_positive_rate(self) -> float | None:
        """fp / (fp + tn), 0 to 1; None where everything is of the class."""
        return _share(self.fp, self.fp + self.tn)


def outcome(part: Labelled, number: int, threshold: float) -> Outcome:
    """Count what a threshold does: a class with an output, a probability of at least so much."""
    scores, truth = part.pair(number)
    called = scores >= threshold
    tp, all_called, all_true = int((called & truth).sum()), int(called.sum()), int(truth.sum())
    return Outcome(tp, all_called - tp, all_true - tp, len(truth) - all_called - all_true + tp)


def outcome_queries(
    part: Labelled, class_names: Sequence[str], number: int, threshold: float
) -> dict[str, str]:
    """The query that finds what is counted: tp, fp, fn, tn; wrong, for fp and fn; called."""
    column, at = probability_column(part, class_names, number), number_text(threshold)
    is_so, is_not = _truth(part, class_names, number)
    known = _known(part)
    return {
        "tp": f"{column} >= {at} and {is_so}",
        "fp": f"{column} >= {at} and {is_not}{known}",
        "fn": f"{column} < {at} and {is_so}",
        "tn": f"{column} < {at} and {is_not}{known}",
        "wrong": f"({column} >= {at}) != ({is_so}){known}",
        "called": f"{column} >= {at}",
    }


def diagram_queries(part: Labelled, diagram: Reliability, column: str) -> list[str]:
    """The query that finds the samples of each bin.

    Args:
        column: of which the scores are, as it is typed.
    """
    known = _known(part)
    # The shortest decimals that are the edges: the bin's own samples are found, and no other.
    edges = [_shortest(edge) for edge in diagram.edges]
    return [
        (f"{low} < {column} <= {high}" if k else f"{column} <= {high}") + known
        for k, (low, high) in enumerate(pairwise(edges))
    ]


def class_diagram(
    part: Labelled, class_names: Sequence[str], number: int
) -> tuple[Reliability, list[str]]:
    """The reliability diagram of one class's probability, and the query of each bin."""
    diagram = diagram_of(part, number)
    return diagram, diagram_queries(part, diagram, probability_column(part, class_names, number))


def confidence_queries(part: Labelled, diagram: Reliability) -> list[str]:
    """The query of each bin of the diagram of the predictions' confidence."""
    return diagram_queries(part, diagram, CONFIDENCE)


def probability_column(part: Labelled, class_names: Sequence[str], number: int) -> str:
    """The column of a class's probability, as it is typed in a query."""
    return quote_name(probability_names(part.samples, class_names)[number])


def number_text(value: float) -> str:
    """A number as it is typed: the shortest decimal that is the same number again."""
    return repr(value).removesuffix(".0")


def _known(part: Labelled) -> str:
    """The condition, to be put behind others, that a sample is among those that are counted."""
    if part.rows is None:
        return ""
    mask = part.samples.labelled
    is_labelled = "" if mask.all() else f" and {LABEL} >= 0"
    # Only NaN is not at least zero.
    has_answer = f" and {CONFIDENCE} >= 0" if len(part.rows) < mask.sum() else ""
    return is_labelled + has_answer


def _truth(part: Labelled, class_names: Sequence[str], number: int) -> tuple[str, str]:
    """The conditions that a sample is of the class, and that it is not."""
    assert part.samples.scores is not None
    targets = part.samples.scores.targets
    if targets is None:
        return f"{LABEL} == {number}", f"{LABEL} != {number}"
    if number >= targets.shape[1]:
        # No image is of a class that the dataset does not know.
        return f"{LABEL} == {number}", f"{LABEL} != {number}"
    column = quote_name(target_names(part.samples, class_names)[number])
    return column, f"not {column}"


def _shortest(edge: np.floating) -> str:
    return np.format_float_positional(edge, unique=True, trim="-")


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
