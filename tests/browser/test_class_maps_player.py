"""The page that `plot_maps` saves, opened from a file as people do."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from innerview import make_map, plot_maps
from innerview.class_maps_interpolate import interpolate, stretch_region, weights

pytestmark = pytest.mark.browser


def test_a_saved_page_plays_and_tells_the_probabilities(browser: Browser, tmp_path: Path) -> None:
    turn = [[3.0, 0.5, -1.0], [0.0, 2.0, 1.0]]
    maps = [
        make_map(lambda p, k=k: p @ np.array(turn) * (k + 0.2) + [k, 0, -k], (-1, 1), (-2, 2),
                 "region", square_axis_points=9, epoch_num=10 * k)
        for k in range(3)
    ]  # fmt: skip
    kept = [each for each in maps if each is not None]
    path = plot_maps(
        maps, tmp_path / "maps.html", 4, points=[[0.5, 0.5], [-0.5, 0.0]], labels=[0, 1],
        class_names=["<b>one</b>", "two", "three"], title="Three",
    )  # fmt: skip
    page = browser.new_page(viewport={"width": 1000, "height": 900}, reduced_motion="reduce")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    try:
        page.goto(path.as_uri())
        assert page.inner_text("h1") == "Three" and page.inner_text("#play") == "Play"
        assert page.locator("#classes span").all_inner_texts() == ["<b>one</b>", "two", "three"]
        # The browser unpacks, mixes and draws what Python does.
        page.locator("#slider").fill("1.25")
        expect(page.locator("#epoch")).to_have_text("epoch 12.5")
        shown = "moment(1.25).then((m) => [[...m.shares], [...m.region]])"
        shares, region = page.evaluate(shown)
        moments = {each.index: each for each in interpolate(kept, 4)}
        truth = moments[1.25]
        np.testing.assert_allclose(shares, truth.probabilities.ravel(), atol=2e-5)
        np.testing.assert_array_equal(region, truth.region.ravel())
        drawn = page.evaluate(
            "moment(1.25).then((m) => [...new Uint32Array(paintMap(m, 41, 33).data.buffer)])"
        )
        classes = stretch_region(truth.probabilities, truth.region, weights(9, 33), weights(9, 41))
        colors = np.array(drawn).reshape(33, 41)[::-1]
        edge = page.evaluate("packed(ink)")
        soft = np.array(page.evaluate("[...soft]"))
        same = (colors == soft[classes]) | (colors == edge)
        assert same.mean() > 0.99 and (colors == edge).mean() < 0.3
        page.hover("#canvas", position={"x": 250, "y": 200})
        told = [float(text) for text in page.locator("#classes b").all_inner_texts()]
        assert sum(told) == pytest.approx(1, abs=0.002) and "at " in page.inner_text("#place")
        page.select_option("#type", "boundary")
        page.keyboard.press("Escape")
        page.select_option("#speed", "0.25")
        page.click("#play")
        expect(page.locator("#play")).to_have_text("Pause")
        expect(page.locator("#slider")).not_to_have_value("1.25")
        assert errors == [] and asked == [path.as_uri(), "data:,"][: len(asked)]
    finally:
        page.close()
