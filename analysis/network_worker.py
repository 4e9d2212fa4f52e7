"""The one process that runs Keras: opens the network and passes every image through it, once."""

import time
from dataclasses import replace

import numpy as np

from analysis.events import Described, Ready, Stage
from analysis.processes import Outbox, prepare_keras
from analysis.samples import write_samples
from analysis.task import Task
from model import NetworkDescription
from util import CacheError, ModelError

NETWORK = Stage("network", "Opening the network")
FORWARD = Stage("forward", "Running the network")

# Activations beyond this are dropped from the first layers on; the last ones tell most.
MAX_ACTIVATION_BYTES = 8 * 2**30

# A pipe message a batch would be more than a person can see.
REPORT_EVERY = 0.2


def run(task: Task, outbox: Outbox) -> None:
    """Fill the forward artefact of the task, then end, which gives Keras's memory back."""
    outbox.send(Stage(NETWORK.id, NETWORK.title, "running", 0.0, "starting Keras"))
    with task.cache.lock("forward", task.forward_key):
        description = task.read_description()
        if description is None:
            try:
                _forward(task, outbox)
            except OSError as error:
                raise CacheError(
                    f"The cache {task.cache_root} cannot be written ({error.strerror}); free some "
                    "space, or name another folder with --cache-dir."
                ) from error
        else:
            # Another process of ours was quicker.
            outbox.send(Described(description.to_json()))
            outbox.send(Ready("forward", 0.0))
            for stage in (NETWORK, FORWARD):
                outbox.send(Stage(stage.id, stage.title, "done", 1.0))


def _forward(task: Task, outbox: Outbox) -> None:
    started = time.perf_counter()
    prepare_keras(task)
    from model import forward, preprocess
    from model.graph import describe

    model = task.network.load().model
    description = describe(model, task.network.archive.keras_version)
    _check_classes(task, description)
    config, shape = task.network.archive.config, description.input_shape
    preprocessing = preprocess.choose(config, shape, task.dataset, task.preprocess)
    description = replace(description, preprocessing=str(preprocessing))
    description = forward.within_budget(description, len(task.dataset), MAX_ACTIVATION_BYTES)
    outbox.send(Described(description.to_json()))
    outbox.send(Stage(NETWORK.id, NETWORK.title, "done", 1.0))
    outbox.send(Stage(FORWARD.id, FORWARD.title, "running", 0.0))

    partial = task.forward_folder.with_name(task.forward_key + ".partial")
    partial.mkdir(parents=True, exist_ok=True)
    total, last = len(task.dataset), 0.0

    def progress(done: int) -> None:
        nonlocal last
        if time.perf_counter() - last > REPORT_EVERY:
            last = time.perf_counter()
            message = f"{done:,} of {total:,} images"
            outbox.send(Stage(FORWARD.id, FORWARD.title, "running", done / total, message))

    forward.into_folder(model, description, task.dataset.images, preprocessing, partial, progress)
    task.cache.write_json(partial / "description.json", description.to_json())
    logits = np.load(partial / "logits.npy", mmap_mode="r")
    write_samples(task.samples_path, task.dataset, logits, description.head)
    task.cache.publish(partial, task.forward_folder)
    # In this order: at no moment is everything done while the layer's map is yet to be asked for.
    outbox.send(Ready("forward", time.perf_counter() - started))
    outbox.send(Stage(FORWARD.id, FORWARD.title, "done", 1.0))


def _check_classes(task: Task, description: NetworkDescription) -> None:
    classes = task.dataset.num_classes
    if classes > description.classes:
        raise ModelError(
            f"{task.network.name} tells {description.classes} classes apart, but dataset "
            f"'{task.dataset.name}' has {classes}; choose the dataset that it was trained for."
        )
