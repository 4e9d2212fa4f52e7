"""The page of curves as a person uses it: choose a class, move the threshold, select mistakes."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

PATIENCE = 60_000


@pytest.fixture(scope="module")
def opened(context: BrowserContext, study_url: str) -> Iterator[Page]:
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    mistakes: list[str] = []
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    page.goto(f"{study_url}curves")
    page.wait_for_selector("#curves-roc .nsewdrag")
    page.wait_for_selector("#curves-reliability .nsewdrag")
    page.wait_for_function(
        "() => Promise.all(['label', 'confidence'].map((c) => innerview.study.column(c)))"
        ".then((all) => all.every(Boolean))"
    )
    yield page
    page.close()
    assert mistakes == []


@pytest.fixture
def curves(opened: Page) -> Page:
    """The page of curves, drawn, with class 4 at even odds and nothing selected."""
    opened.evaluate("() => innerview.applyQuery('')")
    opened.locator(".curves-table tbody tr[data-number='4']").click()
    threshold(opened).fill("0.5")
    threshold(opened).press("Enter")
    expect(opened.locator(".curves-cells .curves-side").first).to_have_text("called 4")
    opened.wait_for_function("() => document.querySelector('.curves-cell b').textContent !== '–'")
    return opened


def threshold(page: Page) -> Any:
    return page.get_by_label("Threshold as a number")


def selected(page: Page) -> list[int]:
    indices: list[int] = page.evaluate(
        "() => [...(innerview.hub.selection ?? [])].flatMap((on, i) => on ? [i] : [])"
    )
    return indices


def wait_for_query(page: Page, query: str) -> None:
    page.wait_for_function("(query) => innerview.hub.query === query", arg=query)


def count_of(page: Page, cell: str) -> int:
    text = page.locator(".curves-cell", has_text=cell).locator("b").inner_text()
    return int(text.replace(",", ""))


def labels_of(page: Page, indices: list[int]) -> set[int]:
    labels = page.evaluate(
        "(all) => all.map((i) => innerview.study.columns.get('label')[i])", indices
    )
    return set(labels)


def test_cells_select_their_images(curves: Page) -> None:
    total = sum(count_of(curves, cell) for cell in ("TP", "FN", "FP", "TN"))
    assert total == curves.evaluate("() => innerview.study.n")
    cell = curves.locator(".curves-cell", has_text="FP")
    cell.click()
    wait_for_query(curves, "p_4 >= 0.5 and label != 4")
    found = selected(curves)
    assert len(found) == count_of(curves, "FP") > 0
    assert 4 not in labels_of(curves, found)
    expect(cell).to_have_attribute("aria-pressed", "true")
    # A second click takes it back.
    cell.click()
    wait_for_query(curves, "")
    assert selected(curves) == []


def test_threshold_moves_with_what_is_selected(curves: Page) -> None:
    wrong = curves.get_by_role("button", name="Select what it turns wrong")
    before = count_of(curves, "TP")
    wrong.click()
    wait_for_query(curves, "(p_4 >= 0.5) != (label == 4)")
    assert len(selected(curves)) == count_of(curves, "FP") + count_of(curves, "FN")
    slider = curves.get_by_role("slider", name="Threshold")
    slider.focus()
    for _ in range(12):
        slider.press("ArrowLeft")
    expect(threshold(curves)).to_have_value("0.2")
    wait_for_query(curves, "(p_4 >= 0.2) != (label == 4)")
    assert count_of(curves, "TP") >= before
    assert len(selected(curves)) == count_of(curves, "FP") + count_of(curves, "FN")
    expect(wrong).to_have_attribute("aria-pressed", "true")


def test_threshold_keeps_what_is_selected_while_the_server_is_slow(curves: Page) -> None:
    curves.get_by_role("button", name="Select what it turns wrong").click()
    wait_for_query(curves, "(p_4 >= 0.5) != (label == 4)")
    curves.evaluate(
        """() => {
          const ask = window.fetch;
          // Each answer comes while the slider has moved on.
          const late = { 'api/query/rows': 250, 'api/curves': 40 };
          window.fetch = async (...all) => {
            const answer = await ask(...all);
            const path = Object.keys(late).find((each) => String(all[0]).includes(each));
            if (path) await new Promise((done) => setTimeout(done, late[path]));
            return answer;
          };
          window.atOnce = () => { window.fetch = ask; };
        }"""
    )
    try:
        slider = curves.get_by_role("slider", name="Threshold")
        slider.focus()
        for _ in range(12):
            slider.press("ArrowLeft", delay=30)
        expect(threshold(curves)).to_have_value("0.2")
        wait_for_query(curves, "(p_4 >= 0.2) != (label == 4)")
    finally:
        curves.evaluate("() => window.atOnce()")
    assert len(selected(curves)) == count_of(curves, "FP") + count_of(curves, "FN")


def test_point_of_a_curve_sets_the_threshold_and_selects(curves: Page) -> None:
    # In the corner the strong curve has points far enough apart to be meant by one click.
    place = curves.evaluate(
        """() => {
          const chart = document.getElementById('curves-recall');
          const { x, y } = chart.data.at(-1);
          const { xaxis, yaxis } = chart._fullLayout;
          const box = chart.querySelector('.nsewdrag').getBoundingClientRect();
          const isIn = (place, size) => place > 8 && place < size - 8;
          const at = x.findIndex((value, k) => k > 2
            && isIn(xaxis.d2p(value), box.width) && isIn(yaxis.d2p(y[k]), box.height));
          return [box.left + xaxis.d2p(x[at]), box.top + yaxis.d2p(y[at])];
        }"""
    )
    curves.mouse.move(*place)
    expect(curves.locator("#curves-recall ~ .curves-said")).to_contain_text("recall")
    curves.mouse.click(*place)
    curves.wait_for_function("() => /^p_\\d >= [\\d.e-]+$/.test(innerview.hub.query)")
    number, at = curves.evaluate("() => innerview.hub.query").removeprefix("p_").split(" >= ")
    expect(threshold(curves)).to_have_value(at)
    expect(curves.locator(".curves-cells .curves-side").first).to_have_text(f"called {number}")
    assert len(selected(curves)) == count_of(curves, "TP") + count_of(curves, "FP")
    expect(curves.locator("#curves-recall ~ .curves-dot")).to_be_visible()


def test_query_of_the_address_is_taken_over(curves: Page) -> None:
    curves.evaluate("() => innerview.applyQuery('p_7 < 0.25 and label == 7')")
    expect(threshold(curves)).to_have_value("0.25")
    cells = curves.locator(".curves-cells .curves-side").first
    expect(cells).to_have_text("called 7")
    expect(curves.locator(".curves-cell", has_text="FN")).to_have_attribute("aria-pressed", "true")
    curves.evaluate("() => innerview.applyQuery('loss > 2')")
    expect(curves.locator(".curves-cell[aria-pressed=true]")).to_have_count(0)
    expect(cells).to_have_text("called 7")


def test_bin_of_the_reliability_diagram_selects(curves: Page) -> None:
    expect(curves.locator(".curves-error")).to_contain_text("ECE")
    chart = curves.locator("#curves-reliability")
    chart.focus()
    chart.press("End")
    expect(curves.locator("#curves-reliability ~ .curves-said")).to_contain_text("0.933 to 1")
    chart.press("Enter")
    wait_for_query(curves, "0.93333334 < confidence <= 1")
    found = selected(curves)
    assert found == curves.evaluate(
        """() => [...innerview.study.columns.get('confidence').keys()].filter(
          (i) => innerview.study.columns.get('confidence')[i] > Math.fround(14 / 15))"""
    )
    curves.get_by_label("Reliability of").select_option("class")
    expect(curves.locator(".curves-error")).not_to_contain_text("adaptive")
    chart.focus()
    chart.press("End")
    chart.press("Enter")
    wait_for_query(curves, "0.9333333333333333 < p_4 <= 1")
    curves.get_by_label("Reliability of").select_option("all")


def test_table_is_sorted_and_chooses(curves: Page) -> None:
    rows = curves.locator(".curves-table tbody tr")
    numbers = "(rows) => rows.map((row) => Number(row.dataset.number))"
    assert rows.evaluate_all(numbers) == list(range(10))
    head = curves.locator(".curves-table thead th", has_text="AP")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    values = [
        float(text)
        for text in curves.locator(".curves-table tbody td:nth-child(6)").all_inner_texts()
    ]
    assert values == sorted(values) and len(values) == 10
    order = rows.evaluate_all(numbers)
    rows.first.click()
    button = rows.first.get_by_role("button")
    button.press("ArrowDown")
    expect(curves.get_by_label("Class", exact=True)).to_have_value(str(order[1]))
    expect(curves.locator(".curves-item-one").first).to_contain_text(f"{order[1]}AP")
    for _ in range(2):
        head.get_by_role("button").click()
    assert rows.evaluate_all(numbers) == list(range(10))


def test_what_is_no_threshold_is_marked(curves: Page) -> None:
    for text in ("1.5", "much", ""):
        threshold(curves).fill(text)
        threshold(curves).press("Enter")
        expect(threshold(curves)).to_have_attribute("aria-invalid", "true")
    threshold(curves).fill("0,75")
    threshold(curves).press("Enter")
    expect(threshold(curves)).not_to_have_attribute("aria-invalid", "true")
    expect(threshold(curves)).to_have_value("0.75")
