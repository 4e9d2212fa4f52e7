"""views/similar_api.py: the nearest as JSON, their waveforms as bytes, mistakes as sentences."""

from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient

from analysis import Study
from analysis.similar import similar_to_sample
from tests.studies import open_digits
from views import similar_api
from views.similar_api import MAX_WIDTH, PIECES, in_pieces


@pytest.fixture
def client(computed: Study) -> FlaskClient:
    return client_of(computed)


def client_of(study: Study) -> FlaskClient:
    server = Flask(__name__)
    similar_api.register(server, study, "/base/")
    return server.test_client()


def test_nearest_with_all_that_a_card_shows(client: FlaskClient, computed: Study) -> None:
    answer: Any = client.get("/base/api/similar?index=5&space=conv&k=8").json
    expected = similar_to_sample(computed, "conv", 5, 8)
    assert expected is not None
    assert computed.samples is not None
    dataset, predicted = computed.dataset, computed.samples["predicted"]
    assert (answer["space"], answer["units"], answer["recall"]) == ("conv", 4, 1)
    assert answer["query"] == {
        "index": 5, "id": dataset.ids[5], "label": dataset.labels[5], "predicted": predicted[5],
        "correct": predicted[5] == dataset.labels[5],
    }  # fmt: skip
    results = answer["results"]
    assert [result["index"] for result in results] == expected.indices.tolist()
    np.testing.assert_allclose([result["distance"] for result in results], expected.distances)
    for result in results:
        index = result["index"]
        assert result["id"] == dataset.ids[index]
        assert result["label"] == dataset.labels[index]
        assert result["predicted"] == predicted[index]


def test_hidden_layer_and_24_are_meant_unless_another_is_named(client: FlaskClient) -> None:
    answer: Any = client.get("/base/api/similar?index=5").json
    assert answer["space"] == "dense"
    assert len(answer["results"]) == 24


def test_sample_may_be_named_by_its_id(client: FlaskClient, computed: Study) -> None:
    query = {"index": computed.dataset.ids[9]}
    answer: Any = client.get("/base/api/similar", query_string=query).json
    assert answer["query"]["index"] == 9


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("index=359", 404, "indices go from 0 to 358"),
        ("index=-1", 404, "No image has the id"),
        ("", 404, "Type an index"),
        ("index=5&k=0", 400, "From 1 to 90"),
        ("index=5&k=91", 400, "given was 91"),
        ("index=5&space=nowhere", 404, "no vectors of 'nowhere'; there are those of pixels, conv"),
        ("index=5&space=__class__", 404, "no vectors"),
        ("index=5&space=dropout", 404, "no vectors"),
        ("guest=unknown", 404, "drop it again"),
    ],
)  # fmt: skip
def test_mistake_is_one_sentence(client: FlaskClient, query: str, status: int, words: str) -> None:
    answer = client.get(f"/base/api/similar?{query}")
    message: Any = answer.json
    assert answer.status_code == status
    assert words in message["message"]


def test_before_the_pass_it_is_too_early(saved: Any, tmp_path: Any) -> None:
    client = client_of(open_digits(saved, tmp_path))
    for path in ("similar?index=5", "similar?index=5&space=pixels"):
        assert client.get(f"/base/api/{path}").status_code == 409
    found: Any = client.get("/base/api/find?text=5").json
    assert found["index"] == 5


def test_waveforms_are_rows_in_the_order_asked_for(client: FlaskClient, computed: Study) -> None:
    indices = np.array([300, 0, 7], "<i4")
    for space, width in (("dense", 16), ("pixels", 64)):
        answer = client.post(f"/base/api/waveforms?space={space}", data=indices.tobytes())
        assert answer.headers["X-Units"] == answer.headers["X-Pieces"] == str(width)
        values = np.frombuffer(answer.data, "<f4").reshape(3, width)
        for row, index in zip(values, indices, strict=True):
            np.testing.assert_allclose(row, computed.activation(space, int(index)), rtol=1e-6)


@pytest.mark.parametrize("body", [b"abc", b"\x67\x01\x00\x00", bytes(4 * 5000)])
def test_waveforms_of_what_is_no_list_of_indices_are_refused(
    client: FlaskClient, body: bytes
) -> None:
    assert client.post("/base/api/waveforms?space=dense", data=body).status_code == 400


def test_wide_vectors_come_in_pieces() -> None:
    narrow = np.zeros((2, MAX_WIDTH), np.float32)
    assert in_pieces(narrow) is narrow
    wide = np.random.default_rng(0).normal(size=(3, 7744)).astype(np.float32)
    pieces = in_pieces(wide)
    assert pieces.shape == (3, 3, PIECES)
    assert pieces.dtype == np.float32
    np.testing.assert_array_equal(pieces[:, 0].min(axis=1), wide.min(axis=1))
    np.testing.assert_array_equal(pieces[:, 1].max(axis=1), wide.max(axis=1))
    bounds = np.linspace(0, 7744, PIECES + 1).astype(int)
    part = wide[1, bounds[500] : bounds[501]]
    np.testing.assert_allclose(pieces[1, :, 500], [part.min(), part.max(), part.mean()], rtol=1e-5)


def test_ids_are_offered_and_found(client: FlaskClient, computed: Study) -> None:
    ids = computed.dataset.ids
    offered: Any = client.get(f"/base/api/ids?text={ids[9]}").json
    assert offered[0] == {"index": 9, "id": ids[9]}
    assert all(one["id"].startswith(ids[9]) for one in offered)
    assert client.get("/base/api/ids?text=").json == []
    assert client.get(f"/base/api/find?text={ids[9]}").json == {"index": 9, "id": ids[9]}
    answer = client.get("/base/api/find", query_string={"text": "<script>alert(1)</script>"})
    assert answer.status_code == 404
    assert answer.mimetype == "application/json"
