"""How images of the dataset are shown."""

# Up to this many pixels a side, an image is enlarged in crisp squares.
SMALL_SIDE = 96


def is_small(shape: tuple[int, int] | None) -> bool:
    """Whether images of this shape are enlarged; unknown or varied shapes are not."""
    return shape is not None and max(shape) <= SMALL_SIDE
