"""The confusion matrix as a browser gets it, and the place of its card."""

import numpy as np
import pytest
from dash import html
from fakes import FakeStudy, fake_dataset
from flask import Flask
from flask.testing import FlaskClient

from analysis import Study
from analysis.confusion import order_by_similarity
from views import confusion_api
from views.confusion import CONFUSION
from views.ids import Id
from views.panel import Place, render


@pytest.fixture
def client(computed: Study) -> FlaskClient:
    server = Flask(__name__)
    confusion_api.register(server, computed)
    return server.test_client()


def test_cells_are_those_of_the_samples(client: FlaskClient, computed: Study) -> None:
    answer = client.get("/api/confusion")
    assert answer.headers["X-Classes"] == "10"
    cells = np.frombuffer(answer.data, "<i4").reshape(-1, 3)
    assert computed.samples is not None
    label, predicted = computed.samples["label"], computed.samples["predicted"]
    assert cells[:, 2].sum() == len(label)
    for row, column, count in cells:
        assert count == ((label == row) & (predicted == column)).sum() > 0


def test_order_holds_each_class_once(client: FlaskClient, computed: Study) -> None:
    order = np.frombuffer(client.get("/api/confusion/order").data, "<i4")
    np.testing.assert_array_equal(order, order_by_similarity(confusion_api.count(computed)))
    assert sorted(order.tolist()) == list(range(10))


@pytest.mark.parametrize("path", ["/api/confusion", "/api/confusion/order"])
def test_before_the_samples_there_is_a_sentence(path: str) -> None:
    server = Flask(__name__)
    confusion_api.register(server, FakeStudy(fake_dataset(), measured=False))  # type: ignore[arg-type]
    answer = server.test_client().get(path)
    assert answer.status_code == 409
    assert answer.json is not None and "network" in answer.json["message"]


def test_routes_stand_below_the_base_path(computed: Study) -> None:
    server = Flask(__name__)
    confusion_api.register(server, computed, "/lab/")
    client = server.test_client()
    assert client.get("/lab/api/confusion").status_code == 200
    assert client.get("/api/confusion").status_code == 404


def test_card_has_a_place_on_its_page(computed: Study) -> None:
    assert CONFUSION.place is Place.CONFUSION
    card = render(CONFUSION, computed)
    assert isinstance(card, html.Section)
    assert card[Id.CONFUSION] is not None
