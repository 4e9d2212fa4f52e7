"""The curves of the page Training: true to the store, fluid, and at rest while they grow."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import BrowserContext, Page, expect

import innerview
from innerview.records import PIECE, Points, Record, RunChanged, RunStarted
from innerview.stores import open_backend
from innerview.stores.base import Backend
from tests.browser.training import open_training, serve_store

Floats = NDArray[np.float64]

LONG, POINTS = ("alpha", "beta", "gamma"), 6000
MANY, SHORT = 60, 300
RATES = (0.1, 0.01, 0.001)
START = 1.7e9
FEW = "#tab=scalars&t-query=folder%20%3D%3D%20%22few%22"

# The curves of a chart: what is drawn, by the names of runs. Playwright brings NaN as it is.
DRAWN = """([tab, title]) => Object.fromEntries(
  innerviewCharts.of(tab).find((chart) => chart.options.title === title).drawn.map(
    ({ line, curve }) => [`${line.run.name} ${line.tag}`,
      { x: [...curve.x], y: [...curve.y], smoothed: curve.smoothed && [...curve.smoothed] }]))"""


def values(number: int) -> Floats:
    """What LONG[number] logs as `loss`: float64, (POINTS,)."""
    rng = np.random.default_rng(number)
    y = 2 * np.exp(-np.arange(POINTS) / 900) + 0.1 * number + 0.05 * rng.random(POINTS)
    y[4321] = 9 + number
    if number == 2:
        y[5000:5003] = np.nan, np.inf, -np.inf
    return y


def points(run: str, tag: str, y: Floats, every: int = 1) -> list[Record]:
    """A curve in pieces, as writers write it: y, (n,), at the steps 0, `every`, ..."""
    steps = np.arange(len(y)) * every
    times = (START + steps * 0.01).astype(np.float64)
    return [
        Points(run, tag, "w", k // PIECE, steps[part], times[part], y[part])
        for k in range(0, len(y), PIECE)
        if (part := slice(k, k + PIECE))
    ]


def write(backend: Backend, run: str, folder: str, lr: float, curves: list[Record]) -> None:
    begin = RunStarted(run, run, folder, START, {})
    backend.write([begin, RunChanged(run, START, {"lr": lr}, "done"), *curves])


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three long runs in the folder "few", sixty short ones in "many"."""
    folder = tmp_path_factory.mktemp("curves") / "runs"
    backend = open_backend(str(folder), create=True)
    for run in range(MANY):
        loss = 1 / (1 + np.arange(SHORT) / (run + 10))
        write(backend, f"sweep-{run}", "many", RATES[run % 3], points(f"sweep-{run}", "loss", loss))
    for number, name in enumerate(LONG):
        thousands = np.arange(POINTS // 1000, dtype=float)
        curves = points(name, "loss", values(number))
        curves += points(name, "epoch", thousands, 1000)
        write(
            backend, name, "few", 0.1, curves + points(name, "val_loss", 1 - thousands / 10, 1000)
        )
    backend.close()
    return folder


@pytest.fixture(scope="module")
def address(root: Path, store: Path) -> Iterator[str]:
    with serve_store(root, store) as url:
        yield url


@pytest.fixture(scope="module")
def opened(context: BrowserContext, address: str) -> Iterator[Page]:
    """The scalars of the three long runs, drawn; nothing is remembered of the store's address."""
    with open_training(context, address + FEW) as page:
        wait(page)
        yield page
        page.evaluate("() => localStorage.clear()")


@pytest.fixture
def page(opened: Page) -> Page:
    """The same, showing everything: no zoom, no run picked, no tag looked for, none pinned."""
    opened.mouse.move(5, 5)
    opened.get_by_label("Filter of tags").fill("")
    tags = opened.locator(".scalars-place")
    expect(tags).to_have_count(3)
    pinned = tags.get_by_role("button", name="Pin", pressed=True)
    for _ in range(pinned.count()):
        pinned.first.click()
    expect(opened.locator(".scalars-group").first).not_to_contain_text("Pinned")
    opened.evaluate("() => innerview.training.pick([])")
    opened.evaluate("() => innerviewCharts.boards.get('scalars').setRange(null)")
    wait(opened)
    assert set(drawn(opened)) == {f"{name} loss" for name in LONG}
    return opened


def wait(page: Page, tab: str = "scalars") -> None:
    """Until all that is in sight is drawn."""
    # What follows from an event is drawn in the next frame.
    page.evaluate("() => new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))")
    page.wait_for_function("(tab) => window.innerviewCharts?.isDone(tab)", arg=tab)


def drawn(page: Page, title: str = "loss", tab: str = "scalars") -> dict[str, dict[str, Any]]:
    """run and tag -> x, y, smoothed of the points that a chart shows."""
    found: dict[str, dict[str, Any]] = page.evaluate(DRAWN, [tab, title])
    return {
        name: {part: None if v is None else np.array(v, float) for part, v in curve.items()}
        for name, curve in found.items()
    }


def scale(page: Page, tab: str = "scalars") -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(
        "([tab]) => (({ x, y, logX, logY }) => ({ x, y, logX, logY }))"
        "(innerviewCharts.of(tab).find((chart) => chart.drawn.length).scale)",
        [tab],
    )
    return found


def drag(page: Page, title: str, start: float, end: float) -> None:
    """Drags over a chart, from and to a share of its width: a zoom of x alone."""
    box = page.locator(f"[data-tag='{title}'] .nsewdrag").bounding_box()
    assert box is not None
    height = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + start * box["width"], height)
    page.mouse.down()
    page.mouse.move(box["x"] + end * box["width"], height, steps=5)
    page.mouse.up()
    page.mouse.move(5, 5)


def test_what_is_drawn_is_in_the_store(page: Page) -> None:
    curves = drawn(page)
    assert set(curves) == {f"{name} loss" for name in LONG}
    for number, name in enumerate(LONG):
        x, y = curves[f"{name} loss"]["x"], curves[f"{name} loss"]["y"]
        truth = values(number)
        assert 300 < len(x) < POINTS, "downsampled"
        np.testing.assert_array_equal(y, truth[x.astype(int)])
        finite = truth[np.isfinite(truth)]
        kept = y[np.isfinite(y)]
        assert (x[0], x[-1]) == (0, POINTS - 1)
        assert (kept.min(), kept.max()) == (finite.min(), finite.max())
    expect(page.locator("[data-tag='loss'] .chart-fact")).to_contain_text("not a number")


def test_zoom_refines_to_the_points_and_is_shared(page: Page) -> None:
    drag(page, "loss", 0.5, 0.53)
    page.wait_for_function("() => innerviewCharts.boards.get('scalars').range !== null")
    wait(page)
    low, high = scale(page)["x"]
    assert 100 < high - low < 300
    steps = np.arange(np.ceil(low), np.floor(high) + 1)
    for number, name in enumerate(LONG):
        curve = drawn(page)[f"{name} loss"]
        inside = (curve["x"] >= low) & (curve["x"] <= high)
        np.testing.assert_array_equal(curve["x"][inside], steps)
        np.testing.assert_array_equal(curve["y"][inside], values(number)[steps.astype(int)])
    ranges = page.evaluate(
        "() => innerviewCharts.of('scalars').filter((c) => c.drawn.length).map((c) => c.scale.x)"
    )
    assert len(ranges) > 1 and all(each == [low, high] for each in ranges)
    page.locator("[data-tag='loss'] .nsewdrag").dblclick()
    page.wait_for_function("() => innerviewCharts.boards.get('scalars').range === null")
    wait(page)
    assert drawn(page)["alpha loss"]["x"][-1] == POINTS - 1


def test_pointing_and_picking(page: Page) -> None:
    place = page.evaluate(
        """() => {
            const chart = innerviewCharts.of('scalars').find((c) => c.options.title === 'val_loss');
            const plot = chart.element.querySelector('.chart-picture').getBoundingClientRect();
            return [plot.left + chart.scale.px(2000), plot.top + chart.scale.py(0.8)];
        }"""
    )
    page.mouse.move(*place)
    readout = page.locator("[data-tag='val_loss'] .chart-readout")
    expect(readout).to_contain_text("step 2,000")
    expect(readout).to_contain_text("0.8000")
    expect(readout).to_contain_text("epoch 2")
    page.mouse.click(*place)
    page.wait_for_function("() => innerview.training.picked.size === 1")
    page.wait_for_function(
        "() => innerviewCharts.of('scalars').every((chart) => chart.lines.length === 1)"
    )
    page.get_by_role("button", name="1 picked: all again").click()
    page.wait_for_function("() => innerview.training.picked.size === 0")


def test_tags_are_found_and_pinned(page: Page) -> None:
    field = page.get_by_label("Filter of tags")
    tags = page.locator(".scalars-place")
    expect(tags).to_have_count(3)
    field.fill("/^(val_)?loss$/")
    expect(tags).to_have_count(2)
    field.fill("/(/")
    expect(page.locator(".scalars-mistake")).to_contain_text("No regular expression")
    expect(tags).to_have_count(2)
    # Left alone, it would be tried for longer than the universe has existed.
    endless = page.evaluate(
        """() => import(`${location.origin}/assets/training/scalars/filter.js`)
            .then(({ findByRegex }) => findByRegex('^(a+)+$', ['a'.repeat(60) + '!']))
            .catch((error) => error.message)"""
    )
    assert "takes too long" in endless
    field.fill("")
    expect(tags).to_have_count(3)
    page.locator("[data-tag='epoch']").get_by_role("button", name="Pin").click()
    expect(page.locator(".scalars-group").first).to_contain_text("Pinned")
    expect(tags.first).to_have_attribute("data-tag", "epoch")


def test_smoothing_axes_and_logarithms(page: Page) -> None:
    page.get_by_label("Smoothing").fill("0.9")
    page.wait_for_timeout(200)
    wait(page)
    curve = drawn(page)["alpha loss"]
    truth = values(0)
    sums = np.zeros(POINTS)
    for k in range(POINTS):
        sums[k] = 0.9 * (sums[k - 1] if k else 0) + 0.1 * truth[k]
    expected = sums / (1 - 0.9 ** np.arange(1, POINTS + 1))
    np.testing.assert_allclose(curve["smoothed"], expected[curve["x"].astype(int)], rtol=1e-9)
    page.get_by_role("radio", name="epoch").click()
    page.wait_for_function("() => innerviewCharts.boards.get('scalars').feed.x === 'epoch'")
    wait(page)
    x = drawn(page)["alpha loss"]["x"]
    assert x[0] == 0 and x[-1] == pytest.approx((POINTS - 1) / 1000)
    page.get_by_role("button", name="log y", exact=True).click()
    page.get_by_role("button", name="log x", exact=True).click()
    page.wait_for_timeout(200)
    wait(page)
    found = scale(page)
    assert found["logX"] and found["logY"] and min(found["x"] + found["y"]) > 0
    page.reload()
    wait(page)
    assert scale(page)["logY"], "remembered"


def test_sixty_runs_do_not_freeze(context: BrowserContext, address: str) -> None:
    query = "#tab=scalars&t-query=folder%20%3D%3D%20%22many%22"
    with open_training(context, address + query) as page:
        wait(page)
        assert len(drawn(page)) == MANY
        expect(page.locator(".scalars-bar")).to_contain_text(f"{MANY} runs")
        page.evaluate(
            """() => {
                window.gaps = [];
                let last = performance.now();
                const tick = (now) => {
                    gaps.push(now - last);
                    last = now;
                    requestAnimationFrame(tick);
                };
                requestAnimationFrame(tick);
            }"""
        )
        box = page.locator("[data-tag='loss'] .nsewdrag").bounding_box()
        assert box is not None
        for k in range(40):
            across, down = box["x"] + 10 + 5 * k, box["y"] + 20 + (k * 7) % 90
            page.mouse.move(across, down)
        gaps = np.array(page.evaluate("() => gaps"))
        # Ten times what it takes: the machine of a test has other things to do.
        assert np.median(gaps) < 100 and gaps.max() < 1500
        page.evaluate("() => innerview.training.setGroup('lr')")
        expect(page.locator(".chart-legend-entry")).to_have_count(3)
        # Once is enough.
        expect(page.locator(".color-legend")).to_be_hidden()
        page.locator(".chart-legend-entry").first.click()
        wait(page)
        assert len(drawn(page)) == MANY * 2 // 3


class Growing:
    """A run that logs on and on, as a training does."""

    def __init__(self, store: Path, name: str) -> None:
        self.writer = innerview.SummaryWriter(
            str(store), "live", name=name, parameters={"epochs": 500}, flush_secs=0.1
        )
        self.steps = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._train)

    def __enter__(self) -> "Growing":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self.writer.close()

    def _train(self) -> None:
        self.writer.add_scalar("epoch", 0, 0)
        while not self._over.wait(0.05):
            self.steps += 10
            epoch, accuracy = self.steps / 10, 1 - 1 / (1 + self.steps / 50)
            self.writer.add_scalar("epoch", epoch, self.steps)
            for split, value in (("", accuracy), ("val_", accuracy - 0.02)):
                self.writer.add_scalar(f"{split}accuracy", value, self.steps)
                self.writer.add_scalar(f"{split}loss", 1 - value, self.steps)


def last_x(page: Page) -> float:
    curves = drawn(page, "Accuracy", "live")
    return max((curve["x"][-1] for curve in curves.values()), default=0.0)


def grows(page: Page, beyond: float) -> None:
    end = time.monotonic() + 20
    while last_x(page) <= beyond:
        assert time.monotonic() < end, "the curve does not grow"
        time.sleep(0.1)


def test_curves_grow_and_the_view_stays(context: BrowserContext, address: str, store: Path) -> None:
    with (
        Growing(store, "kept"),
        Growing(store, "hidden"),
        open_training(context, address + "#tab=live") as page,
    ):
        page.wait_for_function(
            "() => window.innerviewCharts?.boards.get('live')?.entries.length === 2"
        )
        grows(page, 5)
        tags = ("accuracy", "val_accuracy")
        both = {f"{name} {tag}" for name in ("kept", "hidden") for tag in tags}
        assert set(drawn(page, "Accuracy", "live")) == both
        page.locator(".chart-legend-entry", has_text="hidden").click()
        page.evaluate("() => innerviewCharts.of('live')[0].setY([0.1, 0.9])")
        page.evaluate("() => innerviewCharts.boards.get('live').setRange([2, 400])")
        page.evaluate("() => innerview.training.applyQuery('folder == \"live\"')")
        grows(page, last_x(page) + 20)
        view = scale(page, "live")
        assert (view["x"], view["y"]) == ([2, 400], [0.1, 0.9])
        curves = drawn(page, "Accuracy", "live")
        assert set(curves) == {f"kept {tag}" for tag in tags}
        x, y = curves["kept accuracy"]["x"], curves["kept accuracy"]["y"]
        np.testing.assert_allclose(y, 1 - 1 / (1 + x * 10 / 50))
        assert page.evaluate("() => innerview.training.query") == 'folder == "live"'
        card = page.locator(".live-card", has_text="kept")
        for said in ("running", "of 500", "2.0 pts"):
            expect(card).to_contain_text(said)


def test_an_empty_store_says_what_to_do_and_a_run_without_values_is_waited_for(
    context: BrowserContext, root: Path, tmp_path: Path
) -> None:
    store = tmp_path / "empty"
    with serve_store(root, store) as url, open_training(context, f"{url}#tab=scalars", 0) as page:
        for tab in ("scalars", "live"):
            page.get_by_role("tab", name=tab.title(), exact=True).click()
            panel = page.locator(f"#training-panel-{tab}")
            expect(panel).to_contain_text("No runs yet")
            expect(panel).to_contain_text("innerview.KerasCallback")
        with innerview.SummaryWriter(str(store), name="silent") as writer:
            expect(panel).to_contain_text("Waiting for the first values of silent")
            writer.add_scalar("loss", 0.5, 1)
            expect(panel.get_by_role("region", name="Cross-entropy")).to_be_visible()
            expect(panel).not_to_contain_text("Waiting")
