"""Reading runs from Python and notebooks, as pandas frames where a frame fits."""

import os
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from innerview.arrays import as_number, as_step, as_text, as_value
from innerview.class_maps import ClassMap, MapType
from innerview.errors import StoreError
from innerview.ids import make_item_id
from innerview.records import THOUGHT, ClassPoints, Curve, Histogram, Text
from innerview.stores import open_backend
from innerview.stores.base import Backend, Run, is_alive

if TYPE_CHECKING:
    import pandas as pd

# The scalar that tells how many epochs were done at a step.
EPOCH = "epoch"


def open_store(url: str | os.PathLike[str], create: bool = False) -> "Store":
    """The store at an address; what writers left beside it while it was lost is brought in.

    Args:
        url: a folder that `SummaryWriter` logged into, TensorBoard's log folder, a .csv file of
            Keras's CSVLogger, or mongodb://HOST/DATABASE.
        create: make a store where there is nothing yet.

    Raises:
        StoreError: there is none, or it cannot be opened.
    """
    return Store(open_backend(os.fspath(url), create))


class Store:
    """Runs and what they logged. May be used from any thread, and as a context manager.

    `run` is everywhere an id, or a name that only one run has. Runs in the bin are left out unless
    they are asked for by their id. Every method raises a StoreError when the store is lost, or when
    it has no such run.
    """

    def __init__(self, backend: Backend) -> None:
        self.backend = backend

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Store {self.backend.title!r} ({self.backend.kind})>"

    def close(self) -> None:
        self.backend.close()

    def runs(self, deleted: bool = False) -> "pd.DataFrame":
        """A row a run, the earliest first.

        Args:
            deleted: those in the bin instead.

        Returns:
            id, name, folder, status (str), alive (bool: its writer is there), started, updated
            (datetime64[ns, UTC]), tags (list of str), note (str), hidden (bool).
        """
        now = time.time()
        rows = [run for run in self.backend.runs() if run.deleted == deleted]
        return _frame(
            {
                "id": _texts(run.id for run in rows),
                "name": _texts(run.name for run in rows),
                "folder": _texts(run.folder for run in rows),
                "status": _texts(run.status for run in rows),
                "alive": np.array([is_alive(run, now) for run in rows], bool),
                "started": _times([run.started for run in rows]),
                "updated": _times([run.updated for run in rows]),
                "tags": _objects([list(run.tags) for run in rows]),
                "note": _texts(run.note for run in rows),
                "hidden": np.array([run.hidden for run in rows], bool),
            }
        )

    def parameters(self) -> "pd.DataFrame":
        """A row a run, a column a hyperparameter by name; the index holds the ids.

        A column has the type of its values where they have one, else object; what a run does not
        have is missing (NaN or None).
        """
        pandas = _pandas()
        runs = [run for run in self.backend.runs() if not run.deleted]
        names = sorted({name for run in runs for name in run.parameters})
        index = pandas.Index([run.id for run in runs], name="run", dtype=object)
        columns = {
            name: pandas.Series(
                [run.parameters.get(name) for run in runs], index=index, dtype=object
            ).infer_objects()
            for name in names
        }
        frame: pd.DataFrame = pandas.DataFrame(columns, index=index, columns=names)
        return frame

    def tags(self, run: str | None = None) -> "pd.DataFrame":
        """What was logged under which name, of a run or of all.

        Returns:
            run, tag, kind (str: scalar, histogram, image, text, curve, map), count, last_step
            (int64), last, smallest, largest (float64, NaN where there is none).
        """
        wanted = None if run is None else self.find(run).id
        gone = {each.id for each in self.backend.runs() if each.deleted}
        rows = [
            series
            for series in self.backend.series(wanted)
            if wanted is not None or series.run not in gone
        ]
        return _frame(
            {
                "run": _texts(row.run for row in rows),
                "tag": _texts(row.tag for row in rows),
                "kind": _texts(row.kind for row in rows),
                "count": np.array([row.count for row in rows], np.int64),
                "last_step": np.array([row.last_step for row in rows], np.int64),
                "last": np.array([row.last for row in rows], np.float64),
                "smallest": np.array([row.smallest for row in rows], np.float64),
                "largest": np.array([row.largest for row in rows], np.float64),
            }
        )

    def scalars(self, run: str, tag: str) -> "pd.DataFrame":
        """A curve, in the order in which it was written; empty if there is none.

        Returns:
            step (int64), epoch (float64: done by then, interpolated; NaN if the run counts none),
            time (datetime64[ns, UTC]), value (float64).
        """
        id = self.find(run).id
        found, epochs = self.backend.scalars([(id, as_text(tag)), (id, EPOCH)])
        epoch = np.full(len(found.steps), np.nan)
        if len(epochs.steps):
            order = np.argsort(epochs.steps, kind="stable")
            epoch = np.interp(found.steps, epochs.steps[order], epochs.values[order])
        return _frame(
            {
                "step": found.steps.astype(np.int64),
                "epoch": epoch,
                "time": _times(found.times),
                "value": found.values.astype(np.float64),
            }
        )

    def histograms(self, run: str, tag: str) -> list[Histogram]:
        """By their steps; edges float64, (bins + 1,), counts float64, (bins,)."""
        return self.backend.histograms(self.find(run).id, as_text(tag))

    def images(self, run: str, tag: str) -> "pd.DataFrame":
        """The pictures of a tag by their steps; `image` gives the pixels.

        Returns:
            id (str), step (int64), time (datetime64[ns, UTC]), width, height (int64).
        """
        rows = self.backend.images(self.find(run).id, as_text(tag))
        return _frame(
            {
                "id": _texts(row.id for row in rows),
                "step": np.array([row.step for row in rows], np.int64),
                "time": _times([row.time for row in rows]),
                "width": np.array([row.width for row in rows], np.int64),
                "height": np.array([row.height for row in rows], np.int64),
            }
        )

    def image(self, run: str, id: str) -> bytes:
        """A picture's file, PNG as a rule.

        Raises:
            StoreError: there is none of this id.
        """
        content = self.backend.image(self.find(run).id, as_text(id))
        if content is None:
            raise StoreError(f"The run {run} has no picture {id}.")
        return content

    def texts(self, run: str | None = None, tag: str | None = None) -> "pd.DataFrame":
        """Of a run or of all, by their times.

        Returns:
            run, id, tag (str), step (int64), time (datetime64[ns, UTC]), text (str).
        """
        wanted = None if run is None else self.find(run).id
        gone = {each.id for each in self.backend.runs() if each.deleted}
        rows = [
            row
            for row in self.backend.texts(wanted)
            if (tag is None or row.tag == tag) and (wanted is not None or row.run not in gone)
        ]
        return _frame(
            {
                "run": _texts(row.run for row in rows),
                "id": _texts(row.id for row in rows),
                "tag": _texts(row.tag for row in rows),
                "step": np.array([row.step for row in rows], np.int64),
                "time": _times([row.time for row in rows]),
                "text": _texts(row.text for row in rows),
            }
        )

    def thoughts(self, run: str | None = None) -> "pd.DataFrame":
        """What people thought of a run, or of all; columns as of `texts`."""
        return self.texts(run, THOUGHT)

    def curves(self, run: str, tag: str) -> list[Curve]:
        """Precision-recall counts by their steps."""
        return self.backend.curves(self.find(run).id, as_text(tag))

    def class_maps(self, run: str, tag: str, map_type: MapType = "boundary") -> list[ClassMap]:
        """Class-probability maps by their steps, as `plot_maps` takes them."""
        id = self.find(run).id
        wanted = [
            self.backend.class_map(id, i.id) for i in self.backend.class_maps(id, as_text(tag))
        ]
        return [
            ClassMap(each.probabilities, each.xlim, each.ylim, map_type, each.epoch)
            for each in wanted
            if each is not None
        ]

    def class_points(self, run: str, tag: str) -> ClassPoints | None:
        """The samples shown upon these maps: points float32, (n, 2), labels int32, (n,), names."""
        return self.backend.class_points(self.find(run).id, as_text(tag))

    def checkpoints(self, run: str | None = None) -> "pd.DataFrame":
        """Saved networks of a run, or of all, by their times.

        Returns:
            run, id (str), step (int64), epoch (float64, NaN where none is counted), time
            (datetime64[ns, UTC]), path (str: absolute, or below the store's folder).
        """
        wanted = None if run is None else self.find(run).id
        gone = {each.id for each in self.backend.runs() if each.deleted}
        rows = [
            row
            for row in self.backend.checkpoints(wanted)
            if wanted is not None or row.run not in gone
        ]
        return _frame(
            {
                "run": _texts(row.run for row in rows),
                "id": _texts(row.id for row in rows),
                "step": np.array([row.step for row in rows], np.int64),
                "epoch": np.array(
                    [np.nan if row.epoch is None else row.epoch for row in rows], np.float64
                ),
                "time": _times([row.time for row in rows]),
                "path": _texts(row.path for row in rows),
            }
        )

    def find(self, run: str) -> Run:
        """The run of an id, or of a name that only one has."""
        runs = self.backend.runs()
        for each in runs:
            if each.id == run:
                return each
        named = [each for each in runs if each.name == run and not each.deleted]
        if len(named) > 1:
            ids = ", ".join(each.id for each in named)
            raise StoreError(f"{len(named)} runs are called {run}; name one by its id: {ids}.")
        if not named:
            raise StoreError(f"There is no run {as_text(run)} in {self.backend.title}.")
        return named[0]

    def edit(
        self,
        run: str,
        changes: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Change name, folder, tags, note, hidden, deleted or parameters.

        Args:
            changes: by name; "parameters" maps names to values, ... (Ellipsis) removes one.

        Returns:
            What takes the change back when it is given to `edit`.
        """
        wanted = {**(changes or {}), **more}
        return self.backend.edit(self.find(run).id, {k: _clean(v) for k, v in wanted.items()})

    def delete(self, run: str) -> None:
        """Put a run into the bin, from where `restore` takes it back."""
        self.edit(run, deleted=True)

    def restore(self, run: str) -> None:
        """Take a run out of the bin, by its id."""
        self.edit(run, deleted=False)

    def erase(self, run: str) -> None:
        """Remove a run and all that it logged for good."""
        self.backend.erase(self.find(run).id)

    def correct(self, run: str, tag: str, step: int, value: float) -> int:
        """Replace a scalar's values at a step; returns how many there were."""
        return self.backend.correct(
            self.find(run).id, as_text(tag), as_step(step), as_number(value)
        )

    def add_thought(self, run: str, text: str, step: int = 0) -> str:
        """Add what you think of a run; returns the thought's id."""
        id = make_item_id()
        thought = Text(self.find(run).id, THOUGHT, id, as_step(step), time.time(), as_text(text))
        self.backend.put_text(thought)
        return id


def _clean(value: Any) -> Any:
    """A fact of a run as a store keeps it: no halves of characters, and none of NumPy's types."""
    if isinstance(value, Mapping):
        return {as_text(k): each if each is ... else as_value(each) for k, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_text(each) if isinstance(each, str) else each for each in value]
    return as_text(value) if isinstance(value, str) else value


def _pandas() -> Any:
    try:
        import pandas
    except ImportError:
        raise StoreError("Frames need pandas; install it with: pip install pandas") from None
    return pandas


def _frame(columns: dict[str, Any]) -> "pd.DataFrame":
    frame: pd.DataFrame = _pandas().DataFrame(columns)
    return frame


def _times(seconds: Sequence[float] | Any) -> Any:
    """Seconds since 1970 as moments; those that are none are missing."""
    values = np.asarray(seconds, np.float64)
    # Beyond the year 2262 nanoseconds do not fit.
    known = np.abs(values) < 9.2e9
    whole = np.full(len(values), np.iinfo(np.int64).min, np.int64)
    whole[known] = np.round(values[known] * 1e6).astype(np.int64) * 1000
    return _pandas().DatetimeIndex(whole.view("datetime64[ns]")).tz_localize("UTC")


def _texts(values: Any) -> Any:
    return _pandas().Series(list(values), dtype=str)


def _objects(values: list[Any]) -> Any:
    return _pandas().Series(values, dtype=object)
