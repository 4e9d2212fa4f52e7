"""The panel Epochs. It is drawn in the browser, by assets/workbench/epochs/epochs.js."""

from typing import TYPE_CHECKING

from dash import Dash, html

from views.ids import Id
from views.panel import Place

if TYPE_CHECKING:
    from analysis.study import Study


class Epochs:
    """To be written."""

    name = "epochs"
    title = "Epochs"
    place = Place.EPOCHS

    def is_available(self, study: "Study") -> bool:
        return True

    def layout(self, study: "Study") -> html.Div:
        return html.Div(id=Id.EPOCHS)

    def register(self, app: Dash, study: "Study") -> None:
        """Nothing is updated by Dash."""


EPOCHS = Epochs()
