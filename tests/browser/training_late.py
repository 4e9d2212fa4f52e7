"""Stores, and a server that is late or away, for the tests of the page Training."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from innerview.records import Checkpoint, ClassMap
from innerview.stores import open_backend
from innerview.stores.sqlite_schema import FILE
from tests.browser.training import write_run
from tests.class_map_stores import maps_of
from tests.training_stores import STARTED

# What is asked with a text in its address or its body is answered late, when it is let go; or the
# server is away, or its store. The page learns of its stores when its first tab has been made.
LATE = """
(() => {
  const ask = window.fetch;
  let gates = [];
  const about = (address, options) => decodeURIComponent(address) + (options?.body ?? '');
  window.late = {
    hold: (text, how) => gates.push({ text, how, held: [], asked: 0 }),
    held: (text) => gates.find((gate) => gate.text === text)?.held.length ?? 0,
    asked: (text) => gates.find((gate) => gate.text === text).asked,
    letGo: (text) => {
      const gate = gates.find((one) => one.text === text);
      gates = gates.filter((one) => one !== gate);
      gate?.held.forEach((go) => go());
    },
  };
  window.fetch = async (...all) => {
    const gate = gates.find(({ text }) => about(...all).includes(text));
    if (gate) gate.asked += 1;
    if (gate?.how === 'away') throw new TypeError('Failed to fetch');
    const message = 'The store is lost.';
    if (gate?.how === 'lost') return Response.json({ message }, { status: 503 });
    const answer = await ask(...all);
    if (gate) await new Promise((go) => gate.held.push(go));
    all[1]?.signal?.throwIfAborted();
    return answer;
  };
  late.hold('api/training/stores', 'late');
  const timer = setInterval(() => {
    if (!window.innerview?.classMaps || !late.held('api/training/stores')) return;
    clearInterval(timer);
    late.letGo('api/training/stores');
  }, 10);
})();
"""


def make_stores(folder: Path) -> Path:
    """A store "runs" with maps, one of them damaged, and a checkpoint; another one; and a log."""
    first, _ = (write_run(folder / "runs", number, 2) for number in range(2))
    backend = open_backend(str(folder / "runs"))
    for tag in ("a plane", "plane"):
        maps = [each for each in maps_of(first, (0, 1, 2)) if isinstance(each, ClassMap)]
        backend.write([replace(each, tag=tag, id=f"{tag} {each.step}") for each in maps])
    backend.write([checkpoint(folder, first, 1)])
    backend.close()
    with closing(sqlite3.connect(folder / "runs" / FILE)) as connection, connection:
        connection.execute("UPDATE class_map SET x_low = x'00' WHERE id = 'plane 10'")
    write_run(folder / "other", 3, 2)
    (folder / "log.csv").write_text("epoch,loss\n0,1.0\n1,0.5\n", encoding="utf-8")
    return folder


def checkpoint(folder: Path, run: str, epoch: int) -> Checkpoint:
    """A file that is there, and is no network."""
    path = folder / "runs" / f"{epoch}.keras"
    path.write_text("none")
    return Checkpoint(run, f"c{epoch}", 20 * epoch, STARTED + epoch, epoch, str(path))


@contextmanager
def late(page: Page, text: str, how: str = "late", held: int = 1) -> Iterator[None]:
    """While this goes on, answers to what has this text in it are late, or it is not answered.

    Args:
        how: "late", or the server is "away", or its store is "lost".
        held: at the end, waits until so many answers are held, or requests have failed.
    """
    page.evaluate("([text, how]) => late.hold(text, how)", [text, how])
    try:
        yield
        count = "held" if how == "late" else "asked"
        page.wait_for_function(f"([text, n]) => late.{count}(text) >= n", arg=[text, held])
    finally:
        page.evaluate("(text) => late.letGo(text)", text)


def held(page: Page, text: str, count: int = 1) -> None:
    page.wait_for_function("([text, n]) => late.held(text) >= n", arg=[text, count])


def asked(page: Page, text: str) -> int:
    """How many requests with this text were made since they are late."""
    return int(page.evaluate("(text) => late.asked(text)", text))


def go(page: Page, tab: str) -> None:
    page.evaluate("(tab) => innerview.training.setTab(tab)", tab)


def look(page: Page, name: str) -> Locator:
    """The card of a run in the tab Runs."""
    go(page, "runs")
    page.evaluate(
        "(name) => { const { training } = innerview;"
        " training.setFocus(training.runs.find((run) => run.name === name).id) }",
        name,
    )
    card = page.locator(".runs-details")
    expect(card.locator("h2")).to_have_text(name)
    return card


def fact(page: Page, name: str, what: str) -> Any:
    """A fact of a run, as the page knows it; None for a run that it does not know."""
    return page.evaluate(
        "([name, what]) => innerview.training.runs.find((run) => run.name === name)?.[what]",
        [name, what],
    )


def expect_fact(page: Page, name: str, what: str, value: Any) -> None:
    page.wait_for_function(
        """([name, what, value]) => JSON.stringify(value) === JSON.stringify(
            innerview.training.runs.find((run) => run.name === name)?.[what])""",
        arg=[name, what, value],
    )


def undo(page: Page) -> Locator:
    return page.locator(".said").get_by_role("button", name="Undo")


def expect_names(page: Page, *names: str) -> None:
    page.wait_for_function(
        "(names) => innerview.training.runs.map((run) => run.name).sort().join() === names.join()",
        arg=sorted(names),
    )
