"""Notices that a loop was left by an exception: Keras calls no callback then."""

import atexit
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

# Seconds between two looks.
PAUSE = 0.25


class Watch:
    """Looks, from a thread of its own, whether a function is still at work.

    The thread ends when the function has been left; it keeps neither the function's frame nor its
    variables alive.
    """

    def __init__(self, frame: FrameType, left: Callable[[str], None]) -> None:
        """
        Args:
            frame: of the function, in the thread that makes the watch.
            left: called once when it was left, or the program ends, before `end`: with "failed"
                after an exception, with "stopped" after Ctrl-C, or where nobody can say why.
        """
        self._frame = id(frame)
        self._thread = threading.get_ident()
        self._left = left
        self._before = {id(found) for found in self._exceptions()}
        self._over = threading.Event()
        self._once = threading.Lock()
        atexit.register(self._leave)
        threading.Thread(target=self._look, name="innerview-watch", daemon=True).start()

    def end(self) -> bool:
        """Stop looking; False if it was over already."""
        first = self._once.acquire(blocking=False)
        self._over.set()
        if first:
            atexit.unregister(self._leave)
        return first

    def _leave(self) -> None:
        if self.end():
            # An exception of before is of another loop.
            new = [found for found in self._exceptions() if id(found) not in self._before]
            failed = any(isinstance(found, Exception) for found in new)
            self._left("failed" if failed else "stopped")

    def _look(self) -> None:
        while not self._over.wait(PAUSE):
            if not self._is_at_work():
                self._leave()

    def _is_at_work(self) -> bool:
        frame = sys._current_frames().get(self._thread)
        while frame is not None:
            if id(frame) == self._frame:
                return True
            frame = frame.f_back
        return False

    def _exceptions(self) -> list[BaseException]:
        """What the thread handles at this moment; what ended the program, or a notebook's cell."""
        handled: Any = sys._current_exceptions().get(self._thread)
        if isinstance(handled, tuple):
            # Python 3.11 gives what sys.exc_info() does.
            handled = handled[1]
        ended = getattr(sys, "last_value", None)
        return [found for found in (handled, ended) if found is not None]
