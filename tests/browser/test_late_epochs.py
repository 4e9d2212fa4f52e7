"""The page Epochs while the server's answers come late or not at all."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.late import Answers
from tests.browser.late_study import AWAY, EPOCHS, OTHER, go, selected


@pytest.fixture
def page(late_page: Page) -> Page:
    return late_page


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
