"""Regions behind the hidden layer's map: switched on, asked by a click, exported, refused."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

SVG = "{http://www.w3.org/2000/svg}"

# Milliseconds: on a busy machine the map of 10,000 digits alone takes minutes, and Keras one more.
PATIENCE = 240_000
pytestmark = pytest.mark.timeout(900)

# The regions alone, as one tile paints them: RGB of places given in the server's own units.
COLORS = """async (places) => {
  const { toShown } = await import(new URL('assets/map/align.js', document.baseURI));
  const { view, layout } = innerview.tiles[1];
  const picture = view.underSnapshot(2);
  const pen = picture.getContext('2d', { willReadFrequently: true });
  const { width, height } = view.camera;
  return places.map(([x, y]) => {
    const at = view.camera.toScreen(...toShown(layout.placement, x, y));
    const inside = at[0] > 1 && at[1] > 1 && at[0] < width - 1 && at[1] < height - 1;
    return inside ? [...pen.getImageData(2 * at[0], 2 * at[1], 1, 1).data].slice(0, 3) : null;
  });
}"""

# Where no image is within reach of a click, and regions are; CSS pixels in the canvas.
EMPTY = """() => {
  const { view, layout } = innerview.tiles[1];
  const { width, height } = view.camera;
  const found = [];
  for (let y = 60; y < height - 60; y += 5)
    for (let x = 60; x < width - 60; x += 5)
      if (view.nearest(x, y, 16) === null) found.push([x, y]);
  return found[Math.floor(found.length / 2)];
}"""

PALETTE = [
    (0x42, 0x69, 0xD0), (0xEF, 0xB1, 0x18), (0xFF, 0x72, 0x5C), (0x6C, 0xC5, 0xB0),
    (0x3C, 0xA9, 0x51), (0xFF, 0x8A, 0xB7), (0xA4, 0x63, 0xF2), (0x97, 0xBB, 0xF5),
    (0x9C, 0x6B, 0x4E), (0x94, 0x98, 0xA0),
]  # fmt: skip


@pytest.fixture
def regions(page: Page) -> Iterator[Page]:
    """The page with the regions of the hidden layer in the second tile, everything at rest."""
    page.set_default_timeout(PATIENCE)
    page.mouse.move(1, 1)
    page.evaluate("innerview.setMethod('tsne')")
    page.wait_for_function(
        "innerview.tiles[1].settledLayout && innerview.study.columns.has('loss')"
    )
    page.locator(".map-regions").nth(1).click()
    page.wait_for_function("innerview.tiles[1].regions.drawn")
    page.evaluate("innerview.tiles[1].settled()")
    yield page
    page.evaluate("innerview.hub.setHidden('label', [])")


def summary(page: Page) -> Any:
    return page.request.get(f"{base(page)}api/regions?space=dense&method=tsne").json()


def base(page: Page) -> str:
    return str(page.evaluate("document.baseURI.split('?')[0].replace(/[^/]*$/, '')"))


def test_regions_agree_and_have_the_colours_of_their_classes(regions: Page) -> None:
    said = summary(regions)
    assert said["agreement"] >= 0.95 and said["agreement_held_out"] >= 0.95
    chip = regions.locator(".map-region-chip:visible")
    agree = (
        f"{100 * said['agreement']:.1f} % agree, {100 * said['agreement_held_out']:.1f} % held out"
    )
    expect(chip).to_contain_text(agree)
    places = [[label["x"], label["y"]] for label in said["labels"]]
    colors = regions.evaluate(COLORS, places)
    for label, color in zip(said["labels"], colors, strict=True):
        # White with a share of the class's colour in it.
        away = 255 - np.array(color, float)
        wanted = 255 - np.array(PALETTE[label["class"]], float)
        assert away.max() > 10
        np.testing.assert_allclose(away / away.max(), wanted / wanted.max(), atol=0.08)
    shown = regions.locator(".map-region-names span:visible").all_text_contents()
    assert set(shown) == {str(label["class"]) for label in said["labels"]} and len(shown) >= 8

    regions.evaluate("innerview.hub.setHidden('label', [1])")
    hidden = regions.evaluate(COLORS, places)
    for label, color in zip(said["labels"], hidden, strict=True):
        assert (min(color) > 250) == (label["class"] == 1)

    chip.click()
    details = regions.locator(".map-region-details:popover-open")
    expect(details).to_contain_text(f"{100 * said['agreement_held_out']:.1f} %")
    expect(details).to_contain_text(f"{said['error']['median']:.2f}")
    regions.keyboard.press("Escape")
    expect(details).to_have_count(0)

    # Another layer is averaged: a sentence instead, and the regions are gone.
    regions.evaluate("innerview.setMethod('pca')")
    regions.evaluate("innerview.setLayer('conv4')")
    line = regions.locator(".map-region-line:visible")
    expect(line).to_contain_text("averaged over height and width")
    expect(line).to_contain_text("'dense' can be taken")
    expect(chip).to_have_count(1)
    assert not regions.evaluate("innerview.tiles[1].regions.drawn")
    regions.evaluate("innerview.setLayer('dense')")


def test_a_click_into_empty_space_asks_the_network(regions: Page) -> None:
    regions.evaluate("innerview.setSelection([3, 4, 5])")
    regions.evaluate("innerview.tiles[1].settled()")
    box = regions.locator(".map-canvas").nth(1).bounding_box()
    assert box is not None
    x, y = regions.evaluate(EMPTY)
    regions.mouse.click(box["x"] + x, box["y"] + y)
    card = regions.locator(".map-region-card:visible")
    expect(card.locator("li")).not_to_have_count(0)
    assert regions.evaluate("innerview.hub.focus") is None
    head = card.locator("b").inner_text()
    assert head.startswith(f"Here: {card.locator('.map-region-class').first.inner_text()}, ")
    shares = [
        float(one.strip("< %")) for one in card.locator(".map-region-share").all_inner_texts()
    ]
    assert 0 < sum(shares) <= 100.5 and shares[0] == max(shares)

    before = regions.locator(".map-region-place").nth(1).bounding_box()
    regions.locator(".map-canvas").nth(1).press("ArrowLeft")
    regions.evaluate("innerview.tiles[1].settled()")
    after = regions.locator(".map-region-place").nth(1).bounding_box()
    assert before is not None and after is not None
    assert after["x"] - before["x"] == pytest.approx(60, abs=1.5)

    thumbnails = card.locator(".map-region-nearest button")
    expect(thumbnails).to_have_count(6)
    named = thumbnails.first.get_attribute("title") or ""
    thumbnails.first.click()
    assert f"#{regions.evaluate('innerview.hub.focus')}," in named
    regions.keyboard.press("Escape")
    expect(card).to_have_count(0)
    assert regions.evaluate("innerview.hub.selectionCount") == 3

    regions.locator(".map-canvas").nth(1).focus()
    regions.keyboard.press("r")
    expect(card).to_have_count(1)
    expect(card.locator("button").first).to_be_focused()
    regions.keyboard.press("Escape")
    expect(regions.locator(".map-canvas").nth(1)).to_be_focused()
    regions.keyboard.press("Escape")
    assert regions.evaluate("innerview.hub.selectionCount") == 0
    regions.evaluate("innerview.tiles[1].view.reset()")


def test_the_address_keeps_the_regions_and_exports_hold_them(regions: Page) -> None:
    assert "regions=2" in regions.url
    regions.reload()
    regions.wait_for_function("window.innerview?.tiles[1]?.regions.drawn")
    regions.evaluate("innerview.tiles[1].settled()")
    with regions.expect_download() as download:
        regions.locator(".map-tool-export").nth(1).click()
        regions.locator(".menu:popover-open").get_by_text("As SVG").click()
    root = ET.parse(download.value.path()).getroot()
    (under,) = (part for part in root.iter(f"{SVG}image") if part.get("id") == "regions")
    assert (under.get("href") or "").startswith("data:image/png;base64,")
    texts = [part.text or "" for part in root.iter(f"{SVG}text")]
    assert texts.count("3") == 2 and any(text.startswith("regions: 9") for text in texts)
    regions.locator(".map-regions").nth(1).click()
    expect(regions.locator(".map-region-chip:visible")).to_have_count(0)
    assert not regions.evaluate("innerview.tiles[1].regions.drawn")
    assert "regions=" not in regions.url
