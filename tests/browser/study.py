"""A study of one's own for a file of tests: served by the real command, opened in a page."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser import tables
from tests.browser.conftest import SCREEN, Server

# As long as reading and measuring every image takes, on two busy cores.
PATIENCE_MS = 120_000


@contextmanager
def open_study(
    browser: Browser, root: Path, cache: Path, model: str, dataset: Path
) -> Iterator[Page]:
    """The page of a network and a dataset, measured, its maps drawn and its table at rest.

    At the end no script of the page may have failed.
    """
    server = Server(root, model, str(dataset), "--cache-dir", str(cache))
    # Playwright waits by evaluating strings, which the page's own rules forbid to everybody.
    context = browser.new_context(viewport=SCREEN, bypass_csp=True)  # type: ignore[arg-type]
    context.add_init_script("localStorage.setItem('innerview-welcome', 'seen')")
    try:
        server.wait()
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        mistakes: list[str] = []
        page.on("pageerror", lambda error: mistakes.append(str(error)))
        page.goto(server.url)
        page.wait_for_function("() => window.innerview?.study?.health?.samples")
        page.wait_for_function(
            "() => innerview.tiles.length && innerview.tiles.every((tile) => tile.shown)"
        )
        tables.rest(page)
        yield page
        assert mistakes == []
    finally:
        context.close()
        server.stop()
