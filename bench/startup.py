"""Time from the command to the maps, side by side with the plain script, in one run.

    python bench/startup.py [MODEL] [--data-dir DIR] [--all] [--json FILE]

Runs bench/plain_script.py (its wall time is T), then `analyzer.py` twice: with a fresh cache, and
again with the cache that the first left. What is drawn is read off the page in real Chromium.
Prints each time as a share of T beside its target, and exits with 1 when a target is missed.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright
from processes import TreeSampler
from serving import ROOT, Server

from tests.browser.chromium import FLAGS, find_chromium

GIB = 2**30

FIRST_MAP_DRAWN = "() => window.innerview?.tiles.some(tile => tile.shown?.space === 'pixels')"
# Of the chosen method, not the PCA that stands in for it, and at rest.
EVERY_MAP_DRAWN = """() => {
    const { tiles, hub } = window.innerview ?? { tiles: [] };
    const done = (tile) => tile.shown && tile.shown.method === hub.method && !tile.busy;
    return tiles.length > 1 && tiles.every(done);
}"""
TWO_FRAMES = """() => new Promise(
    (done) => requestAnimationFrame(() => requestAnimationFrame(done))
)"""


@dataclass(frozen=True)
class Row:
    """What was measured, ours and the peer's, and the largest ratio allowed (None: no target)."""

    what: str
    ours: float
    peer: float
    target: float | None
    unit: str

    @property
    def ratio(self) -> float:
        return self.ours / self.peer

    @property
    def met(self) -> bool:
        return self.target is None or self.ratio <= self.target


def run_plain_script(model: Path, data: Path, everything: bool, scratch: Path) -> dict[str, Any]:
    """Wall time in seconds, peak memory in bytes and the stages of the plain script."""
    command = [
        sys.executable,
        str(ROOT / "bench" / "plain_script.py"),
        str(model),
        str(data),
        "--out",
        str(scratch / "plain.html"),
        *(["--all"] if everything else []),
    ]
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    sampler = TreeSampler(process.pid)
    output, _ = process.communicate()
    wall = time.perf_counter() - started
    sampler.stop()
    if process.returncode:
        raise RuntimeError(f"the plain script failed with {process.returncode}: {command}")
    report = json.loads(output.decode().strip().splitlines()[-1])
    return {"seconds": wall, "memory": sampler.peak, "stages": report["seconds"]}


def drawn(page: Page, server: Server, condition: str, limit: float) -> float:
    """Seconds since the command until the page shows what `condition` asks for."""
    page.wait_for_function(condition, timeout=limit * 1000, polling=20)
    # The condition holds once the points are handed over; a person sees them a frame later.
    page.evaluate(TWO_FRAMES)
    return server.elapsed()


def measure_first(options: list[str], page: Page, log: Path, args: Any) -> dict[str, Any]:
    server = Server(options, log)
    try:
        answered = server.wait(server.answers, "the page answers", args.limit, 0.01)
        page.goto(server.url)
        first = drawn(page, server, FIRST_MAP_DRAWN, args.limit)
        if args.close_page:
            page.goto("about:blank")
        final = server.wait(server.maps_final, "both maps are complete", args.limit, 0.1)
        stages = server.get("health")["stages"]
    finally:
        page.goto("about:blank")
        stopped = server.stop()
    return {
        "answers": answered,
        "first_map": first,
        "both_final": final,
        "memory": server.sampler.peak,
        "stop": stopped,
        "stages": stages,
    }


def measure_second(options: list[str], page: Page, log: Path, args: Any) -> dict[str, Any]:
    server = Server(options, log)
    try:
        answered = server.wait(server.answers, "the page answers", args.limit, 0.01)
        page.goto(server.url)
        server.wait(server.maps_final, "both maps are open", args.limit, 0.02)
        shown = drawn(page, server, EVERY_MAP_DRAWN, args.limit)
        # A late import would be as bad as an early one.
        time.sleep(3)
    finally:
        page.goto("about:blank")
        stopped = server.stop()
    return {
        "answers": answered,
        "shown": shown,
        "memory": server.sampler.peak,
        "stop": stopped,
        "tensorflow": "libtensorflow" in server.sampler.libraries,
    }


def rows_of(plain: dict[str, Any], first: dict[str, Any], second: dict[str, Any]) -> list[Row]:
    seconds, memory = plain["seconds"], plain["memory"] / GIB
    return [
        Row("page answers", first["answers"], seconds, 1 / 20, "s"),
        Row("first map drawn", first["first_map"], seconds, 1 / 8, "s"),
        Row("both maps complete", first["both_final"], seconds, 1 / 2, "s"),
        Row("second start shows all", second["shown"], seconds, 1 / 12, "s"),
        Row("peak memory", first["memory"] / GIB, memory, None, "GiB"),
    ]


def rows_of_all(plain: dict[str, Any], first: dict[str, Any], second: dict[str, Any]) -> list[Row]:
    seconds, memory = plain["seconds"], plain["memory"] / GIB
    return [
        Row("page answers", first["answers"], seconds, None, "s"),
        Row("first map drawn", first["first_map"], seconds, None, "s"),
        Row("both maps complete", first["both_final"], seconds, 1, "s"),
        Row("second start shows all", second["shown"], seconds, None, "s"),
        Row("peak memory", first["memory"] / GIB, memory, 1, "GiB"),
    ]


def print_table(rows: list[Row]) -> None:
    print(f"{'':26}{'ours':>11}{'script':>11}{'ratio':>8}{'target':>8}")
    for row in rows:
        target = "-" if row.target is None else f"{row.target:.3f}"
        verdict = "" if row.target is None else ("met" if row.met else "MISSED")
        print(
            f"{row.what:26}{row.ours:7.2f} {row.unit:3}{row.peer:7.2f} {row.unit:3}"
            f"{row.ratio:8.3f}{target:>8}  {verdict}"
        )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", nargs="?", type=Path, default=ROOT / "model" / "mnist.h5")
    parser.add_argument("--data-dir", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--all", action="store_true", help="training and test images, 70,000")
    parser.add_argument("--close-page", action="store_true", help="after the first map is drawn")
    parser.add_argument("--limit", type=float, default=600, help="seconds to wait for each step")
    parser.add_argument("--json", type=Path, help="also write everything measured to this file")
    return parser.parse_args()


def main() -> int:
    args = arguments()
    data = (args.data_dir / "mnist.npz").resolve()
    model = args.model.resolve()
    with tempfile.TemporaryDirectory(prefix="innerview-bench-") as folder:
        scratch = Path(folder)
        plain = run_plain_script(model, data, args.all, scratch)
        options = [str(model), "mnist", "--data-dir", str(data.parent)]
        options += ["--cache-dir", str(scratch / "cache")]
        options += ["--split", "all"] if args.all else []
        # Opened beforehand: a person's browser is already running.
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            first = measure_first(options, page, scratch / "first.log", args)
            second = measure_second(options, page, scratch / "second.log", args)
            browser.close()
    rows = (rows_of_all if args.all else rows_of)(plain, first, second)
    print_table(rows)
    print(f"Ctrl-C stops it in {first['stop']:.1f} s; ", end="")
    print(f"second start imports TensorFlow: {'YES' if second['tensorflow'] else 'never'}")
    if args.json:
        table = [{**asdict(row), "ratio": row.ratio, "met": row.met} for row in rows]
        measured = {"plain": plain, "first": first, "second": second, "table": table}
        args.json.write_text(json.dumps(measured, indent=1, default=str) + "\n")
    return 0 if all(row.met for row in rows) and not second["tensorflow"] else 1


if __name__ == "__main__":
    sys.exit(main())
