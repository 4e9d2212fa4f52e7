"""The page of the hardest images: their map, the histogram of the loss, and a strip of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from numpy.typing import NDArray

from analysis.samples import CORRECT, LOSS
from views import text
from views.figures import Figure, typed_array
from views.ids import Id
from views.panel import Place

if TYPE_CHECKING:
    from analysis.study import Study

# Edges of the bins within a decade: numbers that a person would write into a query.
FINE = ("1", "1.25", "1.6", "2", "2.5", "3.2", "4", "5", "6.3", "8")
COARSE = ("1", "1.5", "2", "3", "5", "7")
# With fewer samples than this, fine bins would show chance and no shape.
FINE_FROM = 2000

# Smaller losses count as none: they have a bin of their own, as a logarithmic axis has no zero.
LOWEST_DECADE = -8

# Left, right, top and bottom of the plot, in pixels; assets/workbench/hard/histogram.js lays its
# brush over what they leave.
MARGIN = {"l": 44, "r": 14, "t": 8, "b": 34}

# The colours of a saved chart; in the page, hard.css has those of the theme.
RIGHT_COLOR, WRONG_COLOR = "#7f93ad", "#c8321f"

# Shares of a bin's width: a right one's bar is seen behind a higher one of the wrong.
WIDE, NARROW = 0.9, 0.56


class Hard:
    """The loss says how much an image's label surprises the network: 0 nats if it was sure of it,
    0.7 if it gave it a half, 7 if it gave it a thousandth. Drag over the histogram to select a
    range of losses; below it, the hardest images come first.
    """

    name = "hard"
    title = "Hard examples"
    place = Place.HARD

    def is_available(self, study: "Study") -> bool:
        # Without labels there is no loss.
        return study.dataset.is_labelled

    def layout(self, study: "Study") -> Component:
        graph = dcc.Graph(
            id=Id.HARD_HISTOGRAM,
            figure=loss_figure(study),
            config={"staticPlot": True},
            responsive=True,
            className="hard-chart",
        )
        losses = html.Div(
            [
                html.Div(id=Id.HARD_CONTROLS, className="hard-controls"),
                html.Div([graph, html.Div(id=Id.HARD_BRUSH)], className="hard-plot"),
            ],
            className="hard-losses",
        )
        map_, strip = html.Div(id=Id.HARD_MAP), html.Div(id=Id.HARD_STRIP)
        return html.Div(
            [
                html.P(loss_summary(study), id=Id.HARD_SUMMARY, className="hard-summary"),
                html.Div([map_, losses, strip], className="hard-body"),
            ],
            id=Id.HARD,
            className="hard",
        )

    def register(self, app: Dash, study: "Study") -> None:
        # Not on every progress: the browser has drawn a query's hits into the figure.
        @app.callback(
            Output(Id.HARD_HISTOGRAM, "figure"),
            Input(Id.MEASURED, "data"),
            prevent_initial_call=True,
        )
        def show_losses(_measured: bool) -> Figure:
            return loss_figure(study)

        @app.callback(
            Output(Id.HARD_SUMMARY, "children"),
            Input(Id.MEASURED, "data"),
            Input(Id.PROGRESS, "data"),
            prevent_initial_call=True,
        )
        def show_summary(_measured: bool, _progress: dict[str, str]) -> str:
            return loss_summary(study)


@dataclass(frozen=True, slots=True)
class Histogram:
    """Numbers of samples by their loss.

    Bin k holds the losses from edges[k - 1] up to and without edges[k]; the first has no lower
    edge, the last no upper one.

    Attributes:
        edges: decimals as they are written in a query, rising; one fewer than there are bins.
        decades: bin and exponent of each bin that starts with a power of ten.
        right, wrong: int64, (bins,): samples predicted right, and wrong.
    """

    edges: tuple[str, ...]
    decades: tuple[tuple[int, int], ...]
    right: NDArray[np.int64]
    wrong: NDArray[np.int64]


def loss_figure(study: "Study") -> Figure:
    """The histogram of the study's losses, without bars while they are not known."""
    samples = study.samples
    if samples is None or not samples.is_labelled:
        return {"data": [], "layout": {"xaxis": {"visible": False}, "yaxis": {"visible": False}}}
    known = ~np.isnan(samples[LOSS])
    return figure(histogram(samples[LOSS][known], samples[CORRECT][known]))


def loss_summary(study: "Study") -> str:
    """How many are wrong, and how hard the hardest is; or why that is not known yet."""
    samples = study.samples
    if samples is None:
        return text.waiting(study.stages(), "The loss of each image")
    wrong, labelled = int(samples.wrong.sum()), int(samples.labelled.sum())
    images = text.counted(labelled, "image")
    if labelled < len(samples):
        images += " with a label"
    told = f"{text.count(wrong)} of {images} {'is' if wrong == 1 else 'are'} predicted wrong."
    losses = samples[LOSS][~np.isnan(samples[LOSS])] if samples.is_labelled else np.zeros(0)
    if not len(losses):
        return f"{told} No output of the network stands for their labels, so there is no loss."
    return (
        f"{told} Half of {'all' if labelled == len(samples) else 'these'} have a loss below "
        f"{loss_text(np.median(losses))}, the hardest has {loss_text(losses.max())}."
    )


def loss_text(loss: np.floating[Any]) -> str:
    """A loss in three digits, small ones included: "7.31 nats", "0.00102 nats", "2.4e-07 nats"."""
    return "an infinite one" if np.isinf(loss) else f"{loss:.3g} nats"


def histogram(losses: NDArray[np.float32], correct: NDArray[np.bool_]) -> Histogram:
    """Counts the samples by their loss, in bins that are equally wide in the logarithm.

    Args:
        losses: float32, (N,), nats, not negative; may be infinite.
        correct: bool, (N,).
    """
    edges, decades = make_edges(losses)
    # Compared as float32, as a query compares the column: what a bar counts its query finds.
    limits = np.array([float(edge) for edge in edges], dtype=np.float32)
    places = np.searchsorted(limits, losses, side="right")
    count = len(edges) + 1
    right = np.bincount(places[correct], minlength=count)
    wrong = np.bincount(places[~correct], minlength=count)
    return Histogram(edges, decades, right, wrong)


def make_edges(losses: NDArray[np.float32]) -> tuple[tuple[str, ...], tuple[tuple[int, int], ...]]:
    """The edges from the decade of the smallest loss to beyond the largest, and the decades."""
    seen = losses[(losses >= 10.0**LOWEST_DECADE) & np.isfinite(losses)]
    low = max(LOWEST_DECADE, decade_of(float(seen.min()))) if len(seen) else -1
    high = decade_of(float(seen.max())) if len(seen) else 0
    series = FINE if len(losses) >= FINE_FROM else COARSE
    decades = range(low, high + 1)
    edges = [decimal(mantissa, decade) for decade in decades for mantissa in series]
    # No empty bins before the smallest loss and after the largest one.
    first = max(0, sum(float(edge) <= seen.min(initial=math.inf) for edge in edges) - 1)
    last = max(first + 1, sum(float(edge) <= seen.max(initial=1.0) for edge in edges))
    starts = ((1 + k * len(series) - first, decade) for k, decade in enumerate(decades))
    return tuple(edges[first:last]), tuple((k, d) for k, d in starts if 1 <= k <= last - first)


def decade_of(value: float) -> int:
    """The exponent of the power of ten that a positive number starts with."""
    return int(f"{value:.17e}".partition("e")[2])


def decimal(mantissa: str, exponent: int) -> str:
    """("2.5", -2) -> "0.025"; ("2.5", -6) -> "2.5e-6"; ("2.5", 1) -> "25"."""
    if exponent < -3:
        return f"{mantissa}e{exponent}"
    return f"{float(f'{mantissa}e{exponent}'):.10f}".rstrip("0").rstrip(".")


def figure(counts: Histogram) -> Figure:
    """Bars of right and wrong samples, one in front of the other, and of the hits among them.

    The counts are on a logarithmic axis, so that a single mistake among thousands is seen. The
    last two traces are empty: the browser fills them with the current query's hits.
    """
    bins = len(counts.right)
    nothing = np.zeros(bins)
    traces = [
        bars("correct", counts.right, RIGHT_COLOR, WIDE, None),
        bars("wrong", counts.wrong, WRONG_COLOR, NARROW, "/"),
        bars("correct, selected", nothing, RIGHT_COLOR, WIDE, None) | {"showlegend": False},
        bars("wrong, selected", nothing, WRONG_COLOR, NARROW, "/") | {"showlegend": False},
    ]
    most = max(int(counts.right.max()), int(counts.wrong.max()), 1)
    chart = layout(bins, most)
    ticks = [(k - 0.5, decimal("1", decade)) for k, decade in counts.decades]
    if counts.right[0] + counts.wrong[0]:
        # It takes the place of the first decade's, which would stand half a bin beside it.
        ticks[:1] = [(0.0, "0")]
    chart["xaxis"] |= {"tickvals": [at for at, _ in ticks], "ticktext": [name for _, name in ticks]}
    chart["meta"] = {"edges": list(counts.edges)}
    return {"data": traces, "layout": chart}


def bars(
    name: str, counts: NDArray[Any], color: str, width: float, pattern: str | None
) -> dict[str, Any]:
    """A trace of bars, one a bin."""
    marker: dict[str, Any] = {"color": color, "line": {"width": 0}}
    if pattern:
        marker["pattern"] = {"shape": pattern, "size": 4, "solidity": 0.45, "fillmode": "overlay"}
    return {
        "type": "bar",
        "name": name,
        "x": typed_array(np.arange(len(counts))),
        "y": typed_array(np.asarray(counts)),
        "width": width,
        "marker": marker,
        "hoverinfo": "skip",
    }


def layout(bins: int, most: int) -> dict[str, Any]:
    """Axes over so many bins, the highest of which holds `most`."""
    axis = {"fixedrange": True, "zeroline": False, "ticks": "outside", "ticklen": 4}
    return {
        "margin": MARGIN,
        "autosize": True,
        "barmode": "overlay",
        "bargap": 0,
        "showlegend": True,
        "legend": {"x": 1, "y": 1, "xanchor": "right", "bgcolor": "rgba(0,0,0,0)"},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"size": 11, "family": "inherit"},
        "xaxis": {
            **axis,
            "range": [-0.5, bins - 0.5],
            "showgrid": False,
            "title": {"text": "loss in nats", "standoff": 2},
        },
        "yaxis": {
            **axis,
            "type": "log",
            # A bar of one image has a height, too.
            "range": [math.log10(0.6), math.log10(1.3 * most)],
            "tickvals": powers(most),
            "tickformat": ",d",
            "title": {"text": "images", "standoff": 4},
        },
    }


def powers(most: int) -> Sequence[int]:
    """1, 10, 100, ... up to `most`."""
    return [10**k for k in range(len(str(most)))]


HARD = Hard()
