"""The figures of each class as an exported summary has them."""

import math
from typing import TYPE_CHECKING, Any

from analysis.curves.assessment import FIGURES, assess
from analysis.curves.report import AVERAGES

if TYPE_CHECKING:
    from analysis.samples import Samples

# What the columns of FIGURES are called in full.
LONG = {"ap": "average_precision", "auc": "roc_auc", "loss": "mean_loss"}


def summarise_classes(samples: "Samples", class_names: tuple[str, ...]) -> dict[str, Any] | None:
    """Figures of each class, their averages and the calibration, or None without labels.

    What is not defined for a class, and an infinite loss, is None.
    """
    if samples.scores is None or not samples.is_labelled:
        return None
    made = assess(samples, len(class_names))
    rows = zip(class_names, made.support.tolist(), made.figures, strict=True)
    return {
        "classes": [{"name": name, "images": images, **_named(row)} for name, images, row in rows],
        "averages": {name: _named(row) for name, row in zip(AVERAGES, made.averages, strict=True)},
        "expected_calibration_error": _finite(made.errors[0]),
        "adaptive_calibration_error": _finite(made.errors[1]),
    }


def _named(row: Any) -> dict[str, float | None]:
    names = (LONG.get(name, name) for name in FIGURES)
    return {name: _finite(value) for name, value in zip(names, row, strict=True)}


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
