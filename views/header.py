"""The line at the top of the page: what is open, how good it is, and what is being computed."""

from typing import TYPE_CHECKING

from dash import Dash, Input, Output, html
from dash.development.base_component import Component

from data.dataset import Dataset
from views import text
from views.ids import Id
from views.markup import attributes
from views.panel import Place

if TYPE_CHECKING:
    from analysis.study import Study


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
    """ "mnist.h5 on mnist test, 10,000 images", with a mark when the dataset carries a note."""
    images = text.shown_images(len(dataset), dataset.total)
    note = html.A(
        "note",
        href="network",
        title=dataset.note,
        className="chip",
        **attributes(data_page="network", aria_label=f"Note on the dataset: {dataset.note}"),
    )
    return html.Div(
        [
            html.B(network, title=network),
            html.Span(" on "),
            html.B(dataset.name, title=dataset.name),
            html.Span(f" {dataset.split}, {images}"),
            note if dataset.note else None,
        ],
        className="subject",
    )


def measures(study: "Study") -> list[Component]:
    """Accuracy and mean loss, or nothing before the forward pass is done."""
    samples = study.samples
    if samples is None:
        return []
    return [
        measure("accuracy", text.percent(samples.accuracy, 2), "Share of images predicted right"),
        measure("mean loss", text.decimal(samples.mean_loss, 4), "Mean cross-entropy in nats"),
    ]


def measure(name: str, value: str, explanation: str) -> Component:
    return html.Div([html.Small(name), html.B(value)], className="fact", title=explanation)


HEADER = Header()
