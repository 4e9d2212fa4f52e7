"""Maps over a training's epochs: what stays, stays; and each map is as good as one drawn alone.

    python bench/epochs.py [--checkpoints FOLDER] [--epochs N] [--limit N] [--data-dir DIR]
                           [--methods tsne,umap] [--json FILE]

Trains the demonstration's small network on 20,000 training images of MNIST for 8 epochs, unless
its checkpoints are given, and looks at the test images. Measured for each method: the mean movement
on the map of the images whose hidden vectors change least from one epoch to the next, as a share of
that of those whose change most (the quarters of `alignment.movement`), and the trustworthiness of
each epoch's map less that of a map of the same epoch drawn alone. The same movement is told of
these: each turned onto the one before, as no coordinates connect them.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# `python bench/epochs.py` puts bench/ on the path, not the checkout.
sys.path.insert(0, str(ROOT))
# As the worker processes have it; numpy reads this when it is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

from analysis import neighbours, projection  # noqa: E402
from analysis.history.alignment import Frame, draw, movement, relative_change  # noqa: E402
from analysis.trustworthiness import trustworthiness  # noqa: E402

TRAINED_ON = 20_000
# What is allowed.
MAX_LOSS, MAX_RATIO = 0.02, 0.5


def train(folder: Path, epochs: int, data_dir: str | None) -> None:
    """Train the demonstration's small network, saving it after each epoch."""
    import keras

    from data import open_dataset
    from model.demonstration import build
    from model.training import read_all

    keras.utils.set_random_seed(0)
    dataset = open_dataset("mnist", "train", TRAINED_ON, data_dir=data_dir)
    images = read_all(dataset).astype(np.float32)
    network = build("small-cnn", images.shape[1:], dataset.num_classes)
    network.compile("adam", "sparse_categorical_crossentropy")
    saving = keras.callbacks.ModelCheckpoint(str(folder / "epoch-{epoch:04d}.keras"))
    network.fit(
        images, dataset.labels, epochs=epochs, batch_size=128, verbose=2, callbacks=[saving]
    )


def run_epochs(
    folder: Path, cache: Path, limit: int | None, data_dir: str | None
) -> list[NDArray[np.float32]]:
    """Every epoch's hidden vectors, float32 (N, D), by the program itself."""
    from analysis import open_study
    from analysis.history.files import find_checkpoints
    from data import open_dataset
    from model import open_network

    last = find_checkpoints(folder)[0][-1][1]
    dataset = open_dataset("mnist", "test", limit, data_dir=data_dir)
    study = open_study(
        open_network(last), dataset, method="pca", cache_dir=cache, checkpoints=folder
    )
    with study:
        started = time.perf_counter()
        study.start()
        study.wait()
        assert study.history.stage.state == "done", study.history.stage.message
        seconds = time.perf_counter() - started
        count = len(study.history)
        print(f"{count} epochs on {len(dataset):,} images: {seconds:.0f} s with all that is first")
        found = [study.history.passed(position) for position in range(count)]
        rows = [None if one is None else one.activations(study.hidden or "") for one in found]
    return [np.array(vectors) for vectors in rows if vectors is not None]


def draw_alone(method: str, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    optimise = projection.tsne if method == "tsne" else projection.umap
    return optimise(neighbours.build(vectors), projection.pca(vectors), 0)


def turned(points: NDArray[np.float32], onto: NDArray[np.float32]) -> NDArray[np.float32]:
    """Points turned, and mirrored where that helps, onto others (orthogonal Procrustes)."""
    a, b = onto - onto.mean(0), points - points.mean(0)
    left, _, right = np.linalg.svd(b.T @ a)
    return np.asarray(b @ (left @ right), np.float32)


def measure(method: Any, epochs: list[NDArray[np.float32]]) -> dict[str, Any]:
    """Maps drawn in line and alone: how far images move from epoch to epoch, and how trustworthy
    the maps are.
    """
    frames: list[Frame] = []
    alone: list[NDArray[np.float32]] = []
    trusts: list[float] = []
    apart: list[tuple[float, float]] = []
    seconds = 0.0
    for position, vectors in enumerate(epochs):
        started = time.perf_counter()
        before = (epochs[position - 1], frames[-1].points) if position else None
        frames.append(draw(method, vectors, before, 0))
        seconds += time.perf_counter() - started
        points = draw_alone(method, vectors)
        if alone:
            points = turned(points, alone[-1])
            change = relative_change(epochs[position - 1], vectors)
            apart.append(movement(alone[-1], points, change))
        alone.append(points)
        trusts.append(trustworthiness(vectors, points) or 0)
    losses = [
        trust - (frame.trustworthiness or 0) for trust, frame in zip(trusts, frames, strict=True)
    ]
    moved = [frame.movement for frame in frames if frame.movement is not None]
    return {
        "method": method,
        "moved": moved,
        "moved_alone": apart,
        "ratio": ratio(moved),
        "ratio_alone": ratio(apart),
        "trustworthiness": [frame.trustworthiness for frame in frames],
        "trustworthiness_alone": trusts,
        "loss": max(losses),
        "seconds": seconds,
    }


def ratio(moved: list[tuple[float, float]]) -> float:
    """Mean movement of those that changed least, as a share of that of those that changed most."""
    stable, changed = np.mean(moved, axis=0)
    return float(stable / changed)


def print_result(result: dict[str, Any]) -> bool:
    """Whether what is allowed is kept."""
    met = result["ratio"] <= MAX_RATIO and result["loss"] <= MAX_LOSS
    print(f"\n{result['method']}, {result['seconds']:.0f} s: {'met' if met else 'MISSED'}")
    print(
        f"{'epoch':>8}{'trust':>9}{'alone':>9}{'least':>9}{'most':>9}"
        f"{'alone: least':>14}{'most':>9}"
    )
    moved = [(np.nan, np.nan), *result["moved"]]
    apart = [(np.nan, np.nan), *result["moved_alone"]]
    rows = zip(
        result["trustworthiness"], result["trustworthiness_alone"], moved, apart, strict=True
    )
    for number, (trust, other, (low, high), (far, farther)) in enumerate(rows, start=1):
        print(f"{number:8}{trust:9.4f}{other:9.4f}{low:9.4f}{high:9.4f}{far:14.4f}{farther:9.4f}")
    print(
        f"least / most: {result['ratio']:.3f} (allowed {MAX_RATIO}), drawn alone "
        f"{result['ratio_alone']:.3f}; trustworthiness lost at most {result['loss']:.4f} "
        f"(allowed {MAX_LOSS})",
        flush=True,
    )
    return met


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoints", type=Path, help="of a network for MNIST; else trained")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--limit", type=int, help="test images; all 10,000 without")
    parser.add_argument("--data-dir", help="folder where mnist.npz is looked for first")
    parser.add_argument("--methods", default="tsne,umap")
    parser.add_argument("--json", type=Path, help="also write everything measured to this file")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="innerview-bench-") as scratch:
        folder = args.checkpoints or Path(scratch, "checkpoints")
        if args.checkpoints is None:
            folder.mkdir()
            train(folder, args.epochs, args.data_dir)
        epochs = run_epochs(folder, Path(scratch, "cache"), args.limit, args.data_dir)
    results, met = [], []
    for method in args.methods.split(","):
        results.append(measure(method, epochs))
        met.append(print_result(results[-1]))
    if args.json:
        args.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
