"""What a place for runs has to be able to do: the one interface of every kind of store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from innerview.records import (
    Checkpoint,
    ClassMap,
    ClassPoints,
    Curve,
    Histogram,
    Record,
    Text,
    Value,
)

# Facts of a run that a person may change afterwards.
EDITABLE = ("name", "folder", "tags", "note", "hidden", "deleted", "parameters")


@dataclass(frozen=True, slots=True)
class Run:
    """A training run, without its numbers.

    Attributes:
        started, updated: seconds since 1970, of the first and the last word of its writer.
        status: "running", "done", "stopped", "failed"; as the writer said it last, so that a
            writer that was killed is still "running" (see `is_alive`).
        deleted: it is in the bin: left out by everything, until it is restored or erased.
    """

    id: str
    name: str
    folder: str
    started: float
    updated: float
    status: str
    parameters: Mapping[str, Value] = field(default_factory=dict)
    source: Mapping[str, Value] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    note: str = ""
    hidden: bool = False
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """What is known of one tag of a run without reading it.

    Attributes:
        kind: "scalar", "histogram", "image", "text", "curve" or "map" (of class probabilities).
        count: points, or records.
        last_step: of the last point.
        last: the last point's value; NaN for other kinds.
        smallest, largest: of the finite values; NaN where there are none, or for other kinds.
        revision: rises with every change of this tag.
    """

    run: str
    tag: str
    kind: str
    count: int
    last_step: int
    last: float
    smallest: float
    largest: float
    revision: int


@dataclass(frozen=True, slots=True, eq=False)
class Scalar:
    """A whole curve, in the order in which it was written.

    Attributes:
        steps: int64, (n,); times: float64, (n,), seconds since 1970; values: float64, (n,).
    """

    steps: NDArray[np.int64]
    times: NDArray[np.float64]
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """A logged picture without its pixels."""

    run: str
    tag: str
    id: str
    step: int
    time: float
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ClassMapInfo:
    """A class-probability map without its probabilities; see records.ClassMap."""

    run: str
    tag: str
    id: str
    step: int
    time: float
    epoch: int | None
    height: int
    width: int
    classes: int
    xlim: tuple[float, float]
    ylim: tuple[float, float]


class Backend(Protocol):
    """A place where runs are kept. May be called from any thread; several processes may share it.

    Every method raises a StoreError, with a sentence for the user, when the place is lost.
    """

    @property
    def title(self) -> str:
        """What it is called in the page: without a password, and without a folder's whole path."""

    @property
    def kind(self) -> str:
        """ "sqlite", "mongodb", "tensorboard" or "csv"."""

    @property
    def writable(self) -> bool:
        """Whether `write`, `edit` and the like do anything but raise a ReadOnlyError."""

    @property
    def folder(self) -> str | None:
        """The folder on this machine that checkpoints lie in or below; None where there is none."""

    def write(self, records: Sequence[Record]) -> None:
        """Keeps all of the records, or none. Records that are there already change nothing.

        Raises:
            StoreError: the place is lost; the same records will be written again later.
            ValueError: there is one among them that can never be kept, too large a one say.
        """

    def revision(self) -> str:
        """Differs from an earlier one if anything in the store has changed; quick to ask."""

    def runs(self) -> list[Run]:
        """Every run, those hidden and deleted too, the earliest first."""

    def series(self, run: str | None = None) -> list[Series]:
        """What there is of a run, or of all; in the order of their tags."""

    def scalars(self, wanted: Sequence[tuple[str, str]]) -> list[Scalar]:
        """The curves of (run, tag) in their order; empty arrays for those that are not there."""

    def histograms(self, run: str, tag: str) -> list[Histogram]:
        """By their steps."""

    def images(self, run: str, tag: str) -> list[ImageInfo]:
        """By their steps."""

    def image(self, run: str, id: str) -> bytes | None:
        """The encoded picture (PNG, or another format that browsers show), None for none."""

    def texts(self, run: str | None = None) -> list[Text]:
        """Of a run, or of all, thoughts too, by their times."""

    def curves(self, run: str, tag: str) -> list[Curve]:
        """By their steps."""

    def class_maps(self, run: str, tag: str) -> list[ClassMapInfo]:
        """By their steps. What is no map is left out; a Series counts it."""

    def class_map(self, run: str, id: str) -> ClassMap | None:
        """The whole map; None for none."""

    def class_points(self, run: str, tag: str) -> ClassPoints | None:
        """The samples drawn upon the maps of a tag, as they were logged last; None for none."""

    def checkpoints(self, run: str | None = None) -> list[Checkpoint]:
        """Of a run, or of all, by their times."""

    def edit(self, run: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Changes facts named in EDITABLE.

        Args:
            changes: "parameters" maps names to new values; a value of ... (Ellipsis) removes one.

        Returns:
            What `edit` takes to make the change undone.

        Raises:
            StoreError: there is no such run, or a fact of that name or type.
        """

    def put_text(self, text: Text) -> None:
        """Keeps a text, replacing the one of the same id."""

    def remove_text(self, run: str, id: str) -> None:
        """Removes a text; nothing happens if there is none."""

    def correct(self, run: str, tag: str, step: int, value: float) -> int:
        """Replaces the values of a scalar at a step; returns how many there were."""

    def erase(self, run: str) -> None:
        """Removes a run and all that was logged of it, for good."""

    def close(self) -> None:
        """Gives back files and connections; the backend is of no use after this."""


# Seconds after which a run that calls itself running, and has said nothing, counts as lost. A
# writer says something every few seconds while its process lives.
SILENCE = 30.0


def is_alive(run: Run, now: float) -> bool:
    """Whether the run's writer is still there."""
    return run.status == "running" and now - run.updated < SILENCE
