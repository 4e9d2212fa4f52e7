"""views/guest_api.py: an image dropped on the page, from the upload to its place on the maps."""

import io
import time
from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from analysis import Study
from tests.studies import open_digits
from views import guest_api, similar_api
from views.access import protect


@pytest.fixture
def client(computed: Study) -> FlaskClient:
    server = Flask(__name__)
    similar_api.register(server, computed)
    guest_api.register(server, computed)
    protect(server, None)
    return server.test_client()


def png(pixels: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def finished(client: FlaskClient, token: str) -> Any:
    for _ in range(3000):
        state: Any = client.get(f"/api/guest/{token}").json
        if state["state"] in ("done", "failed"):
            return state
        time.sleep(0.04)
    raise AssertionError("the network did not look at the image")


def test_image_of_the_dataset_is_recognised(client: FlaskClient, computed: Study) -> None:
    answer = client.post("/api/guest", data=png(computed.dataset.images.original(7)[..., 0]))
    assert answer.status_code == 202
    token = answer.json["token"]  # type: ignore[index]
    state = finished(client, token)
    assert (state["state"], state["message"]) == ("done", "")
    assert (state["width"], state["height"], state["seen"]) == (8, 8, [8, 8, 1])
    assert state["odd_border"] is None
    assert computed.samples is not None
    assert state["predicted"] == computed.samples["predicted"][7]
    assert state["classes"][0]["class"] == state["predicted"]
    shares = [one["probability"] for one in state["classes"]]
    assert shares == sorted(shares, reverse=True)
    assert len(shares) == 5

    similar: Any = client.get(f"/api/similar?guest={token}&space=dense&k=8").json
    assert similar["query"] == {"guest": token}
    assert similar["results"][0]["index"] == 7
    assert similar["results"][0]["distance"] < 1e-3
    assert len(similar["results"]) == 8

    indices = np.array([7, 8], "<i4").tobytes()
    answer = client.post(f"/api/waveforms?space=dense&guest={token}", data=indices)
    rows = np.frombuffer(answer.data, "<f4").reshape(3, 16)
    np.testing.assert_allclose(rows[0], rows[1], atol=1e-4)
    for space in ("pixels", "dense"):
        place: Any = client.get(f"/api/guest/{token}/place?space={space}").json
        assert place["indices"][0] == 7
        assert place["weights"][0] > 0.99
        assert len(place["indices"]) == len(place["weights"]) == 5


def test_both_pictures_are_shown(client: FlaskClient) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (700, 350, 3), np.uint8)
    token = client.post("/api/guest", data=png(pixels)).json["token"]  # type: ignore[index]
    original = Image.open(io.BytesIO(client.get(f"/api/guest/{token}.png").data))
    assert (original.size, original.mode) == ((256, 512), "RGB")
    seen = Image.open(io.BytesIO(client.get(f"/api/guest/{token}.png?as=seen").data))
    assert (seen.size, seen.mode) == ((8, 8), "L")


def test_odd_border_is_told_and_inverted(client: FlaskClient, computed: Study) -> None:
    pixels = 255 - computed.dataset.images.original(11)[..., 0]
    state: Any = client.post("/api/guest", data=png(pixels)).json
    assert state["odd_border"] == "light"
    inverted: Any = client.post(f"/api/guest/{state['token']}/invert").json
    assert inverted["inverted"]
    assert inverted["odd_border"] is None
    finished(client, inverted["token"])
    similar: Any = client.get(f"/api/similar?guest={inverted['token']}&space=dense&k=1").json
    assert similar["results"][0]["index"] == 11


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"", 400, "This file is empty"),
        (b"not an image at all", 400, "cannot be read as a JPEG or PNG image"),
        (bytes(32 * 2**20 + 1), 413, "at most 32 MB"),
    ],
    ids=["empty", "text", "too large"],
)
def test_what_is_no_image_is_refused(
    client: FlaskClient, body: bytes, status: int, words: str
) -> None:
    answer = client.post("/api/guest", data=body, headers={"Content-Type": "image/png"})
    message: Any = answer.json
    assert answer.status_code == status
    assert words in message["message"]


def test_unknown_image_is_to_be_dropped_again(client: FlaskClient) -> None:
    for answer in (
        client.get("/api/guest/unknown"),
        client.get("/api/guest/unknown.png"),
        client.get("/api/guest/unknown/place"),
        client.post("/api/guest/unknown/invert"),
    ):
        message: Any = answer.json
        assert answer.status_code == 404
        assert "drop it again" in message["message"]


def test_image_from_another_site_is_refused(client: FlaskClient, computed: Study) -> None:
    data = png(computed.dataset.images.original(1)[..., 0])
    answer = client.post("/api/guest", data=data, headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403


def test_before_the_pass_it_is_too_early(saved: Any, tmp_path: Any) -> None:
    study = open_digits(saved, tmp_path)
    server = Flask(__name__)
    guest_api.register(server, study)
    answer = server.test_client().post("/api/guest", data=png(np.zeros((8, 8), np.uint8)))
    message: Any = answer.json
    assert answer.status_code == 400
    assert "not been through the network yet" in message["message"]
