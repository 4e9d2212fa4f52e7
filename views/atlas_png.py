"""Feature maps side by side in one picture, in colours whose lightness follows the value."""

import io
from functools import cache

import numpy as np
from numpy.typing import NDArray

from model.feature_maps import FeatureMaps

# Maps a row, and transparent pixels between them.
COLUMNS, GAP = 8, 1

# Colours of a palette; one more, the last, is transparent.
LEVELS, CLEAR = 255, 255

# (lightness, chroma, hue in degrees) in OKLCH, from the low end to the high one. Values of either
# sign lie about a dark middle, and their ends differ in hue alone: light is strong in both.
RISING = ((0.14, 0.03, 290.0), (0.42, 0.14, 300.0), (0.66, 0.16, 20.0), (0.96, 0.08, 95.0))
SIGNED = ((0.93, 0.08, 220.0), (0.55, 0.14, 250.0), (0.14, 0.0, 250.0), (0.14, 0.0, 50.0),
          (0.62, 0.15, 50.0), (0.95, 0.09, 85.0))  # fmt: skip
SIGNED_PLACES = (0.0, 0.28, 0.5, 0.5, 0.72, 1.0)


def draw_atlas(maps: FeatureMaps) -> bytes:
    """The maps as PNG: COLUMNS a row, the strongest first, GAP transparent pixels between them."""
    from PIL import Image

    indices = arrange(maps)
    picture = Image.fromarray(indices, "P")
    picture.putpalette([*palette(maps.low < 0).ravel().tolist(), 0, 0, 0])
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", transparency=CLEAR, compress_level=1)
    return buffer.getvalue()


def arrange(maps: FeatureMaps) -> NDArray[np.uint8]:
    """Palette's indices of the whole picture: uint8, (rows, columns)."""
    shown, height, width = maps.values.shape
    columns = min(COLUMNS, shown)
    rows = -(-shown // columns)
    picture = np.full((rows * (height + GAP) - GAP, columns * (width + GAP) - GAP), CLEAR, np.uint8)
    share = np.clip((maps.values - maps.low) / (maps.high - maps.low), 0, 1)
    levels = (share * (LEVELS - 1)).round().astype(np.uint8)
    for k in range(shown):
        y, x = (k // columns) * (height + GAP), (k % columns) * (width + GAP)
        picture[y : y + height, x : x + width] = levels[k]
    return picture


def ramp(signed: bool, stops: int = 9) -> list[str]:
    """Colours in CSS from the low end to the high one, at equal steps, for a legend."""
    chosen = palette(signed)[np.linspace(0, LEVELS - 1, stops).round().astype(int)]
    return ["#" + bytes(color).hex() for color in chosen]


@cache
def palette(signed: bool) -> NDArray[np.uint8]:
    """uint8, (LEVELS, 3), sRGB."""
    stops = SIGNED if signed else RISING
    places = SIGNED_PLACES if signed else np.linspace(0, 1, len(stops))
    lightness, chroma, hue = np.array(stops).T
    along = np.linspace(0, 1, LEVELS)
    radians = np.deg2rad(hue)
    a, b = chroma * np.cos(radians), chroma * np.sin(radians)
    lab = np.stack([np.interp(along, places, part) for part in (lightness, a, b)], axis=1)
    return _srgb(lab)


def _srgb(lab: NDArray[np.float64]) -> NDArray[np.uint8]:
    """OKLab, (n, 3), in sRGB; formulas and numbers of Björn Ottosson, 2020."""
    mixed = lab @ np.array([[1, 0.3963377774, 0.2158037573], [1, -0.1055613458, -0.0638541728],
                            [1, -0.0894841775, -1.2914855480]]).T  # fmt: skip
    linear = mixed**3 @ np.array([[4.0767416621, -3.3077115913, 0.2309699292],
                                  [-1.2684380046, 2.6097574011, -0.3413193965],
                                  [-0.0041960863, -0.7034186147, 1.7076147010]]).T  # fmt: skip
    linear = np.clip(linear, 0, 1)
    gamma = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    colors: NDArray[np.uint8] = (np.clip(gamma, 0, 1) * 255).round().astype(np.uint8)
    return colors
