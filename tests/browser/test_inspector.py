"""The inspector: the image in focus at once, then all that is known of it."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, Request, Route, expect

PATIENCE = 90_000
SETTLED = "#inspector[aria-busy='false']"

# The activations that the waveform shows, once it is drawn.
WAVEFORM = """() => {
  const chart = document.querySelector('#inspector-waveform.js-plotly-plot');
  return chart?._fullData?.[0] ? Array.from(chart._fullData[0].y) : null;
}"""


@pytest.fixture
def measured(page: Page) -> Page:
    """The page, with every image passed through the network and the maps drawn."""
    return page


def focus(page: Page, index: int) -> None:
    page.evaluate("(index) => innerview.setFocus(index)", index)
    page.locator(f"{SETTLED} .portrait-image img[data-index='{index}']").wait_for()


def ask(page: Page, index: int, layer: str = "dense") -> Any:
    return page.evaluate(
        "async ([index, layer]) => (await fetch(`api/sample/${index}?layer=${layer}`)).json()",
        [index, layer],
    )


def facts(page: Page) -> dict[str, str]:
    """The list of numbers, by name."""
    return page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll('.portrait dt')].map(
          (term) => [term.textContent, term.nextElementSibling.textContent]))"""
    )


def column(page: Page, name: str) -> Any:
    return np.asarray(
        page.evaluate("async (name) => Array.from(await innerview.study.column(name))", name)
    )


def indices(page: Page, selector: str, attribute: str) -> list[int]:
    elements = page.locator(selector).all()
    return [int(element.get_attribute(attribute) or -1) for element in elements]


def waits_for_waveform(page: Page, index: int, layer: str) -> None:
    """Until the waveform is the one of this image in this layer."""
    expected = page.evaluate(
        """async ([index, layer]) => {
          const { waveform } = await (await fetch(`api/sample/${index}?layer=${layer}`)).json();
          const bytes = Uint8Array.from(atob(waveform.bdata), (one) => one.charCodeAt(0));
          return Array.from(new Float32Array(bytes.buffer));
        }""",
        [index, layer],
    )
    same = f"(expected) => JSON.stringify(({WAVEFORM})()) === JSON.stringify(expected)"
    page.wait_for_function(same, arg=expected)


def answers(change: Callable[[dict[str, Any]], None]) -> Callable[[Route], None]:
    """Serves the server's own answer, changed."""

    def serve(route: Route) -> None:
        response = route.fetch()
        body = response.json()
        change(body)
        route.fulfill(response=response, body=json.dumps(body))

    return serve


def test_nothing_in_focus_explains_the_gestures(measured: Page) -> None:
    empty = measured.locator(".panel-inspector .empty")
    expect(empty).to_contain_text("Click a point to see its image.")
    focus(measured, 4)
    expect(empty).to_have_count(0)
    measured.evaluate("() => innerview.setFocus(null)")
    expect(empty).to_be_visible()
    expect(measured.locator(".panel-inspector img")).to_have_count(0)


def test_image_and_what_the_columns_know_are_there_in_the_same_moment(measured: Page) -> None:
    loss = column(measured, "loss")
    label, predicted = column(measured, "label"), column(measured, "predicted")
    index = int(np.flatnonzero(label != predicted)[0])
    seen = measured.evaluate(
        """(index) => {
          innerview.setFocus(index);
          const image = document.querySelector('.portrait-image img');
          const copy = document.querySelector('.identity .quiet');
          return [image.getAttribute('src'), image.dataset.index, copy.disabled,
            document.querySelector('.portrait dl').textContent];
        }""",
        index,
    )
    assert seen[:3] == [f"api/image/{index}.png", str(index), True]
    start = f"index{index}label{label[index]}predicted✕{predicted[index]} (wrong)"
    assert seen[3].startswith(f"{start}loss{loss[index]:.3f} nats")


def test_numbers_are_those_of_the_samples(measured: Page) -> None:
    names = ("label", "predicted", "loss", "confidence", "margin", "entropy")
    columns = {name: column(measured, name) for name in names}
    # The hardest, and one in the middle.
    order = np.argsort(columns["loss"])
    for index in (int(order[-1]), int(order[5_000])):
        focus(measured, index)
        row = {name: values[index] for name, values in columns.items()}
        shown = facts(measured)
        assert shown["index"] == str(index)
        assert shown["label"] == str(row["label"])
        right = row["label"] == row["predicted"]
        mark, word = ("✓", "right") if right else ("✕", "wrong")
        assert shown["predicted"] == f"{mark}{row['predicted']} ({word})"
        for name in ("loss", "margin", "entropy"):
            value = shown[name].removesuffix(" nats")
            assert value == ("< 0.001" if row[name] < 0.0005 else f"{row[name]:.3f}")
        if not shown["confidence"].startswith(">"):
            assert float(shown["confidence"].split()[0]) == round(100 * row["confidence"], 1)
        said = measured.locator("#inspector [aria-live]").text_content()
        assert said is not None
        assert said.startswith(f"Image {index}: label {row['label']}, predicted ")
        assert f", {word}, loss " in said


def test_each_class_has_its_bar(measured: Page) -> None:
    focus(measured, 31)
    answer = ask(measured, 31)
    widths = measured.eval_on_selector_all(
        ".bars .bar", "(bars) => bars.map((bar) => bar.querySelector('i').style.width)"
    )
    shares = [one["probability"] for one in answer["probabilities"]]
    assert [float(width.rstrip("%")) for width in widths] == [
        pytest.approx(100 * share, abs=0.006) for share in shares
    ]
    label = measured.locator(".bar.label")
    expect(label).to_have_count(1)
    expect(label).to_contain_text(f"◆{answer['label']}")
    expect(measured.locator(".bar.predicted .bar-name")).to_have_text(
        str(answer["scores"]["predicted"])
    )


def test_neighbours_are_images_that_can_be_looked_at(measured: Page) -> None:
    focus(measured, 31)
    nearest = measured.locator(".neighbour")
    expect(nearest).to_have_count(8)
    found = [one["index"] for one in ask(measured, 31)["nearest"]]
    assert indices(measured, ".neighbour", "data-focus") == found
    assert indices(measured, ".neighbour img", "data-index") == found
    nearest.nth(2).focus()
    measured.keyboard.press("Enter")
    assert measured.evaluate("() => innerview.hub.focus") == found[2]
    measured.locator(f"{SETTLED} .portrait-image img[data-index='{found[2]}']").wait_for()
    # Whoever goes through neighbours by the keyboard stays among them.
    expect(nearest.nth(2)).to_be_focused()


def test_identity_is_copied_and_asked_about(measured: Page) -> None:
    focus(measured, 31)
    id_ = ask(measured, 31)["id"]
    expect(measured.locator(".identity code")).to_have_text(id_)
    expect(measured.locator(".identity [data-copy]")).to_have_attribute("data-copy", id_)
    expect(measured.locator(".identity [data-similar]")).to_have_attribute("data-similar", "31")


def test_last_of_many_focuses_is_shown_with_all_its_parts(measured: Page) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/api/sample/" in request.url:
            asked.append(request.url)

    measured.on("request", note)
    measured.evaluate(
        """async () => {
          for (let k = 0; k < 30; k++) {
            innerview.setFocus(100 + 7 * k);
            await new Promise((resolve) => setTimeout(resolve, 8));
          }
        }"""
    )
    last = 100 + 7 * 29
    measured.locator(f"{SETTLED} .portrait-image img[data-index='{last}']").wait_for()
    assert facts(measured)["index"] == str(last)
    answer = ask(measured, last)
    expect(measured.locator(".identity code")).to_have_text(answer["id"])
    found = [one["index"] for one in answer["nearest"]]
    assert indices(measured, ".neighbour", "data-focus") == found
    waits_for_waveform(measured, last, "dense")
    assert len(asked) < 30, "each step was asked about"
    measured.remove_listener("request", note)


def test_older_answer_is_not_shown_for_a_newer_focus(measured: Page, fresh_page: Page) -> None:
    older, newer = (ask(measured, index)["id"] for index in (11, 22))
    # One of its own: its ways to the server are exchanged.
    page = fresh_page
    focus(page, 10)
    page.evaluate(
        """() => {
          // The older answer comes late, and cannot be called off.
          const real = window.fetch;
          window.fetch = async (address, options) => {
            if (!String(address).includes('api/sample/11?')) return real(address, options);
            await new Promise((resolve) => setTimeout(resolve, 150));
            return real(address, { ...options, signal: undefined });
          };
          const id = document.querySelector('.identity code');
          window.shown = [];
          new MutationObserver(() => window.shown.push(id.textContent)).observe(id, {
            childList: true, characterData: true, subtree: true,
          });
          innerview.setFocus(11);
          setTimeout(() => innerview.setFocus(22), 20);
        }"""
    )
    expect(page.locator(".identity code")).to_have_text(newer)
    assert older not in page.evaluate("() => window.shown")


def test_layer_changes_the_lower_half(measured: Page) -> None:
    focus(measured, 31)
    heading = measured.locator(".panel-inspector h3", has_text="Waveform of")
    expect(heading).to_have_text("Waveform of dense 128 units")
    waits_for_waveform(measured, 31, "dense")
    measured.evaluate("() => innerview.setLayer('conv1')")
    expect(heading).to_contain_text("Waveform of conv1")
    expect(heading).to_contain_text("averaged over height and width")
    waits_for_waveform(measured, 31, "conv1")
    # Its neighbours are found when its map is drawn, and then they come by themselves.
    near = measured.locator(".panel-inspector h3", has_text="Nearest in conv1")
    expect(near).to_be_visible(timeout=PATIENCE)
    found = [one["index"] for one in ask(measured, 31, "conv1")["nearest"]]
    assert indices(measured, ".neighbour", "data-focus") == found


def test_layer_without_activations_is_a_sentence(measured: Page) -> None:
    def take_away(body: dict[str, Any]) -> None:
        body["layer"]["units"] = body["waveform"] = body["nearest"] = None

    measured.route("**/api/sample/**", answers(take_away))
    focus(measured, 8)
    inspector = measured.locator(".panel-inspector")
    expect(inspector).to_contain_text("No activations of dense are kept.")
    expect(inspector.locator(".waveform")).to_have_count(0)
    measured.unroute("**/api/sample/**")
    focus(measured, 9)
    expect(inspector.locator(".waveform")).to_be_visible()


def test_before_measuring_it_says_what_runs_and_fills_by_itself(measured: Page) -> None:
    sentence = "The prediction will appear here. Running now: Forward pass."

    def forget(body: dict[str, Any]) -> None:
        parts = ("scores", "probabilities", "layer", "waveform", "nearest")
        body.update(dict.fromkeys(parts), waiting=sentence)

    measured.route("**/api/sample/**", answers(forget))
    focus(measured, 12)
    inspector = measured.locator(".panel-inspector")
    expect(inspector.locator(".waiting")).to_have_text(sentence)
    assert facts(measured).keys() == {"index", "label"}
    measured.unroute("**/api/sample/**")
    measured.evaluate(
        """() => {
          // A stage has gone on.
          const { study } = innerview;
          const [first, ...others] = study.health.stages;
          study.health = { ...study.health, stages: [{ ...first, fraction: 0.99 }, ...others] };
          study.emit('health');
        }"""
    )
    expect(inspector.locator(".bars")).to_be_visible()
    expect(inspector.locator(".waiting")).to_have_count(0)


def test_class_names_stay_text(measured: Page) -> None:
    name = "<img src=x onerror='window.harmed = true'>"

    def rename(body: dict[str, Any]) -> None:
        body["label_name"] = body["scores"]["predicted_name"] = body["id"] = name
        body["layer"]["name"] = name
        for one in body["probabilities"]:
            one["name"] = name
        for one in body["nearest"]:
            one["label_name"] = name

    measured.route("**/api/sample/**", answers(rename))
    focus(measured, 13)
    assert facts(measured)["label"] == name
    inspector = measured.locator(".panel-inspector")
    expect(inspector.locator(".bar-name").first).to_have_text(name)
    expect(inspector.locator("h3", has_text="Waveform of")).to_contain_text(name)
    expect(inspector.locator("img:not([data-index])")).to_have_count(0)
    assert measured.evaluate("() => window.harmed") is None


def test_failing_server_is_a_sentence_and_the_image_stays(measured: Page) -> None:
    failure = measured.locator("#failure-inspector")
    focus(measured, 14)
    measured.route("**/api/sample/**", lambda route: route.fulfill(status=500, body="secret"))
    focus(measured, 15)
    expect(failure).to_contain_text("The terminal has the details")
    expect(failure).not_to_contain_text("secret")
    expect(measured.locator(".portrait-image img[data-index='15']")).to_be_visible()
    assert facts(measured).keys() == {"index", "label", "predicted", "loss"}
    # Nothing of the image before is left to be taken for this one's.
    for part in (".bars", ".neighbour", ".waveform"):
        expect(measured.locator(f".panel-inspector {part}")).to_have_count(0)
    measured.unroute("**/api/sample/**")
    focus(measured, 16)
    expect(failure).to_be_empty()
    expect(measured.locator(".panel-inspector .bars")).to_be_visible()


def test_server_that_comes_back_is_asked_again(measured: Page) -> None:
    measured.route("**/api/sample/**", lambda route: route.abort())
    measured.route("**/health", lambda route: route.abort())
    focus(measured, 17)
    failure = measured.locator("#failure-inspector")
    expect(failure).to_contain_text("The server does not answer")
    measured.unroute("**/api/sample/**")
    measured.unroute("**/health")
    expect(measured.locator(".panel-inspector .bars")).to_be_visible()
    expect(failure).to_be_empty()


def test_focus_beyond_the_study_is_a_sentence(measured: Page) -> None:
    measured.evaluate("() => innerview.setFocus(10000)")
    inspector = measured.locator(".panel-inspector")
    expect(inspector).to_contain_text("There is no image 10000: the last one is 9999.")
    expect(inspector.locator("img")).to_have_count(0)
    focus(measured, 9999)
    expect(inspector).not_to_contain_text("There is no image")


def test_address_brings_image_and_layer(measured: Page) -> None:
    measured.evaluate("() => { location.hash = '#focus=3&layer=conv1' }")
    heading = measured.locator(".panel-inspector h3", has_text="Waveform of conv1")
    expect(heading).to_be_visible()
    waits_for_waveform(measured, 3, "conv1")
