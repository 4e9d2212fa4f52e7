"""The regions of a study's maps, as the page asks for them: having them drawn, and reading them."""

import threading
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analysis.projection import METHODS, Method
from analysis.regions.draw import Draw, read_cells, read_probabilities, read_summary
from analysis.regions.grid import ONE, SUPPORTED, Grid
from analysis.task import PIXELS
from model.rest import refuse_averaged
from util import UserError

if TYPE_CHECKING:
    from analysis.study import Study

Key = tuple[str, Method]

# Of a place: classes told, and samples named.
TOP, NEAREST = 5, 6
# Below this share of the images, a place's card says how far the map's regions agree at all.
FAITHFUL = 0.95


class EarlyError(UserError):
    """What is asked for is only not there yet."""


@dataclass(frozen=True, slots=True)
class Place:
    """What regions say of one place of a map.

    Attributes:
        classes, probabilities: the most probable classes, highest first; int64 and float32, (n,).
        support: 0 to 1, see analysis.regions.inverse.Inverse.support.
        nearest: int64, (m,), the samples nearest on the map, nearest first.
        held_out: share of the map's samples for which regions made without them agree with the
            network, 0 to 1; None where that was not measured.
    """

    classes: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    support: float
    nearest: NDArray[np.int64]
    held_out: float | None = None

    @property
    def extrapolates(self) -> bool:
        return self.support < SUPPORTED

    @property
    def sentence(self) -> str:
        """How far this goes beyond the samples, and what the map is worth where that is little."""
        if self.support > 0.999:
            said = "Images lie near this place and back what is said of it."
        else:
            times = f"{1 / max(self.support, 1e-3):.1f} times"
            what = "A guess, extrapolated" if self.extrapolates else "At the edge"
            said = (
                f"{what}: the nearest images are {times} as far away as the loneliest images of "
                "the map are from others."
            )
        if self.held_out is None or self.held_out >= FAITHFUL:
            return said
        share = f"{100 * self.held_out:.0f} %"
        return f"{said} This map's regions agree with the network at {share} of the images."


class RegionMaps:
    """The regions of every map of a study; may be called from any thread."""

    def __init__(self, study: "Study") -> None:
        self._study = study
        self._lock = threading.Lock()
        self._asked: dict[Key, Future[dict[str, Any]]] = {}
        self._summaries: dict[Key, dict[str, Any]] = {}

    def check(self, space: str, method: str) -> Key:
        """A space and a method of which there can be regions.

        Raises:
            EarlyError: the network has not been run yet.
            UserError: there is no such map, or its layer cannot be inverted.
        """
        study = self._study
        if method not in METHODS:
            raise UserError(f"There is no method '{method[:80]}'; there are {', '.join(METHODS)}.")
        if space == PIXELS:
            raise UserError("The pixels are no layer; regions are drawn on the map of a layer.")
        if study.description is None or study.samples is None:
            raise EarlyError("The network is still being run.")
        if space not in study.layers:
            known = ", ".join(study.layers)
            raise UserError(f"There is no layer '{space[:80]}'; there are {known}.")
        refuse_averaged(study.description, space)
        return space, method

    def request(self, key: Key) -> None:
        """Have regions drawn; asking again is harmless, and after a failure tries again.

        Raises:
            EarlyError: the map itself is not finished.
        """
        layout = self._study.layout(*key)
        if layout is None or not layout.final:
            raise EarlyError("This map is still being drawn; its regions come after it.")
        if self.summary(key) is not None:
            return
        with self._lock:
            asked = self._asked.get(key)
            if asked is None or (asked.done() and asked.exception() is not None):
                self._asked[key] = self._study.service.ask(Draw(*key))

    def summary(self, key: Key) -> dict[str, Any] | None:
        """What analysis.regions.draw.Draw answers, once it has."""
        if key not in self._summaries:
            asked = self._asked.get(key)
            if asked is not None and asked.done() and asked.exception() is None:
                if "refused" in asked.result():
                    return None
                self._summaries[key] = asked.result()
            elif asked is None and (kept := read_summary(self._study.task, *key)) is not None:
                self._summaries[key] = kept
        return self._summaries.get(key)

    def state(self, key: Key) -> dict[str, Any]:
        """ "state" (waiting, running, done, failed), "message", "fraction"; once done all else, and
        "hopeless" of a failure that asking again does not mend.
        """
        summary = self.summary(key)
        if summary is not None:
            return {"state": "done", "message": "", "fraction": 1.0, **summary}
        asked = self._asked.get(key)
        if asked is None:
            return {"state": "waiting", "message": "", "fraction": 0.0}
        if asked.done():
            if (error := asked.exception()) is not None:
                return _failed(str(error), hopeless=False)
            if "refused" in (answer := asked.result()):
                return _failed(answer["refused"], hopeless=True)
            # It came this moment.
            return self.state(key)
        wanted = Draw(*key).stage.id
        stage = next((one for one in self._study.stages() if one.id == wanted), None)
        fraction = 0.0 if stage is None else stage.fraction
        message = (stage.message if stage else "") or self._study.service.message
        return {"state": "running", "message": message, "fraction": fraction}

    def cells(self, key: Key) -> NDArray[np.uint16] | None:
        """uint16, (height, width, 4), as analysis.regions.grid.pack makes them; None until done."""
        return None if self.summary(key) is None else read_cells(self._study.task, *key)

    def at(self, key: Key, x: float, y: float) -> Place:
        """What regions say of a place, interpolated between the cells.

        Args:
            x, y: in units of the map, finite.

        Raises:
            EarlyError: the regions are not drawn yet.
            UserError: the place lies outside of them.
        """
        summary, layout = self.summary(key), self._study.layout(*key)
        cells, probabilities = self.cells(key), read_probabilities(self._study.task, *key)
        if summary is None or layout is None or cells is None or probabilities is None:
            raise EarlyError("The regions of this map are not drawn yet.")
        grid = Grid(tuple(summary["box"]), summary["width"], summary["height"])
        place = np.array([[x, y]])
        if not grid.within(place)[0]:
            raise UserError("This place lies outside of the regions.")
        rows, columns, weights = (part[0] for part in grid.corners(place))
        shares = weights @ probabilities[rows, columns].astype(np.float64)
        order = np.argsort(-shares, kind="stable")[:TOP]
        support = float(weights @ cells[rows, columns, 3].astype(np.float64)) / ONE
        away = np.hypot(*(layout.points - place[0]).T)
        count = min(NEAREST, len(away))
        near = np.argpartition(away, count - 1)[:count]
        near = near[np.argsort(away[near], kind="stable")]
        held_out = summary["agreement_held_out"]
        return Place(order, shares[order].astype(np.float32), support, near, held_out)


def _failed(message: str, hopeless: bool) -> dict[str, Any]:
    return {"state": "failed", "message": message, "fraction": 0.0, "hopeless": hopeless}
