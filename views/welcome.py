"""Where to start: shown at the first visit, and whenever the header's "?" is clicked."""

from typing import TYPE_CHECKING, Any

import numpy as np
from dash import Dash, Input, Output, html
from dash.development.base_component import Component
from numpy.typing import NDArray

from analysis.samples import LOSS
from views import text
from views.ids import Id
from views.markup import attributes
from views.panel import Place

if TYPE_CHECKING:
    from analysis.study import Study

# An example should find something, and not half of everything.
LIMITS = (2.0, 1.0, 0.5, 0.1, 0.01)
FEWEST_HITS = 5

# The query to begin with where there are no labels, and so no losses.
UNSURE = "confidence < 0.5"

KEYS = (
    ("/", "type a query"),
    ("Esc", "clear the selection, then the query; close what is open"),
    ("arrows, + − 0", "on a map: move, zoom, see all again"),
    ("n, p", "on a map: the next image, the one before"),
    ("shift + drag", "on a map: draw round images to select them"),
    ("arrows, Enter", "in the pool and among the hardest: go on, look"),
    ("Delete", "in the pool: take the image out"),
)


class Welcome:
    """Where to start, and the keys that help. It comes once by itself, and by the “?” of the
    header whenever you like.
    """

    name = "welcome"
    title = ""
    place = Place.DIALOG

    def is_available(self, study: "Study") -> bool:
        return True

    def layout(self, study: "Study") -> Component:
        close = html.Button(
            "✕", type="button", className="map-tool welcome-close", title="Close (Esc)"
        )
        return html.Div(
            [
                html.Div([html.H2("Where to start"), close], className="welcome-head"),
                html.Div(guide(study), id=Id.WELCOME_FACTS),
                html.Details([html.Summary("Keys"), key_list()], className="welcome-keys"),
            ],
            id=Id.WELCOME,
            className="welcome",
            hidden=True,
            role="region",
            **attributes(aria_label="Where to start"),
        )

    def register(self, app: Dash, study: "Study") -> None:
        @app.callback(
            Output(Id.WELCOME_FACTS, "children"),
            Input(Id.MEASURED, "data"),
            prevent_initial_call=True,
        )
        def show_facts(_measured: bool) -> list[Component]:
            return guide(study)


def guide(study: "Study") -> list[Component]:
    """The study in a sentence, and the steps of a first visit."""
    samples, images = study.samples, len(study.dataset)
    if samples is None:
        opened = opening(study.network.name, images, None)
        query = suggest_query(None) if study.dataset.is_labelled else UNSURE
    elif samples.is_labelled:
        labelled = int(samples.labelled.sum())
        opened = opening(study.network.name, labelled, int(samples.wrong.sum()))
        query = suggest_query(samples[LOSS])
    else:
        opened = (
            f"{study.network.name} has looked at {text.counted(images, 'image')} without labels. "
            "What does it see in them?"
        )
        query = UNSURE
    return [
        html.P(opened, className="welcome-opening"),
        html.Ol(steps(query, study.dataset.is_labelled), className="welcome-steps"),
    ]


def opening(network: str, images: int, wrong: int | None) -> str:
    """What there is to find out."""
    if wrong is None:
        return f"{network} is looking at {text.counted(images, 'image')} now."
    if wrong == 0:
        return f"{network} is right about all of {text.counted(images, 'image')}."
    return f"{network} is wrong about {text.count(wrong)} of {text.counted(images, 'image')}. Why?"


def suggest_query(losses: NDArray[np.float32] | None) -> str:
    """A query for the high losses that finds a few images.

    Args:
        losses: float32, (N,), nats; None while they are not known.
    """
    if losses is None:
        return f"loss > {LIMITS[0]:g}"
    enough = (limit for limit in LIMITS if int((losses > limit).sum()) >= FEWEST_HITS)
    return f"loss > {next(enough, 0):g}"


def steps(query: str, is_labelled: bool = True) -> list[Component]:
    """What to try, in this order; assets/workbench/welcome.js ticks off what was tried."""
    ask = html.Button(html.Code(query), type="button", **attributes(data_query=query))
    mistakes = step(
        "page",
        "See what goes wrong: ",
        [page("hard", "the hardest"), " images, and ", page("confusion", "which classes"), "."],
        needs="confusion",
    )
    grid = step(
        "page",
        "Sort the images ",
        ["into a ", page("confusion", "grid"), " by what they are taken for."],
        needs="confusion",
    )
    return [
        step("focus", "Click a point. ", "Each is an image; the right column tells all about it."),
        step("query", "Ask: ", [ask, " under the maps. What it finds is marked everywhere."]),
        mistakes if is_labelled else grid,
        step(
            "anchor",
            "Find similar ",
            "(beside the image): what the network takes for alike.",
            needs="similar",
        ),
        step("guest", "Drop an image ", "of yours on the page: what is it taken for?"),
    ]


def step(name: str, title: str, words: str | list[Any], needs: str = "") -> Component:
    """One step; without the page that it needs it is left out in the browser."""
    marks = attributes(data_step=name, data_needs=needs or None)
    return html.Li([html.B(title), html.Span(words)], **marks)


def page(name: str, words: str) -> Component:
    """A link to another page of the workbench."""
    return html.A(words, href=name, **attributes(data_page=name))


def key_list() -> Component:
    """The keys and what they do."""
    return html.Dl([part for keys, use in KEYS for part in (html.Dt(keys), html.Dd(use))])


WELCOME = Welcome()
