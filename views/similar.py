"""The page of similar images: one image is asked about, and the nearest to it are the answer."""

from typing import TYPE_CHECKING

from dash import Dash, html
from dash.development.base_component import Component

from views.ids import Id
from views.panel import Place

if TYPE_CHECKING:
    from analysis.study import Study


class SimilarImages:
    """Ask for an image by its index or id, with “find similar” anywhere, or drop one of your own on
    the page: the answer is what the chosen layer takes for most alike, by Euclidean distance
    between activations. Each waveform is an image's activations, unit by unit, drawn over those of
    the image asked for; ≠ marks another label, ✕ a wrong prediction.
    """

    name = "similar"
    title = "Similar images"
    place = Place.SIMILAR

    def is_available(self, study: "Study") -> bool:
        return True

    def layout(self, study: "Study") -> Component:
        return html.Div(id=Id.SIMILAR, className="similar")

    def register(self, app: Dash, study: "Study") -> None:
        """No callbacks: assets/workbench/similar/ asks the server itself and shows the answer."""


SIMILAR = SimilarImages()
