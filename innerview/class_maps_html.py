"""Class-probability maps as a page of its own: the player, and in it the maps."""

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from innerview import fixed_point
from innerview.class_maps_colors import of_classes, scale
from innerview.class_maps_draw import DARK

if TYPE_CHECKING:
    from innerview.class_maps_plot import Show

PLAYER = Path(__file__).with_name("class_maps_player.html")
PLACE = "/*DATA*/"


def write_html(show: "Show", place: Path) -> None:
    """
    Raises:
        OSError: the file cannot be written.
    """
    # No text of a script's can end the element that it stands in.
    content = json.dumps(_describe(show), separators=(",", ":"), allow_nan=False)
    content = content.replace("<", "\\u003c")
    page = PLAYER.read_text(encoding="utf-8")
    assert page.count(PLACE) == 1
    place.write_text(page.replace(PLACE, content), encoding="utf-8")


def _describe(show: "Show") -> dict[str, Any]:
    first, look = show.maps[0], show.look
    height, width, classes = first.probabilities.shape
    return {
        "title": look.title,
        "type": look.map_type,
        "dark": look.theme is DARK,
        "smooth": show.smooth,
        "interpolation": show.interpolation_type,
        "pace": show.interval * show.factor,
        "height": height,
        "width": width,
        "classes": classes,
        "xlim": first.xlim,
        "ylim": first.ylim,
        "names": look.names,
        "colors": of_classes(classes).tolist(),
        "scale": base64.b64encode(np.ascontiguousarray(scale(look.colormap)).tobytes()).decode(),
        "epochs": [each.epoch for each in show.maps],
        "maps": [
            base64.b64encode(fixed_point.encode(each.probabilities)).decode() for each in show.maps
        ],
        "points": [
            [float(f"{x:.6g}") for x in look.points[:, 0]],
            [float(f"{y:.6g}") for y in look.points[:, 1]],
            look.labels.tolist(),
        ],
    }
