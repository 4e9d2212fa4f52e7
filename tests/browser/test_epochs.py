"""The page of the epochs as a person uses it: play, click what is counted; real checkpoints."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Server

# As long as two starts of Keras take on two busy cores.
PATIENCE_MS = 300_000
IMAGES = 600
LAST = 2


def make_checkpoints(folder: Path, network: Path) -> Path:
    """Three epochs of a network: the last is itself, those before have noisy weights."""
    folder.mkdir()
    rng = np.random.default_rng(5)

    def disturb(amount: float) -> Any:
        def change(name: str, item: Any) -> None:
            if isinstance(item, h5py.Dataset) and item.ndim > 1:
                values = item[()]
                item[()] = values + amount * values.std() * rng.standard_normal(values.shape)

        return change

    for epoch, amount in ((1, 2.0), (2, 0.9), (3, 0.0)):
        path = folder / f"epoch-{epoch:04d}.h5"
        shutil.copy(network, path)
        if amount:
            with h5py.File(path, "r+") as file:
                file["model_weights"].visititems(disturb(amount))
    return folder


@pytest.fixture(scope="module")
def opened(
    root: Path,
    digits_file: Path,
    context: BrowserContext,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Page]:
    """The page of three epochs, their maps drawn."""
    folder = make_checkpoints(tmp_path_factory.mktemp("run") / "epochs", root / "model/mnist.h5")
    cache = str(tmp_path_factory.mktemp("cache"))
    arguments = ("--checkpoints", str(folder), "--limit", str(IMAGES), "--projection", "pca")
    server = Server(root, "model/mnist.h5", str(digits_file), *arguments, "--cache-dir", cache)
    try:
        server.wait()
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        mistakes: list[str] = []
        page.on("pageerror", lambda error: mistakes.append(str(error)))
        page.goto(f"{server.url}epochs")
        page.wait_for_function(
            "() => innerview.epochs?.history.alignment('dense', 'tsne')?.state === 'done'"
        )
        yield page
        page.close()
        assert mistakes == []
    finally:
        server.stop()


@pytest.fixture
def epochs(opened: Page) -> Page:
    """The first epoch shown, and nothing selected."""
    opened.evaluate("() => { innerview.setSelection(null); innerview.setFocus(null); }")
    opened.evaluate("() => innerview.applyQuery('')")
    opened.locator(".epochs-bar").get_by_role("slider").focus()
    opened.keyboard.press("Home")
    shows(opened, 0)
    return opened


def shows(page: Page, position: int) -> None:
    """The map and the matrix are those of an epoch, and are at rest."""
    page.wait_for_function(
        """(position) => {
          const { player, map } = innerview.epochs;
          return player.step === position && map.shown?.position === position && !map.view.busy;
        }""",
        arg=position,
    )
    expect(page.locator(".epochs-matrix h3")).to_have_text(f"Confusion, epoch {position + 1}")


def array(page: Page, path: str, kind: str) -> NDArray[Any]:
    """What the server answers, apart from what the page makes of it."""
    values = page.evaluate(
        f"async (path) => Array.from(new {kind}(await (await fetch(path)).arrayBuffer()))", path
    )
    return np.array(values)


def correct(page: Page, position: int) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = predicted(page, position) == labels(page)
    return found


def predicted(page: Page, position: int) -> NDArray[np.int32]:
    return array(page, f"api/epochs/column?name=predicted&epoch={position}", "Int32Array")


def labels(page: Page) -> NDArray[np.int32]:
    return array(page, "api/column?name=label", "Int32Array")


def selected(page: Page) -> list[int]:
    found: list[int] = page.evaluate(
        "() => [...(innerview.hub.selection ?? [])].flatMap((on, i) => on ? [i] : [])"
    )
    return found


def fact(page: Page, words: str) -> tuple[int, Any]:
    """A figure and its button."""
    button = page.locator(".epochs-fact", has_text=words)
    expect(button).to_be_visible()
    return int(button.locator("b").inner_text().replace(",", "")), button


def test_the_slider_moves_map_matrix_and_figures(epochs: Page) -> None:
    right = [correct(epochs, position) for position in range(LAST + 1)]
    for position in range(LAST + 1):
        shows(epochs, position)
        drawn = epochs.evaluate("() => Array.from(innerview.epochs.map.view.morph.end)")
        path = f"api/epochs/layout?layer=dense&method=tsne&epoch={position}"
        np.testing.assert_array_equal(drawn, array(epochs, path, "Float32Array"))
        wrong = int((~right[position]).sum())
        said = epochs.locator(".epochs-matrix .confusion-said")
        expect(said).to_have_text(f"{wrong:,} of {IMAGES:,} images wrong")
        kept = np.logical_and.reduce(right[position:])
        assert fact(epochs, "learned by now")[0] == kept.sum()
        accuracy = epochs.locator(".epochs-head-accuracy b")
        expect(accuracy).to_have_text(f"{100 * right[position].mean():.1f} %")
        if position:
            lost = right[position - 1] & ~right[position]
            count, button = fact(epochs, f"forgotten since epoch {position}")
            assert count == lost.sum()
            if count:
                button.click()
                assert selected(epochs) == np.flatnonzero(lost).tolist()
                expect(button).to_have_attribute("aria-pressed", "true")
        epochs.locator(".epochs-bar").get_by_role("slider").focus()
        epochs.keyboard.press("ArrowRight")


def test_figures_are_queries(epochs: Page) -> None:
    right = np.stack([correct(epochs, position) for position in range(LAST + 1)])
    forgotten = (right[:-1] & ~right[1:]).any(0)
    for words, query, mask in (
        ("learned by now", "learned <= 1", right.all(0)),
        ("ever forgotten", "forgotten >= 1", forgotten),
        ("never learned", "never_learned", ~right.any(0)),
    ):
        count, button = fact(epochs, words)
        assert count == mask.sum()
        if not count:
            expect(button).to_be_disabled()
            continue
        button.click()
        epochs.wait_for_function("(query) => innerview.hub.query === query", arg=query)
        assert selected(epochs) == np.flatnonzero(mask).tolist()
        button.click()
        epochs.wait_for_function("() => innerview.hub.query === '' && !innerview.hub.selection")


def test_it_plays_to_the_end_and_leaves_none_out(epochs: Page) -> None:
    epochs.evaluate(
        """() => {
          window.seen = [];
          innerview.epochs.player.on('step', () => seen.push(innerview.epochs.player.step));
        }"""
    )
    epochs.get_by_label("Speed").select_option("4")
    epochs.get_by_role("button", name="Play").click()
    shows(epochs, LAST)
    assert epochs.evaluate("() => seen") == [1, 2]
    assert not epochs.evaluate("() => innerview.epochs.player.playing")
    # The address has the epoch; the hub's own parts stay in it.
    epochs.wait_for_function("() => location.hash.includes('epoch=3')")
    assert "layer=dense" in epochs.url
    box = epochs.locator(".epochs-plot-layer").bounding_box()
    assert box is not None
    line = epochs.locator(".epochs-playhead").bounding_box()
    assert line is not None
    # Half-way between the axis and the last epoch lies the second.
    left = epochs.evaluate("() => document.getElementById('epochs-plot')._fullLayout.xaxis._offset")
    middle = (box["x"] + left + line["x"]) / 2
    epochs.mouse.click(middle, box["y"] + box["height"] / 4)
    shows(epochs, 1)


def test_cells_select_by_hand_and_at_the_end_by_query(epochs: Page) -> None:
    truth = labels(epochs)
    for position in (0, LAST):
        epochs.locator(".epochs-bar").get_by_role("slider").focus()
        epochs.keyboard.press("End" if position else "Home")
        shows(epochs, position)
        counts = np.zeros((10, 10), int)
        np.add.at(counts, (truth, predicted(epochs, position)), 1)
        np.fill_diagonal(counts, 0)
        label, taken = np.unravel_index(counts.argmax(), counts.shape)
        plot = epochs.locator("#epochs-matrix .nsewdrag").first.bounding_box()
        assert plot is not None and counts.max() > 0
        x = plot["x"] + plot["width"] * (taken + 0.5) / 10
        epochs.mouse.click(x, plot["y"] + plot["height"] * (label + 0.5) / 10)
        epochs.wait_for_function(
            "(count) => innerview.hub.selectionCount === count", arg=int(counts.max())
        )
        mask = (truth == label) & (predicted(epochs, position) == taken)
        assert selected(epochs) == np.flatnonzero(mask).tolist()
        query = f"label == {label} and predicted == {taken}" if position else ""
        assert epochs.evaluate("() => innerview.hub.query") == query
        frames = "() => document.getElementById('epochs-matrix').layout.shapes.length"
        assert epochs.evaluate(frames) == 1


def test_colours_and_the_focused_image_follow_the_epoch(epochs: Page) -> None:
    losses = np.stack(
        [
            array(epochs, f"api/epochs/column?name=loss&epoch={k}", "Float32Array")
            for k in range(LAST + 1)
        ]
    )
    hardest = int(np.nanargmax(losses[0] - losses[LAST]))
    epochs.evaluate("(index) => innerview.setFocus(index)", hardest)
    head = epochs.locator(".epochs-head-sample")
    expect(head).to_contain_text(f"Loss of image {hardest}")
    drawn = "() => Array.from(document.getElementById('epochs-plot').data[2].y)"
    epochs.wait_for_function(f"() => ({drawn})().length === 3")
    np.testing.assert_allclose(epochs.evaluate(drawn), losses[:, hardest], rtol=1e-6)
    epochs.get_by_label("Coloured by").last.select_option("loss")
    style = "(i) => Array.from(innerview.epochs.map.encoding.style.subarray(4 * i, 4 * i + 3))"
    epochs.wait_for_function("() => innerview.epochs.map.encoding.legend?.field === 'loss'")
    before = epochs.evaluate(style, hardest)
    ticks = epochs.evaluate("() => innerview.epochs.map.encoding.legend.ticks")
    epochs.locator(".epochs-bar").get_by_role("slider").focus()
    epochs.keyboard.press("End")
    shows(epochs, LAST)
    epochs.wait_for_function(
        f"([i, before]) => String(({style})(i)) !== before",
        arg=[hardest, ",".join(map(str, before))],
    )
    # One scale for all epochs, or their colours could not be compared.
    assert epochs.evaluate("() => innerview.epochs.map.encoding.legend.ticks") == ticks
    epochs.get_by_label("Coloured by").last.select_option("label")


def test_it_says_how_the_maps_are_made(epochs: Page) -> None:
    alignment = json.loads(
        epochs.evaluate("() => JSON.stringify(innerview.epochs.history.alignment('dense', 'tsne'))")
    )
    status = epochs.locator(".epochs-map .map-status")
    expect(status).to_have_text(f"t-SNE, trustworthiness {alignment['trustworthiness'][0]:.3f}")
    epochs.evaluate("() => innerview.setSelection([1, 2])")
    epochs.get_by_role("button", name="how it is made").click()
    card = epochs.get_by_role("dialog", name="How the maps are made")
    expect(card).to_contain_text(alignment["movement"]["measure"])
    expect(card).to_contain_text(f"{max(alignment['trustworthiness']):.3f}")
    epochs.keyboard.press("Escape")
    expect(card).to_be_hidden()
    # One thing at a time.
    assert epochs.evaluate("() => innerview.hub.selectionCount") == 2


def test_an_address_opens_its_epoch(epochs: Page) -> None:
    # Opened anew, as by a colleague.
    epochs.goto(f"{epochs.url.split('#')[0]}#epoch=2")
    epochs.reload()
    epochs.wait_for_function("() => innerview.epochs?.map.shown")
    shows(epochs, 1)


def test_without_checkpoints_it_says_how_to_open_them(
    context: BrowserContext, study_url: str
) -> None:
    page = context.new_page()
    page.goto(f"{study_url}epochs")
    expect(page.locator(".epochs-empty code").first).to_have_text("--checkpoints FOLDER")
    page.close()
