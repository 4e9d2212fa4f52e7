"""Similar images as a person finds them: by index, by id, from any page, for an own image."""

import base64
import io
import json
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from data import open_dataset
from data.dataset import Dataset

PATIENCE = 90_000
DROP = """([target, name, kind, data]) => {
  const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], name, { type: kind }));
  for (const event of ['dragenter', 'dragover', 'drop']) {
    const dragged = new DragEvent(event, { bubbles: true, cancelable: true, dataTransfer });
    document.querySelector(target).dispatchEvent(dragged);
  }
}"""
MARKERS = """() => innerview.tiles.map((tile) => {
  const marker = tile.frame.stage.querySelector('.map-guest');
  if (!marker || marker.hidden) return null;
  const { m41, m42 } = new DOMMatrix(getComputedStyle(marker).transform);
  return [m41, m42];
})"""
SETTLED = "() => Promise.all(innerview.tiles.map((tile) => tile.settled()))"


@pytest.fixture(scope="module")
def dataset(digits_file: Path) -> Dataset:
    return open_dataset(digits_file)


@pytest.fixture
def explore(page: Page) -> Page:
    """The maps, with every image passed through the network and projected."""
    return page


@pytest.fixture
def similar(explore: Page) -> Page:
    """The page of similar images, empty."""
    explore.click("nav a[data-page=similar]")
    return explore


def ask(page: Page, text: str) -> None:
    page.fill("#similar-field", text)
    page.press("#similar-field", "Enter")


def shown(page: Page, count: int = 24) -> list[int]:
    """The indices on the cards, once there are so many, in their order."""
    cards = page.locator(".similar-card")
    expect(cards).to_have_count(count)
    indices: list[int] = cards.evaluate_all("all => all.map((one) => Number(one.dataset.index))")
    return indices


def nearest_is(page: Page, index: int) -> None:
    page.wait_for_function(
        "(index) => document.querySelector('.similar-card')?.dataset.index === String(index)",
        arg=index,
    )


def answer(study_url: str, **query: Any) -> list[dict[str, Any]]:
    words = "&".join(f"{name}={value}" for name, value in query.items())
    with urllib.request.urlopen(f"{study_url}api/similar?{words}") as file:
        results: list[dict[str, Any]] = json.load(file)["results"]
    return results


def png(pixels: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(buffer, "PNG")
    return buffer.getvalue()


def drop(page: Page, data: bytes, name: str = "mine.png", kind: str = "image/png") -> None:
    page.evaluate(DROP, ["main", name, kind, base64.b64encode(data).decode()])


def looked_at(page: Page) -> None:
    """Until the network has looked at the dropped image."""
    page.wait_for_function("() => innerview.hub.guest?.state === 'done'")


def test_index_brings_the_nearest_with_all_about_them(
    similar: Page, study_url: str, dataset: Dataset
) -> None:
    ask(similar, "2654")
    results = answer(study_url, index=2654, space="dense", k=24)
    assert shown(similar) == [result["index"] for result in results]
    label, others = dataset.labels[2654], 0
    for rank, result in enumerate(results):
        card = similar.locator(".similar-card").nth(rank)
        differs = bool(dataset.labels[result["index"]] != label)
        others += differs
        marked = "other" in (card.get_attribute("class") or "").split()
        text = card.locator(".similar-label").inner_text()
        name = dataset.class_names[dataset.labels[result["index"]]]
        assert (marked, text) == (differs, f"≠ {name}" if differs else name)
        guess = dataset.class_names[result["predicted"]]
        right = result["predicted"] == result["label"]
        expect(card.locator(".similar-guess")).to_have_text(f"{'✓' if right else '✕'} {guess}")
        assert float(card.locator(".similar-distance").inner_text()) == pytest.approx(
            result["distance"], rel=0.01
        )
    expect(similar.locator(".similar-summary")).to_contain_text(
        f"The 24 nearest to image 2654 in dense: {others} of 24"
    )
    similar.wait_for_function(
        """() => [...document.querySelectorAll('.similar-cards .similar-line')]
          .every((line) => line.getAttribute('d')?.startsWith('M'))"""
    )
    expect(similar.locator("aside .portrait")).to_contain_text("2654")


def test_pixels_are_compared_as_scikit_learn_does(similar: Page, dataset: Dataset) -> None:
    similar.select_option("#similar-space", "pixels")
    similar.select_option("#similar-count", "8")
    ask(similar, "77")
    pixels = dataset.images.read(np.arange(len(dataset))).reshape(len(dataset), -1) / 255.0
    distances = np.linalg.norm(pixels - pixels[77], axis=1)
    distances[77] = np.inf
    assert shown(similar, 8) == np.argsort(distances, kind="stable")[:8].tolist()
    assert similar.evaluate("innerview.hub.layer") == "dense"


def test_id_is_as_good_as_an_index_and_is_completed(similar: Page, dataset: Dataset) -> None:
    ask(similar, dataset.ids[123])
    shown(similar)
    assert similar.evaluate("innerview.hub.anchor") == 123
    similar.fill("#similar-field", dataset.ids[4567][:-1])
    similar.wait_for_function(
        """(id) => [...document.querySelectorAll('#similar-ids option')]
          .some((option) => option.value === id)""",
        arg=dataset.ids[4567],
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("10000", "indices go from 0 to 9,999"),
        ("<img src=x onerror=alert(1)>", "No image has the id “<img src=x"),
        ("", "Type an index from 0 to 9,999"),
    ],
)
def test_wrong_id_is_one_sentence(similar: Page, text: str, words: str) -> None:
    ask(similar, "5")
    shown(similar)
    ask(similar, text)
    mistake = similar.locator("#similar-mistake")
    expect(mistake).to_contain_text(words)
    expect(mistake.locator("img")).to_have_count(0)
    # What was found before stays.
    assert similar.evaluate("innerview.hub.anchor") == 5
    shown(similar)
    ask(similar, "6")
    expect(mistake).to_be_hidden()


def test_inspector_and_cards_ask_for_similar_images(explore: Page, study_url: str) -> None:
    explore.evaluate("innerview.hub.setFocus(31)")
    explore.click("aside [data-similar='31']")
    explore.wait_for_function("() => innerview.hub.page === 'similar'")
    first = shown(explore)[0]
    assert first == answer(study_url, index=31)[0]["index"]
    explore.locator(".similar-look").first.click()
    assert explore.evaluate("[innerview.hub.focus, innerview.hub.anchor]") == [first, 31]
    explore.locator(".similar-again").first.click()
    explore.wait_for_function("(index) => innerview.hub.anchor === index", arg=first)
    explore.wait_for_function("() => location.hash.includes(`similar=${innerview.hub.anchor}`)")
    results = [result["index"] for result in answer(study_url, index=first)]
    nearest_is(explore, results[0])
    assert shown(explore) == results


def test_address_asks_for_similar_images(page: Page, study_url: str) -> None:
    page.set_default_timeout(PATIENCE)
    page.goto(f"{study_url}similar#similar=42&layer=conv1")
    page.wait_for_function("() => document.querySelectorAll('.similar-card').length === 24")
    assert shown(page) == [one["index"] for one in answer(study_url, index=42, space="conv1")]


def test_found_images_are_selected_and_saved(similar: Page, tmp_path: Path) -> None:
    similar.select_option("#similar-count", "60")
    ask(similar, "5")
    indices = shown(similar, 60)
    similar.get_by_role("button", name="Select these").click()
    selected = similar.evaluate(
        "Array.from(innerview.hub.selection).flatMap((on, i) => on ? [i] : [])"
    )
    assert selected == sorted(indices)
    assert similar.evaluate("innerview.hub.origin") == "similar"
    with similar.expect_download() as download:
        similar.locator(".similar-tools").get_by_role("button", name="CSV").click()
    download.value.save_as(tmp_path / "similar.csv")
    rows = (tmp_path / "similar.csv").read_text().splitlines()
    column = rows[0].split(",").index("index")
    assert [int(row.split(",")[column]) for row in rows[1:]] == indices


def test_keyboard_goes_from_card_to_card(similar: Page) -> None:
    ask(similar, "5")
    indices = shown(similar)
    similar.locator(".similar-look").first.focus()
    similar.keyboard.press("ArrowRight")
    similar.keyboard.press("ArrowRight")
    similar.keyboard.press("Enter")
    similar.wait_for_function("(index) => innerview.hub.focus === index", arg=indices[2])
    expect(similar.locator(".similar-chart h3")).to_contain_text(f"image {indices[2]}")
    similar.wait_for_function("() => document.querySelector('#similar-chart .scatterlayer path')")
    similar.keyboard.press("ArrowDown")
    top = "document.activeElement.closest('li').offsetTop"
    assert similar.evaluate(f"{top} > document.querySelector('.similar-card').offsetTop")


def test_dropped_image_appears_on_every_map(explore: Page, dataset: Dataset) -> None:
    explore.evaluate("innerview.hub.setSelection(null)")
    drop(explore, png(dataset.images.original(321)))
    expect(explore.locator(".guest-toast")).to_contain_text("Your image")
    looked_at(explore)
    explore.evaluate(SETTLED)
    explore.wait_for_function(f"() => ({MARKERS})().every(Boolean)")
    # An image of the dataset is its own nearest neighbour, or lies at that one's twin.
    for zoom in (False, True):
        if zoom:
            explore.evaluate(
                """() => innerview.tiles.forEach(({ view }) => {
                  view.camera.zoomAt(...view.screen(321), 3);
                  view.moved();
                })"""
            )
            explore.evaluate(SETTLED)
        own = explore.evaluate("innerview.tiles.map((tile) => tile.screen(321))")
        np.testing.assert_allclose(explore.evaluate(MARKERS), own, atol=2)
    expect(explore.locator(".guest-toast")).to_contain_text("predicted")
    explore.locator(".map-guest-image").first.hover()
    title = explore.locator(".map-guest-image").first.get_attribute("title")
    assert title is not None
    assert "placed between its nearest neighbours" in title
    explore.keyboard.press("Escape")
    expect(explore.locator(".guest-badge")).to_be_hidden()
    assert explore.evaluate(MARKERS) == [None, None, None]


def test_marker_follows_another_layout(explore: Page, dataset: Dataset) -> None:
    drop(explore, png(dataset.images.original(321)))
    looked_at(explore)
    explore.evaluate("innerview.hub.setMethod('pca')")
    explore.wait_for_function("() => innerview.tiles.every((tile) => tile.shown.method === 'pca')")
    explore.evaluate("innerview.hub.setLayer('conv1')")
    explore.wait_for_function("() => innerview.tiles[1].shown.space === 'conv1'")
    explore.evaluate(SETTLED)
    explore.wait_for_function(
        f"""() => {{
          const own = innerview.tiles.map((tile) => tile.screen(321));
          const near = ([x, y], k) => Math.hypot(x - own[k][0], y - own[k][1]) < 2;
          const markers = ({MARKERS})();
          return markers.every((at, k) => at && near(at, k));
        }}"""
    )


def test_chosen_image_is_the_question(similar: Page, dataset: Dataset) -> None:
    data = png(dataset.images.original(321))
    similar.set_input_files(
        "#similar-file", {"name": "own.png", "mimeType": "image/png", "buffer": data}
    )
    looked_at(similar)
    indices = shown(similar)
    assert 321 in indices[:2]
    assert float(similar.locator(".similar-distance").first.inner_text()) < 1e-3
    query = similar.locator(".similar-query")
    expect(query).to_contain_text("own.png")
    expect(query).to_contain_text("28 × 28")
    expect(query.locator(".bar")).to_have_count(5)
    expect(similar.locator(".similar-summary")).to_contain_text("your image")
    # Another question leaves it where it is, one click away.
    similar.locator(".similar-again").nth(3).click()
    similar.wait_for_function("(index) => innerview.hub.anchor === index", arg=indices[3])
    similar.get_by_role("button", name="Back to your image").click()
    nearest_is(similar, 321)
    assert shown(similar) == indices
    query.get_by_role("button", name="Remove your image").click()
    expect(similar.locator(".similar-card")).to_have_count(0)
    expect(similar.locator(".similar-empty")).to_be_visible()


def test_inverted_image_is_set_right_by_one_click(similar: Page, dataset: Dataset) -> None:
    drop(similar, png(255 - dataset.images.original(400)))
    looked_at(similar)
    expect(similar.locator(".similar-advice")).to_contain_text("Its border is light")
    similar.get_by_role("button", name="Invert light and dark").click()
    similar.wait_for_function("() => innerview.hub.guest.inverted")
    looked_at(similar)
    nearest_is(similar, 400)
    expect(similar.locator(".similar-advice")).to_have_count(0)


def test_file_that_is_no_image_is_one_sentence(explore: Page) -> None:
    drop(explore, b"no image at all", "notes.png")
    toast = explore.locator(".guest-toast")
    expect(toast).to_contain_text("cannot be read as a JPEG or PNG image")
    assert explore.evaluate("innerview.hub.guest") is None
    toast.get_by_role("button").click()
    expect(toast).to_be_hidden()


def test_two_browsers_ask_about_their_own_images(
    similar: Page, browser: Browser, study_url: str, dataset: Dataset
) -> None:
    context = browser.new_context(bypass_csp=True)
    other = context.new_page()
    other.set_default_timeout(PATIENCE)
    other.goto(f"{study_url}similar")
    other.wait_for_selector(".similar-ask")
    try:
        drop(similar, png(dataset.images.original(50)))
        drop(other, png(dataset.images.original(60)))
        looked_at(similar)
        looked_at(other)
        assert 50 in shown(similar)[:2]
        assert 60 in shown(other)[:2]
        ask(other, "7")
        other.wait_for_function("() => innerview.hub.anchor === 7")
        assert similar.evaluate("innerview.hub.anchor") is None
    finally:
        context.close()
