"""Curves of many runs in the page, side by side with TensorBoard.

    python bench/training.py [--runs N] [--points N] [--store FOLDER] [--no-peer] [--json FILE]

Makes a store of 500 runs with 10,000 points of each of two scalars, opens it with `analyzer.py
--runs` in real Chromium on the tab Scalars, and measures: the time from the address to all curves
drawn, frames a second while the view is dragged and zoomed, and the time until a zoom shows every
point. The same points lie in event files for TensorBoard, which is timed from its command until it
answers with the curves of all runs, a thousand points of each, as it does by default; beside it
stands the time from our command. Exits with 1 when a target is missed.
"""

import argparse
import contextlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright
from serving import Server

from innerview.records import PIECE, Points, Record, RunChanged, RunStarted
from innerview.stores import open_backend
from tests.browser.chromium import FLAGS, find_chromium

SCREEN: Any = {"width": 1440, "height": 900}
SEED = 7
STARTED = 1_700_000_000.0
TAGS = ("loss", "val_accuracy")
# Seconds from the address to all curves, and frames a second under the hand.
ALLOWED_OPEN, ALLOWED_FRAMES = 3.0, 20.0
# Curves that differ; writing event files takes long, so the others are copies.
ORIGINALS = 10

Curves = dict[str, np.ndarray]


def curves_of(run: int, points: int) -> Curves:
    """The two scalars of a run: float64, (points,)."""
    random = np.random.default_rng((SEED, run % ORIGINALS))
    progress = np.linspace(0, 5, points)
    noise = random.normal(0, 0.03, (2, points))
    speed = 0.5 + random.uniform()
    loss = 2 * np.exp(-progress * speed) + 0.1 + np.abs(noise[0])
    accuracy = np.clip(0.97 - 0.9 * np.exp(-progress * speed) + noise[1], 0, 1)
    return {"loss": loss, "val_accuracy": accuracy}


# -- what is opened -------------------------------------------------------------------------------


def make_store(folder: Path, runs: int, points: int) -> None:
    backend = open_backend(str(folder), create=True)
    for run in range(runs):
        backend.write(list(run_records(run, points)))
    backend.close()


def run_records(run: int, points: int) -> Iterator[Record]:
    name = f"run-{run:04d}"
    started = STARTED + 100 * run
    random = np.random.default_rng((SEED, run))
    parameters = {"lr": float(10 ** random.uniform(-4, -1)), "batch": int(2 ** (run % 4 + 4))}
    yield RunStarted(name, name, "bench", started, {})
    yield RunChanged(name, started + points / 10, parameters, "done")
    steps = np.arange(points)
    times = started + steps / 10
    for tag, values in curves_of(run, points).items():
        for at in range(0, points, PIECE):
            part = slice(at, at + PIECE)
            yield Points(name, tag, "bench", at // PIECE, steps[part], times[part], values[part])


def make_events(folder: Path, runs: int, points: int) -> None:
    """TensorBoard's own writer, and copies of what it wrote."""
    # Otherwise TensorFlow, which it imports, says what processor it has found.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    for run in range(min(runs, ORIGINALS)):
        writer = EventFileWriter(str(folder / f"run-{run:04d}"), max_queue_size=1000)
        for tag, values in curves_of(run, points).items():
            for step, value in enumerate(values.tolist()):
                scalar = Summary.Value(tag=tag, simple_value=value)
                summary = Summary(value=[scalar])
                writer.add_event(Event(wall_time=STARTED + step / 10, step=step, summary=summary))
        writer.close()
    for run in range(ORIGINALS, runs):
        shutil.copytree(folder / f"run-{run % ORIGINALS:04d}", folder / f"run-{run:04d}")


# -- the server alone -----------------------------------------------------------------------------


def time_requests(server: Server, runs: int, points: int) -> dict[str, float]:
    """Milliseconds of the requests behind the page, the server new."""
    curves = [{"run": f"run-{run:04d}", "tag": "loss"} for run in range(runs)]
    whole = {"curves": curves, "pixels": 1200, "budget": 200_000, "smoothing": 0.6}
    part = whole | {"from": points * 0.4, "to": points * 0.42}
    return {
        "runs": timed(lambda: post(server, "runs", None)),
        "curves, first": timed(lambda: post(server, "curves", whole)),
        "curves, again": timed(lambda: post(server, "curves", whole)),
        "curves, a fiftieth of them": timed(lambda: post(server, "curves", part)),
    }


def post(server: Server, path: str, body: dict[str, Any] | None) -> bytes:
    request = urllib.request.Request(
        f"{server.url}api/training/{path}",
        None if body is None else json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        content: bytes = answer.read()
    return content


def timed(work: Callable[[], object]) -> float:
    before = time.perf_counter()
    work()
    return (time.perf_counter() - before) * 1000


# -- the page -------------------------------------------------------------------------------------

# The gaps between frames while something goes on, in milliseconds.
FRAMES = """
window.watchFrames = () => {
  const gaps = [];
  let last = performance.now();
  let on = true;
  const next = (now) => {
    gaps.push(now - last);
    last = now;
    if (on) requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
  return () => {
    on = false;
    return gaps.slice(1);
  };
};
"""

OURS_DONE = "() => window.innerviewCharts?.isDone('scalars') && performance.now()"
# Every chart in sight shows points of the asked part as fine as they were logged.
OURS_REFINED = """([low, high, count]) => {
  const chart = innerviewCharts.of('scalars').find((one) => one.isVisible);
  const inside = ({ curve }) => curve.x.filter((x) => x >= low && x <= high).length >= count;
  return innerviewCharts.isDone('scalars') && chart.drawn.every(inside);
}"""


def open_ours(browser: Browser, url: str, runs: int) -> tuple[Page, float]:
    """The page on its tab Scalars, and the seconds from the address to all curves drawn."""
    page = browser.new_context(viewport=SCREEN, bypass_csp=True).new_page()
    page.set_default_timeout(60_000)
    page.add_init_script(FRAMES)
    page.goto(f"{url}#tab=scalars", wait_until="commit")
    drawn = page.wait_for_function(OURS_DONE, timeout=120_000, polling="raf").json_value()
    shown = page.evaluate(
        "() => innerviewCharts.of('scalars').filter((c) => c.isVisible).map((c) => c.drawn.length)"
    )
    assert set(shown) == {runs}, shown
    return page, float(drawn) / 1000


def drag(page: Page, box: dict[str, float], seconds: float = 3.0) -> float:
    """Frames a second while the view is dragged to and fro."""
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    page.evaluate("() => { window.endFrames = watchFrames(); }")
    page.mouse.down()
    begin = time.perf_counter()
    while (passed := time.perf_counter() - begin) < seconds:
        page.mouse.move(middle[0] + box["width"] / 3 * np.sin(passed * 3), middle[1])
    page.mouse.up()
    return frames_of(page)


def turn(page: Page, box: dict[str, float], turns: int = 12) -> float:
    """Frames a second while the wheel zooms in."""
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.evaluate("() => { window.endFrames = watchFrames(); }")
    page.keyboard.down("Control")
    for _ in range(turns):
        page.mouse.wheel(0, -100)
        page.wait_for_timeout(50)
    page.keyboard.up("Control")
    return frames_of(page)


def frames_of(page: Page) -> float:
    gaps: list[float] = page.evaluate("() => window.endFrames()")
    return 1000 / statistics.fmean(gaps)


def measure_page(browser: Browser, server: Server, runs: int, points: int) -> dict[str, float]:
    page, seconds = open_ours(browser, server.url, runs)
    command = server.elapsed()
    box = page.locator(".training-scalars .chart").first.bounding_box()
    assert box is not None
    panned, zoomed = drag(page, box), turn(page, box)
    page.evaluate("() => innerviewCharts.boards.get('scalars').resetAll()")
    page.wait_for_function(OURS_DONE, polling="raf")
    low, high = points * 0.4, points * 0.41
    begin = time.perf_counter()
    page.evaluate("(range) => innerviewCharts.boards.get('scalars').setRange(range)", [low, high])
    page.wait_for_function(OURS_REFINED, arg=[low, high, int(high - low)], polling="raf")
    refined = time.perf_counter() - begin
    page.close()
    return {
        "command": command, "open": seconds, "drag": panned, "zoom": zoomed, "refined": refined,
    }  # fmt: skip


# -- TensorBoard ----------------------------------------------------------------------------------


# Its own plugins alone: one of Facets' package wants an old setuptools.
TENSORBOARD = """
import sys
from tensorboard import default, program
board = program.TensorBoard(default.get_static_plugins())
board.configure(["tensorboard", *sys.argv[1:]])
sys.exit(board.main())
"""


def measure_tensorboard(folder: Path, runs: int, points: int, log: Path) -> float:
    """Seconds from the command until the curves of all runs are answered to their last step."""
    port = free_port()
    command = [sys.executable, "-c", TENSORBOARD, "--logdir", str(folder)]
    begin = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen([*command, "--port", str(port)], stdout=output, stderr=output)
    url = f"http://127.0.0.1:{port}/data/plugin/timeseries/timeSeries"
    wanted = [{"plugin": "scalars", "tag": tag} for tag in TAGS]
    try:
        until(lambda: answers(url) and complete(url, wanted, runs, points), 600, process)
        return time.perf_counter() - begin
    finally:
        process.kill()


def complete(url: str, wanted: list[dict[str, str]], runs: int, points: int) -> bool:
    form = urllib.parse.urlencode({"requests": json.dumps(wanted)}).encode()
    with urllib.request.urlopen(urllib.request.Request(url, form), timeout=120) as answer:
        found = json.loads(answer.read())
    series = [one.get("runToSeries", {}) for one in found]
    return all(
        len(of_tag) == runs and all(run[-1]["step"] == points - 1 for run in of_tag.values())
        for of_tag in series
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=30).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def until(
    ready: Callable[[], bool], seconds: float, process: "subprocess.Popen[bytes] | None" = None
) -> None:
    end = time.monotonic() + seconds
    while not ready():
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended")
        if time.monotonic() > end:
            raise RuntimeError(f"not ready within {seconds:.0f} s")
        time.sleep(0.1)


# -- the report -----------------------------------------------------------------------------------


@contextlib.contextmanager
def started(store: Path, log: Path) -> Iterator[Server]:
    """`analyzer.py --runs`, until its page answers and as long as it is looked at."""
    server = Server(["--runs", str(store)], log)
    try:
        server.wait(server.answers, "the page", 60, 0.05)
        yield server
    finally:
        server.stop()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--points", type=int, default=10_000)
    parser.add_argument("--store", type=Path, help="keep the store here, or use the one of before")
    parser.add_argument("--no-page", action="store_true", help="the server alone, no browser")
    parser.add_argument("--no-peer", action="store_true", help="without TensorBoard")
    parser.add_argument("--json", type=Path, help="also write every figure to this file")
    return parser.parse_args()


def main() -> int:
    args = arguments()
    with tempfile.TemporaryDirectory(prefix="innerview-bench-") as name:
        found = measure(args, Path(name))
    if args.json:
        args.json.write_text(json.dumps(found, indent=1) + "\n")
    return report(found)


def measure(args: argparse.Namespace, scratch: Path) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    store = (args.store or scratch / "runs").resolve()
    if not store.exists():
        make_store(store, args.runs, args.points)
    with started(store, scratch / "requests.log") as server:
        found["requests"] = time_requests(server, args.runs, args.points)
    if not args.no_page:
        with sync_playwright() as playwright, started(store, scratch / "page.log") as server:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
            found["page"] = measure_page(browser, server, args.runs, args.points)
            browser.close()
    if not args.no_peer:
        make_events(scratch / "events", args.runs, args.points)
        log = scratch / "tensorboard.log"
        seconds = measure_tensorboard(scratch / "events", args.runs, args.points, log)
        found["tensorboard"] = {"answered": seconds}
    return found


def report(found: dict[str, dict[str, float]]) -> int:
    for what, milliseconds in found["requests"].items():
        print(f"{what:45}{milliseconds:9.0f} ms")
    page = found.get("page", {})
    missed = False
    for title, key, unit, allowed in ROWS:
        if key in page:
            print(f"{title:45}{page[key]:9.2f} {unit:2}{verdict(page[key], unit, allowed)}")
            missed |= not is_met(page[key], unit, allowed)
    if "tensorboard" in found:
        seconds = found["tensorboard"]["answered"]
        ratio = f"   Innerview's curves are drawn in {page['command'] / seconds:.2f} of it"
        print(
            f"{'TensorBoard: its command to its curves':45}{seconds:9.2f} s {ratio if page else ''}"
        )
    return int(missed)


ROWS: tuple[tuple[str, str, str, float | None], ...] = (
    ("from the command to all curves drawn", "command", "s", None),
    ("from the address to all curves drawn", "open", "s", ALLOWED_OPEN),
    ("frames a second while dragged", "drag", "", ALLOWED_FRAMES),
    ("frames a second while the wheel zooms", "zoom", "", ALLOWED_FRAMES),
    ("every point of a zoom drawn after", "refined", "s", None),
)


def is_met(value: float, unit: str, allowed: float | None) -> bool:
    """Seconds are to be fewer, frames more."""
    return allowed is None or (value < allowed if unit else value >= allowed)


def verdict(value: float, unit: str, allowed: float | None) -> str:
    if allowed is None:
        return ""
    return f"   allowed {allowed:g}: {'met' if is_met(value, unit, allowed) else 'MISSED'}"


if __name__ == "__main__":
    sys.exit(main())
