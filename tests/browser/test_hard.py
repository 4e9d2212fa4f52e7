"""The page of the hardest images: what is brushed becomes a query, and the hardest come first."""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.pages import SharedPage

SELECTED = "Array.from(innerview.hub.selection ?? []).flatMap((on, index) => (on ? [index] : []))"


# Its parts are drawn, and know what they need.
DRAWN = """['loss', 'correct'].every((name) => innerview.study.columns.has(name))
  && innerview.hard?.tile.shown && document.querySelector('#hard-histogram .bars path')"""


@pytest.fixture(scope="module")
def shared_page(context: BrowserContext, study_url: str) -> Iterator[SharedPage]:
    shared = SharedPage(context, f"{study_url}hard", ready=DRAWN)
    yield shared
    shared.close()


@pytest.fixture
def hard(page: Page) -> Page:
    """The page of the hardest images."""
    return page


def column(page: Page, name: str) -> NDArray[Any]:
    return np.array(page.evaluate(f"Array.from(innerview.study.columns.get('{name}'))"))


def losses(page: Page) -> NDArray[np.float32]:
    return column(page, "loss").astype(np.float32)


def selected(page: Page) -> list[int]:
    return page.evaluate(SELECTED)  # type: ignore[no-any-return]


def edges(page: Page) -> list[str]:
    chart = "document.querySelector('#hard-histogram .js-plotly-plot')"
    return page.evaluate(f"{chart}.layout.meta.edges")  # type: ignore[no-any-return]


def query_is(page: Page, query: str) -> None:
    page.wait_for_function("(query) => innerview.hub.query === query", arg=query)


def place(page: Page, bin_: int, height: float = 0.5) -> tuple[float, float]:
    """The middle of a bin in the page."""
    box = page.locator("#hard-brush").bounding_box()
    assert box is not None
    x = box["x"] + box["width"] * (bin_ + 0.5) / (len(edges(page)) + 1)
    return x, box["y"] + box["height"] * (1 - height)


def strip(page: Page) -> list[int]:
    """The images of the strip, the first one first, and no more than are in the document."""
    found = page.evaluate(
        """() => [...document.querySelectorAll('#hard-strip .card')]
          .map((card) => [Number(card.dataset.position), Number(card.dataset.index)])
          .sort(([a], [b]) => a - b)"""
    )
    for k, (position, _) in enumerate(found):
        assert position == k
    return [index for _, index in found]


def bar_height(page: Page, count: int) -> float:
    """0 to 1: the middle of a bar of so many images."""
    low, high = page.evaluate(
        "document.querySelector('#hard-histogram .js-plotly-plot').layout.yaxis.range"
    )
    return float((np.log10(count) - low) / (high - low)) / 2


@pytest.mark.parametrize(("first", "last"), [(-9, -4), (-3, -1), (0, 8)])
def test_a_brush_selects_exactly_its_bars(hard: Page, first: int, last: int) -> None:
    names = edges(hard)
    first, last = first % (len(names) + 1), last % (len(names) + 1)
    # From right to left as well: a brush has no direction.
    start, end = place(hard, last), place(hard, first)
    hard.mouse.move(*start)
    hard.mouse.down()
    hard.mouse.move(start[0] - 9, start[1])
    hard.mouse.move(*end)
    hard.mouse.up()
    loss = losses(hard)
    expected = np.ones(len(loss), bool)
    if first > 0:
        expected &= loss >= np.float32(names[first - 1])
    if last < len(names):
        expected &= loss < np.float32(names[last])
    if first > 0 and last < len(names):
        query = f"{names[first - 1]} <= loss < {names[last]}"
    else:
        query = f"loss >= {names[first - 1]}" if first > 0 else f"loss < {names[last]}"
    query_is(hard, query)
    assert 0 < expected.sum() < len(loss)
    assert selected(hard) == np.flatnonzero(expected).tolist()
    marked = hard.evaluate(
        """() => {
          const { data } = document.querySelector('#hard-histogram .js-plotly-plot');
          return [2, 3].flatMap((trace) => data[trace].y).reduce((sum, count) => sum + count, 0);
        }"""
    )
    assert marked == expected.sum()
    expect(hard.locator(".brush-band")).to_be_visible()


def test_the_legend_and_the_fields_narrow_the_query(hard: Page) -> None:
    loss, correct = losses(hard), column(hard, "correct")
    wrong = hard.locator(".hard-kind", has_text="wrong")
    wrong.click()
    query_is(hard, "not correct")
    assert selected(hard) == np.flatnonzero(correct == 0).tolist()
    expect(wrong).to_have_attribute("aria-pressed", "true")

    low, high = hard.get_by_label("Loss from, in nats"), hard.get_by_label("Loss to, in nats")
    low.fill("0.5")
    low.press("Tab")
    query_is(hard, "loss >= 0.5 and not correct")
    high.fill("1.234")
    high.press("Enter")
    query_is(hard, "0.5 <= loss < 1.234 and not correct")
    chosen = (loss >= np.float32(0.5)) & (loss < np.float32(1.234)) & (correct == 0)
    assert selected(hard) == np.flatnonzero(chosen).tolist()

    wrong.click()
    query_is(hard, "0.5 <= loss < 1.234")
    low.fill("much")
    low.press("Enter")
    expect(low).to_have_attribute("aria-invalid", "true")
    assert hard.evaluate("innerview.hub.query") == "0.5 <= loss < 1.234"
    hard.locator(".hard-all").click()
    query_is(hard, "")
    assert hard.evaluate("innerview.hub.selection") is None
    expect(low).to_have_value("")


def test_a_click_on_a_bar_selects_it(hard: Page) -> None:
    names, loss, correct = edges(hard), losses(hard), column(hard, "correct")
    bins = np.searchsorted(np.array(names, np.float32), loss, side="right")
    wrong = np.bincount(bins[correct == 0], minlength=len(names) + 1)
    right = np.bincount(bins[correct == 1], minlength=len(names) + 1)
    most = int(wrong[:-1].argmax())
    hard.mouse.click(*place(hard, most, bar_height(hard, int(wrong[most]))))
    query_is(hard, f"{names[most - 1]} <= loss < {names[most]} and not correct")
    assert len(selected(hard)) == wrong[most]

    plain = int(right.argmax())
    assert wrong[plain] == 0
    hard.mouse.click(*place(hard, plain, bar_height(hard, int(right[plain]))))
    query_is(hard, f"{names[plain - 1]} <= loss < {names[plain]} and correct")
    assert len(selected(hard)) == right[plain]


def test_a_query_typed_elsewhere_is_shown(hard: Page) -> None:
    hard.evaluate("innerview.applyQuery('0.1 <= loss <= 2 and correct')")
    query_is(hard, "0.1 <= loss <= 2 and correct")
    expect(hard.get_by_label("Loss from, in nats")).to_have_value("0.1")
    expect(hard.get_by_label("Loss to, in nats")).to_have_value("2")
    hard.evaluate("innerview.applyQuery('label == 4')")
    query_is(hard, "label == 4")
    expect(hard.get_by_label("Loss from, in nats")).to_have_value("")
    expect(hard.locator(".brush-band")).to_be_hidden()


def test_the_strip_shows_the_hardest_first(hard: Page) -> None:
    order = np.argsort(-losses(hard), kind="stable")
    first = strip(hard)
    assert first == order[: len(first)].tolist()
    assert 4 < len(first) < 40, "only what is in view is in the document"
    listed = hard.evaluate("innerview.hard.strip.indices")
    assert listed == order[:1000].tolist()

    hard.evaluate("document.querySelector('.strip-list').scrollLeft = 1e6")
    hard.wait_for_function("document.querySelector('#hard-strip .card[data-position=\"999\"]')")
    last = hard.locator('#hard-strip .card[data-position="999"]')
    expect(last).to_have_attribute("data-index", str(order[999]))
    last.locator(".card-look").click()
    assert hard.evaluate("innerview.hub.focus") == order[999]
    expect(last.locator(".card-look")).to_have_attribute("aria-current", "true")


def test_arrow_keys_go_along_the_strip(hard: Page) -> None:
    order = np.argsort(-losses(hard), kind="stable")
    hard.locator("#hard-strip .card-look").first.focus()
    for _ in range(12):
        hard.keyboard.press("ArrowRight")
    hard.keyboard.press("ArrowLeft")
    hard.wait_for_function(f"innerview.hub.focus === {order[11]}")
    focused: Locator = hard.locator("#hard-strip .card-look:focus")
    expect(focused).to_be_in_viewport()
    assert focused.evaluate("(button) => Number(button.parentElement.dataset.index)") == order[11]


def test_the_strip_follows_the_query_and_its_filters(hard: Page) -> None:
    label, correct = column(hard, "label"), column(hard, "correct")
    order = np.argsort(-losses(hard), kind="stable")

    def listed(mask: NDArray[np.bool_]) -> None:
        expected = order[mask[order]][:1000].tolist()
        hard.wait_for_function(
            """(expected) => {
              const { indices } = innerview.hard.strip;
              const same = (index, k) => index === expected[k];
              return indices.length === expected.length && indices.every(same);
            }""",
            arg=expected,
        )

    hard.evaluate("innerview.applyQuery('label in [4, 9]')")
    listed(np.isin(label, [4, 9]))
    hard.get_by_label("wrong only").check()
    listed(np.isin(label, [4, 9]) & (correct == 0))
    hard.get_by_label("Only of class").select_option("4")
    listed((label == 4) & (correct == 0))
    expected = order[((label == 4) & (correct == 0))[order]].tolist()
    hard.get_by_role("button", name="Add to the pool").click()
    pooled = hard.evaluate("innerview.hard.strip.indices")
    cards = hard.locator("#panel-pool .card")
    assert pooled == expected
    for k, index in enumerate(expected[:15]):
        expect(cards.nth(k)).to_have_attribute("data-index", str(index))
    hard.evaluate("innerview.applyQuery('loss > 1000')")
    listed(np.zeros(len(label), bool))
    expect(hard.locator("#hard-strip .waiting")).to_have_text("No image is like that.")


def test_the_hardest_are_drawn_on_top(hard: Page) -> None:
    drawn = np.array(hard.evaluate("Array.from(innerview.hard.tile.encoding.order)"))
    loss = losses(hard)
    assert set(drawn[-50:]) == set(np.argsort(-loss, kind="stable")[:50].tolist())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_losses_over_eight_orders_of_magnitude_differ(hard: Page, scheme: Any) -> None:
    hard.emulate_media(color_scheme=scheme)
    decades = [10.0**k for k in range(-8, 2)]
    colors, weights = hard.evaluate(
        """async (decades) => {
          const load = (path) => import(new URL(`assets/${path}`, document.baseURI));
          const { scaleFor } = await load('map/scales.js');
          const { heat } = await load('shared/colors.js');
          const values = Float32Array.from({ length: 9000 }, (_, k) => 10 ** (-8 + k / 1000));
          const scale = scaleFor('loss', values);
          const at = decades.map((loss) => scale.place(loss));
          return [at.map((place) => heat(scale.tint(place))), at.map(scale.weight)];
        }""",
        decades,
    )
    rgb = np.array(colors, dtype=float)
    # Every decade has a colour of its own, and below the median, at 10**-3.5, they are greys.
    steps = np.abs(np.diff(rgb, axis=0)).max(axis=1)
    assert (steps >= 5).all(), steps
    assert (np.ptp(rgb[:5], axis=1) < 32).all()
    assert weights[:5] == [0] * 5
    assert all(a <= b for a, b in itertools.pairwise(weights))
    assert np.ptp(rgb[-2]) > 100 and weights[-2] > 0.5
    hard.emulate_media(color_scheme=None)


def test_an_infinite_loss_leaves_the_scale_whole(hard: Page) -> None:
    ticks, place = hard.evaluate(
        """async () => {
          const { scaleFor } = await import(new URL('assets/map/scales.js', document.baseURI));
          const scale = scaleFor('loss', Float32Array.of(0, 1e-3, 0.1, 7, Infinity));
          return [scale.ticks, [0, 7, Infinity].map(scale.place)];
        }"""
    )
    assert place == [0, 1, 1]
    assert ticks[-1]["label"] == "7"
    assert ticks[0]["label"] == "≤ 1e-8"
