"""The one process that runs Keras: opens the network and passes every image through it, once."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from analysis.agreement import agreement
from analysis.events import Described, Ready, Stage
from analysis.processes import Outbox
from analysis.samples import PREDICTED, write_samples
from analysis.task import PREPROCESSING, Task
from model.importing import start_keras
from model.preprocess import Preprocessing
from util import CacheError

NETWORK = Stage("network", "Opening the network")
FORWARD = Stage("forward", "Running the network")

# Activations beyond this are dropped from the first layers on; the last ones tell most.
MAX_ACTIVATION_BYTES = 8 * 2**30

# A pipe message a batch would be more than a person can see.
REPORT_EVERY = 0.2

FINDING_OUT = "finding out how the network was trained to see images"


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
    start_keras(task.gpu_memory_fraction)
    from model import forward, preprocess
    from model.graph import describe, flatten

    network, total = task.network, len(task.dataset)
    built = network.load()
    graph = flatten(built.model, network.input, network.output)
    description = describe(graph, network.archive.keras_version, built.repairs)
    description = forward.within_budget(description, total, MAX_ACTIVATION_BYTES)
    # The layers are known: the page shows them, and the process that draws them starts.
    outbox.send(Described(description.to_json()))
    finding = _Reporter(outbox, NETWORK)
    choice = preprocess.choose(
        description,
        task.dataset,
        task.preprocess,
        forward.build_classifier(graph),
        progress=lambda done: finding.report(done, FINDING_OUT),
    )
    preprocessing = choice.preprocessing
    description = replace(
        description,
        preprocessing=str(preprocessing),
        tries=choice.tries,
        warnings=choice.warnings,
    )
    outbox.send(Described(description.to_json()))
    outbox.send(Stage(NETWORK.id, NETWORK.title, "done", 1.0))
    outbox.send(Stage(FORWARD.id, FORWARD.title, "running", 0.0))

    partial = _begin(task, preprocessing)
    passing = _Reporter(outbox, FORWARD)
    forward.into_folder(
        graph,
        description,
        task.dataset.images,
        preprocessing,
        partial,
        lambda done: passing.report(done / total, f"{done:,} of {total:,} images"),
    )
    logits = np.load(partial / "logits.npy", mmap_mode="r")
    samples = write_samples(task.samples_path, task.dataset, logits, description.head)
    told = agreement(
        task.dataset.labels,
        samples[PREDICTED],
        task.dataset.class_names,
        description.classes,
        targets=task.dataset.targets,
        tried=bool(description.tries),
    )
    description = replace(description, warnings=(*description.warnings, *told))
    task.cache.write_json(partial / "description.json", description.to_json())
    task.cache.publish(partial, task.forward_folder)
    # In this order: at no moment is everything done while the layer's map is yet to be asked for.
    outbox.send(Ready("forward", time.perf_counter() - started))
    outbox.send(Stage(FORWARD.id, FORWARD.title, "done", 1.0))


def _begin(task: Task, preprocessing: Preprocessing) -> Path:
    """The folder that the pass is written to, what an interrupted one of its kind left in it."""
    partial = task.forward_folder.with_name(task.forward_key + ".partial")
    partial.mkdir(parents=True, exist_ok=True)
    task.cache.write_json(partial / PREPROCESSING, preprocessing.to_json())
    return partial


class _Reporter:
    """Tells of a stage's progress, but not more often than a person can see."""

    def __init__(self, outbox: Outbox, stage: Stage) -> None:
        self.outbox, self.stage, self.last = outbox, stage, 0.0

    def report(self, done: float, message: str) -> None:
        if time.perf_counter() - self.last > REPORT_EVERY:
            self.last = time.perf_counter()
            self.outbox.send(replace(self.stage, state="running", fraction=done, message=message))
