"""Pages that tests share: to open one anew costs more than most tests do.

After a test its page is put back, and what then differs from the page as it was opened - in its
state, its storage, its address, in anything that can be seen - costs that page: it is closed, and
the next test gets another. So a test may leave behind what it likes, and none finds anything of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Error, Page

# As long as the network takes to see every image and the maps are drawn, on two busy cores.
OPENING_MS = 240_000
# For all else.
PATIENCE_MS = 90_000

SCRIPT = Path(__file__).with_suffix(".js")


class SharedPage:
    """One address of the workbench in one tab.

    Args:
        ready: JavaScript that is true once everything is there that the tests want to find.
    """

    def __init__(self, context: BrowserContext, address: str, ready: str = "true") -> None:
        self._context = context
        self._address = address
        self._ready = ready
        self._page: Page | None = None
        self._first: dict[str, str] = {}
        self._mistakes: list[str] = []

    @contextmanager
    def lent(self, session: pytest.Session) -> Iterator[Page]:
        """The page in its first state, for one test; no script of it may fail meanwhile."""
        if self._page is None:
            self._page = self._open()
        failed = session.testsfailed
        yield self._page
        mistakes, self._mistakes[:] = list(self._mistakes), []
        # A test that failed may have left what no state tells of, a key held down, say.
        if mistakes or session.testsfailed > failed or not self._put_back():
            self.close()
        assert mistakes == []

    def close(self) -> None:
        if self._page is not None:
            self._page.close()
        self._page = None

    def _open(self) -> Page:
        page = self._context.new_page()
        page.set_default_timeout(OPENING_MS)
        page.on("pageerror", lambda error: self._mistakes.append(str(error)))
        page.add_init_script(path=SCRIPT)
        # What is not answered yet holds nobody up.
        page.goto(self._address, wait_until="domcontentloaded")
        page.wait_for_function(
            f"() => window.innerview?.ready && innerview.study.n && {self._ready}"
        )
        page.evaluate("(patience) => sharedPage.rest(patience)", OPENING_MS)
        page.set_default_timeout(PATIENCE_MS)
        self._first = page.evaluate("() => sharedPage.state()")
        self._mistakes.clear()
        return page

    def _put_back(self) -> bool:
        """Whether the page is in its first state again."""
        page = self._page
        assert page is not None
        try:
            page.set_default_timeout(PATIENCE_MS)
            page.unroute_all()
            page.emulate_media(color_scheme="light")
            page.mouse.move(1, 1)
            left = page.evaluate("(first) => sharedPage.putBack(first)", self._first)
        except Error as error:
            left = [error.message]
        if left:
            print("Opened anew for the next test, as this one has left other", *left)
        return not left
