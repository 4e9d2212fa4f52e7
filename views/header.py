"""The line at the top of the page: what is open, how good it is, and what is being computed."""

from typing import TYPE_CHECKING

from dash import Dash, Input, Output, html
from dash.development.base_component import Component

from data.dataset import Dataset
from views import text
from views.ids import Id
from views.panel import Place

if TYPE_CHECKING:
    from analysis.study import Study


WITHOUT_LABELS = "These images have no labels: there is no accuracy and no loss"


class Header:
    """What is open, how good it is, and what is being computed."""

    name = "header"
    title = ""
    place = Place.HEADER

    def is_available(self, study: "Study") -> bool:
        return True

    def layout(self, study: "Study") -> Component:
        return html.Div(
            [
                logo(),
                subject(study.network.name, study.dataset),
                html.Div(measures(study), id=Id.HEADER_FACTS, className="facts"),
                html.Div(id=Id.MAP_CONTROLS, className="map-controls"),
                html.Div(id=Id.STAGES, className="stages", role="status"),
                html.Button(
                    "?", id=Id.HELP_BUTTON, type="button", title="Where to start, and the keys"
                ),
            ],
            className="header-line",
        )

    def register(self, app: Dash, study: "Study") -> None:
        @app.callback(
            Output(Id.HEADER_FACTS, "children"),
            Input(Id.MEASURED, "data"),
            prevent_initial_call=True,
        )
        def show_measures(_measured: bool) -> list[Component]:
            return measures(study)


def logo() -> Component:
    return html.H1([html.I(), "Innerview"], className="logo")


def subject(network: str, dataset: Dataset) -> Component:
    """ "mnist.h5 on mnist test, 10,000 images"."""
    images = text.shown_images(len(dataset), dataset.total)
    return html.Div(
        [
            html.B(network, title=network),
            html.Span(" on "),
            html.B(dataset.name, title=dataset.name),
            html.Span(f" {dataset.split}, {images}"),
        ],
        className="subject",
    )


def measures(study: "Study") -> list[Component]:
    """Accuracy and mean loss, or nothing before the forward pass is done.

    Where there are no labels, this is what is said in their place.
    """
    samples = study.samples
    if not study.dataset.is_labelled:
        return [measure("labels", "none", WITHOUT_LABELS)]
    if samples is None or samples.accuracy is None:
        return []
    labelled = int(samples.labelled.sum())
    of = (
        "images"
        if labelled == len(study.dataset)
        else f"the {text.count(labelled)} images with a label"
    )
    loss = samples.mean_loss
    return [
        measure("accuracy", text.percent(samples.accuracy, 2), f"Share of {of} predicted right"),
        measure(
            "mean loss",
            "unknown" if loss is None else text.decimal(loss, 4),
            f"Mean cross-entropy of {of} in nats",
        ),
    ]


def measure(name: str, value: str, explanation: str) -> Component:
    return html.Div([html.Small(name), html.B(value)], className="fact", title=explanation)


HEADER = Header()
