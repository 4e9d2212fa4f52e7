"""The confusion matrix. It is drawn in the browser, by assets/workbench/confusion/confusion.js."""

from typing import TYPE_CHECKING

from dash import Dash, html
from dash.development.base_component import Component

from views.ids import Id
from views.panel import Place

if TYPE_CHECKING:
    from analysis.study import Study


class Confusion:
    """Each row is a label, each column a prediction: what is right lies on the diagonal, in grey.
    Click a cell to select its images, or the name of a class to select its whole row or column.

    The colour follows the square root of the number, so that a few mistakes among thousands of
    right answers are seen. With the keyboard: arrow keys move, Enter selects.
    """

    name = "confusion"
    title = "Confusion matrix"
    place = Place.CONFUSION

    def is_available(self, study: "Study") -> bool:
        # Without labels there is no telling right from wrong. Where several are right at once, an
        # image whose first label is not the prediction need not be a mistake.
        return study.dataset.is_labelled and study.dataset.targets is None

    def layout(self, study: "Study") -> Component:
        return html.Div(id=Id.CONFUSION, className="confusion")

    def register(self, app: Dash, study: "Study") -> None:
        """No callbacks: the matrix reads its numbers itself, and selects by writing a query."""


CONFUSION = Confusion()
