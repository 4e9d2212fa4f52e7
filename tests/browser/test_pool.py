"""The image pool: what is picked anywhere gathers in it, and what can be done with it there."""

import csv
import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page, expect

LATEST = "#panel-pool .card"
ALL = ".pool-all .card"
# The pool as the browser keeps it; it is written a moment after it changed.
STORED = """() => {
  const key = Object.keys(sessionStorage).find((name) => name.startsWith('innerview-pool-'));
  return key ? JSON.parse(sessionStorage.getItem(key)).images : null;
}"""


@pytest.fixture
def pool(page: Page) -> Page:
    """The page with the samples measured and the maps drawn, its pool empty."""
    page.wait_for_function("['loss', 'correct'].every((name) => innerview.study.columns.has(name))")
    assert shown(page) == []
    return page


def column(page: Page, name: str) -> NDArray[Any]:
    return np.array(page.evaluate(f"Array.from(innerview.study.columns.get('{name}'))"))


def losses(page: Page) -> NDArray[np.float32]:
    return column(page, "loss").astype(np.float32)


def hardest(page: Page, mask: NDArray[np.bool_]) -> list[int]:
    order = np.argsort(-losses(page), kind="stable")
    return [int(index) for index in order[mask[order]]]


def shown(page: Page, cards: str = LATEST) -> list[int]:
    """The images on the cards in the document, in the order of the pool."""
    return page.evaluate(  # type: ignore[no-any-return]
        """(cards) => [...document.querySelectorAll(cards)]
          .sort((a, b) => a.dataset.position - b.dataset.position)
          .map((card) => Number(card.dataset.index))""",
        cards,
    )


def ask(page: Page, query: str) -> int:
    found = page.evaluate("(query) => innerview.applyQuery(query)", query)
    assert found is not None, query
    return int(found["count"])


def kept(page: Page, count: int) -> list[int]:
    """The whole pool, once the browser has stored so many."""
    page.wait_for_function(f"({STORED})()?.length === {count}")
    return page.evaluate(STORED)  # type: ignore[no-any-return]


def click_on_a_point(page: Page) -> int:
    """Click where a sample is on the second map; returns the one that is in focus then."""
    x, y = page.evaluate(
        """async () => {
          const tile = innerview.tiles[1];
          await tile.settled();
          const { left, top } = tile.frame.stage.getBoundingClientRect();
          const [x, y] = tile.screen(17);
          return [left + x, top + y];
        }"""
    )
    page.mouse.click(x, y)
    return int(page.evaluate("innerview.hub.focus"))


def test_a_click_a_query_and_a_lasso_gather(pool: Page) -> None:
    clicked = click_on_a_point(pool)
    assert shown(pool) == [clicked]

    count = ask(pool, "loss > 1 and not correct")
    expected = hardest(pool, (losses(pool) > 1) & (column(pool, "correct") == 0))
    assert len(expected) == count
    together = expected + [clicked] * (clicked not in expected)
    assert kept(pool, len(together)) == together

    box = pool.locator(".map-canvas").nth(0).bounding_box()
    assert box is not None
    x, y, side = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, box["width"] / 5
    pool.keyboard.down("Shift")
    pool.mouse.move(x - side, y - side)
    pool.mouse.down()
    for dx, dy in ((1, -1), (1, 1), (-1, 1), (-1, -1)):
        pool.mouse.move(x + dx * side, y + dy * side)
    pool.mouse.up()
    pool.keyboard.up("Shift")
    lassoed = set(
        pool.evaluate(
            "Array.from(innerview.hub.selection).flatMap((on, index) => (on ? [index] : []))"
        )
    )
    assert len(lassoed) > 20
    everything = kept(pool, len(lassoed | set(together)))
    assert set(everything[: len(lassoed)]) == lassoed
    rest = [index for index in together if index not in lassoed]
    assert everything[len(lassoed) :] == rest


def test_a_card_says_what_the_image_is(pool: Page) -> None:
    loss, label, predicted = losses(pool), column(pool, "label"), column(pool, "predicted")
    wrong, right = int(loss.argmax()), int(loss.argmin())
    pool.evaluate("(indices) => innerview.hub.gather(indices, 'test')", [wrong, right])
    first, second = pool.locator(LATEST).nth(0), pool.locator(LATEST).nth(1)
    expect(first.locator(".card-classes")).to_have_text(
        f"{label[wrong]}→ ✕{predicted[wrong]}", use_inner_text=False
    )
    expect(second.locator(".card-classes")).to_have_text(f"{label[right]}→ {label[right]}")
    expect(first.locator(".card-numbers span").first).to_have_text(str(wrong))
    shown_loss = first.locator(".card-numbers span").last.inner_text()
    assert float(shown_loss) == pytest.approx(loss[wrong], rel=0.06)
    assert first.locator("img").get_attribute("src", timeout=5000).endswith(f"{wrong}.png?side=96")  # type: ignore[union-attr]


def test_all_of_ten_thousand_are_shown_by_few_elements(pool: Page) -> None:
    ask(pool, "loss >= 0")
    everything = hardest(pool, np.ones(10_000, bool))
    expect(pool.locator(".pool-count")).to_have_text("15 latest of 10,000")
    assert shown(pool) == everything[:15]
    pool.get_by_role("button", name="Show all images of the pool").click()
    grid = pool.locator(".pool-all-list")
    expect(pool.locator(ALL).first).to_be_visible()
    assert shown(pool, ALL) == everything[: pool.locator(ALL).count()]

    for share in (0.31, 0.5, 1):
        grid.evaluate("(grid, share) => grid.scrollTo(0, share * grid.scrollHeight)", share)
        pool.wait_for_function(
            """() => {
              const grid = document.querySelector('.pool-all-list').getBoundingClientRect();
              return [...document.querySelectorAll('.pool-all .card')].some((card) => {
                const { top, bottom } = card.getBoundingClientRect();
                return top < grid.bottom && bottom > grid.top;
              });
            }"""
        )
        assert 10 < pool.locator(ALL).count() < 150
    pool.wait_for_function("document.querySelector('.pool-all .card[data-position=\"9999\"]')")
    assert shown(pool, ALL)[-1] == everything[-1]
    pool.keyboard.press("Escape")
    expect(pool.locator(".pool-all")).to_be_hidden()
    assert pool.evaluate("innerview.hub.selectionCount") == 10_000, "Escape closed the grid alone"
    expect(pool.get_by_role("button", name="Show all images of the pool")).to_be_focused()


def test_remove_clear_and_undo(pool: Page) -> None:
    pool.evaluate("innerview.hub.gather([5, 6, 7, 8], 'test')")
    card = pool.locator(LATEST).nth(1)
    card.hover()
    card.get_by_role("button", name="Remove 6").click()
    assert shown(pool) == [5, 7, 8]
    pool.locator(LATEST).nth(1).locator(".card-look").focus()
    pool.keyboard.press("Delete")
    assert shown(pool) == [5, 8]
    pool.get_by_role("button", name="Undo").click()
    assert shown(pool) == [5, 7, 8]
    pool.get_by_role("button", name="Clear the pool").click()
    assert shown(pool) == []
    expect(pool.locator(".pool-empty")).to_be_visible()
    pool.evaluate("innerview.hub.gather([9], 'test')")
    pool.get_by_role("button", name="Undo").click()
    assert shown(pool) == [9, 5, 7, 8], "what was gathered since stays in front"
    expect(pool.locator(".pool-note")).to_be_hidden()


def test_looking_at_a_card_leaves_it_where_it_is(pool: Page) -> None:
    pool.evaluate("innerview.hub.gather([5, 6, 7], 'test')")
    pool.locator(LATEST).nth(2).locator(".card-look").click()
    assert pool.evaluate("innerview.hub.focus") == 7
    assert shown(pool) == [5, 6, 7]
    expect(pool.locator(".card-focused")).to_have_attribute("data-index", "7")
    pool.evaluate("innerview.setFocus(6)")
    assert shown(pool) == [6, 5, 7], "picked elsewhere, it comes to the front"


def test_similar_images_are_asked_for(pool: Page) -> None:
    pool.evaluate("innerview.hub.gather([5, 6], 'test')")
    card = pool.locator(LATEST).nth(1)
    card.hover()
    card.get_by_role("button", name="Images like 6").click()
    assert pool.evaluate("innerview.hub.anchor") == 6


def test_the_keyboard_reaches_every_card(pool: Page) -> None:
    pool.evaluate("innerview.hub.gather([...Array(20).keys()], 'test')")
    pool.locator(LATEST).first.locator(".card-look").focus()

    def at() -> int:
        return int(pool.evaluate("Number(document.activeElement.closest('.card').dataset.index)"))

    for key, index in (("ArrowRight", 1), ("ArrowDown", 6), ("ArrowUp", 1), ("End", 14)):
        pool.keyboard.press(key)
        assert at() == index, key
    pool.keyboard.press("Enter")
    assert pool.evaluate("innerview.hub.focus") == 14
    assert shown(pool)[14] == 14
    pool.keyboard.press("Tab")
    assert pool.evaluate("document.activeElement.dataset.similar") == "14"


def test_the_pool_is_selected_on_the_maps(pool: Page) -> None:
    pool.evaluate("innerview.hub.gather([50, 3, 4000], 'test')")
    pool.get_by_role("button", name="Select these on the maps").click()
    assert pool.evaluate("[innerview.hub.selectionCount, innerview.hub.origin]") == [3, "pool"]
    assert pool.evaluate("[3, 50, 4000].every((index) => innerview.hub.selection[index])")
    assert shown(pool) == [50, 3, 4000]


def test_the_list_is_saved_in_its_order(pool: Page) -> None:
    indices = [17, 4, 9999, 0]
    pool.evaluate("(indices) => innerview.hub.gather(indices, 'test')", indices)
    loss = losses(pool)
    with pool.expect_download() as download:
        pool.get_by_role("button", name="Save the rows of these images").click()
        pool.locator(".menu:popover-open").get_by_text("As CSV").click()
    assert download.value.suggested_filename == "innerview-pool.csv"
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text())))
    assert [int(row["index"]) for row in rows] == indices
    assert [float(row["loss"]) for row in rows] == pytest.approx(loss[indices], rel=1e-5)
    with pool.expect_download() as download:
        pool.get_by_role("button", name="Save the rows of these images").click()
        pool.locator(".menu:popover-open").get_by_text("As Parquet").click()
    import pandas as pd

    frame = pd.read_parquet(download.value.path())
    assert frame["index"].tolist() == indices


def test_the_pool_survives_a_reload(pool: Page) -> None:
    count = ask(pool, "loss > 1")
    pool.evaluate("innerview.setFocus(12)")
    before = kept(pool, count + 1)
    pool.wait_for_function("location.hash.includes('query=') && location.hash.includes('focus=12')")
    pool.reload()
    pool.wait_for_function("window.innerview?.tiles.length > 0")
    pool.evaluate("innerview.ready")
    pool.wait_for_function(f"innerview.hub.selectionCount === {count}")
    assert shown(pool) == before[:15]
    assert kept(pool, count + 1) == before, "the address gathers its query again, the pool knows it"


@pytest.mark.parametrize("broken", ["{", "null", "[1, 2]", '{"images": [1, -4, "x", 1e9, 1, 2]}'])
def test_broken_storage_is_no_obstacle(pool: Page, broken: str) -> None:
    read = pool.evaluate(
        """async (broken) => {
          sessionStorage.setItem('innerview-pool-broken', broken);
          const address = new URL('assets/workbench/pool/model.js', document.baseURI);
          const { Pool } = await import(address);
          const pool = new Pool('broken', 100);
          sessionStorage.removeItem('innerview-pool-broken');
          return pool.indices;
        }""",
        broken,
    )
    assert read == ([1, 2] if "images" in broken else [])
