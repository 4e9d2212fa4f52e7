"""The panel Curves. It is drawn in the browser, by assets/workbench/curves/curves.js."""

from typing import TYPE_CHECKING

from dash import Dash, html

from views.ids import Id
from views.panel import Place

if TYPE_CHECKING:
    from analysis.study import Study


class Curves:
    """To be written."""

    name = "curves"
    title = "Curves"
    place = Place.CURVES

    def is_available(self, study: "Study") -> bool:
        return True

    def layout(self, study: "Study") -> html.Div:
        return html.Div(id=Id.CURVES)

    def register(self, app: Dash, study: "Study") -> None:
        """Nothing is updated by Dash."""


CURVES = Curves()
