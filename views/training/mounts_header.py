"""The header of a network that was opened in the page Training, with the way back."""

from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from views.header import Header

if TYPE_CHECKING:
    from analysis.study import Study


class HeaderWithBack(Header):
    """What is open, how good it is, what is being computed, and the way back to the runs."""

    def __init__(self, address: str, run: str) -> None:
        """A header.

        Args:
            address: of the page Training.
            run: name of the run that the network is from.
        """
        self._address = address
        self._run = run

    def layout(self, study: "Study") -> Component:
        line = super().layout(study)
        line.children.insert(1, self.link())
        return line

    def link(self) -> Component:
        """The way back."""
        text = f"Opened from the run {self._run}: back to the training runs"
        name = html.Span(self._run, className="back-run")
        return html.A(["← Training", name], href=self._address, title=text, className="back")
