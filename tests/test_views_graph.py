"""The place of the graph, its component's script, and the table of layers that chooses in it."""

import pytest
from flask import Flask

from analysis import Study
from views import graph_component, preview
from views.app import make_app
from views.graph import GRAPH
from views.ids import Id
from views.panel import Place

SCRIPT = "/api/graph/component.js"


def test_component_is_served_from_the_installed_package() -> None:
    server = Flask(__name__)
    graph_component.register(server, "/lab/")
    client = server.test_client()
    answer = client.get(f"/lab{SCRIPT}")
    assert answer.mimetype == "text/javascript" and b"dash_cytoscape" in answer.data
    assert b"dagre" in answer.data
    tag = answer.headers["ETag"]
    assert client.get(f"/lab{SCRIPT}", headers={"If-None-Match": tag}).status_code == 304
    assert client.get(SCRIPT).status_code == 404


def test_a_missing_package_is_a_sentence(monkeypatch: pytest.MonkeyPatch, computed: Study) -> None:
    monkeypatch.setattr(graph_component, "PACKAGE", "no_such_package")
    server = Flask(__name__)
    graph_component.register(server)
    answer = server.test_client().get(SCRIPT)
    assert answer.status_code == 503 and answer.json is not None
    assert "pip install dash-cytoscape" in answer.json["message"]
    assert "pip install dash-cytoscape" in str(GRAPH.layout(computed))


def test_no_page_loads_the_component_before_it_is_needed(computed: Study) -> None:
    client = make_app(computed).server.test_client()
    assert "cytoscape" not in client.get("/").text
    assert client.get(SCRIPT).status_code == 200


def test_graph_has_its_places_on_the_page_network(computed: Study) -> None:
    assert GRAPH.place is Place.NETWORK
    layout = GRAPH.layout(computed)
    assert Id.GRAPH_PLACE in layout  # type: ignore[operator]
    assert GRAPH.__doc__ is not None and "keyboard" in GRAPH.__doc__


def test_rows_of_the_table_name_their_layer(computed: Study) -> None:
    description = computed.description
    assert description is not None
    rows = [preview.layer_row(1, layer, [], 1) for layer in description.layers]
    named = [row.to_plotly_json()["props"]["data-layer"] for row in rows]  # type: ignore[attr-defined]
    assert named == [layer.key for layer in description.layers]
