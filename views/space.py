"""One sample in one layer: the lower half of the inspector."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from dash import dcc, html
from dash.development.base_component import Component
from numpy.typing import NDArray

from data.dataset import Dataset
from views import figures, text
from views.ids import Id
from views.images import image
from views.markup import attributes

if TYPE_CHECKING:
    from analysis.study import Study
    from model import Layer

SHOWN_NEIGHBOURS = 8


def choose_layer(layers: Iterable["Layer"], key: object, hidden: str) -> "Layer":
    """The layer of this key, or the hidden layer when there is none such."""
    by_key = {layer.key: layer for layer in layers}
    return by_key[key if isinstance(key, str) and key in by_key else hidden]


def waveform_part(study: "Study", layer: "Layer", index: int) -> Component:
    """The layer's activations for one sample, as a line."""
    activation = study.activation(layer.key, index)
    if layer.units is None or activation is None:
        return html.P(f"No activations of {layer.name} are kept.", className="waiting")
    pooled = ", averaged over height and width" if layer.pooled else ""
    graph = dcc.Graph(
        id=Id.INSPECTOR_WAVEFORM,
        figure=figures.waveform(activation),
        config={"displayModeBar": False, "responsive": True},
    )
    units = html.Small(f"{text.counted(layer.units, 'unit')}{pooled}")
    # A graph that follows the width takes its height from the element round it.
    box = html.Div(graph, className="waveform", **attributes(aria_hidden="true"))
    return html.Div([html.H3([f"Waveform of {layer.name} ", units]), box])


def nearest(neighbours: NDArray[np.int32], index: int) -> list[int]:
    """The first few neighbours of a sample, without itself.

    Args:
        neighbours: int32, (N, k), nearest first.
    """
    return [int(other) for other in neighbours[index] if other != index][:SHOWN_NEIGHBOURS]


def nearest_part(layer: str, near: list[int], index: int, dataset: Dataset) -> Component:
    """The neighbours' images; those of another label carry a mark and a red frame."""
    label = dataset.labels[index]
    items = [
        neighbour(
            image(other, dataset.images.shape),
            other,
            dataset.class_names[dataset.labels[other]],
            bool(dataset.labels[other] != label),
        )
        for other in near
    ]
    note = html.Small("≠ another label")
    return html.Div(
        [html.H3([f"Nearest in {layer} ", note]), html.Div(items, className="neighbours")]
    )


def neighbour(picture: Component, index: int, label: str, differs: bool) -> Component:
    """One neighbour as a button that puts it into focus."""
    words = f"Image {index}, label {label}" + (", another label" if differs else "")
    return html.Button(
        [picture, html.Span(f"≠ {label}" if differs else label)],
        type="button",
        className="neighbour other" if differs else "neighbour",
        title=words,
        **attributes(data_focus=index, aria_label=words),
    )
