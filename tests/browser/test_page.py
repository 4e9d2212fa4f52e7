"""The page as a person finds it: facts, a click that shows the image, the network, the address."""

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from data import open_dataset
from data.dataset import Dataset

SCREEN: Any = {"width": 1440, "height": 900}
PATIENCE = 90_000


@pytest.fixture(scope="module")
def dataset(digits_file: Path) -> Dataset:
    return open_dataset(digits_file)


@pytest.fixture
def measured(page: Page) -> Page:
    """The page, with every image passed through the network."""
    return page


def shown_pixels(page: Page, selector: str) -> NDArray[np.uint8]:
    """The pixels of an <img> at its own size, as grey."""
    url = page.eval_on_selector(
        selector,
        """async (image) => {
          await image.decode();
          const canvas = document.createElement('canvas');
          canvas.width = image.naturalWidth;
          canvas.height = image.naturalHeight;
          canvas.getContext('2d').drawImage(image, 0, 0);
          return canvas.toDataURL('image/png');
        }""",
    )
    picture = Image.open(io.BytesIO(base64.b64decode(url.split(",")[1])))
    return np.asarray(picture.convert("L"))


def test_header_tells_what_is_open(measured: Page) -> None:
    header = measured.locator("header")
    for words in ("mnist.h5", "digits.npz", "10,000 images", "accuracy", "mean loss"):
        expect(header).to_contain_text(words, timeout=PATIENCE)


def test_click_on_a_point_shows_its_image(measured: Page, dataset: Dataset) -> None:
    measured.evaluate("() => Promise.all(innerview.tiles.map((tile) => tile.settled()))")
    at = measured.evaluate(
        """() => {
          // A sample that lies apart, so that the click cannot mean another one.
          const tile = innerview.tiles[1];
          for (let i = 0; i < innerview.study.n; i++) {
            const point = tile.screen(i);
            if (point && tile.view.nearest(point[0], point[1]) === i) return [i, ...point];
          }
        }"""
    )
    index, x, y = at
    box = measured.locator(".map-canvas").nth(1).bounding_box()
    assert box is not None
    measured.mouse.click(box["x"] + x, box["y"] + y)
    image = f".panel-inspector img[src='api/image/{index}.png']"
    measured.wait_for_selector(image)
    pixels = shown_pixels(measured, image)
    expected = dataset.images.original(index)[..., 0]
    np.testing.assert_array_equal(pixels, expected)
    label = dataset.class_names[dataset.labels[index]]
    expect(measured.locator(".panel-inspector dl").first).to_contain_text(f"label{label}")
    expect(measured.locator(".panel-inspector .js-plotly-plot")).to_be_visible(timeout=PATIENCE)


def test_every_image_is_served_as_it_is(measured: Page, dataset: Dataset) -> None:
    for index in (0, 4_999, 9_999):
        answer = measured.request.get(f"{measured.url.split('#')[0]}api/image/{index}.png")
        pixels = np.asarray(Image.open(io.BytesIO(answer.body())))
        np.testing.assert_array_equal(pixels, dataset.images.original(index)[..., 0])
    assert measured.request.get(f"{measured.url.split('#')[0]}api/image/10000.png").status == 404


def test_network_page_lists_layers_and_images(measured: Page) -> None:
    measured.click("nav a[data-page=network]")
    table = measured.locator(".panel-preview table.layers")
    expect(table).to_be_visible(timeout=PATIENCE)
    for layer in ("conv1", "dense", "probabilities"):
        expect(table).to_contain_text(layer)
    example = measured.locator(".example").nth(3)
    example.click(timeout=PATIENCE)
    measured.wait_for_function("() => Number.isInteger(innerview.hub.focus)")
    measured.click("nav a[data-page=explore]")
    expect(measured.locator(".panel-inspector dl").first).to_be_visible(timeout=PATIENCE)


def test_address_restores_the_view(blank_page: Page, study_url: str) -> None:
    page = blank_page
    page.goto(f"{study_url}#focus=123&layer=conv1&method=pca&hidden=label:3,4")
    page.wait_for_function("() => window.innerview?.study?.health?.samples")
    page.wait_for_selector(".panel-inspector img[src='api/image/123.png']")
    state = page.evaluate(
        "() => [innerview.hub.focus, innerview.hub.layer, innerview.hub.method,"
        " [...innerview.hub.hidden.label].sort()]"
    )
    assert state == [123, "conv1", "pca", [3, 4]]


def test_page_asks_nobody_else_and_breaks_none_of_its_rules(
    browser: Browser, study_url: str
) -> None:
    context = browser.new_context(viewport=SCREEN)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    asked: list[str] = []
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        told = any(words in message.text for words in ("Content Security Policy", "AG Grid"))
        if told or message.type == "error":
            complaints.append(message.text)

    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", listen)
    page.goto(f"{study_url}#focus=5")
    page.locator(".panel-inspector .js-plotly-plot").wait_for()
    # Nothing of the grid needs what the page forbids: evaluated text, fonts of others.
    page.locator(".ag-row .table-image").first.wait_for()
    page.click('.ag-header-cell[col-id="label"] .ag-header-cell-label')
    page.hover('.ag-header-cell[col-id="label"]')
    page.click('.ag-header-cell[col-id="label"] .ag-header-cell-filter-button')
    page.locator(".ag-filter").wait_for()
    page.keyboard.press("Escape")
    page.click("nav a[data-page=network]")
    page.locator(".example").first.wait_for()
    strangers = [url for url in asked if not url.startswith((study_url, "data:", "blob:"))]
    assert strangers == []
    assert complaints == []
    context.close()
