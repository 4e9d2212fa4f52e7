"""The column beside the maps: all that is known about the one image in focus.

Drawn in the browser, by assets/workbench/inspector/inspector.js, which asks
views/inspector_api.py: a click is answered before a callback of Dash would have been sent.
"""

from typing import TYPE_CHECKING

from dash import Dash, html
from dash.development.base_component import Component

from views.ids import Id
from views.images import is_small
from views.markup import attributes
from views.panel import Place

if TYPE_CHECKING:
    from analysis.study import Study


class Inspector:
    """The image in focus, what the network makes of it, and how the chosen layer answers to it.
    The arrow keys in the table, and a click anywhere, bring another one.
    """

    name = "inspector"
    title = "Image"
    place = Place.INSPECTOR

    def is_available(self, study: "Study") -> bool:
        return True

    def layout(self, study: "Study") -> Component:
        # The browser has to know before the first image has come.
        small = attributes(data_small=str(is_small(study.dataset.images.shape)).lower())
        return html.Div(id=Id.INSPECTOR, className="inspector", **small)

    def register(self, app: Dash, study: "Study") -> None:
        """Nothing: the browser module listens by itself."""


INSPECTOR = Inspector()
