"""Plotly figures as plain dictionaries, and the colours they share with the maps.

Dictionaries, because the figure classes of plotly take a tenth of a second to import and each
figure milliseconds to check. Colours of text, lines and grids are set by the style sheets, so that
a figure follows the page's light or dark theme without being drawn again.
"""

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray

Figure = dict[str, Any]

CLASS_COLORS = (
    "#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951",
    "#ff8ab7", "#a463f2", "#97bbf5", "#9c6b4e", "#9498a0",
)  # fmt: skip


def class_color(class_index: int) -> str:
    """The colour of a class in CSS, the same as on the maps (assets/shared/colors.js)."""
    if class_index < len(CLASS_COLORS):
        return CLASS_COLORS[class_index]
    i = class_index - len(CLASS_COLORS)
    lightness, chroma, hue = (0.66, 0.52, 0.76)[i % 3], (0.15, 0.11)[i % 2], 25 + i * 137.508
    return f"oklch({lightness} {chroma} {hue % 360:.1f})"


def typed_array(values: NDArray[Any]) -> dict[str, str]:
    """Values (n,) in Plotly's binary form, little-endian float32 in base64."""
    data = np.ascontiguousarray(values, dtype="<f4")
    assert data.ndim == 1
    return {"dtype": "f4", "bdata": base64.b64encode(data.tobytes()).decode("ascii")}
