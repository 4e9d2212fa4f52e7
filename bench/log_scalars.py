"""How much logging slows training, side by side with other writers, in one run.

    python bench/log_scalars.py [--processes 8] [--rate 1000] [--windows 24] [--seconds 2.0]
                                [--torch PYTHON] [--tensorflow PYTHON]

Eight processes compute in steps; in half of the windows each step also logs ten scalars, all of
them into one store, which a reader watches meanwhile as the page does. A step is so long that a
process logs 1,000 scalars a second on its share of the cores. Compared are the steps that a second,
and a second of the processor (the writer's own threads included), were good for with and without
logging. Of Innerview's store it is checked that nothing is lost or out of order.

Peers: the writers of torch.utils.tensorboard, tensorboardX and TensorFlow, where they are installed
for this interpreter or for the one named. "nothing" logs nothing: its figures are the error of the
measurement.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)

from innerview.stores import open_backend  # noqa: E402
from innerview.stores.base import Backend  # noqa: E402

# Scalars that a step logs.
TAGS = 10

LOOP = Path(__file__).with_name("log_loop.py")
MODULES = {"torch": "torch.utils.tensorboard", "tensorboardX": "tensorboardX",
           "tensorflow": "tensorflow"}  # fmt: skip


def is_installed(python: str, module: str) -> bool:
    done = subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False)
    return done.returncode == 0


def watch(backend: Backend, children: list[subprocess.Popen[str]], end: float) -> int:
    """Read the store as a page does, every second; returns how often."""
    looks, revision = 0, ""
    while time.time() < end and any(child.poll() is None for child in children):
        now = backend.revision()
        if now != revision:
            revision = now
            looks += 1
            runs = backend.runs()
            backend.series()
            for curve in backend.scalars([(run.id, "loss") for run in runs]):
                assert (np.diff(curve.steps) == 1).all(), "out of order"
        time.sleep(1.0)
    return looks


def check(backend: Backend, results: list[dict[str, Any]]) -> int:
    """That everything is there, once and in order; returns how many scalars."""
    steps = {f"run{number}": result["steps"] for number, result in enumerate(results)}
    total = 0
    runs = backend.runs()
    assert len(runs) == len(steps)
    for run in runs:
        tags = [series.tag for series in backend.series(run.id) if series.tag != "warm up"]
        assert len(tags) == TAGS
        for curve in backend.scalars([(run.id, tag) for tag in tags]):
            assert np.array_equal(curve.steps, 1 + np.arange(steps[run.name])), (
                "lost or out of order"
            )
            total += len(curve.steps)
    return total


def measure(kind: str, python: str, options: argparse.Namespace) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as place:
        backend = open_backend(f"sqlite:{place}", create=True)
        command = [python, str(LOOP), kind, place]
        share = min(1.0, (os.cpu_count() or 1) / options.processes)
        step = TAGS / options.rate * share
        numbers = [str(options.windows), str(options.seconds), str(step)]
        children = [
            subprocess.Popen(
                [*command, f"run{number}", *numbers], text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )
            for number in range(options.processes)
        ]  # fmt: skip
        for child in children:
            assert child.stdout is not None and child.stdout.readline() == "ready\n", kind
        start = time.time() + 1.0
        for child in children:
            assert child.stdin is not None
            child.stdin.write(f"{start}\n")
            child.stdin.flush()
        looks = 0
        if kind == "innerview":
            looks = watch(backend, children, start + options.windows * options.seconds)
        results = [json.loads(child.communicate()[0]) for child in children]
        total = check(backend, results) if kind == "innerview" else 0
        backend.close()
    if kind == "innerview":
        print(f"Innerview's store has all {total:,} scalars, in order; it was read {looks} times.")
    return summarize(results)


def summarize(results: list[dict[str, Any]]) -> dict[str, float]:
    """All windows of all processes together: those without and with logging took turns."""
    windows = [window for result in results for window in result["windows"]]
    plain = [window for window in windows if not window["logs"]]
    logging = [window for window in windows if window["logs"]]
    logged = sum(window["logged"] for window in logging)
    slower = {clock: 1.0 - speed(logging, clock) / speed(plain, clock) for clock in ("wall", "cpu")}
    return {
        **slower,
        "each": slower["cpu"] * sum(window["cpu"] for window in logging) / max(logged, 1) * 1e6,
        "share": sum(window["cpu"] / window["wall"] for window in logging) / len(logging),
        "rate": logged / sum(window["wall"] for window in logging),
    }


def speed(windows: list[dict[str, Any]], clock: str) -> float:
    """Rounds of computing a second."""
    return sum(window["rounds"] for window in windows) / sum(window[clock] for window in windows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--rate", type=int, default=1000, help="scalars a second and process")
    parser.add_argument("--windows", type=int, default=24, help="half of them log")
    parser.add_argument("--seconds", type=float, default=2.0, help="a window")
    parser.add_argument("--torch", metavar="PYTHON", default=sys.executable)
    parser.add_argument("--tensorflow", metavar="PYTHON", default=sys.executable)
    parser.add_argument("--only", nargs="*", help="kinds to measure")
    options = parser.parse_args()
    options.windows += options.windows % 2
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    print(f"{options.processes} processes on {os.cpu_count()} cores; the load before was {load}.")
    pythons = {"torch": options.torch, "tensorflow": options.tensorflow}
    rows = {}
    for kind in ("nothing", "innerview", "torch", "tensorboardX", "tensorflow"):
        python = pythons.get(kind, sys.executable)
        if options.only and kind not in options.only:
            continue
        if kind in MODULES and not is_installed(python, MODULES[kind]):
            print(f"{kind} is not installed, and is left out.")
            continue
        rows[kind] = measure(kind, python, options)
    heads = {
        "slower (wall)": "wall",
        "slower (CPU)": "cpu",
        "us a scalar": "each",
        "of a core": "share",
        "a second": "rate",
    }
    print(f"{'writer':14}" + "".join(f"{head:>15}" for head in heads))
    for kind, row in rows.items():
        cells = [
            f"{row[key]:.1f}" if key == "each" else f"{row[key]:,.0f}" if key == "rate"
            else f"{row[key]:.2%}" for key in heads.values()
        ]  # fmt: skip
        print(f"{kind:14}" + "".join(f"{cell:>15}" for cell in cells))
    if "innerview" in rows:
        ours = rows["innerview"]["each"]
        for kind in rows.keys() - {"innerview", "nothing"}:
            print(f"{kind} costs {rows[kind]['each'] / ours:.0f} times as much as Innerview.")


if __name__ == "__main__":
    main()
