"""Colours of class-probability maps: of probabilities by a named scale, and of classes."""

import math

import numpy as np
from numpy.typing import NDArray

# A few colours of each scale from its low to its high end, dark to light; the rest lies between.
# "plasma" and "viridis" pass near Matplotlib's scales of these names, and are even in lightness.
SCALES = {
    "plasma": "0d0887 41049d 6a00a8 8f0da4 b12a90 cc4778 e16462 f2844b fca636 fcce25 f0f921",
    "viridis": "440154 482878 3e4989 31688e 26828e 1f9e89 35b779 6ece58 b5de2b fde725",
    "cividis": "00224e 123570 3b496c 575d6d 707173 8a8678 a59c74 c3b369 e1cc55 fee838",
    "grays": "101010 f5f5f5",
}
# Matplotlib's names for one thing.
_SAME = {"gray": "grays", "grey": "grays", "greys": "grays"}

# Of classes, as in the page; those that follow are hues a golden angle apart.
CLASSES = "4269d0 efb118 ff725c 6cc5b0 3ca951 ff8ab7 a463f2 97bbf5 9c6b4e 9498a0"
GOLDEN_ANGLE = 137.508

Colors = NDArray[np.uint8]


def scale(name: str) -> Colors:
    """256 colours of a scale from 0 to 1: uint8, (256, 3).

    Args:
        name: one of SCALES, with "_r" behind it to turn it round; with Matplotlib installed also
            any of its scales.

    Raises:
        ValueError: there is none of this name.
    """
    base = name.removesuffix("_r")
    stops = SCALES.get(_SAME.get(base, base))
    if stops is None:
        return _matplotlib_scale(name)
    known = _parse(stops)
    at = np.linspace(0, len(known) - 1, 256)
    channels = [np.interp(at, np.arange(len(known)), channel) for channel in known.T]
    colors = np.rint(np.stack(channels, 1)).astype(np.uint8)
    turned: Colors = colors[::-1] if name.endswith("_r") else colors
    return turned


def _matplotlib_scale(name: str) -> Colors:
    known = ", ".join(SCALES)
    try:
        from matplotlib import colormaps
    except ImportError:
        raise ValueError(
            f"there is no colormap {name!r}; known are {known} and each with _r behind it, and "
            "with Matplotlib installed its own"
        ) from None
    try:
        found = colormaps[name](np.linspace(0, 1, 256))
    except KeyError:
        raise ValueError(f"there is no colormap {name!r}; known are {known}") from None
    colors: Colors = np.rint(np.asarray(found)[:, :3] * 255).astype(np.uint8)
    return colors


def of_classes(count: int) -> Colors:
    """A colour a class: uint8, (count, 3)."""
    first = _parse(CLASSES)[:count]
    more = [_spread(number) for number in range(count - len(first))]
    return np.concatenate([first, np.array(more, np.float64).reshape(-1, 3)]).astype(np.uint8)


def _parse(stops: str) -> NDArray[np.float64]:
    return np.array([list(bytes.fromhex(stop)) for stop in stops.split()], np.float64)


def _spread(number: int) -> NDArray[np.float64]:
    """Hues a golden angle apart; neighbours also differ in lightness."""
    lightness = (0.66, 0.52, 0.76)[number % 3]
    chroma = (0.15, 0.11)[number % 2]
    turn = math.radians(25 + number * GOLDEN_ANGLE)
    return np.array(from_oklch(lightness, chroma, turn))


def from_oklch(lightness: float, chroma: float, hue: float) -> list[int]:
    """sRGB, 0 to 255, of a colour of OKLCH, by the matrices that Björn Ottosson published (2020).

    Args:
        hue: in radians.
    """
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.707614701 * short,
    )
    return [round(255 * min(1.0, max(0.0, _encode(value)))) for value in linear]


def _encode(linear: float) -> float:
    """The curve of sRGB (IEC 61966-2-1)."""
    return 12.92 * linear if linear <= 0.0031308 else 1.055 * max(0.0, linear) ** (1 / 2.4) - 0.055
