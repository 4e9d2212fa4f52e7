"""The process that holds the network open: loads Keras once, and answers what it is asked."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from analysis.events import Answered, Failure, Stage
from analysis.processes import Outbox
from analysis.task import Task
from model.description import NetworkDescription
from model.importing import start_keras
from model.preprocess import Preprocessing
from util import ModelError, UserError

if TYPE_CHECKING:
    from model.graph import Graph

# How the ids of stages of questions begin.
ASKED = "ask|"

OPENING = Stage("service", "Opening the network again")

# Called with the share of the work done, 0 to 1, and what is being done.
Report = Callable[[float, str], None]


@dataclass(frozen=True)
class Opened:
    """What a question is answered with.

    Attributes:
        task: network, dataset, cache.
        graph: the network as it was run, with its weights.
        description: of its layers, in the order of the graph's steps.
        preprocessing: how the dataset's images are shown to it.
        kept: what questions have made and others may use again, by a name of theirs.
    """

    task: Task
    graph: "Graph"
    description: NetworkDescription
    preprocessing: Preprocessing
    kept: dict[str, Any]


class Question(Protocol):
    """Something that only the network can tell: a small frozen dataclass, which is pickled on its
    way to the process. What it needs of `model` it imports in `answer`."""

    @property
    def stage(self) -> Stage | None:
        """Shown among the stages of the study while it is answered; its id begins with ASKED,
        and a failure concerns nothing else. None for what takes a moment."""

    def answer(self, opened: Opened, report: Report) -> Any:
        """Called in the process. Large arrays go through the cache, small ones are the answer.

        Raises:
            UserError: it cannot be answered; a sentence for the user.
        """


@dataclass(frozen=True, slots=True)
class Asked:
    """A question on its way to the process."""

    number: int
    question: Question


def run(task: Task, outbox: Outbox) -> None:
    """Answer questions as they come, for ever; one that fails does not stop the next."""
    outbox.send(replace(OPENING, state="running", message="starting Keras"))
    start_keras(task.gpu_memory_fraction)
    opened = _open(task)
    outbox.send(replace(OPENING, state="running", message="running the network"))
    desk = _Desk(opened, outbox)
    while True:
        desk.serve()


def _open(task: Task) -> Opened:
    from model.graph import flatten

    description, preprocessing = task.read_description(), task.read_preprocessing()
    if description is None or preprocessing is None:
        raise ModelError("The images have to be passed through the network first.")
    graph = flatten(task.network.load().model, task.network.input, task.network.output)
    return Opened(task, graph, description, preprocessing, {})


class _Desk:
    """Answers questions in turn; what takes a moment does not wait for what takes long."""

    def __init__(self, opened: Opened, outbox: Outbox) -> None:
        self.opened, self.outbox = opened, outbox
        self.waiting: list[Asked] = []

    def serve(self) -> None:
        """Answer one question, the short ones first."""
        self.waiting += self.outbox.orders(wait=not self.waiting)
        self.waiting.sort(key=lambda asked: asked.question.stage is not None)
        self.answer(self.waiting.pop(0))

    def serve_short(self) -> None:
        """Answer the short questions that came meanwhile."""
        self.waiting += self.outbox.orders(wait=False)
        short = [asked for asked in self.waiting if asked.question.stage is None]
        self.waiting = [asked for asked in self.waiting if asked.question.stage is not None]
        for asked in short:
            self.answer(asked)

    def answer(self, asked: Asked) -> None:
        stage = asked.question.stage

        def report(fraction: float, message: str) -> None:
            if stage is None:
                return
            self.outbox.send(replace(stage, state="running", fraction=fraction, message=message))
            self.serve_short()

        try:
            report(0.0, "")
            value = asked.question.answer(self.opened, report)
        except (EOFError, BrokenPipeError):
            raise
        except Exception as error:
            by_user = isinstance(error, UserError)
            message = str(error) if by_user else f"{type(error).__name__}: {error}".splitlines()[0]
            failure = Failure(str(asked.number), message, by_user, traceback.format_exc())
            self.outbox.send(failure)
        else:
            self.outbox.send(Answered(asked.number, value))
