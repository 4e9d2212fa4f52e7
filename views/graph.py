"""The panel Graph. It is drawn in the browser, by assets/workbench/graph/graph.js."""

from typing import TYPE_CHECKING

from dash import Dash, html

from views.ids import Id
from views.panel import Place

if TYPE_CHECKING:
    from analysis.study import Study


class Graph:
    """To be written."""

    name = "graph"
    title = "Graph"
    place = Place.NETWORK

    def is_available(self, study: "Study") -> bool:
        return True

    def layout(self, study: "Study") -> html.Div:
        return html.Div(id=Id.GRAPH)

    def register(self, app: Dash, study: "Study") -> None:
        """Nothing is updated by Dash."""


GRAPH = Graph()
