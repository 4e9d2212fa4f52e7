"""The place of the maps. The maps themselves are drawn in the browser, by assets/main.js."""

from typing import TYPE_CHECKING

from dash import Dash, html
from dash.development.base_component import Component

from views.ids import Id
from views.panel import Place

if TYPE_CHECKING:
    from analysis.study import Study


class Maps:
    """Every image is a point: once placed by its pixels, once by what the network makes of it;
    images that are alike lie close together. Click a point to look at it; shift and drag draws
    round several.
    """

    name = "maps"
    title = "Maps"
    place = Place.EXPLORE

    def is_available(self, study: "Study") -> bool:
        return True

    def layout(self, study: "Study") -> Component:
        return html.Div(id=Id.MAPS, className="maps")

    def register(self, app: Dash, study: "Study") -> None:
        """The maps have no callbacks: they read the study's arrays themselves, and set stores."""


MAPS = Maps()
