"""Arrays and dicts as bytes and text, and curves joined from their pieces, for stores."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from innerview.errors import DamagedError
from innerview.stores.base import Scalar


def pack(values: Mapping[str, Any]) -> str:
    """Parameters or the like as JSON."""
    return json.dumps(dict(values), ensure_ascii=False)


def unpack(text: str) -> dict[str, Any]:
    return json.loads(text)  # type: ignore[no-any-return]


def pack_names(names: Sequence[str]) -> str:
    """Class names as JSON."""
    return json.dumps(list(names), ensure_ascii=False)


def unpack_names(text: str) -> tuple[str, ...]:
    return tuple(map(str, json.loads(text)))


def unpack_limits(low: Any, high: Any) -> tuple[float, float]:
    """The first and the last place of a class map along an axis.

    Raises:
        DamagedError: no axis goes from one to the other.
    """
    first, last = float(low), float(high)
    if not (math.isfinite(first) and math.isfinite(last) and first < last):
        raise DamagedError(f"A class map cannot go from {first} to {last}.")
    return first, last


def pack_floats(values: NDArray[np.float64]) -> bytes:
    return np.ascontiguousarray(values, "<f8").tobytes()


def pack_points(
    steps: NDArray[np.int64], times: NDArray[np.float64], values: NDArray[np.float64]
) -> bytes:
    """int64 steps, float64 times, float64 values, one after the other, little-endian."""
    assert len(steps) == len(times) == len(values)
    return b"".join(
        (np.ascontiguousarray(steps, "<i8").tobytes(), pack_floats(times), pack_floats(values))
    )


def unpack_points(
    points: bytes, count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """What `pack_points` was given; views of the bytes."""
    return (
        np.frombuffer(points, "<i8", count),
        np.frombuffer(points, "<f8", count, 8 * count),
        np.frombuffer(points, "<f8", count, 16 * count),
    )


def extent(
    values: NDArray[np.float64], smallest: float | None, largest: float | None
) -> tuple[float | None, float | None]:
    """The smallest and largest finite value of these and of what was known; None for none."""
    low, high = float(values.min()), float(values.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        finite = values[np.isfinite(values)]
        if not len(finite):
            return smallest, largest
        low, high = float(finite.min()), float(finite.max())
    return (
        low if smallest is None else min(low, smallest),
        high if largest is None else max(high, largest),
    )


def join_pieces(rows: Sequence[tuple[str, int, bytes]]) -> Scalar:
    """A curve from its pieces.

    Args:
        rows: writer, count, points; those of a writer together and in their order.
    """
    pieces = [unpack_points(points, count) for _, count, points in rows]
    if not pieces:
        return Scalar(np.empty(0, np.int64), np.empty(0), np.empty(0))
    steps, times, values = (np.concatenate(arrays) for arrays in zip(*pieces, strict=True))
    writers = {writer for writer, _, _ in rows}
    if len(writers) == 1:
        return Scalar(steps, times, values)
    # Each writer's own order stays, whatever its clock did.
    owners = np.repeat([writer for writer, _, _ in rows], [count for _, count, _ in rows])
    clock = times.copy()
    for writer in writers:
        mine = owners == writer
        clock[mine] = np.maximum.accumulate(times[mine])
    order = np.argsort(clock, kind="stable")
    return Scalar(steps[order], times[order], values[order])
