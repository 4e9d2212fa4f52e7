"""The question that a dropped image is: what the network makes of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.events import Stage
from analysis.service_worker import Opened, Report
from data.images import ArrayImages


@dataclass(frozen=True, slots=True)
class Look:
    """Pass this image through the network.

    Attributes:
        images: the one image, at the size and with the channels that the network takes.
    """

    images: ArrayImages

    @property
    def stage(self) -> Stage | None:
        return None

    def answer(self, opened: Opened, report: Report) -> dict[str, NDArray[np.float32]]:
        """By name, float32 (units,): the logits, and each kept layer's activations."""
        from model import forward

        if "probe" not in opened.kept:
            opened.kept["probe"] = forward.build_probe(opened.graph, opened.description)
        outputs = forward.look(opened.kept["probe"], self.images, opened.preprocessing)
        return {name: values[0] for name, values in outputs.items()}
