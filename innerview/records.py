"""What a training run writes: small immutable records, each of which may be written twice.

A record carries an identity that its writer chose, so that a batch that was sent again, because
nobody knew whether it had arrived, changes nothing. Every record becomes JSON and back
(`to_json`, `from_json`), which is how it lies in a spill file; nothing is ever pickled.
"""

import base64
import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from innerview import fixed_point
from innerview.errors import StoreError
from innerview.ids import RUN_ID

# What a hyperparameter may be; anything else is written as its text.
Value = bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run begins, or is continued by another writer.

    Attributes:
        run: its id, for ever: letters, digits, "-" and "_", at most 64.
        folder: the experiment that it belongs to, as people group them.
        time: seconds since 1970.
        source: host, pid, command: texts, for the page to show.
    """

    run: str
    name: str
    folder: str
    time: float
    source: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class RunChanged:
    """Facts of a run that its writer has learned.

    Attributes:
        parameters: added to the run's hyperparameters, replacing those of the same names.
        status: "running", "done", "stopped" or "failed"; None leaves it.
    """

    run: str
    time: float
    parameters: Mapping[str, Value]
    status: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """A piece of a scalar's curve. A later piece of the same writer and number replaces it whole.

    Attributes:
        writer: id of the writer, as several may write one curve.
        number: of the piece within this writer's part of the curve, from 0.
        steps: int64, (n,); times: float64, (n,), seconds since 1970; values: float64, (n,), which
            may be NaN or infinite. n is at most PIECE.
    """

    run: str
    tag: str
    writer: str
    number: int
    steps: NDArray[np.int64]
    times: NDArray[np.float64]
    values: NDArray[np.float64]


# Points in a piece; short enough to be written anew each time it grows.
PIECE = 512


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """A distribution at a step.

    Attributes:
        id: unique in the store.
        edges: float64, (bins + 1,), rising; counts: float64, (bins,), not negative.
    """

    run: str
    tag: str
    id: str
    step: int
    time: float
    edges: NDArray[np.float64]
    counts: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Image:
    """A picture at a step.

    Attributes:
        id: unique in the store.
        png: the encoded picture, of width x height pixels.
    """

    run: str
    tag: str
    id: str
    step: int
    time: float
    width: int
    height: int
    png: bytes


@dataclass(frozen=True, slots=True)
class Text:
    """A text at a step; a thought is one with the tag THOUGHT."""

    run: str
    tag: str
    id: str
    step: int
    time: float
    text: str


# What a writer says of its run.
STATUSES = ("running", "done", "stopped", "failed")

# The tag of what a person thought of a run, in the script or in the page.
THOUGHT = "thought"


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Precision and recall over thresholds at a step.

    Attributes:
        id: unique in the store.
        thresholds: float64, (n,), rising, 0 to 1.
        counts: float64, (4, n): true positives, false positives, true negatives, false negatives
            of the samples whose prediction is at or above the threshold.
    """

    run: str
    tag: str
    id: str
    step: int
    time: float
    thresholds: NDArray[np.float64]
    counts: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A network saved on the way.

    Attributes:
        id: unique in the store.
        epoch: epochs done by then; None where the loop counts none.
        path: of the file, absolute or below the store's folder.
    """

    run: str
    id: str
    step: int
    time: float
    epoch: int | None
    path: str


@dataclass(frozen=True, slots=True, eq=False)
class ClassMap:
    """What a network of two inputs says everywhere on a piece of the plane, at a step.

    Attributes:
        id: unique in the store.
        epoch: epochs done by then; None where the loop counts none.
        height, width: points of the grid along y and x; classes: at least 2.
        xlim, ylim: places of the first and the last point along each axis.
        content: the probabilities as `fixed_point.encode` packs them.
    """

    run: str
    tag: str
    id: str
    step: int
    time: float
    epoch: int | None
    height: int
    width: int
    classes: int
    xlim: tuple[float, float]
    ylim: tuple[float, float]
    content: bytes

    @property
    def probabilities(self) -> NDArray[np.float32]:
        """float32, (height, width, classes), within 0.000008 of what was logged; unpacked anew at
        each call. [0, 0] lies at (xlim[0], ylim[0]), and rows go upwards. NaN where the network
        answered so.

        Raises:
            StoreError: the content is damaged.
        """
        return fixed_point.decode(self.content, self.height, self.width, self.classes)


@dataclass(frozen=True, slots=True, eq=False)
class ClassPoints:
    """The samples that are drawn upon the maps of a tag; the latest of a tag are those that count.

    Attributes:
        id: unique in the store.
        points: float32, (n, 2), x and y; labels: int32, (n,), -1 for none.
        names: of the classes, () where they have none.
    """

    run: str
    tag: str
    id: str
    time: float
    points: NDArray[np.float32]
    labels: NDArray[np.int32]
    names: tuple[str, ...]


Record = (
    RunStarted
    | RunChanged
    | Points
    | Histogram
    | Image
    | Text
    | Curve
    | Checkpoint
    | ClassMap
    | ClassPoints
)

KINDS: dict[str, type[Record]] = {kind.__name__: kind for kind in Record.__args__}

# Fields that are arrays, and those that are lists.
_ARRAYS = {
    NDArray[np.int64]: "<i8",
    NDArray[np.float64]: "<f8",
    NDArray[np.int32]: "<i4",
    NDArray[np.float32]: "<f4",
}
_PAIR, _NAMES = tuple[float, float], tuple[str, ...]


def to_json(record: Record) -> dict[str, Any]:
    """A record as JSON's own types; arrays and bytes in base64."""
    values = {f.name: getattr(record, f.name) for f in dataclasses.fields(record)}
    return {"kind": type(record).__name__} | {name: _pack(v) for name, v in values.items()}


def from_json(values: Mapping[str, Any]) -> Record:
    """The record that `to_json` was given.

    Raises:
        ValueError: it is none; what it holds may come from anyone.
    """
    try:
        kind = KINDS[values["kind"]]
        found = {}
        for field in dataclasses.fields(kind):
            found[field.name] = _unpack(values[field.name])
            if isinstance(found[field.name], list):
                found[field.name] = tuple(found[field.name])
            _check(field.name, field.type, found[field.name])
        record = kind(**found)
        _check_shapes(record)
    except (KeyError, TypeError, ValueError, OverflowError, StoreError) as error:
        raise ValueError(f"no record: {error!r}") from None
    return record


def _check(name: str, kind: Any, value: Any) -> None:
    """Refuse what is not of a field's type."""
    if kind in _ARRAYS:
        fits = isinstance(value, np.ndarray) and value.dtype == np.dtype(_ARRAYS[kind])
    elif kind == _PAIR:
        fits = isinstance(value, tuple) and len(value) == 2 and all(map(_is_finite, value))
    elif kind == _NAMES:
        fits = isinstance(value, tuple) and all(isinstance(each, str) for each in value)
        "".join(value).encode()
    elif kind == Mapping[str, Value]:
        fits = isinstance(value, dict) and all(isinstance(each, Value) for each in value.values())
    elif kind is float:
        fits = _is_finite(value)
    elif kind is int:
        fits = type(value) is int and abs(value) < 1 << 63
    else:
        fits = isinstance(value, kind) and not isinstance(value, bool)
        if isinstance(value, str):
            # Halves of characters, which no store can keep, raise a ValueError.
            value.encode()
    if not fits or (name == "run" and not RUN_ID.fullmatch(value)):
        raise ValueError(f"{name} cannot be {str(value)[:50]!r}")


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _check_shapes(record: Record) -> None:
    match record:
        case Points(steps=steps, times=times, values=values):
            fits = steps.shape == times.shape == values.shape and 0 < steps.size <= PIECE
            fits = fits and steps.ndim == 1 and bool(np.isfinite(times).all())
        case Histogram(edges=edges, counts=counts):
            fits = edges.ndim == 1 and len(edges) > 1 and counts.shape == (len(edges) - 1,)
            fits = fits and bool(np.isfinite(edges).all() and np.isfinite(counts).all())
        case Curve(thresholds=thresholds, counts=counts):
            fits = thresholds.ndim == 1 and counts.shape == (4, len(thresholds))
        case Image(width=width, height=height):
            fits = min(width, height) > 0
        case RunChanged(status=status):
            fits = status is None or status in STATUSES
        case ClassMap(height=height, width=width, classes=classes, xlim=xlim, ylim=ylim):
            fits = min(height, width) > 0 and classes > 1 and xlim[0] < xlim[1]
            fits = fits and ylim[0] < ylim[1] and height * width * classes <= fixed_point.LARGEST
            fits = fits and record.probabilities.size > 0
        case ClassPoints(points=points, labels=labels):
            fits = points.ndim == 2 and points.shape[1] == 2 and labels.shape == points.shape[:1]
            fits = fits and bool(np.isfinite(points).all())
        case _:
            fits = True
    if not fits:
        raise ValueError(f"a {type(record).__name__} of wrong shapes")


def _pack(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        little = np.ascontiguousarray(value, value.dtype.newbyteorder("<"))
        content = base64.b64encode(little.tobytes()).decode()
        return {"dtype": little.dtype.str, "shape": list(value.shape), "base64": content}
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value


def _unpack(value: Any) -> Any:
    if not isinstance(value, dict) or "base64" not in value:
        return value
    if not isinstance(value["base64"], str):
        raise ValueError("base64 is a text")
    content = base64.b64decode(value["base64"], validate=True)
    if "dtype" not in value:
        return content
    if value["dtype"] not in _ARRAYS.values():
        raise ValueError(f"an array of {value['dtype']}")
    shape = value["shape"]
    if not isinstance(shape, list) or not all(type(n) is int and n >= 0 for n in shape):
        raise ValueError("a shape is a list of lengths")
    return np.frombuffer(content, value["dtype"]).reshape(shape)
