"""One focus, one selection, one query: for the whole page, in the address, each browser its own."""

import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Server
from tests.browser.pages import SharedPage
from tests.browser.training import another_person

MEASURED = "() => window.innerview?.study?.health?.samples"


def open_page(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_function(MEASURED)
    page.evaluate("() => innerview.ready")


@pytest.fixture(scope="module")
def stranger(browser: Browser, study_url: str) -> Iterator[SharedPage]:
    """Another person's browser."""
    with another_person(browser) as context:
        yield SharedPage(context, study_url)


@pytest.fixture
def other(request: pytest.FixtureRequest, stranger: SharedPage) -> Iterator[Page]:
    """The same study in another person's browser."""
    with stranger.lent(request.session) as page:
        yield page


def column(page: Page, name: str) -> np.ndarray:
    values = page.evaluate("async (name) => Array.from(await innerview.study.column(name))", name)
    return np.asarray(values)


def selected(page: Page) -> list[int]:
    return page.evaluate(
        "() => [...(innerview.hub.selection ?? [])].flatMap((on, i) => (on ? [i] : []))"
    )


def hardest(page: Page, share: float = 0.01) -> str:
    """A query that finds this share of the images, whatever the network makes of them."""
    return f"loss > {np.quantile(column(page, 'loss'), 1 - share):.4g}"


def expected(page: Page, query: str) -> list[int]:
    limit = float(query.split(">")[1])
    return np.flatnonzero(column(page, "loss") > limit).tolist()


def test_address_restores_a_query(blank_page: Page, study_url: str, other: Page) -> None:
    query = hardest(other)
    page = blank_page
    open_page(page, f"{study_url}#focus=7&query={quote(query)}")
    page.wait_for_function("(query) => innerview.hub.query === query", arg=query)
    assert selected(page) == expected(page, query)
    assert page.evaluate("() => [innerview.hub.origin, innerview.hub.focus]") == ["query", 7]
    assert f"query={quote(query, safe='')}" in page.evaluate("() => location.hash")


def test_address_restores_a_selection_made_by_hand(page: Page, other: Page) -> None:
    page.evaluate("() => innerview.setSelection([3, 5, 8, 9999])")
    page.wait_for_function("() => location.hash.includes('selection=')")
    other.goto(page.url)
    other.reload()
    other.wait_for_function("() => window.innerview?.hub?.selectionCount === 4")
    assert selected(other) == [3, 5, 8, 9999]


def test_address_of_a_stranger_does_no_harm(blank_page: Page, study_url: str) -> None:
    hostile = "#query=__import__('os')&selection=../../etc/passwd&similar=-1&focus=1e9&layer=%zz"
    page = blank_page
    open_page(page, study_url + hostile)
    expect(page.locator(".panel-maps canvas").first).to_be_visible()
    assert page.evaluate("() => [innerview.hub.query, innerview.hub.selection]") == ["", None]
    assert page.evaluate("() => [innerview.hub.anchor, innerview.hub.focus]") == [None, None]


def test_unknown_selection_is_left_out(blank_page: Page, study_url: str) -> None:
    page = blank_page
    open_page(page, f"{study_url}#selection={'0' * 40}")
    page.wait_for_function("() => !location.hash.includes('selection=')")
    assert page.evaluate("() => innerview.hub.selection") is None


def test_two_browsers_have_their_own_queries(page: Page, other: Page) -> None:
    queries = hardest(page, 0.02), hardest(page, 0.005)
    # Both on their way at once.
    for where, query in ((page, queries[0]), (other, queries[1])):
        where.evaluate("(query) => void innerview.applyQuery(query)", query)
    for where, query in ((page, queries[0]), (other, queries[1])):
        where.wait_for_function("(query) => innerview.hub.query === query", arg=query)
        assert selected(where) == expected(where, query)


def test_two_browsers_look_at_their_own_images(page: Page, other: Page) -> None:
    for where, index in ((page, 11), (other, 22)):
        where.evaluate("(index) => innerview.setFocus(index)", index)
    for where, index in ((page, 11), (other, 22)):
        where.wait_for_selector(f".panel-inspector img[src='api/image/{index}.png']")
        assert where.evaluate("() => innerview.hub.focus") == index


def test_hand_made_selection_replaces_the_query(page: Page) -> None:
    page.evaluate("(query) => innerview.applyQuery(query)", hardest(page))
    page.evaluate("() => innerview.setSelection([1, 2])")
    assert page.evaluate("() => innerview.hub.query") == ""
    page.keyboard.press("Escape")
    assert page.evaluate("() => innerview.hub.selection") is None


def test_browser_module_that_fails_says_so_and_leaves_the_rest(
    blank_page: Page, study_url: str
) -> None:
    page = blank_page
    page.route("**/assets/workbench/pool/pool.js", lambda route: route.abort())
    page.goto(study_url)
    page.wait_for_function(MEASURED)
    expect(page.locator("#failure-pool")).to_contain_text("Image pool: an error in Innerview")
    expect(page.locator(".panel-maps canvas").first).to_be_visible()
    page.evaluate("() => innerview.setFocus(11)")
    expect(page.locator(".panel-inspector img[src='api/image/11.png']")).to_be_visible()


BROKEN = """
import sys
import analyzer
from views import inspector_api, table

def fail(*_):
    raise RuntimeError("made to fail")

inspector_api.describe_sample = fail
type(table.TABLE).layout = fail
sys.exit(analyzer.main(sys.argv[1:]))
"""


class BrokenServer(Server):
    """The command, with a panel that fails when drawn and one that fails when used."""

    entry = ("-c", BROKEN)


def test_panel_that_fails_shows_its_sentence(
    root: Path, digits_file: Path, study_url: str, study_cache: Path, blank_page: Page
) -> None:
    # All that `study_url` has computed is there already.
    arguments = ("model/mnist.h5", str(digits_file), "--cache-dir", str(study_cache))
    server = BrokenServer(root, *arguments)
    try:
        server.wait()
        page = blank_page
        open_page(page, server.url)
        expect(page.locator("#failure-table")).to_contain_text("an error in Innerview")
        page.evaluate("() => innerview.setFocus(11)")
        expect(page.locator("#failure-inspector")).to_contain_text("The terminal has the details")
        assert "made to fail" not in page.content()
        # The image itself, the maps and the pool go on.
        expect(page.locator(".panel-inspector img[src='api/image/11.png']")).to_be_visible()
        expect(page.locator(".panel-pool .card[data-index='11']").first).to_be_visible()
    finally:
        assert server.stop() == 130, sys.executable
