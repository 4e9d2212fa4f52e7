"""Has a study assessed once, in a thread of its own, and keeps the result."""

import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.curves.assessment import Assessment, Labelled, assess, labelled
from util import CacheError, digest

if TYPE_CHECKING:
    from analysis.cache import Arrays
    from analysis.study import Study

log = logging.getLogger(__name__)

KIND = "curves"
# Raise it when the code gives other results.
VERSION = 2

# How long a request waits: the figures of ten thousand images are there at once.
PATIENCE_S = 0.4

FAILED = "The curves could not be computed; the terminal has the details."


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is.

    Attributes:
        state: "waiting" for the samples, "running", "done" or "failed".
        message: why it failed.
        fraction: 0 to 1.
        assessment: once it is done.
    """

    state: str
    message: str = ""
    fraction: float = 0.0
    assessment: Assessment | None = None


class Assessor:
    """Assesses a study when it is first asked to. May be called from any thread."""

    def __init__(self, study: "Study") -> None:
        self._study = study
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._progress = Progress("waiting")

    def ask(self, patience: float = PATIENCE_S) -> Progress:
        """How far it is; begins where nobody has asked before, and waits a moment for the end."""
        with self._lock:
            if self._thread is None and self.part() is not None:
                self._progress = Progress("running")
                # Nothing is lost with it when the program ends.
                self._thread = threading.Thread(target=self._work, name="assessor", daemon=True)
                self._thread.start()
        if self._thread is not None:
            self._thread.join(patience)
        return self._progress

    def part(self) -> Labelled | None:
        """The labelled samples, once they are measured."""
        samples = self._study.samples
        if samples is None or samples.scores is None or not samples.is_labelled:
            return None
        return labelled(samples, len(self._study.class_names))

    def _work(self) -> None:
        try:
            self._progress = Progress("done", "", 1.0, self._assess())
        except Exception:
            log.exception("The assessment failed.")
            self._progress = Progress("failed", FAILED)

    def _assess(self) -> Assessment:
        part, task = self.part(), self._study.task
        assert part is not None
        key = digest(KIND, VERSION, task.forward_key)
        kept = _restore(task.cache.read_arrays(KIND, key))
        if kept is not None:
            return kept
        made = assess(part.samples, part.classes, self._tell)
        try:
            task.cache.write_arrays(KIND, key, made.arrays())
        except CacheError as error:
            log.warning("%s", error)
        return made

    def _tell(self, fraction: float) -> None:
        self._progress = Progress("running", "", fraction)


def _restore(arrays: "Arrays | None") -> Assessment | None:
    if arrays is None:
        return None
    try:
        return Assessment(**arrays)
    except TypeError:
        # Another version's, or somebody else's: it is made again.
        return None
