"""The histogram of the loss: its bins, and that its edges, written into a query, find its bars."""

import base64
from collections import Counter
from typing import Any

import numpy as np
import pytest
from fakes import FakeStage, FakeStudy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from analysis import Study
from analysis.query import find
from analysis.samples import CORRECT, LOSS
from views import hard
from views.hard import HARD, Histogram

LOSSES = arrays.arrays(
    np.float32,
    st.integers(1, 60),
    elements=st.one_of(
        st.floats(0, 100, width=32),
        st.sampled_from([0.0, 1e-9, 1e-8, 2.5e-5, 0.01, 0.1, 0.63, 0.7, 1.0, 1.6, 2.0, 40.0]).map(
            np.float32
        ),
        st.just(float("inf")),
    ),
)


def count(losses: list[float], correct: list[bool] | None = None) -> Histogram:
    right = np.ones(len(losses), bool) if correct is None else np.array(correct)
    return hard.histogram(np.array(losses, np.float32), right)


def values(figure: dict[str, Any], trace: int, axis: str = "y") -> NDArray[np.float32]:
    return np.frombuffer(base64.b64decode(figure["data"][trace][axis]["bdata"]), "<f4")


@given(LOSSES)
def test_each_sample_is_in_the_bin_between_its_edges(losses: NDArray[np.float32]) -> None:
    correct = losses < 1
    counts = hard.histogram(losses, correct)
    edges = np.array([float(edge) for edge in counts.edges], np.float32)
    assert (np.diff(edges) > 0).all()
    limits = np.concatenate([[-np.inf], edges, [np.inf]])
    for bars, chosen in ((counts.right, correct), (counts.wrong, ~correct)):
        mine = losses[chosen]
        for k, bar in enumerate(bars):
            last = k == len(bars) - 1
            held = (mine >= limits[k]) & ((mine < limits[k + 1]) | last)
            assert bar == held.sum()
        assert bars.sum() == chosen.sum()


@pytest.mark.parametrize("correct", [True, False])
def test_a_query_of_the_edges_finds_the_bar(computed: Study, correct: bool) -> None:
    samples = computed.samples
    assert samples is not None
    counts = hard.histogram(samples[LOSS], samples[CORRECT])
    bars = counts.right if correct else counts.wrong
    also = "correct" if correct else "not correct"
    for k in range(1, len(bars) - 1):
        text = f"{counts.edges[k - 1]} <= loss < {counts.edges[k]} and {also}"
        assert find(samples, computed.class_names, text).sum() == bars[k]
    first = f"loss < {counts.edges[0]} and {also}"
    assert find(samples, computed.class_names, first).sum() == bars[0]
    last = f"loss >= {counts.edges[-1]} and {also}"
    assert find(samples, computed.class_names, last).sum() == bars[-1]


def test_bins_are_named_by_short_decimals() -> None:
    counts = count([0.0, 3e-7, 0.02, 12.0])
    assert counts.edges[:3] == ("3e-7", "5e-7", "7e-7")
    assert {"0.001", "0.015", "0.5", "1", "1.5", "10"} <= set(counts.edges)
    assert counts.edges[-1] == "10"
    names = dict(counts.decades)
    assert [counts.edges[k - 1] for k in names] == [hard.decimal("1", d) for d in names.values()]


def test_many_samples_get_finer_bins() -> None:
    few, many = count([0.1, 1.0] * 500), count([0.1, 1.0] * 2000)
    assert len(many.edges) == 11
    assert len(few.edges) == 7


def test_losses_of_nothing_and_infinity_have_their_bars() -> None:
    counts = count([0.0, 1e-12, 0.5, float("inf")], [True, True, True, False])
    assert counts.right[0] == 2
    assert counts.wrong[-1] == 1


@pytest.mark.parametrize("loss", [0.0, 1e-30, 0.25, float("inf")])
def test_one_sample_alone_has_a_histogram(loss: float) -> None:
    counts = count([loss])
    assert counts.right.sum() == 1
    assert hard.figure(counts)["layout"]["meta"]["edges"]


def test_the_bin_of_nothing_is_named_where_there_are_such_losses() -> None:
    with_zero = hard.figure(count([0.0, 0.2, 3.0]))["layout"]["xaxis"]
    assert (with_zero["tickvals"][0], with_zero["ticktext"][0]) == (0.0, "0")
    without = hard.figure(count([0.2, 3.0]))["layout"]["xaxis"]
    assert "0" not in without["ticktext"]
    assert all(Counter(with_zero["ticktext"])[name] == 1 for name in with_zero["ticktext"])


def test_the_figure_tells_right_from_wrong_by_more_than_colour() -> None:
    figure = hard.figure(count([0.1, 0.1, 4.0], [True, True, False]))
    right, wrong = figure["data"][:2]
    assert "pattern" not in right["marker"]
    assert wrong["marker"]["pattern"]["shape"]
    assert wrong["width"] < right["width"]
    assert values(figure, 0).sum() == 2
    assert values(figure, 1).sum() == 1
    assert values(figure, 2).sum() == values(figure, 3).sum() == 0
    assert figure["layout"]["yaxis"]["type"] == "log"
    # A single image is above the lower end of the axis.
    assert figure["layout"]["yaxis"]["range"][0] < 0


def test_the_summary_counts_mistakes() -> None:
    text = hard.loss_summary(FakeStudy())
    assert text.startswith("3 of 60 images are predicted wrong. Half of all have a loss below ")
    assert text.endswith(" nats.")


def test_before_the_forward_pass_a_sentence_says_what_runs() -> None:
    stages = (FakeStage("forward", "Forward pass", "running", 0.3),)
    waiting = FakeStudy(measured=False, stage_list=stages)
    assert hard.loss_summary(waiting) == (
        "The loss of each image will appear here. Running now: Forward pass."
    )
    assert hard.loss_figure(waiting)["data"] == []
    assert HARD.layout(waiting).id == "hard"
