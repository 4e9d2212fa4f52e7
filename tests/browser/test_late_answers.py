"""Answers that come late, in another order, or not at all: what a person did last holds."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.late import Answers, answers_of

PATIENCE_MS = 60_000
AWAY = "The server does not answer"
EPOCHS = 3
# A layer that is kept of every epoch.
OTHER = "other"
FIELD = ".querybar-input"


class Epochs:
    """Answers for the epochs of a training that there never was."""

    def __init__(self, page: Page) -> None:
        self._page = page
        # The maps of another layer are drawn when they are asked for.
        self._maps = {"dense|tsne", "dense|pca"}

    def send(self, route: Route) -> None:
        address = urlsplit(route.request.url)
        said = dict(parse_qsl(address.query))
        what = address.path.rpartition("api/epochs")[2].lstrip("/")
        if what == "maps":
            self._maps.add(f"{said['layer']}|{said['method']}")
            route.fulfill(status=202)
        elif what in ("", "sample"):
            sample = {"loss": [1, 2, 3], "predicted": [0, 1, 2]}
            route.fulfill(json=sample if what else self._describe())
        else:
            values, headers = self._array(what, int(said["epoch"]), said.get("name", ""))
            route.fulfill(body=values.tobytes(), headers=headers)

    def _describe(self) -> dict[str, Any]:
        done = {"state": "done", "fraction": 1, "message": ""}
        epochs = [
            {"epoch": k + 1, "name": f"{k + 1}.h5", "accuracy": 0.5, "mean_loss": 1.0}
            for k in range(EPOCHS)
        ]
        drawn = {**done, "frames": EPOCHS, "trustworthiness": [0.9] * EPOCHS, "movement": None}
        kept = {"layers": ["dense", OTHER], "methods": ["tsne", "pca"], "network": None}
        alignment = dict.fromkeys(sorted(self._maps), drawn)
        return {**done, **kept, "note": "", "epochs": epochs, "alignment": alignment}

    def _array(self, what: str, epoch: int, name: str) -> tuple[NDArray[Any], dict[str, str]]:
        rng = np.random.default_rng(epoch)
        n = samples(self._page)
        if what == "layout":
            return rng.standard_normal(2 * n).astype("<f4"), {}
        if what == "confusion":
            cells = [(k // 10, k % 10, count) for k, count in enumerate(rng.integers(1, 900, 100))]
            return np.array(cells, "<i4"), {"X-Classes": "10"}
        if name == "predicted":
            return rng.integers(0, 10, n).astype("<i4"), {"X-Dtype": "int32"}
        if name == "correct":
            return rng.integers(0, 2, n).astype("u1"), {"X-Dtype": "uint8"}
        return ((epoch + 1) * rng.random(n)).astype("<f4"), {"X-Dtype": "float32"}


@pytest.fixture(scope="module")
def opened(context: BrowserContext, study_url: str) -> Iterator[Page]:
    """The page of a study with epochs, of which no other page than the first was looked at."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    mistakes: list[str] = []
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    epochs = Epochs(page)
    page.route(re.compile("/api/epochs"), epochs.send)
    page.goto(study_url)
    page.wait_for_function(
        "() => window.innerview?.study?.health?.samples && innerview.table?.count"
        " && innerview.tiles.every((tile) => tile.shown)"
    )
    yield page
    page.close()
    assert mistakes == []


@pytest.fixture
def answers(opened: Page) -> Iterator[Answers]:
    with answers_of(opened) as answers:
        yield answers


@pytest.fixture
def page(opened: Page, answers: Answers) -> Iterator[Page]:
    """The page, nothing applied, selected or looked at."""
    yield opened
    opened.evaluate("() => answers.end()")
    opened.evaluate(
        """async () => {
          await innerview.applyQuery('');
          innerview.setSelection(null);
          innerview.setFocus(null);
          innerview.setAnchor(null);
          innerview.hub.setGuest(null);
        }"""
    )
    go(opened, "explore")


def samples(page: Page) -> int:
    return int(page.evaluate("() => innerview.study.n"))


def go(page: Page, name: str) -> None:
    page.evaluate("(name) => document.querySelector(`nav a[data-page=${name}]`).click()", name)


def query(page: Page) -> str:
    return str(page.evaluate("() => innerview.hub.query"))


def wait_for_query(page: Page, text: str) -> None:
    page.wait_for_function("(text) => innerview.hub.query === text", arg=text)


def selected(page: Page) -> list[int]:
    found: list[int] = page.evaluate(
        "() => [...(innerview.hub.selection ?? [])].flatMap((on, i) => on ? [i] : [])"
    )
    return found


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


@pytest.fixture
def epochs(page: Page) -> Iterator[Page]:
    """The first epoch of the training, at rest."""
    go(page, "epochs")
    page.wait_for_function("() => innerview.epochs")
    page.evaluate("() => innerview.epochs.player.go(0)")
    shows(page, 0)
    before = page.evaluate("() => [innerview.hub.layer, innerview.hub.method]")
    yield page
    page.evaluate("() => answers.end()")
    page.evaluate(
        "([layer, method]) => { innerview.setLayer(layer); innerview.setMethod(method); }", before
    )
    page.evaluate("() => { innerview.epochs.map.field = 'label'; }")


def shows(page: Page, position: int) -> None:
    page.wait_for_function(
        """(position) => {
          const { shown, view } = innerview.epochs.map;
          return shown?.position === position && !view.busy;
        }""",
        arg=position,
    )
    expect(page.locator(".epochs-matrix h3")).to_have_text(f"Confusion, epoch {position + 1}")


def test_epoch_is_shown_once_the_server_is_back(epochs: Page, answers: Answers) -> None:
    sentence = epochs.locator(".epochs-body .map-sentence")
    answers.lose("api/epochs/")
    epochs.evaluate("() => innerview.epochs.player.go(1)")
    expect(sentence).to_contain_text(AWAY)
    answers.find()
    shows(epochs, 1)
    expect(epochs.locator(".epochs-facts")).to_contain_text("newly right since epoch 1")
    # Maps that nobody has heard of are asked for again, and so is what all of them are seen in.
    answers.lose("api/epochs/maps")
    epochs.evaluate("(layer) => innerview.setLayer(layer)", OTHER)
    expect(sentence).to_contain_text(AWAY)
    answers.find()
    epochs.wait_for_function("(layer) => innerview.epochs.map.shown.layer === layer", arg=OTHER)
    answers.lose("api/epochs/layout")
    epochs.evaluate("() => { innerview.setLayer('dense'); innerview.setMethod('pca'); }")
    expect(sentence).to_contain_text(AWAY)
    answers.find()
    epochs.wait_for_function("() => innerview.epochs.map.shown.method === 'pca'")


def test_scale_stays_the_same_for_all_epochs(epochs: Page, answers: Answers) -> None:
    legend = "() => innerview.epochs.map.encoding.legend"
    answers.lose("api/epochs/column")
    epochs.evaluate("() => { innerview.epochs.map.field = 'loss'; }")
    epochs.wait_for_function(f"() => ({legend})() === null")
    answers.find()
    found = []
    for position in range(EPOCHS):
        epochs.evaluate("(position) => innerview.epochs.player.go(position)", position)
        shows(epochs, position)
        epochs.wait_for_function(f"() => ({legend})()?.field === 'loss'")
        found.append(epochs.evaluate(legend))
    assert found[0] == found[1] == found[2]


def test_matrix_of_an_epoch_comes_to_its_end(epochs: Page, answers: Answers) -> None:
    # It is shown again while its cells still change.
    epochs.emulate_media(reduced_motion="no-preference")
    epochs.evaluate(
        """async () => {
          const { player, history } = innerview.epochs;
          const title = document.querySelector('.epochs-matrix h3');
          player.go(2);
          while (!title.textContent.endsWith('epoch 3')) await new Promise((r) => setTimeout(r));
          history.emit('change');
        }"""
    )
    # The depth of a mistake's colour goes with the root of its count.
    counts = epochs.evaluate(
        "async () => [...(await innerview.epochs.history.confusion(2)).counts]"
    )
    epochs.wait_for_function(
        """(counts) => {
          const { data } = document.getElementById('epochs-matrix');
          const { z } = data.find(({ name }) => name === 'errors');
          const scale = z[0][1] ** 2 / counts[1];
          return counts.every((count, k) => {
            const [label, predicted] = [Math.floor(k / 10), k % 10];
            const depth = z[label][predicted] ** 2 / scale;
            return label === predicted || Math.abs(depth - count) < 0.1;
          });
        }""",
        arg=counts,
    )
    # A selection that was made while the cell's images were looked up stays.
    answers.hold("name=predicted")
    epochs.locator("#epochs-matrix").press("Home")
    epochs.keyboard.press("Enter")
    answers.wait("name=predicted")
    epochs.evaluate("() => innerview.setSelection([7])")
    answers.let_all_go("name=predicted")
    assert selected(epochs) == [7]
