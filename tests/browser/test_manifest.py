"""The workbench on photos out of a CSV manifest: colours, class names, ids that are file names,
further columns, and labels for some of the images only.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import tables
from tests.browser.photos import CAMERAS, make_manifest
from tests.browser.study import open_study

DIVE_ITEMS = """() => {
  const frame = document.querySelector('.facets-frame');
  const dive = frame?.contentWindow?.document?.querySelector('facets-dive');
  return dive?.$?.vis?._backing?.items?.length ?? 0;
}"""


@pytest.fixture(scope="module")
def photos(
    browser: Browser, root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Page]:
    dataset = make_manifest(tmp_path_factory.mktemp("manifest"))
    cache = tmp_path_factory.mktemp("cache")
    with open_study(browser, root, cache, "model/cifar10.h5", dataset) as page:
        yield page


def legend(page: Page) -> list[str]:
    """The words under the first map."""
    return page.locator(".map-tile").first.locator(".map-class").all_inner_texts()


def colour_by(page: Page, field: str) -> None:
    page.locator(".map-field").first.select_option(field)
    page.wait_for_function("(field) => innerview.study.columns.has(field)", arg=field)


def test_images_without_a_label_are_a_grey_class_of_their_own(photos: Page) -> None:
    assert legend(photos)[-1] == "no label"
    grey = photos.evaluate(
        "() => { const e = innerview.tiles[0].encoding; "
        "const i = innerview.study.columns.get('label').indexOf(-1); "
        "return [...e.style.slice(4 * i, 4 * i + 3)]; }"
    )
    truck = photos.evaluate(
        "() => { const e = innerview.tiles[0].encoding; "
        "const i = innerview.study.columns.get('label').indexOf(9); "
        "return [...e.style.slice(4 * i, 4 * i + 3)]; }"
    )
    assert grey == [0xD3, 0xDA, 0xE3]
    # Of the ten classes one is grey itself.
    assert sum(abs(a - b) for a, b in zip(grey, truck, strict=True)) > 150


def test_map_is_coloured_by_a_column_of_words(photos: Page) -> None:
    colour_by(photos, "camera")
    expect(photos.locator(".map-tile").first.locator(".map-class")).to_have_count(len(CAMERAS))
    assert legend(photos) == sorted(CAMERAS)


def test_map_is_coloured_by_a_column_of_numbers_with_gaps(photos: Page) -> None:
    colour_by(photos, "altitude")
    expect(photos.locator(".map-tile").first.locator(".map-bar")).to_be_visible()
    ticks = photos.locator(".map-tile").first.locator(".map-tick").all_inner_texts()
    assert ticks[0] != "–"
    colour_by(photos, "indoors")
    assert legend(photos) == ["no", "yes"]
    colour_by(photos, "label")


def test_query_asks_the_columns_of_the_manifest(photos: Page) -> None:
    for query, wanted in (
        (f"camera == '{CAMERAS[0]}'", 1 / 3),
        ("indoors and year >= 2005", 1 / 4),
        ("altitude > 1e9 or label == -1", 1 / 4),
    ):
        count = photos.evaluate("(q) => innerview.applyQuery(q)", query)["count"]
        total = photos.evaluate("() => innerview.study.n")
        assert count == pytest.approx(wanted * total, abs=1)
    tables.rest(photos)


def test_columns_are_offered_while_a_query_is_typed(photos: Page) -> None:
    photos.fill(".querybar-input", "alt")
    expect(photos.locator("[role=option]").first).to_contain_text("altitude")
    photos.fill(".querybar-input", "")
    tables.rest(photos)


def test_table_sorts_by_a_column_of_the_manifest(photos: Page) -> None:
    photos.evaluate(
        "() => innerview.table.api.applyColumnState("
        "{ state: [{ colId: 'altitude', sort: 'desc' }], defaultState: { sort: null } })"
    )
    photos.evaluate("() => innerview.table.api.ensureColumnVisible('altitude')")
    values = photos.evaluate(
        "async () => { await innerview.study.column('altitude');"
        " return [...innerview.study.columns.get('altitude')].map((x) => isNaN(x) ? null : x); }"
    )
    highest = max(value for value in values if value is not None)
    cell = photos.locator('.ag-row[row-index="0"] [col-id="altitude"]')
    expect(cell).to_have_text(
        f"{highest:.3f}".rstrip("0").rstrip(".") if highest == int(highest) else f"{highest:.3f}"
    )
    photos.evaluate(
        "() => innerview.table.api.applyColumnState("
        "{ state: [{ colId: 'loss', sort: 'desc' }], defaultState: { sort: null } })"
    )


def test_inspector_tells_the_columns_as_facts(photos: Page) -> None:
    photos.evaluate("() => innerview.setFocus(1)")
    facts = photos.locator(".portrait-facts")
    expect(facts).to_contain_text("camera")
    expect(facts).to_contain_text(CAMERAS[1])
    expect(facts).to_contain_text("indoors")


def test_image_without_a_label_has_no_verdict(photos: Page) -> None:
    index = photos.evaluate("() => innerview.study.columns.get('label').indexOf(-1)")
    photos.evaluate("(index) => innerview.setFocus(index)", index)
    inspector = photos.locator("#inspector")
    expect(inspector.locator(".bar").first).to_be_visible()
    expect(inspector.locator(".portrait dl")).to_contain_text("none")
    expect(inspector.locator(".bad")).to_have_count(0)
    expect(inspector).not_to_contain_text("NaN")


def test_hard_page_counts_labelled_images_only(photos: Page) -> None:
    photos.click('nav a[data-page="hard"]')
    labelled = photos.evaluate(
        "() => innerview.study.columns.get('label').filter((label) => label >= 0).length"
    )
    expect(photos.locator("#hard-summary")).to_contain_text(f"of {labelled} images with a label")
    photos.locator(".hard-kind", has_text="wrong").click()
    wrong = photos.evaluate(
        "() => innerview.study.columns.get('correct').filter((correct) => correct === 0).length"
    )
    photos.wait_for_function("(count) => innerview.hub.selectionCount === count", arg=wrong)
    photos.click('nav a[data-page="explore"]')
    # The table went to the image looked at last, far below its first row.
    photos.evaluate("() => innerview.table.api.ensureIndexVisible(0)")
    tables.rest(photos)


@pytest.fixture
def cats(photos: Page) -> list[int]:
    """Indices of the images labelled cat."""
    number = photos.evaluate("() => innerview.study.info.class_names.indexOf('cat')")
    return np.flatnonzero(tables.columns(photos)["label"] == number).tolist()


def test_query_by_class_name_marks_and_gathers(photos: Page, cats: list[int]) -> None:
    # Other tests have gathered images.
    photos.evaluate("() => document.querySelector('[aria-label=\"Clear the pool\"]').click()")
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
