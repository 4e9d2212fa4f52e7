"""Where to start: the sentence on the study, the steps, and a query that finds something."""

from typing import Any

import numpy as np
import pytest
from dash.development.base_component import Component
from fakes import FakeStudy

from analysis import Study
from analysis.query import find
from views import welcome
from views.welcome import WELCOME


def words(tree: Any) -> str:
    """All text of a tree, as it reads."""
    if isinstance(tree, list | tuple):
        return "".join(words(child) for child in tree)
    if isinstance(tree, Component):
        return words(getattr(tree, "children", None))
    return "" if tree is None else str(tree)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (None, "m.h5 is looking at 1,000 images now."),
        (0, "m.h5 is right about all of 1,000 images."),
        (46, "m.h5 is wrong about 46 of 1,000 images. Why?"),
    ],
)
def test_the_opening_says_how_good_the_network_is(wrong: int | None, says: str) -> None:
    assert welcome.opening("m.h5", 1000, wrong) == says


@pytest.mark.parametrize(
    ("losses", "query"),
    [
        (None, "loss > 2"),
        ([3.0] * 5 + [0.0] * 50, "loss > 2"),
        ([3.0] * 4 + [1.5] + [0.0] * 50, "loss > 1"),
        ([0.02] * 60, "loss > 0.01"),
        ([0.001] * 60, "loss > 0"),
    ],
)
def test_the_example_finds_a_few_images(losses: list[float] | None, query: str) -> None:
    known = None if losses is None else np.array(losses, np.float32)
    assert welcome.suggest_query(known) == query


def test_the_example_is_a_query(computed: Study) -> None:
    samples = computed.samples
    assert samples is not None
    query = welcome.suggest_query(samples["loss"])
    assert find(samples, computed.class_names, query).sum() >= welcome.FEWEST_HITS


def test_the_card_is_laid_out_hidden() -> None:
    card = WELCOME.layout(FakeStudy())
    assert card.hidden is True
    text = words(card)
    assert "mnist.h5 is wrong about 3 of 60 images. Why?" in text
    assert "Find similar" in text
    assert "type a query" in text


def test_the_card_fills_once_the_images_are_measured() -> None:
    study = FakeStudy(measured=False)
    assert "is looking at 60 images now" in words(welcome.guide(study))
    study.measured = True
    assert "is wrong about 3 of 60 images" in words(welcome.guide(study))
