"""Where the page Training is drawn; the browser modules of assets/training fill it."""

import dash_ag_grid as grid
from dash import html
from dash.development.base_component import Component

from views.ids import Id
from views.markup import attributes
from views.table import THEME

# Every row is in the browser: those that change are told apart by the run's id.
OPTIONS = {
    "theme": {"function": THEME},
    "rowHeight": 28,
    "headerHeight": 30,
    "rowBuffer": 8,
    "animateRows": False,
    "suppressDragLeaveHidesColumns": True,
    "tooltipShowDelay": 600,
    "scrollbarWidth": 10,
    "rowSelection": {
        "mode": "multiRow",
        "checkboxes": True,
        "headerCheckbox": True,
        "selectAll": "filtered",
        "enableClickSelection": False,
    },
    "selectionColumnDef": {"pinned": "left", "width": 34, "suppressHeaderMenuButton": True},
    "stopEditingWhenCellsLoseFocus": True,
}


def layout() -> Component:
    """The place that assets/training/main.js fills.

    The grid waits in it until the tab of the runs is looked at, as only Dash can make one.
    """
    table = grid.AgGrid(
        id=Id.RUNS_GRID,
        className="table-grid runs-grid",
        columnDefs=[],
        rowData=[],
        getRowId="params.data.id",
        dashGridOptions=OPTIONS,
        style={"height": "100%"},
    )
    return html.Section(
        html.Div(table, id=Id.RUNS_PLACE, hidden=True),
        id=Id.TRAINING,
        className="training",
        **attributes(aria_label="Training runs"),
    )
