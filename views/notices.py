"""Above everything else: what went wrong in the study, and what the user should know of it."""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from dash import Dash, Input, Output, html
from dash.development.base_component import Component

from data.dataset import LeftOut
from util import digest
from views import text
from views.ids import Id
from views.markup import attributes
from views.panel import Place, failure_card

if TYPE_CHECKING:
    from analysis.events import Stage
    from analysis.study import Study

# A longer list is not read; --export writes all of them.
MOST_LEFT_OUT = 100

# How a warning ends that knows the option which mends it.
WAY_OUT = re.compile(r"(?P<before>.* start again with )(?P<option>--.+)\.", re.DOTALL)


class Notices:
    """Stages of the study that failed, each with its reason. Then, calmly and on the first page,
    what the user should know; assets/shared/advice.js lets each be put away.
    """

    name = "notices"
    title = ""
    place = Place.NOTICES

    def is_available(self, study: "Study") -> bool:
        return True

    def layout(self, study: "Study") -> Component:
        return html.Div(
            [
                html.Div(failures(study.stages()), id=Id.NOTICES, role="alert"),
                html.Div(advice(study), id=Id.ADVICE, role="status"),
            ]
        )

    def register(self, app: Dash, study: "Study") -> None:
        @app.callback(
            Output(Id.NOTICES, "children"), Input(Id.PROGRESS, "data"), prevent_initial_call=True
        )
        def show_failures(_progress: dict[str, str]) -> list[Component]:
            return failures(study.stages())

        # The warnings come with the network's description, or at the latest with the samples.
        @app.callback(
            Output(Id.ADVICE, "children"),
            Input(Id.DESCRIBED, "data"),
            Input(Id.MEASURED, "data"),
            prevent_initial_call=True,
        )
        def show_advice(_described: bool, _measured: bool) -> list[Component]:
            return advice(study)


def failures(stages: Iterable["Stage"]) -> list[Component]:
    """A card for each stage that failed."""
    return [
        failure_card(stage.message or "No reason was given.", f"{stage.title}: failed")
        for stage in stages
        if stage.state == "failed"
    ]


def advice(study: "Study") -> list[Component]:
    """What the user should know of this network with these images, and of the images left out."""
    dataset = study.dataset
    cards = [card(dataset.fingerprint, warning, [told(warning)]) for warning in study.warnings]
    about: list[Component] = [html.P(dataset.note)] if dataset.note else []
    if dataset.left_out:
        # The dataset's note tells of them, too: one card for both.
        about.append(left_out_list(dataset.left_out, counted="left out" not in dataset.note))
    if about:
        cards.append(card(dataset.fingerprint, f"{dataset.note}{len(dataset.left_out)}", about))
    return cards


def told(warning: str) -> Component:
    """A warning; the option that it ends with can be copied, without the full stop."""
    found = WAY_OUT.fullmatch(warning)
    if found is None:
        return html.P(warning)
    option = found["option"]
    copy = html.Button(
        "copy",
        type="button",
        className="quiet",
        **attributes(data_copy=option, aria_label="Copy the option"),
    )
    return html.P([found["before"], html.Code(option), copy])


def card(fingerprint: str, key: str, content: list[Component]) -> Component:
    """A notice that can be put away; it is known by its dataset and its text."""
    close = html.Button(
        "✕",
        type="button",
        className="advice-close",
        title="Put away",
        **attributes(aria_label="Put away"),
    )
    return html.Div(
        [
            html.I("i", className="advice-sign", **attributes(aria_hidden="true")),
            html.Div(content, className="advice-text"),
            close,
        ],
        className="advice",
        **attributes(data_advice=digest("advice", fingerprint, key)),
    )


def left_out_list(left_out: Sequence[LeftOut], counted: bool = True) -> Component:
    """The images that could not be read, each with its reason, behind a disclosure.

    Args:
        counted: whether it says how many; not where a sentence above it does.
    """
    rows = [
        html.Li([html.Code(one.id, title=one.id), html.Span(one.reason)])
        for one in left_out[:MOST_LEFT_OUT]
    ]
    more = len(left_out) - len(rows)
    if more:
        rows.append(html.Li(f"and {text.count(more)} more; --export DIR lists them all"))
    count = len(left_out)
    number = f"{text.counted(count, 'image')} {'was' if count == 1 else 'were'} left out; see why"
    return html.Details([html.Summary(number if counted else "Which, and why"), html.Ul(rows)])


NOTICES = Notices()
