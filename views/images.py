"""Images of the dataset as elements of the page."""

from dash import html
from dash.development.base_component import Component

from views.markup import attributes

# Up to this many pixels a side, an image is enlarged in crisp squares.
SMALL_SIDE = 96


def is_small(shape: tuple[int, int] | None) -> bool:
    """Whether images of this shape are enlarged; unknown or varied shapes are not."""
    return shape is not None and max(shape) <= SMALL_SIDE


def image(index: int, shape: tuple[int, int] | None, alt: str = "") -> Component:
    """The image of this index; "" as `alt` where words stand beside it.

    The address is relative, so that it holds behind any base path.
    """
    return html.Img(
        src=f"api/image/{index}.png",
        alt=alt,
        className="crisp" if is_small(shape) else None,
        **attributes(data_index=index),
    )
