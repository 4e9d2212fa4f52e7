"""The graph as a person uses it: open blocks, choose a layer, find one; by mouse and keyboard."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

PATIENCE = 90_000
# What is drawn of the nested graph while its blocks are closed, among others.
TOP = {":input", "outer", "conv4"}
CY = "document.getElementById('graph-view')._cyreg.cy"


def open_network(page: Page, url: str) -> Page:
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    # The first page that asks waits for the whole study.
    page.wait_for_selector(".graph-head h3", timeout=2 * PATIENCE)
    return page


@pytest.fixture(scope="module")
def network(context: BrowserContext, study_url: str) -> Iterator[Page]:
    """The page Network, its graph drawn; shared by tests that each choose their own layer."""
    page = open_network(context.new_page(), f"{study_url}network")
    yield page
    page.close()


def block(name: str, parent: str | None, layers: int) -> dict[str, object]:
    told = {"id": name, "title": name, "name": name, "parent": parent, "layers": layers}
    rest = {"kind": "block", "layer": None, "shape": "", "repeats": None, "open": False}
    return told | rest | {"params": 13888}


def nest(route: Route) -> None:
    """The study's own graph, with its first convolutions in a block within a block."""
    told = route.fetch().json()
    graph = told["graph"]
    if graph is not None:
        inner = {"conv2", "conv3", "pool2"}
        for node in graph["nodes"]:
            if node["id"] in inner:
                node["parent"] = "inner"
            elif node["id"] in {"conv1", "pool1"}:
                node["parent"] = "outer"
        graph["nodes"] += [block("outer", None, 5), block("inner", "outer", 3)]
    route.fulfill(body=json.dumps(told), content_type="application/json")


@pytest.fixture(scope="module")
def opened(context: BrowserContext, study_url: str) -> Iterator[Page]:
    """The same, with blocks."""
    page = context.new_page()
    page.route("**/api/graph", nest)
    yield open_network(page, f"{study_url}network")
    page.close()


@pytest.fixture
def nested(opened: Page) -> Page:
    """The same, its blocks closed and no layer chosen."""
    for name, inside in (("inner", "conv2"), ("outer", "conv1")):
        if inside in shown(opened):
            click(opened, name)
    opened.evaluate("() => innerview.setLayer(null)")
    assert shown(opened) > TOP and "conv1" not in shown(opened)
    return opened


def shown(page: Page) -> set[str]:
    """Ids of the layers and closed blocks that are drawn."""
    return set(page.evaluate(f"() => {CY}.nodes('.node').map((node) => node.id())"))


def click(page: Page, name: str) -> None:
    """Click a node, or the heading of an open block."""
    place = page.evaluate(f"(id) => {CY}.getElementById(id).renderedPosition()", name)
    box = page.locator(".graph-stage").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + place["x"], box["y"] + place["y"])


def wait_for_class(page: Page, name: str, mark: str) -> None:
    page.wait_for_function(
        f"([id, mark]) => {CY}.getElementById(id).hasClass(mark)", arg=[name, mark]
    )


def test_blocks_open_and_close_in_place(nested: Page) -> None:
    edges = nested.evaluate(
        f"() => {CY}.edges().map((e) => [e.source().id(), e.target().id()].join())"
    )
    assert ":input,outer" in edges and "outer,conv4" in edges
    click(nested, "outer")
    assert {"conv1", "pool1", "inner"} < shown(nested) and "outer" not in shown(nested)
    click(nested, "inner")
    assert {"conv1", "conv2", "conv3", "pool2"} < shown(nested)
    nested.wait_for_function("() => location.hash.includes('open=outer,inner')")
    expect(nested.locator(".graph-head h3")).to_have_text("inner")

    nested.reload()
    nested.wait_for_selector(".graph-head h3")
    assert "conv3" in shown(nested)
    click(nested, "outer")
    assert shown(nested) > TOP and "conv1" not in shown(nested)


def test_search_opens_what_a_layer_lies_in_and_keys_go_on(nested: Page) -> None:
    nested.keyboard.press("Tab")
    nested.locator(".graph-stage").focus()
    nested.keyboard.press("/")
    nested.keyboard.type("conv3")
    nested.keyboard.press("Enter")
    wait_for_class(nested, "conv3", "chosen")
    nested.wait_for_function("() => innerview.hub.layer === 'conv3'")
    expect(nested.locator(".graph-path")).to_contain_text("outer")
    nested.keyboard.press("ArrowDown")
    wait_for_class(nested, "pool2", "current")
    nested.keyboard.press("Enter")
    nested.wait_for_function("() => innerview.hub.layer === 'pool2'")
    nested.keyboard.press("Escape")
    wait_for_class(nested, "inner", "current")
    assert "pool2" not in shown(nested) and "inner" in shown(nested)


def test_a_click_chooses_the_layer_and_shows_what_it_does(network: Page) -> None:
    network.evaluate("() => innerview.setFocus(3)")
    click(network, "conv2")
    network.wait_for_function("() => innerview.hub.layer === 'conv2'")
    expect(network.locator(".graph-head h3")).to_have_text("conv2")
    picture = network.locator(".graph-maps img")
    # Keras is started for it.
    expect(picture).to_have_js_property("complete", True, timeout=PATIENCE)
    # 32 maps of 14 x 14, eight a row, with a pixel between them.
    assert picture.evaluate("(image) => [image.naturalWidth, image.naturalHeight]") == [119, 59]
    picture.click(position={"x": 5, "y": 5})
    enlarged = network.locator(".graph-enlarged")
    expect(enlarged).to_contain_text(re.compile(r"Channel \d+, 14 × 14"))
    channel = enlarged.inner_text()
    before = picture.get_attribute("src")
    network.get_by_role("button", name="The next image").click()
    expect(network.locator(".graph-maps-head")).to_contain_text("Image 4")
    expect(picture).not_to_have_attribute("src", before or "")
    expect(enlarged).to_have_text(channel)
    picture.press("Escape")
    expect(enlarged).to_be_hidden()
    weights = network.locator(".graph-told h4", has_text="kernel")
    expect(weights).to_contain_text("3 × 3 × 16 × 32", timeout=PATIENCE)
    expect(network.locator(".graph-told h4", has_text="Activations")).to_be_visible()
    expect(network.locator(".graph-dead")).to_contain_text("dead")
    expect(network.locator(".graph-settings")).to_contain_text("kernel size")


def test_a_layer_chosen_elsewhere_is_found(network: Page) -> None:
    network.evaluate("() => innerview.setLayer('conv4')")
    wait_for_class(network, "conv4", "chosen")
    expect(network.locator(".graph-head h3")).to_have_text("conv4")
    # The table is drawn anew while the server computes: a click looks for its row again.
    network.locator("tr[data-layer=pool1] button").click()
    network.wait_for_function("() => innerview.hub.layer === 'pool1'")
    wait_for_class(network, "pool1", "chosen")
    expect(network.locator(".graph-stage")).to_be_in_viewport()


def test_times_stand_in_the_nodes(network: Page) -> None:
    label = f"() => {CY}.getElementById('conv2').data('label')"
    assert "4,640" in network.evaluate(label)
    network.locator(".graph-measure select").select_option("time")
    expect(network.locator(".graph-said")).to_contain_text("an image", timeout=90_000)
    assert network.evaluate(label).endswith("s")
    expect(network.locator(".graph-facts").first).to_contain_text("an image (")
