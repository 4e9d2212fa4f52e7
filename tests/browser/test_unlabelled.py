"""The workbench on a folder of photographs that nobody has labelled, some of which are broken."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import tables
from tests.browser.photos import make_unlabelled_photos
from tests.browser.study import open_study

BROKEN = 3


@pytest.fixture(scope="module")
def photos(
    browser: Browser, root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Page]:
    dataset = make_unlabelled_photos(tmp_path_factory.mktemp("holiday"), BROKEN)
    cache = tmp_path_factory.mktemp("cache")
    with open_study(browser, root, cache, "model/cifar10.h5", dataset) as page:
        yield page


def test_header_says_that_there_are_no_labels(photos: Page) -> None:
    header = photos.locator("header")
    expect(header).to_contain_text("labels")
    expect(header).to_contain_text("none")
    expect(header).not_to_contain_text("accuracy")


def test_pages_that_need_labels_are_not_there(photos: Page) -> None:
    names = photos.locator("nav a").all_inner_texts()
    assert names == ["Explore", "Facets", "Similar", "Network", "Epochs"]


def test_maps_are_coloured_by_the_prediction_and_by_doubt(photos: Page) -> None:
    fields = photos.evaluate("() => innerview.tiles.map((tile) => tile.field)")
    assert fields == ["predicted", "predicted", "entropy"]
    offered = photos.locator(".map-field").first.locator("option").all_inner_texts()
    assert offered == ["by prediction", "by confidence", "by margin", "by entropy"]
    expect(photos.locator(".map-class").first).to_be_visible()


def test_table_starts_with_the_least_sure(photos: Page) -> None:
    expect(photos.locator(".table-grid")).to_contain_text("confidence")
    expect(photos.locator(".table-grid .ag-header")).not_to_contain_text("loss")
    confidence = tables.columns(photos)["confidence"]
    first = int(tables.shown(photos)[0].replace(",", ""))
    assert confidence[first] == min(confidence)


def test_query_for_the_label_is_answered_by_a_sentence(photos: Page) -> None:
    photos.fill(".querybar-input", "loss > 2")
    photos.press(".querybar-input", "Enter")
    expect(photos.locator("#query-message")).to_contain_text("These images have no labels")
    tables.rest(photos)


def test_query_finds_what_is_predicted(photos: Page) -> None:
    counts = np.bincount(tables.columns(photos)["predicted"])
    tables.apply(photos, f"predicted == {counts.argmax()}", int(counts.max()))
    tables.rest(photos)


def test_inspector_shows_neither_label_nor_loss(photos: Page) -> None:
    photos.evaluate("() => innerview.setFocus(5)")
    inspector = photos.locator("#inspector")
    expect(inspector.locator(".bar").first).to_be_visible()
    expect(inspector.locator("dl").first).to_contain_text("predicted")
    expect(inspector.locator(".portrait dl")).not_to_contain_text("label")
    for word in ("loss", "undefined", "NaN", "◆", "≠"):
        expect(inspector).not_to_contain_text(word)


def test_broken_images_are_listed_and_can_be_put_away(photos: Page) -> None:
    advice = photos.locator("#advice-list")
    advice.locator("summary").click()
    for number in range(BROKEN):
        expect(advice).to_contain_text(f"broken {number}.jpg")
    assert advice.locator("li").count() == BROKEN
    advice.locator(".advice-close").first.click()
    expect(advice.locator(".advice")).to_be_hidden()
    chip = photos.locator(".advice-chip")
    expect(chip).to_have_text("1 notice")
    # Whoever works by the keyboard goes on where the notice went, and where it comes back.
    expect(chip).to_be_focused()
    photos.keyboard.press("Enter")
    expect(advice.locator(".advice")).to_be_visible()
    expect(chip).to_be_hidden()
    expect(advice.locator(".advice-close").first).to_be_focused()


def test_similar_images_compare_what_they_are_taken_for(photos: Page) -> None:
    photos.evaluate("() => innerview.setAnchor(5)")
    photos.click('nav a[data-page="similar"]')
    expect(photos.locator(".similar-card").first).to_be_visible()
    page = photos.locator("#similar")
    expect(page).to_contain_text("taken for another class")
    expect(page).not_to_contain_text("another label")
    expect(page).not_to_contain_text("null")
    photos.click('nav a[data-page="explore"]')


def test_facets_sort_by_the_prediction(photos: Page) -> None:
    photos.click('nav a[data-page="confusion"]')
    photos.wait_for_function(
        """() => {
          const frame = document.querySelector('.facets-frame');
          const dive = frame?.contentWindow?.document?.querySelector('facets-dive');
          return dive?.horizontalFacet === 'predicted' && !dive.verticalFacet;
        }"""
    )
    photos.click('nav a[data-page="explore"]')
