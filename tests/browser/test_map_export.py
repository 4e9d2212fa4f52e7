"""The maps as SVG: every point a shape, or the picture and the reason for it."""

import json
import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from playwright.sync_api import Page

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def maps(page: Page) -> Page:
    page.set_default_timeout(90_000)
    page.wait_for_function("innerview.tiles.every((tile) => tile.shown?.space === tile.space)")
    page.wait_for_function("innerview.study.columns.has('correct')")
    return page


def save(page: Page, tile: int) -> ET.Element:
    page.evaluate("(tile) => innerview.tiles[tile].settled()", tile)
    with page.expect_download() as download:
        page.locator(".map-tool-export").nth(tile).click()
        page.locator(".menu:popover-open").get_by_text("As SVG").click()
    assert re.fullmatch(r"innerview-[\w.-]+\.svg", download.value.suggested_filename)
    return ET.parse(download.value.path()).getroot()


def points(root: ET.Element) -> list[ET.Element]:
    (group,) = (part for part in root.iter(f"{SVG}g") if part.get("id") == "points")
    return list(group)


def texts(root: ET.Element) -> list[str]:
    return [part.text or "" for part in root.iter(f"{SVG}text")]


def test_every_point_is_a_shape(maps: Page) -> None:
    maps.evaluate("innerview.setFocus(12)")
    root = save(maps, 0)
    shapes = points(root)
    assert len(shapes) == 10_000
    colors = {shape.get("fill") for shape in shapes}
    assert len(colors) == 10
    (ring,) = (part for part in root.iter(f"{SVG}circle") if part.get("class") == "focus")
    x, y = maps.evaluate("innerview.tiles[0].screen(12)")
    assert float(ring.get("cx", 0)) == pytest.approx(x, abs=0.01)
    assert float(ring.get("cy", 0)) == pytest.approx(y, abs=0.01)
    assert texts(root)[0] == "Pixels"
    assert texts(root)[-10:] == [str(digit) for digit in range(10)]


def test_wrong_ones_are_diamonds_and_hidden_ones_are_left_out(maps: Page) -> None:
    maps.evaluate("innerview.tiles[1].field = 'correct'")
    wrong = maps.evaluate("innerview.study.columns.get('correct').filter((ok) => !ok).length")
    diamonds = [shape for shape in points(save(maps, 1)) if shape.tag == f"{SVG}path"]
    assert len(diamonds) == wrong
    maps.evaluate("innerview.hub.setHidden('correct', [1])")
    assert len(points(save(maps, 1))) == wrong
    maps.evaluate("innerview.hub.setHidden('correct', [])")


def test_others_fade_behind_a_selection(maps: Page) -> None:
    maps.evaluate("innerview.setSelection([5, 6, 7])")
    shapes = points(save(maps, 1))
    strong = [shape for shape in shapes if float(shape.get("fill-opacity", 0)) > 0.5]
    assert len(strong) == 3
    assert shapes[-3:] == strong, "what is selected lies on top"
    maps.evaluate("innerview.setSelection(null)")


def compose(page: Page, changes: str) -> ET.Element:
    """The SVG of the third tile with some of its parts replaced."""
    written: Any = page.evaluate(
        """async (changes) => {
          const { composeSvg } = await import(new URL('assets/map/exportsvg.js', document.baseURI));
          const tile = innerview.tiles[2];
          await tile.settled();
          const changed = new Function('tile', `return ${changes}`)(tile);
          const { frame, title, subtitle, field, encoding, view } = tile;
          const screen = () => null;
          const other = { frame, title, subtitle, field, encoding, view, screen, ...changed };
          return (await composeSvg(other)).text();
        }""",
        changes,
    )
    return ET.fromstring(written)


def test_very_many_points_become_a_picture_that_says_so(maps: Page) -> None:
    root = compose(
        maps,
        """{
          encoding: {
            legend: null,
            style: new Uint8Array(4 * 100001),
            order: Uint32Array.from({ length: 100001 }, (_, i) => i),
          },
          view: {
            look: tile.view.look, camera: tile.view.camera, images: null,
            morph: { at: () => [tile.view.camera.view.x, tile.view.camera.view.y] },
            snapshot: (scale) => tile.view.snapshot(scale),
          },
        }""",
    )
    (picture,) = root.iter(f"{SVG}image")
    assert picture.get("href", "").startswith("data:image/png;base64,")
    assert texts(root)[-1] == "The map is embedded as a picture, as it has 100,001 points."


def test_any_name_leaves_the_file_well_formed(maps: Page) -> None:
    name = '<b> & "quoted" \x00\x08 ]]> 猫'
    entry = {"value": 0, "label": name, "color": "red", "shape": "disc", "count": 1}
    legend = json.dumps({"kind": "classes", "field": "label", "entries": [entry]})
    root = compose(maps, f"{{ encoding: {{ ...tile.encoding, legend: {legend} }} }}")
    assert texts(root)[-1] == '<b> & "quoted"  ]]> 猫'
