"""The callback for `fit`: Keras 3 on TensorFlow, JAX or PyTorch, and Keras 2 (tf.keras, tf_keras).

It is no subclass of Keras's, so that one class serves them all and Keras is not imported here.
"""

import functools
import logging
import math
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import Any, Concatenate, Literal, ParamSpec

from innerview import checkpoints as saving
from innerview import keras_facts as facts
from innerview import keras_samples as looks
from innerview.arrays import as_array, as_number
from innerview.watch import Watch
from innerview.writer import SummaryWriter

log = logging.getLogger("innerview")

P = ParamSpec("P")
Hook = Callable[Concatenate["KerasCallback", P], None]

# What old versions put among the logs of a batch.
NO_METRICS = {"batch", "size"}


def guarded(hook: Hook[P]) -> Hook[P]:
    """A hook whose faults are a warning each, and never the training's."""

    @functools.wraps(hook)
    def call(self: "KerasCallback", /, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            hook(self, *args, **kwargs)
        except Exception as error:
            self._warn(hook.__name__, error)

    return call


class KerasCallback:
    """Logs what `fit` does, into a run of its own.

        network.fit(x, y, epochs=5, callbacks=[innerview.KerasCallback("runs")])

    A second `fit` with the same callback goes on with the run. A run ends as "done", as "failed"
    if `fit` raised an exception, or as "stopped" after Ctrl-C. Faults in here are warnings.

    Args:
        writer_or_store: a folder, mongodb://HOST/DATABASE, or a SummaryWriter, which stays open.
        name, folder, run: of the run, as SummaryWriter takes them.
        batches: log every batch, or every so many, as batch/loss, ...: as Keras shows them, means
            since the epoch began.
        histograms: of all weights, at every so many epochs (True: each).
        activations: samples as the network takes them; the distribution of every layer's outputs
            for them is logged at each epoch.
        images: samples that are shown after each epoch with what the network says of them.
        class_names: of the network's outputs, for these.
        checkpoints: save the network at every so many epochs, or "best": whenever the validation
            loss (without validation, the loss) is the smallest so far.
        checkpoint_folder: where to; by default into the store's folder.
        learning_rate: log it at each epoch.
        parameters: hyperparameters besides those that Keras knows, or in their stead.
        dataset: name or path of the data, so that the page can open a checkpoint with them.

    Raises:
        ReadOnlyError, ValueError: by `fit`, before it trains: a store that can only be read, or a
            `run` that is no id.
    """

    # For Keras 2: logs may come as tensors, so that no batch waits for its device unless logged.
    _supports_tf_logs = True
    _chief_worker_only = None
    validation_data = None
    # For Keras 3: other threads may wait for a batch's numbers and call, while the next begins.
    async_safe = True

    def __init__(
        self,
        writer_or_store: SummaryWriter | str | os.PathLike[str] = "runs",
        *,
        name: str | None = None,
        folder: str = "default",
        run: str | None = None,
        batches: bool | int = True,
        histograms: bool | int = False,
        activations: Any = None,
        images: Any = None,
        class_names: Sequence[str] | None = None,
        checkpoints: int | Literal["best"] | None = None,
        checkpoint_folder: str | os.PathLike[str] | None = None,
        learning_rate: bool = True,
        parameters: Mapping[str, Any] | None = None,
        dataset: str | os.PathLike[str] | None = None,
    ) -> None:
        if isinstance(checkpoints, str) and checkpoints != "best":
            raise ValueError(f'checkpoints is a number of epochs, or "best"; given: {checkpoints}')
        self._arguments = {key: value for key, value in locals().items() if key != "self"}
        self._given = writer_or_store
        self._place = folder, name, run
        self._continues = run is not None
        # Every so many batches; 0 for none.
        self._every = int(batches)
        self._histograms = int(histograms)
        self._activations, self._images = activations, images
        self._class_names = class_names
        self._checkpoints, self._checkpoint_folder = checkpoints, checkpoint_folder
        self._learning_rate = learning_rate
        self._parameters = dict(parameters or {})
        if dataset is not None:
            self._parameters["dataset"] = os.fspath(dataset)
        self.params: Mapping[str, Any] = {}
        self.model: Any = None
        self._writer: SummaryWriter | None = None
        self._warned: set[str] = set()
        self._watch: Watch | None = None
        self._tags: dict[str, str] = {}
        # Batches done, those at the beginning and the end of this epoch, and the next one to log.
        self._step = self._first = self._last = self._next = 0
        # What was said of batches that come after one of which nothing was said yet.
        self._due, self._stride = 0, 1
        self._early: dict[int, Mapping[str, Any]] = {}
        self._lock = threading.Lock()
        # Epochs done, and how many of these were before this `fit`; None until its first.
        self._epochs = 0
        self._before: int | None = 0
        self._best = math.inf

    def __deepcopy__(self, memo: Any) -> "KerasCallback":
        # Tuners copy callbacks, a run for each trial.
        return type(self)(**self._arguments)

    @property
    def writer(self) -> SummaryWriter:
        """What the run is written with, for more of one's own: thoughts, images, scalars."""
        if isinstance(self._given, SummaryWriter):
            return self._given
        if self._writer is None:
            folder, name, run = self._place
            self._writer = SummaryWriter(self._given, folder, name, run=run)
            # What is logged after its end goes on with the same run.
            self._place = folder, self._writer.name, self._writer.run
        return self._writer

    @property
    def is_writing(self) -> bool:
        """Whether a run is open."""
        return isinstance(self._given, SummaryWriter) or self._writer is not None

    @property
    def step(self) -> int:
        """Batches done."""
        return self._step

    def set_params(self, params: Mapping[str, Any] | None) -> None:
        self.params = params or {}

    def set_model(self, model: Any) -> None:
        self.model = model

    def on_train_begin(self, logs: Any = None) -> None:
        # What is wrong with the address is told before anything is trained.
        self._begin(self.writer, sys._getframe())

    @guarded
    def _begin(self, writer: SummaryWriter, frame: FrameType) -> None:
        self._before = None
        loop = facts.find_loop(frame, self.model)
        # After the writer, so that it is the first to speak when the program ends.
        if writer is not self._given and loop is not None:
            self._watch = Watch(loop, self._end)
        self._try("what Keras knows", lambda: self._log_facts(loop))
        writer.add_experimental_parameters(self._parameters)

    @guarded
    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if self._before is None:
            self._begin_fit(epoch)
        self._log_early()
        self._first = self._step
        self._last = self._step + int(self.params.get("steps") or sys.maxsize)
        self._stride = int(getattr(self.model, "steps_per_execution", 1) or 1)
        self._due = min(self._first + self._stride, self._last)

    def _begin_fit(self, epoch: int) -> None:
        """At the first epoch of a `fit`: find out how much was done before."""
        if self._epochs == 0:
            self._epochs = epoch
            if self._step == 0 and (epoch or self._continues):
                self._step = self._steps_before(epoch)
            self._next = self._step
            self.writer.add_scalar("epoch", epoch, self._step)
        self._before = max(self._epochs - epoch, 0)

    def _steps_before(self, epoch: int) -> int:
        """Of a training that an earlier process began: as the optimizer counts them."""
        done = int(as_number(getattr(self.model.optimizer, "iterations", 0)))
        return done or epoch * int(self.params.get("steps") or 0)

    @guarded
    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        # Of several batches at a time, Keras counts more than the epoch has.
        step = min(self._first + int(batch) + 1, self._last)
        with self._lock:
            self._step = max(self._step, step)
            if not self._every:
                return
            self._early[step] = logs or {}
            while self._due in self._early:
                self._log_batch(self._due, self._early.pop(self._due))
                self._due = max(min(self._due + self._stride, self._last), self._due + 1)

    def _log_batch(self, step: int, logs: Mapping[str, Any]) -> None:
        if step < self._next:
            return
        self._next = step - step % self._every + self._every
        writer, tags = self.writer, self._tags
        for name, value in logs.items():
            tag = tags.get(name)
            if tag is None:
                if name in NO_METRICS:
                    continue
                tag = tags[name] = f"batch/{name}"
            writer.add_scalar(tag, value, step)

    def _log_early(self) -> None:
        """All has been said of this epoch; what still waits for a batch waits in vain."""
        with self._lock:
            for step in sorted(self._early):
                self._log_batch(step, self._early[step])
            self._early.clear()

    @guarded
    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._log_early()
        self._epochs = epoch + 1 + (self._before or 0)
        metrics = {name: value for name, value in (logs or {}).items() if name not in NO_METRICS}
        self._log_epoch(metrics)
        # With JAX, the network learns only when asked of what its training has done so far.
        self._try("JAX", getattr(self.model, "jax_state_sync", lambda: None))
        if self._histograms and self._epochs % self._histograms == 0:
            self._try("histograms", self._log_weights)
        if self._activations is not None and self._epochs % (self._histograms or 1) == 0:
            self._try("activations", self._log_activations)
        if self._images is not None:
            self._try("images", self._log_images)
        if self._is_checkpoint(metrics):
            self._try("checkpoints", self._save)

    @guarded
    def on_train_end(self, logs: Any = None) -> None:
        if self._watch is not None and self._watch.end():
            self._end("done")
        self._watch = None

    def _end(self, status: str) -> None:
        if not isinstance(self._given, SummaryWriter) and self._writer is not None:
            writer, self._writer = self._writer, None
            writer.close(status)

    def _log_facts(self, loop: FrameType | None) -> None:
        found = facts.gather(self.model, self.params, loop)
        self.writer.add_experimental_parameters(found)

    def _log_epoch(self, metrics: Mapping[str, Any]) -> None:
        writer, step = self.writer, self._step
        for name, value in metrics.items():
            writer.add_scalar(name, value, step)
        if self._learning_rate and not {"learning_rate", "lr"} & set(metrics):
            rate = facts.read_learning_rate(getattr(self.model, "optimizer", None))
            if rate is not None:
                writer.add_scalar("learning_rate", rate, step)
        writer.add_scalar("epoch", self._epochs, step)

    def _log_weights(self) -> None:
        for name, values in facts.read_weights(self.model):
            if values.size:
                self.writer.add_histogram(f"weights/{name}", values, self._step)

    def _log_activations(self) -> None:
        for name, values in looks.Activations(self.model, self._activations):
            if values.size:
                self.writer.add_histogram(f"activations/{name}", values, self._step)

    def _log_images(self) -> None:
        samples = looks.first_rows(self._images, looks.MOST_PICTURES)
        outputs = as_array(looks.run(self.model, samples))
        shares = looks.as_probabilities(outputs)
        for number, picture in enumerate(looks.as_pictures(samples)):
            drawn = looks.draw(picture, shares[number])
            self.writer.add_image(f"samples/{number}", drawn, self._step, dataformats="HWC")
        self.writer.add_text("samples", looks.tell(shares, self._class_names), self._step)

    def _is_checkpoint(self, metrics: Mapping[str, Any]) -> bool:
        if self._checkpoints != "best":
            return bool(self._checkpoints) and self._epochs % int(self._checkpoints or 1) == 0
        loss = metrics.get("val_loss", metrics.get("loss"))
        if loss is None or not as_number(loss) < self._best:
            return False
        self._best = as_number(loss)
        return True

    def _save(self) -> None:
        folder = saving.folder_of(self.writer, self._checkpoint_folder)
        if folder is None:
            raise ValueError(
                f"{self.writer.store.partition('://')[0]} keeps no files; say where to with "
                "checkpoint_folder"
            )
        path = folder / f"epoch-{self._epochs:04}.keras"
        saving.save(self.model.save, path)
        self.writer.add_checkpoint(path, self._step, self._epochs)

    def _try(self, what: str, part: Callable[[], None]) -> None:
        try:
            part()
        except Exception as error:
            self._warn(what, error)

    def _warn(self, what: str, error: Exception) -> None:
        """Once for each part of the callback."""
        if what not in self._warned:
            self._warned.add(what)
            log.warning("The training goes on, but %s fails: %s", what, error or repr(error))
            log.debug("Where %s failed:", what, exc_info=error)

    def _nothing(self, *_: Any, **__: Any) -> None:
        """A hook that Keras need not call."""

    # How both Kerases mark a hook that was not overridden.
    _nothing._is_default = True  # type: ignore[attr-defined]

    on_train_batch_begin = on_batch_begin = on_batch_end = _nothing
    on_test_begin = on_test_end = on_test_batch_begin = on_test_batch_end = _nothing
    on_predict_begin = on_predict_end = on_predict_batch_begin = on_predict_batch_end = _nothing

    # Keras 2 asks which hooks are worth calling.

    def _implements_train_batch_hooks(self) -> bool:
        return True

    def _implements_test_batch_hooks(self) -> bool:
        return False

    def _implements_predict_batch_hooks(self) -> bool:
        return False
