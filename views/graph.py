"""The network as a graph. It is drawn in the browser, by assets/workbench/graph/."""

from typing import TYPE_CHECKING

from dash import Dash, html
from dash.development.base_component import Component

from views import graph_component
from views.ids import Id
from views.markup import attributes
from views.panel import Place, failure_card

if TYPE_CHECKING:
    from analysis.study import Study


class Graph:
    """How an image flows through the network, from top to bottom. Blocks of layers are closed at
    first: click one to open it, and its heading to close it again. Click a layer to look at it;
    the maps then show it as the hidden layer. The wheel zooms, a drag moves.

    With the keyboard: the arrow keys go along the connections, Enter opens a block or chooses a
    layer, Escape closes the block round it, + and − zoom, 0 shows everything, / searches.
    """

    name = "graph"
    title = "Graph"
    place = Place.NETWORK

    def is_available(self, study: "Study") -> bool:
        return True

    def layout(self, study: "Study") -> Component:
        if graph_component.find_script() is None:
            return failure_card(graph_component.MISSING, "dash-cytoscape is not installed")
        # Dash draws the component into GRAPH_PLACE; all else is the browser module's.
        return html.Div(
            [
                html.Div(className="graph-bar"),
                html.Div(
                    [
                        html.Div(
                            [html.Div(id=Id.GRAPH_PLACE), html.Div(className="graph-over")],
                            className="graph-stage",
                            tabIndex="0",
                            role="application",
                            **attributes(
                                aria_label="The network's graph. Arrow keys go along the "
                                "connections, Enter opens a block or chooses a layer."
                            ),
                        ),
                        html.Div(className="graph-card", role="region"),
                    ],
                    className="graph-body",
                ),
            ],
            id=Id.GRAPH,
            className="graph",
        )

    def register(self, app: Dash, study: "Study") -> None:
        """No callbacks; the component's script has a route of its own."""
        graph_component.register(app.server, app.config.routes_pathname_prefix)


GRAPH = Graph()
