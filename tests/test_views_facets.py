"""views/facets.py and records.py: the components' page, and what it is given to show."""

import io
import json
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fakes import FakeStudy, fake_dataset
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from analysis import Study
from analysis.atlas import make_atlas
from analysis.samples import Samples
from data.images import ArrayImages
from views import facets, records
from views.app import make_app
from views.dive import DIVE
from views.ids import Id
from views.panel import render


@pytest.fixture
def client(computed: Study) -> FlaskClient:
    return serve(computed)


def serve(study: Any, base_path: str = "/") -> FlaskClient:
    server = Flask(__name__)
    facets.register(server, study, base_path)
    return server.test_client()


def bits(mask: np.ndarray) -> bytes:
    return np.packbits(mask, bitorder="little").tobytes()


class Task:
    """What records.py sees of a task."""

    def __init__(self, size: tuple[int, int] = (28, 28)) -> None:
        self.thumbnail_size = size
        self.seed = 3


class Known(FakeStudy):
    """A study with a table, pictures and a task."""

    task = Task()
    columns: dict[str, Any]

    @property
    def thumbnails(self) -> np.ndarray:
        height, width = self.task.thumbnail_size
        return self.dataset.images.read(np.arange(len(self.dataset)), (height, width))

    @property
    def samples(self) -> Any:
        found = super().samples
        return found and Samples(pd.DataFrame({**found, **getattr(self, "columns", {})}))


# -- the page -----------------------------------------------------------------------------------


def test_page_holds_the_components_and_our_script(client: FlaskClient) -> None:
    page = client.get("/facets/host.html").text
    for module in ("facets-dive", "facets-overview"):
        assert f'<dom-module id="{module}">' in page
    assert '<main id="facets">' in page
    assert "<wit-dashboard></wit-dashboard>" not in page
    scripts = re.findall(r"<script[^>]*>", page)
    assert scripts == [
        '<script src="component.js">',
        '<script type="module" src="../assets/facets/host.js">',
    ]
    assert "polymer" in client.get("/facets/component.js").text.lower()


def test_page_asks_for_no_fonts(client: FlaskClient) -> None:
    page = client.get("/facets/host.html").text
    assert "@font-face" not in page
    assert "woff" not in page


def test_page_may_load_nothing_from_elsewhere(computed: Study) -> None:
    browser = make_app(computed).server.test_client()
    policy = browser.get("/facets/host.html").headers["Content-Security-Policy"]
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split(";")}
    assert rules["default-src"] == ["'none'"]
    assert rules["script-src"] == rules["connect-src"] == ["'self'"]
    assert not re.search(r"https?:|\*|unsafe-eval", policy)
    assert browser.get("/facets/host.html").headers["X-Content-Type-Options"] == "nosniff"
    # The frame's rules are its own.
    assert (
        "unsafe-inline"
        not in re.findall("script-src[^;]*", browser.get("/").headers["Content-Security-Policy"])[0]
    )


def test_unchanged_component_is_not_sent_again(client: FlaskClient) -> None:
    first = client.get("/facets/component.js")
    again = client.get("/facets/component.js", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert not again.data


def test_missing_package_is_a_sentence(
    client: FlaskClient, monkeypatch: Any, computed: Study
) -> None:
    monkeypatch.setattr(facets, "PACKAGE", "a_package_that_nobody_has")
    answer: Any = client.get("/facets/host.html")
    assert answer.status_code == 503
    assert "tensorboard-plugin-wit" in answer.json["message"]
    card = json.dumps(
        render(DIVE, computed).to_plotly_json(), default=lambda part: part.to_plotly_json()
    )
    assert "tensorboard-plugin-wit" in card
    assert f'"{Id.DIVE}"' not in card


def test_other_version_of_the_package_is_a_sentence(client: FlaskClient, monkeypatch: Any) -> None:
    monkeypatch.setattr(facets, "read_component", lambda name: "<!doctype html>")
    answer: Any = client.get("/facets/host.html")
    assert answer.status_code == 503
    assert "1.8.1" in answer.json["message"]


# -- what it shows ------------------------------------------------------------------------------


def column(answer: Any, name: str) -> list[Any]:
    values: list[Any] = next(c["values"] for c in answer["columns"] if c["name"] == name)
    return values


def test_records_are_the_table(client: FlaskClient, computed: Study) -> None:
    answer: Any = client.post("/api/facets/records").json
    assert computed.samples is not None
    assert answer["total"] == 359
    assert answer["classes"] == list(computed.class_names)
    assert answer["sprite"] == {"width": 8, "height": 8}
    assert answer["crisp"] is True
    kinds = {c["name"]: c["kind"] for c in answer["columns"]}
    assert kinds["label"] == kinds["predicted"] == "class"
    assert kinds["loss"] == "number" and kinds["correct"] == "text"
    assert column(answer, "index") == list(range(359))
    np.testing.assert_array_equal(column(answer, "predicted"), computed.samples["predicted"])
    np.testing.assert_allclose(column(answer, "loss"), computed.samples["loss"], rtol=1e-3)
    words = np.where(computed.samples["correct"], "correct", "wrong")
    assert column(answer, "correct") == words.tolist()


def test_selection_has_its_own_records_and_pictures(client: FlaskClient, computed: Study) -> None:
    chosen = np.array([3, 17, 358])
    mask = np.zeros(359, bool)
    mask[chosen] = True
    answer: Any = client.post("/api/facets/records", data=bits(mask)).json
    assert (answer["total"], column(answer, "index")) == (3, chosen.tolist())
    picture = client.post("/api/facets/atlas", data=bits(mask))
    expected = make_atlas(computed.dataset.images.read(chosen)).pixels[..., 0]
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(picture.data))), expected)


@pytest.mark.parametrize("path", ["/api/facets/records", "/api/facets/atlas"])
@pytest.mark.parametrize("body", [bytes(45), bytes(3), bytes(5000)], ids=["none", "few", "many"])
def test_what_is_no_selection_is_refused(client: FlaskClient, path: str, body: bytes) -> None:
    answer: Any = client.post(path, data=body)
    assert answer.status_code == 400
    assert answer.json["message"].endswith(".")


def test_hostile_names_stay_text() -> None:
    names = ['</script><script>alert("1")</script>', 'it\'s "quoted"\\', "${x}\u2028"]
    study = Known(fake_dataset(30, 3, names))
    study.columns = {"note": [names[k % 3] for k in range(30)]}
    answer = serve(study).post("/api/facets/records")
    assert answer.mimetype == "application/json"
    assert json.loads(answer.data)["classes"] == names
    assert column(json.loads(answer.data), "note")[:3] == names


def test_numbers_that_json_has_no_word_for_are_left_open() -> None:
    study = Known(fake_dataset(4, 2))
    study.columns = {"loss": np.array([np.inf, np.nan, 1 / 3, 1e-9], np.float32)}
    answer = serve(study).post("/api/facets/records").data
    assert column(json.loads(answer), "loss") == [None, None, 0.3333, 1e-9]
    assert b"Infinity" not in answer and b"NaN" not in answer


def test_large_sets_are_sampled_fairly(monkeypatch: Any) -> None:
    monkeypatch.setattr(records, "MAX_RECORDS", 100)
    labels = np.repeat([0, 1, 2], [700, 290, 10]).astype(np.int64)
    study = Known(fake_dataset(1000, 3, labels=labels))
    client = serve(study)
    answer: Any = client.post("/api/facets/records").json
    assert answer["total"] == 1000
    assert np.bincount(column(answer, "label")).tolist() == [70, 29, 1]
    assert column(client.post("/api/facets/records").json, "index") == column(answer, "index")
    mask = labels < 2
    sampled: Any = client.post("/api/facets/records", data=bits(mask)).json
    assert sampled["total"] == 990
    assert np.bincount(column(sampled, "label")).sum() == 100
    # The pictures are those of the records.
    picture = client.post("/api/facets/atlas", data=bits(mask)).data
    expected = make_atlas(study.thumbnails[column(sampled, "index")]).pixels[..., 0]
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(picture))), expected)


@pytest.mark.parametrize(
    ("count", "shape", "thumbnail", "expected"),
    [
        (10, (28, 28), (28, 28), (28, 28)),
        (10, (300, 600), (16, 32), (64, 128)),
        (10, (60, 40), (32, 21), (60, 39)),
        (401, (300, 600), (16, 32), (16, 32)),
    ],
)
def test_a_few_photographs_are_shown_larger(
    count: int, shape: tuple[int, int], thumbnail: tuple[int, int], expected: tuple[int, int]
) -> None:
    study = Known(fake_dataset(2, 2, images=ArrayImages(np.zeros((2, *shape, 1), np.uint8))))
    study.task = Task(thumbnail)
    assert records.sprite_size(study, count) == expected  # type: ignore[arg-type]


def test_atlas_is_made_once(client: FlaskClient, monkeypatch: Any) -> None:
    made = []
    monkeypatch.setattr(
        facets, "make_atlas", lambda images: made.append(len(images)) or make_atlas(images)
    )
    masks = [np.arange(359) < last for last in range(1, facets.KEPT + 2)]
    for mask in (masks[0], masks[0], *masks[1:], masks[-1]):
        assert client.post("/api/facets/atlas", data=bits(mask)).status_code == 200
    assert made == [1, 2, 3, 4, 5]
    client.post("/api/facets/atlas", data=bits(masks[0]))
    assert made[-1] == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [("post", "/api/facets/records"), ("get", "/api/facets/overview")],
)
def test_before_the_samples_there_is_a_sentence(method: str, path: str) -> None:
    study = Known(fake_dataset(), measured=False)
    answer: Any = getattr(serve(study), method)(path)
    assert answer.status_code == 409
    assert "network" in answer.json["message"]


def test_overview_names_the_columns(client: FlaskClient) -> None:
    answer = client.get("/api/facets/overview")
    assert answer.mimetype == "application/octet-stream"
    for name in (b"confidence", b"loss", b"correct", b"wrong"):
        assert name in answer.data


def test_routes_stand_below_the_base_path(computed: Study) -> None:
    client = serve(computed, "/lab/")
    assert client.get("/lab/facets/host.html").status_code == 200
    assert client.post("/lab/api/facets/records").status_code == 200
    assert client.get("/facets/host.html").status_code == 404
