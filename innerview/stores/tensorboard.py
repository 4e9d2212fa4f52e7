"""Runs in a folder of TensorBoard's event files, as TensorFlow, Keras and torch write them."""

import math
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from innerview.errors import StoreError
from innerview.records import Curve, Histogram, Text, Value
from innerview.stores import tensorboard_values as values
from innerview.stores.base import SILENCE, ImageInfo, Run, Scalar, Series
from innerview.stores.readonly import Followed, as_text, find_files, make_id
from innerview.stores.tensorboard_file import EventFile, Key, join
from innerview.stores.tensorboard_values import Item


def open_tensorboard(path: str | Path) -> "TensorBoardBackend":
    """The event files in a folder and below it.

    Raises:
        StoreError: it is no folder, or TensorBoard is not installed.
    """
    try:
        import tensorboard.compat.proto.event_pb2  # noqa: F401
    except ImportError:
        raise StoreError(
            "Reading TensorBoard's logs needs its package: pip install tensorboard"
        ) from None
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise StoreError(f"{path} is no folder; name one that has TensorBoard's event files.")
    return TensorBoardBackend(folder)


@dataclass(slots=True)
class _Logs:
    """A folder with event files: a run.

    Attributes:
        path: relative to the store's folder, with "/"; "" for that itself.
        files: by their names, which begin with the time when they were made.
        revisions: of each series.
    """

    id: str
    path: str
    files: dict[str, EventFile] = field(default_factory=dict)
    revisions: dict[Key, int] = field(default_factory=dict)
    summaries: dict[Key, Series] = field(default_factory=dict)
    changed: float = 0.0

    def ordered(self) -> list[EventFile]:
        return [self.files[name] for name in sorted(self.files)]

    def items(self, kind: str, tag: str) -> list[tuple[EventFile, Item]]:
        found = [
            (file, item) for file in self.ordered() for item in file.items.get((kind, tag), ())
        ]
        return sorted(found, key=lambda entry: (entry[1].step, entry[1].time))

    def scalar(self, tag: str) -> Scalar:
        return join([file.scalars[tag] for file in self.ordered() if tag in file.scalars])


class TensorBoardBackend(Followed):
    """See innerview.stores.base.Backend. Follows files that grow, and folders that come."""

    kind = "tensorboard"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = str(self._place)
        self._logs: dict[str, _Logs] = {}
        self._refresh()

    def runs(self) -> list[Run]:
        with self._lock:
            self._refresh()
            found = [self._describe(logs) for logs in self._logs.values()]
        return sorted(found, key=lambda run: (run.started, run.name))

    def series(self, run: str | None = None) -> list[Series]:
        with self._lock:
            self._refresh()
            found = [
                _summarize(logs, key)
                for logs in self._logs.values()
                if run in (None, logs.id)
                for key in logs.revisions
            ]
        return sorted((s for s in found if s.count), key=lambda s: (s.tag, s.run, s.kind))

    def scalars(self, wanted: Sequence[tuple[str, str]]) -> list[Scalar]:
        with self._lock:
            self._refresh()
            empty = _Logs("", "")
            return [self._logs.get(run, empty).scalar(tag) for run, tag in wanted]

    def histograms(self, run: str, tag: str) -> list[Histogram]:
        found = (
            values.read_histogram(value, run, item)
            for value, item in self._read(run, "histogram", tag)
        )
        return [histogram for histogram in found if histogram is not None]

    def images(self, run: str, tag: str) -> list[ImageInfo]:
        return [
            ImageInfo(run, tag, item.id, item.step, item.time, item.width, item.height)
            for _, item in self._items(run, "image", tag)
        ]

    def image(self, run: str, id: str) -> bytes | None:
        with self._lock:
            self._refresh()
            logs = self._logs.get(run)
            place = logs and next(
                (
                    (file, item)
                    for file in logs.files.values()
                    for (kind, _), items in file.items.items()
                    if kind == "image"
                    for item in items
                    if item.id == id
                ),
                None,
            )
        if not place:
            return None
        file, item = place
        (value,) = file.read([item])
        return None if value is None else values.read_image(value, item.part)

    def texts(self, run: str | None = None) -> list[Text]:
        wanted = [(s.run, s.tag) for s in self.series(run) if s.kind == "text"]
        found = [
            values.read_text(value, each, item)
            for each, tag in wanted
            for value, item in self._read(each, "text", tag)
        ]
        return sorted(found, key=lambda text: (text.time, text.id))

    def curves(self, run: str, tag: str) -> list[Curve]:
        found = (
            values.read_curve(value, run, item) for value, item in self._read(run, "curve", tag)
        )
        return [curve for curve in found if curve is not None]

    def _items(self, run: str, kind: str, tag: str) -> list[tuple[EventFile, Item]]:
        with self._lock:
            self._refresh()
            return self._logs[run].items(kind, tag) if run in self._logs else []

    def _read(self, run: str, kind: str, tag: str) -> Iterator[tuple[Any, Item]]:
        found = self._items(run, kind, tag)
        by_file: dict[EventFile, list[Item]] = {}
        for file, item in found:
            by_file.setdefault(file, []).append(item)
        read = {
            item.id: value
            for file, items in by_file.items()
            for item, value in zip(items, file.read(items), strict=True)
        }
        for _, item in found:
            if read[item.id] is not None:
                yield read[item.id], item

    def _is_there(self) -> bool:
        return self._place.is_dir()

    def _look(self) -> None:
        there: set[tuple[str, str]] = set()
        for path, entry in find_files(self._place, _is_event_file):
            there.add((path, entry.name))
            self._follow(path, entry)
        self._forget(there)

    def _growing(self) -> frozenset[str]:
        return frozenset(logs.id for logs in self._logs.values() if _is_growing(logs))

    def _follow(self, path: str, entry: "os.DirEntry[str]") -> None:
        id = make_id(path)
        logs = self._logs.get(id) or _Logs(id, path)
        file = logs.files.get(entry.name) or EventFile(Path(entry.path))
        try:
            found = entry.stat(follow_symlinks=False)
            if file.is_other(found):
                self._touch(logs, set(logs.revisions))
                file = EventFile(Path(entry.path))
            if file.is_read(found):
                return
            touched = file.advance()
        except OSError:
            return  # gone meanwhile, or not ours to read
        if not logs.files:
            self._revision += 1
        self._logs[id] = logs
        logs.files[entry.name] = file
        logs.changed = max(logs.changed, found.st_mtime)
        for step in file.purged:
            for name in logs.files:
                if name < entry.name:
                    logs.files[name].purge(step)
            touched |= set(logs.revisions)
        self._touch(logs, touched)

    def _forget(self, there: set[tuple[str, str]]) -> None:
        for logs in list(self._logs.values()):
            for name in [name for name in logs.files if (logs.path, name) not in there]:
                del logs.files[name]
                self._touch(logs, set(logs.revisions))
            if not logs.files:
                del self._logs[logs.id]
                self._revision += 1

    def _touch(self, logs: _Logs, keys: set[Key]) -> None:
        if keys:
            self._revision += 1
        for key in keys:
            logs.revisions[key] = self._revision
            logs.summaries.pop(key, None)

    def _describe(self, logs: _Logs) -> Run:
        files = logs.ordered()
        started = min(file.started for file in files)
        updated = max(file.updated for file in files)
        said = next((file.status for file in reversed(files) if file.status), None)
        growing = logs.id in self._alive
        return Run(
            id=logs.id,
            name=as_text(logs.path) or self.title,
            # The folder above: what Keras keeps in train and validation stays together.
            folder=as_text(logs.path).rpartition("/")[0] or self.title,
            started=started if math.isfinite(started) else logs.changed,
            updated=max(updated, logs.changed) if growing else max(updated, started),
            # Event files have no end; one that no longer grows is taken for complete.
            status=said or ("running" if growing else "done"),
            parameters=self._parameters(logs),
        )

    def _parameters(self, logs: _Logs) -> dict[str, Value]:
        """The hyperparameters of a run, which its writer may have put above it or below it.

        Keras's callback logs into the folders train and validation and its hyperparameters are
        above them; torch's add_hparams puts them into a folder of their own, called by the time.
        """
        found: dict[str, Value] = {}
        for other in sorted(self._logs.values(), key=lambda each: each.path):
            parent, _, name = other.path.rpartition("/")
            if other.path == logs.path or logs.path.startswith(f"{other.path}/" * bool(other.path)):
                pass
            elif not (parent == logs.path and _is_time(name)):
                continue
            for file in other.ordered():
                found |= file.parameters
        return found


def _summarize(logs: _Logs, key: Key) -> Series:
    if key not in logs.summaries:
        logs.summaries[key] = _make_series(logs, key)
    return logs.summaries[key]


def _make_series(logs: _Logs, key: Key) -> Series:
    kind, tag = key
    revision = logs.revisions[key]
    nan = math.nan
    if kind != "scalar":
        items = [item for file in logs.ordered() for item in file.items.get(key, ())]
        step = items[-1].step if items else 0
        return Series(logs.id, tag, kind, len(items), step, nan, nan, nan, revision)
    scalar = logs.scalar(tag)
    if not len(scalar.steps):
        return Series(logs.id, tag, kind, 0, 0, nan, nan, nan, revision)
    finite = scalar.values[np.isfinite(scalar.values)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (nan, nan)
    step, last = int(scalar.steps[-1]), float(scalar.values[-1])
    return Series(logs.id, tag, kind, len(scalar.steps), step, last, low, high, revision)


def _is_event_file(name: str) -> bool:
    return "tfevents" in name


def _is_time(name: str) -> bool:
    """Whether a folder is called by seconds since 1970."""
    return name.replace(".", "", 1).isdecimal() and len(name) >= 10


def _is_growing(logs: _Logs) -> bool:
    return time.time() - logs.changed < SILENCE
