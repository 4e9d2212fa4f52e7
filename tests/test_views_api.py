"""views/api.py and access.py: what a browser gets, and what a stranger does not."""

import io
from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from analysis import Study
from views import api
from views.access import is_loopback, make_token, protect
from views.routes import explain_errors


@pytest.fixture
def client(computed: Study) -> FlaskClient:
    server = Flask(__name__)
    api.register(server, computed)
    explain_errors(server, "/")
    protect(server, None)
    return server.test_client()


def test_health_lists_stages_and_layouts(client: FlaskClient) -> None:
    health: Any = client.get("/health").json
    assert health["ok"]
    assert health["samples"]
    assert health["described"]
    assert {"id", "title", "state", "fraction", "message"} == set(health["stages"][0])
    assert health["layouts"]["dense|tsne"]["final"]
    assert 0 < health["layouts"]["dense|tsne"]["trustworthiness"] <= 1


def test_study_is_described(client: FlaskClient) -> None:
    study: Any = client.get("/api/study").json
    assert (study["n"], study["total"], study["hidden"]) == (359, 359, "dense")
    assert study["methods"] == ["tsne", "umap", "pca"]
    assert [layer["key"] for layer in study["layers"]][-1] == "probabilities"
    kinds = {column["name"]: column["kind"] for column in study["columns"]}
    assert kinds["label"] == "category"
    assert kinds["correct"] == "boolean"
    assert kinds["loss"] == "number"
    assert "id" not in kinds
    assert study["thumb"] == {"width": 8, "height": 8, "channels": 1}


def test_layout_is_float32_in_rows(client: FlaskClient, computed: Study) -> None:
    answer = client.get("/api/layout?space=dense&method=tsne")
    points = np.frombuffer(answer.data, "<f4").reshape(-1, 2)
    layout = computed.layout("dense", "tsne")
    assert layout is not None
    np.testing.assert_array_equal(points, layout.points)
    assert answer.headers["X-Version"] == str(layout.version)
    assert answer.headers["X-Final"] == "1"
    assert client.get("/api/layout?space=nowhere&method=tsne").status_code == 404
    assert client.post("/api/layout?space=nowhere&method=tsne").status_code == 404
    assert client.post("/api/layout?space=dense&method=pca").status_code == 202


@pytest.mark.parametrize(
    ("name", "dtype"), [("label", "int32"), ("correct", "uint8"), ("loss", "float32")]
)
def test_column_is_binary(client: FlaskClient, computed: Study, name: str, dtype: str) -> None:
    answer = client.get(f"/api/column?name={name}")
    assert answer.headers["X-Dtype"] == dtype
    assert computed.samples is not None
    values = np.frombuffer(answer.data, dtype)
    np.testing.assert_array_equal(values, computed.samples[name].astype(dtype))


@pytest.mark.parametrize("name", ["id", "nothing", "__class__", ""])
def test_column_that_no_map_can_show_is_not_served(client: FlaskClient, name: str) -> None:
    assert client.get("/api/column", query_string={"name": name}).status_code == 404


def test_thumbnails_come_in_the_order_asked_for(client: FlaskClient, computed: Study) -> None:
    indices = np.array([300, 0, 7], "<i4")
    answer = client.post("/api/thumbnails", data=indices.tobytes())
    images = np.frombuffer(answer.data, np.uint8).reshape(3, 8, 8, 1)
    np.testing.assert_array_equal(images, computed.dataset.images.read(indices.astype(np.int64)))


@pytest.mark.parametrize(
    "body",
    [b"abc", b"\x67\x01\x00\x00", b"\xff\xff\xff\xff", bytes(4 * 5000)],
    ids=["torn", "359", "-1", "too many"],
)
def test_thumbnails_refuse_what_is_no_list_of_indices(client: FlaskClient, body: bytes) -> None:
    assert client.post("/api/thumbnails", data=body).status_code == 400


def test_image_is_the_original(client: FlaskClient, computed: Study) -> None:
    answer = client.get("/api/image/5.png")
    pixels = np.asarray(Image.open(io.BytesIO(answer.data)))
    np.testing.assert_array_equal(pixels, computed.dataset.images.original(5)[..., 0])


def test_image_is_sent_again_only_when_it_is_another(client: FlaskClient) -> None:
    answer = client.get("/api/image/5.png?side=4")
    assert Image.open(io.BytesIO(answer.data)).size == (4, 4)
    again = client.get("/api/image/5.png?side=4", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    other = client.get("/api/image/5.png", headers={"If-None-Match": answer.headers["ETag"]})
    assert other.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"
    assert client.get("/api/image/5.png?side=0").status_code == 400


@pytest.mark.parametrize("path", ["359.png", "-1.png", "../util.py", "5", "9" * 30 + ".png"])
def test_image_serves_nothing_but_the_datasets_images(client: FlaskClient, path: str) -> None:
    assert client.get(f"/api/image/{path}").status_code == 404


def test_large_image_is_made_smaller() -> None:
    png = api.encode_png(np.zeros((100, 2000, 3), np.uint8))
    assert Image.open(io.BytesIO(png)).size == (512, 26)


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost", 200), ("127.0.0.1:8050", 200), ("[::1]:8050", 200), ("evil.example", 403)],
)
def test_foreign_host_header_is_refused(client: FlaskClient, host: str, status: int) -> None:
    assert client.get("/health", headers={"Host": host}).status_code == status


def test_post_from_another_site_is_refused(client: FlaskClient) -> None:
    path = "/api/layout?space=dense&method=pca"
    assert client.post(path, headers={"Origin": "http://evil.example"}).status_code == 403
    assert client.post(path, headers={"Origin": "http://localhost"}).status_code == 202


def test_token_opens_the_page_once_and_stays_as_a_cookie(computed: Study) -> None:
    server, token = Flask(__name__), make_token()
    api.register(server, computed)
    protect(server, token)
    client = server.test_client()
    assert client.get("/health").status_code == 401
    assert client.get("/health?token=guess").status_code == 401
    answer = client.get(f"/health?token={token}")
    assert answer.status_code == 302
    assert token not in answer.headers["Location"]
    assert client.get("/health").status_code == 200


def test_loopback_addresses() -> None:
    assert all(map(is_loopback, ["localhost", "127.0.0.1", "127.1.2.3", "::1", "[::1]"]))
    assert not any(map(is_loopback, ["0.0.0.0", "192.168.0.2", "evil.example", "", "::"]))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/api/nothing", 404),
        ("post", "/api/study", 405),
        ("get", "/api/column?name=nothing", 404),
        ("get", "/api/image/5.png?side=0", 400),
    ],
)
def test_every_refusal_is_a_sentence(
    client: FlaskClient, method: str, path: str, status: int
) -> None:
    answer = client.open(path, method=method)
    assert answer.status_code == status and answer.json is not None
    assert answer.json["message"].endswith(".")


def test_what_is_no_route_of_the_page_is_a_page_of_its_own(client: FlaskClient) -> None:
    answer = client.get("/assets/nothing.png")
    assert answer.status_code == 404 and answer.mimetype == "text/html"
