"""What went wrong in the study itself, above everything else."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dash import Dash, Input, Output, html
from dash.development.base_component import Component

from views.ids import Id
from views.panel import Place, failure_card

if TYPE_CHECKING:
    from analysis.events import Stage
    from analysis.study import Study


class Notices:
    """Stages of the study that failed, each with its reason."""

    name = "notices"
    title = ""
    place = Place.NOTICES

    def is_available(self, study: "Study") -> bool:
        return True

    def layout(self, study: "Study") -> Component:
        return html.Div(failures(study.stages()), id=Id.NOTICES, role="alert")

    def register(self, app: Dash, study: "Study") -> None:
        @app.callback(
            Output(Id.NOTICES, "children"), Input(Id.PROGRESS, "data"), prevent_initial_call=True
        )
        def show_failures(_progress: dict[str, str]) -> list[Component]:
            return failures(study.stages())


def failures(stages: Iterable["Stage"]) -> list[Component]:
    """A card for each stage that failed."""
    return [
        failure_card(stage.message or "No reason was given.", f"{stage.title}: failed")
        for stage in stages
        if stage.state == "failed"
    ]


NOTICES = Notices()
