"""The demonstration, the whole way: train digits, watch, filter, open them in the analyzer."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

import innerview
from tests.browser.conftest import Server
from tests.browser.training import open_training

# TensorFlow loads once in the training, and once more where the network is opened.
SECONDS = 1000
LOADING = 120 * SECONDS
EPOCHS = 300
FILTER = "val_accuracy > 0.1"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demonstration") / "runs"


@pytest.fixture(scope="module")
def url(root: Path, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the page of a store that is empty."""
    cache = tmp_path_factory.mktemp("cache")
    server = Server(root, "--runs", str(folder), "--cache-dir", str(cache))
    try:
        server.wait()
        yield server.url
    finally:
        assert server.stop() in (0, 130)


@pytest.fixture
def page(context: BrowserContext, url: str) -> Iterator[Page]:
    with open_training(context, url, 0) as page:
        yield page


def drawn(page: Page) -> int:
    """Points of validation accuracy that the chart Accuracy of the tab Live draws now."""
    count: Any = page.evaluate(
        """() => Math.max(0, ...innerviewCharts.of('live')
            .filter((chart) => chart.options.title === 'Accuracy')
            .flatMap((chart) => chart.drawn)
            .filter(({ line }) => line.tag === 'val_accuracy')
            .map(({ curve }) => curve.x.length))"""
    )
    return int(count)


def wait_until_drawn(page: Page, count: int, seconds: int = 60) -> None:
    end = time.monotonic() + seconds
    while drawn(page) < count:
        assert time.monotonic() < end, f"{drawn(page)} points are drawn, not {count}"
        page.wait_for_timeout(100)


def train(page: Page) -> None:
    """Starts a training of the digits from the card of an empty store, and waits for its run."""
    card = page.locator(".demo:visible")
    card.get_by_label("Dataset").select_option("digits")
    card.get_by_label("epochs").fill(str(EPOCHS))
    card.get_by_label("learning rate").fill("0.01")
    card.get_by_role("button", name="Train").click()
    expect(card.locator(".demo-state")).to_contain_text("starting")
    page.wait_for_function("innerview.training.runs.length === 1", timeout=LOADING)


def test_digits_are_trained_watched_filtered_and_opened(
    page: Page, context: BrowserContext, folder: Path
) -> None:
    train(page)
    wait_until_drawn(page, 2)

    # Typed letter by letter while values come in every second.
    field = page.get_by_role("combobox", name="Query over runs")
    field.press_sequentially(FILTER, delay=80)
    expect(field).to_have_value(FILTER)
    field.press("Enter")
    page.wait_for_function("(query) => innerview.training.query === query", arg=FILTER)
    wait_until_drawn(page, drawn(page) + 4)
    expect(field).to_have_value(FILTER)
    assert page.evaluate("innerview.training.query") == FILTER
    assert page.evaluate("innerview.training.picked.has(innerview.training.runs[0].id)")

    card = page.locator(".demo:visible")
    card.get_by_role("button", name="Stop").click()
    job = card.locator(".demo-job")
    expect(job).to_have_attribute("data-state", "stopped", timeout=60 * SECONDS)
    expect(card.locator(".demo-state")).to_contain_text(f"of {EPOCHS} epochs")

    # What was trained is known to the server, not to this page alone.
    page.reload()
    expect(job).to_have_attribute("data-state", "stopped")
    done = int(job.locator(".bar-track").get_attribute("aria-valuenow") or 0)
    assert done >= 6
    first = card.get_by_label("Checkpoint").locator("option").first
    expect(first).to_have_text(re.compile(r"^epoch \d+$"))
    with context.expect_page(timeout=LOADING) as opened:
        card.get_by_role("button", name="Open in the analyzer").click()
    expect(card.get_by_role("link", name=re.compile("^epoch"))).to_be_visible()
    see_the_study(opened.value, folder)


def see_the_study(study: Page, folder: Path) -> None:
    """The opened page draws the digits, and says how many of them the network knows."""
    study.wait_for_function("window.innerview?.tiles?.length > 0", timeout=LOADING)
    study.wait_for_function("innerview.tiles.every((tile) => tile.shown)", timeout=LOADING)
    accuracy = study.locator(".fact", has_text="accuracy").locator("b")
    expect(accuracy).to_have_text(re.compile(r"^\d+(\.\d+)? %$"), timeout=LOADING)
    with innerview.open_store(folder) as store:
        run = str(store.runs()["id"][0])
        trained = float(store.scalars(run, "val_accuracy")["value"].max())
    assert float(accuracy.inner_text().rstrip(" %")) / 100 == pytest.approx(trained, abs=0.08)
    study.close()
