"""The confusion matrix as a person uses it: click a cell, a name, a pair; the same by keyboard."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.pages import SharedPage

DRAWN = """document.querySelector('#confusion-plot .nsewdrag')
  && ['label', 'predicted'].every((name) => innerview.study.columns.has(name))"""


FACETS = "**/facets/host.html"


@pytest.fixture(scope="module")
def shared_page(context: BrowserContext, study_url: str) -> Iterator[SharedPage]:
    # The card beside the matrix takes seconds to load, and has tests of its own. Its request is
    # never answered, as one that fails would be made again.
    context.route(FACETS, lambda route: None)
    shared = SharedPage(context, f"{study_url}confusion", ready=DRAWN)
    yield shared
    shared.close()
    context.unroute(FACETS)


@pytest.fixture
def confusion(page: Page) -> Page:
    """The page of the matrix, drawn."""
    return page


@pytest.fixture
def counts(confusion: Page) -> np.ndarray:
    """The matrix as the page's own columns give it, label in rows."""
    found = confusion.evaluate(
        """() => {
          const column = (name) => innerview.study.columns.get(name);
          const [label, predicted] = [column('label'), column('predicted')];
          const counts = Array.from({ length: 10 }, () => new Array(10).fill(0));
          label.forEach((value, i) => counts[value][predicted[i]]++);
          return counts;
        }"""
    )
    return np.array(found)


def worst(counts: np.ndarray) -> tuple[int, int]:
    """The pair that is confused most: label and prediction."""
    errors = counts * (1 - np.eye(10, dtype=int))
    label, predicted = np.unravel_index(errors.argmax(), errors.shape)
    return int(label), int(predicted)


def place_of(page: Page, label: float, predicted: float) -> tuple[float, float]:
    """The middle of a cell on the screen; -0.7 is the heading."""
    box = page.locator("#confusion-plot .nsewdrag").first.bounding_box()
    assert box is not None
    x = box["x"] + box["width"] * (predicted + 0.5) / 10
    y = box["y"] + box["height"] * (label + 0.5) / 10
    return x, y


def selected(page: Page) -> list[int]:
    indices: list[int] = page.evaluate(
        "() => [...(innerview.hub.selection ?? [])].flatMap((on, i) => on ? [i] : [])"
    )
    return indices


def wait_for_query(page: Page, query: str) -> None:
    page.wait_for_function("(query) => innerview.hub.query === query", arg=query)


def expect_rows(page: Page, test: str) -> None:
    """Exactly those samples are selected of whose `label` and `predicted` the test holds."""
    expected = page.evaluate(
        f"""() => {{
          const column = (name) => innerview.study.columns.get(name);
          const [labels, predictions] = [column('label'), column('predicted')];
          const test = (label, predicted) => {test};
          return [...labels.keys()].filter((i) => test(labels[i], predictions[i]));
        }}"""
    )
    assert expected
    assert selected(page) == expected


def test_click_on_a_cell_selects_its_images(confusion: Page, counts: np.ndarray) -> None:
    label, predicted = worst(counts)
    at = place_of(confusion, label, predicted)
    confusion.mouse.move(*at)
    said = confusion.locator(".confusion-said")
    expect(said).to_contain_text(f"{label} taken for {predicted}: {counts[label, predicted]} image")
    confusion.mouse.click(*at)
    wait_for_query(confusion, f"label == {label} and predicted == {predicted}")
    expect_rows(confusion, f"label === {label} && predicted === {predicted}")
    assert confusion.evaluate("() => innerview.hub.origin") == "query"
    # Marked in the matrix and in the list; a second click takes it back.
    shapes = (
        "() => document.getElementById('confusion-plot').layout.shapes.map((s) => [s.y0, s.x0])"
    )
    assert confusion.evaluate(shapes) == [[label - 0.5, predicted - 0.5]]
    pressed = confusion.locator(".confusion-list [aria-pressed=true]")
    expect(pressed).to_have_count(1)
    expect(pressed).to_contain_text(f"{label}→ {predicted}")
    confusion.mouse.click(*at)
    wait_for_query(confusion, "")
    assert selected(confusion) == []
    assert confusion.evaluate(shapes) == []


def test_names_select_rows_and_columns(confusion: Page, counts: np.ndarray) -> None:
    confusion.mouse.click(*place_of(confusion, 4, -0.8))
    wait_for_query(confusion, "label == 4")
    expect_rows(confusion, "label === 4")
    expect(confusion.locator(".confusion-said")).to_contain_text(
        f"Label 4: {counts[4].sum():,} images"
    )
    confusion.mouse.click(*place_of(confusion, -0.7, 9))
    wait_for_query(confusion, "predicted == 9")
    expect_rows(confusion, "predicted === 9")
    confusion.evaluate("() => innerview.applyQuery('')")


def test_typed_query_marks_its_cell(confusion: Page, counts: np.ndarray) -> None:
    shapes = "() => document.getElementById('confusion-plot').layout.shapes.length"
    label, predicted = worst(counts)
    cell = f"label == {label} and  predicted == {predicted}"
    for query, marks in ((cell, 1), ("loss > 1", 0), ("label == 99", 0), (cell, 1)):
        confusion.evaluate("(query) => innerview.applyQuery(query)", query)
        confusion.wait_for_function(f"() => ({shapes})() === {marks}")
    confusion.evaluate("() => innerview.applyQuery('')")


def test_keyboard_reaches_every_cell(confusion: Page, counts: np.ndarray) -> None:
    label, predicted = worst(counts)
    said = confusion.locator(".confusion-said")
    confusion.locator(".panel-confusion .stage-tools button").focus()
    confusion.keyboard.press("Tab")
    assert confusion.evaluate("() => document.activeElement.id") == "confusion-plot"
    # It goes on from where the mouse was last, which may have been in another test.
    confusion.keyboard.press("PageUp")
    confusion.keyboard.press("Home")
    expect(said).to_contain_text("0 predicted right")
    for _ in range(label):
        confusion.keyboard.press("ArrowDown")
    for _ in range(predicted):
        confusion.keyboard.press("ArrowRight")
    expect(said).to_contain_text(f"{label} taken for {predicted}")
    assert said.get_attribute("role") == "status"
    confusion.keyboard.press("Enter")
    wait_for_query(confusion, f"label == {label} and predicted == {predicted}")
    expect_rows(confusion, f"label === {label} && predicted === {predicted}")
    confusion.keyboard.press("Home")
    confusion.keyboard.press("ArrowLeft")
    confusion.keyboard.press("Enter")
    wait_for_query(confusion, f"label == {label}")
    # The list is the next stop.
    confusion.keyboard.press("Tab")
    confusion.keyboard.press("Enter")
    wait_for_query(confusion, f"label == {label} and predicted == {predicted}")
    confusion.evaluate("() => innerview.applyQuery('')")


def test_list_is_sorted_by_number(confusion: Page, counts: np.ndarray) -> None:
    errors = counts * (1 - np.eye(10, dtype=int))
    texts = confusion.locator(".confusion-list button").all_inner_texts()
    numbers = [int(re.findall(r"[\d,]+$", text)[0]) for text in texts]
    assert numbers == sorted(errors[errors > 0].tolist(), reverse=True)


def texts_of(page: Page, axis: str) -> dict[str, str]:
    """The numbers written over an axis, "" for the matrix and "x2" for the recall, by place."""
    texts: dict[str, str] = page.evaluate(
        """(axis) => {
          const { data } = document.getElementById('confusion-plot');
          const isMeant = (t) => t.type === 'scatter' && (t.xaxis ?? '') === axis && !t.yaxis;
          const { x, y, text } = data.find(isMeant);
          return Object.fromEntries(text.map((value, k) => [`${y[k]},${x[k]}`, value]));
        }""",
        axis,
    )
    return texts


def test_shares_are_those_of_the_label(confusion: Page, counts: np.ndarray) -> None:
    label, predicted = worst(counts)
    cell = f"{label},{predicted}"
    assert texts_of(confusion, "")[cell] == str(counts[label, predicted])
    confusion.get_by_label("Cells show").select_option("shares")
    expect(confusion.locator(".confusion-legend")).to_contain_text("%")
    share = 100 * counts[label, predicted] / counts[label].sum()
    assert texts_of(confusion, "")[cell] == f"{share:.1f}"
    recall = 100 * counts[label, label] / counts[label].sum()
    assert texts_of(confusion, "x2")[f"{label},0"] == f"{recall:.1f}"


def test_similar_classes_stand_together(confusion: Page, counts: np.ndarray) -> None:
    names = "() => document.getElementById('confusion-plot').layout.yaxis.ticktext"
    assert confusion.evaluate(names) == [str(k) for k in range(10)]
    confusion.get_by_label("Order of the classes").select_option("similar")
    confusion.wait_for_function(f"({names})().join() !== '0,1,2,3,4,5,6,7,8,9'")
    order = [int(name) for name in confusion.evaluate(names)]
    assert sorted(order) == list(range(10))
    # What is clicked is what stands there now.
    label, predicted = worst(counts)
    confusion.mouse.click(*place_of(confusion, order.index(label), order.index(predicted)))
    wait_for_query(confusion, f"label == {label} and predicted == {predicted}")
    confusion.evaluate("() => innerview.applyQuery('')")


def test_matrix_is_saved_as_a_picture(confusion: Page, tmp_path: Path) -> None:
    with confusion.expect_download() as download:
        confusion.locator(".panel-confusion").get_by_text("SVG").click()
    path = tmp_path / "matrix.svg"
    download.value.save_as(path)
    assert "<svg" in path.read_text("utf-8")[:200]


def test_card_fills_the_stage(confusion: Page) -> None:
    button = confusion.get_by_role("button", name="Maximise the matrix")
    width = "() => document.getElementById('confusion-plot').getBoundingClientRect().width"
    before = confusion.evaluate(width)
    button.click()
    expect(confusion.locator(".panel-dive")).to_be_hidden()
    confusion.wait_for_function(f"({width})() > 1.5 * {before}")
    drawn = "document.querySelector('#confusion-plot .main-svg').width.baseVal.value"
    confusion.wait_for_function(f"{drawn} > 1.5 * {before}")
    button.click()
    expect(confusion.locator(".panel-dive")).to_be_visible()


def test_matrix_follows_the_theme(confusion: Page) -> None:
    color = "() => document.getElementById('confusion-plot').data[1].colorscale[0][1]"
    light = confusion.evaluate(color)
    confusion.emulate_media(color_scheme="dark")
    confusion.wait_for_function(f"(light) => ({color})() !== light", arg=light)
    confusion.emulate_media(color_scheme="light")
    confusion.wait_for_function(f"(light) => ({color})() === light", arg=light)
