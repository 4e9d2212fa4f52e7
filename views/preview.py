"""The network at a glance: what goes in, layer by layer, and what comes out."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dash import Dash, Input, Output, html
from dash.development.base_component import Component

from views import text
from views.ids import Id
from views.panel import Place

if TYPE_CHECKING:
    from analysis.study import Study
    from model import Layer, NetworkDescription

HEADS = {
    "softmax": "softmax: probabilities that add up to one",
    "logits": "logits: scores without a softmax, which is added here",
    "sigmoid": "sigmoid: one probability for the second class",
}


class Preview:
    """The layers in the order in which an image passes through them.

    “Hidden layer” marks the last one before the classifier: what the network has made of an image
    just before it decides; or the one that --layer named. “Head” marks the layer that decides. The
    bar is the layer's share of all parameters. Layers with a width can be chosen for the maps.
    """

    name = "preview"
    title = "Network"
    place = Place.NETWORK

    def is_available(self, study: "Study") -> bool:
        return True

    def layout(self, study: "Study") -> Component:
        return html.Div(body(study), id=Id.NETWORK_BODY)

    def register(self, app: Dash, study: "Study") -> None:
        @app.callback(
            Output(Id.NETWORK_BODY, "children"),
            Input(Id.DESCRIBED, "data"),
            Input(Id.PROGRESS, "data"),
            prevent_initial_call=True,
        )
        def show_body(_described: bool, _progress: dict[str, str]) -> list[Component]:
            return body(study)


def body(study: "Study") -> list[Component]:
    """The network's facts and layers, or a sentence on why they are not there yet."""
    description = study.description
    if description is None:
        return [html.P(text.waiting(study.stages(), "The network"), className="waiting")]
    hidden = study.hidden or description.hidden
    return [fact_list(study.network.name, description), layer_table(description, hidden)]


def fact_list(name: str, description: "NetworkDescription") -> Component:
    version = description.keras_version
    facts = [
        ("file", name),
        ("saved with", f"Keras {version}" if version else "unknown"),
        ("input", text.shape(description.input_shape)),
        ("preprocessing", description.preprocessing),
        ("output", HEADS.get(description.head, description.head)),
        ("parameters", text.count(description.params)),
    ]
    cells = [html.Div([html.Dt(name), html.Dd(value)]) for name, value in facts]
    return html.Dl(cells, className="fact-list")


def layer_table(description: "NetworkDescription", hidden: str) -> Component:
    """One row a layer; `hidden` is the key of the one that stands for the hidden layers."""
    columns = ("", "layer", "kind", "output", "width", "parameters", "share of parameters")
    head = description.layers[-1].key
    rows = [
        layer_row(number, layer, marks(layer.key, hidden, head), description.params)
        for number, layer in enumerate(description.layers, start=1)
    ]
    header = html.Tr([html.Th(name, scope="col") for name in columns])
    table = html.Table([html.Thead(header), html.Tbody(rows)], className="layers")
    return html.Div(table, className="scroll-x")


def marks(key: str, hidden: str, head: str) -> list[str]:
    """What a layer is called besides its name."""
    return [word for word, marked in (("hidden layer", hidden), ("head", head)) if key == marked]


def layer_row(number: int, layer: "Layer", names: Sequence[str], params: int) -> Component:
    share = layer.params / params if params else 0.0
    width = "–" if layer.units is None else text.count(layer.units)
    return html.Tr(
        [
            html.Td(str(number), className="number"),
            html.Th(
                [html.Span(layer.name), *(html.Span(name, className="chip") for name in names)],
                scope="row",
            ),
            html.Td(layer.kind),
            html.Td(text.shape(layer.output_shape), className="number"),
            html.Td(width, className="number"),
            html.Td(text.count(layer.params) if layer.params else "–", className="number"),
            html.Td(share_bar(share) if layer.params else None),
        ],
        className="marked" if names else None,
    )


def share_bar(share: float) -> Component:
    """A bar for a share of 0..1, with its number."""
    return html.Div(
        [
            html.Div(html.I(style={"width": f"{100 * share:.2f}%"}), className="bar-track"),
            html.Span(text.percent(share), className="bar-value"),
        ],
        className="share",
    )


PREVIEW = Preview()
