"""What a training script logs with."""

import logging
import os
import time
import weakref
from collections.abc import Mapping
from math import isfinite
from types import TracebackType
from typing import Any, Self

import numpy as np

from innerview import histogram, pictures, png, process
from innerview.arrays import as_moment, as_number, as_step, as_text, flatten
from innerview.class_maps_calls import MapCalls
from innerview.columns import Column
from innerview.errors import ReadOnlyError, StoreError
from innerview.ids import RUN_ID, make_item_id, make_run_id
from innerview.outbox import Outbox
from innerview.process import open_for_writing
from innerview.records import (
    THOUGHT,
    Checkpoint,
    Curve,
    Histogram,
    Image,
    Points,
    RunChanged,
    RunStarted,
    Text,
    Value,
)
from innerview.stores import is_place, split
from innerview.stores.base import Backend

log = logging.getLogger("innerview")

now = time.time
# Characters of a tag or of a reason in a warning.
LONGEST_NAMED = 300


class SummaryWriter(MapCalls):
    """Logs one training run into a store, in the background. Never raises because of the store.

    It waits for it only when it is made, two seconds at most, and when it is closed, six.
    What cannot be written because the store is lost is kept in a file (a warning says where), and
    written when the store is back. What cannot be logged, a matrix as a scalar say, is one
    warning a tag. May be used from any thread, and in processes that are forked.

    Usable as a context manager: an exception in the block ends the run as "failed". Otherwise it
    is closed when the script ends.

    Args:
        store: a folder, which is made where there is none, or mongodb://HOST/DATABASE.
        folder: the experiment that the run belongs to.
        name: what the run is called; by default when it began.
        run: the id of a run to go on with, by another script or after a crash: its steps go on.
        parameters: hyperparameters; nested dicts are flattened, as "optimizer.lr".
        log_dir: as torch has it: "runs/exp1" is the run "exp1" in the store "runs".
        comment: appended to the name.
        flush_secs: how long what is logged may be on its way, at most 5.
        purge_step, max_queue, filename_suffix: torch has them; they mean nothing here.

    Raises:
        ReadOnlyError: the address is that of TensorBoard's logs or the like.
        ValueError: `run` is no id.
    """

    def __init__(
        self,
        store: str | os.PathLike[str] | None = "runs",
        folder: str | None = "default",
        name: str | None = None,
        *,
        run: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        log_dir: str | os.PathLike[str] | None = None,
        comment: str = "",
        flush_secs: float = 0.5,
        purge_step: Any = None,
        max_queue: Any = None,
        filename_suffix: Any = None,
    ) -> None:
        self.store, name = process.address(store, log_dir, name)
        if split(self.store)[0] in ("tensorboard", "csv"):
            raise ReadOnlyError(f"{self.store} can only be read; name a folder to log into.")
        if run is not None and not RUN_ID.fullmatch(run):
            raise ValueError(f"run is an id of letters, digits, - and _; given was {run!r}.")
        started = now()
        self.run = run or make_run_id(started)
        self.folder = "default" if folder is None else as_text(folder)
        moment = time.strftime("%Y-%m-%d %H.%M.%S", time.localtime(started))
        self.name = as_text(name or moment) + as_text(comment)
        self._began = RunStarted(self.run, self.name, self.folder, started, process.source())
        self._flush_secs = flush_secs if flush_secs > 0 else 0.01
        self._forget()
        self._steps: dict[tuple[str, str], int] = {}
        self._begin(self._continued() if run is not None else {})
        if parameters:
            self.add_experimental_parameters(parameters)

    def add_scalar(
        self,
        tag: str,
        scalar_value: Any,
        global_step: Any = None,
        walltime: float | None = None,
        new_style: bool = False,
        double_precision: bool = False,
    ) -> None:
        """Log a number.

        Args:
            scalar_value: Python's or NumPy's, or an array or tensor of one element, for which its
                device is waited for; may be NaN or infinite.
            global_step: by default one more than at the last call of this tag without one.
            walltime: seconds since 1970, by default now.
        """
        try:
            column = self._columns[tag]
        except (KeyError, TypeError):
            made = self._make_column(tag)
            if made is None:
                return
            column = made
        if type(scalar_value) is not float:
            try:
                scalar_value = as_number(scalar_value)
            except Exception as error:
                self._warn(tag, error)
                return
        if global_step is None:
            global_step = next(column.steps)
        elif type(global_step) is not int:
            try:
                global_step = as_step(global_step)
            except Exception as error:
                self._warn(tag, error)
                return
        if walltime is None:
            walltime = now()
        elif type(walltime) is not float or not isfinite(walltime):
            try:
                walltime = as_moment(walltime)
            except Exception as error:
                self._warn(tag, error)
                return
        column.extend((global_step, walltime, scalar_value))

    def add_histogram(
        self,
        tag: str,
        values: Any,
        global_step: Any = None,
        bins: Any = "tensorflow",
        walltime: float | None = None,
        max_bins: int | None = None,
    ) -> None:
        """Log the distribution of an array's or tensor's finite values.

        Args:
            bins: how many, or "auto", or "tensorflow"'s 30, or the edges.
        """
        try:
            edges, counts, left_out = histogram.count(values, bins, max_bins)
            step, when = self._step("histogram", tag, global_step), as_moment(walltime)
        except Exception as error:
            self._warn(tag, error)
            return
        if left_out:
            total = left_out + int(counts.sum())
            self._warn(f"{tag} (left out)", f"{left_out / total:.1%} of the values are not finite")
        self._put(Histogram(self.run, as_text(tag), make_item_id(), step, when, edges, counts))

    def add_image(
        self,
        tag: str,
        img_tensor: Any,
        global_step: Any = None,
        walltime: float | None = None,
        dataformats: str | None = None,
    ) -> None:
        """Log a picture.

        Args:
            img_tensor: uint8, or floats from 0 to 1, of the shape HW, HWC or CHW.
            dataformats: which of these, where it cannot be told.
        """
        try:
            pixels = pictures.as_pixels(img_tensor, dataformats)
            self._put_pixels(tag, pixels, self._step("image", tag, global_step), walltime)
        except Exception as error:
            self._warn(tag, error)

    def add_text(
        self, tag: str, text_string: Any, global_step: Any = None, walltime: float | None = None
    ) -> None:
        """Log a text."""
        try:
            step, when = self._step("text", tag, global_step), as_moment(walltime)
        except Exception as error:
            self._warn(tag, error)
            return
        text = as_text(text_string)
        self._put(Text(self.run, as_text(tag), make_item_id(), step, when, text))

    def add_thought(self, text: Any, global_step: Any = None) -> None:
        """Log what you think of the run; it can be changed in the page."""
        self.add_text(THOUGHT, text, global_step)

    def add_experimental_parameter(self, name: str, value: Any) -> None:
        """Log a hyperparameter, replacing an earlier one of the same name."""
        self.add_experimental_parameters({as_text(name): value})

    # As ml_board once spelled it.
    add_experiment_parameter = add_experimental_parameter

    def add_experimental_parameters(self, parameters: Mapping[str, Any]) -> None:
        """Log hyperparameters; nested dicts are flattened, as "optimizer.lr"."""
        try:
            flat = flatten(parameters)
        except Exception as error:
            self._warn("parameters", error)
            return
        if self._outbox.is_closed:
            self._warn_closed()
            return
        self._parameters |= flat
        self._outbox.set_parameters(flat)

    def add_pr_curve(
        self,
        tag: str,
        labels: Any,
        predictions: Any,
        global_step: Any = None,
        num_thresholds: int = 127,
        weights: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Log precision and recall.

        Args:
            labels: truth values, (n,); predictions: probabilities, (n,).
        """
        try:
            found = histogram.count_decisions(labels, predictions, num_thresholds, weights)
            step, when = self._step("curve", tag, global_step), as_moment(walltime)
        except Exception as error:
            self._warn(tag, error)
            return
        self._put(Curve(self.run, as_text(tag), make_item_id(), step, when, *found))

    def add_checkpoint(
        self, path: str | os.PathLike[str], global_step: Any = None, epoch: int | None = None
    ) -> None:
        """Note where a network was saved, so that the page can open it."""
        try:
            place = os.path.abspath(os.fspath(path))
            folder = os.path.abspath(os.path.expanduser(split(self.store)[1]))
            # A store with its checkpoints may be moved.
            if is_place(self.store) and place.startswith(folder + os.sep):
                place = os.path.relpath(place, folder).replace(os.sep, "/")
            step = self._step("checkpoint", "", global_step)
            epoch = None if epoch is None else as_step(epoch)
        except Exception as error:
            self._warn("checkpoint", error)
            return
        self._put(Checkpoint(self.run, make_item_id(), step, now(), epoch, place))

    def flush(self, timeout: float = 5.0) -> bool:
        """Wait until what was logged is in the store; False if it takes longer, in seconds."""
        return self._outbox.flush(timeout)

    def close(self, status: str = "done") -> None:
        """End the run.

        Args:
            status: "done", "stopped" or "failed".
        """
        if "_outbox" in self.__dict__:
            self._outbox.close(status)
            self._end.detach()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close(process.status_after(kind, error))

    def __copy__(self) -> Self:
        """Itself: a trainer that is copied, deep or not, still logs one run."""
        return self

    def __deepcopy__(self, _: Any) -> Self:
        return self

    def __getstate__(self) -> dict[str, Any]:
        """Pickled, as for a process that is spawned: it logs into the run, and does not end it."""
        kept = ("store", "run", "folder", "name", "_began", "_flush_secs")
        return {name: self.__dict__[name] for name in kept}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # It opens the store when something is logged: it may just lie in somebody's checkpoint.
        self.__dict__ |= state
        self._forget()

    def __getattr__(self, name: str) -> Any:
        if name in ("_steps", "_outbox", "_columns") and "_began" in self.__dict__:
            self._steps = {}
            self._begin(self._continued())
            process.as_child(self._outbox)
            return self.__dict__[name]
        return super().__getattr__(name)

    def _forget(self) -> None:
        self._backend: Backend | None = None
        self._warned: set[str] = set()
        self._has_warned_closed = False
        self._parameters: dict[str, Value] = {}

    def _begin(self, first_steps: dict[str, int]) -> None:
        self._outbox = Outbox(self.store, self._began, self._open, self._flush_secs)
        self._outbox.first_steps |= first_steps
        self._columns = self._outbox.columns
        # Also at the end of the interpreter, and when nobody has the writer any more.
        self._end = weakref.finalize(self, process.close_at_end, self._outbox)

    def _make_column(self, tag: Any) -> Column | None:
        """The column of a tag that is new, or written in an unusual way; None once closed."""
        if self._outbox.is_closed:
            self._warn_closed()
            return None
        return self._outbox.add_column(as_text(tag))

    def _put(self, record: Any) -> None:
        if self._outbox.is_closed:
            self._warn_closed()
        else:
            self._outbox.put(record)

    def _put_pixels(self, tag: Any, pixels: Any, step: int, walltime: float | None) -> None:
        height, width, _ = pixels.shape
        when = as_moment(walltime)
        run, id, tag = self.run, make_item_id(), as_text(tag)
        # Compressing takes longest, and lets the training go on meanwhile.
        self._put(lambda: Image(run, tag, id, step, when, width, height, png.encode(pixels)))

    def _put_other_run(self, name: str, parameters: Any, metrics: Any, step: Any) -> None:
        """A run of its own, that is over at once."""
        moment = now()
        run = make_run_id(moment)
        self._put(RunStarted(run, name, self.folder, moment, process.source()))
        self._put(RunChanged(run, moment, parameters))
        steps = np.array([0 if step is None else as_step(step)], np.int64)
        for tag, value in metrics.items():
            values = np.array([as_number(value)])
            self._put(Points(run, as_text(tag), "1", 0, steps, np.array([moment]), values))
        self._put(RunChanged(run, moment, {}, "done"))

    def _step(self, kind: str, tag: str, step: Any) -> int:
        if step is not None:
            return as_step(step)
        tag = as_text(tag)
        following = self._steps.get((kind, tag), 0)
        self._steps[kind, tag] = following + 1
        return following

    def _continued(self) -> dict[str, int]:
        """The step after the last one of each scalar that the run has."""
        try:
            self._backend = self._open()
            series = self._backend.series(self.run)
        except StoreError as error:
            log.warning("%s So steps that are not given begin at 0.", error)
            return {}
        self._steps = {(found.kind, found.tag): found.last_step + 1 for found in series}
        return {found.tag: found.last_step + 1 for found in series if found.kind == "scalar"}

    def _open(self) -> Backend:
        backend, self._backend = self._backend, None
        return backend or open_for_writing(self.store)

    def _warn(self, tag: Any, reason: Any) -> None:
        name, why = as_text(tag)[:LONGEST_NAMED], as_text(reason)[:LONGEST_NAMED]
        if name not in self._warned:
            self._warned.add(name)
            log.warning("%s was not logged as it should be: %s", name, why)

    def _warn_closed(self) -> None:
        if not self._has_warned_closed:
            self._has_warned_closed = True
            log.warning("The run %s is closed; what is logged now is lost.", self.name)
