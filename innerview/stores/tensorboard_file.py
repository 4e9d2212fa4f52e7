"""One event file, read as it grows."""

import math
import os
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from innerview.records import Value
from innerview.stores import tensorboard_records as records
from innerview.stores import tensorboard_values as values
from innerview.stores.base import Scalar
from innerview.stores.readonly import open_plain
from innerview.stores.tensorboard_scalars import Found, find_scalars, join_found, make_found
from innerview.stores.tensorboard_values import Item

# Bytes read at once.
CHUNK = 8 << 20
# Values of one event; a longer record is counted before it is read.
MOST_VALUES, _LONG = 10_000, 1 << 16

# Kind and tag of a series.
Key = tuple[str, str]


class Points:
    """A curve's points in a file, as they come."""

    def __init__(self) -> None:
        self.steps, self.times, self.values = array("q"), array("d"), array("d")

    def arrays(self) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        return np.array(self.steps, np.int64), np.array(self.times), np.array(self.values)

    def extend(self, found: Found) -> None:
        self.steps.frombytes(np.ascontiguousarray(found.steps, np.int64).tobytes())
        self.times.frombytes(np.ascontiguousarray(found.times, np.float64).tobytes())
        self.values.frombytes(np.ascontiguousarray(found.values, np.float64).tobytes())

    def purge(self, step: int) -> None:
        """Drop the points from a step on."""
        kept = [n for n, at in enumerate(self.steps) if at < step]
        self.steps = array("q", [self.steps[n] for n in kept])
        self.times = array("d", [self.times[n] for n in kept])
        self.values = array("d", [self.values[n] for n in kept])


class EventFile:
    """What an event file says. Only numbers are kept; of all else, where it is.

    Attributes:
        purged: the steps from which on what came before is void, as a restart said, since the
            last `advance`.
        status: how the run ended, as the hparams plugin says it.
        damaged: a checksum was wrong; nothing after it is read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._name = path.name
        self.scalars: dict[str, Points] = {}
        self.items: dict[Key, list[Item]] = {}
        self.parameters: dict[str, Value] = {}
        self.status: str | None = None
        self.started = math.inf
        self.updated = -math.inf
        self.damaged = False
        self.purged: list[int] = []
        self._plugins: dict[str, str] = {}
        self._offset = 0
        self._seen = -1
        self._identity: tuple[int, int] | None = None
        self._touched: set[Key] = set()
        # Scalars of the chunk that is being read.
        self._found: list[Found] = []
        # Those that were read one by one: number of the record, step, time, value.
        self._single: dict[str, list[tuple[int, int, float, float]]] = {}

    def is_read(self, found: os.stat_result) -> bool:
        """Whether there is nothing new in it."""
        return self.damaged or found.st_size == self._seen

    def is_other(self, found: os.stat_result) -> bool:
        """Whether another file has taken its place, or it was cut."""
        identity = (found.st_dev, found.st_ino)
        replaced = self._identity is not None and identity != self._identity
        return replaced or found.st_size < self._offset

    def advance(self) -> set[Key]:
        """Read what has come since the last time.

        Returns:
            The series that have changed.

        Raises:
            OSError: it cannot be read.
        """
        self._touched = set()
        self.purged = []
        if not self.damaged:
            with open(self.path, "rb", opener=open_plain) as file:
                found = os.fstat(file.fileno())
                self._identity = (found.st_dev, found.st_ino)
                self._seen = found.st_size
                if found.st_size > self._offset:
                    for offset, content in self._chunks(file, found.st_size):
                        self._take(offset, content)
        return self._touched

    def _chunks(self, file: Any, size: int) -> Iterator[tuple[int, bytes]]:
        """(offset, content) of runs of bytes that begin with a whole record, as long as they do."""
        wanted = CHUNK
        while not self.damaged and self._offset < size:
            file.seek(self._offset)
            content = file.read(min(wanted, size - self._offset))
            before = self._offset
            yield before, content
            if self._offset > before:
                wanted = CHUNK
                continue
            # Not one whole record: it is large, or not written to its end yet.
            header = content[: records.HEADER]
            length = records.next_length(header) if len(header) == records.HEADER else None
            if length is None or self.damaged:
                return
            whole = records.HEADER + length + records.FOOTER
            if self._offset + whole > size:
                return
            if length > records.LARGEST:
                self._offset += whole
            else:
                wanted = whole

    def _take(self, offset: int, content: bytes) -> None:
        from google.protobuf.message import DecodeError
        from tensorboard.compat.proto.event_pb2 import Event

        places, end, sound = records.split(content)
        self._offset = offset + end
        self.damaged = not sound
        self._found, others = find_scalars(content, places, self._read_scalar)
        for number in others.tolist():
            start, length = int(places.starts[number]), int(places.lengths[number])
            record = content[start : start + length]
            if length > _LONG and records.count_values(record, MOST_VALUES) >= MOST_VALUES:
                continue
            try:
                event = Event.FromString(record)
            except DecodeError:
                # The checksum was right, so somebody meant it; the next ones may be of use.
                continue
            self._add(event, number, offset + start, length)
        self._flush(len(places.starts))

    def _read_scalar(self, content: bytes) -> tuple[str, float] | None:
        from google.protobuf.message import DecodeError
        from tensorboard.compat.proto.event_pb2 import Event

        try:
            event = Event.FromString(content)
        except DecodeError:
            return None
        if not event.HasField("summary") or len(event.summary.value) != 1:
            return None
        (value,) = event.summary.value
        if values.kind_of(value, self._plugin(value)) != "scalar":
            return None
        number = values.read_scalar(value)
        return None if number is None else (value.tag, number)

    def _flush(self, end: int) -> None:
        """Put the scalars of a chunk, up to a record's number, to their curves in their order."""
        by_tag: dict[str, list[Found]] = {}
        for found in [*self._found, *map(make_found, self._single, self._single.values())]:
            by_tag.setdefault(found.tag, []).append(found)
        self._found, self._single = [], {}
        for tag, parts in by_tag.items():
            joined = join_found(parts)
            count = int(np.searchsorted(joined.numbers, end))
            now, later = joined.cut(0, count), joined.cut(count, None)
            if count:
                self.scalars.setdefault(tag, Points()).extend(now)
                self._touched.add(("scalar", tag))
                self.started = min(self.started, float(now.times.min()))
                self.updated = max(self.updated, float(now.times.max()))
            if len(later.numbers):
                self._found.append(later)

    def _add(self, event: Any, number: int, offset: int, length: int) -> None:
        time = event.wall_time
        if not math.isfinite(time):
            time = self.updated if math.isfinite(self.updated) else 0.0
        self.started = min(self.started, time)
        self.updated = max(self.updated, time)
        if event.HasField("summary"):
            for part, value in enumerate(event.summary.value):
                place = (self._name, offset, length, part)
                self._add_value(value, number, event.step, time, place)
        elif event.HasField("session_log") and event.session_log.status == 1:
            self._flush(number)
            self.purged.append(event.step)
            self.purge(event.step)

    def _plugin(self, value: Any) -> str:
        """What a tag is for, as its first value says; the others need not."""
        if value.HasField("metadata") and value.tag not in self._plugins:
            self._plugins[value.tag] = value.metadata.plugin_data.plugin_name
        return self._plugins.get(value.tag, "")

    def _add_value(
        self, value: Any, number: int, step: int, time: float, place: tuple[str, int, int, int]
    ) -> None:
        plugin = self._plugin(value)
        if plugin == "hparams":
            self._add_parameters(value.metadata.plugin_data.content)
            return
        kind = values.kind_of(value, plugin)
        if kind == "scalar":
            scalar = values.read_scalar(value)
            if scalar is not None:
                self._single.setdefault(value.tag, []).append((number, step, time, scalar))
        elif kind == "image":
            for tag, part, width, height in values.list_images(value):
                self._add_item(Item(kind, tag, step, time, *place, part, width, height))
        elif kind is not None:
            self._add_item(Item(kind, values.tag_of(value, kind), step, time, *place, 0))

    def _add_item(self, item: Item) -> None:
        key = (item.kind, item.tag)
        self.items.setdefault(key, []).append(item)
        self._touched.add(key)

    def _add_parameters(self, content: bytes) -> None:
        parameters, status = values.read_parameters(content)
        self.parameters |= parameters
        self.status = status or self.status

    def purge(self, step: int) -> None:
        """Drop what was logged at a step and after it, as the training went back."""
        for points in self.scalars.values():
            points.purge(step)
        for key, items in self.items.items():
            self.items[key] = [item for item in items if item.step < step]
        self._touched |= {("scalar", tag) for tag in self.scalars} | self.items.keys()

    def read(self, items: Sequence[Item]) -> list[Any]:
        """The values that items stand for; None for what is no longer there."""
        from google.protobuf.message import DecodeError
        from tensorboard.compat.proto.event_pb2 import Event

        found: list[Any] = []
        try:
            with open(self.path, "rb", opener=open_plain) as file:
                for item in items:
                    file.seek(item.offset)
                    try:
                        event = Event.FromString(file.read(item.length))
                        found.append(event.summary.value[item.value])
                    except (DecodeError, IndexError):
                        found.append(None)
        except OSError:
            found += [None] * (len(items) - len(found))
        return found


def join(parts: list[Points]) -> Scalar:
    """A curve from its parts in the files of a run."""
    if not parts:
        return Scalar(np.empty(0, np.int64), np.empty(0), np.empty(0))
    steps, times, numbers = zip(*(part.arrays() for part in parts), strict=True)
    return Scalar(np.concatenate(steps), np.concatenate(times), np.concatenate(numbers))
