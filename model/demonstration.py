"""The page's demonstration: train a small network for real, and log it into a store of runs.

    python -m model.demonstration one-layer | two-layers | small-cnn DATASET --runs STORE

Ends at once with status "stopped" at Ctrl-C or SIGTERM. A mistake is one sentence on standard
error and exit code 2.
"""

import _thread
import argparse
import os
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import numpy as np

from data import Dataset, open_dataset
from data.builtin import why_missing
from data.sampling import stratified_sample
from innerview import ClassMapCallback, KerasCallback, StoreError, SummaryWriter
from innerview.stores import is_place
from model import demonstration_plane as plane
from model.importing import start_keras
from model.training import read_all
from util import UserError

NETWORKS = ("one-layer", "two-layers", "small-cnn")
# Points, and not images.
PLANE = "plane"
DATASETS = ("digits", "mnist", "fashion_mnist", "cifar10", PLANE)

# Names the store where other people of the machine cannot read it, as they can a command.
STORE = "INNERVIEW_STORE"

FOLDER = "demonstration"
PICTURES = 6
HIDDEN = 48
HELD_OUT = 0.2


class Material(NamedTuple):
    """What a network learns from, and what it is validated with.

    Attributes:
        inputs, unseen: uint8, (N, h, w, C), or float32, (N, 2), for points on the plane.
        labels, answers: int64, (N,).
        note: what is to be said of them; "" for nothing.
    """

    inputs: np.ndarray[Any, Any]
    labels: np.ndarray[Any, Any]
    unseen: np.ndarray[Any, Any]
    answers: np.ndarray[Any, Any]
    class_names: tuple[str, ...]
    note: str

    @property
    def on_plane(self) -> bool:
        return self.inputs.ndim == 2


class Stopping:
    """Whether somebody has asked the training to end.

    Outside of `fit` it ends at once; within, after the batch at hand, so that all is in order.
    """

    def __init__(self) -> None:
        self.asked = False
        self.waits = False

    def listen(self, follow_stdin: bool) -> None:
        """To Ctrl-C, SIGTERM, and to the end of the standard input."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._hear)
        if follow_stdin:
            threading.Thread(target=self._follow, daemon=True, name="stdin").start()

    def obey(self) -> None:
        if self.asked:
            raise KeyboardInterrupt

    def wait(self) -> None:
        """From here on what is asked is only remembered."""
        self.waits = True

    def wait_no_more(self) -> None:
        self.waits = False
        self.obey()

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        if not self.waits:
            raise KeyboardInterrupt

    def _follow(self) -> None:
        while os.read(0, 4096):
            pass
        _thread.interrupt_main(signal.SIGTERM)


def build(network: str, shape: tuple[int, ...], classes: int) -> Any:
    """A network for pixels from 0 to 255, the scaling to 0 to 1 within; or for points.

    Args:
        network: one of NETWORKS; "small-cnn" is none for points.
        shape: (height, width, channels), or (2,) for points on the plane.
    """
    import keras
    from keras import layers

    parts: list[Any] = [keras.Input(shape, name="point" if len(shape) == 1 else "image")]
    if len(shape) > 1:
        parts.append(layers.Rescaling(1 / 255, name="scaling"))
    if network == "small-cnn":
        parts.append(layers.Conv2D(16, 3, padding="same", activation="relu", name="conv1"))
        if shape[0] > 16:
            parts.append(layers.MaxPooling2D(name="pool1"))
        parts += [
            layers.Conv2D(32, 3, padding="same", activation="relu", name="conv2"),
            layers.MaxPooling2D(name="pool2"),
            layers.Flatten(name="flatten"),
            layers.Dense(64, activation="relu", name="dense"),
        ]
    else:
        if len(shape) > 1:
            parts.append(layers.Flatten(name="flatten"))
        if network == "two-layers":
            parts.append(layers.Dense(HIDDEN, activation="relu", name="dense1"))
            parts.append(layers.Dense(HIDDEN, activation="relu", name="dense2"))
    parts.append(layers.Dense(classes, activation="softmax", name="probabilities"))
    return keras.Sequential(parts, name=network.replace("-", "_"))


def open_material(options: argparse.Namespace) -> Material:
    """What the options ask for.

    Raises:
        UserError: it is not on this machine, or nothing for this network.
    """
    if options.dataset == PLANE:
        if options.network == "small-cnn":
            raise UserError(
                "A small CNN learns from images, and the seven classes are points on the plane: "
                "choose one-layer or two-layers for them, or another dataset."
            )
        points, others = plane.make_parts(options.seed)
        return Material(*points, *others, plane.CLASS_NAMES, "")
    training, validation = open_parts(options.dataset, options.data_dir, options.seed)
    return Material(
        read_all(training), training.labels, read_all(validation), validation.labels,
        training.class_names, training.note,
    )  # fmt: skip


def open_parts(name: str, data_dir: str | None, seed: int) -> tuple[Dataset, Dataset]:
    """The images to train with, and those to validate with.

    Raises:
        UserError: the dataset is not on this machine. Nothing is downloaded.
    """
    missing = why_missing(name, None if data_dir is None else Path(data_dir))
    if missing is not None:
        raise UserError(missing)
    training = open_dataset(name, "train", data_dir=data_dir, report=say)
    validation = open_dataset(name, "test", data_dir=data_dir, report=say)
    if training.fingerprint == validation.fingerprint:
        # A substitute without a test split: hold some of its images out.
        held = stratified_sample(training.labels, round(len(training) * HELD_OUT), seed)
        kept = np.setdiff1d(np.arange(len(training)), held)
        return take(training, kept), take(training, held)
    return training, validation


def take(dataset: Dataset, indices: np.ndarray[Any, Any]) -> Dataset:
    return replace(
        dataset,
        images=dataset.images.take(indices),
        labels=dataset.labels[indices],
        ids=tuple(dataset.ids[index] for index in indices),
    )


def train(options: argparse.Namespace, material: Material, writer: Any, stopping: Stopping) -> None:
    """Train and log.

    Raises:
        KeyboardInterrupt: it was stopped.
    """
    start_keras(options.gpu_memory_fraction)
    import keras

    keras.utils.set_random_seed(options.seed)
    network = build(options.network, material.inputs.shape[1:], len(material.class_names))
    network.compile(
        optimizer=keras.optimizers.Adam(options.learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    stopping.wait()
    stopping.obey()
    network.fit(
        material.inputs, material.labels, batch_size=options.batch_size, epochs=options.epochs,
        validation_data=(material.unseen, material.answers), verbose=0,
        callbacks=[*loggers(options, material, writer), companion(keras, stopping, options)],
    )  # fmt: skip
    stopping.waits = False


def loggers(options: argparse.Namespace, material: Material, writer: Any) -> list[Any]:
    """Keras's callbacks that log all there is to see of a network for images, or for points."""
    common: dict[str, Any] = {
        "histograms": True,
        "class_names": material.class_names,
        "parameters": {"network": options.network, "seed": options.seed},
        "dataset": options.dataset,
    }
    if not material.on_plane:
        folder = checkpoint_folder(options.runs)
        images = material.unseen[:PICTURES]
        return [
            KerasCallback(writer, images=images, checkpoints=1, checkpoint_folder=folder, **common)
        ]
    # Networks of two inputs are seen whole, and there is nothing in them to be analyzed.
    limits = (-plane.SIDE, plane.SIDE)
    curves = KerasCallback(writer, **common)
    maps = ClassMapCallback(
        curves,
        limits,
        limits,
        every=plane.epochs_between(options.epochs),
        square_axis_points=plane.GRID,
        points=(material.unseen, material.answers),
        class_names=material.class_names,
    )
    return [curves, maps]


def companion(keras: Any, stopping: Stopping, options: argparse.Namespace) -> Any:
    """A callback that tells of each epoch, and ends the training when asked to."""

    class Companion(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            stopping.obey()

        def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
            stopping.obey()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            told = "  ".join(f"{name} {value:.4f}" for name, value in sorted(logs.items()))
            say(f"epoch {epoch + 1}/{options.epochs}  {told}")

    return Companion()


def checkpoint_folder(store: str) -> Path | None:
    """Where a store that is no folder of this machine has its checkpoints; else its own folder."""
    if is_place(store):
        return None
    from platformdirs import user_data_path

    return user_data_path("innerview") / "checkpoints"


def say(sentence: str) -> None:
    print(sentence, flush=True)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m model.demonstration", description=__doc__.splitlines()[0]
    )
    made.add_argument("network", choices=NETWORKS)
    made.add_argument("dataset", choices=DATASETS)
    made.add_argument(
        "--runs",
        default=os.environ.get(STORE, "runs"),
        metavar="STORE",
        help=f"folder or mongodb:// address; by default ${STORE}, or runs",
    )
    made.add_argument("--run", metavar="ID", help="id of the run, if it has been chosen already")
    made.add_argument("--name", help="of the run")
    made.add_argument("--epochs", type=positive, default=10)
    made.add_argument("--batch-size", type=positive, default=64)
    made.add_argument("--learning-rate", type=float, default=0.003)
    made.add_argument("--seed", type=int, default=0)
    made.add_argument("--data-dir", help="folder where NAME.npz is looked for first")
    made.add_argument("--gpu-memory-fraction", type=float, metavar="F")
    made.add_argument(
        "--follow-stdin", action="store_true", help="stop when the standard input ends"
    )
    return made


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1; given was {number}")
    return number


def run(options: argparse.Namespace, stopping: Stopping) -> None:
    """Open the images, and train in a run that says how it ended.

    Raises:
        UserError, StoreError, KeyboardInterrupt: as their names say.
    """
    material = open_material(options)
    kind = "points" if material.on_plane else "images"
    say(
        f"{len(material.labels):,} {kind} to train with, "
        f"{len(material.answers):,} others to validate with"
    )
    if material.note:
        say(material.note)
    # A run that is in the store, but not yet in the hands of `with`, would never be told to end.
    stopping.wait()
    with SummaryWriter(
        options.runs,
        FOLDER,
        options.name or f"{options.network} on {options.dataset}",
        run=options.run,
        # What Keras knows comes when Keras is there, seconds later.
        parameters={
            "network": options.network, "dataset": options.dataset, "epochs": options.epochs,
            "batch_size": options.batch_size, "learning_rate": options.learning_rate,
        },
    ) as writer:  # fmt: skip
        stopping.wait_no_more()
        train(options, material, writer, stopping)


def main() -> int:
    options = parser().parse_args()
    stopping = Stopping()
    start = time.perf_counter()
    try:
        stopping.listen(options.follow_stdin)
        run(options, stopping)
    except KeyboardInterrupt:
        say("stopped")
        return 0
    except (UserError, StoreError) as error:
        print(f"demonstration: {error}", file=sys.stderr, flush=True)
        return 2
    say(f"trained in {time.perf_counter() - start:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
