"""Records as documents of a MongoDB, and back. Numbers lie in them as numbers, never pickled."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote

import numpy as np
from numpy.typing import NDArray

from innerview.records import (
    Checkpoint,
    ClassMap,
    ClassPoints,
    Curve,
    Histogram,
    Image,
    Points,
    Text,
    Value,
)
from innerview.stores.base import ClassMapInfo, ImageInfo
from innerview.stores.packing import unpack_limits

Document = dict[str, Any]
Item = Histogram | Image | Text | Curve | ClassMap

# A little less than MongoDB's 16 MiB, for what an update adds to a document.
LARGEST = 16 * 1024 * 1024 - 65536

# Kind of a series -> collection.
COLLECTION_OF = {
    "histogram": "histograms",
    "image": "images",
    "text": "texts",
    "curve": "curves",
    "map": "class_maps",
}


class RefusedError(ValueError):
    """MongoDB can never keep this; the message says why. Unlike a StoreError no reason to wait."""


def kind_of(item: Item) -> str:
    return "map" if isinstance(item, ClassMap) else type(item).__name__.lower()


def identity(*parts: str | int) -> str:
    """The id of a document that may be written twice; of any names, however long or odd."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def check_size(document: Mapping[str, Any], what: str) -> None:
    """
    Raises:
        RefusedError: it is too large for MongoDB, or has something in it that it does not know.
    """
    import bson

    try:
        size = len(bson.encode(document))
    except (bson.errors.BSONError, UnicodeError, OverflowError) as error:
        raise RefusedError(f"{what} cannot be kept in MongoDB ({error}).") from None
    if size > LARGEST:
        raise RefusedError(
            f"{what} takes {size / 1e6:.0f} MB; MongoDB keeps no more than 16 MB in one piece. "
            "Log it smaller, or into a folder."
        )


def pack_value(value: Value) -> Any:
    """A hyperparameter. Numbers that not every server takes are written out."""
    if isinstance(value, float) and not math.isfinite(value):
        return {"number": str(value)}
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return {"number": str(value)}
    return value


def unpack_value(value: Any) -> Value:
    if not isinstance(value, Mapping):
        # bson has integers of its own.
        if isinstance(value, int) and not isinstance(value, bool):
            return int(value)
        # A list, a date, or what else another program may have put there.
        return value if isinstance(value, bool | int | float | str | None) else str(value)
    text = str(value.get("number", dict(value)))
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def pack_values(values: Mapping[str, Value]) -> Document:
    """Hyperparameters as a document: no name in it has a dot or a dollar, or is empty."""
    return {_pack_name(name): pack_value(value) for name, value in values.items()}


def unpack_values(values: Mapping[str, Any]) -> dict[str, Value]:
    return {_unpack_name(name): unpack_value(value) for name, value in values.items()}


# All that people use in names; whatever has a meaning in a path of MongoDB's is not in it.
_PLAIN = " -_+,;:=/()<>@#&*!?|~^'"


def _pack_name(name: str) -> str:
    packed = quote(name, safe=_PLAIN, errors="replace").replace(".", "%2E")
    return packed or "%"


def _unpack_name(name: str) -> str:
    return "" if name == "%" else unquote(name)


def number(value: float) -> float | str:
    """A float; "nan", "inf" or "-inf" as text, which float() takes, and every server keeps."""
    value = float(value)
    return value if math.isfinite(value) else str(value)


def _pack(values: NDArray[Any], dtype: str) -> bytes:
    return np.ascontiguousarray(values, dtype).tobytes()


def pack_points(points: Points) -> Document:
    return {
        "run": points.run,
        "tag": points.tag,
        "writer": points.writer,
        "number": points.number,
        "count": len(points.steps),
        "corrected": 0,
        "steps": _pack(points.steps, "<i8"),
        "times": _pack(points.times, "<f8"),
        "values": _pack(points.values, "<f8"),
    }


def unpack_points(document: Mapping[str, Any]) -> Points:
    steps = np.frombuffer(document["steps"], "<i8")
    times = np.frombuffer(document["times"], "<f8")
    values = np.frombuffer(document["values"], "<f8")
    least = min(len(steps), len(times), len(values))
    return Points(
        document["run"], document["tag"], document["writer"], int(document["number"]),
        steps[:least], times[:least], values[:least],
    )  # fmt: skip


def pack_item(item: Item) -> Document:
    packed: Document = {
        "run": item.run,
        "tag": item.tag,
        "id": item.id,
        "step": item.step,
        "time": number(item.time),
        "removed": 0,
    }
    if isinstance(item, Histogram):
        packed |= {"edges": _numbers(item.edges), "counts": _numbers(item.counts)}
    elif isinstance(item, Image):
        packed |= {"width": item.width, "height": item.height, "png": item.png}
    elif isinstance(item, Text):
        packed |= {"text": item.text}
    elif isinstance(item, ClassMap):
        packed |= {name: getattr(item, name) for name in _MAP}
        packed |= {"xlim": list(item.xlim), "ylim": list(item.ylim), "content": item.content}
    else:
        packed |= {"thresholds": _numbers(item.thresholds), "counts": _numbers(item.counts.ravel())}
    return packed


# What a map has besides as it is.
_MAP = ("epoch", "height", "width", "classes")


def _numbers(values: NDArray[np.float64]) -> list[float | str]:
    if np.isfinite(values).all():
        return np.asarray(values, np.float64).tolist()  # type: ignore[no-any-return]
    return [number(value) for value in values]


def _array(values: Sequence[float | str]) -> NDArray[np.float64]:
    return np.array([float(value) for value in values], np.float64)


def _place(document: Mapping[str, Any]) -> tuple[str, str, str, int, float]:
    return (
        document["run"], document["tag"], document["id"], int(document["step"]),
        float(document["time"]),
    )  # fmt: skip


def unpack_histogram(document: Mapping[str, Any]) -> Histogram:
    return Histogram(*_place(document), _array(document["edges"]), _array(document["counts"]))


def unpack_image(document: Mapping[str, Any]) -> ImageInfo:
    return ImageInfo(*_place(document), int(document["width"]), int(document["height"]))


def unpack_text(document: Mapping[str, Any]) -> Text:
    return Text(*_place(document), document["text"])


def unpack_curve(document: Mapping[str, Any]) -> Curve:
    thresholds = _array(document["thresholds"])
    counts = _array(document["counts"]).reshape(4, -1)
    return Curve(*_place(document), thresholds, counts)


def unpack_class_map_info(document: Mapping[str, Any]) -> ClassMapInfo:
    return ClassMapInfo(*_place(document), *_map_facts(document))


def unpack_class_map(document: Mapping[str, Any]) -> ClassMap:
    facts = (*_map_facts(document), bytes(document["content"]))
    return ClassMap(*_place(document), *facts)


def _map_facts(document: Mapping[str, Any]) -> tuple[Any, ...]:
    """Epoch, height, width, classes, xlim, ylim."""
    epoch = document["epoch"]
    limits = (unpack_limits(*document[name]) for name in ("xlim", "ylim"))
    sizes = (int(document[name]) for name in ("height", "width", "classes"))
    return None if epoch is None else int(epoch), *sizes, *limits


def pack_class_points(points: ClassPoints) -> Document:
    return {
        "run": points.run,
        "tag": points.tag,
        "id": points.id,
        "time": number(points.time),
        "points": _pack(points.points, "<f4"),
        "labels": _pack(points.labels, "<i4"),
        "names": list(points.names),
    }


def unpack_class_points(document: Mapping[str, Any]) -> ClassPoints:
    return ClassPoints(
        document["run"], document["tag"], document["id"], float(document["time"]),
        np.frombuffer(document["points"], "<f4").reshape(-1, 2),
        np.frombuffer(document["labels"], "<i4"), tuple(map(str, document["names"])),
    )  # fmt: skip


def pack_checkpoint(checkpoint: Checkpoint) -> Document:
    return {
        "run": checkpoint.run,
        "id": checkpoint.id,
        "step": checkpoint.step,
        "time": number(checkpoint.time),
        "epoch": checkpoint.epoch,
        "path": checkpoint.path,
    }


def unpack_checkpoint(document: Mapping[str, Any]) -> Checkpoint:
    epoch = document["epoch"]
    return Checkpoint(
        document["run"], document["id"], int(document["step"]), float(document["time"]),
        None if epoch is None else int(epoch), document["path"],
    )  # fmt: skip
