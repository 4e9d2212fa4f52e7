"""Runs in CSV files, as Keras' CSVLogger writes them: a file, or a folder with several."""

import math
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from innerview.errors import StoreError
from innerview.stores.base import SILENCE, Run, Scalar, Series
from innerview.stores.csvlog_file import LogFile
from innerview.stores.readonly import Followed, as_text, find_files, make_id


def open_csvlog(path: str | Path) -> "CsvBackend":
    """The log in a file, or those in a folder and below it; tables that are none are left out.

    Raises:
        StoreError: there is no such file or folder, or the file is no log.
    """
    place = Path(path).expanduser()
    if not place.exists():
        raise StoreError(f"{path} is not there; name a CSV file, or a folder with some.")
    return CsvBackend(place)


class CsvBackend(Followed):
    """See innerview.stores.base.Backend. Follows files that grow, and files that come."""

    kind = "csv"

    def __init__(self, place: Path) -> None:
        super().__init__(place)
        self._is_file = self._place.is_file()
        self.folder = str(self._place.parent if self._is_file else self._place)
        self._files: dict[str, LogFile] = {}
        self._refresh()
        file = self._files.get(self._place.name)
        if self._is_file and file is not None and file.lines > 1 and not file.points:
            raise StoreError(
                f"{path_of(self._place)} is no log of a training: it needs a line of names, as "
                '"epoch,loss,accuracy", and lines of numbers.'
            )

    def runs(self) -> list[Run]:
        with self._lock:
            self._refresh()
            found = [self._describe(path, file) for path, file in self._logs()]
        return sorted(found, key=lambda run: (run.started, run.name))

    def series(self, run: str | None = None) -> list[Series]:
        with self._lock:
            self._refresh()
            found = [
                _summarize(make_id(path), tag, file)
                for path, file in self._logs()
                if run in (None, make_id(path))
                for tag in file.points
            ]
        return sorted((s for s in found if s.count), key=lambda s: (s.tag, s.run))

    def scalars(self, wanted: Sequence[tuple[str, str]]) -> list[Scalar]:
        with self._lock:
            self._refresh()
            by_id = {make_id(path): file for path, file in self._logs()}
            nothing = LogFile(self._place)
            return [by_id.get(run, nothing).scalar(tag) for run, tag in wanted]

    def _logs(self) -> Iterator[tuple[str, LogFile]]:
        """Those that have something; a folder may hold other tables, too."""
        return ((path, file) for path, file in self._files.items() if file.points)

    def _is_there(self) -> bool:
        return self._place.exists()

    def _look(self) -> None:
        there = set()
        for path, place in self._places():
            there.add(path)
            self._follow(path, place)
        for path in self._files.keys() - there:
            del self._files[path]
            self._revision += 1

    def _growing(self) -> frozenset[str]:
        now = time.time()
        return frozenset(path for path, file in self._logs() if now - file.updated < SILENCE)

    def _places(self) -> Iterator[tuple[str, Path]]:
        if self._is_file:
            yield self._place.name, self._place
            return
        for folder, entry in find_files(self._place, _is_table):
            yield f"{folder}/{entry.name}" if folder else entry.name, Path(entry.path)

    def _follow(self, path: str, place: Path) -> None:
        file = self._files.get(path)
        try:
            if file is None or file.is_other(place.stat()):
                # A file that the user named may be a link; one that was found is none.
                real = place.resolve() if self._is_file else place
                file = LogFile(real)
                self._revision += 1
            self._revision += file.advance(time.time())
        except OSError:
            return  # gone meanwhile, or not ours to read
        self._files[path] = file

    def _describe(self, path: str, file: LogFile) -> Run:
        name = as_text(path)
        stem = name[: -len(".csv")] if name.lower().endswith(".csv") else name
        return Run(
            id=make_id(path),
            name=stem,
            folder=name.rpartition("/")[0] or as_text(Path(self.folder or "").name),
            started=file.started,
            updated=file.updated,
            # A table has no end; one that no longer grows is taken for complete.
            status="running" if path in self._alive else "done",
        )


def _is_table(name: str) -> bool:
    return name.lower().endswith(".csv")


def path_of(place: Path) -> str:
    return as_text(str(place))


def _summarize(run: str, tag: str, file: LogFile) -> Series:
    scalar = file.scalar(tag)
    nan = math.nan
    if not len(scalar.steps):
        return Series(run, tag, "scalar", 0, 0, nan, nan, nan, 0)
    finite = scalar.values[np.isfinite(scalar.values)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (nan, nan)
    return Series(
        run, tag, "scalar", len(scalar.steps), int(scalar.steps[-1]), float(scalar.values[-1]),
        low, high, file.changes[tag],
    )  # fmt: skip
