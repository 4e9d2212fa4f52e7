"""The query bar in a real browser: typing, counting, completing, applying, mistakes and history."""

import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page, expect

from tests.browser.tables import apply, columns, selected, shown, wait_for_rows

FIELD = ".querybar-input"
COUNT = ".querybar-count"
MESSAGE = ".querybar-message"
OPTIONS = ".querybar-completion [role=option]"
HISTORY = "innerview-queries"
WAVY = """() => [...document.querySelectorAll('.querybar-paint span')]
  .filter((piece) => getComputedStyle(piece).textDecorationStyle === 'wavy')
  .map((piece) => piece.textContent).join('')"""


@pytest.fixture
def bar(page: Page) -> Page:
    """The page with nothing typed, applied or remembered."""
    page.evaluate("(key) => localStorage.removeItem(key)", HISTORY)
    return page


def hardest(values: dict[str, NDArray[Any]], count: int = 40) -> float:
    """A bound that about so many losses exceed, clear of all of them."""
    ranked = np.sort(values["loss"])[::-1]
    return float(f"{(ranked[count - 1] + ranked[count]) / 2:.6g}")


def sentence(count: int) -> str:
    return f"{count:,} of 10,000"


def test_typed_query_is_counted_then_applied_everywhere(bar: Page) -> None:
    values = columns(bar)
    bound = hardest(values)
    query = f"loss > {bound} and label != predicted"
    hits = np.flatnonzero((values["loss"] > bound) & (values["label"] != values["predicted"]))
    assert 5 < len(hits) <= 40
    bar.keyboard.press("/")
    expect(bar.locator(FIELD)).to_be_focused()
    bar.keyboard.type(query)
    expect(bar.locator(COUNT)).to_have_text(sentence(len(hits)))
    # To type is not to apply.
    assert bar.evaluate("innerview.hub.query") == ""
    assert bar.evaluate("innerview.table.count") == 10_000
    bar.keyboard.press("Enter")
    wait_for_rows(bar, count=len(hits))
    assert selected(bar) == hits.tolist()
    assert bar.evaluate("innerview.hub.origin") == "query"
    expected = [str(index) for index in sorted(hits, key=lambda i: -values["loss"][i])]
    rows = shown(bar)
    assert rows == expected[: len(rows)]
    expect(bar.locator(COUNT)).to_have_text(sentence(len(hits)))
    bar.wait_for_function("() => location.hash.includes('query=')")


def test_mistake_says_what_and_shows_where(bar: Page) -> None:
    apply(bar, "label == 4", count=int((columns(bar)["label"] == 4).sum()))
    before = selected(bar)
    bar.fill(FIELD, "  loss > 1 and lable == 4")
    bar.press(FIELD, "Enter")
    expect(bar.locator(MESSAGE)).to_contain_text("lable")
    expect(bar.locator(MESSAGE)).to_contain_text("did you mean 'label'")
    assert bar.evaluate(WAVY) == "lable"
    field = bar.locator(FIELD)
    expect(field).to_have_attribute("aria-invalid", "true")
    described = bar.locator(f"#{field.get_attribute('aria-describedby')}")
    expect(described).to_have_attribute("role", "status")
    expect(described).to_contain_text("lable")
    # What was applied stays.
    assert bar.evaluate("innerview.hub.query") == "label == 4"
    assert selected(bar) == before
    field.fill("label == 4")
    expect(bar.locator(MESSAGE)).to_be_hidden()
    expect(field).to_have_attribute("aria-invalid", "false")
    assert bar.evaluate(WAVY) == ""


def test_mistakes_are_told_while_typing(bar: Page) -> None:
    bar.click(FIELD)
    for query, place in (
        ("loss >", "\u00a0"),
        ("id == '\U0001f600' and nope > 1", "nope"),
        ("loss = 2", "="),
        ("(loss > 2", "("),
    ):
        bar.fill(FIELD, query)
        # Suggestions would be in its way.
        bar.locator(FIELD).blur()
        expect(bar.locator(MESSAGE)).to_be_visible()
        assert bar.evaluate(WAVY) == place
        # The painted letters are those of the field.
        painted = bar.evaluate("document.querySelector('.querybar-paint').textContent")
        assert painted.rstrip("\u00a0") == query


def test_older_answers_are_dropped(bar: Page) -> None:
    values = columns(bar)
    held: list[Any] = []

    def hold(route: Any) -> None:
        if json.loads(route.request.post_data)["query"] == "label == 1":
            held.append(route)
        else:
            route.continue_()

    bar.route("**/api/query", hold)
    bar.fill(FIELD, "label == 1")
    bar.wait_for_function("() => document.querySelector('.querybar-paint').textContent")
    while not held:
        bar.wait_for_timeout(20)
    bar.fill(FIELD, "label == 2")
    expect(bar.locator(COUNT)).to_have_text(sentence(int((values["label"] == 2).sum())))
    held[0].fulfill(json={"count": 1})
    bar.wait_for_timeout(200)
    expect(bar.locator(COUNT)).to_have_text(sentence(int((values["label"] == 2).sum())))


def test_completion_by_keyboard_alone(bar: Page) -> None:
    bar.click(FIELD)
    bar.keyboard.type("pre")
    options = bar.locator(OPTIONS)
    expect(options).to_have_count(1)
    field = bar.locator(FIELD)
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(field).to_have_attribute("aria-activedescendant", options.first.get_attribute("id"))
    bar.keyboard.press("Tab")
    expect(field).to_have_value("predicted ")
    bar.keyboard.type("i")
    bar.keyboard.press("Enter")
    expect(field).to_have_value("predicted in [")
    # With nothing begun, no entry is taken unless the arrows choose one.
    bar.keyboard.press("Control+Space")
    expect(options).to_have_count(10)
    expect(bar.locator(f"{OPTIONS}[aria-selected=true]")).to_have_count(0)
    bar.keyboard.press("ArrowDown")
    bar.keyboard.press("ArrowDown")
    bar.keyboard.press("Enter")
    expect(field).to_have_value("predicted in [1")
    bar.keyboard.type("] ")
    expect(options.first).to_contain_text("and")
    bar.keyboard.press("Escape")
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(field).to_have_value("predicted in [1] ")
    bar.keyboard.press("Enter")
    wait_for_rows(bar, count=int((columns(bar)["predicted"] == 1).sum()))


COMPLETIONS = [
    ("", ["index", "id", "label", "kind", "loss", "a b", "not"]),
    ("lo", ["loss"]),
    ("LO", ["loss"]),
    ("loss", []),
    ("loss ", [">", ">=", "<", "<=", "==", "!=", "in [", "not in ["]),
    ("loss > ", ["index", "a b"]),
    ("loss > 2", []),
    ("loss > 2 ", ["and", "or"]),
    ("loss > 2 and no", ["not"]),
    ("label == ", ["cat", 'a "dog"', "dog"]),
    ('label == "d', ["dog", 'a "dog"']),
    ("label no", ["not in ["]),
    ("label not ", ["in ["]),
    ("label not in [", ["cat", 'a "dog"', "dog"]),
    ('label in ["cat", ', ["cat", 'a "dog"', "dog"]),
    ("kind == ", ["True", "False"]),
    ("0.5 ", ["<", "<="]),
    ("0.5 < loss ", ["and", "or"]),
    ("loss * ", ["index", "loss", "a b"]),
    ("`a ", ["a b"]),
]


def test_completion_knows_what_may_come_next(bar: Page) -> None:
    names = ["cat", 'a "dog"', "dog"]
    table = [
        {"name": name, "kind": kind, "about": "", "unit": "", "class_names": known}
        for name, kind, known in [
            ("index", "number", []),
            ("id", "text", []),
            ("label", "category", names),
            ("kind", "boolean", []),
            ("loss", "number", []),
            ("a b", "number", []),
        ]
    ]
    found = bar.evaluate(
        """async ([table, texts]) => {
          const address = new URL('assets/workbench/query/completion.js', document.baseURI).href;
          const { complete } = await import(address);
          const items = (text) => complete(text, text.length, table).items;
          const labels = (text) => items(text).map((item) => item.label);
          return [texts.map(labels), items('label == ').map((item) => item.text)];
        }""",
        [table, [text for text, _ in COMPLETIONS]],
    )
    assert [(text, labels) for (text, _), labels in zip(COMPLETIONS, found[0], strict=True)] == (
        COMPLETIONS
    )
    # Inserted as the server reads them.
    assert found[1] == ['"cat" ', '"a \\"dog\\"" ', '"dog" ']


def test_examples_are_of_this_study(bar: Page) -> None:
    bar.get_by_role("button", name="Recent queries and examples").click()
    example = bar.locator(".query-item").first
    query = example.locator("code").inner_text()
    count = int(example.locator(".query-item-count").inner_text().replace(",", ""))
    assert count > 0
    example.click()
    wait_for_rows(bar, count=count)
    assert bar.evaluate("innerview.hub.query") == query
    expect(bar.locator(FIELD)).to_have_value(query)
    expect(bar.locator(FIELD)).to_be_focused()


def test_history_is_recalled_by_arrows_and_by_the_menu(bar: Page) -> None:
    labels = columns(bar)["label"]
    for digit in (1, 2):
        apply(bar, f"label == {digit}", count=int((labels == digit).sum()))
    bar.press(FIELD, "Escape")
    wait_for_rows(bar, count=10_000)
    field = bar.locator(FIELD)
    expect(field).to_have_value("")
    for key, value in (
        ("ArrowUp", "label == 2"),
        ("ArrowUp", "label == 1"),
        ("ArrowUp", "label == 1"),
        ("ArrowDown", "label == 2"),
        ("ArrowDown", ""),
    ):
        field.press(key)
        expect(field).to_have_value(value)
    bar.get_by_role("button", name="Recent queries and examples").click()
    bar.get_by_role("button", name="label == 1", exact=True).click()
    wait_for_rows(bar, count=int((labels == 1).sum()))


def test_history_bears_whatever_the_storage_holds(bar: Page) -> None:
    button = bar.get_by_role("button", name="Recent queries and examples")
    for kept in ("{", "null", '"x"', "[[]]", '[1, null, {}, "", "loss > 1"]'):
        bar.evaluate("([key, kept]) => localStorage.setItem(key, kept)", [HISTORY, kept])
        button.click()
        expect(bar.get_by_role("heading", name="Examples")).to_be_visible()
        recent = bar.locator(".query-item", has=bar.locator("span:empty"))
        expect(recent).to_have_count(1 if "loss" in kept else 0)
        bar.keyboard.press("Escape")
        expect(button).to_be_focused()


def test_bar_follows_queries_written_elsewhere(bar: Page) -> None:
    labels = columns(bar)["label"]
    field = bar.locator(FIELD)
    bar.evaluate("innerview.applyQuery('label == 3')")
    expect(field).to_have_value("label == 3")
    wait_for_rows(bar, count=int((labels == 3).sum()))
    bar.evaluate("innerview.setSelection([1, 2])")
    expect(field).to_have_value("")
    bar.evaluate("innerview.applyQuery('label = 3')")
    expect(field).to_have_value("label = 3")
    expect(bar.locator(MESSAGE)).to_contain_text("==")
    bar.get_by_role("button", name="Clear the query").click()
    expect(field).to_have_value("")
    expect(bar.locator(MESSAGE)).to_be_hidden()


def test_address_brings_its_query_and_its_mistake(blank_page: Page, study_url: str) -> None:
    bar = blank_page
    bar.goto(f"{study_url}#query=label%20%3D%3D%206")
    bar.wait_for_function("() => window.innerview?.hub?.query === 'label == 6'")
    wait_for_table(bar, int((columns(bar)["label"] == 6).sum()))
    expect(bar.locator(FIELD)).to_have_value("label == 6")
    bar.goto("about:blank")
    bar.goto(f"{study_url}#query=label%20%3D%206")
    expect(bar.locator(MESSAGE)).to_contain_text("==")
    assert bar.evaluate(WAVY) == "="
    wait_for_table(bar, 10_000)


def wait_for_table(page: Page, count: int) -> None:
    page.wait_for_function(
        "(count) => window.innerview?.table?.count === count", arg=count, timeout=60_000
    )


def test_before_the_samples_are_there_the_table_says_so(blank_page: Page, study_url: str) -> None:
    """A study without samples, as far as the page can tell."""
    page = blank_page

    def unmeasured(route: Any) -> None:
        health = route.fetch().json()
        health["samples"] = False
        health["stages"] = [
            {"id": "x", "title": "Counting sheep", "state": "running", "fraction": 0.5,
             "message": ""}
        ]  # fmt: skip
        route.fulfill(json=health)

    page.route("**/health", unmeasured)
    page.goto(study_url)
    note = page.locator(".table-note")
    expect(note).to_contain_text("The losses are being computed", timeout=60_000)
    expect(note).to_contain_text("Counting sheep, 50 %")
    page.unroute("**/health")
    wait_for_table(page, 10_000)
    expect(note).to_be_hidden()
