"""Histograms, pictures and texts of runs, as the page takes them."""

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from innerview.records import Histogram, Text
from innerview.stores.base import ImageInfo

Item = TypeVar("Item")

# How pictures begin that browsers show. SVG is none of them: it is a document with scripts.
SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


def spread(items: Sequence[Item], most: int) -> list[Item]:
    """At most so many of the items, in their order, evenly chosen with the first and the last.

    Args:
        most: at least 2.
    """
    if len(items) <= most:
        return list(items)
    places = np.linspace(0, len(items) - 1, most).round().astype(int)
    return [items[place] for place in places]


def mimetype(content: bytes) -> str | None:
    """What a picture is, told by its first bytes; None if no browser should be given it."""
    for signature, name in SIGNATURES:
        if content.startswith(signature):
            return name
    return "image/webp" if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else None


def describe_histogram(histogram: Histogram) -> dict[str, Any]:
    return {
        "id": histogram.id,
        "step": histogram.step,
        "time": histogram.time,
        "edges": histogram.edges.tolist(),
        "counts": histogram.counts.tolist(),
    }


def describe_image(image: ImageInfo) -> dict[str, Any]:
    names = ("id", "step", "time", "width", "height")
    return {name: getattr(image, name) for name in names}


def describe_text(text: Text) -> dict[str, Any]:
    names = ("run", "id", "tag", "step", "time", "text")
    return {name: getattr(text, name) for name in names}
