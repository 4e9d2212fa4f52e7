"""Class-probability maps of a run, as the page takes them."""

import json
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.sampling import stratified_sample
from innerview.records import ClassMap, ClassPoints
from innerview.stores.base import ClassMapInfo
from views.training.media import spread

# Maps that a slider tells apart; of more, so many are evenly chosen.
MOST_MAPS = 2000
# Points that are still seen one by one; of more, so many are fairly chosen.
MOST_POINTS = 5000
# Labels beyond these no writer of ours logs.
MOST_CLASSES = 65_535
# Probabilities of a texel, as graphics cards read them.
LANES = 4
# What a probability of 1 is sent as.
ONE = 65535
# Arrays begin at a multiple of this, as browsers read them where they lie.
ALIGNED = 8


def describe_maps(
    infos: Sequence[ClassMapInfo], points: ClassPoints | None, damage: str = ""
) -> dict[str, Any]:
    """The maps of a run and tag, by their steps, without their probabilities.

    `classes` has a name for every class; `xlim` and `ylim` hold all maps, and are null without one;
    `points` is how many there are, `total` how many maps. `damage` is there only where something is
    left out (see `tell_damage`).
    """
    chosen = spread(infos, MOST_MAPS)
    described = {
        "total": len(infos),
        "maps": [describe_map(info) for info in chosen],
        "xlim": _unite([info.xlim for info in infos]),
        "ylim": _unite([info.ylim for info in infos]),
        "classes": name_classes(max((info.classes for info in infos), default=0), points),
        "points": 0 if points is None else len(points.labels),
    }
    return described | ({"damage": damage} if damage else {})


def tell_damage(left_out: int, recorded: int, no_points: bool) -> str:
    """What of a run and tag cannot be read, in a sentence; "" for nothing.

    Args:
        left_out: of the recorded maps.
        no_points: the points cannot be read either.
    """
    parts = []
    if left_out > 0:
        parts.append(f"{left_out:,} of {recorded:,} maps")
    if no_points:
        parts.append("the points on the maps")
    what = " and ".join(parts)
    if not what:
        return ""
    is_one = left_out == 1 and not no_points
    verb = "is" if is_one else "are"
    return f"{what[0].upper()}{what[1:]} {verb} damaged in the store and left out."


def describe_map(info: ClassMapInfo) -> dict[str, Any]:
    names = ("id", "step", "time", "epoch", "width", "height")
    return {name: getattr(info, name) for name in names}


def name_classes(count: int, points: ClassPoints | None) -> list[str]:
    """A name for every class: the one that came with the points, else its number."""
    names = [] if points is None else points.names
    given = [str(name).strip() or str(number) for number, name in enumerate(names)]
    if points is not None and points.labels.size:
        # A store may come from a stranger.
        count = max(count, min(int(points.labels.max()), MOST_CLASSES) + 1)
    return [*given, *map(str, range(len(given), count))]


def pack_map(found: ClassMap) -> bytes:
    """A map as bytes: the header's length, the header in JSON, and the probabilities.

    They are uint16, a probability of 1 being ONE, (ceil(classes / 4), height, width, 4), row by row
    from the lowest y: four classes a texel, the last ones filled with zeros, as a graphics card has
    them. Where the network answered NaN for any class all are 0.

    Raises:
        StoreError: the store's content is damaged.
    """
    probabilities = found.probabilities
    probabilities[np.isnan(probabilities).any(-1)] = 0.0
    height, width, classes = probabilities.shape
    layers = -(-classes // LANES)
    lanes = np.zeros((height, width, layers * LANES), "<u2")
    lanes[..., :classes] = np.rint(probabilities * ONE)
    texels = lanes.reshape(height, width, layers, LANES).transpose(2, 0, 1, 3)
    header = {
        "id": found.id,
        "step": found.step,
        "epoch": found.epoch,
        "xlim": list(found.xlim),
        "ylim": list(found.ylim),
        "width": width,
        "height": height,
        "classes": classes,
        "layers": layers,
    }
    return pack(header, texels)


def pack_points(found: ClassPoints | None) -> bytes:
    """Points as bytes: the header's length, the header in JSON, and two arrays.

    Places are float32, (n, 2), labels int32, (n,), -1 for a point without one. At most MOST_POINTS
    are chosen, each class keeping its share; `total` says how many there are.
    """
    if found is None:
        return pack({"total": 0, "count": 0}, np.empty((0, 2), "<f4"), np.empty(0, "<i4"))
    chosen = np.arange(len(found.labels))
    if len(chosen) > MOST_POINTS:
        chosen = stratified_sample(found.labels.astype(np.int64), MOST_POINTS, 0)
    header = {"total": len(found.labels), "count": len(chosen)}
    places, labels = found.points[chosen], np.maximum(found.labels[chosen], -1)
    return pack(header, places.astype("<f4"), labels.astype("<i4"))


def pack(header: dict[str, Any], *arrays: NDArray[Any]) -> bytes:
    """A header and arrays, one behind the other, as bytes."""
    text = json.dumps(header, allow_nan=False, separators=(",", ":")).encode()
    text += b" " * (-(4 + len(text)) % ALIGNED)
    parts = [struct.pack("<I", len(text)), text]
    return b"".join([*parts, *(np.ascontiguousarray(array).tobytes() for array in arrays)])


def _unite(limits: Sequence[tuple[float, float]]) -> list[float] | None:
    if not limits:
        return None
    return [min(low for low, _ in limits), max(high for _, high in limits)]
