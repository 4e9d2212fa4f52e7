"""The network at a glance: what goes in, layer by layer, and what comes out."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dash import Dash, Input, Output, State, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from model.preprocess.scaling import phrase
from util import digest
from views import text
from views.ids import Id
from views.markup import attributes
from views.panel import Place

if TYPE_CHECKING:
    from analysis.study import Study
    from model.description import Layer, NetworkDescription, Try

HEADS = {
    "softmax": "softmax: probabilities that add up to one",
    "logits": "logits: scores without a softmax, which is added here",
    "sigmoid": "sigmoid: one probability for the second class",
    "multilabel": "sigmoids: a probability of its own for each label",
}

# How the choice among the preprocessings tried is made, and what overrides it.
HOW_CHOSEN = (
    "Each was tried on the same labelled images, those far behind on fewer where the network is "
    "large. The one that the network's own layers speak for stays, unless others get clearly more "
    "images right, or as many at a far lower loss; of these the lowest mean loss decides. "
    "--preprocess names another."
)
UNTRIED = (
    "As no image has a label, no way of showing the images to the network was tried against "
    "another; --preprocess names one."
)


class Preview:
    """The layers in the order in which an image passes through them.

    “Hidden layer” marks the last one before the classifier: what the network has made of an image
    just before it decides; or the one that --layer named. “Head” marks the layer that decides. The
    bar is the layer's share of all parameters. Click a layer to look at it in the graph; those with
    a width are then shown by the maps as well.
    """

    name = "preview"
    title = "Network"
    place = Place.NETWORK

    def is_available(self, study: "Study") -> bool:
        return True

    def layout(self, study: "Study") -> Component:
        return html.Div(body(study), id=Id.NETWORK_BODY, **attributes(data_stamp=stamp(study)))

    def register(self, app: Dash, study: "Study") -> None:
        @app.callback(
            Output(Id.NETWORK_BODY, "children"),
            Output(Id.NETWORK_BODY, "data-stamp"),
            Input(Id.DESCRIBED, "data"),
            Input(Id.PROGRESS, "data"),
            State(Id.NETWORK_BODY, "data-stamp"),
            prevent_initial_call=True,
        )
        def show_body(
            _described: bool, _progress: dict[str, str], shown: str
        ) -> tuple[list[Component], str]:
            now = stamp(study)
            if now == shown:
                # Drawn anew, the table would take the focus of the keys away from who is in it.
                raise PreventUpdate
            return body(study), now


def stamp(study: "Study") -> str:
    """What differs where `body` does."""
    description = study.description
    if description is None:
        return text.waiting(study.stages(), "The network")
    return digest(study.hidden, repr(description))


def body(study: "Study") -> list[Component]:
    """The network's facts and layers, or a sentence on why they are not there yet."""
    description = study.description
    if description is None:
        return [html.P(text.waiting(study.stages(), "The network"), className="waiting")]
    hidden = study.hidden or description.hidden
    return [
        fact_list(study.network.name, description),
        *repair_list(description.repairs),
        *tries(description.tries, study.dataset.is_labelled),
        layer_table(description, hidden),
    ]


def fact_list(name: str, description: "NetworkDescription") -> Component:
    version = description.keras_version
    facts = [
        ("file", name),
        ("saved with", f"Keras {version}" if version else "unknown"),
        ("input", text.shape(description.input_shape)),
        ("preprocessing", description.preprocessing.replace(" x ", " × ") or "being found out"),
        ("output", HEADS.get(description.head, description.head)),
        ("parameters", text.count(description.params)),
    ]
    cells = [html.Div([html.Dt(name), html.Dd(value)]) for name, value in facts]
    return html.Dl(cells, className="fact-list")


def repair_list(repairs: Sequence[str]) -> list[Component]:
    """What was changed so that the file opens, behind a line that says how much."""
    if not repairs:
        return []
    title = f"Opened with {text.counted(len(repairs), 'repair')}"
    items = html.Ul([html.Li(repair) for repair in repairs])
    return [html.Details([html.Summary(title), items], className="network-part repairs", open=True)]


def tries(tried: Sequence["Try"], is_labelled: bool) -> list[Component]:
    """The preprocessings tried, as a table, and how one was chosen."""
    if not tried:
        return [] if is_labelled else [html.P(UNTRIED, className="network-note")]
    columns = ("preprocessing", "the network is given", "accuracy", "mean loss")
    header = html.Tr([html.Th(name, scope="col") for name in columns])
    rows = [try_row(one) for one in tried]
    table = html.Table([html.Thead(header), html.Tbody(rows)], className="tries")
    title = f"{text.counted(len(tried), 'way')} of showing it the images tried"
    parts = [html.Summary(title), html.P(HOW_CHOSEN), html.Div(table, className="scroll-x")]
    return [html.Details(parts, className="network-part", open=True)]


def try_row(tried: "Try") -> Component:
    chip = [html.Span("chosen", className="chip")] if tried.chosen else []
    return html.Tr(
        [
            html.Th([html.Span(tried.name), *chip], scope="row"),
            html.Td(phrase(tried.name)),
            html.Td(share_bar(tried.accuracy)),
            html.Td(text.decimal(tried.mean_loss), className="number"),
        ],
        className="marked" if tried.chosen else None,
    )


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
                [layer_button(layer), *(html.Span(name, className="chip") for name in names)],
                scope="row",
            ),
            html.Td(layer.kind),
            html.Td(text.shape(layer.output_shape), className="number"),
            html.Td(width, className="number"),
            html.Td(text.count(layer.params) if layer.params else "–", className="number"),
            html.Td(share_bar(share) if layer.params else None),
        ],
        className="marked" if names else None,
        # A click anywhere in the row is taken by assets/workbench/graph/graph.js.
        **attributes(data_layer=layer.key),
    )


def layer_button(layer: "Layer") -> Component:
    """The layer's name, for those who choose it by keyboard."""
    title = f"Look at {layer.name} in the graph"
    return html.Button(layer.name, type="button", className="layer-name", title=title)


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
