"""The dataset at a glance: its size, its classes, and a few images of each."""

from typing import TYPE_CHECKING, Any

import numpy as np
from dash import Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component
from numpy.typing import NDArray

from data.dataset import UNLABELLED, Dataset
from views import text
from views.columns import NO_LABEL
from views.figures import class_color
from views.ids import Id
from views.images import is_small
from views.markup import attributes
from views.panel import Place

if TYPE_CHECKING:
    from analysis.study import Study

# The page carries an element for each image, so many classes get fewer images each.
SHOWN_IMAGES, MOST_PER_CLASS, FEWEST_PER_CLASS = 600, 12, 5

NO_LABEL_COLOR = "var(--mute)"


class Gallery:
    """The classes with the number of their images, and some of these, picked evenly from the whole.

    Click an image to look at it beside the maps.
    """

    name = "gallery"
    title = "Dataset"
    place = Place.NETWORK

    def is_available(self, study: "Study") -> bool:
        return True

    def layout(self, study: "Study") -> Component:
        dataset = study.dataset
        return html.Div(
            [
                fact_list(dataset),
                dcc.Store(id=Id.GALLERY_OPENED, data=False),
                html.Div(id=Id.GALLERY_CLASSES),
            ]
        )

    def register(self, app: Dash, study: "Study") -> None:
        # A thousand elements: not before the page is looked at, and then once.
        app.clientside_callback(  # type: ignore[no-untyped-call]
            "(page, opened) => page === 'network' && !opened || window.dash_clientside.no_update",
            Output(Id.GALLERY_OPENED, "data"),
            Input(Id.PAGE, "data"),
            State(Id.GALLERY_OPENED, "data"),
        )

        @app.callback(
            Output(Id.GALLERY_CLASSES, "children"),
            Input(Id.GALLERY_OPENED, "data"),
            prevent_initial_call=True,
        )
        def show_classes(_opened: bool) -> Component:
            return class_table(study.dataset)


def fact_list(dataset: Dataset) -> Component:
    facts = [
        ("name", dataset.name),
        ("split", dataset.split),
        ("images", text.shown_images(len(dataset), dataset.total)),
        ("size", image_size(dataset.images.shape, dataset.images.channels)),
        ("classes", text.count(dataset.num_classes)),
        ("labels", shown_labels(dataset)),
        ("left out", text.counted(len(dataset.left_out), "image")),
        ("further columns", ", ".join(dataset.columns)),
    ]
    # Most datasets have labels for all their images, and nothing else to tell of.
    told = [(name, value) for name, value in facts if value not in ("", "all", "0 images")]
    cells = [html.Div([html.Dt(name), html.Dd(value)]) for name, value in told]
    return html.Dl(cells, className="fact-list")


def shown_labels(dataset: Dataset) -> str:
    """ "all", "none", "several an image", or how many images have one."""
    labelled = int((dataset.labels != UNLABELLED).sum())
    if 0 < labelled < len(dataset):
        return f"of {text.counted(labelled, 'image')}"
    if labelled and dataset.targets is not None:
        return "several an image"
    return "all" if labelled else "none"


def image_size(shape: tuple[int, int] | None, channels: int) -> str:
    """ "28 × 28, grey" from (height, width) and the number of channels."""
    colour = "grey" if channels == 1 else "colour"
    return f"various, {colour}" if shape is None else f"{shape[1]} × {shape[0]}, {colour}"


def per_class(num_classes: int) -> int:
    """How many images of each class are shown."""
    return int(np.clip(SHOWN_IMAGES // max(1, num_classes), FEWEST_PER_CLASS, MOST_PER_CLASS))


def examples(labels: NDArray[np.int64], num_classes: int, most: int) -> list[list[int]]:
    """For each class the indices of at most `most` images, spread evenly over its images.

    Args:
        labels: int64, (N,), 0 to num_classes - 1; images of -1 are in no class.
    """
    order = np.argsort(labels, kind="stable")
    bounds = np.searchsorted(labels[order], np.arange(num_classes + 1))
    return [spread(order[bounds[k] : bounds[k + 1]], most) for k in range(num_classes)]


def spread(indices: NDArray[Any], most: int) -> list[int]:
    """At most `most` of the indices, at equal distances."""
    picked = np.linspace(0, len(indices) - 1, min(most, len(indices))).astype(np.int64)
    return [int(index) for index in indices[picked]]


def class_table(dataset: Dataset) -> Component:
    """One row a class: its name, its number of images as a bar, and some of them.

    Images without a label stand in a row of their own, the last.
    """
    labelled = dataset.labels != UNLABELLED
    counts = np.bincount(dataset.labels[labelled], minlength=dataset.num_classes)
    largest = max(int(counts.max(initial=0)), int((~labelled).sum()))
    most, shape = per_class(dataset.num_classes), dataset.images.shape
    rows = []
    if dataset.is_labelled:
        picked = examples(dataset.labels, dataset.num_classes, most)
        rows = [
            class_row(name, bar(int(counts[k]), largest, class_color(k)), picked[k], shape)
            for k, name in enumerate(dataset.class_names)
        ]
    if not labelled.all():
        others = np.flatnonzero(~labelled)
        share = bar(len(others), largest, NO_LABEL_COLOR)
        rows.append(class_row(NO_LABEL, share, spread(others, most), shape))
    header = html.Tr([html.Th(name, scope="col") for name in ("class", "images", "examples")])
    return html.Div(
        html.Table([html.Thead(header), html.Tbody(rows)], className="classes"),
        className="scroll-x",
    )


def bar(number: int, largest: int, color: str) -> Component:
    """A class's number of images, in its colour."""
    style = {"width": f"{100 * number / max(1, largest):.2f}%", "background": color}
    track = html.Div(html.I(style=style), className="bar-track")
    value = html.Span(text.count(number), className="bar-value")
    return html.Div([track, value], className="share")


def class_row(
    name: str, bar: Component, indices: list[int], shape: tuple[int, int] | None
) -> Component:
    thumbnails = [example(index, name, shape) for index in indices]
    return html.Tr(
        [
            html.Th(name, scope="row", title=name),
            html.Td(bar),
            html.Td(html.Div(thumbnails or "no image shown", className="examples")),
        ]
    )


def example(index: int, label: str, shape: tuple[int, int] | None) -> Component:
    """An image as a button that puts it into focus.

    A background, not an image element: browsers leave backgrounds out of sight unloaded.
    """
    return html.Button(
        type="button",
        className="example crisp" if is_small(shape) else "example",
        title=f"Image {index}",
        style={"backgroundImage": f"url(api/image/{index}.png)"},
        **attributes(data_focus=index, aria_label=f"Image {index}, {label}"),
    )


GALLERY = Gallery()
