"""The images dropped on the page, of all browsers, and what the network says about them."""

import threading
from collections import OrderedDict
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from typing import Any

from analysis.guest import Guest, decode, invert, inverted_token
from analysis.guest_look import Look
from analysis.service import NetworkService
from analysis.task import Task
from model.preprocess import Preprocessing
from util import UserError, digest

# Kept for all browsers together; one is about a megabyte.
KEPT = 64

# Larger files are no images to be looked at, and would fill the memory.
MAX_BYTES = 32 * 2**20


class Guests:
    """The dropped images of all browsers. Every method may be called from any thread."""

    def __init__(self, task: Task, service: NetworkService) -> None:
        self.task = task
        self._service = service
        self._lock = threading.RLock()
        # Decoding takes memory: one image at a time.
        self._decoding = threading.Lock()
        self._guests: OrderedDict[str, Guest] = OrderedDict()
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
            if guest is None:
                return None
            self._guests.move_to_end(token)
            waits = guest.state == "waiting"
            return replace(guest, message=self._service.message) if waits else guest

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
        """Ask the network to look, unless it has or is about to."""
        with self._lock:
            kept = self._guests.get(guest.token)
            if kept is not None and kept.state != "failed":
                return kept
            guest = replace(guest, state="waiting", message=self._service.message)
            self._keep(guest)
        asked = self._service.ask(Look(guest.images))
        asked.add_done_callback(partial(self._finish, guest.token))
        return guest

    def _keep(self, guest: Guest) -> None:
        self._guests[guest.token] = guest
        self._guests.move_to_end(guest.token)
        while len(self._guests) > KEPT:
            self._guests.popitem(last=False)

    def _finish(self, token: str, asked: "Future[Any]") -> None:
        error = asked.exception()
        if error is None:
            self._change(token, state="done", message="", outputs=asked.result())
        else:
            self._change(token, state="failed", message=str(error))

    def _change(self, token: str, **changes: Any) -> None:
        with self._lock:
            # It may have been forgotten meanwhile.
            if token in self._guests:
                self._guests[token] = replace(self._guests[token], **changes)
