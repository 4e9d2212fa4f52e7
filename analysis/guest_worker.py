"""The process that looks at dropped images: loads Keras once, and stays for those that follow."""

import traceback
from dataclasses import dataclass

from analysis.events import Failure, Seen, Stage
from analysis.processes import Outbox, prepare_keras
from analysis.task import Task
from data.images import ArrayImages
from model import forward
from model.graph import flatten
from util import ModelError, UserError

LOOKING = Stage("guest", "Looking at a dropped image")


@dataclass(frozen=True, slots=True)
class Look:
    """Pass this image through the network.

    Attributes:
        token: of the image.
        images: the one image, at the size and with the channels that the network takes.
    """

    token: str
    images: ArrayImages


def run(task: Task, outbox: Outbox) -> None:
    """Look at images as they are ordered, for ever; one that fails does not stop the next."""
    outbox.send(Stage(LOOKING.id, LOOKING.title, "running", 0.0, "starting Keras"))
    prepare_keras(task)
    description, preprocessing = task.read_description(), task.read_preprocessing()
    if description is None or preprocessing is None:
        raise ModelError("The images have to be passed through the network first.")
    model = task.network.load().model
    graph = flatten(model, task.network.input, task.network.output)
    probe = forward.build_probe(graph, description)
    outbox.send(Stage(LOOKING.id, LOOKING.title, "running", 0.5, "running the network"))
    while True:
        for order in outbox.orders(wait=True):
            try:
                outputs = forward.look(probe, order.images, preprocessing)
            except UserError as error:
                outbox.send(Failure(order.token, str(error), True, traceback.format_exc()))
            else:
                rows = {name: values[0] for name, values in outputs.items()}
                outbox.send(Seen(order.token, rows))
