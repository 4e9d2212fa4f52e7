"""The workbench on colour photos in a folder: class names, ids that are file names, JPEGs."""

import csv
import io
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import tables

PATIENCE = 120_000
DIVE_ITEMS = """() => {
  const frame = document.querySelector('.facets-frame');
  const dive = frame?.contentWindow?.document?.querySelector('facets-dive');
  return dive?.$?.vis?._backing?.items?.length ?? 0;
}"""


@pytest.fixture(scope="module")
def photos(browser: Browser, photos_url: str) -> Iterator[Page]:
    """The page of the photos, their losses measured and the maps drawn."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True)
    context.add_init_script("localStorage.setItem('innerview-welcome', 'seen')")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(photos_url)
    page.wait_for_function("() => window.innerview?.study?.health?.samples")
    page.wait_for_function("() => innerview.tiles.every((tile) => tile.shown)")
    tables.rest(page)
    yield page
    context.close()


@pytest.fixture
def cats(photos: Page) -> list[int]:
    """Indices of the images labelled cat."""
    number = photos.evaluate("() => innerview.study.info.class_names.indexOf('cat')")
    return np.flatnonzero(tables.columns(photos)["label"] == number).tolist()


def test_query_by_class_name_marks_and_gathers(photos: Page, cats: list[int]) -> None:
    tables.apply(photos, 'label == "cat"', len(cats))
    assert tables.selected(photos) == cats
    expect(photos.locator(".map-selected").first).to_have_text(f"{len(cats):,} selected ✕")
    expect(photos.locator(".panel-pool")).to_contain_text(f"15 latest of {len(cats)}")
    first = int(tables.shown(photos)[0].replace(",", ""))
    losses = tables.columns(photos)["loss"]
    assert first in cats
    assert losses[first] == max(losses[cats])


def test_mistaken_class_name_is_told_with_the_nearest(photos: Page) -> None:
    photos.fill(".querybar-input", 'label == "catt"')
    photos.press(".querybar-input", "Enter")
    expect(photos.locator("#query-message")).to_contain_text("'cat'")
    tables.rest(photos)


def test_list_is_exported_with_file_names(photos: Page, cats: list[int]) -> None:
    tables.apply(photos, 'label == "cat"', len(cats))
    with photos.expect_download() as download:
        photos.get_by_role("button", name="Save these rows as a file").click()
        photos.locator(".menu:popover-open").get_by_text("CSV").click()
    text = download.value.path().read_bytes().decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    losses = tables.columns(photos)["loss"]
    # As the table has them: the hardest first.
    assert [int(row["index"]) for row in rows] == sorted(cats, key=lambda i: (-losses[i], i))
    assert all("cat/" in row["file"] and row["file"].endswith(".jpg") for row in rows)
    assert {row["label_name"] for row in rows} == {"cat"}


def test_similar_images_by_file_name(photos: Page, cats: list[int]) -> None:
    id_ = photos.evaluate(
        "async (i) => (await (await fetch(`api/sample/${i}`)).json()).id", cats[0]
    )
    photos.click("nav a[data-page=similar]")
    photos.fill(".similar-side input", id_)
    photos.press(".similar-side input", "Enter")
    photos.wait_for_function("(i) => innerview.hub.anchor === i", arg=cats[0])
    expect(photos.locator(".similar-card")).to_have_count(24)
    photos.click("nav a[data-page=explore]")


def test_dive_shows_every_photo(photos: Page) -> None:
    photos.click("nav a[data-page=confusion]")
    count = photos.evaluate("() => innerview.study.n")
    photos.wait_for_function(f"({DIVE_ITEMS})() === {count}")
    photos.click("nav a[data-page=explore]")


def test_colour_photo_is_shown_as_it_is(photos: Page, cats: list[int]) -> None:
    photos.evaluate("(i) => innerview.setFocus(i)", cats[0])
    image = photos.locator(f".panel-inspector img[src='api/image/{cats[0]}.png']")
    expect(image).to_be_visible()
    assert image.evaluate("(image) => [image.naturalWidth, image.naturalHeight]") == [32, 32]
    expect(photos.locator(".panel-inspector dl").first).to_contain_text("cat")
