"""The maps in a real browser: what a person does with mouse, wheel and keys, and what comes of it.

`page` is the study at 1440 x 900 with its maps drawn, `study_url` its address.
"""

import io
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page

Point = tuple[float, float]

SETTLED = """async (optimised) => {
  await innerview.ready;
  const tiles = innerview.tiles;
  const { study, hub } = innerview;
  const final = (tile) => !optimised || study.layoutState(tile.space, hub.method)?.final;
  const shown = (tile) => tile.shown && tile.shown.space === tile.space;
  const pause = () => new Promise((go) => setTimeout(go, 50));
  while (!tiles.every((tile) => shown(tile) && final(tile))) await pause();
  await Promise.all(tiles.map((tile) => tile.settled()));
}"""
NO_WEBGL2 = """
const open = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  return kind === 'webgl2' ? null : open.call(this, kind, ...rest);
};
"""


@pytest.fixture
def maps(page: Page) -> Page:
    """The page at rest, with nothing focused, selected or hidden and every view at home."""
    return page


def settle(page: Page, optimised: bool = True) -> None:
    """Wait until every tile shows what it should and nothing moves."""
    page.evaluate(SETTLED, optimised)


def hub(page: Page, expression: str) -> Any:
    return page.evaluate(f"innerview.hub.{expression}")


def canvas_box(page: Page, tile: int) -> tuple[float, float, float, float]:
    """Left, top, width and height of a tile's canvas in the page."""
    box = page.locator(".map-canvas").nth(tile).bounding_box()
    assert box is not None
    return box["x"], box["y"], box["width"], box["height"]


def screen(page: Page, tile: int, index: int) -> Point | None:
    """Where a sample is in the tile's canvas."""
    at = page.evaluate("([tile, i]) => innerview.tiles[tile].screen(i)", [tile, index])
    return None if at is None else (at[0], at[1])


def all_points(page: Page, tile: int) -> NDArray[np.float64]:
    """(N, 2) positions in the tile's canvas; NaN where hidden."""
    points = page.evaluate(
        """(tile) => {
          const one = innerview.tiles[tile];
          return Array.from({ length: innerview.study.n }, (_, i) => one.screen(i));
        }""",
        tile,
    )
    return np.array([(math.nan, math.nan) if at is None else at for at in points], dtype=np.float64)


def labels(page: Page) -> NDArray[np.int64]:
    return np.array(page.evaluate("Array.from(innerview.study.columns.get('label'))"))


def on_page(page: Page, tile: int, at: Point) -> Point:
    left, top, _, _ = canvas_box(page, tile)
    return left + at[0], top + at[1]


def lonely_sample(page: Page, tile: int) -> int:
    """The sample with the most room around it, well inside the canvas: no other can be meant."""
    points = all_points(page, tile)
    _, _, width, height = canvas_box(page, tile)
    inside = np.flatnonzero(
        (points[:, 0] > 30)
        & (points[:, 0] < width - 30)
        & (points[:, 1] > 30)
        & (points[:, 1] < height - 30)
    )
    assert len(inside) > 100, "the map shows hardly any points"
    candidates = inside[:: max(1, len(inside) // 1500)]
    distances = np.hypot(
        points[candidates, None, 0] - points[None, :, 0],
        points[candidates, None, 1] - points[None, :, 1],
    )
    distances[np.arange(len(candidates)), candidates] = np.inf
    room = np.nanmin(distances, axis=1)
    assert room.max() > 0.5, "every point of the map lies upon another"
    return int(candidates[room.argmax()])


def pixels(page: Page, tile: int) -> NDArray[np.uint8]:
    """(height, width, 3) of what the tile's canvas and its overlay look like."""
    left, top, width, height = canvas_box(page, tile)
    clip = {"x": left, "y": top, "width": width, "height": height}
    shot = page.screenshot(clip=clip)  # type: ignore[arg-type]
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"))


def drawn(picture: NDArray[np.uint8]) -> int:
    """How many pixels are not the background."""
    background = picture[2, 2].astype(int)
    return int((np.abs(picture.astype(int) - background).sum(axis=2) > 24).sum())


def drag(page: Page, path: list[Point], shift: bool = False) -> None:
    if shift:
        page.keyboard.down("Shift")
    page.mouse.move(*path[0])
    page.mouse.down()
    for at in path[1:]:
        page.mouse.move(*at)
    page.mouse.up()
    if shift:
        page.keyboard.up("Shift")


def encloses(polygon: list[Point], x: float, y: float) -> bool:
    """Even-odd rule, written independently of the page's own."""
    inside = False
    for (x1, y1), (x2, y2) in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        if min(y1, y2) <= y < max(y1, y2) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
            inside = not inside
    return inside


def zoom_into(page: Page, tile: int, index: int, until: str) -> None:
    """Wheel in on a sample until the expression of `view` holds."""
    for _ in range(60):
        at = screen(page, tile, index)
        assert at is not None
        page.mouse.move(*on_page(page, tile, at))
        page.mouse.wheel(0, -240)
        settle(page)
        if page.evaluate(f"((view) => {until})(innerview.tiles[{tile}].view)"):
            return
    pytest.fail(f"never came true while zooming in: {until}")


def test_click_on_a_point_focuses_it(maps: Page) -> None:
    for tile in (0, 1):
        index = lonely_sample(maps, tile)
        at = screen(maps, tile, index)
        assert at is not None
        maps.mouse.click(*on_page(maps, tile, at))
        assert hub(maps, "focus") == index
    maps.wait_for_function(f"location.hash.includes('focus={index}')")
    settle(maps)
    for tile in range(3):
        ring = maps.locator(".map-ring-focus").nth(tile).bounding_box()
        at = screen(maps, tile, index)
        assert ring is not None and at is not None
        x, y = on_page(maps, tile, at)
        assert ring["x"] + ring["width"] / 2 == pytest.approx(x, abs=1.5)
        assert ring["y"] + ring["height"] / 2 == pytest.approx(y, abs=1.5)


def test_click_on_nothing_keeps_the_focus(maps: Page) -> None:
    maps.evaluate("innerview.setFocus(7)")
    left, top, _, _ = canvas_box(maps, 0)
    assert maps.evaluate("innerview.tiles[0].view.nearest(3, 3)") is None
    maps.mouse.click(left + 3, top + 3)
    assert hub(maps, "focus") == 7


def test_lasso_selects_what_it_encloses(maps: Page) -> None:
    _, _, width, height = canvas_box(maps, 1)
    middle_x, middle_y = width / 2, height / 2
    # A star: concave, so that a bounding box or a convex hull would give another answer.
    star = [
        (
            middle_x + math.cos(k * math.pi / 7) * width * (0.42 if k % 2 else 0.2),
            middle_y + math.sin(k * math.pi / 7) * height * (0.42 if k % 2 else 0.2),
        )
        for k in range(14)
    ]
    points = all_points(maps, 1)
    expected = {i for i, (x, y) in enumerate(points) if encloses(star, x, y)}
    assert 20 < len(expected) < len(points) - 20
    drag(maps, [on_page(maps, 1, at) for at in star], shift=True)
    selected = set(
        maps.evaluate("Array.from(innerview.hub.selection ?? []).flatMap((on, i) => on ? [i] : [])")
    )
    # A point on the very line may fall on either side: the mouse's place is rounded to float32.
    assert len(selected ^ expected) <= 2
    assert hub(maps, "selectionCount") == len(selected)
    assert (
        maps.locator(".map-selected").first.inner_text().startswith(f"{len(selected):,} selected")
    )
    maps.keyboard.press("Escape")
    assert hub(maps, "selection") is None


def test_lasso_leaves_hidden_samples_out(maps: Page) -> None:
    maps.locator(".map-legend").nth(0).locator(".map-class").nth(0).click()
    settle(maps)
    _, _, width, height = canvas_box(maps, 0)
    corners = [(2.0, 2.0), (width - 2, 2.0), (width - 2, height - 2), (2.0, height - 2)]
    maps.locator(".map-tool-lasso").nth(0).click()
    drag(maps, [on_page(maps, 0, at) for at in corners])
    maps.locator(".map-tool-lasso").nth(0).click()
    selection = np.array(maps.evaluate("Array.from(innerview.hub.selection)"), dtype=bool)
    classes = labels(maps)
    assert selection[classes != 0].mean() > 0.98
    assert not selection[classes == 0].any()


def test_legend_hides_and_isolates_a_class(maps: Page) -> None:
    classes = labels(maps)
    before = [drawn(pixels(maps, tile)) for tile in range(3)]
    button = maps.locator(".map-legend").nth(0).locator(".map-class").nth(3)
    button.click()
    maps.mouse.move(1, 1)
    settle(maps)
    assert button.get_attribute("aria-pressed") == "false"
    for tile in range(3):
        hidden = np.isnan(all_points(maps, tile)[:, 0])
        assert np.array_equal(hidden, classes == 3)
        assert drawn(pixels(maps, tile)) < 0.97 * before[tile]
    button.click()
    button.dblclick()
    settle(maps)
    for tile in range(3):
        hidden = np.isnan(all_points(maps, tile)[:, 0])
        assert np.array_equal(hidden, classes != 3)
        assert 0 < drawn(pixels(maps, tile)) < 0.4 * before[tile]
    button.dblclick()
    assert not np.isnan(all_points(maps, 2)).any()


def test_hover_marks_the_sample_in_every_tile(maps: Page) -> None:
    index = lonely_sample(maps, 1)
    at = screen(maps, 1, index)
    assert at is not None
    maps.mouse.move(*on_page(maps, 1, at))
    maps.wait_for_function(f"innerview.hub.hover === {index}")
    settle(maps)
    for tile in range(3):
        ring = maps.locator(".map-ring-hover").nth(tile).bounding_box()
        place = screen(maps, tile, index)
        assert ring is not None and place is not None
        x, y = on_page(maps, tile, place)
        assert ring["x"] + ring["width"] / 2 == pytest.approx(x, abs=1.5)
        assert ring["y"] + ring["height"] / 2 == pytest.approx(y, abs=1.5)
    tip = maps.locator(".map-tip").nth(1)
    assert tip.is_visible() and not maps.locator(".map-tip").nth(0).is_visible()
    name = maps.evaluate(f"innerview.study.className({labels(maps)[index]})")
    assert f"#{index}" in tip.inner_text() and f"label {name}" in tip.inner_text()
    for tile in (0, 2):
        image = maps.locator(".map-mini").nth(tile)
        assert image.is_visible()
        assert f"/{index}.png" in (image.get_attribute("src") or "")
    maps.mouse.move(1, 1)
    maps.wait_for_function("innerview.hub.hover === null")


def test_layer_switch_moves_the_points(maps: Page) -> None:
    chosen = hub(maps, "layer")
    options = maps.locator("#map-layer option").evaluate_all("all => all.map((one) => one.value)")
    other = next(key for key in options if key != chosen)
    before = all_points(maps, 1)
    pixels_before = all_points(maps, 0)
    maps.select_option("#map-layer", other)
    halfway: list[float] = maps.evaluate(
        """async () => {
          const { view } = innerview.tiles[1];
          const seen = [];
          for (let frames = 0; frames < 3000 && seen.length < 3; frames++) {
            await new Promise(requestAnimationFrame);
            const { mixed } = view.morph;
            if (mixed > 0 && mixed < 1) seen.push(mixed);
          }
          return seen;
        }"""
    )
    assert halfway == sorted(halfway) and len(halfway) == 3, "the points jumped"
    settle(maps, optimised=False)
    assert maps.evaluate("innerview.tiles[1].shown.space") == other
    after = all_points(maps, 1)
    assert np.nanmedian(np.hypot(*(after - before).T)) > 2
    assert np.allclose(all_points(maps, 0), pixels_before), "the pixels' tile has no layer"
    maps.select_option("#map-layer", chosen)
    settle(maps)
    assert maps.evaluate("innerview.tiles[1].shown.space") == chosen


def test_zoom_keeps_the_point_under_the_pointer(maps: Page) -> None:
    before = all_points(maps, 0)
    left, top, width, height = canvas_box(maps, 0)
    # Whole pixels of the page: wheel events carry no fractions.
    pointer = np.round([left + width * 0.4, top + height * 0.6])
    maps.mouse.move(*pointer)
    for _ in range(4):
        maps.mouse.wheel(0, -200)
    maps.wait_for_function("innerview.tiles[0].view.camera.zoom > 4")
    settle(maps)
    zoom = maps.evaluate("innerview.tiles[0].view.camera.zoom")
    fixed = pointer - [left, top]
    assert np.allclose(all_points(maps, 0), fixed + zoom * (before - fixed), atol=0.05 * zoom)


def test_drag_pans_and_double_click_resets(maps: Page) -> None:
    home = all_points(maps, 0)
    left, top, width, height = canvas_box(maps, 0)
    middle = (left + width / 2, top + height / 2)
    drag(maps, [middle, (middle[0] + 20, middle[1] + 5), (middle[0] + 60, middle[1] - 40)])
    settle(maps)
    moved = all_points(maps, 0)
    assert np.allclose(moved - home, [60, -40], atol=0.51)
    maps.mouse.wheel(0, -500)
    settle(maps)
    maps.mouse.dblclick(left + 4, top + 4)
    settle(maps)
    assert np.allclose(all_points(maps, 0), home, atol=0.01)


def test_lost_context_draws_again(maps: Page) -> None:
    before = pixels(maps, 1)
    assert drawn(before) > 1000
    maps.evaluate(
        """async () => {
          const canvas = innerview.tiles[1].frame.stage.querySelector('canvas');
          const loss = canvas.getContext('webgl2').getExtension('WEBGL_lose_context');
          const once = { once: true };
          const happened = (name) => new Promise((go) => canvas.addEventListener(name, go, once));
          const lost = happened('webglcontextlost');
          loss.loseContext();
          await lost;
          await new Promise((go) => setTimeout(go, 50));
          const restored = happened('webglcontextrestored');
          loss.restoreContext();
          await restored;
        }"""
    )
    settle(maps)
    maps.wait_for_timeout(300)
    after = pixels(maps, 1)
    assert drawn(after) > 1000
    assert np.abs(after.astype(int) - before.astype(int)).mean() < 1


def test_deep_zoom_shows_the_images(maps: Page) -> None:
    index = lonely_sample(maps, 0)
    zoom_into(maps, 0, index, f"view.images?.indices.includes({index}) && view.images.side >= 40")
    maps.mouse.move(1, 1)
    maps.wait_for_function("innerview.hub.hover === null")
    maps.wait_for_timeout(500)
    settle(maps)
    shape = maps.evaluate("innerview.study.info.thumb")
    raw = maps.evaluate(
        """async (index) => {
          const body = Int32Array.of(index);
          const url = new URL('api/thumbnails', document.baseURI);
          const response = await fetch(url, { method: 'POST', body });
          return Array.from(new Uint8Array(await response.arrayBuffer()));
        }""",
        index,
    )
    thumbnail = np.array(raw, dtype=np.uint8).reshape(
        shape["height"], shape["width"], shape["channels"]
    )
    expected = Image.fromarray(np.repeat(thumbnail, 3 // shape["channels"], axis=2))
    side = maps.evaluate("innerview.tiles[0].view.images.side")
    scale = side / max(shape["width"], shape["height"])
    size = (round(shape["width"] * scale), round(shape["height"] * scale))
    at = screen(maps, 0, index)
    assert at is not None
    x, y = round(at[0]) - size[0] // 2, round(at[1]) - size[1] // 2
    seen = pixels(maps, 0)[y : y + size[1], x : x + size[0]].astype(float)
    wanted = np.asarray(expected.resize(size, Image.Resampling.NEAREST), dtype=float)
    assert seen.shape == wanted.shape, "the image is not wholly in view"
    correlation = np.corrcoef(seen.mean(axis=2).ravel(), wanted.mean(axis=2).ravel())[0, 1]
    assert correlation > 0.8


def test_png_export(maps: Page) -> None:
    _, _, width, height = canvas_box(maps, 2)
    with maps.expect_download() as download:
        maps.locator(".map-tool-export").nth(2).click()
        maps.locator(".menu:popover-open").get_by_text("As PNG").click()
    name = download.value.suggested_filename
    assert name.startswith("innerview-") and name.endswith("-loss.png")
    image = Image.open(download.value.path())
    assert image.format == "PNG"
    assert image.width >= 2 * width - 2 and image.height > 2 * height
    picture = np.asarray(image.convert("RGB"))
    middle = picture[picture.shape[0] // 8 : -picture.shape[0] // 8]
    assert len(np.unique(middle.reshape(-1, 3), axis=0)) > 20
    settle(maps)
    assert drawn(pixels(maps, 2)) > 1000, "the map itself is gone after the export"


def test_keyboard(maps: Page) -> None:
    home = all_points(maps, 0)
    maps.locator(".map-canvas").nth(0).focus()
    maps.keyboard.press("ArrowRight")
    settle(maps)
    assert np.allclose(all_points(maps, 0) - home, [-60, 0], atol=0.01)
    maps.keyboard.press("+")
    settle(maps)
    assert maps.evaluate("innerview.tiles[0].view.camera.zoom") > 1.2
    maps.keyboard.press("0")
    settle(maps)
    assert np.allclose(all_points(maps, 0), home, atol=0.01)
    _, _, width, height = canvas_box(maps, 0)
    distance = np.hypot(*(home - [width / 2, height / 2]).T)
    maps.keyboard.press("Enter")
    focus = hub(maps, "focus")
    assert distance[focus] == pytest.approx(distance.min(), abs=0.01)
    maps.keyboard.press("n")
    assert hub(maps, "focus") == (focus + 1) % len(home)
    maps.keyboard.press("p")
    maps.keyboard.press("p")
    assert hub(maps, "focus") == (focus - 1) % len(home)


def test_maximised_tile_fills_the_area(maps: Page) -> None:
    _, _, width, _ = canvas_box(maps, 0)
    maps.locator(".map-tool-maximise").nth(0).click()
    settle(maps)
    assert canvas_box(maps, 0)[2] > 2.5 * width
    assert not maps.locator(".map-canvas").nth(1).is_visible()
    assert drawn(pixels(maps, 0)) > 1000
    maps.keyboard.press("Escape")
    settle(maps)
    assert canvas_box(maps, 0)[2] == pytest.approx(width, abs=1)


def test_without_webgl2_plotly_shows_a_sample(blank_page: Page, study_url: str) -> None:
    page = blank_page
    page.add_init_script(NO_WEBGL2)
    page.goto(study_url)
    page.wait_for_function("window.innerview?.tiles.length === 3")
    page.wait_for_selector(".map-plotly .scatterlayer .point", state="attached")
    settle(page)
    notice = page.locator(".map-notice").first.inner_text()
    assert notice.startswith("This browser has no WebGL2; the map shows a sample of")
    counts: Callable[[], int] = page.locator(".map-plotly").first.locator(".point").count
    total = page.evaluate("innerview.study.n")
    assert min(total, 4000) < counts() <= 5020
    before = counts()
    page.locator(".map-legend").first.locator(".map-class").nth(1).click()
    settle(page)
    assert 0.8 * before < counts() < 0.97 * before
