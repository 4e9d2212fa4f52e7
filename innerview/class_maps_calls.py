"""The writer's calls for class-probability maps."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from innerview import fixed_point, records
from innerview.arrays import as_moment, as_step, as_text
from innerview.ids import make_item_id
from innerview.torch_calls import TorchCalls

# What makes maps is imported where it is needed: most scripts log none, and start sooner.
if TYPE_CHECKING:
    from innerview.class_maps import ClassMap

# Samples that are kept of more: enough to see where the classes lie.
MOST_SAMPLES = 20_000


class MapCalls(TorchCalls):
    """Mixed into SummaryWriter."""

    run: str

    def add_class_map(
        self,
        tag: str,
        model_or_map: Any,
        global_step: Any = None,
        walltime: float | None = None,
        *,
        epoch: int | None = None,
        xlim: tuple[float, float] = (-1.0, 1.0),
        ylim: tuple[float, float] = (-1.0, 1.0),
        **more: Any,
    ) -> None:
        """Log what a network of two inputs says everywhere on a piece of the plane.

        The network is asked at once, while the caller waits; the rest is done in the background.

        Args:
            model_or_map: a network or function as `make_map` takes it, or what that returned:
                None, as it does between the epochs that are kept, is left out.
            epoch: epochs done; by default as the map says.
            xlim, ylim, more: as `make_map` takes them, for a network.
        """
        if model_or_map is None:
            return
        try:
            from innerview.class_maps import ClassMap, make_map

            made = model_or_map
            if not isinstance(made, ClassMap):
                made = make_map(made, xlim, ylim, epoch_num=epoch, **more)
                if made is None:
                    return
            counted = made.epoch if epoch is None else epoch
            done = None if counted is None else as_step(counted)
            step = self._step("map", tag, done if global_step is None else global_step)
            self._put_map(as_text(tag), made, done, step, as_moment(walltime))
        except Exception as error:
            self._warn(tag, error)

    def add_class_map_points(
        self,
        tag: str,
        points: Any,
        labels: Any = None,
        class_names: Sequence[str] | None = None,
        walltime: float | None = None,
    ) -> None:
        """Log the samples that are shown upon the maps of a tag, in place of earlier ones.

        Args:
            points: (n, 2); of more than 20,000 a random selection is kept.
            labels: their classes, (n,), or shares of the classes, (n, classes).
            class_names: of all classes.
        """
        try:
            from innerview.class_maps_samples import choose, read_samples

            places, classes = choose(*read_samples(points, labels), MOST_SAMPLES)
            names = tuple(map(as_text, () if class_names is None else class_names))
            self._put(
                records.ClassPoints(
                    self.run, as_text(tag), make_item_id(), as_moment(walltime),
                    places.astype("float32"), classes.astype("int32"), names,
                )
            )  # fmt: skip
        except Exception as error:
            self._warn(tag, error)

    def _put_map(
        self, tag: str, made: "ClassMap", epoch: int | None, step: int, when: float
    ) -> None:
        run, id = self.run, make_item_id()
        height, width, classes = made.probabilities.shape
        if made.probabilities.size > fixed_point.LARGEST:
            raise ValueError(f"a map of {made.probabilities.size:,} probabilities is too large")

        # Compressing takes longest, and lets the training go on meanwhile.
        def make() -> records.ClassMap:
            content = fixed_point.encode(made.probabilities)
            return records.ClassMap(
                run, tag, id, step, when, epoch, height, width, classes, made.xlim, made.ylim,
                content,
            )  # fmt: skip

        self._put(make)

    # What SummaryWriter has.
    def _put(self, record: records.Record | Callable[[], records.Record | None]) -> None:
        raise NotImplementedError
