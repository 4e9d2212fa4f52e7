"""The page by the keyboard alone: everything that can be used is reached, and seen to be."""

import pytest
from playwright.sync_api import Page, expect

# Where the focus is, as a person would name it; null once it has left the page.
FOCUSED = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const panel = element.closest('.panel, header, nav, .dock');
  const style = getComputedStyle(element);
  const marked = style.outlineStyle !== 'none' || style.boxShadow !== 'none'
    || getComputedStyle(element.parentElement).boxShadow !== 'none'
    || element.closest('.ag-root, .js-plotly-plot, .facets-frame, .querybar-field') !== null;
  return {
    panel: panel?.id || panel?.tagName.toLowerCase() || null,
    name: element.getAttribute('aria-label') || element.labels?.[0]?.textContent
      || element.textContent.trim() || element.title
      || element.querySelector('[aria-label]')?.getAttribute('aria-label'),
    tag: element.tagName.toLowerCase(),
    marked,
  };
}"""


def walk(page: Page, most: int = 150) -> list[dict[str, str | bool]]:
    """What the tab key reaches, from the top of the page."""
    page.evaluate("() => { document.activeElement?.blur(); window.scrollTo(0, 0); }")
    found = []
    for _ in range(most):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at is None:
            break
        found.append(at)
    return found


@pytest.mark.parametrize(
    ("name", "panels", "last"),
    [
        ("explore", {"panel-maps", "panel-table", "panel-pool", "panel-inspector"}, ".neighbour"),
        ("hard", {"panel-hard", "panel-table", "panel-pool", "panel-inspector"}, "#hard-strip img"),
        ("confusion", {"panel-confusion", "panel-dive", "panel-table", "panel-pool"}, ".nsewdrag"),
        ("similar", {"panel-similar", "panel-inspector"}, ".similar-card"),
        ("network", {"panel-graph", "panel-preview", "panel-gallery"}, ".example"),
    ],
)
def test_tab_reaches_every_panel_and_shows_where_it_is(
    page: Page, name: str, panels: set[str], last: str
) -> None:
    """`last`: what comes to the page last."""
    page.evaluate("() => { innerview.setFocus(5); innerview.setAnchor(5); }")
    page.click(f"nav a[data-page={name}]")
    page.locator(last).first.wait_for()
    found = walk(page)
    assert panels <= {str(at["panel"]) for at in found}
    assert [at for at in found if not at["name"] and at["tag"] != "iframe"] == []
    assert [at for at in found if not at["marked"]] == []


def test_query_is_typed_applied_and_cleared_by_keys(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("loss > 0.5 ")
    page.keyboard.press("Enter")
    page.wait_for_function("() => innerview.hub.query === 'loss > 0.5'")
    expect(page.locator(".querybar-input")).to_be_focused()


def test_dock_folds_and_grows_by_keys(page: Page) -> None:
    edge = page.locator(".dock-edge")
    edge.focus()
    before = page.locator("#dock").bounding_box()
    page.keyboard.press("ArrowUp")
    after = page.locator("#dock").bounding_box()
    assert before is not None
    assert after is not None
    assert after["height"] == pytest.approx(before["height"] + 24, abs=1)
    page.keyboard.press("Enter")
    expect(page.locator(".querybar-input")).to_be_hidden()
    # The key of the query bar brings it back.
    page.evaluate("() => document.activeElement?.blur()")
    page.keyboard.press("/")
    expect(page.locator(".querybar-input")).to_be_visible()
