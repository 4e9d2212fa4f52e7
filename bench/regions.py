"""How faithful the regions behind a map are, against nothing but the map's own neighbours.

    python bench/regions.py [MODEL] [--data-dir DIR] [--cache-dir DIR] [--frames] [--json FILE]

On MNIST's 10,000 test images, the hidden layer by t-SNE and by UMAP. Prints the agreement with the
network's predictions of the regions as drawn, the same with every image left out of its own
estimate, the latter for images among several classes alone, and the error of the estimated vectors;
beside them how often the prediction of the nearest other image on the map is the same, which needs
no network. Exits with 1 when an agreement is below 95 %.

With --frames also what regions cost while a map of 70,000 points is panned, in real Chromium.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent
# `python bench/regions.py` puts bench/ on the path, not the checkout.
sys.path.insert(0, str(ROOT))

if TYPE_CHECKING:
    from analysis import Study
    from analysis.projection import Method

REQUIRED = 0.95
METHODS: "tuple[Method, ...]" = ("tsne", "umap")
POINTS = 70_000

# Milliseconds a frame, median, of a map that is panned, with and without regions in turn.
PANNED = """async (count) => {
  const { MapView } = await import('/assets/map/mapview.js');
  const tile = innerview.tiles[1];
  const n = innerview.study.n;
  const points = Float32Array.from({ length: 2 * count }, (_, at) => {
    const copied = tile.layout.points[2 * ((at >> 1) % n) + (at & 1)];
    return copied + (Math.random() - 0.5) * 0.01;
  });
  const colours = tile.encoding.style;
  const style = Uint8Array.from({ length: 4 * count }, (_, at) => colours[at % colours.length]);
  const order = Uint32Array.from({ length: count }, (_, at) => at);
  const host = document.createElement('div');
  host.style.cssText = 'position: fixed; inset: 0 auto auto 0; width: 600px; height: 600px';
  document.body.append(host);
  const view = new MapView(host);
  view.setEncoding({ style, order, legend: null });
  view.setLayout({ ...tile.layout, points, key: 'bench|tsne' });
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const pan = async (ground) => {
    view.setGround(ground);
    await pause(4000);
    const times = [];
    for (let frame = 0; frame < 60; frame++) {
      const started = performance.now();
      view.camera.pan(6 * Math.sin(frame / 5), 6 * Math.cos(frame / 5));
      view.moved();
      await new Promise(requestAnimationFrame);
      // Reading a pixel waits until the frame is painted.
      const gl = host.querySelector('canvas').getContext('webgl2');
      gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
      times.push(performance.now() - started);
    }
    return times.sort((a, b) => a - b)[30];
  };
  const found = [[], []];
  for (let turn = 0; turn < 6; turn++) {
    found[turn % 2].push(await pan(turn % 2 ? window.ground : null));
  }
  return found.map((values) => values.sort((a, b) => a - b)[1]);
}"""


def measure(study: "Study", method: "Method") -> dict[str, Any]:
    """The summary of the regions of the hidden layer, with the peer's agreement."""
    import numpy as np
    from scipy.spatial import cKDTree

    from analysis.regions.draw import Draw

    hidden, samples = study.hidden, study.samples
    assert hidden is not None and samples is not None
    layout = study.layout(hidden, method)
    assert layout is not None
    summary = study.service.ask(Draw(hidden, method)).result()
    _, near = cKDTree(layout.points).query(layout.points, 2)
    others = np.where(near[:, 0] == np.arange(len(near)), near[:, 1], near[:, 0])
    predicted = samples["predicted"]
    peer = float((predicted[others] == predicted).mean())
    return {**summary, "neighbour": peer}


def print_row(method: str, found: dict[str, Any]) -> None:
    mixed, error, kind = found["mixed"], found["error"], found["regression"]
    print(
        f"{method:5}  drawn {found['agreement']:.4f}  held out {found['agreement_held_out']:.4f}  "
        f"(nearest other image {found['neighbour']:.4f})  "
        f"among several classes {mixed['agreement_held_out']:.3f} of {mixed['samples']}  "
        f"error {error['median']:.3f}, 95th {error['p95']:.3f}  {kind['kind']} of {kind['k']}  "
        f"{found['width']} x {found['height']} cells"
    )


def measure_frames(model: str, data_dir: Path | None, cache: Path) -> tuple[float, float]:
    """Median milliseconds a frame without and with regions, of the command served anew."""
    from serving import Server

    arguments = [model, "mnist", "--cache-dir", str(cache)]
    if data_dir is not None:
        arguments += ["--data-dir", str(data_dir)]
    server = Server(arguments, cache / "server.log")
    try:
        server.wait(server.answers, "the page", 60, 0.1)
        return _pan(server.url)
    finally:
        server.stop()


def _pan(url: str) -> tuple[float, float]:
    from playwright.sync_api import sync_playwright

    from tests.browser.chromium import FLAGS, find_chromium

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        context = browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True)
        context.add_init_script("localStorage.setItem('innerview-welcome', 'seen')")
        page = context.new_page()
        page.set_default_timeout(180_000)
        page.goto(url)
        page.wait_for_function("() => window.innerview?.tiles?.[1]?.settledLayout")
        page.evaluate(
            """() => {
              const { view } = innerview.tiles[1];
              const set = view.setGround.bind(view);
              view.setGround = (ground) => set((window.ground = ground));
            }"""
        )
        page.locator(".map-regions").nth(1).click()
        page.wait_for_function("innerview.tiles[1].regions.drawn")
        without, with_regions = page.evaluate(PANNED, POINTS)
        browser.close()
    return without, with_regions


def main() -> int:
    parser = argparse.ArgumentParser(description="Faithfulness of the regions behind the maps.")
    parser.add_argument("model", nargs="?", default=str(ROOT / "model" / "mnist.h5"))
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--cache-dir", type=Path)
    parser.add_argument("--frames", action="store_true", help="measure what a frame costs as well")
    parser.add_argument("--json", type=Path, help="write the numbers here")
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

    from analysis import open_study
    from data import open_dataset
    from model import open_network

    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as temporary:
        cache = options.cache_dir or Path(temporary)
        dataset = open_dataset("mnist", split="test", data_dir=options.data_dir)
        with open_study(open_network(options.model), dataset, cache_dir=cache) as study:
            study.start()
            study.wait()
            assert study.hidden is not None
            for method in METHODS:
                study.request(study.hidden, method)
                study.wait()
                found[method] = measure(study, method)
                print_row(method, found[method])
        if options.frames:
            without, with_regions = measure_frames(options.model, options.data_dir, cache)
            found["frames"] = {"without": without, "with": with_regions}
            print(
                f"a frame of {POINTS:,} points panned: {without:.1f} ms, "
                f"with regions {with_regions:.1f} ms"
            )
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))
    agreements = [
        found[method][name] for method in METHODS for name in ("agreement", "agreement_held_out")
    ]
    return int(min(agreements) < REQUIRED)


if __name__ == "__main__":
    sys.exit(main())
