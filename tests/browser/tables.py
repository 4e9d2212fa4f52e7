"""What the tests of the table and of its query bar share: the table at rest, and what it shows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page

NUMBERS = ("label", "predicted", "correct", "confidence", "margin", "entropy", "loss")
# As long as the network takes to see every image, where this test is the first.
PATIENCE_MS = 120_000


def rest(page: Page) -> Page:
    """The page with its table filled, and nothing asked for, selected or focused."""
    page.wait_for_function(
        "() => window.innerview.table && innerview.table.count !== null", timeout=PATIENCE_MS
    )
    page.evaluate(
        """async () => {
          const { hub, table } = innerview;
          await innerview.applyQuery('');
          hub.setSelection(null);
          hub.setFocus(null);
          table.api.setFilterModel(null);
          const loss = { colId: 'loss', sort: 'desc' };
          // Without labels there is no loss.
          const state = [table.api.getColumn('loss') ? loss : { colId: 'confidence', sort: 'asc' }];
          table.api.applyColumnState({ state, defaultState: { sort: null } });
        }"""
    )
    wait_for_rows(page, count=page.evaluate("innerview.study.n"))
    return page


def columns(page: Page) -> dict[str, NDArray[Any]]:
    """The samples table's numbers, as the page's own arrays hold them; those that there are."""
    return {
        name: np.array(
            page.evaluate("async (name) => Array.from(await innerview.study.column(name))", name)
        )
        for name in NUMBERS
        if page.evaluate("(name) => innerview.study.isKnown(name)", name)
    }


def wait_for_rows(page: Page, *, count: int) -> None:
    """Until the table has so many rows, and the first ones have come."""
    page.wait_for_function(
        """(count) => {
          const first = document.querySelector('.ag-row[row-index="0"] [col-id="index"]');
          return innerview.table.count === count && (!count || first?.textContent);
        }""",
        arg=count,
    )


def shown(page: Page, column: str = "index") -> list[str]:
    """A column's cells in the rows in sight, from above.

    The grid keeps the row that has the keyboard's focus, however far it is scrolled away.
    """
    return list(
        page.evaluate(
            """(column) => {
              const { api } = innerview.table;
              const first = api.getFirstDisplayedRowIndex();
              const last = api.getLastDisplayedRowIndex();
              const rowOf = (cell) => Number(cell.parentElement.getAttribute('row-index'));
              return [...document.querySelectorAll(`.table-grid .ag-row [col-id="${column}"]`)]
                .filter((cell) => rowOf(cell) >= first && rowOf(cell) <= last)
                .sort((a, b) => rowOf(a) - rowOf(b))
                .map((cell) => cell.textContent);
            }""",
            column,
        )
    )


def selected(page: Page) -> list[int]:
    """The page's selection, rising."""
    return list(
        page.evaluate(
            "Array.from(innerview.hub.selection ?? []).flatMap((on, i) => (on ? [i] : []))"
        )
    )


def apply(page: Page, query: str, count: int) -> None:
    """Type a query, apply it, and wait for its rows."""
    page.fill(".querybar-input", query)
    page.press(".querybar-input", "Enter")
    page.wait_for_function("(query) => innerview.hub.query === query", arg=query)
    wait_for_rows(page, count=count)


def cell(row: int, column: str) -> str:
    return f'.table-grid .ag-row[row-index="{row}"] [col-id="{column}"]'
