"""What surrounds the panels: header, navigation, the pages, and the dock that they share."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from views import polling
from views.header import logo
from views.ids import Id
from views.markup import attributes
from views.panel import Panel, Place, render

if TYPE_CHECKING:
    from analysis.study import Study


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the navigation, and the place of its stage.

    Its path is relative to the base path of the app.
    """

    place: Place
    title: str
    path: str

    @property
    def name(self) -> str:
        return self.place.value


PAGES = (
    Page(Place.EXPLORE, "Explore", "."),
    Page(Place.HARD, "Hard", "hard"),
    Page(Place.CONFUSION, "Confusion", "confusion"),
    Page(Place.CURVES, "Curves", "curves"),
    Page(Place.SIMILAR, "Similar", "similar"),
    Page(Place.NETWORK, "Network", "network"),
    Page(Place.EPOCHS, "Epochs", "epochs"),
    Page(Place.TRAINING, "Training", "training"),
)


def layout(
    panels: Sequence[Panel], study: "Study | None", training: Component | None = None
) -> Component:
    """The whole page with what the study knows now.

    Args:
        training: what the page Training holds; None leaves that page out.
    """
    if study is None:
        return _layout_alone(training)
    shown = [panel for panel in panels if panel.is_available(study)]

    def at(place: Place) -> list[Component]:
        return [render(panel, study) for panel in shown if panel.place is place]

    pages = [
        name_page(page, here)
        for page in PAGES
        if (here := [panel for panel in shown if panel.place is page.place])
    ]
    stages = [html.Div(at(page.place), className=f"stage stage-{page.name}") for page in pages]
    if training is not None:
        pages.append(PAGES[-1])
        stages.append(html.Div(training, className="stage stage-training"))
    return html.Div(
        [
            *stores(),
            *polling.layout(study),
            skip_link(),
            html.Header(at(Place.HEADER)),
            html.Nav(
                [link(page) for page in pages], id=Id.NAVIGATION, **attributes(aria_label="Pages")
            ),
            html.Div(at(Place.NOTICES), className="notices"),
            html.Div(
                [
                    html.Main([*stages, dock(at(Place.DOCK))], id="content", tabIndex="-1"),
                    html.Aside(at(Place.INSPECTOR)),
                ],
                className="content",
            ),
            *at(Place.DIALOG),
        ],
        className="shell",
    )


def _layout_alone(training: Component | None) -> Component:
    """The page Training without a network: nothing to go to, so no links."""
    stage = html.Div(training, className="stage stage-training")
    return html.Div(
        [
            dcc.Store(id=Id.PAGE, data=None),
            skip_link(),
            html.Header(html.Div([logo(), html.B("Training")], className="header-line")),
            html.Nav(id=Id.NAVIGATION, hidden=True),
            html.Div(
                html.Main(stage, id="content", tabIndex="-1"),
                className="content",
            ),
        ],
        className="shell shell-alone",
    )


def skip_link() -> Component:
    return html.A(
        "Skip to the content",
        href="#content",
        className="skip",
        **attributes(data_skip="content"),
    )


def name_page(page: Page, panels: Sequence[Panel]) -> Page:
    """The page under the title that its panels deserve: not always is there a confusion matrix."""
    if page.place is Place.CONFUSION and all(panel.name != "confusion" for panel in panels):
        return replace(page, title=panels[0].title)
    return page


def dock(panels: list[Component]) -> Component:
    """What stays below the stage of every page; assets/shared/dock.js moves its edge."""
    edge = html.Div(
        className="dock-edge",
        role="separator",
        tabIndex="0",
        **attributes(
            aria_orientation="horizontal",
            aria_label="Height of the table and the pool: arrow keys move, Enter folds",
        ),
    )
    fold = html.Button(type="button", className="dock-fold", **attributes(aria_label="Fold"))
    return html.Section(
        [edge, fold, html.Div(panels, className="dock-panels")],
        id=Id.DOCK,
        className="dock" if panels else "dock dock-empty",
        **attributes(aria_label="Table and pool"),
    )


def stores() -> list[Component]:
    """What the user looks at; filled by the browser modules."""
    shared = (
        Id.FOCUS,
        Id.SELECTION,
        Id.LAYER,
        Id.METHOD,
        Id.TOKEN,
        Id.ANCHOR,
        Id.PAGE,
    )
    return [*(dcc.Store(id=name, data=None) for name in shared), dcc.Store(id=Id.QUERY, data="")]


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
