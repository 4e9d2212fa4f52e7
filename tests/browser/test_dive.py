"""Facets Dive and Overview in their frame, under the rules that browsers are told."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

PATIENCE = 90_000
SCREEN: Any = {"width": 1440, "height": 900}

# What the component knows of itself, in the page's own words.
STATE = """() => {
  const frame = document.querySelector('.facets-frame')?.contentWindow;
  const dive = frame?.document?.querySelector('facets-dive');
  const inner = dive?.$?.vis._backing;
  if (!inner?.items || !dive.verticalFacet) return null;
  return {
    items: inner.items.length,
    settled: inner.endTimestamp < Date.now() && inner.spriteMesh.getTextureIndex(0) === 1,
    facets: [dive.verticalFacet, dive.horizontalFacet],
    rows: inner.grid.verticalKeys,
    columns: inner.grid.horizontalKeys,
    marked: dive.selectedIndices,
    indices: dive.data.map((record) => record.index),
  };
}"""


NO_WEBGL = """
  const { getContext } = HTMLCanvasElement.prototype;
  HTMLCanvasElement.prototype.getContext = function get(kind, ...rest) {
    return kind.includes('webgl') ? null : getContext.call(this, kind, ...rest);
  };
"""


class Visit:
    """A page of its own, with the server's rules in force, and what it asked for."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.hosts: set[str] = set()
        self.errors: list[str] = []
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on(
            "console", lambda said: self.errors.append(said.text) if said.type == "error" else None
        )

    def until(self, expression: str, test: Callable[[Any], bool] = bool) -> Any:
        """The value once it passes; polled from here, as the page forbids evaluation."""
        for _ in range(PATIENCE // 100):
            value = self.page.evaluate(expression)
            if test(value):
                return value
            self.page.wait_for_timeout(100)
        raise AssertionError(f"never came: {expression}")

    def settled(self, items: int) -> Any:
        return self.until(STATE, lambda s: s is not None and s["settled"] and s["items"] == items)


@pytest.fixture(scope="module")
def opened(browser: Browser, study_url: str) -> Iterator[Visit]:
    """The page of Facets in a browser in which the server's rules are in force."""
    context = browser.new_context(viewport=SCREEN)
    context.add_init_script("localStorage.setItem('innerview-welcome', 'seen')")
    visit = Visit(context.new_page())
    visit.page.goto(f"{study_url}confusion")
    yield visit
    context.close()


@pytest.fixture
def visit(opened: Visit) -> Visit:
    """Dive with every image, of which none is looked at or selected."""
    opened.until("() => window.innerview?.hub && document.querySelector('.facets-tab') !== null")
    opened.page.evaluate("() => { innerview.setSelection(null); innerview.setFocus(null); }")
    opened.page.get_by_role("tab", name="Dive").click()
    choice = opened.page.get_by_label("Images shown in Dive")
    if choice.input_value() != "all":
        choice.select_option("all")
    opened.settled(10_000)
    return opened


def place_in_cell(visit: Visit, label: str, predicted: str) -> Any:
    """A sample of Dive's cell, its middle on the screen, and its height there in pixels."""
    return visit.page.evaluate(
        """([label, predicted]) => {
          const frame = document.querySelector('.facets-frame');
          const { vis } = frame.contentWindow.document.querySelector('facets-dive').$;
          const inner = vis._backing;
          const cell = inner.grid.getCell(label, predicted);
          const item = cell.items[0];
          const box = vis.getBoundingClientRect();
          const outer = frame.getBoundingClientRect();
          const { position } = inner.camera;
          const half = inner.spriteMesh.spriteWidth / 2;
          const x = (item.sprite.x + half - position.x) * inner.scale;
          const y = (position.y - item.sprite.y - 0.5) * inner.scale;
          return [item.data.index, outer.x + box.x + x, outer.y + box.y + y, inner.scale];
        }""",
        [label, predicted],
    )


def zoom_into_cell(visit: Visit, label: str, predicted: str) -> tuple[int, float, float]:
    """Turns the wheel over the cell until its images can be told apart."""
    for _ in range(40):
        index, x, y, height = place_in_cell(visit, label, predicted)
        if height > 12:
            return index, x, y
        visit.page.mouse.move(x, y)
        visit.page.mouse.wheel(0, -200)
        visit.page.wait_for_timeout(50)
    raise AssertionError("the wheel does not zoom")


def some_mistake(visit: Visit) -> tuple[int, int]:
    """Label and prediction of a mistake."""
    pair = visit.page.evaluate(
        """() => {
          const column = (name) => innerview.study.columns.get(name);
          const [label, predicted] = [column('label'), column('predicted')];
          const at = label.findIndex((value, i) => value !== predicted[i]);
          return [label[at], predicted[at]];
        }"""
    )
    return pair[0], pair[1]


def test_dive_shows_every_image_by_label_and_prediction(visit: Visit) -> None:
    state = visit.settled(10_000)
    assert state["facets"] == ["label", "predicted"]
    # Rows count from below: the first class stands on top.
    assert state["rows"] == [str(k) for k in reversed(range(10))]
    assert state["columns"] == [str(k) for k in range(10)]
    assert state["indices"] == list(range(10_000))

    label, predicted = some_mistake(visit)
    index, x, y = zoom_into_cell(visit, str(label), str(predicted))
    visit.page.mouse.click(x, y)
    visit.until("() => innerview.hub.focus", lambda focus: focus == index)
    visit.page.wait_for_selector(f".panel-inspector img[src^='api/image/{index}.png']")
    facts = visit.page.locator(".panel-inspector dl").first
    expect(facts).to_contain_text(f"label{label}")
    expect(facts).to_contain_text(str(predicted))

    # The other way round: what is looked at elsewhere is framed in Dive, and stays looked at.
    visit.page.evaluate("() => innerview.setFocus(4321)")
    visit.until(STATE, lambda s: s["marked"] == [4321])
    assert visit.page.evaluate("() => innerview.hub.focus") == 4321

    assert visit.hosts == {urlsplit(visit.page.url).netloc, ""}
    assert visit.errors == []


def test_dive_takes_the_selection_and_the_mistakes(visit: Visit) -> None:
    visit.settled(10_000)
    choice = visit.page.get_by_label("Images shown in Dive")
    choice.select_option("wrong")
    wrong = visit.page.evaluate(
        "() => [...innerview.study.columns.get('correct')].flatMap((right, i) => right ? [] : [i])"
    )
    assert visit.settled(len(wrong))["indices"] == wrong
    visit.page.evaluate("() => innerview.setSelection([5, 77, 9999])")
    choice.select_option("selection")
    assert visit.settled(3)["indices"] == [5, 77, 9999]
    # Another selection is shown at once, and none is a sentence.
    visit.page.evaluate("() => innerview.setSelection([1, 2])")
    assert visit.settled(2)["indices"] == [1, 2]
    visit.page.evaluate("() => innerview.setSelection(null)")
    expect(visit.page.locator(".facets-said")).to_have_text("Nothing is selected.")
    choice.select_option("all")
    visit.settled(10_000)
    expect(visit.page.locator(".facets-said")).to_be_hidden()
    assert visit.errors == []


def test_overview_describes_the_columns(visit: Visit) -> None:
    tab = visit.page.get_by_role("tab", name="Overview")
    tab.click()
    expect(tab).to_have_attribute("aria-selected", "true")
    overview = visit.page.frame_locator(".facets-frame").locator("facets-overview")
    for words in ("confidence", "entropy", "loss", "predicted"):
        expect(overview.get_by_text(words, exact=True).first).to_be_visible(timeout=PATIENCE)
    expect(overview.get_by_text("correct", exact=True).first).to_be_visible()
    expect(overview.get_by_text("wrong", exact=True).first).to_be_visible()
    visit.page.get_by_role("tab", name="Overview").focus()
    visit.page.keyboard.press("ArrowLeft")
    visit.settled(10_000)
    assert visit.errors == []


def test_component_is_not_loaded_before_its_page(blank_page: Page, study_url: str) -> None:
    page = blank_page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    page.goto(study_url)
    page.evaluate("() => innerview.ready")
    assert not [path for path in asked if path.startswith(("/facets/", "/api/facets/"))]
    page.locator("nav a[data-page=confusion]").click()
    page.wait_for_selector(".facets-frame[src]", timeout=PATIENCE)


def test_refusal_is_a_sentence(blank_page: Page, study_url: str) -> None:
    page = blank_page
    answer = {"status": 503, "content_type": "application/json", "body": '{"message": "No luck."}'}
    page.route("**/api/facets/atlas", lambda route: route.fulfill(**answer))  # type: ignore[arg-type]
    page.goto(f"{study_url}confusion")
    expect(page.locator(".facets-said")).to_have_text("No luck.", timeout=PATIENCE)
    # The card beside it goes on.
    page.wait_for_selector("#confusion-plot .nsewdrag")


def test_without_webgl_there_is_a_sentence(blank_page: Page, study_url: str) -> None:
    page = blank_page
    page.add_init_script(NO_WEBGL)
    page.goto(f"{study_url}confusion")
    expect(page.locator(".facets-said")).to_contain_text("WebGL", timeout=PATIENCE)
    page.get_by_role("tab", name="Overview").click()
    overview = page.frame_locator(".facets-frame").locator("facets-overview")
    expect(overview.get_by_text("entropy", exact=True).first).to_be_visible(timeout=PATIENCE)
