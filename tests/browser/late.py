"""Answers of the server as a bad line or a busy machine gives them: late, in another order, never.

What the scripts of a page get from `fetch` is held back here until a test lets it go, so that no
test has to guess how long anything takes. Pictures and scripts that a page loads by an element are
not asked for by `fetch`; for these there is `page.route`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

SCRIPT = """() => {
  const ask = window.fetch;
  const held = [];
  const [late, lost] = [new Set(), new Set()];
  const turn = () => new Promise((done) => setTimeout(done));
  // As if the request had not reached anybody.
  const lose = () => { throw new TypeError('Failed to fetch'); };
  const among = (paths, address) => [...paths].find((path) => address.includes(path));

  async function hold(path, answer, signal) {
    // All of it is here: once it is let go, nothing else has to be waited for.
    const body = [204, 304].includes(answer.status) ? null : await answer.arrayBuffer();
    await new Promise((go, fail) => {
      held.push({ path, go, fail });
      signal?.addEventListener('abort', () => fail(signal.reason));
    });
    return new Response(body, { status: answer.status, headers: answer.headers });
  }

  window.fetch = async (request, options = {}) => {
    const address = String(request.url ?? request);
    if (among(lost, address) !== undefined) lose();
    const path = among(late, address);
    const answer = await ask(request, options);
    return path === undefined ? answer : hold(path, answer, options.signal);
  };
  const of = (path) => held.filter((one) => one.path === path);
  const finish = async (one, end) => {
    held.splice(held.indexOf(one), 1);
    end(one);
    // What follows from an answer does so in a few steps.
    for (let k = 0; k < 8; k++) await turn();
  };
  window.answers = {
    late,
    lost,
    of,
    go: (path, which) => finish(of(path)[which], ({ go }) => go()),
    fail: (path, which) => finish(of(path)[which], ({ fail }) => fail(new TypeError('lost'))),
    end: async () => {
      late.clear();
      lost.clear();
      while (held.length) await finish(held[0], ({ go }) => go());
      window.fetch = ask;
    },
  };
}"""


class Answers:
    """What becomes of requests whose address holds a path."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def hold(self, path: str) -> None:
        """Answers from now on come when they are let go."""
        self._page.evaluate("(path) => answers.late.add(path)", path)

    def wait(self, path: str, count: int = 1) -> None:
        """Until at least so many answers are held back."""
        self._page.wait_for_function(
            "([path, count]) => answers.of(path).length >= count", arg=[path, count]
        )

    def let_go(self, path: str, which: int = 0) -> None:
        """Gives the page one of the answers held back, the oldest by default."""
        self._page.evaluate("([path, which]) => answers.go(path, which)", [path, which])

    def let_fail(self, path: str, which: int = 0) -> None:
        """Loses one of the answers held back."""
        self._page.evaluate("([path, which]) => answers.fail(path, which)", [path, which])

    def let_all_go(self, path: str) -> None:
        """Gives the page what is held back, the oldest first, and holds nothing back any more."""
        self._page.evaluate(
            """async (path) => {
              answers.late.delete(path);
              while (answers.of(path).length) await answers.go(path, 0);
            }""",
            path,
        )

    def lose(self, path: str = "") -> None:
        """Nobody answers these requests; none at all, as when the server was killed."""
        self._page.evaluate("(path) => answers.lost.add(path)", path)

    def find(self) -> None:
        """The server is back, which the page notices soon."""
        self._page.evaluate("() => { answers.lost.clear(); innerview.study.hurry(); }")


@contextmanager
def answers_of(page: Page) -> Iterator[Answers]:
    """Until the end of the block a page gets the answers that a test lets it have."""
    page.evaluate(SCRIPT)
    try:
        yield Answers(page)
    finally:
        page.evaluate("() => answers.end()")
