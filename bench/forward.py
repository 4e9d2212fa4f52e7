"""Throughput of the pass that keeps logits and every layer, against a bare `model.predict`.

    python bench/forward.py [--data-dir DIR] [--repeats N] [--json FILE]

10,000 images each: MNIST's for model/mnist.h5, random ones for model/cifar10.h5, whose content
does not change the work. The peer gets its input ready-made; ours reads, scales and writes. Passes
alternate, medians count, and what only the first pass costs (compiling) is shown apart.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# `python bench/forward.py` puts bench/ on the path, not the checkout.
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from data.images import ArrayImages  # noqa: E402
from model import open_network  # noqa: E402
from model.description import NetworkDescription  # noqa: E402
from model.forward import LOGITS, batch_size, build_probe, run  # noqa: E402
from model.graph import describe, flatten  # noqa: E402
from model.preprocess import Preprocessing  # noqa: E402
from model.rows import RowFile  # noqa: E402

KERAS_DEFAULT_BATCH = 32
PEER_BATCHES = (32, 64, 128, 256, 512)


@dataclass(frozen=True)
class Result:
    """Images per second, medians; `target` is the share of `predict` that ours must reach."""

    network: str
    layers: int
    units: int
    first_batch_seconds: float
    ours: float
    predict: float
    best_predict: float
    best_batch: int
    target: float

    @property
    def ratio(self) -> float:
        return self.ours / self.predict

    @property
    def strict_ratio(self) -> float:
        return self.ours / self.best_predict


def timed(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def collect(
    probe: Any,
    description: NetworkDescription,
    images: ArrayImages,
    preprocessing: Preprocessing,
    progress: Callable[[int], None] = lambda done: None,
) -> None:
    """One pass as the program makes it: every layer and the logits into files."""
    widths = {layer.key: layer.units for layer in description.layers if layer.units is not None}
    widths[LOGITS] = probe.output[LOGITS].shape[-1]
    with tempfile.TemporaryDirectory(prefix="innerview-bench-") as folder, ExitStack() as stack:
        files = {
            key: stack.enter_context(RowFile(Path(folder, f"{key}.npy"), width))
            for key, width in widths.items()
        }
        run(probe, images, preprocessing, batch_size(description), files, progress)
        for file in files.values():
            file.finish()


def measure(path: Path, array: Any, repeats: int, target: float) -> Result:
    network = open_network(path)
    model = network.load().model
    graph = flatten(model)
    description = describe(graph)
    height, width, channels = array.shape[1:]
    shape = tuple(n for n in description.input_shape if n is not None)
    preprocessing = Preprocessing((height, width), channels, shape, "0-1")
    images = ArrayImages(array)
    ready = preprocessing.read(images, np.arange(len(array)))

    marks: list[float] = []
    started = time.perf_counter()
    probe = build_probe(graph, description)
    collect(
        probe, description, images, preprocessing, lambda done: marks.append(time.perf_counter())
    )
    first_batch = marks[0] - started
    for batch in PEER_BATCHES:
        model.predict(ready, batch_size=batch, verbose=0)

    ours: list[float] = []
    peers: dict[int, list[float]] = {batch: [] for batch in PEER_BATCHES}
    for _ in range(repeats):
        ours.append(timed(lambda: collect(probe, description, images, preprocessing)))
        for batch, seconds in peers.items():
            seconds.append(
                timed(lambda batch=batch: model.predict(ready, batch_size=batch, verbose=0))
            )

    speeds = {batch: len(array) / median(seconds) for batch, seconds in peers.items()}
    best = max(speeds, key=speeds.__getitem__)
    kept = [layer.units for layer in description.layers if layer.units is not None]
    return Result(
        path.name,
        len(kept),
        sum(kept),
        first_batch,
        len(array) / median(ours),
        speeds[KERAS_DEFAULT_BATCH],
        speeds[best],
        best,
        target,
    )


def mnist_images(data_dir: Path) -> Any:
    with np.load(data_dir / "mnist.npz") as archive:
        return archive["x_test"][..., None]


def random_images() -> Any:
    return np.random.default_rng(0).integers(0, 256, (10_000, 32, 32, 3), dtype=np.uint8)


def print_table(results: list[Result]) -> None:
    print(f"{'':12}{'layers':>7}{'first batch':>12}{'ours':>9}{'predict':>9}{'ratio':>7}", end="")
    print(f"{'target':>8}{'best predict':>20}{'ratio':>7}")
    for result in results:
        verdict = "met" if result.ratio >= result.target else "MISSED"
        best = f"{result.best_predict:.0f} (batch {result.best_batch})"
        print(
            f"{result.network:12}{result.layers:7}{result.first_batch_seconds:10.1f} s"
            f"{result.ours:9.0f}{result.predict:9.0f}{result.ratio:7.2f}{result.target:8.2f}"
            f"{best:>20}{result.strict_ratio:7.2f}  {verdict}"
        )
    print("ours, predict: images per second, medians")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--mnist", type=Path, default=ROOT / "model" / "mnist.h5")
    parser.add_argument("--cifar10", type=Path, default=ROOT / "model" / "cifar10.h5")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", type=Path, help="also write everything measured to this file")
    args = parser.parse_args()
    results = [
        measure(args.mnist, mnist_images(args.data_dir), args.repeats, 0.8),
        measure(args.cifar10, random_images(), args.repeats, 0.9),
    ]
    print_table(results)
    if args.json:
        rows = [{**asdict(r), "ratio": r.ratio, "strict_ratio": r.strict_ratio} for r in results]
        args.json.write_text(json.dumps(rows, indent=1) + "\n")
    return 0 if all(result.ratio >= result.target for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
