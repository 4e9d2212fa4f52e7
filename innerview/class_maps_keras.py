"""The callback for `fit` that logs class-probability maps while a network learns."""

import copy
import os
from collections.abc import Sequence
from typing import Any

from innerview.arrays import as_number
from innerview.class_maps_scores import Scores
from innerview.keras import KerasCallback
from innerview.writer import SummaryWriter

TAG = "class map"


class ClassMapCallback(KerasCallback):
    """Logs what a network of two inputs says everywhere on a piece of the plane, while it learns.

        maps = innerview.ClassMapCallback("runs", (-2, 2), (-2, 2), points=(x, y))
        network.fit(x, y, epochs=30, callbacks=[maps])

    The first map is of the network before its training. Then there is one at every so many epochs,
    and at the last. Faults in here are warnings.

    Args:
        writer_or_store: a folder or mongodb://HOST/DATABASE, where a run is made that has all that
            KerasCallback logs as well; or only for the maps: a KerasCallback of the same `fit`,
            whose run has them then, or a SummaryWriter, which stays open.
        xlim, ylim, axial_gradation, square_axis_points, scores: as `make_map` takes them.
        every: epochs between two maps.
        points: samples that are shown upon the maps: (x, y) of the shapes (n, 2) and (n,).
        class_names: of the network's outputs.
        tag: what the maps are called.
        more: as KerasCallback takes it, where a run is made.

    Raises:
        ValueError, TypeError: `every` is no number of epochs, or `more` is of no use.
    """

    def __init__(
        self,
        writer_or_store: KerasCallback | SummaryWriter | str | os.PathLike[str],
        xlim: tuple[float, float],
        ylim: tuple[float, float],
        *,
        axial_gradation: float = 0.05,
        square_axis_points: int | None = None,
        scores: Scores | None = None,
        every: int = 1,
        points: tuple[Any, Any] | None = None,
        class_names: Sequence[str] | None = None,
        tag: str = TAG,
        **more: Any,
    ) -> None:
        if every < 1:
            raise ValueError(f"every is a number of epochs from 1; given was {every!r}")
        given = writer_or_store
        self._shared = given if isinstance(given, KerasCallback) else None
        self._has_run = not isinstance(given, KerasCallback | SummaryWriter)
        if more and not self._has_run:
            raise ValueError(f"{', '.join(more)}: say this where the run is made")
        # Of a run that another callback writes nothing is opened here.
        place = "runs" if isinstance(given, KerasCallback) else given
        super().__init__(place, class_names=class_names, **more)
        self._own = {
            "writer_or_store": given, "xlim": xlim, "ylim": ylim, "every": every,
            "axial_gradation": axial_gradation, "square_axis_points": square_axis_points,
            "scores": scores, "points": points, "class_names": class_names, "tag": tag, **more,
        }  # fmt: skip
        self._grid: dict[str, Any] = {
            "xlim": xlim, "ylim": ylim, "axial_gradation": axial_gradation,
            "square_axis_points": square_axis_points, "scores": scores,
        }  # fmt: skip
        self._every_epochs, self._tag, self._points = int(every), tag, points
        # Epochs done at the last map.
        self._mapped: int | None = None

    def __deepcopy__(self, memo: Any) -> "ClassMapCallback":
        given = self._own["writer_or_store"]
        return type(self)(**self._own | {"writer_or_store": copy.deepcopy(given, memo)})

    @property
    def writer(self) -> SummaryWriter:
        """What the run is written with."""
        return self._shared.writer if self._shared is not None else super().writer

    @property
    def step(self) -> int:
        """Batches done."""
        if self._has_run:
            return self._step
        if self._shared is not None and self._shared.step:
            return self._shared.step
        return int(as_number(getattr(self.model.optimizer, "iterations", self._epochs)))

    def on_train_begin(self, logs: Any = None) -> None:
        if self._has_run:
            super().on_train_begin(logs)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if self._has_run:
            super().on_epoch_begin(epoch, logs)
        if self._mapped is None:
            self._try("class maps", lambda: self._log_first(epoch))

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self._has_run:
            super().on_train_batch_end(batch, logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self._has_run:
            super().on_epoch_end(epoch, logs)
        else:
            # A second `fit` counts from 0 again.
            self._epochs = max(self._epochs, epoch) + 1
            # With JAX, the network learns only when asked of what its training has done so far.
            self._try("JAX", getattr(self.model, "jax_state_sync", lambda: None))
        if self._epochs % self._every_epochs == 0:
            self._try("class maps", self._log_map)

    def on_train_end(self, logs: Any = None) -> None:
        # The shared callback may have ended its run by now, which shall not begin again.
        is_open = self._shared is None or self._shared.is_writing
        if self._mapped != self._epochs and is_open:
            self._try("class maps", self._log_map)
        if self._has_run:
            super().on_train_end(logs)

    def _log_first(self, epoch: int) -> None:
        self._epochs = max(self._epochs, epoch)
        if self._points is not None:
            samples, labels = self._points
            names = self._class_names
            self.writer.add_class_map_points(self._tag, samples, labels, names)
        self._log_map()

    def _log_map(self) -> None:
        self._mapped = self._epochs
        self.writer.add_class_map(
            self._tag, self.model, self.step, epoch=self._epochs, **self._grid
        )
