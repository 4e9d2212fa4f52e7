"""Numbers and states as a person reads them."""

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.events import Stage


def count(number: int) -> str:
    """12345 -> "12,345"."""
    return f"{number:,}"


def counted(number: int, noun: str) -> str:
    """(1, "image") -> "1 image"; (10000, "image") -> "10,000 images"."""
    plural = noun + ("es" if noun.endswith("s") else "s")
    return f"{number:,} {noun if number == 1 else plural}"


def percent(fraction: float, digits: int = 1) -> str:
    """A fraction of 0..1 in percent; never rounded up to 100 nor down to 0, which would say more.

    0.98594 -> "98.6 %"; 0.99999 -> "> 99.9 %"; 0.00001 -> "< 0.1 %".
    """
    least = 10.0**-digits
    value = 100.0 * fraction
    if 100.0 - least / 2 <= value < 100.0:
        return f"> {100.0 - least:.{digits}f} %"
    if 0.0 < value < least / 2:
        return f"< {least:.{digits}f} %"
    return f"{value:.{digits}f} %"


def decimal(value: float, digits: int = 3) -> str:
    """A non-negative number with fixed digits; a small one as "< 0.001", never as plain zero."""
    least = 10.0**-digits
    if math.isnan(value):
        return "unknown"
    return f"< {least:.{digits}f}" if 0.0 < value < least / 2 else f"{value:.{digits}f}"


def shape(dimensions: Sequence[int | None]) -> str:
    """(28, 28, 1) -> "28 × 28 × 1"; an open size is "any", an unknown shape "–"."""
    return " × ".join("any" if size is None else f"{size:,}" for size in dimensions) or "–"


def shown_images(shown: int, total: int) -> str:
    """ "10,000 images", or "1,000 of 10,000 images shown" under a limit."""
    if shown == total:
        return counted(total, "image")
    return f"{count(shown)} of {counted(total, 'image')} shown"


def waiting(stages: Iterable["Stage"], what: str) -> str:
    """A sentence on why `what` is not there yet: the stage that failed, or the one that runs."""
    by_state = {stage.state: stage.title for stage in reversed(tuple(stages))}
    if "failed" in by_state:
        return f"{what} cannot be shown, because a step before it failed: {by_state['failed']}."
    if "running" in by_state:
        return f"{what} will appear here. Running now: {by_state['running']}."
    return f"{what} will appear here."
