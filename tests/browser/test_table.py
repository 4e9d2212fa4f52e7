"""The loss table in a real browser: sorting, filtering, scrolling, checking and focusing."""

import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from tests.browser.tables import (
    apply,
    cell,
    columns,
    rest,
    selected,
    shown,
    wait_for_rows,
)

FOCUSED = re.compile(r"\btable-focused\b")
FIRST_IS = """(index) =>
  document.querySelector('.ag-row[row-index="0"] [col-id=index]')?.textContent === String(index)"""
FOCUS_IS = "(index) => innerview.hub.focus === index"


@pytest.fixture
def table(page: Page) -> Page:
    """The page with its table filled, the hardest images first."""
    return page


def hub(page: Page, name: str) -> object:
    return page.evaluate(f"innerview.hub.{name}")


def by_loss(page: Page) -> list[int]:
    """Every sample, the highest loss first, ties by index."""
    return [int(index) for index in np.argsort(-columns(page)["loss"], kind="stable")]


def test_hardest_images_stand_first_with_all_that_is_known(table: Page) -> None:
    expected = by_loss(table)
    values = columns(table)
    rows = [int(text) for text in shown(table)]
    assert len(rows) >= 6
    assert rows == expected[: len(rows)]
    worst = rows[0]
    assert values["correct"][worst] == 0
    # Wrong by a sign, not by its colour alone.
    assert table.inner_text(cell(0, "predicted")) == f"≠ {values['predicted'][worst]}"
    assert table.inner_text(cell(0, "correct")) == "✕ wrong"
    assert table.inner_text(cell(0, "loss")).strip() == f"{values['loss'][worst]:.3f}"
    assert table.inner_text(cell(0, "id")) == f"all/{worst}"


def test_images_are_drawn_in_their_rows(table: Page) -> None:
    table.wait_for_function(
        """() => [...document.querySelectorAll('.table-grid .table-image')].every((canvas) => {
          const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          return data.some((value, at) => at % 4 < 3 && value > 128);
        })"""
    )
    first = by_loss(table)[0]
    drawn, original = table.evaluate(
        """async (index) => {
          const of = (canvas) =>
            Array.from(canvas.getContext('2d').getImageData(0, 0, 28, 28).data);
          const answer = await fetch(`api/image/${index}.png`);
          const image = await createImageBitmap(await answer.blob());
          const copy = new OffscreenCanvas(28, 28);
          copy.getContext('2d').drawImage(image, 0, 0);
          return [of(document.querySelector('.ag-row[row-index="0"] .table-image')), of(copy)];
        }""",
        first,
    )
    assert drawn == original


def test_click_on_a_heading_sorts_and_shift_sorts_further(table: Page) -> None:
    values = columns(table)
    table.click('.ag-header-cell[col-id="label"] .ag-header-cell-label')
    expected = np.argsort(values["label"], kind="stable")
    table.wait_for_function(FIRST_IS, arg=int(expected[0]))
    table.click('.ag-header-cell[col-id="confidence"] .ag-header-cell-label', modifiers=["Shift"])
    expected = np.lexsort((-values["confidence"], values["label"]))
    table.wait_for_function(FIRST_IS, arg=int(expected[0]))
    rows = [int(text) for text in shown(table)]
    assert rows == expected[: len(rows)].tolist()


def test_scrolling_to_the_end_by_key_and_by_wheel(table: Page) -> None:
    expected = by_loss(table)
    table.click(cell(0, "label"))
    table.keyboard.press("End")
    last = f'.ag-row[row-index="{len(expected) - 1}"] [col-id="index"]'
    expect(table.locator(last)).to_have_text(str(expected[-1]))
    # The keys have gone to the last image, so that is the one looked at.
    table.wait_for_function(FOCUS_IS, arg=expected[-1])
    table.hover(last)
    table.mouse.wheel(0, -2_000)
    table.wait_for_function(
        "(row) => innerview.table.api.getLastDisplayedRowIndex() < row", arg=len(expected) - 50
    )
    table.wait_for_function(
        """() => [...document.querySelectorAll('.ag-row [col-id=index]')]
          .every((cell) => cell.textContent)"""
    )
    rows = [int(text) for text in shown(table)]
    start = expected.index(rows[0])
    assert 9_800 < start < 9_950
    assert rows == expected[start : start + len(rows)]


def test_clicks_and_arrow_keys_look_at_images(table: Page) -> None:
    expected = by_loss(table)
    table.click(cell(2, "label"))
    table.wait_for_function(FOCUS_IS, arg=expected[2])
    expect(table.locator('.ag-row[row-index="2"]')).to_have_class(FOCUSED)
    table.keyboard.press("ArrowDown")
    table.wait_for_function(FOCUS_IS, arg=expected[3])
    expect(table.locator('.ag-row[row-index="3"]')).to_have_class(FOCUSED)
    expect(table.locator(".ag-row.table-focused")).to_have_count(1)
    assert hub(table, "selection") is None


def test_focus_set_elsewhere_scrolls_to_its_row(table: Page) -> None:
    expected = by_loss(table)
    far = expected[5_000]
    table.evaluate("(index) => innerview.hub.setFocus(index)", far)
    row = table.locator('.ag-row[row-index="5000"]')
    expect(row).to_have_class(FOCUSED)
    expect(row.locator('[col-id="index"]')).to_have_text(str(far))
    expect(row).to_be_in_viewport()
    # A focus set here leaves the rows where they are.
    before = table.evaluate("innerview.table.api.getFirstDisplayedRowIndex()")
    table.click(cell(5_001, "label"))
    table.wait_for_function(FOCUS_IS, arg=expected[5_001])
    assert table.evaluate("innerview.table.api.getFirstDisplayedRowIndex()") == before


def test_checked_rows_are_the_selection(table: Page) -> None:
    expected = by_loss(table)
    table.click(f"{cell(1, 'check')} input")
    table.click(f"{cell(4, 'check')} input")
    assert selected(table) == sorted([expected[1], expected[4]])
    assert hub(table, "origin") == "table"
    # To check a box says nothing of what to look at, nor of which rows to show.
    assert hub(table, "focus") is None
    assert table.evaluate("innerview.table.only") is False
    table.click(f"{cell(1, 'check')} input")
    assert selected(table) == [expected[4]]
    expect(table.locator(f"{cell(4, 'check')} input")).to_be_checked()
    expect(table.locator(f"{cell(1, 'check')} input")).not_to_be_checked()


def test_ranges_and_keys_check_rows(table: Page) -> None:
    expected = by_loss(table)
    table.click(cell(1, "label"))
    table.click(cell(4, "label"), modifiers=["Shift"])
    table.wait_for_function("() => innerview.hub.selectionCount === 4")
    assert selected(table) == sorted(expected[1:5])
    table.click(cell(2, "label"), modifiers=["Control"])
    table.wait_for_function("() => innerview.hub.selectionCount === 3")
    assert selected(table) == sorted([expected[1], expected[3], expected[4]])
    table.keyboard.press("ArrowUp")
    table.keyboard.press("ArrowUp")
    table.keyboard.press("Space")
    table.wait_for_function("() => innerview.hub.selectionCount === 4")
    assert selected(table) == sorted([expected[0], expected[1], expected[3], expected[4]])
    table.keyboard.press("Control+a")
    table.wait_for_function("() => innerview.hub.selectionCount === innerview.study.n")


def test_box_above_takes_all_hits_and_lets_them_go(table: Page) -> None:
    values = columns(table)
    hits = np.flatnonzero(values["label"] == 7)
    apply(table, "label == 7", len(hits))
    header = table.locator(".ag-header .table-check")
    expect(header).to_be_checked()
    header.click()
    expect(header).not_to_be_checked()
    assert hub(table, "selection") is None
    # The rows stay those of the query.
    assert hub(table, "query") == "label == 7"
    header.click()
    table.wait_for_function("(count) => innerview.hub.selectionCount === count", arg=len(hits))
    assert selected(table) == hits.tolist()
    expect(header).to_be_checked()


def test_selection_made_elsewhere_is_shown_alone_until_it_goes(table: Page) -> None:
    chosen = [5, 17, 4_321]
    table.evaluate("(chosen) => innerview.setSelection(chosen)", chosen)
    wait_for_rows(table, count=3)
    only = table.get_by_role("button", name="Only selected (3)")
    expect(only).to_have_attribute("aria-pressed", "true")
    losses = columns(table)["loss"]
    assert shown(table) == [str(index) for index in sorted(chosen, key=lambda i: -losses[i])]
    expect(table.locator(".table-grid .ag-row .table-check:checked")).to_have_count(3)
    # A row freed by mistake stays in sight.
    table.click(f"{cell(0, 'check')} input")
    table.wait_for_function("() => innerview.hub.selectionCount === 2")
    expect(table.locator(".table-grid .ag-row [col-id=index]")).to_have_count(3)
    table.get_by_role("button", name="Only selected (2)").click()
    wait_for_rows(table, count=len(losses))
    table.evaluate("innerview.setSelection([5, 17])")
    wait_for_rows(table, count=2)
    table.evaluate("innerview.setSelection(null)")
    wait_for_rows(table, count=len(losses))


def test_column_filters_narrow_the_rows(table: Page) -> None:
    values = columns(table)
    table.hover('.ag-header-cell[col-id="label"]')
    table.click('.ag-header-cell[col-id="label"] .ag-header-cell-filter-button')
    table.locator(".ag-filter input[type=text]").first.fill("4, 9")
    few = np.isin(values["label"], [4, 9])
    wait_for_rows(table, count=int(few.sum()))
    table.keyboard.press("Escape")
    apply(table, "not correct", int((few & (values["correct"] == 0)).sum()))
    # The selection is what the query found; the filter only says which rows are shown.
    assert hub(table, "selectionCount") == int((values["correct"] == 0).sum())
    table.get_by_role("button", name="Clear filters").click()
    wait_for_rows(table, count=int((values["correct"] == 0).sum()))
    expect(table.get_by_role("button", name="Clear filters")).to_be_hidden()


def test_headings_sort_and_filter_by_key(table: Page) -> None:
    values = columns(table)
    table.focus(".querybar-input")
    heading = table.locator('.ag-header-cell[col-id="label"]')
    in_headings = "() => document.activeElement.closest('.ag-header-cell') !== null"
    for _ in range(12):
        table.keyboard.press("Tab")
        if table.evaluate(in_headings):
            break
    for _ in range(3):
        # Boxes, images, index: by Tab one would be past the headings.
        table.keyboard.press("ArrowRight")
    expect(heading).to_be_focused()
    table.keyboard.press("Control+Enter")
    expect(table.locator(".ag-filter input[type=text]").first).to_be_focused()
    # The funnel is hidden while the pointer is elsewhere; its filter stays.
    table.mouse.move(5, 5)
    table.keyboard.type("4")
    wait_for_rows(table, count=int((values["label"] == 4).sum()))
    table.keyboard.press("Escape")
    expect(heading).to_be_focused()
    table.keyboard.press("Enter")
    first = int(np.flatnonzero(values["label"] == 4)[0])
    table.wait_for_function(FIRST_IS, arg=first)


def test_no_row_is_a_sentence(table: Page) -> None:
    apply(table, "loss < 0", 0)
    expect(table.locator(".table-note")).to_have_text("No image matches the query.")
    apply(table, "label == 1", int((columns(table)["label"] == 1).sum()))
    expect(table.locator(".table-note")).to_be_hidden()


def test_columns_can_be_hidden(table: Page) -> None:
    table.get_by_role("button", name="Columns").click()
    table.get_by_label("margin").uncheck()
    expect(table.locator('.ag-header-cell[col-id="margin"]')).to_have_count(0)
    table.get_by_label("margin").check()
    expect(table.locator('.ag-header-cell[col-id="margin"]')).to_have_count(1)
    table.keyboard.press("Escape")
    expect(table.get_by_role("button", name="Columns")).to_be_focused()


def test_rows_are_saved_in_their_order(table: Page, tmp_path: Path) -> None:
    values = columns(table)
    hits = np.flatnonzero((values["label"] == 4) & (values["predicted"] != 4))
    apply(table, "label == 4 and predicted != 4", len(hits))
    expected = [int(index) for index in sorted(hits, key=lambda i: -values["loss"][i])]
    for name, read in (("CSV", pd.read_csv), ("Parquet", pd.read_parquet)):
        table.get_by_role("button", name="Save these rows").click()
        with table.expect_download() as saved:
            table.get_by_role("menuitem", name=name).click()
        path = saved.value.path()
        frame = read(io.BytesIO(Path(path).read_bytes()))
        assert saved.value.suggested_filename == f"samples.{name.lower()}"
        assert frame["index"].tolist() == expected


def test_two_pages_with_different_queries_keep_apart(table: Page, fresh_page: Page) -> None:
    other = rest(fresh_page)
    labels = columns(table)["label"]
    for digit in (3, 8, 5):
        mine, theirs = f"label == {digit}", f"label != {digit}"
        apply(table, mine, int((labels == digit).sum()))
        apply(other, theirs, int((labels != digit).sum()))
        assert {*shown(table, "label")} == {str(digit)}
        assert str(digit) not in shown(other, "label")
        assert selected(table) == np.flatnonzero(labels == digit).tolist()
        assert selected(other) == np.flatnonzero(labels != digit).tolist()
