"""Facets Dive and Facets Overview. assets/workbench/facets/facets.js puts them into the page."""

from typing import TYPE_CHECKING

from dash import Dash, html
from dash.development.base_component import Component

from views import facets
from views.ids import Id
from views.panel import Place, failure_card

if TYPE_CHECKING:
    from analysis.study import Study


class Dive:
    """Dive sorts the images themselves into a grid, at first label against prediction, or by the
    prediction alone where there are no labels; the wheel zooms, a drag moves, a click looks at an
    image. Overview compares each column of the table between correct and wrong images.

    Both are components of the Facets project.
    """

    name = "dive"
    title = "Facets"
    place = Place.CONFUSION

    def is_available(self, study: "Study") -> bool:
        return True

    def layout(self, study: "Study") -> Component:
        if not facets.is_installed():
            return failure_card(facets.MISSING, "Facets is not installed")
        return html.Div(id=Id.DIVE, className="dive")

    def register(self, app: Dash, study: "Study") -> None:
        """No callbacks: the frame's data are fetched by the browser."""


DIVE = Dive()
