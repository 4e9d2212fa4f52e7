"""The frame of the page Training and its table of runs, used as a person uses them."""

import csv
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

import innerview
from tests.browser.training import (
    RUNS,
    another_person,
    make_store,
    open_training,
    serve_store,
    write_epoch,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that these tests change."""
    return make_store(tmp_path_factory.mktemp("own") / "runs")


@pytest.fixture(scope="module")
def url(root: Path, store: Path) -> Iterator[str]:
    with serve_store(root, store) as address:
        yield address


@pytest.fixture
def runs(context: BrowserContext, url: str) -> Iterator[Page]:
    """The tab Runs, opened anew."""
    with open_training(context, f"{url}#tab=runs") as page:
        expect(names(page).first).to_be_visible()
        yield page


def names(page: Page) -> Locator:
    return page.locator("#runs-grid .run-name b")


def expect_names(page: Page, *expected: str) -> None:
    """The table's rows, from above. The grid need not keep them in that order in the document."""
    page.wait_for_function(
        """(expected) => {
            const rows = [...document.querySelectorAll('#runs-grid .ag-row[row-index] .run-name')]
            const at = (cell) => Number(cell.closest('.ag-row').getAttribute('row-index'))
            rows.sort((a, b) => at(a) - at(b))
            const names = rows.map((cell) => cell.querySelector('b').textContent)
            return JSON.stringify(names) === JSON.stringify(expected)
        }""",
        arg=list(expected),
    )


def box(page: Page, name: str) -> Locator:
    row = page.locator("#runs-grid .ag-pinned-left-cols-container .ag-row").filter(
        has=page.locator("b", has_text=re.compile(f"^{name}$"))
    )
    return row.locator("input[type=checkbox]")


def chosen(page: Page) -> set[str]:
    found: list[str] = page.evaluate("() => innerview.training.chosen.map((run) => run.name)")
    return set(found)


def ask(page: Page, query: str) -> None:
    page.get_by_role("combobox", name="Query over runs").fill(query)
    page.keyboard.press("Enter")


def said(page: Page, sentence: str) -> Locator:
    bar = page.locator(".said")
    expect(bar).to_contain_text(sentence)
    return bar


def test_query_sort_and_picks_stay_while_a_run_is_logged(runs: Page, store: Path) -> None:
    expect_names(runs, "fourth", "third", "second", "first")
    ask(runs, "val_accuracy > 0.93")
    expect_names(runs, "fourth", "third", "second")
    expect(runs.locator(".querybar-count")).to_have_text("3 of 4")
    runs.locator("#runs-grid .ag-header-cell[col-id='last:val_accuracy']").click()
    runs.locator("#runs-grid .ag-header-cell[col-id='last:val_accuracy']").click()
    expect_names(runs, "second", "third", "fourth")
    box(runs, "second").click()
    box(runs, "fourth").click()
    assert chosen(runs) == {"second", "fourth"}

    with innerview.SummaryWriter(str(store), name="live", parameters={"optimizer": "adam"}) as live:
        write_epoch(live, 0, 1, 2)
        live.flush()
        runs.wait_for_function("() => innerview.training.runs.length === 5")
        expect(runs.locator(".pulse")).to_have_text("1 running")
        expect(runs.locator(".querybar-count")).to_have_text("3 of 5")
        expect_names(runs, "second", "third", "fourth")
        # Its accuracy rises into what the query finds, and it takes its place in the order.
        live.add_scalar("val_accuracy", 0.95, 40)
        live.flush()
        expect_names(runs, "second", "live", "third", "fourth")
        assert chosen(runs) == {"second", "fourth"}
        expect(box(runs, "second")).to_be_checked()
        expect(box(runs, "live")).not_to_be_checked()
        expect(runs.get_by_role("combobox", name="Query over runs")).to_have_value(
            "val_accuracy > 0.93"
        )
    expect(runs.locator(".pulse")).to_have_text("up to date")
    # All that are found, and no others.
    runs.get_by_role("button", name="Pick none").click()
    assert chosen(runs) == {"second", "live", "third", "fourth"}
    runs.locator("#runs-grid .ag-header input[type=checkbox]").click()
    assert set(runs.evaluate("() => innerview.training.chosen.map((run) => run.name)")) == {
        "second",
        "live",
        "third",
        "fourth",
    }
    runs.get_by_role("toolbar").get_by_role("button", name="Delete").click()
    said(runs, "4 runs are in the bin.").get_by_role("button", name="Undo").click()
    expect_names(runs, "second", "live", "third", "fourth")


def test_a_mistake_is_marked_and_changes_nothing(runs: Page) -> None:
    ask(runs, "learning_rate <= 0.01")
    count = runs.locator(".querybar-count")
    expect(count).to_contain_text("of")
    found = count.inner_text()
    ask(runs, "learning_rat <= 0.01")
    expect(runs.locator("#run-query-message")).to_contain_text("learning_rate")
    expect(runs.locator(".training .querybar-paint .wrong")).to_have_text("learning_rat")
    assert "first" not in chosen(runs)
    runs.get_by_role("combobox", name="Query over runs").press("Escape")
    expect(count).not_to_have_text(found)
    # What is typed is completed by the columns of these runs.
    field = runs.get_by_role("combobox", name="Query over runs")
    field.press_sequentially("optim")
    expect(runs.locator("#run-query-completion")).to_contain_text("optimizer")
    field.press("Enter")
    expect(field).to_have_value("optimizer ")


def test_rename_tag_hide_and_delete_are_taken_back(runs: Page) -> None:
    names(runs).filter(has_text="third").click()
    runs.keyboard.press("F2")
    runs.keyboard.press("Control+a")
    runs.keyboard.type("the <b>best</b>")
    runs.keyboard.press("Enter")
    expect(names(runs).filter(has_text="the <b>best</b>")).to_have_count(1)
    card = runs.locator(".runs-details")
    expect(card).to_contain_text("the <b>best</b>")
    card.get_by_label("Add a tag").fill("keep")
    runs.keyboard.press("Enter")
    expect(runs.locator("#runs-grid .run-tag")).to_have_text(["keep"])
    card.get_by_label("Note").fill("to be shown")
    card.get_by_label("Note").blur()
    said(runs, "is kept")
    assert runs.evaluate("() => innerview.training.run(innerview.training.focus).note") == (
        "to be shown"
    )
    card.get_by_role("button", name="Hide").click()
    said(runs, "is hidden")
    expect(names(runs).filter(has_text="best")).to_have_count(0)
    runs.get_by_role("button", name="1 hidden").click()
    expect(names(runs).filter(has_text="best")).to_have_count(1)
    assert "the <b>best</b>" not in chosen(runs)

    names(runs).filter(has_text="second").click()
    runs.keyboard.press("Delete")
    said(runs, "“second” is in the bin.")
    expect(names(runs).filter(has_text="second")).to_have_count(0)
    for _ in range(5):
        before = runs.locator(".said").inner_text()
        runs.keyboard.press("Control+z")
        expect(runs.locator(".said")).not_to_have_text(before)
        runs.wait_for_timeout(50)
    expect(names(runs).filter(has_text="third")).to_have_count(1)
    expect(names(runs).filter(has_text="second")).to_have_count(1)
    assert runs.evaluate("() => innerview.training.runs.some((run) => run.hidden || run.note)") is (
        False
    )


def test_the_bin_gives_back_and_erases(runs: Page, store: Path) -> None:
    for name in ("gone", "spared"):
        innerview.SummaryWriter(str(store), name=name).close()
        expect(names(runs).filter(has_text=name)).to_have_count(1)
        box(runs, name).click()
    runs.get_by_role("toolbar").get_by_role("button", name="Delete").click()
    runs.get_by_role("button", name="Bin (2)").click()
    bin = runs.get_by_role("dialog")
    expect(bin.locator(".bin-row")).to_have_count(2)
    bin.locator(".bin-row", has_text="spared").get_by_role("button", name="Restore").click()
    expect(bin.locator(".bin-row")).to_have_count(1)
    erase = bin.locator(".bin-row", has_text="gone").get_by_role("button")
    erase.last.click()
    expect(erase.last).to_have_text("Erase for good")
    assert "gone" in all_names(store)
    erase.last.click()
    expect(bin).to_contain_text("The bin is empty.")
    assert "gone" not in all_names(store)
    bin.get_by_role("button", name="Close").click()
    expect(names(runs).filter(has_text="spared")).to_have_count(1)


def all_names(store: Path) -> set[str]:
    from innerview.stores import open_backend

    backend = open_backend(str(store))
    try:
        return {run.name for run in backend.runs()}
    finally:
        backend.close()


def test_two_browsers_look_at_two_stores(
    runs: Page, browser: Browser, url: str, tmp_path: Path
) -> None:
    innerview.SummaryWriter(str(tmp_path / "other"), name="elsewhere").close()
    before = runs.evaluate("() => innerview.training.runs.length")
    with (
        another_person(browser) as person,
        open_training(person, f"{url}#tab=runs", before) as other,
    ):
        other.locator(".store-button").click()
        field = other.get_by_label("Folder or database", exact=True)
        field.fill(str(tmp_path / "nowhere"))
        field.press("Enter")
        expect(other.locator(".store-mistake")).to_contain_text("nowhere")
        field.fill(str(tmp_path / "other"))
        field.press("Enter")
        expect_names(other, "elsewhere")
        expect(other.locator(".store-button b")).to_have_text("other")
        runs.evaluate("() => innerview.training.refresh()")
        assert runs.evaluate("() => innerview.training.runs.length") == before
        # The address leads to that store, and the browser remembers it.
        other.wait_for_function("() => location.hash.includes('t-store=')")
        with open_training(person, other.url, 1) as again:
            expect_names(again, "elsewhere")
        other.locator(".store-button").click()
        expect(other.locator(".store-item")).to_have_count(2)
        kept = other.evaluate(
            """async () => {
                const { withoutSecrets } = await import('/assets/training/head/recent.js')
                const password = 'p@ss/word'
                return [`mongodb://ann:${password}@host:27017/runs?tls=true&tlsPassword=x`, 'runs']
                    .map(withoutSecrets)
            }"""
        )
        assert kept == ["mongodb://ann@host:27017/runs?tls=true", "runs"]


def test_the_address_restores_the_view(context: BrowserContext, runs: Page) -> None:
    ask(runs, "optimizer == 'sgd'")
    runs.get_by_label("Colour by").select_option(label="learning_rate")
    runs.get_by_label("Label by").select_option(label="batch_size")
    box(runs, "second").click()
    expect(runs.locator(".color-kind")).to_have_text(["0.01", "0.1"])
    runs.wait_for_function(
        "() => ['query', 'group', 'label', 'picked']"
        ".every((key) => location.hash.includes(`t-${key}=`))"
    )
    color = runs.evaluate("() => innerview.training.chosen.map((r) => innerview.training.color(r))")
    with open_training(context, runs.url) as again:
        expect_names(again, "second", "first")
        assert chosen(again) == {"second"}
        view = again.evaluate(
            "() => innerview.training.chosen.map((r) => innerview.training.color(r))"
        )
        assert view == color
        names_shown = "() => innerview.training.chosen.map((r) => innerview.training.name(r))"
        assert again.evaluate(names_shown) == ["batch_size = 32"]
        expect(again.get_by_label("Colour by")).to_have_value("=learning_rate")


def test_keys_lead_from_tab_to_tab(runs: Page) -> None:
    runs.get_by_role("tab", name="Runs").focus()
    runs.keyboard.press("Home")
    expect(runs.get_by_role("tab", name="Live")).to_be_focused()
    runs.keyboard.press("ArrowRight")
    expect(runs.get_by_role("tab", name="Runs")).to_be_focused()
    expect(runs.get_by_role("tabpanel", name="Runs")).to_be_visible()
    runs.wait_for_function("() => location.hash.includes('tab=runs')")
    runs.keyboard.press("End")
    expect(runs.get_by_role("tab", name="Thoughts")).to_have_attribute("aria-selected", "true")
    runs.keyboard.press("/")
    expect(runs.get_by_role("combobox", name="Query over runs")).to_be_focused()
    # Where there is a study as well, its part of the address and this one leave each other alone.
    runs.evaluate(
        """async () => {
            const { hub } = await import('/assets/shared/hub.js')
            const { mirrorAddress } = await import('/assets/shared/address.js')
            mirrorAddress(hub)
            hub.setFocus(7)
        }"""
    )
    both = "() => ['tab=', 'focus=7'].filter((part) => location.hash.includes(part)).join()"
    runs.wait_for_function(f"() => ({both})() === 'tab=,focus=7'")
    runs.keyboard.press("Escape")
    runs.get_by_role("tab", name="Thoughts").press("Home")
    runs.wait_for_function("() => location.hash === '#focus=7'")


def test_a_stretch_of_an_axis_picks_the_runs(runs: Page) -> None:
    axis = runs.get_by_role("button", name="Axis learning_rate", exact=False)
    at = axis.bounding_box()
    assert at is not None
    x, top = at["x"] + at["width"] / 2, at["y"] + 6
    # From the middle of the axis, by order of magnitude, to its lower end: 0.01 and 0.001.
    runs.mouse.move(x, top + 0.4 * (at["height"] - 12))
    runs.mouse.down()
    runs.mouse.move(x, at["y"] + at["height"], steps=4)
    runs.mouse.up()
    runs.wait_for_function("() => innerview.training.picked.size === 3")
    assert chosen(runs) == {"second", "third", "fourth"}
    expect(box(runs, "second")).to_be_checked()
    time.sleep(1.2)
    assert chosen(runs) == {"second", "third", "fourth"}
    box(runs, "third").click()
    assert chosen(runs) == {"second", "fourth"}
    expect(runs.locator(".parallel-stretch")).to_have_count(0)
    expect(runs.locator(".parallel-lines .picked")).to_have_count(2)
    # What is picked is what is taken along.
    runs.get_by_role("button", name="Export").click()
    with runs.expect_download() as download:
        runs.get_by_role("menuitem", name="Scalars as CSV").click()
    with download.value.path().open(newline="") as file:
        assert {row["name"] for row in csv.DictReader(file)} == {"second", "fourth"}


def test_an_empty_store_says_how_to_log(
    root: Path, context: BrowserContext, tmp_path: Path
) -> None:
    with (
        serve_store(root, tmp_path / "new") as url,
        open_training(context, f"{url}#tab=runs", 0) as page,
    ):
        card = page.locator(".empty-runs")
        expect(card).to_contain_text("innerview.KerasCallback")
        expect(card).to_contain_text("innerview.SummaryWriter")
        innerview.SummaryWriter(str(tmp_path / "new"), name=RUNS[0][0]).close()
        expect_names(page, RUNS[0][0])
        expect(card).to_be_hidden()
