"""The column beside the maps: all that is known about the one image in focus."""

from typing import TYPE_CHECKING

from dash import Dash, Input, Output, html
from dash.development.base_component import Component

from views import sample, space, text
from views.ids import Id
from views.markup import attributes
from views.panel import Place

if TYPE_CHECKING:
    from analysis.study import Study

GESTURES = (
    ("click", "look at an image here"),
    ("drag, wheel", "move and zoom"),
    ("shift + drag", "draw round images to select them"),
    ("double click", "see all again"),
)


class Inspector:
    """The focused image, what the network makes of it, and how the chosen layer answers to it."""

    name = "inspector"
    title = ""
    place = Place.INSPECTOR

    def is_available(self, study: "Study") -> bool:
        return True

    def layout(self, study: "Study") -> Component:
        return html.Div(
            [
                html.P(
                    id=Id.INSPECTOR_SUMMARY,
                    className="visually-hidden",
                    **attributes(aria_live="polite"),
                ),
                html.Div(empty_state(), id=Id.INSPECTOR_DETAILS, className="inspector-part"),
                html.Div(id=Id.INSPECTOR_SPACE, className="inspector-part"),
            ],
            className="inspector",
        )

    def register(self, app: Dash, study: "Study") -> None:
        @app.callback(
            Output(Id.INSPECTOR_DETAILS, "children"),
            Output(Id.INSPECTOR_SUMMARY, "children"),
            Input(Id.FOCUS, "data"),
            Input(Id.MEASURED, "data"),
            prevent_initial_call=True,
        )
        def show_details(focus: int | None, _measured: bool) -> tuple[list[Component], str]:
            return details(study, focus)

        @app.callback(
            Output(Id.INSPECTOR_SPACE, "children"),
            Input(Id.FOCUS, "data"),
            Input(Id.LAYER, "data"),
            Input(Id.PROGRESS, "data"),
            prevent_initial_call=True,
        )
        def show_space(focus: int | None, layer: str | None, _progress: object) -> list[Component]:
            return layer_parts(study, focus, layer)


def empty_state() -> list[Component]:
    """What to do, while nothing is in focus."""
    rows = [part for keys, use in GESTURES for part in (html.Dt(keys), html.Dd(use))]
    return [
        html.Div(
            [html.P("Click a point to see its image.", className="lead"), html.Dl(rows)],
            className="empty",
        )
    ]


def is_sample(study: "Study", focus: object) -> bool:
    """Whether the focus, which comes from an address that anyone can write, is an image of ours."""
    return isinstance(focus, int) and 0 <= focus < len(study.dataset)


def details(study: "Study", focus: int | None) -> tuple[list[Component], str]:
    """The image with its numbers and probabilities, and one sentence to be read out."""
    if focus is None:
        return empty_state(), ""
    if not is_sample(study, focus):
        last = len(study.dataset) - 1
        return [html.P(f"There is no image {focus}: the last one is {last}.")], ""
    facts = sample.read_facts(study, focus)
    parts = [sample.portrait(facts, study.dataset.images.shape)]
    probabilities = study.probabilities(focus)
    if probabilities is None:
        parts.append(html.P(text.waiting(study.stages(), "The prediction"), className="waiting"))
    else:
        parts.append(sample.probability_bars(probabilities, facts, study.class_names))
    return parts, sample.summary(facts)


def layer_parts(study: "Study", focus: int | None, layer: str | None) -> list[Component]:
    """The waveform of the layer, and the images nearest to the focused one in it."""
    description = study.description
    if focus is None or not is_sample(study, focus) or description is None or study.samples is None:
        return []
    hidden = study.hidden or description.hidden
    chosen = space.choose_layer(description.layers, layer, hidden)
    parts = [space.waveform_part(study, chosen, focus)]
    graph = study.neighbours(chosen.key)
    if graph is not None:
        near = space.nearest(graph.indices, focus)
        parts.append(space.nearest_part(chosen.name, near, focus, study.dataset))
    return parts


INSPECTOR = Inspector()
