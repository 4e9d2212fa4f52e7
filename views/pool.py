"""The place of the image pool, which assets/workbench/pool/pool.js fills."""

from typing import TYPE_CHECKING

from dash import Dash, html
from dash.development.base_component import Component

from util import digest
from views.ids import Id
from views.markup import attributes
from views.panel import Place

if TYPE_CHECKING:
    from analysis.study import Study


class Pool:
    """Images that you pick anywhere gather here, the latest first: by a click, a query, a lasso or
    a cell of the confusion matrix. Look at them again, ask for images like one of them, select
    them on the maps, or save the list.
    """

    name = "pool"
    title = "Image pool"
    place = Place.DOCK

    def is_available(self, study: "Study") -> bool:
        return True

    def layout(self, study: "Study") -> Component:
        return html.Div(id=Id.POOL, className="pool", **attributes(data_study=study_name(study)))

    def register(self, app: Dash, study: "Study") -> None:
        """The pool has no callbacks: it lives in the browser's tab."""


def study_name(study: "Study") -> str:
    """Names network and images for the browser's storage.

    An index that was kept for one study must never be taken for an image of another.
    """
    return digest("pool", study.network.name, study.network.digest, study.dataset.fingerprint)


POOL = Pool()
