"""What is known of a network's layers beyond its description, asked for when somebody looks."""

import threading
import time
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYetError
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from analysis.events import Stage, State
from analysis.layers.activations import Activations, sum_up
from analysis.layers.questions import (
    TIMES,
    WEIGHTS,
    AskMaps,
    AskTimes,
    AskWeights,
    times_path,
    weights_path,
)
from analysis.layers.structure import AskStructure, parse, structure_path
from util import UserError

if TYPE_CHECKING:
    from analysis.study import Study

# What a request waits for an answer that may be a moment away, in seconds; and one for maps, which
# follow whoever leafs through images.
MOMENT, MAPS_MOMENT = 0.15, 1.0
# After so many seconds what has failed may be asked again.
FORGIVEN = 2.0
# Feature maps that are kept for all browsers together, at most 2 MB each; sums are small.
KEPT_MAPS, KEPT_SUMS = 32, 512
# Maps that the network is asked for at once: who leafs through images wants the last one, not all.
OPEN_MAPS = 2


@dataclass(frozen=True, slots=True)
class Told:
    """An answer, or why there is none yet.

    Attributes:
        state: waiting, running, done or failed; idle where nobody has asked.
        value: what was asked for, when done; else None.
        message: what is being done, or the sentence that says why it failed.
        fraction: share of the work done, 0 to 1.
    """

    state: State | Literal["idle"]
    value: Any = None
    message: str = ""
    fraction: float = 0.0


class LayerFacts:
    """Answers at once, with what is known by then. Every method may be called from any thread."""

    def __init__(self, study: "Study") -> None:
        """Nothing is asked yet."""
        self.study = study
        self._lock = threading.RLock()
        self._once: dict[str, tuple[Future[Any], float]] = {}
        self._maps: OrderedDict[AskMaps, Future[Any]] = OrderedDict()
        self._sums: OrderedDict[str, Future[Activations]] = OrderedDict()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="activations")

    def structure(self) -> Told:
        """`Structure`: the graph of layers and blocks."""
        told = self._known("structure", structure_path(self.study.task), AskStructure())
        if told.state != "done":
            return told
        structure = parse(told.value)
        if structure is None:
            # A file of another kind lies in its place.
            structure_path(self.study.task).unlink(missing_ok=True)
            with self._lock:
                self._once.pop("structure", None)
            return Told("waiting", message=self.study.service.message)
        return Told("done", structure)

    def weights(self) -> Told:
        """By key: settings and weights, as `AskWeights` gives them."""
        told = self._known("weights", weights_path(self.study.task), AskWeights())
        return self._progress(told, WEIGHTS)

    def times(self, ask: bool) -> Told:
        """What `AskTimes` gives; it is measured only if that has been asked for."""
        with self._lock:
            asked = self._once.get("times")
            if ask and asked is not None and _failed(asked[0]):
                del self._once["times"]
        told = self._known("times", times_path(self.study.task), AskTimes(), ask)
        return self._progress(told, TIMES)

    def _progress(self, told: Told, asked: Stage) -> Told:
        """How far it is, where the network is at it."""
        if told.state == "waiting":
            for stage in self.study.stages():
                if stage.id == asked.id and stage.state == "running":
                    return Told("running", None, stage.message or told.message, stage.fraction)
        return told

    def maps(self, layer: str, index: int, patience: float = MAPS_MOMENT) -> Told:
        """`FeatureMaps` or `FeatureVector`: what a layer makes of an image."""
        asked = AskMaps(layer, index)
        with self._lock:
            future = self._maps.get(asked)
            if future is None:
                if sum(not known.done() for known in self._maps.values()) >= OPEN_MAPS:
                    return Told("waiting", message="computing another image's")
                future = self.study.service.ask(asked)
                _keep(self._maps, asked, future, KEPT_MAPS)
            self._maps.move_to_end(asked)
        told = self._look(future, patience)
        if told.state == "failed":
            with self._lock:
                self._maps.pop(asked, None)
        return told

    def activations(self, layer: str) -> Told:
        """`Activations` of a layer whose activations are kept; None as value where they are not."""
        rows = self.study.activations(layer)
        if rows is None:
            return Told("done")
        with self._lock:
            future = self._sums.get(layer)
            if future is None:
                future = self._pool.submit(sum_up, rows)
                _keep(self._sums, layer, future, KEPT_SUMS)
        return self._look(future, MOMENT)

    def _known(self, name: str, path: Any, question: Any, ask: bool = True) -> Told:
        """What the cache has, or the answer of the network, asked once."""
        with self._lock:
            future, since = self._once.get(name, (None, 0.0))
            stale = future is not None and _failed(future) and time.monotonic() - since > FORGIVEN
            if future is None or (stale and ask):
                value = self.study.task.cache.read_json(path)
                if value is None and not ask:
                    return Told("idle")
                future = _finished(value) if value is not None else self._ask(question)
                self._once[name] = future, time.monotonic()
        return self._look(future, MOMENT)

    def _ask(self, question: Any) -> "Future[Any]":
        return self.study.service.ask(question)

    def _look(self, future: "Future[Any]", patience: float) -> Told:
        try:
            return Told("done", future.result(patience), fraction=1.0)
        except NotYetError:
            return Told("waiting", message=self.study.service.message)
        except UserError as error:
            return Told("failed", message=str(error))


def _failed(future: "Future[Any]") -> bool:
    return future.done() and future.exception() is not None


def _finished(value: Any) -> "Future[Any]":
    future: Future[Any] = Future()
    future.set_result(value)
    return future


def _keep(
    kept: "OrderedDict[Any, Future[Any]]", key: Any, future: "Future[Any]", most: int
) -> None:
    """Keep an answer, and forget the oldest of those that have come where there are too many."""
    kept[key] = future
    for old in list(kept):
        if len(kept) <= most:
            break
        if kept[old].done():
            del kept[old]
