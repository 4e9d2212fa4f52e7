"""views/graph_api.py: graph, times, layers and feature maps of a real study; what is refused."""

import io
import json
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import FakeStudy, fake_dataset
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from analysis import Study
from analysis.layers.facts import LayerFacts
from analysis.layers.questions import AskMaps, times_path, weights_path
from analysis.layers.structure import structure_path
from views import atlas_png, graph_api

PATIENCE = 120.0


@pytest.fixture(scope="module")
def client(computed: Study) -> FlaskClient:
    server = Flask(__name__)
    graph_api.register(server, computed)
    return server.test_client()


@pytest.fixture(scope="module")
def model(saved: Path) -> Any:
    import keras

    return keras.models.load_model(saved, compile=False)


def follow(client: FlaskClient, path: str) -> dict[str, Any]:
    """The answer once it is there, as the page asks for it."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        answer = client.get(path)
        assert answer.status_code == 200
        told: dict[str, Any] = json.loads(answer.data)
        if told["state"] in ("done", "failed"):
            assert told["state"] == "done", told["message"]
            return told
        time.sleep(0.1)
    raise AssertionError(f"{path} was not answered in {PATIENCE:.0f} seconds")


def test_graph_is_the_networks(client: FlaskClient, computed: Study) -> None:
    graph = follow(client, "/api/graph")["graph"]
    assert computed.description is not None
    layers = computed.description.layers
    told = [node for node in graph["nodes"] if node["layer"]]
    assert [node["id"] for node in told] == [layer.key for layer in layers]
    assert [node["params"] for node in told] == [layer.params for layer in layers]
    assert [node["units"] for node in told] == [layer.units for layer in layers]
    chain = [":input", *(layer.key for layer in layers)]
    edges = [(edge["source"], edge["target"]) for edge in graph["edges"]]
    assert edges == list(pairwise(chain))
    assert (graph["input"], graph["output"]) == (chain[0], chain[-1])
    assert graph["edges"][0]["shape"] == "8 × 8 × 1"
    assert structure_path(computed.task).exists()


def test_times_are_measured_when_asked_for(client: FlaskClient, computed: Study) -> None:
    assert client.get("/api/graph/times").json == {
        "state": "idle", "message": "", "fraction": 0.0, "batch": None, "times": {},
        "total": None, "whole": None, "sentence": "",
    }  # fmt: skip
    assert client.post("/api/graph/times").status_code == 202
    told = follow(client, "/api/graph/times")
    assert computed.description is not None
    assert set(told["times"]) == {layer.key for layer in computed.description.layers}
    assert told["total"] == pytest.approx(sum(told["times"].values()))
    assert told["batch"] > 1 and told["whole"] > 0
    assert "median" in told["sentence"]
    assert times_path(computed.task).exists()


def test_layer_tells_its_weights_and_dead_units(
    client: FlaskClient, computed: Study, model: Any
) -> None:
    told = follow(client, "/api/graph/layer/conv")
    kernel, bias = model.get_layer("conv").get_weights()
    assert [(w["name"], w["count"], w["shape"]) for w in told["weights"]] == [
        ("kernel", kernel.size, list(kernel.shape)),
        ("bias", bias.size, list(bias.shape)),
    ]
    assert told["weights"][0]["mean"] == pytest.approx(kernel.mean(dtype=np.float64), abs=1e-7)
    assert told["weights"][1]["zeros"] == 1.0
    assert ["kernel size", "3 × 3"] in told["settings"]
    assert told["activations"]["of"] == "359 images × 4 channels averaged over height and width"
    dense = follow(client, "/api/graph/layer/dense")
    rows = computed.activations("dense")
    assert rows is not None
    truth = np.flatnonzero(np.ptp(rows, axis=0) == 0)
    assert dense["dead"]["which"] == truth.tolist()
    assert dense["dead"]["share"] == len(truth) / 16
    assert sum(dense["activations"]["counts"]) == rows.size
    assert dense["activations"]["zeros"] == pytest.approx((rows == 0).mean())
    head = follow(client, "/api/graph/layer/probabilities")
    assert head["activations"]["of"] == "359 images × 10 logits"
    # No activations are kept of what only passes its input on.
    passing = follow(client, "/api/graph/layer/dropout")
    assert passing["activations"] is passing["dead"] is passing["units"] is None
    assert weights_path(computed.task).exists()


def test_maps_are_those_of_the_image(client: FlaskClient, computed: Study, model: Any) -> None:
    told = follow(client, "/api/graph/maps/conv?index=7")
    assert (told["width"], told["height"], told["count"], told["columns"]) == (6, 6, 4, 4)
    preprocessing = computed.task.read_preprocessing()
    assert preprocessing is not None
    image = preprocessing.read(computed.dataset.images, np.array([7]))
    truth = np.asarray(model.get_layer("conv")(image))[0]
    order = np.argsort(-truth.mean(axis=(0, 1)), kind="stable")
    assert told["order"] == order.tolist()
    assert told["high"] == pytest.approx(np.percentile(truth, 99.5), rel=1e-5)
    answer = client.get("/api/graph/maps/conv.png?index=7")
    assert answer.mimetype == "image/png"
    picture = np.asarray(Image.open(io.BytesIO(answer.data)).convert("RGBA"))
    assert picture.shape == (6, 4 * 7 - 1, 4)
    assert (picture[:, 6, 3] == 0).all(), "maps are parted by transparent pixels"
    share = np.clip(truth[..., order[1]] / told["high"], 0, 1)
    colors = atlas_png.palette(False)[(share * 254).round().astype(int)]
    assert np.abs(picture[:, 7:13, :3].astype(int) - colors).max() <= 8
    again = client.get(
        "/api/graph/maps/conv.png?index=7", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert again.status_code == 304


def test_layers_without_a_place_are_a_vector(client: FlaskClient, computed: Study) -> None:
    told = follow(client, "/api/graph/maps/probabilities?index=3")
    np.testing.assert_allclose(told["vector"], computed.probabilities(3), rtol=1e-4, atol=1e-6)
    answer = client.get("/api/graph/maps/probabilities.png?index=3")
    assert answer.status_code == 404
    assert answer.json is not None and "neither height nor width" in answer.json["message"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/graph/layer/nothing", 404),
        ("/api/graph/maps/nothing?index=0", 404),
        ("/api/graph/maps/conv", 400),
        ("/api/graph/maps/conv?index=-1", 400),
        ("/api/graph/maps/conv?index=1e9", 400),
        ("/api/graph/maps/conv.png?index=99999999999999999999", 404),
        ("/api/graph/maps/conv?index=359", 404),
    ],
)
def test_what_makes_no_sense_is_refused(client: FlaskClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.json is not None and answer.json["message"]


def test_before_the_pass_there_is_a_sentence() -> None:
    server = Flask(__name__)
    study: Any = FakeStudy(fake_dataset(), measured=False)
    study.failure = None
    graph_api.register(server, study)
    client = server.test_client()
    told = client.get("/api/graph").json
    assert told is not None and told["state"] == "waiting" and told["graph"] is None
    assert told["message"]
    assert client.post("/api/graph/times").status_code == 409


class Slow:
    """A service that never answers."""

    message = "starting Keras"

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def ask(self, question: Any) -> Any:
        from concurrent.futures import Future

        self.asked.append(question)
        return Future()


def test_leafing_through_images_does_not_ask_for_all(
    computed: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow()
    monkeypatch.setattr(computed, "service", slow)
    facts = LayerFacts(computed)
    for index in range(20):
        assert facts.maps("conv", index, 0.0).state == "waiting"
    assert slow.asked == [AskMaps("conv", 0), AskMaps("conv", 1)]


def test_what_the_cache_holds_is_no_question(
    client: FlaskClient, computed: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow(client, "/api/graph")
    follow(client, "/api/graph/layer/conv")
    slow = Slow()
    monkeypatch.setattr(computed, "service", slow)
    facts = LayerFacts(computed)
    assert facts.structure().state == facts.weights().state == "done"
    assert slow.asked == []
    # A broken file is made again.
    path = structure_path(computed.task)
    path.write_text('{"nodes": [{}], "edges": [], "input": "", "output": ""}')
    facts = LayerFacts(computed)
    assert facts.structure().state == "waiting"
    assert facts.structure().state == "waiting"
    assert len(slow.asked) == 1
