"""The panel Curves. It is drawn in the browser, by assets/workbench/curves/curves.js."""

from typing import TYPE_CHECKING

from dash import Dash, html
from dash.development.base_component import Component

from views.ids import Id
from views.panel import Place

if TYPE_CHECKING:
    from analysis.study import Study


class Curves:
    """One class against all others: a threshold calls every image of the class whose probability
    is at least as high. Choose the class in the table; click a point of its curve, or move the
    slider, to set the threshold. Each of the four numbers selects its images.

    The curves show every threshold at once: precision is the share of the images called so that
    are of the class, recall the share of the class that is called so. Drag to zoom, double click
    to go back.

    Reliability compares how sure the network is with how often it is right; click a bar to select
    its images. The expected calibration error is the mean gap between the two.
    """

    name = "curves"
    title = "Curves"
    place = Place.CURVES

    def is_available(self, study: "Study") -> bool:
        # Without labels there is no telling right from wrong.
        return study.dataset.is_labelled

    def layout(self, study: "Study") -> Component:
        return html.Div(id=Id.CURVES, className="curves")

    def register(self, app: Dash, study: "Study") -> None:
        """No callbacks: the curves read their numbers themselves, and select by a query."""


CURVES = Curves()
