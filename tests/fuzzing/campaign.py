"""Opens many wrong files in a process that is watched: its time, its memory, what it writes.

python -m tests.fuzzing.campaign 2000
"""

import argparse
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import psutil

from tests.fuzzing import originals, target
from tests.fuzzing.mutations import mutate

# What is allowed: seconds a file, and bytes of resident memory.
SECONDS, MEMORY = 30.0, 2 * 2**30
POLL = 0.05
# Start-up of the process, with the import of TensorFlow.
PATIENCE = 180.0


@dataclass
class Outcome:
    """What became of the files.

    Attributes:
        counts: of "study" and "sentence", by kind of file.
        faults: a line each: the file's name and what went wrong.
        sentences: every different one, with how often it was said.
        peak: bytes of resident memory.
        slowest: seconds.
    """

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    sentences: Counter[str] = field(default_factory=Counter)
    peak: int = 0
    slowest: float = 0.0


@dataclass(frozen=True)
class Case:
    """One wrong file; `content` lies beside good images where it is an image."""

    name: str
    kind: str
    path: Path
    content: bytes


def cases(folder: Path, count: int, first_seed: int = 0) -> Iterator[Case]:
    """`count` wrong files, in turn a network's, an array's and an image's."""
    inputs = folder / "inputs"
    (inputs / "photos" / "a").mkdir(parents=True)
    kinds = [("network", originals.networks(inputs)), ("images", originals.arrays())]
    pictures = originals.images()
    (inputs / "photos" / "a" / "whole.png").write_bytes(pictures[0][1])
    # Half of all are networks, which have the most to go wrong.
    turns = [kinds[0], kinds[1], kinds[0], ("photo", pictures)]
    for number in range(first_seed, first_seed + count):
        kind, files = turns[number % 4]
        suffix, data = files[number // 4 % len(files)]
        content = mutate(data, suffix, number)
        if kind == "photo":
            yield Case(f"{number}.{suffix}", "images", inputs / "photos", content)
        else:
            yield Case(f"{number}.{suffix}", kind, inputs / f"wrong.{suffix}", content)


class Watched:
    """The process, started again where it had to be ended."""

    def __init__(self, cache: Path) -> None:
        self.cache = cache
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe: Connection
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=target.main, args=(theirs, self.cache), daemon=True)
        self.process.start()
        theirs.close()
        assert self.pipe.poll(PATIENCE) and self.pipe.recv() == "ready"
        self.memory = psutil.Process(self.process.pid)

    def open(self, path: Path, kind: str, outcome: Outcome) -> tuple[str, str, list[str]]:
        began = time.monotonic()
        self.pipe.send((path, kind))
        try:
            while not self.pipe.poll(POLL):
                outcome.peak = max(outcome.peak, self.memory.memory_info().rss)
                if time.monotonic() - began > SECONDS:
                    self.close()
                    self._start()
                    return "fault", f"hung for more than {SECONDS:.0f} s", []
            answer: tuple[str, str, list[str]] = self.pipe.recv()
        except (EOFError, OSError, psutil.NoSuchProcess):
            self.process.join()
            code = self.process.exitcode
            self._start()
            return "fault", f"the process died ({code})", []
        outcome.peak = max(outcome.peak, self.memory.memory_info().rss)
        outcome.slowest = max(outcome.slowest, time.monotonic() - began)
        return answer

    def close(self) -> None:
        self.process.kill()
        self.process.join()


def run(count: int, first_seed: int = 0, keep: Path | None = None) -> Outcome:
    """Open `count` wrong files; those with faults are kept in `keep`."""
    outcome = Outcome()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        folder = Path(name).resolve()
        cache = folder / "cache"
        watched = Watched(cache)
        before = _files(folder / "inputs")
        for case in cases(folder, count, first_seed):
            photo = case.path / "a" / case.name if case.path.is_dir() else case.path
            photo.write_bytes(case.content)
            before = _files(folder / "inputs")
            what, said, written = watched.open(case.path, case.kind, outcome)
            faults = [f"{said}"] if what == "fault" else []
            faults += [f"wrote or ran: {line}" for line in written]
            if _files(folder / "inputs") != before:
                faults.append("changed the folder that it read")
            if outcome.peak > MEMORY:
                faults.append(f"took {outcome.peak / 2**20:.0f} MiB")
                outcome.peak = 0
            for fault in faults:
                outcome.faults.append(f"{case.name}: {fault}")
            if faults and keep is not None:
                keep.mkdir(parents=True, exist_ok=True)
                (keep / case.name).write_bytes(case.content)
            outcome.counts[Path(case.name).suffix, what] += 1
            if what == "sentence":
                outcome.sentences[said.replace(str(folder), "")] += 1
            photo.unlink()
        watched.close()
    return outcome


def _files(folder: Path) -> set[tuple[str, int]]:
    return {(str(path), path.stat().st_size) for path in folder.rglob("*") if path.is_file()}


def main() -> int:
    command = argparse.ArgumentParser(description=__doc__)
    command.add_argument("count", type=int)
    command.add_argument("--first-seed", type=int, default=0)
    command.add_argument("--keep", type=Path, help="folder for the files with faults")
    options = command.parse_args()
    outcome = run(options.count, options.first_seed, options.keep)
    for (suffix, what), number in sorted(outcome.counts.items()):
        print(f"{suffix:6} {what:9} {number}")
    for sentence, number in outcome.sentences.most_common():
        print(f"{number:5} {sentence}")
    for fault in outcome.faults:
        print("FAULT", fault)
    print(f"{options.count} files, {len(outcome.faults)} faults")
    print(f"slowest {outcome.slowest:.1f} s, peak {outcome.peak / 2**20:.0f} MiB")
    return 1 if outcome.faults else 0


if __name__ == "__main__":
    sys.exit(main())
