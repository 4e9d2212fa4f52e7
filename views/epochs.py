"""The page of a training's epochs. It is drawn in the browser, by assets/workbench/epochs/."""

from typing import TYPE_CHECKING

from dash import Dash, html
from dash.development.base_component import Component

from views.ids import Id
from views.markup import attributes
from views.panel import Place

if TYPE_CHECKING:
    from analysis.study import Study


class Epochs:
    """A training, played from its checkpoints: one slider moves the map of a layer, the confusion
    matrix and the line in the curves. Space plays, the arrow keys go from epoch to epoch.

    On the map an image keeps its place for as long as the network makes the same of it; what moves
    has changed inside the network. A figure, a cell of the matrix or a lasso on the map selects
    images, here and on every other page.

    An image is learned at the epoch from which on it is predicted right to the end, and forgotten
    each time it goes from right to wrong.
    """

    name = "epochs"
    title = "Epochs"
    place = Place.EPOCHS

    def is_available(self, study: "Study") -> bool:
        # Without checkpoints the page says how to open them: nobody would find it otherwise.
        return True

    def layout(self, study: "Study") -> Component:
        told = attributes(
            # Where several labels are right at once there is no telling which was confused.
            data_confusion="no" if study.dataset.targets is not None else "yes",
        )
        return html.Div(id=Id.EPOCHS, className="epochs", **told)

    def register(self, app: Dash, study: "Study") -> None:
        """No callbacks: the page reads its numbers itself, and selects by writing queries."""


EPOCHS = Epochs()
