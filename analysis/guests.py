"""The images dropped on the page, of all browsers: one process runs the network on them."""

import logging
import threading
from collections import OrderedDict
from dataclasses import replace
from functools import partial
from queue import SimpleQueue
from typing import Any

from analysis import guest_worker
from analysis.events import Event, Failure, Seen, Stage
from analysis.guest import Guest, decode, invert, inverted_token
from analysis.guest_worker import LOOKING, Look
from analysis.processes import Worker
from analysis.task import Task
from model.preprocess import Preprocessing
from util import UserError, digest

log = logging.getLogger(__name__)

# Kept for all browsers together; one is about a megabyte.
KEPT = 64

# Larger files are no images to be looked at, and would fill the memory.
MAX_BYTES = 32 * 2**20

# Seconds without an image after which Keras gives its memory back.
IDLE_SECONDS = 600.0


class Guests:
    """The dropped images of all browsers. Every method may be called from any thread."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self._lock = threading.RLock()
        # Decoding takes memory: one image at a time.
        self._decoding = threading.Lock()
        self._guests: OrderedDict[str, Guest] = OrderedDict()
        # The images that are yet to be answered for, with the number of the worker that has them.
        self._asked: dict[str, int] = {}
        self._worker: Worker | None = None
        self._orders: SimpleQueue[Look | None] = SimpleQueue()
        # Workers so far; the newest one's number.
        self._number = 0
        self._timer: threading.Timer | None = None
        self._shown: Preprocessing | None = None

    def add(self, data: bytes) -> Guest:
        """Take in the content of an image file and have the network look at it.

        Raises:
            UserError: it is no JPEG or PNG image, or too large, or the network has not seen the
                dataset yet.
        """
        if len(data) > MAX_BYTES:
            raise UserError(
                f"This file has {len(data) / 2**20:,.0f} MB; images of at most "
                f"{MAX_BYTES // 2**20} MB are taken."
            )
        token = digest(data)
        guest = self.get(token)
        if guest is None:
            with self._decoding:
                guest = decode(token, data, self.task, self._preprocessing())
        return self._look(guest)

    def invert(self, token: str) -> Guest | None:
        """The image with light and dark exchanged, as an image of its own; None if unknown."""
        guest = self.get(token)
        if guest is None:
            return None
        inverted = self.get(inverted_token(guest)) or invert(guest)
        return self._look(inverted)

    def get(self, token: str) -> Guest | None:
        """The image of this token, unless it is unknown or forgotten."""
        with self._lock:
            guest = self._guests.get(token)
            if guest is not None:
                self._guests.move_to_end(token)
            return guest

    def stop(self) -> None:
        """End the worker process."""
        with self._lock:
            worker = self._dismiss()
            if self._timer is not None:
                self._timer.cancel()
        if worker is not None:
            worker.stop()

    def _preprocessing(self) -> Preprocessing:
        with self._lock:
            self._shown = self._shown or self.task.read_preprocessing()
            if self._shown is None:
                raise UserError(
                    "The dataset's images have not been through the network yet; drop the image "
                    "again when they have."
                )
            return self._shown

    def _look(self, guest: Guest) -> Guest:
        """Order the network to look, unless it has or is about to."""
        with self._lock:
            kept = self._guests.get(guest.token)
            if kept is not None and kept.state != "failed":
                return kept
            guest = replace(guest, state="waiting", message="waiting for the network")
            self._keep(guest)
            if self._worker is None or not self._worker.alive:
                self._start()
            self._asked[guest.token] = self._number
            self._orders.put(Look(guest.token, guest.images))
            self._rest_later()
            return guest

    def _start(self) -> None:
        self._dismiss()
        self._orders = SimpleQueue()
        self._number += 1
        hear = partial(self._hear, self._number)
        self._worker = Worker("guest", guest_worker.run, self.task, LOOKING.id, hear)
        # A pipe takes no more than a small image before the other end reads, seconds later.
        threading.Thread(
            target=_deliver, args=(self._orders, self._worker), daemon=True, name="guest-orders"
        ).start()

    def _dismiss(self) -> Worker | None:
        """The worker, which gets no further orders: the next image starts another."""
        self._orders.put(None)
        worker, self._worker = self._worker, None
        return worker

    def _keep(self, guest: Guest) -> None:
        self._guests[guest.token] = guest
        self._guests.move_to_end(guest.token)
        while len(self._guests) > KEPT:
            self._guests.popitem(last=False)

    def _rest_later(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(IDLE_SECONDS, self._rest)
        self._timer.daemon = True
        self._timer.start()

    def _rest(self) -> None:
        # By the parent's clock and not the worker's, which might end just as an order comes.
        with self._lock:
            if self._asked:
                self._rest_later()
                return
            worker = self._dismiss()
        if worker is not None:
            worker.stop()

    def _hear(self, number: int, event: Event) -> None:
        """Take in what a worker says; the end of one does not concern the images of the next."""
        with self._lock:
            theirs = [token for token, worker in self._asked.items() if worker == number]
            match event:
                case Stage():
                    for token in theirs:
                        self._change(token, state="running", message=event.message)
                case Seen():
                    self._finish(event.token, state="done", message="", outputs=event.outputs)
                case Failure():
                    self._fail(event, [event.stage] if event.stage in self._asked else theirs)
                    if event.stage == LOOKING.id and number == self._number:
                        # It may take a moment to end, in which it would be taken for alive.
                        self._dismiss()

    def _fail(self, failure: Failure, tokens: list[str]) -> None:
        if not failure.by_user:
            log.error("A dropped image: %s\n%s", failure.message, failure.trace)
        for token in tokens:
            self._finish(token, state="failed", message=_sentence(failure))

    def _finish(self, token: str, **changes: Any) -> None:
        self._asked.pop(token, None)
        self._change(token, **changes)

    def _change(self, token: str, **changes: Any) -> None:
        # It may have been forgotten meanwhile.
        if token in self._guests:
            self._guests[token] = replace(self._guests[token], **changes)


def _deliver(orders: "SimpleQueue[Look | None]", worker: Worker) -> None:
    """Send one order after the other to a worker, until None."""
    while (order := orders.get()) is not None:
        worker.order(order)


def _sentence(failure: Failure) -> str:
    if failure.by_user:
        return failure.message
    if failure.trace:
        return f"The network could not look at this image ({failure.message}); try another one."
    return "The process that looks at dropped images has ended unexpectedly; drop the image again."
