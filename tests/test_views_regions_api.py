"""views/regions_api.py: regions asked for, their cells as bytes, a place as JSON, and mistakes."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient

from analysis import Study
from analysis.regions.draw import Draw
from analysis.regions.maps import EarlyError, RegionMaps
from analysis.service_worker import Opened
from model.graph import flatten
from util import ModelError
from views import regions_api

MAP = "space=dense&method=tsne"


class Service:
    """Answers in this process, when it is told to."""

    message = "starting Keras"

    def __init__(self, study: Study) -> None:
        self.study, self.go, self.asked = study, threading.Event(), 0
        self.mistake: Exception | None = None

    def ask(self, question: Draw) -> "Future[Any]":
        self.asked += 1
        future: Future[Any] = Future()
        threading.Thread(target=self.answer, args=(question, future)).start()
        return future

    def answer(self, question: Draw, future: "Future[Any]") -> None:
        assert self.go.wait(60)
        if self.mistake is not None:
            future.set_exception(self.mistake)
            return
        task, description = self.study.task, self.study.description
        preprocessing = task.read_preprocessing()
        assert description is not None and preprocessing is not None
        graph = flatten(task.network.load().model)
        opened = Opened(task, graph, description, preprocessing, {})
        future.set_result(question.answer(opened, lambda share, message: None))


@pytest.fixture
def service(computed: Study, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    stand_in = Service(computed)
    monkeypatch.setattr(computed, "service", stand_in)
    yield stand_in
    stand_in.go.set()


@pytest.fixture
def client(computed: Study, service: Service) -> FlaskClient:
    server = Flask(__name__)
    regions_api.register(server, computed, "/base/")
    return server.test_client()


def wait(client: FlaskClient) -> Any:
    for _ in range(1200):
        answer: Any = client.get(f"/base/api/regions?{MAP}").json
        if answer["state"] in ("done", "failed"):
            return answer
        threading.Event().wait(0.05)
    raise AssertionError("no regions came")


def test_regions_are_drawn_once_and_told_place_by_place(
    client: FlaskClient, service: Service, computed: Study
) -> None:
    kept = computed.task.cache.root / "regions"
    for file in kept.glob("*.json"):
        file.unlink()
    first: Any = client.get(f"/base/api/regions?{MAP}").json
    assert (first["state"], service.asked) == ("waiting", 0)
    early = client.get(f"/base/api/regions/image?{MAP}")
    assert (early.status_code, client.get(f"/base/api/regions/at?{MAP}&x=0&y=0").status_code) == (
        409,
        409,
    )
    for _ in range(2):
        assert client.post(f"/base/api/regions?{MAP}").status_code == 202
    running: Any = client.get(f"/base/api/regions?{MAP}").json
    assert (running["state"], running["message"]) == ("running", "starting Keras")
    service.go.set()
    done = wait(client)
    assert (done["state"], service.asked) == ("done", 1)
    image = client.get(f"/base/api/regions/image?{MAP}")
    cells = np.frombuffer(image.data, "<u2").reshape(done["height"], done["width"], 4)
    again = client.get(
        f"/base/api/regions/image?{MAP}", headers={"If-None-Match": image.headers["ETag"]}
    )
    assert again.status_code == 304

    layout = computed.layout("dense", "tsne")
    assert layout is not None
    x, y = layout.points[5].tolist()
    place: Any = client.get(f"/base/api/regions/at?{MAP}&x={x}&y={y}").json
    shares = [one["probability"] for one in place["probabilities"]]
    assert shares == sorted(shares, reverse=True) and 0 < sum(shares) <= 1.001
    assert place["nearest"][0] == 5 and not place["extrapolates"]
    assert place["sentence"].startswith("Images lie near")
    x0, y0, x1, y1 = done["box"]
    row, column = (int((v - low) / (high - low) * n) for v, low, high, n in
                   ((y, y0, y1, done["height"]), (x, x0, x1, done["width"])))  # fmt: skip
    near = cells[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2, 0]
    assert place["probabilities"][0]["class"] in near
    edge: Any = client.get(f"/base/api/regions/at?{MAP}&x={x0}&y={y0}").json
    assert edge["extrapolates"] and "times as far away" in edge["sentence"]
    # Another server finds them in the cache, and asks nobody.
    maps = RegionMaps(computed)
    assert maps.state(maps.check("dense", "tsne"))["agreement"] == done["agreement"]


def test_what_cannot_be_inverted_says_so_and_names_what_can(client: FlaskClient) -> None:
    for query, words in (
        ("space=conv&method=tsne", "averaged over height and width"),
        ("space=pixels&method=tsne", "no layer"),
        ("space=nothing&method=tsne", "there are conv, pool, flatten, dense"),
        ("space=dense&method=magic", "there are pca, tsne, umap"),
    ):
        state: Any = client.get(f"/base/api/regions?{query}").json
        assert (state["state"], words in state["message"]) == ("failed", True)
        refused: Any = client.post(f"/base/api/regions?{query}")
        assert (refused.status_code, refused.json["message"]) == (404, state["message"])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"at?{MAP}", 400),
        (f"at?{MAP}&x=nan&y=0", 400),
        (f"at?{MAP}&x=1e400&y=0", 400),
        (f"at?{MAP}&x=a&y=0", 400),
        ("at?space=conv&method=tsne&x=0&y=0", 404),
        ("image?space=../x&method=tsne", 404),
    ],
)
def test_mistakes_are_sentences(client: FlaskClient, path: str, status: int) -> None:
    answer: Any = client.get(f"/base/api/regions/{path}")
    assert (answer.status_code, answer.json["message"][-1]) == (status, ".")


def test_places_far_outside_are_refused(client: FlaskClient, service: Service) -> None:
    service.go.set()
    client.post(f"/base/api/regions?{MAP}")
    assert wait(client)["state"] == "done"
    answer: Any = client.get(f"/base/api/regions/at?{MAP}&x=1e9&y=0")
    assert (answer.status_code, answer.json["message"]) == (
        404,
        "This place lies outside of the regions.",
    )


def test_a_failure_is_told_and_tried_again_but_a_refusal_is_not(
    computed: Study, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    maps = RegionMaps(computed)
    key = maps.check("flatten", "pca")
    with pytest.raises(EarlyError, match="still being drawn"):
        maps.request(key)
    computed.request("flatten", "pca")
    computed.wait()
    service.mistake = ModelError("The process has ended; try again.")
    service.go.set()

    def ask() -> tuple[str, str, bool]:
        maps.request(key)
        while maps.state(key)["state"] == "running":
            threading.Event().wait(0.01)
        state = maps.state(key)
        return state["state"], state["message"], state["hopeless"]

    assert ask() == ("failed", "The process has ended; try again.", False)
    service.mistake = None
    by_passed = ModelError("Other connections by-pass it.")
    monkeypatch.setattr("model.rest.build_rest", Mock(side_effect=by_passed))
    for _ in range(2):
        assert ask() == ("failed", "Other connections by-pass it.", True)
    assert service.asked == 2
