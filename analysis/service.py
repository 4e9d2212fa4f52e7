"""The network, held open in a process of its own to answer questions that need Keras.

It is started when the first question comes, and gives its memory back when none has come for a
while. What a question is stands in analysis/service_worker.py.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from queue import SimpleQueue
from typing import Any

from analysis import service_worker
from analysis.events import Answered, Event, Failure, Stage
from analysis.processes import Worker
from analysis.service_worker import OPENING, Asked, Question
from analysis.task import Task
from util import ModelError, UserError

log = logging.getLogger(__name__)

# Seconds without a question after which Keras gives its memory back.
IDLE_SECONDS = 600.0

ENDED = "The process that holds the network has ended unexpectedly; try again."


class NetworkService:
    """Answers questions to the network, one after the other. May be called from any thread."""

    def __init__(self, task: Task, hear: Callable[[Stage], None] = lambda stage: None) -> None:
        """Nothing is started yet.

        Args:
            hear: called with the states of the questions that have a stage, from any thread.
        """
        self.task = task
        self._hear_stage = hear
        self._lock = threading.RLock()
        self._worker: Worker | None = None
        self._orders: SimpleQueue[Asked | None] = SimpleQueue()
        # Workers so far, the newest one's number; and questions so far.
        self._number = self._questions = 0
        # By number: the worker that has it, the question, and what its answer goes to.
        self._open: dict[int, tuple[int, Question, Future[Any]]] = {}
        self._timer: threading.Timer | None = None

    def ask(self, question: Question) -> "Future[Any]":
        """Put a question; its answer comes as the future's result, some seconds later if Keras has
        to be started.

        The future's exception is a UserError if the question cannot be answered, and a ModelError
        where an error of ours or the end of the process keeps it from being answered.
        """
        future: Future[Any] = Future()
        with self._lock:
            if self._worker is None or not self._worker.alive:
                self._start()
            self._questions += 1
            number = self._questions
            self._open[number] = self._number, question, future
            self._orders.put(Asked(number, question))
            self._rest_later()
        if question.stage is not None:
            self._hear_stage(question.stage)
        return future

    @property
    def message(self) -> str:
        """What the process is doing for those who wait."""
        return self._message

    _message = "waiting for the network"

    def stop(self) -> None:
        """End the process; questions that are open fail."""
        with self._lock:
            worker = self._dismiss()
            if self._timer is not None:
                self._timer.cancel()
        if worker is not None:
            worker.stop()
        self._fail_all(self._number, Failure(OPENING.id, ENDED, True, ""))

    def _start(self) -> None:
        self._dismiss()
        self._orders = SimpleQueue()
        self._number += 1
        hear = partial(self._hear, self._number)
        self._worker = Worker("service", service_worker.run, self.task, OPENING.id, hear)
        # A pipe takes no more than a small image before the other end reads, seconds later.
        threading.Thread(
            target=_deliver, args=(self._orders, self._worker), daemon=True, name="service-orders"
        ).start()

    def _dismiss(self) -> Worker | None:
        """The worker, which gets no further questions: the next one starts another."""
        self._orders.put(None)
        worker, self._worker = self._worker, None
        return worker

    def _rest_later(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(IDLE_SECONDS, self._rest)
        self._timer.daemon = True
        self._timer.start()

    def _rest(self) -> None:
        # By the parent's clock and not the worker's, which might end just as a question comes.
        with self._lock:
            if self._open:
                self._rest_later()
                return
            worker = self._dismiss()
        if worker is not None:
            worker.stop()

    def _hear(self, worker: int, event: Event) -> None:
        """Take in what a worker says; the end of one does not concern the questions of the next."""
        match event:
            case Stage(id=OPENING.id):
                self._message = event.message
            case Stage():
                self._hear_stage(event)
            case Answered():
                self._answer(event)
            case Failure() if event.stage.isdigit():
                self._fail(int(event.stage), event)
            case Failure():
                with self._lock:
                    if worker == self._number:
                        # It may take a moment to end, in which it would be taken for alive.
                        self._dismiss()
                self._fail_all(worker, event)

    def _answer(self, event: Answered) -> None:
        with self._lock:
            _, question, future = self._open.pop(event.number)
        if question.stage is not None:
            self._hear_stage(replace(question.stage, state="done", fraction=1.0, message=""))
        # Last, and without the lock: who waits for it may ask at once.
        future.set_result(event.value)

    def _fail_all(self, worker: int, failure: Failure) -> None:
        with self._lock:
            numbers = [number for number, (theirs, _, _) in self._open.items() if theirs == worker]
        for number in numbers:
            self._fail(number, failure)

    def _fail(self, number: int, failure: Failure) -> None:
        with self._lock:
            if number not in self._open:
                return
            _, question, future = self._open.pop(number)
        if not failure.by_user:
            log.error("%s: %s\n%s", type(question).__name__, failure.message, failure.trace)
        error: UserError = ModelError(_sentence(failure))
        if question.stage is not None:
            self._hear_stage(replace(question.stage, state="failed", message=str(error)))
        future.set_exception(error)


def _deliver(orders: "SimpleQueue[Asked | None]", worker: Worker) -> None:
    """Send one question after the other to a worker, until None."""
    while (order := orders.get()) is not None:
        worker.order(order)


def _sentence(failure: Failure) -> str:
    if failure.by_user:
        return failure.message
    return f"The network could not do this ({failure.message})." if failure.trace else ENDED
