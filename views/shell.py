"""What surrounds the panels: header, navigation, and the two pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from views import polling
from views.ids import Id
from views.markup import attributes
from views.panel import Panel, Place, render

if TYPE_CHECKING:
    from analysis.study import Study


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the navigation. Its path is relative to the base path of the app."""

    name: str
    title: str
    path: str
    places: tuple[Place, ...]


PAGES = (
    Page("explore", "Explore", ".", (Place.EXPLORE, Place.INSPECTOR)),
    Page("network", "Network", "network", (Place.NETWORK,)),
)


def layout(panels: Sequence[Panel], study: "Study") -> Component:
    """The whole page with what the study knows now."""
    shown = [panel for panel in panels if panel.is_available(study)]

    def at(place: Place) -> list[Component]:
        return [render(panel, study) for panel in shown if panel.place is place]

    pages = [page for page in PAGES if any(panel.place in page.places for panel in shown)]
    return html.Div(
        [
            *stores(),
            *polling.layout(study),
            html.A(
                "Skip to the content",
                href="#content",
                className="skip",
                **attributes(data_skip="content"),
            ),
            html.Header(at(Place.HEADER)),
            html.Nav(
                [link(page) for page in pages], id=Id.NAVIGATION, **attributes(aria_label="Pages")
            ),
            html.Div(at(Place.NOTICES), className="notices"),
            html.Div(
                [
                    html.Main(at(Place.EXPLORE), className="page page-explore"),
                    html.Aside(at(Place.INSPECTOR), className="page page-explore"),
                    html.Main(at(Place.NETWORK), className="page page-network"),
                ],
                id="content",
                className="content",
                tabIndex="-1",
            ),
        ],
        className="shell",
    )


def stores() -> list[Component]:
    """What the user looks at; filled by the browser modules."""
    shared = (Id.FOCUS, Id.SELECTION, Id.LAYER, Id.METHOD, Id.PAGE)
    return [dcc.Store(id=name, data=None) for name in shared]


def link(page: Page) -> Component:
    """A link of the navigation; assets/shell.js follows it without loading the page anew."""
    return html.A(
        [html.I(className=f"icon icon-{page.name}"), html.Span(page.title)],
        href=page.path,
        **attributes(data_page=page.name),
    )


def register(app: Dash) -> None:
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("shell", "start"),
        Output(Id.PAGE, "data"),
        Input(Id.NAVIGATION, "id"),
    )
