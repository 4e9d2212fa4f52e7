"""Class-probability maps as an animation or a picture in a file."""

import math
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from innerview.arrays import as_number, as_text
from innerview.class_maps import ClassMap, MapType, check_whole
from innerview.class_maps_draw import DARK, LIGHT, Look, Painter
from innerview.class_maps_interpolate import (
    INTERPOLATION_TYPES,
    InterpolationType,
    Moment,
    interpolate,
)
from innerview.class_maps_samples import name_classes, read_samples

if TYPE_CHECKING:
    from PIL.Image import Image

# Milliseconds from one map to the next, and those that players of GIFs still keep to.
PACE, FASTEST = 200.0, 20.0
MOST_FRAMES = 5000
MOST_PIXELS = 4096


def plot_maps(
    maps: ClassMap | Sequence[ClassMap | None],
    path: str | os.PathLike[str],
    interpolation_factor: int | None = None,
    interpolation_type: InterpolationType = "linear",
    colormap: str = "plasma_r",
    frame_interval: float | None = None,
    dpi: float = 100,
    figsize: tuple[float, float] = (6.4, 5.2),
    dark: bool = False,
    points: Any = None,
    labels: Any = None,
    class_names: Sequence[str] | None = None,
    title: str = "",
    map_type: MapType | None = None,
) -> Path:
    """Save maps of one grid, in their order, as an animation that plays for ever.

    What the name ends in says how: .gif, .mp4 (needs ffmpeg), .html (a page of its own that needs
    no network, with a player), or .png for a single map. Needs Pillow, but for .html.

    Args:
        maps: as `make_map` or `Store.class_maps` give them; None among them is left out.
        interpolation_factor: frames for each map: 5 puts four between it and the next. The page
            moves without them, unless this is 1.
        interpolation_type: "linear", or "geometric" (see class_maps_interpolate.mix).
        colormap: of maps of the type "boundary": "plasma", "viridis", "cividis", "grays", with
            "_r" turned round, or one that Matplotlib knows.
        frame_interval: milliseconds of a frame; by default 200 a map, and at least 20.
        figsize: in inches; dpi: pixels an inch.
        points: samples to draw upon it, (n, 2); labels: their classes, (n,), or (n, classes).
        map_type: "boundary" or "region" instead of what the maps say.

    Returns:
        The file's path.

    Raises:
        ValueError: an argument makes no sense, or the maps are not of one grid.
        RuntimeError: Pillow or ffmpeg is needed and missing, or ffmpeg fails.
        OSError: the file cannot be written.
    """
    given = [maps] if isinstance(maps, ClassMap) else () if maps is None else maps
    kept = [each for each in given if each is not None]
    place = Path(path)
    save = _SAVERS.get(place.suffix.lower())
    if save is None:
        raise ValueError(f"{place.name} has to end in {', '.join(_SAVERS)}")
    _check_maps(kept)
    if interpolation_type not in INTERPOLATION_TYPES:
        raise ValueError(
            f'interpolation_type is "linear" or "geometric"; given was {interpolation_type!r}'
        )
    factor = _check_factor(interpolation_factor, len(kept))
    kind = map_type or kept[0].map_type
    kept = [each.as_type(kind) for each in kept]
    size = _check_size(figsize, dpi)
    names = name_classes(class_names, kept[0].probabilities.shape[2])
    theme, samples = (DARK if dark else LIGHT), read_samples(points, labels)
    look = Look(kind, colormap, size, dpi / 100, theme, as_text(title), names, *samples)
    interval = _check_interval(frame_interval, factor)
    if not place.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {place.parent} to save {place.name} in")
    show = Show(kept, look, factor, interpolation_type, interval, interpolation_factor != 1)
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        save(show, part)
        os.replace(part, place)
    finally:
        with suppress(OSError):
            part.unlink()
    return place


class Show:
    """What is played: maps, their look, and the pace.

    Attributes:
        interval: milliseconds of a frame.
        smooth: whether a player may show what lies between two maps.
    """

    def __init__(
        self,
        maps: list[ClassMap],
        look: Look,
        factor: int,
        interpolation_type: InterpolationType,
        interval: float,
        smooth: bool,
    ) -> None:
        self.maps, self.look, self.factor = maps, look, factor
        self.interpolation_type, self.interval = interpolation_type, interval
        self.smooth = smooth

    def frames(self) -> Iterator["Image"]:
        """Pictures, one after the other."""
        for moment in interpolate(self.maps, self.factor, self.interpolation_type):
            yield self.painter.paint(moment, self._caption(moment))

    @cached_property
    def painter(self) -> Painter:
        return _painter(self.look, self.maps[0])

    def _caption(self, moment: Moment) -> str:
        if moment.epoch is None:
            total = len(self.maps)
            return f"{math.floor(moment.index) + 1} of {total}" if total > 1 else ""
        return f"epoch {moment.epoch:.{int(self.factor > 1)}f}"


def _painter(look: Look, first: ClassMap) -> Painter:
    try:
        import PIL  # noqa: F401
    except ImportError:
        raise RuntimeError(
            "drawing needs Pillow; install it with: pip install pillow, or save an .html"
        ) from None
    return Painter(look, first.xlim, first.ylim)


def _check_maps(maps: Sequence[ClassMap]) -> None:
    if not maps:
        raise ValueError("there are no maps to plot")
    for each in maps:
        if not isinstance(each, ClassMap):
            raise TypeError(f"a {type(each).__name__} is no class map; make_map makes them")
    grids = {(each.probabilities.shape, each.xlim, each.ylim) for each in maps}
    if len(grids) > 1:
        raise ValueError("the maps are not of one grid; plot those of each by themselves")
    epochs = [each.epoch for each in maps if each.epoch is not None]
    if any(after < before for before, after in pairwise(epochs)):
        raise ValueError("the maps' epochs do not rise; give them in their order")


def _check_factor(factor: int | None, count: int) -> int:
    if factor is None:
        return 1
    factor = check_whole("interpolation_factor", factor, 1)
    if (count - 1) * factor + 1 > MOST_FRAMES:
        raise ValueError(
            f"{(count - 1) * factor + 1:,} frames are too many; lower interpolation_factor so that "
            f"they are at most {MOST_FRAMES:,}"
        )
    return factor


def _check_size(figsize: tuple[float, float], dpi: float) -> tuple[int, int]:
    """In pixels; even, as videos need it."""
    wide, high = (round(float(side) * dpi / 2) * 2 for side in figsize)
    if not (dpi > 0 and min(wide, high) >= 100 and max(wide, high) <= MOST_PIXELS):
        raise ValueError(
            f"figsize {figsize} at {dpi} dpi are {wide} x {high} pixels; a side has 100 to "
            f"{MOST_PIXELS:,}"
        )
    return wide, high


def _check_interval(interval: float | None, factor: int) -> float:
    if interval is None:
        return max(PACE / factor, FASTEST)
    try:
        pause = as_number(interval)
    except (TypeError, ValueError):
        pause = math.nan
    if not 1 <= pause <= 60_000:
        raise ValueError(f"frame_interval is 1 to 60,000 milliseconds; given was {interval!r}")
    return pause


def _save_gif(show: Show, place: Path) -> None:
    from innerview.class_maps_video import write_gif

    write_gif(show.frames(), place, show.interval, show.painter.palette)


def _save_mp4(show: Show, place: Path) -> None:
    from innerview.class_maps_video import write_mp4

    write_mp4(show.frames(), place, show.look.size, show.interval)


def _save_html(show: Show, place: Path) -> None:
    from innerview.class_maps_html import write_html

    write_html(show, place)


def _save_png(show: Show, place: Path) -> None:
    if len(show.maps) > 1:
        raise ValueError(f"a .png shows one map and not {len(show.maps)}; save a .gif or an .html")
    (frame,) = show.frames()
    frame.save(place, "PNG")


_SAVERS: dict[str, Callable[[Show, Path], None]] = {
    ".gif": _save_gif,
    ".mp4": _save_mp4,
    ".html": _save_html,
    ".png": _save_png,
}
