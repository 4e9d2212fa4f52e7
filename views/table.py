"""The loss table: the grid and the query bar, both filled by assets/workbench/table/table.js."""

from typing import TYPE_CHECKING

import dash_ag_grid as grid
from dash import Dash, html
from dash.development.base_component import Component

from views.ids import Id
from views.panel import Place

if TYPE_CHECKING:
    from analysis.study import Study

# The theme's colours are the page's, so that both turn dark together.
THEME = """themeQuartz.withParams({
    accentColor: "var(--accent)",
    backgroundColor: "var(--card)",
    foregroundColor: "var(--ink)",
    borderColor: "var(--line)",
    headerBackgroundColor: "var(--card)",
    headerTextColor: "var(--mute)",
    oddRowBackgroundColor: "var(--card)",
    rowHoverColor: "color-mix(in srgb, var(--ink) 4%, transparent)",
    menuBackgroundColor: "var(--card)",
    tooltipBackgroundColor: "var(--card)",
    inputFocusBorder: "solid 1px var(--accent)",
    browserColorScheme: "inherit",
    fontFamily: "inherit",
    headerFontFamily: "inherit",
    fontSize: 12.5,
    headerFontSize: 11.5,
    headerFontWeight: 500,
    spacing: 5,
    cellHorizontalPadding: 8,
    wrapperBorder: false,
    wrapperBorderRadius: 0,
    headerColumnResizeHandleHeight: "40%"
})"""

OPTIONS = {
    "theme": {"function": THEME},
    "rowHeight": 30,
    "headerHeight": 30,
    # The blocks of assets/workbench/table/table.js.
    "cacheBlockSize": 100,
    "maxBlocksInCache": 100,
    "rowBuffer": 6,
    # One is taken for ever by the datasource that Dash brings along, which nobody answers. More
    # than one at a time is safe with ours, which answers each by its own request.
    "maxConcurrentDatasourceRequests": 3,
    "animateRows": False,
    "suppressDragLeaveHidesColumns": True,
    "suppressColumnVirtualisation": True,
    "suppressMultiSort": False,
    "tooltipShowDelay": 600,
    "ensureDomOrder": True,
    # Scroll bars that lie over the content would cover half of the last row.
    "scrollbarWidth": 10,
}


class Table:
    """Every image as a row, the highest loss first. Type a query to keep some of them, click a
    heading to sort, and its funnel to filter.

    A click on a row looks at its image. Checked rows are the selection, which all maps mark; shift
    draws a range, Ctrl adds one.
    """

    name = "table"
    title = "Loss table"
    place = Place.DOCK

    def is_available(self, study: "Study") -> bool:
        return True

    def layout(self, study: "Study") -> Component:
        return html.Div(
            [
                html.Div(
                    [html.Div(className="querybar"), html.Div(className="table-tools")],
                    className="table-bar",
                ),
                html.Div(
                    [
                        grid.AgGrid(
                            id=Id.TABLE_GRID,
                            className="table-grid",
                            rowModelType="infinite",
                            columnDefs=[],
                            dashGridOptions=OPTIONS,
                            style={"height": "100%"},
                        ),
                        html.P(className="table-note", role="status"),
                    ],
                    className="table-body",
                ),
            ],
            id=Id.TABLE,
            className="table",
        )

    def register(self, app: Dash, study: "Study") -> None:
        """The table has no callbacks: its rows come by routes of their own (views.table_api)."""


TABLE = Table()
