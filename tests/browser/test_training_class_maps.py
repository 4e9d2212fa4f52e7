"""The tab Class maps of the page Training, used as a person uses it, on known maps."""

import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, expect

import innerview
from innerview.records import RunChanged
from innerview.stores import open_backend
from tests.browser.training import open_training
from tests.class_map_stores import (
    NAMES,
    XLIM,
    YLIM,
    map_record,
    maps_of,
    points_record,
    probabilities,
)
from tests.training_stores import alive_now, run_records

# Of the runs "first" and "second" of the shared store; the winds of the second are turned.
EPOCHS = {"first": (0, 1, 2, 4), "second": (0, 2, 4, 5)}
TURN = 0.4
# Points of the grid, as `map_record` lays it.
COLUMNS, ROWS = np.linspace(*XLIM, 41), np.linspace(*YLIM, 21)
PLACES = [(float(COLUMNS[i]), float(ROWS[j])) for i, j in ((3, 2), (20, 7), (37, 15), (12, 19))]
STORED = 2e-5


@pytest.fixture(scope="module")
def ids(training_store: Path) -> dict[str, str]:
    """The ids of the runs by their names, "first" and "second" having maps."""
    with innerview.open_store(training_store) as store:
        runs = store.runs()
        ids = {str(name): str(id) for name, id in zip(runs["name"], runs["id"], strict=True)}
    backend = open_backend(str(training_store))
    for name, epochs in EPOCHS.items():
        backend.write(maps_of(ids[name], epochs, TURN if name == "second" else 0.0))
    backend.close()
    return ids


@pytest.fixture(scope="module")
def opened(context: BrowserContext, training_url: str, ids: dict[str, str]) -> Iterator[Page]:
    address = f"{training_url}#tab=maps&t-map-runs={ids['first']}"
    with open_training(context, address) as page:
        wait(page)
        yield page


@pytest.fixture
def page(opened: Page, ids: dict[str, str]) -> Page:
    """The last map of the first run alone, drawn as at first, nothing pinned, nothing focused."""
    opened.mouse.move(2, 2)
    opened.get_by_label("Run", exact=True).select_option(ids["first"])
    opened.get_by_label("Run beside it").select_option("")
    for what, name in (("View", "Regions"), ("Between two maps", "linear"), ("Points", "all")):
        choose(opened, what, name)
    wait(opened)
    sheet(opened).press("Escape")
    expect(opened.locator(".class-probe:visible")).to_have_count(0)
    go(opened, EPOCHS["first"][-1])
    opened.evaluate("() => document.activeElement.blur()")
    return opened


def wait(page: Page, cards: int = 1) -> None:
    """Until as many maps are drawn."""
    page.wait_for_function(
        """(n) => {
            const { cards } = window.innerview.classMaps ?? {}
            return cards?.length === n && cards.every((card) => card.sharesAt(0, 0))
        }""",
        arg=cards,
    )


def settle(page: Page) -> None:
    """Until the maps are drawn that the slider says: it is ahead of them by a frame or two."""
    page.evaluate("() => new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))")
    wait(page, page.locator(".class-map-card:visible").count())


def rest(page: Page) -> None:
    """Until names and points are drawn again, which wait for the slider to stand still."""
    page.wait_for_timeout(400)
    settle(page)


def go(page: Page, epoch: float) -> None:
    page.evaluate("(epoch) => innerview.classMaps.player.go(epoch)", epoch)
    expect(page.locator(".steps-said:visible b")).to_have_text(f"epoch {epoch:g}")
    settle(page)


def choose(page: Page, what: str, name: str) -> None:
    page.get_by_role("radiogroup", name=what).get_by_role("radio", name=name).click()


def shares(page: Page, card: int = 0) -> NDArray[np.float64]:
    """The probabilities that are drawn at PLACES, (places, classes)."""
    settle(page)
    found: Any = page.evaluate(
        "([k, at]) => at.map(([x, y]) => innerview.classMaps.cards[k].sharesAt(x, y))",
        [card, PLACES],
    )
    return np.array(found)


def truth(epoch: float, turn: float = 0.0) -> NDArray[np.float64]:
    x, y = np.array(PLACES).T
    return probabilities(x, y, epoch, turn)


def sheet(page: Page, card: int = 0) -> Locator:
    return page.locator(".class-map-sheet").nth(card)


def pixel(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a place is on the first card."""
    left, top = page.evaluate("(at) => innerview.classMaps.cards[0].place(...at)", [x, y])
    return float(left), float(top)


def color(page: Page, x: float, y: float) -> NDArray[np.float64]:
    """What is drawn at a place, RGB."""
    left, top = pixel(page, x, y)
    picture = Image.open(io.BytesIO(sheet(page).screenshot())).convert("RGB")
    return np.array(picture.getpixel((round(left), round(top))), float)


def test_the_slider_shows_the_probabilities_of_each_epoch_and_between(page: Page) -> None:
    slider = page.get_by_label("Epoch of the maps")
    expect(slider).to_have_attribute("max", "3")
    expect(page.locator(".steps-said:visible b")).to_have_text("epoch 4")
    np.testing.assert_allclose(shares(page), truth(4), rtol=0, atol=STORED)
    page.keyboard.press("Home")
    expect(page.locator(".steps-said:visible")).to_contain_text("epoch 0map 1 of 4")
    np.testing.assert_allclose(shares(page), truth(0), rtol=0, atol=STORED)
    page.keyboard.press("ArrowRight")
    expect(page.locator(".class-map-when:visible")).to_have_text("epoch 1, step 10")
    np.testing.assert_allclose(shares(page), truth(1), rtol=0, atol=STORED)

    go(page, 2.5)
    linear = 0.75 * truth(2) + 0.25 * truth(4)
    np.testing.assert_allclose(shares(page), linear, rtol=0, atol=STORED)
    choose(page, "Between two maps", "geometric")
    geometric = truth(2) ** 0.75 * truth(4) ** 0.25
    geometric /= geometric.sum(1, keepdims=True)
    np.testing.assert_allclose(shares(page), geometric, rtol=0, atol=2e-3)
    choose(page, "Between two maps", "none")
    expect(page.locator(".steps-said:visible b")).to_have_text("epoch 2")
    np.testing.assert_allclose(shares(page), truth(2), rtol=0, atol=STORED)


def test_maps_play_to_the_last_and_are_drawn_as_regions_or_as_a_boundary(page: Page) -> None:
    page.keyboard.press("Home")
    page.get_by_label("Speed").last.select_option("4")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.locator(".steps-said:visible b")).to_have_text("epoch 4", timeout=30_000)
    expect(page.get_by_role("button", name="Play")).to_be_visible()

    choose(page, "Points", "none")
    rest(page)
    # Blue is the north, yellow the east, and the line between them is dark.
    north, east = color(page, 0.1, 0.9), color(page, 0.9, 0.1)
    assert north[2] > north[0] + 40 and east[0] > east[2] + 40
    choose(page, "View", "Boundary")
    rest(page)
    sure, border = color(page, 0.0, 0.95), color(page, 0.7, 0.7)
    assert np.ptp(sure) < 30 < np.ptp(border)
    expect(page.locator(".class-legend")).to_contain_text("undecided, 1 in 5")


def test_a_place_tells_its_probabilities_and_is_pinned(page: Page) -> None:
    go(page, 4)
    x, y = PLACES[2]
    left, top = pixel(page, x, y)
    sheet(page).hover(position={"x": left, "y": top})
    probe = page.locator(".class-probe:visible")
    expected = truth(4)[2]
    best = int(expected.argmax())
    first = probe.locator(".class-probe-row").first
    expect(first.locator("dt")).to_have_text(NAMES[best])
    said = float((first.locator("dd").text_content() or "").rstrip(" %"))
    assert said == pytest.approx(100 * expected[best], abs=1.5)
    sheet(page).click(position={"x": left, "y": top})
    page.mouse.move(2, 2)
    expect(probe).to_contain_text("pinned")
    page.keyboard.press("Home")
    expect(page.locator(".steps-said:visible b")).to_have_text("epoch 0")
    settle(page)
    expect(first.locator("dt")).to_have_text(NAMES[best])
    assert float((first.locator("dd").text_content() or "").rstrip(" %")) < said
    sheet(page).focus()
    page.keyboard.press("Escape")
    expect(probe).to_have_count(0)
    page.keyboard.press("ArrowLeft")
    expect(probe).to_contain_text("x 0, y 0.25")
    expect(page.locator(".steps-said:visible b")).to_have_text("epoch 0")


def test_two_runs_show_the_same_epoch_and_what_is_wrong(page: Page, ids: dict[str, str]) -> None:
    page.get_by_label("Run beside it").select_option(ids["second"])
    wait(page, 2)
    expect(page.get_by_label("Epoch of the maps")).to_have_attribute("max", "4")
    when = page.locator(".class-map-when")
    expect(when.nth(0)).to_have_text("epoch 4, step 40, its last")
    expect(when.nth(1)).to_have_text("epoch 5, step 50")
    go(page, 1)
    # The second has no map of this epoch, and is halfway between two.
    np.testing.assert_allclose(shares(page, 0), truth(1), rtol=0, atol=STORED)
    halfway = (truth(0, TURN) + truth(2, TURN)) / 2
    np.testing.assert_allclose(shares(page, 1), halfway, rtol=0, atol=STORED)

    go(page, 4)
    record = points_record("any")
    for card, turn in enumerate((0.0, TURN)):
        x, y = record.points.T
        wrong = int((probabilities(x, y, 4, turn).argmax(1) != record.labels).sum())
        text = page.locator(".class-map-wrong").nth(card).text_content() or ""
        # Between the points of the grid a map is a straight line.
        assert abs(int(text.split()[1]) - wrong) <= 1 and "of 60 points" in text
    page.get_by_label("Run beside it").select_option(ids["third"])
    expect(page.locator(".class-map-card").nth(1)).to_contain_text("third has recorded no map")


def test_new_maps_appear_while_a_run_trains(page: Page, training_store: Path) -> None:
    backend = open_backend(str(training_store))
    try:
        backend.write([*run_records("live", **alive_now()), *maps_of("live", (0, 1))])
        page.get_by_label("Run", exact=True).select_option("live")
        when = page.locator(".class-map-when:visible").first
        expect(when).to_have_text("epoch 1, step 10")
        backend.write([map_record("live", 3, 30), RunChanged("live", time.time(), {})])
        expect(when).to_have_text("epoch 3, step 30")
        expect(page.get_by_label("Epoch of the maps")).to_have_attribute("max", "2")
        wait(page)
        np.testing.assert_allclose(shares(page), truth(3), rtol=0, atol=STORED)
    finally:
        # Others share the store.
        backend.erase("live")
        backend.close()


# Paints, with and without a graphics card, between two maps (and between two points of one) that
# have different classes and the same close second; answers the colours of a row of pixels.
PAINTING = """async () => {
    const { Field, Mixture } = await import('/assets/training/maps/field.js')
    const { Painter } = await import('/assets/training/maps/painter.js')
    const { paintPlainly } = await import('/assets/training/maps/plain.js')
    const field = (columns) => {
        const header = { xlim: [0, 1], ylim: [0, 1], width: 2, height: 2, classes: 3, layers: 1 }
        const text = JSON.stringify(header)
        const json = new TextEncoder().encode(text.padEnd(8 * Math.ceil((4 + text.length) / 8) - 4))
        const buffer = new ArrayBuffer(4 + json.length + 32)
        new DataView(buffer).setUint32(0, json.length, true)
        new Uint8Array(buffer, 4).set(json)
        const texels = [...columns, ...columns].flatMap((shares) => [...shares, 0])
        new Uint16Array(buffer, 4 + json.length).set(texels.map((share) => share * 65535))
        return new Field(buffer)
    }
    const [one, two] = [[0.5, 0.02, 0.48], [0.02, 0.5, 0.48]]
    const colors = [[255, 0, 0], [0, 255, 0], [0, 0, 255]]
    const look = {
        width: 40, height: 4, x: [0, 1], y: [0, 1], regions: true, shaded: false, colors,
        ramp: [[0, 0, 0], [9, 9, 9]], ground: [255, 255, 255], ink: [0, 0, 0], thick: 1,
    }
    const painter = Painter.open()
    const row = (picture) => {
        const canvas = document.createElement('canvas')
        Object.assign(canvas, { width: 40, height: 4 })
        const context = canvas.getContext('2d')
        context.drawImage(picture, 0, 0)
        const { data } = context.getImageData(0, 2, 40, 1)
        return Array.from({ length: 40 }, (_, k) => [...data.slice(4 * k, 4 * k + 3)])
    }
    const both = (mixture) => [row(painter.paint(mixture, look)), row(paintPlainly(mixture, look))]
    const between = [0.1, 0.45, 0.55, 0.9].flatMap((share) => [false, true].map(
        (geometric) => both(new Mixture(field([one, one]), field([two, two]), share, geometric))
    ))
    return { between, beside: both(new Mixture(field([one, two]))) }
}"""


def test_between_two_classes_no_third_one_is_drawn(page: Page) -> None:
    painted: Any = page.evaluate(PAINTING)
    first, second = [255, 128, 128], [128, 255, 128]
    for k, (card, plain) in enumerate(painted["between"]):
        expected = np.full((40, 3), first if k < 4 else second)
        np.testing.assert_allclose(card, expected, atol=1)
        np.testing.assert_allclose(plain, expected, atol=1)
    for row in painted["beside"]:
        # But for the line of the border itself, in the middle.
        np.testing.assert_allclose(row[:18], np.full((18, 3), first), atol=1)
        np.testing.assert_allclose(row[22:], np.full((18, 3), second), atol=1)
