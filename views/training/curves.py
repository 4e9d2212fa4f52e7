"""Curves for the charts, over the axis asked for, with as few points as look right."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from views.training.curves_axes import Axis, Line, make_line, smooth_from
from views.training.curves_cache import Curves
from views.training.downsampling import ENDS, downsample, pixel_edges, share, visible
from views.training.library import Opened
from views.training.metrics import role
from views.training.questions import dumps
from views.training.runs_catalog import Snapshot

Floats = NDArray[np.float64]

# The tag that says at which step how many epochs were done.
EPOCH = "epoch"

# Pixels and points where a request names none.
PIXELS, BUDGET = 600, 400_000


@dataclass(frozen=True, slots=True)
class Request:
    """Which curves, and how they are to be drawn.

    Attributes:
        wanted: (run, tag) of each.
        low, high: the range of x; None for where the curves begin or end.
        pixels: how wide the range is drawn.
        smoothing: 0 (not at all) to below 1.
        budget: points of all curves together, as far as each may have a few.
        logarithmic: whether x is drawn so.
    """

    wanted: Sequence[tuple[str, str]]
    axis: Axis = "step"
    low: float | None = None
    high: float | None = None
    pixels: int = PIXELS
    smoothing: float = 0.0
    budget: int = BUDGET
    logarithmic: bool = False


def answer_curves(opened: Opened, snapshot: Snapshot, curves: Curves, asked: Request) -> bytes:
    """The curves as the page takes them (see `pack`); those that are not there are left out."""
    known = [each for each in dict.fromkeys(asked.wanted) if snapshot.scalar(*each) is not None]
    lines = read_lines(opened, snapshot, curves, known, asked.axis)
    chosen = choose(lines, asked)
    headers: list[dict[str, Any]] = []
    arrays: list[Floats] = []
    at = 0
    for (run, tag), line, places in zip(known, lines, chosen, strict=True):
        parts = [line.x[places], line.y[places]]
        if asked.smoothing > 0:
            parts.append(_smoothed(line.y, asked.smoothing, places))
        headers.append(describe(snapshot, run, tag, line) | {"count": len(places), "at": at})
        arrays += parts
        at += len(parts) * len(places)
    return pack({"revision": snapshot.revision, "curves": headers}, arrays)


def _smoothed(y: Floats, weight: float, places: NDArray[np.intp]) -> Floats:
    """Smoothed values at some places, rising, of y."""
    if not len(places):
        return y[places]
    found, first = smooth_from(y[: places[-1] + 1], weight, int(places[0]))
    return found[places - first]


def read_lines(
    opened: Opened,
    snapshot: Snapshot,
    curves: Curves,
    wanted: Sequence[tuple[str, str]],
    axis: Axis,
) -> list[Line]:
    """Each of these curves of the snapshot over the axis."""
    # Together, as one question to the store takes less time than two.
    more = [(run, EPOCH) for run, _ in wanted] if axis == "epoch" else []
    scalars = curves.read(opened, snapshot, [*wanted, *more])
    epochs = scalars[len(wanted) :] or [None] * len(wanted)
    lines = []
    for (run, _), scalar, of_run in zip(wanted, scalars, epochs, strict=False):
        assert scalar is not None
        lines.append(make_line(scalar, axis, snapshot.runs[run].started, of_run))
    return lines


def choose(lines: Sequence[Line], asked: Request) -> list[NDArray[np.intp]]:
    """Which points of each line to send."""
    low, high = _range([line.x for line in lines if len(line.x)], asked)
    ranges = [visible(line.x, low, high) for line in lines]
    most = share(np.array([last - first for first, last in ranges], np.int64), asked.budget)
    chosen = []
    for line, (first, last) in zip(lines, ranges, strict=True):
        # A pixel with a gap in it takes three points.
        each = 2 if np.isfinite(line.y[first:last]).all() else 3
        pixels = max(2, min(asked.pixels, (most - ENDS) // each))
        edges = pixel_edges(low, high, pixels, asked.logarithmic)
        # Where there are no more points than the pixels would take, all are sent.
        enough = min(most, each * asked.pixels + ENDS)
        chosen.append(downsample(line.x, line.y, edges, enough))
    return chosen


def _range(xs: Sequence[Floats], asked: Request) -> tuple[float, float]:
    """From where to where pixels go: what is asked for, or as far as the curves do."""
    low, high = asked.low, asked.high
    if low is None:
        low = min((float(x[0]) for x in xs), default=0.0)
    if high is None:
        high = max((float(x[-1]) for x in xs), default=low)
    if asked.logarithmic and low <= 0:
        # Nothing is drawn at or below zero, so pixels begin at the first point above it.
        low = min((_first_above_zero(x, high) for x in xs), default=low)
    return low, max(low, high)


def _first_above_zero(x: Floats, default: float) -> float:
    place = int(np.searchsorted(x, 0.0, "right"))
    return float(x[place]) if place < len(x) else default


def describe(snapshot: Snapshot, run: str, tag: str, line: Line) -> dict[str, Any]:
    meant = role(tag, snapshot.runs[run].name)
    series = snapshot.scalar(run, tag)
    assert series is not None
    return {
        "run": run,
        "tag": tag,
        "role": {"quantity": meant.quantity, "split": meant.split, "per": meant.per},
        "total": len(line.x),
        "first": float(line.x[0]) if len(line.x) else None,
        "last": float(line.x[-1]) if len(line.x) else None,
        "last_value": series.last,
    }


def pack(header: dict[str, Any], arrays: Sequence[Floats]) -> bytes:
    """The header's length, uint32; the header in JSON; the arrays, float64, at a multiple of 8.

    All numbers are little-endian.
    """
    text = dumps(header).encode()
    # Blanks after JSON mean nothing.
    text += b" " * (-(4 + len(text)) % 8)
    content = np.concatenate(arrays).astype("<f8", copy=False) if arrays else np.zeros(0)
    return struct.pack("<I", len(text)) + text + content.tobytes()


def live_tags(snapshot: Snapshot) -> dict[str, dict[str, list[str]]]:
    """Quantity -> split -> the tags that are it, the plainest and most frequent first."""
    from views.training.metrics import fitness

    counts: dict[tuple[str, str, str], int] = {}
    for run in snapshot.runs.values():
        for tag in snapshot.scalars(run.id):
            meant = role(tag, run.name)
            if meant.split is not None:
                key = (meant.quantity, meant.split, tag)
                counts[key] = counts.get(key, 0) + 1

    def tags(quantity: str, split: str) -> list[str]:
        found = [tag for (q, s, tag) in counts if (q, s) == (quantity, split)]
        return sorted(
            found, key=lambda tag: (*fitness(tag)[:2], -counts[quantity, split, tag], tag)
        )

    return {
        quantity: {split: tags(quantity, split) for split in ("training", "validation")}
        for quantity in ("accuracy", "cross-entropy")
    }
