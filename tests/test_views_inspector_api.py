"""views/inspector_api.py: all that the inspector shows of one image."""

import base64
import json
from typing import Any

import numpy as np
import pytest
from fakes import FakeStage, FakeStudy, fake_dataset
from flask import Flask
from flask.testing import FlaskClient

from analysis import Study
from views import inspector_api


def client_of(study: Any) -> FlaskClient:
    server = Flask(__name__)
    inspector_api.register(server, study)
    return server.test_client()


def ask(study: Any, index: int, **query: str) -> Any:
    answer = client_of(study).get(f"/api/sample/{index}", query_string=query)
    assert answer.status_code == 200
    return answer.json


def waveform_of(answer: Any) -> Any:
    assert answer["waveform"]["dtype"] == "f4"
    return np.frombuffer(base64.b64decode(answer["waveform"]["bdata"]), "<f4")


@pytest.mark.parametrize("index", [0, 7, 358])
def test_numbers_are_those_of_the_study(computed: Study, index: int) -> None:
    answer = ask(computed, index)
    row = computed.samples.frame.iloc[index]  # type: ignore[union-attr]
    assert (answer["index"], answer["id"], answer["label"]) == (index, row["id"], row["label"])
    assert answer["label_name"] == computed.class_names[row["label"]]
    scores = answer["scores"]
    assert scores["predicted"] == row["predicted"]
    assert scores["predicted_name"] == computed.class_names[row["predicted"]]
    for name in ("confidence", "margin", "entropy", "loss"):
        assert np.float32(scores[name]) == row[name]
    expected = computed.probabilities(index)
    assert expected is not None
    assert [one["class"] for one in answer["probabilities"]] == list(range(10))
    given = [one["probability"] for one in answer["probabilities"]]
    np.testing.assert_array_equal(np.float32(given), expected)
    assert (answer["classes"], answer["top"], answer["waiting"]) == (10, None, None)


@pytest.mark.parametrize("layer", ["conv", "dense", "probabilities"])
def test_layer_has_its_waveform_and_its_neighbours(computed: Study, layer: str) -> None:
    answer = ask(computed, 5, layer=layer)
    expected = computed.activation(layer, 5)
    assert expected is not None
    np.testing.assert_array_equal(waveform_of(answer), expected)
    assert answer["layer"]["key"] == layer
    assert answer["layer"]["units"] == len(expected)
    graph = computed.neighbours(layer)
    if graph is None:
        assert answer["nearest"] is None
    else:
        assert [one["index"] for one in answer["nearest"]] == graph.indices[5][:8].tolist()
        for one in answer["nearest"]:
            assert one["label"] == computed.dataset.labels[one["index"]]


def test_the_hidden_layer_has_neighbours(computed: Study) -> None:
    answer = ask(computed, 5)
    assert answer["layer"]["key"] == computed.hidden
    assert len(answer["nearest"]) == inspector_api.SHOWN_NEIGHBOURS


@pytest.mark.parametrize(
    "layer", ["", "no such layer", "../../etc/passwd", "__class__", "<b>", "\0", "x" * 2000]
)
def test_hostile_layer_gives_the_hidden_one(computed: Study, layer: str) -> None:
    assert ask(computed, 5, layer=layer)["layer"]["key"] == "dense"


@pytest.mark.parametrize("index", ["359", "-1", "1.5", "x", "9" * 30])
def test_index_out_of_range_is_not_found(computed: Study, index: str) -> None:
    assert client_of(computed).get(f"/api/sample/{index}").status_code == 404


def test_index_out_of_range_is_explained(computed: Study) -> None:
    answer: Any = client_of(computed).get("/api/sample/359")
    assert answer.json["message"] == "There is no image 359: the last one is 358."


def test_base_path_holds_the_route(computed: Study) -> None:
    server = Flask(__name__)
    inspector_api.register(server, computed, "/lab/innerview/")
    assert server.test_client().get("/lab/innerview/api/sample/0").status_code == 200


def test_before_the_forward_pass_it_says_what_runs() -> None:
    stages = (FakeStage("forward", "Forward pass", "running", 0.3),)
    answer = ask(FakeStudy(measured=False, stage_list=stages), 3)
    assert (answer["id"], answer["label"], answer["label_name"]) == ("test/3", 3, "3")
    assert answer["scores"] is answer["probabilities"] is answer["layer"] is None
    assert "Running now: Forward pass." in answer["waiting"]


def test_layer_waits_for_its_neighbours() -> None:
    answer = ask(FakeStudy(with_neighbours=False), 1)
    assert answer["nearest"] is None
    assert len(waveform_of(answer)) == 128


def test_layer_without_activations_has_no_waveform() -> None:
    answer = ask(FakeStudy(), 1, layer="flatten")
    assert answer["layer"] == {"key": "flatten", "name": "flatten", "units": None, "pooled": False}
    assert answer["waveform"] is None


def test_pooled_layer_says_so() -> None:
    assert ask(FakeStudy(), 1, layer="conv2d")["layer"]["pooled"] is True


@pytest.mark.parametrize(
    ("value", "read"), [(np.inf, float("inf")), (-np.inf, -float("inf")), (0.5, 0.5)]
)
def test_numbers_stay_valid_json(value: float, read: float) -> None:
    written = json.dumps(inspector_api.number(value), allow_nan=False)
    assert float(json.loads(written)) == read


def test_no_number_stays_valid_json() -> None:
    assert inspector_api.number(float("nan")) == "NaN"


def test_few_classes_are_all_listed_in_order() -> None:
    assert inspector_api.listed_classes(np.full(12, 1 / 12, np.float32), [3]) == list(range(12))


def test_of_many_classes_the_most_probable_and_the_label_are_listed() -> None:
    probabilities = np.linspace(1, 0, 200, dtype=np.float32)
    assert inspector_api.listed_classes(probabilities, [150]) == [*range(10), 150]
    assert inspector_api.listed_classes(probabilities, [-1, 4, 200]) == list(range(10))


def test_of_many_classes_it_is_said_how_many_are_listed() -> None:
    answer = ask(FakeStudy(fake_dataset(400, 200)), 150)
    assert (answer["classes"], answer["top"]) == (200, 10)
    shares = [one["probability"] for one in answer["probabilities"]][:10]
    assert shares == sorted(shares, reverse=True)


def test_neighbours_leave_out_the_sample() -> None:
    graph = np.array([[0, 5, 3], [0, 1, 2]], np.int32)
    assert inspector_api.nearest(graph, 0) == [5, 3]
    assert inspector_api.nearest(graph, 1) == [0, 2]
