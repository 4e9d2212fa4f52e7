"""The tab PR curves of the page Training, used as a person uses it, against scikit-learn."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect
from sklearn import metrics

from innerview.histogram import count_decisions
from innerview.records import Curve, RunChanged
from innerview.stores import open_backend
from tests.browser.training import BATCHES, DECISIONS, EPOCHS, RUNS, decisions, open_training
from tests.training_stores import STARTED, alive_now, run_records

EASY, HARD = DECISIONS
# Of a run that is logged while the page is looked at. An id that was erased once stays away.
LIVE = "live-curves"
LIMITS = np.linspace(0, 1, 127)


@pytest.fixture
def page(context: BrowserContext, training_url: str) -> Iterator[Page]:
    with open_training(context, f"{training_url}#tab=pr") as page:
        yield page


def card(page: Page, tag: str) -> Locator:
    return page.locator(f'.pr-card[data-tag="{tag}"]')


def area(number: int, epoch: int, tag: str) -> str:
    """The average precision of a run's scores, known as well as its thresholds tell."""
    labels, scores = decisions(number, epoch, tag)
    floors = np.searchsorted(LIMITS, scores, side="right")
    return f"{metrics.average_precision_score(labels, floors):.4f}"


def areas(page: Page, tag: str) -> Locator:
    """The areas that the legend has, of the newest run first."""
    return card(page, tag).locator(".pr-legend-run b")


# Whether the areas under the steps of a chart are those given, of four places.
AREAS = """([tag, areas]) => {
    const lines = innerview.prCurves.cards.get(tag).place.querySelector('.pr-chart').data ?? []
    const under = ({ x, y }) => y.reduce((sum, up, k) => sum + (k && up * (x[k] - x[k - 1])), 0)
    return JSON.stringify(lines.map((line) => under(line).toFixed(4))) === JSON.stringify(areas)
}"""


def drawn_colors(page: Page, tag: str) -> list[str]:
    found: list[str] = card(page, tag).evaluate(
        "(card) => card.querySelector('.pr-chart').data.map(({ line }) => line.color)"
    )
    return found


def test_curves_areas_and_counts_are_those_of_scikit_learn(page: Page) -> None:
    names = [name for name, *_ in RUNS[:-1]]
    expect(card(page, EASY).locator(".pr-legend-run")).to_have_count(len(names))
    expect(card(page, HARD).locator(".pr-legend-run")).to_have_count(len(names))
    expect(page.locator(".steps-said:visible b")).to_have_text(f"step {EPOCHS * BATCHES}")
    expect(page.locator(".pr-epoch")).to_have_text(f"epoch {EPOCHS}")
    slider = page.get_by_label("Step of the curves")
    for epoch in (EPOCHS, 1):
        slider.fill(str(epoch - 1))
        for tag in DECISIONS:
            expected = [area(number, epoch, tag) for number in range(len(names))]
            expect(areas(page, tag)).to_have_text(expected[::-1])

    # What is drawn has the area that the legend says: steps at the precision of the next point.
    page.wait_for_function(AREAS, arg=[HARD, areas(page, HARD).all_text_contents()])
    colors = page.evaluate("innerview.training.chosen.map((run) => innerview.training.color(run))")
    assert drawn_colors(page, HARD) == colors[1:]

    # The keyboard goes along the thresholds; the newest run comes first.
    card(page, HARD).locator(".pr-place").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    said = card(page, HARD).get_by_role("status")
    number = len(names) - 1
    labels, scores = decisions(number, 1, HARD)
    lines = page.evaluate("(tag) => innerview.prCurves.cards.get(tag).looked", HARD)
    called = scores >= lines["low"]
    assert 0.4 < lines["low"] < 0.5
    (passed, alarms), (misses, hits) = metrics.confusion_matrix(labels, called)
    for text in (
        names[number],
        f"precision {metrics.precision_score(labels, called):.4f}",
        f"recall {metrics.recall_score(labels, called):.4f}",
        f"{hits} true positives",
        f"{alarms} false positives",
        f"{misses} false negatives",
        f"{passed} true negatives",
    ):
        expect(said).to_contain_text(text)


def test_tags_are_found_runs_hidden_and_new_curves_appear(page: Page, training_store: Path) -> None:
    page.get_by_label("Filter of tags").fill("hard")
    expect(page.locator(".pr-card")).to_have_count(1)
    expect(card(page, HARD).locator(".pr-legend-run")).to_have_count(3)
    first = card(page, HARD).locator(".pr-legend-run").first
    first.click()
    expect(first).to_have_attribute("aria-pressed", "false")
    page.wait_for_function(
        "(tag) => innerview.prCurves.cards.get(tag).shown.length === 2", arg=HARD
    )

    backend = open_backend(str(training_store))
    try:
        for epoch in (1, EPOCHS + 1):
            found = count_decisions(*decisions(1, 2, HARD), len(LIMITS))
            curve = Curve(LIVE, HARD, f"live{epoch}", epoch * BATCHES, STARTED, *found)
            fresh = run_records(LIVE, **alive_now()) if epoch == 1 else []
            backend.write([*fresh, curve, RunChanged(LIVE, time.time(), {})])
            row = card(page, HARD).locator(f'.pr-legend-run[data-run="{LIVE}"]')
            expect(row.locator("b")).to_have_text(area(1, 2, HARD))
        # The slider was at its end, and follows.
        last = f"step {(EPOCHS + 1) * BATCHES}"
        expect(page.locator(".steps-said:visible b")).to_have_text(last)
        others = card(page, HARD).locator(".pr-legend-run small")
        assert others.all_text_contents() == [f"step {EPOCHS * BATCHES}"] * 3
    finally:
        # Others share the store.
        backend.erase(LIVE)
        backend.close()
