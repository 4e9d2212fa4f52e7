"""A scalar as it is drawn: over steps, epochs or time, in their order, and smoothed."""

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from innerview.stores.base import Scalar

Floats = NDArray[np.float64]

Axis = Literal["step", "epoch", "time", "clock"]
AXES: tuple[Axis, ...] = get_args(Axis)

# A share of a value that changes none of the digits that a number in 64 bits has, and after how
# many of the average's lengths a value's share is as small.
NOTHING = 1e-18
MEMORY = 42.0


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A curve over its x.

    Attributes:
        x: float64, (n,), rising, finite; values that were written at one x keep their order.
        y: float64, (n,).
    """

    x: Floats
    y: Floats


def make_line(scalar: Scalar, axis: Axis, started: float, epochs: Scalar | None) -> Line:
    """A scalar over an axis.

    Args:
        started: when its run began, seconds since 1970; "time" counts from there.
        epochs: the run's scalar `epoch`; without one, "epoch" is "step".
    """
    x = _abscissae(scalar, axis, started, epochs)
    y = scalar.values
    finite = np.isfinite(x)
    if not finite.all():
        x, y = x[finite], y[finite]
    if (x[1:] < x[:-1]).any():
        # A training that was started again goes back to earlier steps.
        order = np.argsort(x, kind="stable")
        x, y = x[order], y[order]
    return Line(x, y)


def _abscissae(scalar: Scalar, axis: Axis, started: float, epochs: Scalar | None) -> Floats:
    if axis == "clock":
        return scalar.times
    if axis == "time":
        return scalar.times - started
    steps = scalar.steps.astype(np.float64)
    if axis == "step" or epochs is None:
        return steps
    return interpolate_epochs(steps, epochs)


def interpolate_epochs(steps: Floats, epochs: Scalar) -> Floats:
    """Epochs done at steps, (n,), from the scalar that says so at some steps.

    Between those it is interpolated, and after the last one it goes on as between the last two.
    """
    known = np.isfinite(epochs.values)
    # Of several values at one step the last one written counts.
    at, places = np.unique(epochs.steps[known][::-1].astype(np.float64), return_index=True)
    if not len(at):
        return steps
    done = epochs.values[known][::-1][places]
    found = np.interp(steps, at, done)
    if len(at) > 1:
        later = steps > at[-1]
        slope = (done[-1] - done[-2]) / (at[-1] - at[-2])
        found[later] += max(slope, 0.0) * (steps[later] - at[-1])
    return found


def smooth(y: Floats, weight: float) -> Floats:
    """TensorBoard's smoothing: an exponential moving average whose start is made up for.

    Args:
        y: float64, (n,); what is not finite is left as it is, and counts for nothing.
        weight: of what came before, 0 (nothing is smoothed) to below 1.

    Returns:
        float64, (n,): s[k] / (1 - weight^(k+1)), s[k] = weight * s[k-1] + (1 - weight) * y[k].
    """
    finite = np.isfinite(y)
    if not finite.all():
        smoothed = y.copy()
        smoothed[finite] = smooth(y[finite], weight)
        return smoothed
    if weight == 0 or not len(y):
        return y
    # In the unit of the largest, no sum on the way is too large for a number.
    unit = np.abs(y).max() or 1.0
    sums = _decay(y / unit * (1 - weight), weight)
    found: Floats = sums / -np.expm1(math.log(weight) * np.arange(1, len(y) + 1)) * unit
    return found


def smooth_from(y: Floats, weight: float, first: int) -> tuple[Floats, int]:
    """The smoothed values from `first` on, and the place of the first of them in y, (n,).

    Only as much before is reckoned with as a number in 64 bits remembers.
    """
    if weight > 0:
        start = first - int(MEMORY / -math.log(weight)) - 1
        # What is not finite takes no part, so that more would have to be looked at.
        if start > 0 and np.isfinite(y[start:first]).all():
            return smooth(y[start:], weight)[first - start :], first
    return smooth(y, weight), 0


def _decay(y: Floats, weight: float) -> Floats:
    """s[k] = weight * s[k-1] + y[k], of y (n,).

    Each round adds sums of twice as many values, until those further back count for nothing.
    """
    sums = y.copy()
    distance, factor = 1, weight
    while distance < len(y) and factor > NOTHING:
        sums[distance:] += factor * sums[:-distance]
        distance, factor = 2 * distance, factor * factor
    return sums
