"""Answers that come late, in another order, or not at all: what a person did last holds."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.late import Answers
from tests.browser.late_study import AWAY, go, query, samples, selected, wait_for_query

FIELD = ".querybar-input"


@pytest.fixture
def page(late_page: Page) -> Page:
    return late_page


# ---- a server that was away


def test_pages_opened_while_the_server_is_away_come_when_it_is_back(
    page: Page, answers: Answers
) -> None:
    places = {
        "curves": ("#curves", "#curves-roc .nsewdrag"),
        "confusion": ("#confusion", "#confusion-plot .nsewdrag"),
        "network": ("#graph", ".graph-bar select"),
        "epochs": ("#epochs", ".epochs-bar .steps"),
    }
    page.route("**/api/graph/component.js", lambda route: route.abort())
    answers.lose()
    for name, (place, _) in places.items():
        go(page, name)
        expect(page.locator(place)).to_contain_text(AWAY)
    expect(page.locator(".facets-said")).to_contain_text(AWAY)
    page.unroute("**/api/graph/component.js")
    answers.find()
    for name, (_, part) in places.items():
        go(page, name)
        expect(page.locator(part).first).to_be_visible()
    go(page, "confusion")
    expect(page.locator(".facets-said")).not_to_contain_text(AWAY)


def test_map_is_coloured_once_the_server_is_back(page: Page, answers: Answers) -> None:
    answers.lose("api/column")
    before = page.evaluate("() => innerview.tiles[0].field")
    page.evaluate("() => { innerview.tiles[0].field = 'margin'; }")
    assert page.evaluate("() => innerview.study.column('margin')") is None
    answers.find()
    page.wait_for_function("() => innerview.tiles[0].encoding.legend?.field === 'margin'")
    page.evaluate("(field) => { innerview.tiles[0].field = field; }", before)


def test_picture_is_not_said_to_be_of_another_layer(page: Page, answers: Answers) -> None:
    answers.lose("api/layout")
    other = page.evaluate(
        """() => {
          const [tile] = innerview.tiles;
          const known = Object.keys(innerview.study.health.layouts).map((key) => key.split('|')[0]);
          const layer = innerview.study.info.layers.find((l) => l.units && !known.includes(l.key));
          tile.chosenSpace = layer?.key ?? 'nowhere';
          return [tile.title, tile.sentence];
        }"""
    )
    page.evaluate("() => { innerview.tiles[0].chosenSpace = 'pixels'; }")
    assert other[0] == "Pixels" and other[1].startswith("Waiting for the projection of ")


def test_thumbnails_are_asked_for_again(page: Page, answers: Answers) -> None:
    page.evaluate("() => import('/assets/shared/thumbnails.js').then((m) => { window.m = m; })")
    page.evaluate("() => m.thumbnails.want([1])")
    page.wait_for_function("() => m.thumbnails.get(1)")
    answers.lose("api/thumbnails")
    # As a map does that has the image in view.
    page.evaluate("() => m.thumbnails.on('loaded', () => m.thumbnails.want([2]))")
    page.evaluate("() => m.thumbnails.want([2])")
    answers.find()
    page.wait_for_function("() => m.thumbnails.get(2)")


def test_rows_are_read_again(page: Page, answers: Answers) -> None:
    note = page.locator(".table-note")
    sort = "(sort) => innerview.table.api.applyColumnState({ state: [sort] })"
    answers.lose("api/table")
    page.evaluate(sort, {"colId": "loss", "sort": "asc"})
    expect(note).to_contain_text(AWAY)
    answers.find()
    expect(note).to_be_hidden()


# ---- queries


def test_what_is_typed_while_a_query_is_applied_stays(page: Page, answers: Answers) -> None:
    answers.hold("api/query/rows")
    page.fill(FIELD, "label == 4")
    page.press(FIELD, "Enter")
    answers.wait("api/query/rows")
    page.locator(FIELD).press_sequentially(" and loss > 1")
    answers.let_go("api/query/rows")
    wait_for_query(page, "label == 4")
    expect(page.locator(FIELD)).to_have_value("label == 4 and loss > 1")


def test_mistake_of_an_older_query_is_not_told(page: Page, answers: Answers) -> None:
    answers.hold("api/query/rows")
    for count, text in enumerate(("lable == 4", "label == 5"), 1):
        page.fill(FIELD, text)
        page.press(FIELD, "Enter")
        answers.wait("api/query/rows", count)
    answers.let_go("api/query/rows", 1)
    wait_for_query(page, "label == 5")
    answers.let_go("api/query/rows", 0)
    expect(page.locator(".querybar-message")).to_be_hidden()
    expect(page.locator(FIELD)).to_have_value("label == 5")


def test_second_gesture_goes_on_from_the_first(page: Page, answers: Answers) -> None:
    go(page, "hard")
    page.get_by_role("button", name="wrong").first.wait_for()
    answers.hold("api/query/rows")
    page.locator(".hard-kind", has_text="wrong").click()
    answers.wait("api/query/rows")
    page.get_by_label("Loss from, in nats").fill("1")
    page.get_by_label("Loss to, in nats").click()
    page.keyboard.type("5")
    answers.wait("api/query/rows", 2)
    answers.let_all_go("api/query/rows")
    wait_for_query(page, "loss >= 1 and not correct")
    # What is typed just now is not written over.
    expect(page.get_by_label("Loss to, in nats")).to_have_value("5")
    page.get_by_label("Loss to, in nats").press("Enter")
    wait_for_query(page, "1 <= loss < 5 and not correct")


def test_strip_looks_at_the_image_where_the_key_stopped(page: Page) -> None:
    go(page, "hard")
    page.locator(".strip-list .card-look").first.focus()
    meant = page.evaluate(
        """() => {
          const meant = innerview.hard.strip.indices[1];
          const key = new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true });
          document.activeElement.dispatchEvent(key);
          innerview.setSelection(innerview.hard.strip.indices.slice(5, 9));
          return meant;
        }"""
    )
    page.wait_for_function("() => innerview.hub.focus !== null")
    assert page.evaluate("() => innerview.hub.focus") == meant


def test_cell_that_is_clicked_twice_is_not_selected(page: Page, answers: Answers) -> None:
    go(page, "confusion")
    page.wait_for_selector("#confusion-plot .nsewdrag")
    answers.hold("api/query/rows")
    page.locator("#confusion-plot").press("Home")
    page.keyboard.press("Enter")
    answers.wait("api/query/rows")
    page.keyboard.press("Enter")
    answers.let_all_go("api/query/rows")
    assert query(page) == "" and selected(page) == []


def test_order_of_classes_is_the_one_chosen_last(page: Page, answers: Answers) -> None:
    go(page, "confusion")
    page.wait_for_selector("#confusion-plot .nsewdrag")
    names = "() => document.querySelector('#confusion-plot').layout.yaxis.ticktext"
    given = page.evaluate(names)
    order = page.get_by_label("Order of the classes")
    answers.lose("api/confusion/order")
    order.select_option("similar")
    expect(page.locator("#confusion .confusion-said")).to_contain_text(AWAY)
    expect(order).to_have_value("given")
    answers.find()
    answers.hold("api/confusion/order")
    order.select_option("similar")
    answers.wait("api/confusion/order")
    order.select_option("given")
    answers.let_all_go("api/confusion/order")
    assert page.evaluate(names) == given
    order.select_option("similar")
    page.wait_for_function(f"(given) => String(({names})()) !== String(given)", arg=given)
    order.select_option("given")


def test_part_is_selected_of_the_class_that_was_meant(page: Page, answers: Answers) -> None:
    go(page, "curves")
    row = ".curves-table tbody tr[data-number='{}']"
    count = page.locator(".curves-cell b").first
    page.locator(row.format(4)).click()
    expect(page.locator(".curves-side").first).to_have_text("called 4")
    answers.hold("api/curves/threshold")
    page.locator(row.format(7)).click()
    answers.wait("api/curves/threshold")
    # What was counted of another class does not stand under the name of this one.
    expect(count).to_have_text("–")
    page.locator(".curves-cell").first.click()
    page.locator(row.format(2)).click()
    answers.wait("api/curves/threshold", 2)
    answers.let_all_go("api/curves/threshold")
    expect(count).not_to_have_text("–")
    assert query(page) == ""
    answers.lose("api/curves/threshold")
    page.locator(row.format(3)).click()
    expect(page.locator(".curves-wrong")).to_contain_text(AWAY)
    expect(count).to_have_text("–")
    answers.find()
    expect(count).not_to_have_text("–")
    expect(page.locator(".curves-wrong")).not_to_contain_text(AWAY)


# ---- what was picked last


def test_image_looked_at_meanwhile_stays(page: Page, answers: Answers) -> None:
    page.evaluate("() => innerview.table.api.ensureIndexVisible(0)")
    # In an order in which the last rows were not read yet.
    sort = {"state": [{"colId": "margin", "sort": "asc"}], "defaultState": {"sort": None}}
    page.evaluate("(sort) => innerview.table.api.applyColumnState(sort)", sort)
    row = """(row) => innerview.table.view.sort[0]?.colId === 'margin'
      && innerview.table.api.getDisplayedRowAtIndex(row)?.data"""
    page.wait_for_function(row, arg=0)
    page.locator('.ag-row[row-index="0"] [col-id="index"]').first.click()
    page.wait_for_function("() => innerview.hub.focus !== null")
    answers.hold("api/table/rows")
    far = samples(page) // 2
    page.evaluate(
        """(row) => {
          const { api } = innerview.table;
          api.ensureIndexVisible(row);
          api.setFocusedCell(row, 'index');
        }""",
        far,
    )
    answers.wait("api/table/rows")
    page.evaluate("() => innerview.setFocus(5)")
    answers.let_all_go("api/table/rows")
    page.wait_for_function(row, arg=far)
    assert page.evaluate("() => innerview.hub.focus") == 5


def test_rows_of_a_selection_go_with_it(page: Page, answers: Answers) -> None:
    answers.hold("api/table/rows")
    page.evaluate("() => innerview.setSelection([3, 4])")
    answers.wait("api/table/rows")
    page.evaluate("() => innerview.setSelection(null)")
    answers.let_all_go("api/table/rows")
    assert page.evaluate("() => innerview.table.view.token") is None
    assert page.evaluate("() => innerview.table.count") == samples(page)


def test_selection_made_meanwhile_stays(page: Page, answers: Answers) -> None:
    answers.hold("api/table/order")
    page.get_by_label("Select all rows").click()
    answers.wait("api/table/order")
    page.evaluate("() => innerview.setSelection([3, 4])")
    answers.let_all_go("api/table/order")
    assert selected(page) == [3, 4]
    # The same of a selection that an address names.
    page.wait_for_function("() => /selection=/.test(location.hash)")
    token = page.evaluate("() => innerview.hub.token")
    page.evaluate("() => innerview.setSelection(null)")
    page.wait_for_function("() => !location.hash.includes('selection=')")
    answers.hold("api/selection/")
    page.evaluate("(token) => { location.hash = `selection=${token}`; }", token)
    answers.wait("api/selection/")
    page.evaluate("() => innerview.setSelection([7])")
    answers.let_all_go("api/selection/")
    assert selected(page) == [7]


def test_image_asked_for_last_is_the_one_found(page: Page, answers: Answers) -> None:
    go(page, "similar")
    answers.hold("api/find")
    for count, index in enumerate(("12", "300"), 1):
        page.fill("#similar-field", index)
        page.press("#similar-field", "Enter")
        answers.wait("api/find", count)
    answers.let_go("api/find", 1)
    page.wait_for_function("() => innerview.hub.anchor === 300")
    answers.let_go("api/find", 0)
    assert page.evaluate("() => [innerview.hub.anchor, innerview.hub.focus]") == [300, 300]
    # The keyboard goes on from the answer.
    again = page.locator(".similar-again").first
    again.focus()
    again.press("Enter")
    page.wait_for_function("() => innerview.hub.anchor !== 300")
    page.wait_for_function("() => document.activeElement.matches('.similar-look')")


def test_file_that_is_refused_gives_way_to_the_one_before(page: Page, answers: Answers) -> None:
    go(page, "similar")
    picture = page.request.get(
        page.evaluate("() => new URL('api/image/3.png', location).href")
    ).body()
    answers.hold("api/guest")
    files = [("three.png", picture), ("broken.png", b"nothing")]
    for count, (name, body) in enumerate(files, 1):
        page.set_input_files(
            "#similar-file", {"name": name, "mimeType": "image/png", "buffer": body}
        )
        answers.wait("api/guest", count)
    answers.let_go("api/guest", 0)
    answers.let_all_go("api/guest")
    page.wait_for_function("() => innerview.hub.guest?.state === 'done'")
    assert page.evaluate("() => innerview.hub.guest.name") == "three.png"


def test_picture_of_the_image_before_is_not_taken_for_this_one(page: Page) -> None:
    image = page.locator(".portrait-image img")
    page.evaluate("() => innerview.setFocus(1)")
    expect(image).to_have_attribute("src", "api/image/1.png")
    page.wait_for_function("() => document.querySelector('.portrait-image img').naturalWidth")
    held: list[Route] = []
    page.route("**/api/image/2.png", lambda route: held.append(route))
    page.evaluate("() => innerview.setFocus(2)")
    expect(image).to_be_hidden()
    page.unroute("**/api/image/2.png")
    for route in held:
        route.continue_()
    expect(image).to_be_visible()
    # A button that is pressed twice has its own words again.
    copy = page.locator(".identity button", has_text="copy")
    copy.click()
    page.locator(".identity button").first.click()
    expect(page.locator(".identity button").first).to_have_text("copy")


def test_keyboard_is_left_where_it_went(page: Page) -> None:
    page.evaluate(
        """async () => {
          const { PlaceCard } = await import('/assets/map/regioncard.js');
          const host = document.body.appendChild(document.createElement('div'));
          const camera = { toScreen: () => [5, 5], width: 10, height: 10 };
          window.card = new PlaceCard(host, () => {});
          const nowhere = new Promise((done) => { window.say = done; });
          card.open([0, 0], () => nowhere, true);
          card.update(camera);
        }"""
    )
    page.locator(FIELD).focus()
    said = {"probabilities": [{"class": 0, "name": "0", "probability": 1}], "nearest": []}
    page.evaluate("(said) => say(said)", {**said, "extrapolates": False, "sentence": ""})
    expect(page.locator(".map-region-card").last).to_contain_text("Here: 0")
    expect(page.locator(FIELD)).to_be_focused()
    page.evaluate("() => card.close()")


# ---- the network, the epochs


def test_line_about_the_times_does_not_outlive_them(page: Page, answers: Answers) -> None:
    times = {"state": "done", "times": {}, "total": 1, "whole": 1, "sentence": "", "message": ""}
    page.route("**/api/graph/times", lambda route: route.fulfill(json=times))
    go(page, "network")
    measure = page.locator(".graph-measure select")
    measure.wait_for()
    answers.hold("api/graph/times")
    measure.select_option("time")
    answers.wait("api/graph/times")
    expect(page.locator(".graph-said")).to_have_text("Timing each layer …")
    measure.select_option("params")
    expect(page.locator(".graph-said")).to_have_text("")
    answers.let_go("api/graph/times")
    answers.wait("api/graph/times")
    answers.let_all_go("api/graph/times")
    expect(page.locator(".graph-said")).to_have_text("")
    page.unroute("**/api/graph/times")
