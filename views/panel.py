"""What a panel is, and what stands in its place when it fails."""

import inspect
import logging
from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import TYPE_CHECKING, Any, Protocol

from dash import Dash, html, no_update, set_props
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from util import UserError
from views.ids import failure_id, panel_id
from views.markup import attributes

if TYPE_CHECKING:
    from analysis.study import Study

log = logging.getLogger(__name__)


class Place(StrEnum):
    """Where in the page a panel stands."""

    HEADER = "header"
    NOTICES = "notices"
    EXPLORE = "explore"
    HARD = "hard"
    CONFUSION = "confusion"
    CURVES = "curves"
    SIMILAR = "similar"
    DOCK = "dock"
    INSPECTOR = "inspector"
    NETWORK = "network"
    EPOCHS = "epochs"
    TRAINING = "training"
    DIALOG = "dialog"


class Panel(Protocol):
    """One part of the page, in one file. Its docstring is the help that the page shows for it.

    A panel is an object at the top of its module. Its methods stay short: they take plain values
    from the study and hand them to pure functions of the module, which build figures and children.
    """

    @property
    def name(self) -> str:
        """Short and unique; the start of the panel's ids."""

    @property
    def title(self) -> str:
        """The heading in the page; "" for none, which leaves out the help as well."""

    @property
    def place(self) -> Place: ...

    def is_available(self, study: "Study") -> bool:
        """Whether the panel has a meaning for this study at all; if not, it is left out."""

    def layout(self, study: "Study") -> Component:
        """What the panel shows when the page is opened, whatever the study knows by then."""

    def register(self, app: Dash, study: "Study") -> None:
        """Adds the panel's callbacks to the app."""


def render(panel: Panel, study: "Study") -> Component:
    """The panel in its frame: heading, help, a place for a failure, and its layout."""
    try:
        body: Component | None = panel.layout(study)
        failure = None
    except Exception as error:
        body, failure = None, describe_failure(panel, error)
    return html.Section(
        [
            heading(panel),
            html.Div(failure, id=failure_id(panel.name), className="failure", role="alert"),
            body,
        ],
        id=panel_id(panel.name),
        className=f"panel panel-{panel.name}",
        **attributes(aria_label=panel.title or panel.name.capitalize()),
    )


def heading(panel: Panel) -> Component | None:
    """The panel's title with its help folded beside it."""
    if not panel.title:
        return None
    summary = html.Summary("?", title="Help", **attributes(aria_label=f"Help: {panel.title}"))
    return html.Div(
        [html.H2(panel.title), html.Details([summary, help_text(panel)], className="help")],
        className="panel-head",
    )


def help_text(panel: Panel) -> Component:
    """The panel's docstring in paragraphs."""
    paragraphs = (inspect.getdoc(type(panel)) or "").split("\n\n")
    return html.Div([html.P(" ".join(text.split())) for text in paragraphs])


def guard(panel: Panel, function: Callable[..., Any]) -> Callable[..., Any]:
    """The callback, with its failures shown in the panel's own card until it succeeds again."""

    @wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            result = function(*args, **kwargs)
        except PreventUpdate:
            raise
        except Exception as error:
            failure = describe_failure(panel, error)
            set_props(failure_id(panel.name), {"children": failure})
            return no_update
        set_props(failure_id(panel.name), {"children": None})
        return result

    return guarded


def describe_failure(panel: Panel, error: Exception) -> Component:
    """A card for the error: a user's mistake in its own words, anything else in general ones."""
    if isinstance(error, UserError):
        log.warning("%s: %s", panel.name, error)
        return failure_card(str(error))
    log.error("The panel %r failed.", panel.name, exc_info=error)
    title = panel.title or panel.name.capitalize()
    return failure_card(
        f"{title}: an error in Innerview keeps this from being shown. The terminal has the details."
    )


def failure_card(sentence: str, title: str = "This did not work") -> Component:
    """A card that says what went wrong."""
    return html.Div([html.B(title), html.P(sentence)], className="failure-card")
