"""Curves, calibration and the report of classes: scikit-learn's numbers, to 1e-12."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn import metrics
from sklearn.calibration import calibration_curve
from sklearn.preprocessing import label_binarize

from analysis.class_scores import ClassScores
from analysis.curves.assessment import (
    AVERAGES,
    DRAWN_CLASSES,
    LINE_MACRO,
    LINE_MICRO,
    Assessment,
    assess,
    class_line,
    labelled,
)
from analysis.curves.calibration import adaptive_error, reliability
from analysis.curves.export import summarise_classes
from analysis.curves.rankings import (
    _corners,
    average_grid,
    average_precision,
    draw,
    rank,
    rank_all,
    roc_area,
    shorten,
)
from analysis.curves.threshold import class_diagram, confidence_queries, outcome, outcome_queries
from analysis.query import find
from analysis.samples import Samples, log_probabilities, make_samples

EXACT = {"rtol": 0, "atol": 1e-12}

PRECISION, RECALL, F1, AP, AUC, LOSS = range(6)


def make(
    count: int = 900,
    units: int = 5,
    head: str = "softmax",
    labels: NDArray[np.int64] | None = None,
    targets: NDArray[np.bool_] | None = None,
    names: tuple[str, ...] = ("cat", "dog", "T-shirt", "dog", "4"),
) -> Samples:
    """Samples whose logits are rounded, so that there are ties."""
    random = np.random.default_rng(3)
    if labels is None:
        labels = random.integers(0, max(units, 2), count)
    logits = random.normal(0, 1.5, (count, units))
    if units > 1:
        logits[np.arange(count), np.clip(labels, 0, units - 1)] += 1.5
    else:
        logits[:, 0] += 2 * labels - 1
    logits = np.round(logits, 1).astype(np.float32)
    if head == "logits":
        logits = np.exp(log_probabilities(logits, "softmax")).astype(np.float32)
    return of_logits(labels, logits, head, targets, names[:units])


def of_logits(
    labels: NDArray[np.int64],
    logits: NDArray[np.float32],
    head: str = "softmax",
    targets: NDArray[np.bool_] | None = None,
    names: tuple[str, ...] = (),
) -> Samples:
    ids = [str(k) for k in range(len(labels))]
    samples = make_samples(labels, ids, logits, head, targets=targets, class_names=names)
    return replace(samples, scores=ClassScores(logits, head, targets))


def probabilities(samples: Samples) -> NDArray[np.float64]:
    """All of them at once, from the logits by the function that the table is made with."""
    scores = samples.scores
    assert scores is not None
    return np.exp(log_probabilities(scores._logits, scores.head))


# -- probabilities -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "units"), [("softmax", 5), ("sigmoid", 1), ("multilabel", 4), ("logits", 5)]
)
def test_probabilities_are_those_of_the_table(head: str, units: int) -> None:
    samples = make(units=units, head=head)
    expected, scores = probabilities(samples), samples.scores
    assert scores is not None and scores.classes == expected.shape[1]
    # A second time from what is kept, and after others have pushed it out.
    for number in [*range(scores.classes), 0, 0]:
        np.testing.assert_allclose(scores.probability(number), expected[:, number], rtol=1e-15)
    assert samples["confidence"] == pytest.approx(expected.max(1), rel=1e-6)


# -- one class -----------------------------------------------------------------------------------

ranked = st.lists(st.tuples(st.sampled_from([0, 0.1, 0.25, 0.5, 1]), st.booleans()), min_size=2)


@given(ranked.filter(lambda pairs: 0 < sum(truth for _, truth in pairs) < len(pairs)))
def test_areas_of_any_ranking_are_scikit_learns(pairs: list[tuple[float, bool]]) -> None:
    scores, truth = (np.array(column) for column in zip(*pairs, strict=True))
    ranking = rank(scores.astype(float), truth)
    expected = metrics.average_precision_score(truth, scores)
    np.testing.assert_allclose(average_precision(ranking), expected, **EXACT)
    np.testing.assert_allclose(roc_area(ranking), metrics.roc_auc_score(truth, scores), **EXACT)


def test_without_positives_or_negatives_there_is_no_area() -> None:
    scores = np.array([0.1, 0.9])
    none, every = rank(scores, np.zeros(2, bool)), rank(scores, np.ones(2, bool))
    assert np.isnan([average_precision(none), roc_area(none), roc_area(every)]).all()
    assert average_precision(every) == 1
    assert len(draw(none).recall) == len(draw(none).thresholds) == 2


def test_drawn_points_are_of_the_curve() -> None:
    random = np.random.default_rng(0)
    truth = random.random(4000) < 0.2
    scores = np.round(random.random(4000) * 0.7 + truth * 0.3, 3)
    line = draw(rank(scores, truth), most=150)
    assert len(line.recall) <= 150
    worth = ~np.isnan(line.thresholds)
    assert worth.sum() > 40
    for k in np.flatnonzero(worth):
        called = scores >= line.thresholds[k]
        assert line.recall[k] == (called & truth).sum() / truth.sum()
        assert line.precision[k] == (called & truth).sum() / called.sum()
        assert line.false_positive_rate[k] == (called & ~truth).sum() / (~truth).sum()


def test_thinning_does_not_show() -> None:
    random = np.random.default_rng(1)
    truth = random.random(50_000) < 0.3
    ranking = rank(random.beta(1 + 2 * truth, 2), truth)
    line, corners = draw(ranking, most=400), _corners(ranking)
    rates, hits = corners[:, 1] / ranking.negatives, corners[:, 0] / ranking.positives
    drawn = np.interp(rates, line.false_positive_rate, line.true_positive_rate)
    assert len(corners) > 20_000 and np.abs(drawn - hits).max() < 0.01
    fpr, tpr, _ = metrics.roc_curve(truth, random.random(len(truth)))
    assert len(fpr) > 400, "scikit-learn would draw thousands"
    assert (np.diff(line.recall) >= 0).all() and (np.diff(line.false_positive_rate) >= 0).all()
    assert (line.recall[[0, -1]] == [0, 1]).all() and tpr[-1] == 1


@given(st.floats(0, 1), st.floats(0, 1))
def test_short_thresholds_lie_between(one: float, other: float) -> None:
    low, high = sorted((one, other))
    if low == high:
        return
    value = shorten(low, high)
    assert low < value <= high
    assert len(repr(value)) <= max(len(repr(high)), 4)


# -- all classes ---------------------------------------------------------------------------------


def check_areas(found: Assessment, truth: NDArray[np.bool_], scores: NDArray[np.float64]) -> None:
    """The areas of each class, and their averages, are scikit-learn's."""
    classes = scores.shape[1]
    each = {"average": None}
    expected = metrics.average_precision_score(truth, scores, **each)
    np.testing.assert_allclose(found.figures[:classes, AP], expected, **EXACT)
    expected = metrics.roc_auc_score(truth, scores, **each)
    np.testing.assert_allclose(found.figures[:classes, AUC], expected, **EXACT)
    for kind, row in zip(AVERAGES, found.averages, strict=True):
        ap = metrics.average_precision_score(truth, scores, average=kind)
        auc = metrics.roc_auc_score(truth, scores, average=kind)
        np.testing.assert_allclose(row[[AP, AUC]], [ap, auc], **EXACT)


def check_report(found: Assessment, truth: object, called: object) -> None:
    """Precision, recall and F1 are scikit-learn's."""
    every = {"labels": range(len(found.support))}
    rows = metrics.precision_recall_fscore_support(
        truth, called, average=None, zero_division=np.nan, **every
    )
    np.testing.assert_allclose(found.figures[:, :3], np.array(rows[:3]).T, **EXACT)
    np.testing.assert_array_equal(found.support, rows[3])
    for kind, row in zip(AVERAGES, found.averages, strict=True):
        expected = metrics.precision_recall_fscore_support(
            truth, called, average=kind, zero_division=0
        )
        np.testing.assert_allclose(row[:3], expected[:3], **EXACT)


def test_several_classes_are_assessed_as_by_scikit_learn() -> None:
    samples = make()
    found = assess(samples, 5)
    check_areas(found, label_binarize(samples["label"], classes=range(5)), probabilities(samples))
    check_report(found, samples["label"], samples["predicted"])
    for number in range(5):
        own = samples["loss"][samples["label"] == number].astype(float)
        assert found.figures[number, LOSS] == pytest.approx(own.mean(), rel=1e-12)
    assert found.averages[0, LOSS] == pytest.approx(samples["loss"].astype(float).mean())
    assert found.averages[1, LOSS] == pytest.approx(found.figures[:, LOSS].mean())
    assert sorted(found.line_classes) == [LINE_MACRO, LINE_MICRO, *range(5)]


def test_one_unit_stands_for_two_classes() -> None:
    samples = make(units=1, head="sigmoid")
    found, scores = assess(samples, 2), probabilities(samples)
    truth = np.stack([samples["label"] == 0, samples["label"] == 1], axis=1)
    check_areas(found, truth, scores)
    check_report(found, samples["label"], samples["predicted"])
    assert found.figures[1, AP] == pytest.approx(
        metrics.average_precision_score(samples["label"], scores[:, 1]), abs=1e-12
    )


def test_several_labels_are_assessed_as_by_scikit_learn() -> None:
    targets = np.random.default_rng(5).random((900, 4)) < 0.3
    labels = np.where(targets.any(1), targets.argmax(1), 0)
    targets[np.arange(900), labels] = True
    samples = make(units=4, head="multilabel", labels=labels, targets=targets)
    found, scores = assess(samples, 4), probabilities(samples)
    check_areas(found, targets, scores)
    check_report(found, targets, scores >= 0.5)


def test_missing_labels_and_classes_are_left_out() -> None:
    labels = np.random.default_rng(6).choice([-1, 0, 1, 3, 7], 900)
    samples = make(units=6, labels=labels, names=tuple("abcdef"))
    known = labels >= 0
    found, scores = assess(samples, 8), probabilities(samples)[known]
    truth = label_binarize(labels[known], classes=range(6))
    for number in (0, 1, 3):
        expected = metrics.average_precision_score(truth[:, number], scores[:, number])
        assert found.figures[number, AP] == pytest.approx(expected, abs=1e-12)
    # No image is of class 2; class 7 has no output, and its images are negatives of all others.
    assert np.isnan(found.figures[2, [RECALL, AP, AUC, LOSS]]).all() and found.support[2] == 0
    assert np.isnan(found.figures[7, [PRECISION, AP, AUC, LOSS]]).all()
    assert found.figures[7, RECALL] == 0 and found.support[7] == (labels == 7).sum()
    assert found.counts.sum() == found.support.sum() == known.sum()
    assert found.averages[1, AP] == pytest.approx(np.nanmean(found.figures[:, AP]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_report(found, labels[known], samples["predicted"][known])
    assert found.line(2) is None and found.line(7) is None and found.line(3) is not None
    # A selection is a query all the same, and finds exactly what is counted.
    part = labelled(samples, 8)
    queries = outcome_queries(part, tuple("abcdefgh"), 3, 0.25)
    counted = outcome(part, 3, 0.25)
    for name in ("tp", "fp", "fn", "tn"):
        found_rows = find(samples, tuple("abcdefgh"), queries[name])
        assert found_rows.sum() == getattr(counted, name)
        assert (samples["label"][found_rows] >= 0).all()


def test_the_worst_of_many_classes_are_drawn() -> None:
    units = DRAWN_CLASSES + 20
    samples = make(count=2000, units=units, names=tuple(map(str, range(units))))
    found = assess(samples, units)
    order = np.argsort(found.figures[:, AP], kind="stable")
    assert {*found.line_classes} == {LINE_MICRO, LINE_MACRO, *order[:DRAWN_CLASSES]}
    best = class_line(labelled(samples, units), int(order[-1]))
    assert best.recall[-1] == 1 and not np.isnan(best.thresholds).all()


def test_averaged_curves_have_the_averages_areas() -> None:
    found = assess(make(count=3000), 5)
    line = found.line(LINE_MACRO)
    assert line is not None
    grid = average_grid()
    np.testing.assert_array_equal(line[:, 1], grid)
    assert np.trapezoid(line[:, 2], grid) == pytest.approx(found.averages[1, AUC], abs=2e-3)
    assert np.trapezoid(line[:, 4], grid) == pytest.approx(found.averages[1, AP], abs=5e-3)


def test_micro_average_ranks_every_pair() -> None:
    samples = make()
    part = labelled(samples, 5)
    overall = rank_all(part.pair, range(5))
    truth = label_binarize(samples["label"], classes=range(5)).astype(bool).ravel()
    single = rank(probabilities(samples).ravel(), truth)
    for name in ("thresholds", "hits", "alarms", "alarms_above", "floors"):
        np.testing.assert_array_equal(getattr(overall, name), getattr(single, name))


def test_summary_has_the_figures_by_name() -> None:
    samples, names = make(), ("cat", "dog", "T-shirt", "dog", "4")
    found, said = assess(samples, 5), summarise_classes(samples, names)
    assert said is not None
    assert [one["name"] for one in said["classes"]] == list(names)
    assert said["classes"][2]["average_precision"] == found.figures[2, AP]
    assert said["averages"]["weighted"]["mean_loss"] == found.averages[2, LOSS]
    assert said["expected_calibration_error"] == found.errors[0]
    unlabelled = make_samples(np.full(3, -1), list("abc"), np.eye(3, dtype=np.float32), "softmax")
    assert summarise_classes(unlabelled, names) is None


# -- calibration ---------------------------------------------------------------------------------


def error_by_scikit_learn(hits: object, scores: NDArray[np.float64], strategy: str) -> float:
    """Guo's formula over the bins of scikit-learn, which does not say how full they are."""
    accuracy, confidence = calibration_curve(hits, scores, n_bins=15, strategy=strategy)
    edges = np.linspace(0, 1, 16)
    if strategy == "quantile":
        edges = np.percentile(scores, edges * 100)
    counts = np.bincount(np.searchsorted(edges[1:-1], scores), minlength=15)
    return float(np.abs(accuracy - confidence) @ counts[counts > 0] / len(scores))


def test_calibration_is_that_of_scikit_learns_bins() -> None:
    random = np.random.default_rng(8)
    scores = random.beta(4, 1.5, 5000)
    hits = random.random(5000) < scores**1.4
    diagram = reliability(scores, hits)
    accuracy, confidence = calibration_curve(hits, scores, n_bins=15)
    filled = diagram.counts > 0
    np.testing.assert_allclose(diagram.accuracy[filled], accuracy, **EXACT)
    np.testing.assert_allclose(diagram.confidence[filled], confidence, **EXACT)
    assert diagram.counts.sum() == 5000 and len(diagram.counts) == 15
    expected = error_by_scikit_learn(hits, scores, "uniform")
    assert diagram.error == pytest.approx(expected, abs=1e-12) and expected > 0.03
    expected = error_by_scikit_learn(hits, scores, "quantile")
    assert adaptive_error(scores, hits) == pytest.approx(expected, abs=1e-12)


def test_calibration_by_hand() -> None:
    diagram = reliability(np.array([0.0, 0.05, 0.95, 1.0]), np.array([0, 1, 1, 1], bool))
    # The first bin: half of two right, sure to 0.025. The last: both right, sure to 0.975.
    assert diagram.error == pytest.approx((2 * 0.475 + 2 * 0.025) / 4)
    assert diagram.counts[[0, -1]].tolist() == [2, 2]
    assert np.isnan(reliability(np.zeros(0), np.zeros(0, bool)).error)
    assert np.isnan(adaptive_error(np.zeros(0), np.zeros(0, bool)))
    # A network that is always sure has one bin.
    assert adaptive_error(np.ones(10), np.arange(10) < 8) == pytest.approx(0.2)


# -- queries -------------------------------------------------------------------------------------

NAMES = ("cat", "dog", "T-shirt", "dog", "4")


@pytest.mark.parametrize("several", [False, True])
def test_queries_find_what_a_threshold_counts(several: bool) -> None:
    targets = np.random.default_rng(5).random((900, 5)) < 0.4 if several else None
    labels = None if targets is None else np.where(targets.any(1), targets.argmax(1), -1)
    head = "multilabel" if several else "softmax"
    samples = make(labels=labels, targets=targets, head=head, names=("a", "b", "c", "d", "e"))
    part = labelled(samples, 5)
    for number in range(5):
        scores, truth = part.pair(number)
        for threshold in (0.0, 0.31, float(np.median(scores)), 1.0):
            counted = outcome(part, number, threshold)
            queries = outcome_queries(part, NAMES, number, threshold)
            rows = {name: find(samples, NAMES, query) for name, query in queries.items()}
            for name in ("tp", "fp", "fn", "tn"):
                assert rows[name].sum() == getattr(counted, name), queries[name]
            assert rows["wrong"].sum() == counted.fp + counted.fn
            called = scores >= threshold
            cells = metrics.confusion_matrix(truth, called, labels=[False, True])
            assert [counted.tn, counted.fp, counted.fn, counted.tp] == cells.ravel().tolist()
            if called.any() and truth.any():
                assert counted.precision == metrics.precision_score(truth, called)
                assert counted.recall == metrics.recall_score(truth, called)
                assert counted.f1 == pytest.approx(metrics.f1_score(truth, called))


@pytest.mark.parametrize("unlabelled", [0, 100])
def test_images_answered_with_nan_count_nowhere(unlabelled: int) -> None:
    whole = make()
    assert whole.scores is not None
    logits, labels = whole.scores._logits.copy(), whole["label"].copy()
    logits[::7, 2], labels[:unlabelled] = np.nan, -1
    samples = of_logits(labels, logits)
    part = labelled(samples, 5)
    known = (labels >= 0) & ~np.isnan(samples["confidence"])
    found, scores = assess(samples, 5), probabilities(samples)[known]
    truth = label_binarize(labels[known], classes=range(5))
    assert found.figures[1, AUC] == pytest.approx(metrics.roc_auc_score(truth[:, 1], scores[:, 1]))
    assert found.support.sum() == found.counts.sum() == known.sum()
    counted, queries = outcome(part, 1, 0.25), outcome_queries(part, NAMES, 1, 0.25)
    for name in ("tp", "fp", "fn", "tn"):
        assert find(samples, NAMES, queries[name]).sum() == getattr(counted, name)
    assert find(samples, NAMES, queries["wrong"]).sum() == counted.fp + counted.fn
    # Also where nothing is left.
    assert assess(of_logits(labels, np.full_like(logits, np.nan)), 5).support.sum() == 0


def test_bins_are_found_by_their_queries() -> None:
    samples = make()
    part = labelled(samples, 5)
    diagram = reliability(samples["confidence"], samples["correct"])
    for query, count in zip(confidence_queries(part, diagram), diagram.counts, strict=True):
        assert find(samples, NAMES, query).sum() == count
    diagram, queries = class_diagram(part, NAMES, 2)
    assert queries[1].startswith("0.06666666666666667 < `p_T-shirt` <= 0.13333333333333333")
    for query, count in zip(queries, diagram.counts, strict=True):
        assert find(samples, NAMES, query).sum() == count
