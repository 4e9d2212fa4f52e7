"""The page Training while the server's answers are late, come in another order, or do not come.

All tests use one page, one after the other; each leaves it with the first store shown.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from innerview.stores import open_backend
from tests.browser.training import serve_store
from tests.browser.training_late import (
    LATE,
    asked,
    checkpoint,
    expect_fact,
    expect_names,
    fact,
    go,
    held,
    late,
    look,
    make_stores,
    undo,
)

RUNS = ("first", "second")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds a store "runs", another one and a log of its own."""
    return make_stores(tmp_path_factory.mktemp("late"))


@pytest.fixture(scope="module")
def opened(context: BrowserContext, root: Path, folder: Path) -> Iterator[Page]:
    page = context.new_page()
    page.add_init_script(LATE)
    mistakes: list[str] = []
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    with serve_store(root, folder / "runs") as url:
        page.goto(f"{url}#tab=maps&t-map=plane")
        page.wait_for_function("() => window.innerview?.training?.known")
        page.evaluate("() => innerview.trainingReady")
        yield page
        page.close()
    assert mistakes == []


@pytest.fixture
def page(opened: Page) -> Page:
    opened.evaluate("() => innerview.training.enter(innerview.training.first)")
    opened.evaluate("() => innerview.training.applyQuery('')")
    expect(opened.locator("dialog[open], :popover-open")).to_have_count(0)
    return opened


def test_an_address_is_followed_also_where_the_stores_are_told_late(opened: Page) -> None:
    chosen = opened.locator(".class-maps .tag-list-tag[aria-current]")
    expect(chosen).to_have_attribute("data-tag", "plane")
    assert "t-map=plane" in opened.url
    # One of its maps is no map.
    expect(opened.locator(".class-maps-note:visible")).to_have_text(
        "first: 1 of 3 maps is damaged in the store and left out."
    )
    assert opened.evaluate("() => innerview.classMaps.player.notches") == [0, 2]


def test_a_map_is_saved_under_the_epoch_that_it_shows(page: Page) -> None:
    go(page, "maps")
    card = page.locator(".class-map-card:visible")
    expect(card.locator(".class-map-when")).to_contain_text("epoch 2")
    card_of_other = page.get_by_role("button", name="a plane")
    card_of_other.click()
    expect(card_of_other).to_have_attribute("aria-current", "true")
    page.wait_for_function("() => innerview.classMaps.cards[0].sharesAt(0, 0)")
    with late(page, "map/a plane 0"):
        page.evaluate("() => innerview.classMaps.player.go(0)")
        expect(page.locator(".steps-said:visible b")).to_have_text("epoch 0")
        held(page, "map/a plane 0")
        with page.expect_download() as download:
            card.get_by_role("button", name="Save this map as PNG").click()
    assert "epoch-2" in download.value.suggested_filename
    expect(card.locator(".class-map-when")).to_contain_text("epoch 0")


def test_each_tag_that_is_typed_is_kept_while_the_one_before_is_on_its_way(page: Page) -> None:
    card = look(page, "first")
    field = card.get_by_label("Add a tag")
    with late(page, "api/training/edit"):
        field.fill("one")
        field.press("Enter")
        held(page, "api/training/edit")
        field.fill("two")
        field.press("Enter")
        field.press_sequentially("thr")
    expect_fact(page, "first", "tags", ["one", "two"])
    expect(field).to_have_value("thr")
    expect(field).to_be_focused()
    field.fill("")
    with late(page, "api/training/edit"):
        for tag in ("one", "two"):
            card.get_by_role("button", name=f"Take the tag {tag} off").click()
    expect_fact(page, "first", "tags", [])


def test_two_clicks_do_it_once_and_undo_it_once(page: Page) -> None:
    card = look(page, "first")
    card.get_by_role("button", name="Hide").click()
    expect_fact(page, "first", "hidden", True)
    with late(page, "api/training/edit"):
        for _ in range(2):
            card.get_by_role("button", name="Delete").click()
        assert asked(page, "api/training/edit") == 1
    expect_names(page, "second")
    expect(page.locator(".said")).to_contain_text("in the bin")
    with late(page, "api/training/undo"):
        for _ in range(2):
            undo(page).click()
    expect(page.locator(".said")).to_contain_text("out of the bin again")
    expect_names(page, *RUNS)
    # The one before was not meant.
    assert fact(page, "first", "hidden")
    with late(page, "api/training/undo", "away"):
        page.keyboard.press("Control+z")
        expect(page.locator(".said")).to_contain_text("does not answer")
    # Nothing is lost by that.
    undo(page).click()
    expect_fact(page, "first", "hidden", False)


def test_a_note_is_kept_where_another_run_takes_its_card(page: Page) -> None:
    card = look(page, "first")
    note = card.get_by_label("Note")
    note.press_sequentially("half a thought")
    look(page, "second")
    expect_fact(page, "first", "note", "half a thought")
    assert fact(page, "second", "note") == ""
    look(page, "first")
    note.focus()
    page.evaluate(
        "() => { const { training } = innerview; training.edit([training.focus], {note: 'other'}) }"
    )
    expect_fact(page, "first", "note", "other")
    note.blur()
    expect(note).to_have_value("other")


def test_what_is_being_opened_goes_on_saying_so_while_checkpoints_come(
    page: Page, folder: Path
) -> None:
    card = look(page, "first")
    item = card.locator(".checkpoints li").filter(has_text="epoch 1")
    with late(page, "api/training/analyze"):
        item.get_by_role("button").click()
        expect(item.locator(".checkpoint-said")).to_contain_text("being opened")
        backend = open_backend(str(folder / "runs"))
        backend.write([checkpoint(folder, page.evaluate("innerview.training.focus"), 2)])
        backend.close()
        expect(card.locator(".checkpoints")).to_contain_text("epoch 2")
        expect(card.locator(".checkpoints")).to_contain_text("2 checkpoints, played")
        expect(item.get_by_role("button")).to_be_disabled()
        expect(item.locator(".checkpoint-said")).to_contain_text("being opened")
    expect(item.get_by_role("button")).to_be_enabled()
    expect(item.locator(".bad")).not_to_be_empty()


def test_a_bin_that_somebody_else_has_emptied_is_read_anew(page: Page) -> None:
    look(page, "second").get_by_role("button", name="Delete").click()
    expect_names(page, "first")
    with late(page, "api/training/deleted"):
        page.get_by_role("button", name="Bin (1)").click()
        expect(page.get_by_role("button", name="Empty the bin")).to_be_disabled()
    bin = page.locator("dialog.bin")
    expect(bin.locator(".bin-row")).to_have_count(1)
    # Somebody else restores it; then there is nothing to be erased.
    page.evaluate(
        """async () => {
            const { training } = innerview;
            const { runs: [{ id }] } = await (await fetch('api/training/deleted')).json();
            await training.edit([id], { deleted: false });
        }"""
    )
    for name in ("Erase", "Erase for good"):
        bin.get_by_role("button", name=name, exact=True).click()
    expect(bin.get_by_role("alert")).to_contain_text("is not deleted")
    expect(bin.locator(".bin-row")).to_have_count(0)
    bin.get_by_role("button", name="Close").click()
    expect_names(page, *RUNS)


def test_a_query_that_is_typed_on_is_not_taken_back_by_the_answer(page: Page) -> None:
    field = page.get_by_role("combobox", name="Query over runs")
    message = page.locator("#run-query-message")
    with late(page, '"query":"loss'):
        field.fill("loss < 9")
        field.press("Enter")
        held(page, '"query":"loss')
        field.press_sequentially(" and")
    page.wait_for_function("() => innerview.training.query === 'loss < 9'")
    expect(field).to_have_value("loss < 9 and")
    # A mistake stays, also where what was asked before it is answered after it.
    with late(page, '"query":"loss'):
        field.fill("loss < 8")
        field.press("Enter")
        held(page, '"query":"loss')
        field.fill("nothing <")
        field.press("Enter")
        expect(message).to_be_visible()
    page.evaluate("() => new Promise((done) => setTimeout(done, 50))")
    expect(message).to_be_visible()
    field.press("Escape")
    page.wait_for_function("() => innerview.training.query === ''")


def test_a_thought_that_is_typed_stays_whatever_comes_of_the_one_before(page: Page) -> None:
    go(page, "thoughts")
    field = page.get_by_role("textbox", name="New thought")
    texts = page.locator(".thought[data-text] .thought-text")
    with late(page, "api/training/text?"):
        field.fill("number one")
        field.press("Control+Enter")
        held(page, "api/training/text?")
        field.press_sequentially("number two")
    expect(texts.filter(has_text="number one")).to_have_count(1)
    expect(field).to_have_value("number two")
    with late(page, "api/training/text?", "away"):
        field.press("Control+Enter")
        expect(page.locator(".composer [role=alert]")).to_contain_text("does not answer")
        expect(field).to_have_value("number two")
    field.fill("")

    id = page.locator(".thought").filter(has_text="number one").get_attribute("data-text")
    item = page.locator(f"[data-text='{id}']")
    with late(page, "api/training/text?"):
        item.get_by_role("button", name="Edit").click()
        item.locator("textarea").fill("number 1")
        item.get_by_role("button", name="Save").click()
        held(page, "api/training/text?")
        item.get_by_role("button", name="Cancel").click()
        item.get_by_role("button", name="Edit").click()
        item.locator("textarea").fill("number 1 and more")
    expect(page.locator(".said")).to_contain_text("changed")
    expect(item.locator("textarea")).to_have_value("number 1 and more")
    item.locator("textarea").press("Escape")
    with late(page, "api/training/text?"):
        for _ in range(2):
            item.get_by_role("button", name="Remove").click()
        # A second answer would be that it is gone.
        assert asked(page, "api/training/text?") == 1
    expect(item).to_have_count(0)
    expect(page.locator(".said")).to_contain_text("removed.")
    expect(undo(page)).to_be_visible()


def test_the_store_that_was_asked_for_last_is_shown(page: Page, folder: Path) -> None:
    def shown(title: str) -> None:
        expect(page.locator(".store-button b")).to_have_text(title)

    def open_by_hand(name: str) -> None:
        page.locator(".store-button").click()
        page.get_by_role("textbox", name="Folder or database").fill(str(folder / name))
        page.keyboard.press("Enter")

    go(page, "live")
    expect(page.locator(".live-card")).to_have_count(1)
    with late(page, "api/training/open"):
        open_by_hand("log.csv")
        held(page, "api/training/open")
        page.keyboard.press("Escape")
        page.evaluate("() => innerview.training.enter(innerview.training.first)")
    page.wait_for_function("() => localStorage['innerview-stores']?.includes('log.csv')")
    shown("runs")
    # The keyboard is where it was put meanwhile; what is shown is never that of the store before.
    query = page.get_by_role("combobox", name="Query over runs")
    with late(page, "api/training/runs?store"):
        open_by_hand("other")
        shown("other")
        expect(page.locator(".live-none")).to_contain_text("Reading the runs")
        expect(page.locator(".live-card, .live-charts .chart-card:visible")).to_have_count(0)
        page.keyboard.press("Escape")
        query.focus()
    expect(page.locator(".live-card .live-name")).to_have_text("fourth")
    expect(query).to_be_focused()
    # An address says which store, and what of its runs.
    address = page.evaluate("() => innerview.training.store.id")
    page.evaluate("() => innerview.training.enter(innerview.training.first)")
    expect_names(page, *RUNS)
    page.evaluate(f"() => (location.hash = '#tab=live&t-store={address}&t-query=loss > 0')")
    shown("other")
    page.wait_for_function("() => innerview.training.query === 'loss > 0'")
    page.evaluate("() => (location.hash = '#tab=live')")
    shown("runs")
    page.wait_for_function("() => innerview.training.query === '' && innerview.training.known")


def test_what_failed_comes_once_the_server_is_back(page: Page, folder: Path) -> None:
    """Also where nothing happens in the store that would have it asked for again."""
    go(page, "live")
    page.get_by_role("button", name="Train a network here").click()
    panel = page.locator(".live-demonstration")
    expect(panel.get_by_role("button", name="Train", exact=True)).to_be_visible()
    with (
        late(page, "api/training/live", "away"),
        late(page, "api/training/demonstration", "away"),
    ):
        page.evaluate("(path) => innerview.training.open(path)", str(folder / "other"))
        expect(panel.get_by_role("alert")).to_contain_text("does not answer")
    expect(page.locator(".live-card .live-name")).to_have_text("fourth")
    with late(page, "api/training/histograms", "lost"):
        go(page, "histograms")
        expect(page.locator(".histogram-sentence:visible")).to_have_text("The store is lost.")
    go(page, "live")
    chart = page.locator(".live-charts .chart-card:visible").first
    expect(chart.locator(".chart")).to_have_attribute("data-state", "drawn")
    with late(page, "api/training/curves", "away"):
        page.get_by_role("radio", name="step").click()
        expect(chart.locator(".chart-note")).to_contain_text("did not come")
        moment = """async () => {
            const { momentOf } = await import('/assets/training/chart/moments.js');
            const [run] = innerview.training.runs;
            const { epoch } = await momentOf(run, 'loss', 'step', 20);
            return epoch;
        }"""
        with pytest.raises(Exception, match="Failed to fetch"):
            page.evaluate(moment)
    assert page.evaluate(moment) == 1
    expect(chart.locator(".chart-note")).to_be_hidden()
    expect(panel.get_by_role("button", name="Train", exact=True)).to_be_visible()
    expect(panel.get_by_role("alert")).to_be_hidden()

    go(page, "histograms")
    expect(page.locator(".histogram-said:visible")).to_contain_text("values, median")


def test_a_tab_whose_scripts_did_not_come_opens_when_they_do(page: Page) -> None:
    page.route("**/assets/training/images/images.js", lambda route: route.abort())
    page.route("**/api/training/image/**", lambda route: route.abort())
    go(page, "images")
    expect(page.locator(".training-images .failure-card")).to_contain_text("did not come")
    go(page, "live")
    page.unroute("**/assets/training/images/images.js")
    go(page, "images")
    expect(page.locator(".image-cell .picture-broken").first).to_be_visible()
    expect(page.locator(".training-images .failure-card")).to_have_count(0)
    page.unroute("**/api/training/image/**")
    page.evaluate("() => innerview.training.emit('runs')")
    expect(page.locator(".image-cell img").first).to_be_visible()


def test_a_run_that_comes_back_is_asked_for_again(page: Page) -> None:
    """Also where its question had to wait, and it was gone when its turn came."""
    found = page.evaluate(
        """async () => {
            const { Fresh } = await import('/assets/training/media/fresh.js');
            const { training } = innerview;
            const { id } = training.runs[0];
            const going = [];
            const asked = [];
            const fresh = new Fresh((run, tag) => {
              asked.push(tag);
              return new Promise((done) => going.push(done));
            });
            const ask = () => {
              for (const tag of ['a', 'b', 'c', 'd', 'waits']) fresh.get(training.run(id), tag);
            };
            ask();
            const change = await training.edit([id], { deleted: true });
            going.forEach((done) => done('answer'));
            await new Promise((done) => setTimeout(done));
            await training.undo(change);
            ask();
            return asked;
        }"""
    )
    assert found == ["a", "b", "c", "d", "waits"]


def test_tags_are_found_as_they_are_typed_whenever_an_answer_comes(page: Page) -> None:
    go(page, "scalars")
    field = page.get_by_label("Filter of tags")
    charts = page.locator(".scalars-place:visible")
    expect(charts.first).to_be_visible()
    count = charts.count()
    mistake = page.locator(".scalars-mistake")
    field.fill("/(/")
    expect(mistake).to_contain_text("No regular expression")
    field.fill("")
    expect(mistake).to_be_empty()
    # An expression that is tried for ever, and given up.
    page.evaluate(
        """() => {
            const { postMessage, terminate } = Worker.prototype;
            window.tried = 0;
            Worker.prototype.postMessage = () => { window.tried = 1; };
            Worker.prototype.terminate = function () {
              terminate.call(this);
              window.tried = 2;
              Object.assign(Worker.prototype, { postMessage, terminate });
            };
        }"""
    )
    field.fill("/loss/")
    page.wait_for_function("() => window.tried === 1")
    field.fill("")
    page.wait_for_function("() => window.tried === 2")
    page.evaluate("() => new Promise((done) => setTimeout(done, 50))")
    expect(mistake).to_be_empty()
    expect(charts).to_have_count(count)


def test_the_keyboard_and_the_colours_stay_with_the_charts(page: Page) -> None:
    go(page, "scalars")
    chart = page.locator(".scalars-group .chart:visible").first
    chart.focus()
    page.evaluate("() => innerview.training.edit([innerview.training.runs[0].id], {note: 'new'})")
    page.wait_for_function("() => innerview.training.runs[0].note === 'new'")
    expect(chart).to_be_focused()
    same = """() => {
        const lines = document.querySelectorAll('.training-scalars .chart-legend-entry line');
        const drawn = [...lines].map((line) => line.getAttribute('stroke'));
        const { entries } = innerviewCharts.boards.get('scalars');
        const meant = entries.map(({ runs: [run] }) => innerview.training.color(run));
        return drawn.length === 2 && drawn.join() === meant.join() && drawn.join();
    }"""
    page.evaluate("() => innerview.training.setGroup('val_accuracy')")
    light = page.wait_for_function(same).json_value()
    page.emulate_media(color_scheme="dark")
    assert page.wait_for_function(same).json_value() != light
    page.emulate_media(color_scheme="light")
    page.evaluate("() => innerview.training.setGroup(null)")
