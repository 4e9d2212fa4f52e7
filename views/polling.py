"""How the page learns that the study knows more than before: one small question, twice a second.

The answers go to three stores, and panels listen to the store that concerns them, so that an
answer without news reaches nobody. The clock stops once nothing is left to wait for, and starts
again when another layer or method is chosen, which may set off work.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from dash import Dash, Input, Output, State, dcc, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from views.ids import Id

if TYPE_CHECKING:
    from analysis.study import Study

INTERVAL_MS = 500


class Knowledge(NamedTuple):
    """What the study knows by now, in the order of the stores."""

    described: bool
    measured: bool
    progress: Mapping[str, str]

    @property
    def is_final(self) -> bool:
        states = self.progress.values()
        arrived = (self.described and self.measured) or "failed" in states
        return arrived and all(state in ("done", "failed") for state in states)


def read_knowledge(study: "Study") -> Knowledge:
    described, measured = study.description is not None, study.samples is not None
    # Read last: the samples set off further stages, and the clock must not stop between the two.
    progress = {stage.id: stage.state for stage in study.stages()}
    return Knowledge(described, measured, progress)


def layout(study: "Study") -> list[Component]:
    """The stores with what is known when the page is opened, and the clock."""
    knowledge = read_knowledge(study)
    return [
        dcc.Store(id=Id.DESCRIBED, data=knowledge.described),
        dcc.Store(id=Id.MEASURED, data=knowledge.measured),
        dcc.Store(id=Id.PROGRESS, data=dict(knowledge.progress)),
        dcc.Interval(id=Id.CLOCK, interval=INTERVAL_MS, disabled=knowledge.is_final),
    ]


def news(now: Knowledge, before: tuple[Any, ...]) -> tuple[Any, ...]:
    """The outputs of the poll: what has changed, and whether the clock can stop.

    Raises:
        PreventUpdate: nothing has changed and there is more to wait for.
    """
    changes = [new if new != old else no_update for new, old in zip(now, before, strict=True)]
    if not now.is_final and all(change is no_update for change in changes):
        raise PreventUpdate
    return (*changes, now.is_final)


def register(app: Dash, study: "Study") -> None:
    @app.callback(
        Output(Id.DESCRIBED, "data"),
        Output(Id.MEASURED, "data"),
        Output(Id.PROGRESS, "data"),
        Output(Id.CLOCK, "disabled"),
        Input(Id.CLOCK, "n_intervals"),
        State(Id.DESCRIBED, "data"),
        State(Id.MEASURED, "data"),
        State(Id.PROGRESS, "data"),
        prevent_initial_call=True,
    )
    def ask(_ticks: int | None, *before: Any) -> tuple[Any, ...]:
        return news(read_knowledge(study), before)

    app.clientside_callback(  # type: ignore[no-untyped-call]
        "() => false",
        Output(Id.CLOCK, "disabled", allow_duplicate=True),
        Input(Id.LAYER, "data"),
        Input(Id.METHOD, "data"),
        prevent_initial_call=True,
    )
