"""Writers that are killed at any moment: the store opens, and lacks at most the last second."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from innerview.stores.sqlite import SqliteBackend, open_sqlite

ROOT = Path(__file__).resolve().parent.parent
KILLS = int(os.environ.get("INNERVIEW_KILLS", "12"))
AT_ONCE = 4
LONGEST_LIFE = 2.5

# Logs as quickly as a loop of a millisecond, and notes beside the store what it has logged.
LOGGER = """
import os, sys, time
from innerview import SummaryWriter
store, name = sys.argv[1:]
journal = os.open(f"{store}/{name}.journal", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
writer = SummaryWriter(store, "killed", name)
for step in range(100_000):
    writer.add_scalar("count", float(step), step)
    writer.add_scalar("half", step / 2, step)
    os.write(journal, f"{step} {time.time()}\\n".encode())
    if step % 50 == 0:
        writer.add_histogram("spread", [step, step + 1.0], step)
    time.sleep(0.001)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 here")
def test_a_killed_writer_loses_at_most_the_last_second(tmp_path: Path) -> None:
    generator = random.Random()
    logged = 0
    for first in range(0, KILLS, AT_ONCE):
        names = [f"run-{number}" for number in range(first, min(first + AT_ONCE, KILLS))]
        ends = kill_at_random(tmp_path, names, generator)
        for name, killed in ends.items():
            # A backend of its own each time: recovery happens when the file is opened.
            backend = open_sqlite(tmp_path, create=True)
            logged += check(backend, tmp_path / f"{name}.journal", name, killed)
            backend.check()
            backend.close()
    assert logged, "every writer was killed before it had logged anything"


def kill_at_random(store: Path, names: list[str], generator: random.Random) -> dict[str, float]:
    """Start loggers, kill each at some moment; returns when."""
    start = time.monotonic()
    lives = {name: generator.uniform(0.0, LONGEST_LIFE) for name in names}
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    children = {
        name: subprocess.Popen(
            [sys.executable, "-c", LOGGER, str(store), name], env=environment, cwd=store
        )
        for name in names
    }
    ends = {}
    for name in sorted(names, key=lives.__getitem__):
        time.sleep(max(0.0, start + lives[name] - time.monotonic()))
        ends[name] = time.time()
        children[name].send_signal(signal.SIGKILL)
        assert children[name].wait() == -signal.SIGKILL
    return ends


def check(backend: SqliteBackend, journal: Path, name: str, killed: float) -> int:
    """Returns how many points of the run are there."""
    noted = journal.read_text().splitlines() if journal.exists() else []
    times = [float(line.split()[1]) for line in noted if len(line.split()) == 2]
    due = sum(when < killed - 1.0 for when in times)
    runs = [run for run in backend.runs() if run.name == name]
    if not runs:
        assert due == 0, f"{name} is not there, and has logged {due} points"
        return 0
    (run,) = runs
    assert run.status == "running"
    count, half = backend.scalars([(run.id, "count"), (run.id, "half")])
    assert len(count.steps) >= due, f"{name}: {len(count.steps)} of {due} points"
    # None is missing, doubled, or in another's place.
    expected = np.arange(len(count.steps))
    np.testing.assert_array_equal(count.steps, expected)
    np.testing.assert_array_equal(count.values, expected)
    np.testing.assert_array_equal(half.values, np.arange(len(half.steps)) / 2)
    assert (np.diff(count.times) >= 0).all()
    spreads = backend.histograms(run.id, "spread")
    assert [spread.step for spread in spreads] == [50 * n for n in range(len(spreads))]
    assert len(spreads) >= -(-due // 50)
    summaries = {series.tag: series for series in backend.series(run.id)}
    if len(expected):
        assert summaries["count"].count == len(expected)
        assert summaries["count"].last == summaries["count"].largest == expected[-1]
    return len(expected)
