"""Where to start: at the first visit, never again by itself, and by the header's button."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import SCREEN

CARD = "#welcome"


@pytest.fixture
def newcomer(browser: Browser, study_url: str) -> Iterator[Page]:
    """The page in a browser that never saw it."""
    context = browser.new_context(viewport=SCREEN, bypass_csp=True)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(90_000)
    open_page(page, study_url)
    yield page
    context.close()


@pytest.fixture
def reader(page: Page) -> Page:
    """The page of somebody who has asked for the card."""
    page.locator("#help-button").click()
    return page


def open_page(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_function("window.innerview?.tiles.length > 0")
    page.evaluate("innerview.ready")
    page.wait_for_function("innerview.study.health?.samples")


def test_it_shows_once_and_ticks_the_steps_that_are_done(newcomer: Page, study_url: str) -> None:
    expect(newcomer.locator(CARD)).to_be_visible()
    expect(newcomer.locator(".welcome-opening")).to_contain_text("of 10,000 images. Why?")
    assert newcomer.evaluate("document.activeElement === document.body"), "it took the focus"

    steps = newcomer.locator(f"{CARD} li")
    expect(newcomer.locator(f"{CARD} .welcome-done")).to_have_count(0)
    newcomer.evaluate("innerview.setFocus(4)")
    query = newcomer.locator(f"{CARD} [data-query]")
    query.click()
    newcomer.wait_for_function(
        "(query) => innerview.hub.query === query && innerview.hub.selectionCount > 0",
        arg=query.inner_text(),
    )
    newcomer.locator(f"{CARD} a[data-page=hard]").click()
    assert newcomer.evaluate("innerview.hub.page") == "hard"
    done = [bool(step.evaluate("(li) => li.matches('.welcome-done')")) for step in steps.all()]
    assert done == [True, True, True, False, False]

    # It stands there no more, whether the same page is loaded anew or another one.
    expect(newcomer.locator(CARD)).to_be_visible()
    newcomer.reload()
    newcomer.wait_for_function("window.innerview?.tiles.length > 0")
    newcomer.evaluate("innerview.ready")
    expect(newcomer.locator(CARD)).to_be_hidden()
    open_page(newcomer, study_url)
    expect(newcomer.locator(CARD)).to_be_hidden()


def test_it_covers_only_the_empty_end_of_the_inspector(reader: Page) -> None:
    covered = reader.evaluate(
        """() => {
          const card = document.getElementById('welcome').getBoundingClientRect();
          const meets = (element) => {
            const { left, right, top, bottom } = element.getBoundingClientRect();
            const beside = left >= card.right || right <= card.left;
            return !beside && top < card.bottom && bottom > card.top;
          };
          const others = ['header', '#content', '.empty', '#help-button'];
          return others.filter((one) => meets(document.querySelector(one)));
        }"""
    )
    assert covered == []
    reader.keyboard.press("Escape")


def test_escape_closes_it_and_nothing_else(reader: Page) -> None:
    reader.evaluate("document.activeElement.blur()")
    reader.evaluate("innerview.setSelection([1, 2, 3])")
    reader.keyboard.press("Escape")
    expect(reader.locator(CARD)).to_be_hidden()
    assert reader.evaluate("innerview.hub.selectionCount") == 3
    reader.keyboard.press("Escape")
    assert reader.evaluate("innerview.hub.selectionCount") == 0


def test_the_button_brings_it_back(reader: Page) -> None:
    expect(reader.locator(CARD)).to_be_visible()
    reader.locator(f"{CARD} .welcome-close").click()
    expect(reader.locator(CARD)).to_be_hidden()
    button = reader.locator("#help-button")
    expect(button).to_have_attribute("aria-expanded", "false")
    button.click()
    expect(reader.locator(CARD)).to_be_visible()
    expect(reader.locator(f"{CARD} .welcome-close")).to_be_focused()
    reader.keyboard.press("Escape")
    expect(button).to_be_focused()


def test_the_other_visitors_see_no_card(page: Page) -> None:
    expect(page.locator(CARD)).to_be_hidden()
