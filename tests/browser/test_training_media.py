"""The tabs Histograms, Images and Thoughts of the page Training, used as a person uses them."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, expect

import innerview
from innerview.store import Store
from tests.browser.training import open_training, serve_store

# Steps at which each of two runs logs an image; they share only some.
IMAGES = {"early": (0, 10, 20, 40), "late": (5, 20, 25, 60)}
SIDE = 28


def digit(step: int) -> NDArray[np.float64]:
    """(28, 28), 0 to 1: bright above left, another brightness at each step, dark elsewhere."""
    image = np.zeros((SIDE, SIDE))
    image[: SIDE // 2, : SIDE // 2] = 0.3 + step / 200
    return image


def log(store: Path, name: str) -> str:
    """A run with images, histograms, a thought and a logged text; returns its id."""
    rng = np.random.default_rng(len(name))
    with innerview.SummaryWriter(str(store), "default", name=name) as writer:
        for step in IMAGES[name]:
            writer.add_image("digit", digit(step), step, dataformats="HW")
            writer.add_histogram("dense/kernel", rng.normal(step / 30, 1, 700), step)
            writer.add_scalar("epoch", step / 10, step)
        writer.add_image("photo", rng.random((768, 1024, 3)), 20)
        writer.add_thought(f"{name} begins well")
        for step in (1, 2):
            writer.add_text("summary", f"layers of {name} at {step}", step)
        return str(writer.run)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("media") / "runs"


@pytest.fixture(scope="module")
def ids(folder: Path) -> dict[str, str]:
    """The runs by their names, "late" being the newer one."""
    return {name: log(folder, name) for name in IMAGES}


@pytest.fixture(scope="module")
def store(folder: Path, ids: dict[str, str]) -> Iterator[Store]:
    with innerview.open_store(folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def url(root: Path, folder: Path, ids: dict[str, str]) -> Iterator[str]:
    with serve_store(root, folder) as address:
        yield address


@pytest.fixture(scope="module")
def opened(context: BrowserContext, url: str) -> Iterator[Page]:
    """The page of the store; shared by tests that each bring their own tab into order."""
    with open_training(context, url) as page:
        yield page


@pytest.fixture
def page(opened: Page) -> Page:
    """The same with the pointer where nothing is."""
    opened.mouse.move(5, 5)
    return opened


def show_images(page: Page) -> None:
    """The tab Images at the last of all steps."""
    open_tab(page, "Images")
    slider = page.get_by_label("Step of the images")
    expect(slider).to_be_enabled()
    slider.press("End")
    wait_for_images(page)


def open_tab(page: Page, name: str) -> Locator:
    page.get_by_role("tab", name=name).click()
    panel = page.get_by_role("tabpanel", name=name)
    expect(panel).to_be_visible()
    return panel


def set_range(field: Locator, value: float) -> None:
    """Moves a slider as the pointer does."""
    field.evaluate(
        """(field, value) => {
            field.value = value
            field.dispatchEvent(new Event('input', { bubbles: true }))
        }""",
        value,
    )


def cell(page: Page, run: str, tag: str = "digit") -> Locator:
    return page.locator(f'.image-cell[data-run="{run}"][data-tag="{tag}"]')


def wait_for_images(page: Page) -> None:
    """Until each cell in view shows what its caption says."""
    page.wait_for_function(
        """() => [...document.querySelectorAll('.image-cell')].every(({ cell }) => {
            const shown = cell.element.querySelector('img')
            const id = cell.image && encodeURIComponent(cell.image.id)
            return !id || (shown.complete && shown.src.includes(id))
        })"""
    )


def seen(element: Locator) -> NDArray[np.float64]:
    """(2, 2): the mean brightness, 0 to 255, of the quarters of what is seen of an image."""
    picture = Image.open(io.BytesIO(element.screenshot())).convert("L")
    values = np.asarray(picture, float)
    height, width = (side // 2 for side in values.shape)
    corners = values[: 2 * height, : 2 * width].reshape(2, height, 2, width)
    # The middles of the quarters: their edges are those of the image's frame.
    middles = corners[:, height // 4 : -height // 4, :, width // 4 : -width // 4]
    return np.asarray(middles.mean((1, 3)), np.float64)


def test_one_slider_reaches_every_step_of_all_runs(
    page: Page, ids: dict[str, str], store: Store
) -> None:
    open_tab(page, "Images")
    slider = page.get_by_label("Step of the images")
    steps = sorted({step for logged in IMAGES.values() for step in logged})
    expect(slider).to_have_attribute("max", str(len(steps) - 1))
    expect(slider).to_have_value(str(len(steps) - 1))
    slider.press("Home")
    for place, step in enumerate(steps):
        expect(page.locator(".steps-said:visible b")).to_have_text(f"step {step}")
        wait_for_images(page)
        for name, run in ids.items():
            before = [logged for logged in IMAGES[name] if logged <= step]
            expect(cell(page, run).locator("figcaption")).to_have_text(
                f"step {before[-1]}" if before else "not yet"
            )
            if not before:
                continue
            logged = store.images(run, "digit").set_index("step").loc[before[-1]]
            source = cell(page, run).locator("img").get_attribute("src")
            assert str(logged["id"]) in unquote(source or "")
        if place < len(steps) - 1:
            page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="The step after")).to_be_disabled()

    page.keyboard.press("Home")
    page.keyboard.press("Space")
    expect(slider).to_have_value(str(len(steps) - 1), timeout=15_000)


def test_after_a_click_on_the_tab_the_arrow_keys_are_the_images(page: Page) -> None:
    tab = page.get_by_role("tab", name="Images", exact=True)
    tab.click()
    slider = page.get_by_label("Step of the images")
    expect(slider).to_be_enabled()
    last = int(slider.input_value())
    page.keyboard.press("ArrowLeft")
    expect(slider).to_have_value(str(last - 1))
    expect(tab).to_have_attribute("aria-selected", "true")
    tab.focus()
    page.keyboard.press("ArrowLeft")
    histograms = page.get_by_role("tab", name="Histograms", exact=True)
    expect(histograms).to_have_attribute("aria-selected", "true")


def test_small_images_are_crisp_and_large_ones_whole(page: Page, ids: dict[str, str]) -> None:
    show_images(page)
    set_range(page.get_by_label("Size of the images"), 224)
    for tag, width, rendering in (("digit", 224, "pixelated"), ("photo", 224, "auto")):
        small = cell(page, ids["late"], tag).locator("img")
        expect(small).to_be_visible()
        expect(small).to_have_css("width", f"{width}px")
        expect(small).to_have_css("image-rendering", rendering)
    cell(page, ids["late"], "photo").get_by_role("button").click()
    shown = page.locator(".lightbox img")
    expect(shown).to_be_visible()
    width, height = shown.evaluate("(image) => [image.clientWidth, image.clientHeight]")
    assert width / height == pytest.approx(1024 / 768, rel=0.01)
    shown.hover(position={"x": 3, "y": 3})
    expect(page.locator(".lightbox-pixel")).to_have_text(re.compile(r"row \d+, column \d+: \d+, "))
    with page.expect_download() as saved:
        page.locator(".lightbox-save").click()
    assert saved.value.suggested_filename == "late-photo-20.png"
    with Image.open(saved.value.path()) as image:
        assert image.size == (1024, 768)
    page.keyboard.press("Escape")
    expect(page.locator(".lightbox")).to_be_hidden()


def test_brightness_flip_and_rotation_are_seen_at_once(page: Page, ids: dict[str, str]) -> None:
    show_images(page)
    set_range(page.get_by_label("Size of the images"), 140)
    image = cell(page, ids["early"]).locator(".image-frame")
    wait_for_images(page)
    (above_left, above_right), (below_left, below_right) = before = seen(image)
    assert above_left == pytest.approx(255 * (0.3 + 40 / 200), abs=8)
    assert max(above_right, below_left, below_right) < 8

    set_range(page.get_by_label("Brightness"), 0.5)
    assert seen(image)[0, 0] == pytest.approx(above_left * 2**0.5, rel=0.05)
    page.get_by_role("button", name="as logged").click()
    assert seen(image) == pytest.approx(before, abs=2)

    page.get_by_role("button", name="Flip left and right").click()
    assert seen(image) == pytest.approx(before[:, ::-1], abs=2)
    page.get_by_role("button", name="Rotate by 90°").click()
    page.get_by_role("button", name="Flip left and right").click()
    # Clockwise, as all that look at photographs expect.
    assert seen(image) == pytest.approx(np.rot90(before, -1), abs=2)
    page.get_by_role("button", name="as logged").click()


def test_a_histogram_is_the_one_of_the_store(page: Page, ids: dict[str, str], store: Store) -> None:
    panel = open_tab(page, "Histograms")
    panel.locator("select").first.select_option(ids["early"])
    said = panel.locator(".histogram-card").first.locator(".histogram-said")
    logged = store.histograms(ids["early"], "dense/kernel")
    expect(said).to_contain_text(f"step {logged[-1].step}, epoch")
    page.keyboard.press("Home")
    bars = panel.locator(".bars-sheet").first
    for number, histogram in enumerate(logged):
        expect(said).to_contain_text(f"step {histogram.step}, epoch {histogram.step // 10}")
        expect(said).to_contain_text("700 values")
        fullest = int(histogram.counts.argmax())
        middle = float(histogram.edges[fullest : fullest + 2].mean())
        place = panel.evaluate("(_, value) => window.innerview.histograms.place(value)", middle)
        bars.hover(position={"x": place, "y": 40})
        low, high = histogram.edges[fullest : fullest + 2]
        expect(said).to_contain_text(
            f"{number_text(low)} to {number_text(high)}: {int(histogram.counts[fullest])} of 700"
        )
        page.mouse.move(5, 5)
        if number < len(logged) - 1:
            page.keyboard.press("ArrowRight")


def number_text(value: float) -> str:
    """Four digits that count, as the page writes them."""
    return f"{float(f'{value:.4g}'):g}".replace("-", "−")


def test_views_zoom_and_a_second_run_stay_while_a_run_grows(
    page: Page, folder: Path, ids: dict[str, str]
) -> None:
    panel = open_tab(page, "Histograms")
    panel.get_by_label("Step of the histograms").press("End")
    panel.locator("select").nth(0).select_option(ids["late"])
    panel.locator("select").nth(1).select_option(ids["early"])
    expect(panel.locator(".histogram-card:visible")).to_have_count(2)
    box = panel.locator(".ridges").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 100, steps=3)
    page.mouse.up()
    expect(panel.get_by_role("button", name="whole range")).to_be_visible()
    zoom = page.evaluate("innerview.histograms.range")
    page.keyboard.press("ArrowLeft")
    slider = panel.get_by_label("Step of the histograms")
    place = slider.input_value()

    with innerview.SummaryWriter(str(folder), run=ids["late"]) as writer:
        writer.add_histogram("dense/kernel", np.random.default_rng(9).normal(0, 1, 700), 80)
    expect(slider).to_have_attribute("max", str(int(slider.get_attribute("max") or 0) + 1))
    assert page.evaluate("innerview.histograms.range") == zoom
    assert slider.input_value() == place
    expect(panel.locator("select").nth(1)).to_have_value(ids["early"])

    panel.get_by_role("radio", name="Percentiles").click()
    expect(panel.locator(".overtime .scatterlayer .js-line")).to_have_count(10)
    panel.get_by_role("radio", name="Heat map").click()
    expect(panel.locator(".overtime .heatmaplayer image")).to_have_count(2)
    assert page.evaluate("innerview.histograms.range") == zoom


def thought(page: Page, words: str) -> Locator:
    return page.locator(".thought", has=page.locator(f'.thought-text:has-text("{words}")'))


def test_a_thought_edited_in_the_page_is_the_right_runs(
    page: Page, folder: Path, ids: dict[str, str], store: Store
) -> None:
    open_tab(page, "Thoughts")
    mine = thought(page, "early begins well")
    expect(mine.locator(".thought-run")).to_have_text("early")
    mine.hover()
    mine.get_by_role("button", name="Edit").click()
    field = page.get_by_label("Thought of early")
    field.fill("early begins badly,\n<b>see</b> step 10")

    # Another process goes on writing meanwhile: what is being typed stays, and so does the cursor.
    with innerview.SummaryWriter(str(folder), run=ids["late"]) as writer:
        writer.add_thought("late goes on")
    expect(thought(page, "late goes on").locator(".thought-run")).to_have_text("late")
    expect(field).to_be_focused()
    expect(field).to_have_value("early begins badly,\n<b>see</b> step 10")
    page.keyboard.press("Control+Enter")
    expect(thought(page, "early begins badly").locator(".thought-text")).to_have_text(
        "early begins badly,\n<b>see</b> step 10", use_inner_text=True
    )
    texts = {name: list(store.thoughts(run)["text"]) for name, run in ids.items()}
    assert texts["early"] == ["early begins badly,\n<b>see</b> step 10"]
    assert sorted(texts["late"]) == ["late begins well", "late goes on"]

    thought(page, "late goes on").locator(".thought-text").dblclick()
    page.get_by_label("Thought of late").fill("nothing of this")
    page.keyboard.press("Escape")
    expect(thought(page, "late goes on")).to_be_visible()

    page.reload()
    expect(thought(page, "early begins badly").locator(".thought-run")).to_have_text("early")


def test_a_thought_is_added_found_removed_and_taken_back(
    page: Page, ids: dict[str, str], store: Store
) -> None:
    open_tab(page, "Thoughts")
    page.get_by_label("Run of the new thought").select_option(ids["early"])
    page.get_by_label("New thought", exact=True).fill("a warm-up helps")
    page.keyboard.press("Control+Enter")
    added = thought(page, "a warm-up helps")
    expect(added.locator(".thought-run")).to_have_text("early")
    assert "a warm-up helps" in list(store.thoughts(ids["early"])["text"])

    page.get_by_label("Find words").fill("HELPS warm")
    expect(page.locator(".thought")).to_have_count(1)
    expect(added.locator("mark")).to_have_text(["warm", "helps"])
    added.hover()
    added.get_by_role("button", name="Remove").click()
    expect(page.locator(".thought")).to_have_count(0)
    assert "a warm-up helps" not in list(store.thoughts(ids["early"])["text"])
    page.get_by_role("button", name="Undo").click()
    expect(added.locator(".thought-run")).to_have_text("early")
    assert list(store.thoughts(ids["early"])["text"]).count("a warm-up helps") == 1

    page.get_by_label("Find words").fill("")
    page.get_by_role("radio", name="Logged texts").click()
    expect(page.locator(".thought .chip")).to_have_text(["summary", "summary"])
    thought(page, "layers of late at 2").get_by_role("button", name="1 earlier").click()
    expect(thought(page, "layers of late at 1").locator(".thought-where")).to_have_text(
        "step 1, epoch 0.5"
    )
    page.get_by_label("Texts of").select_option(ids["early"])
    expect(page.locator(".thought")).to_have_count(1)


def test_a_store_that_is_only_read_says_why_nothing_can_be_written(
    context: BrowserContext, url: str, tmp_path: Path
) -> None:
    log_file = tmp_path / "log.csv"
    log_file.write_text("epoch,accuracy,loss\n0,0.5,1.5\n1,0.6,1.2\n", encoding="utf-8")
    with open_training(context, url) as page:
        open_tab(page, "Thoughts")
        page.evaluate("(path) => innerview.training.open(path)", str(log_file))
        expect(page.locator(".composer")).to_contain_text("only read here")
        expect(page.get_by_label("New thought", exact=True)).to_be_hidden()
        expect(page.locator(".thoughts-main")).to_contain_text("No texts are logged in this store.")
