"""A network class by class: what its curves, its calibration and its mistakes come to."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.class_scores import has_class
from analysis.curves.calibration import Reliability, adaptive_error, reliability
from analysis.curves.rankings import (
    Line,
    Ranking,
    average_precision,
    draw,
    draw_average,
    rank,
    rank_all,
    roc_area,
)
from analysis.curves.report import (
    AVERAGES,
    MACRO,
    MICRO,
    WEIGHTED,
    ClassReport,
    mean,
    mean_loss,
    report,
    report_single,
)
from analysis.samples import CONFIDENCE, CORRECT, LABEL, LOSS, PREDICTED, Samples

# So many classes' curves are drawn, those of the least average precision: more are a grey area.
DRAWN_CLASSES = 60
# Corners of the average's curve; a class's own are fewer where many are drawn.
CORNERS, FEW_CORNERS, MANY = 400, 160, 20

# Columns of `Assessment.figures` and `Assessment.averages`.
FIGURES = ("precision", "recall", "f1", "ap", "auc", "loss")

# What a prediction of several classes at once takes.
EVEN_ODDS = 0.5

# Numbers of the lines that stand for no class.
LINE_MICRO, LINE_MACRO = -1, -2


@dataclass(frozen=True, slots=True)
class Assessment:
    """All figures of the labelled samples; arrays only, so that it can be kept.

    Attributes:
        figures: float64, (C, 6), a row a class, columns FIGURES, NaN for what is not defined.
        support: int64, (C,), samples of each class.
        called: int64, (C,), samples predicted to be of it.
        averages: float64, (3, 6), rows AVERAGES.
        line_classes: int64, (L,), whose curves are drawn: classes, LINE_MICRO, LINE_MACRO.
        line_starts: int64, (L + 1,), where each one begins in `lines`.
        lines: float64, (points, 5), as `Line.stacked`.
        edges: float32, (bins + 1,); counts, confidence, accuracy: (bins,), as in `Reliability`.
        errors: float64, (2,): the expected calibration error, and that of equally full bins.
    """

    figures: NDArray[np.float64]
    support: NDArray[np.int64]
    called: NDArray[np.int64]
    averages: NDArray[np.float64]
    line_classes: NDArray[np.int64]
    line_starts: NDArray[np.int64]
    lines: NDArray[np.float64]
    edges: NDArray[np.float32]
    counts: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    errors: NDArray[np.float64]

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def line(self, number: int) -> NDArray[np.float64] | None:
        """A class's curves, (n, 5), or None where they are not among those drawn."""
        found = np.flatnonzero(self.line_classes == number)
        if not len(found):
            return None
        start, end = self.line_starts[found[0] : found[0] + 2]
        return self.lines[start:end]


@dataclass(frozen=True, slots=True)
class Labelled:
    """The samples that have a label, and what is known of them class by class.

    Attributes:
        samples: the table, with `scores`.
        classes: how many classes have a name: those of the dataset and the network's outputs.
        rows: int64, (n,), which samples have a label, and probabilities that are no NaN; None for
            all of them.
    """

    samples: Samples
    classes: int
    rows: NDArray[np.intp] | None

    @property
    def outputs(self) -> int:
        """How many classes have a probability."""
        assert self.samples.scores is not None
        return min(self.samples.scores.classes, self.classes)

    def column(self, name: str) -> NDArray[Any]:
        """The labelled samples' part of a column of the table: (n,)."""
        values = self.samples[name]
        return values if self.rows is None else values[self.rows]

    def probability(self, number: int) -> NDArray[np.float64]:
        assert self.samples.scores is not None
        scores = self.samples.scores.probability(number)
        return scores if self.rows is None else scores[self.rows]

    def truth(self, number: int) -> NDArray[np.bool_]:
        """Which of them are of a class: bool, (n,)."""
        assert self.samples.scores is not None
        mask = has_class(self.samples[LABEL], self.samples.scores.targets, number)
        return mask if self.rows is None else mask[self.rows]

    def called(self, number: int) -> NDArray[np.bool_]:
        """Which of them are predicted to be of a class: bool, (n,).

        Where several classes apply to an image and each output decides for itself, those of at
        least even odds; else the most probable one.
        """
        scores = self.samples.scores
        assert scores is not None
        if scores.targets is None or scores.head != "multilabel":
            said: NDArray[np.bool_] = self.column(PREDICTED) == number
            return said
        if number >= self.outputs:
            return np.zeros(len(self.column(PREDICTED)), np.bool_)
        mask: NDArray[np.bool_] = self.probability(number) >= EVEN_ODDS
        return mask

    def pair(self, number: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        return self.probability(number), self.truth(number)


def labelled(samples: Samples, classes: int) -> Labelled:
    """The labelled part of a table of which some sample has a label.

    What the network answers with NaN has no rank among the others, and is left out.
    """
    assert samples.is_labelled and samples.scores is not None
    mask = samples.labelled & ~np.isnan(samples[CONFIDENCE])
    return Labelled(samples, classes, None if mask.all() else np.flatnonzero(mask))


def assess(
    samples: Samples, classes: int, tell: Callable[[float], None] = lambda _fraction: None
) -> Assessment:
    """Assess the samples that have a label.

    Args:
        samples: some are labelled; with scores.
        classes: how many classes have a name.
        tell: hears the share of the work that is done, 0 to 1.
    """
    part = labelled(samples, classes)
    counts = count(part)
    ranked, lines = _rank_classes(part, tell)
    overall = rank_all(part.pair, range(part.outputs))
    lines[LINE_MICRO] = draw(overall, CORNERS)
    # No threshold is one of all classes.
    lines[LINE_MICRO].thresholds[:] = np.nan
    tell(1.0)
    figures = np.column_stack(
        [counts.precision, counts.recall, counts.f1, ranked, counts.loss]
    ).astype(np.float64)
    diagram = confidence_diagram(part)
    stacked = [line.stacked() for line in lines.values()]
    return Assessment(
        figures,
        counts.support,
        counts.called,
        _average(counts, ranked, overall, mean_loss(part.column(LOSS))),
        np.array(list(lines), np.int64),
        np.cumsum([0, *map(len, stacked)]),
        np.concatenate(stacked),
        diagram.edges.astype(np.float32),
        diagram.counts,
        diagram.confidence,
        diagram.accuracy,
        np.array([diagram.error, adaptive_error(part.column(CONFIDENCE), part.column(CORRECT))]),
    )


def count(part: Labelled) -> ClassReport:
    """Predictions counted class by class."""
    assert part.samples.scores is not None
    if part.samples.scores.targets is not None:
        return report(part.truth, part.called, part.column(LOSS), part.classes)
    return report_single(
        part.column(LABEL), part.column(PREDICTED), part.column(LOSS), part.classes
    )


def confidence_diagram(part: Labelled) -> Reliability:
    """How often the prediction is right, by how sure the network is of it."""
    return reliability(part.column(CONFIDENCE), part.column(CORRECT))


def class_line(part: Labelled, number: int) -> Line:
    """The curves of one class that has an output."""
    return draw(rank(*part.pair(number)), CORNERS)


def _rank_classes(
    part: Labelled, tell: Callable[[float], None]
) -> tuple[NDArray[np.float64], dict[int, Line]]:
    """Average precision and area of each class, (C, 2), and the curves to be drawn by number."""
    figures = np.full((part.classes, 2), np.nan)
    corners = CORNERS if part.outputs <= MANY else FEW_CORNERS
    kept: dict[int, Ranking] = {}

    def rankings() -> Iterator[Ranking]:
        for number in range(part.outputs):
            ranking = rank(*part.pair(number))
            figures[number] = average_precision(ranking), roc_area(ranking)
            if ranking.positives and ranking.negatives:
                kept[number] = ranking
                _drop_best(kept, figures)
            # Going through all classes once more for the micro average takes about as long.
            tell((number + 1) / part.outputs / 2)
            yield ranking

    average = draw_average(rankings())
    lines = {number: draw(ranking, corners) for number, ranking in kept.items()}
    return figures, {**lines, LINE_MACRO: average}


def _drop_best(kept: dict[int, Ranking], figures: NDArray[np.float64]) -> None:
    """Keeps the classes of the least average precision, as many as are drawn."""
    if len(kept) > DRAWN_CLASSES:
        del kept[max(kept, key=lambda number: (figures[number, 0], number))]


def _average(
    counts: ClassReport, ranked: NDArray[np.float64], overall: Ranking, loss: float
) -> NDArray[np.float64]:
    """float64, (3, 6): rows AVERAGES, columns FIGURES.

    Areas are averaged over the classes that have one. The loss is the mean of all samples; the
    macro average that of the classes' means.
    """
    pooled = (average_precision(overall), roc_area(overall))
    every = np.ones(len(counts.support), np.int64)
    weigh = {MACRO: every, WEIGHTED: counts.support}
    rows = []
    for kind in AVERAGES:
        areas = pooled if kind == MICRO else tuple(mean(a, weigh[kind]) for a in ranked.T)
        losses = mean(counts.loss, every) if kind == MACRO else loss
        rows.append([*counts.average(kind), *areas, losses])
    return np.array(rows)


def diagram_of(part: Labelled, number: int) -> Reliability:
    """How often samples are of a class, by the probability that the network gives it."""
    return reliability(*part.pair(number))
