"""Pictures of class-probability maps with Pillow: the map, its axes, a legend, the samples."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from innerview.class_maps import MapType
from innerview.class_maps_colors import of_classes, scale
from innerview.class_maps_interpolate import Moment, stretch, stretch_region, weights

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

Color = tuple[int, int, int]

# Around the map, in hundredths of an inch.
LEFT, TOP, BOTTOM, RIGHT = 54, 44, 44, 16
LEGEND_ROW, SWATCH, LONGEST_NAME = 20, 12, 22
# Across, of the scale of probabilities with its numbers.
SCALE = 68
# A plane that is longer than this is not drawn to scale.
LONGEST_SIDE = 4.0
# Circles are drawn so many times larger, and reduced.
FINER = 4
# Classes whose own colours a GIF has.
MOST_PALETTE = 100


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours around a map."""

    ground: Color
    ink: Color
    faint: Color
    nothing: Color


LIGHT = Theme((255, 255, 255), (28, 33, 40), (120, 129, 140), (205, 210, 216))
DARK = Theme((20, 24, 29), (230, 235, 240), (139, 149, 160), (72, 80, 89))


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """How maps are drawn.

    Attributes:
        size: of the picture, width and height in pixels; unit: pixels of a hundredth of an inch.
        names: of the classes.
        points: float64, (n, 2), and labels: int64, (n,), -1 for none; of samples drawn upon it.
    """

    map_type: MapType
    colormap: str
    size: tuple[int, int]
    unit: float
    theme: Theme
    title: str
    names: tuple[str, ...]
    points: NDArray[np.float64]
    labels: NDArray[np.int64]


class Painter:
    """Draws the maps of one grid; what stays the same is drawn once."""

    def __init__(self, look: Look, xlim: tuple[float, float], ylim: tuple[float, float]) -> None:
        from PIL import Image, ImageDraw

        self._look, self._xlim, self._ylim = look, xlim, ylim
        self._colors = of_classes(len(look.names))
        self._scale = scale(look.colormap)
        self._font, self._large = font(12 * look.unit), font(15 * look.unit)
        self._image = Image.new("RGB", look.size, look.theme.ground)
        draw = ImageDraw.Draw(self._image)
        self._box = self._place(draw)
        self._draw_axes(draw)
        if look.map_type == "boundary":
            self._draw_scale(draw)
        if self._names_classes:
            self._draw_classes(draw)
        self._samples = self._draw_samples()

    def paint(self, moment: Moment, caption: str) -> "Image":
        """The picture of a moment."""
        from PIL import Image, ImageDraw

        left, top, right, bottom = self._box
        pixels = self._pixels(moment, right - left, bottom - top)
        picture = Image.fromarray(np.ascontiguousarray(pixels[::-1]))
        picture.paste(self._samples, (0, 0), self._samples)
        image = self._image.copy()
        image.paste(picture, (left, top))
        draw = ImageDraw.Draw(image)
        edge = self._px(1)
        draw.rectangle((left - edge, top - edge, right, bottom), outline=self._look.theme.faint)
        draw.text((right, self._px(14)), caption, self._look.theme.ink, self._font, anchor="ra")
        return image

    @property
    def palette(self) -> NDArray[np.uint8]:
        """The colours that pictures have, but for softened edges: uint8, (n, 3), n <= 256."""
        theme, classes = self._look.theme, self._colors[:MOST_PALETTE]
        grays = np.linspace(theme.ground, theme.ink, 24)
        others = np.array([theme.faint, theme.nothing, (255, 255, 255)])
        known: list[NDArray[Any]] = [grays, others, classes]
        if self._look.map_type == "region":
            known.append(self._soften(classes))
        else:
            known.append(self._scale[::2])
        colors: NDArray[np.uint8] = np.rint(np.concatenate(known)).astype(np.uint8)
        return colors

    @property
    def _names_classes(self) -> bool:
        return self._look.map_type == "region" or bool((self._look.labels >= 0).any())

    def _px(self, length: float) -> int:
        """A length in hundredths of an inch."""
        return max(1, round(length * self._look.unit))

    def _place(self, draw: "ImageDraw") -> tuple[int, int, int, int]:
        """The map's own box: left, top, right, bottom; to scale, as far as that is sensible."""
        look = self._look
        beside = self._px(SCALE) if look.map_type == "boundary" else 0
        if self._names_classes:
            named = [draw.textlength(cut(name), self._font) for name in look.names]
            beside += self._px(SWATCH + 22) + math.ceil(max(named))
        wide = max(look.size[0] - self._px(LEFT + RIGHT) - beside, 32)
        high = max(look.size[1] - self._px(TOP + BOTTOM), 32)
        ratio = (self._xlim[1] - self._xlim[0]) / (self._ylim[1] - self._ylim[0])
        if 1 / LONGEST_SIDE <= ratio <= LONGEST_SIDE:
            wide, high = min(wide, round(high * ratio)), min(high, round(wide / ratio))
        left, top = self._px(LEFT), self._px(TOP)
        return left, top, left + max(wide, 2), top + max(high, 2)

    def _pixels(self, moment: Moment, wide: int, high: int) -> NDArray[np.uint8]:
        """uint8, (high, wide, 3), the lowest row first."""
        shares = moment.probabilities
        rows, columns = weights(shares.shape[0], high), weights(shares.shape[1], wide)
        if self._look.map_type == "region":
            drawn = stretch_region(shares, moment.region, rows, columns)
            pixels = self._soften(self._colors)[drawn]
            pixels[borders(drawn)] = self._look.theme.ink
            lost = drawn < 0
        else:
            zeroed = np.where(np.isnan(shares), 0.0, shares).astype(np.float32)
            known = stretch(zeroed, rows, columns).max(2)
            level = (known - 1 / shares.shape[2]) / (1 - 1 / shares.shape[2])
            pixels = self._scale[np.rint(level.clip(0, 1) * 255).astype(int)]
            gaps = np.asarray(np.isnan(shares).any(2), np.float32)[..., None]
            lost = stretch(gaps, rows, columns)[..., 0] > 0
        pixels[lost] = self._look.theme.nothing
        return np.ascontiguousarray(pixels)

    def _soften(self, colors: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Nearer to the ground, so that samples of the same class stand out."""
        ground = np.array(self._look.theme.ground)
        return np.rint(0.72 * colors + 0.28 * ground).astype(np.uint8)

    def _draw_axes(self, draw: "ImageDraw") -> None:
        left, top, right, bottom = self._box
        theme, gap = self._look.theme, self._px(6)
        draw.text((left, self._px(12)), self._look.title, theme.ink, self._large, anchor="la")
        for value, share in ticks(*self._xlim, (right - left) / self._px(64)):
            x = left + round(share * (right - left - 1))
            draw.line((x, bottom, x, bottom + gap), theme.faint)
            draw.text((x, bottom + gap + 2), value, theme.ink, self._font, anchor="ma")
        for value, share in ticks(*self._ylim, (bottom - top) / self._px(48)):
            y = bottom - 1 - round(share * (bottom - top - 1))
            draw.line((left - gap, y, left, y), theme.faint)
            draw.text((left - gap - 2, y), value, theme.ink, self._font, anchor="rm")

    def _draw_classes(self, draw: "ImageDraw") -> None:
        names, theme = self._look.names, self._look.theme
        left, top, side = self._box[2] + self._px(14), self._box[1], self._px(SWATCH)
        left += self._px(SCALE) if self._look.map_type == "boundary" else 0
        room = max((self._look.size[1] - top) // self._px(LEGEND_ROW) - 1, 1)
        shown = len(names) if len(names) <= room else room - 1
        for number, name in enumerate(names[:shown]):
            y = top + number * self._px(LEGEND_ROW)
            draw.rectangle((left, y, left + side, y + side), tuple(self._colors[number].tolist()))
            place = (left + side + self._px(7), y + side // 2)
            draw.text(place, cut(name), theme.ink, self._font, anchor="lm")
        if shown < len(names):
            y = top + shown * self._px(LEGEND_ROW)
            draw.text((left, y), f"{len(names) - shown:,} more", theme.faint, self._font)

    def _draw_scale(self, draw: "ImageDraw") -> None:
        theme, (_, top, right, bottom) = self._look.theme, self._box
        left, high = right + self._px(14), bottom - top
        for y in range(high):
            color = tuple(self._scale[round((1 - y / max(high - 1, 1)) * 255)].tolist())
            draw.line((left, top + y, left + self._px(SWATCH), top + y), color)
        lowest = 1 / len(self._look.names)
        for share in (0.0, 0.5, 1.0):
            place = (left + self._px(SWATCH + 6), bottom - round(share * (high - 1)))
            text = f"{lowest + share * (1 - lowest):.2g}"
            draw.text(place, text, theme.ink, self._font, anchor="lm")
        below = (left, bottom + self._px(6) + 2)
        draw.text(below, "probability", theme.faint, self._font, anchor="la")

    def _draw_samples(self) -> "Image":
        """The samples on a transparent picture of the map's size."""
        from PIL import Image, ImageDraw

        look, (left, top, right, bottom) = self._look, self._box
        wide, high = right - left, bottom - top
        if not len(look.points):
            return Image.new("RGBA", (wide, high))
        image = Image.new("RGBA", (wide * FINER, high * FINER))
        draw = ImageDraw.Draw(image)
        radius = (3.2 if len(look.points) <= 1000 else 2.2) * look.unit * FINER
        spans = [limits[1] - limits[0] for limits in (self._xlim, self._ylim)]
        shares = (look.points - [self._xlim[0], self._ylim[0]]) / spans
        inside = ((shares >= 0) & (shares <= 1)).all(1)
        for (x, y), label in zip(shares[inside], look.labels[inside], strict=True):
            named = 0 <= label < len(self._colors)
            fill = tuple(self._colors[label].tolist()) if named else look.theme.nothing
            across, down = x * (wide - 1) * FINER, (1 - y) * (high - 1) * FINER
            box = (across - radius, down - radius, across + radius, down + radius)
            draw.ellipse(box, fill, (255, 255, 255), round(0.9 * look.unit * FINER))
        return image.resize((wide, high), Image.Resampling.LANCZOS)


def borders(region: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Pixels whose right or upper neighbour is of another class."""
    found = np.zeros(region.shape, bool)
    found[:, :-1] |= region[:, :-1] != region[:, 1:]
    found[:-1] |= region[:-1] != region[1:]
    return found


def ticks(low: float, high: float, wanted: float) -> list[tuple[str, float]]:
    """(text, share of the axis) of round numbers, about as many as wanted."""
    rough = (high - low) / max(wanted, 1.0)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next((power * m for m in (1, 2, 5) if power * m >= rough), power * 10)
    first, last = math.ceil(low / step - 1e-6), math.floor(high / step + 1e-6)
    return [(f"{number * step:.6g}", (number * step - low) / (high - low))
            for number in range(first, last + 1)]  # fmt: skip


def cut(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def font(size: float) -> Any:
    """One that has letters of many scripts where there is one, else Pillow's own."""
    from PIL import ImageFont

    try:
        return ImageFont.truetype("DejaVuSans.ttf", round(size))
    except OSError:
        return ImageFont.load_default(round(size))
