"""What the worker processes tell the study, and the states that it keeps of it."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from analysis.projection import Method

State = Literal["waiting", "running", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Stage:
    """One piece of work.

    Attributes:
        id: unique; "SPACE|METHOD" for a projection.
        title: for the user.
        state: waiting, running, done, or failed.
        fraction: share of the work done, 0 to 1.
        message: what is being done, or the sentence that says why it failed.
    """

    id: str
    title: str
    state: State = "waiting"
    fraction: float = 0.0
    message: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """A map of a space, or what there is of it so far.

    Attributes:
        points: float32, (N, 2), finite.
        version: rises with every newer layout of the same space and method.
        final: nothing newer will come.
        trustworthiness: 0 to 1 with 15 neighbours; None until final, or with too few samples.
        progress: share of the work done, 0 to 1.
    """

    points: NDArray[np.float32]
    version: int
    final: bool
    trustworthiness: float | None
    progress: float


@dataclass(frozen=True, slots=True)
class Failure:
    """A piece of work could not be done.

    Attributes:
        message: a sentence for the user.
        by_user: it is a mistake that the user can mend (a UserError).
        trace: where it happened, for the log.
    """

    stage: str
    message: str
    by_user: bool
    trace: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A newer layout of a space."""

    space: str
    method: Method
    layout: Layout


@dataclass(frozen=True, slots=True)
class Ready:
    """An artefact is in the cache.

    Attributes:
        what: "thumbnails", "forward" (description, logits, activations and samples) or a
            "neighbours|SPACE".
        seconds: that it took to make.
    """

    what: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Described:
    """The network is open; its description as JSON."""

    value: dict[str, object]


@dataclass(frozen=True, slots=True)
class Answered:
    """A question to the network has its answer (see analysis/service_worker.py)."""

    number: int
    value: Any


@dataclass(frozen=True, slots=True)
class Followed:
    """A further epoch of a training is in the cache (see analysis/history/worker.py).

    Attributes:
        stage: of the pass over the checkpoints, or of the maps of a layer.
        position: of the epoch, from 0.
    """

    stage: str
    position: int


Event = Stage | Drawn | Ready | Described | Answered | Followed | Failure
