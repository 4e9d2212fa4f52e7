"""A study with made-up epochs whose page gets its answers when a test lets them go."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import BrowserContext, Page, Route

from tests.browser.late import Answers, answers_of

PATIENCE_MS = 60_000
AWAY = "The server does not answer"
EPOCHS = 3
# A layer that is kept of every epoch.
OTHER = "other"


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
def late_opened(context: BrowserContext, study_url: str) -> Iterator[Page]:
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
def answers(late_opened: Page) -> Iterator[Answers]:
    with answers_of(late_opened) as answers:
        yield answers


@pytest.fixture
def late_page(late_opened: Page, answers: Answers) -> Iterator[Page]:
    """The page, nothing applied, selected or looked at."""
    yield late_opened
    late_opened.evaluate("() => answers.end()")
    late_opened.evaluate(
        """async () => {
          await innerview.applyQuery('');
          innerview.setSelection(null);
          innerview.setFocus(null);
          innerview.setAnchor(null);
          innerview.hub.setGuest(null);
        }"""
    )
    go(late_opened, "explore")


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
