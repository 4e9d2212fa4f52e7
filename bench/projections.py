"""Wall time and trustworthiness of t-SNE and UMAP, against the libraries used with their defaults.

    python bench/projections.py [MODEL] [--data-dir DIR] [--images N] [--scikit-learn] [--json FILE]

Of the pixels and of the hidden layer of MNIST's test images. Each measurement runs in a process of
its own, so that imports and compilation count for everybody. Exits with 1 when a hidden layer's map
is less trustworthy (15 neighbours) than required.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# `python bench/projections.py` puts bench/ on the path, not the checkout.
sys.path.insert(0, str(ROOT))

REQUIRED = {("hidden", "t-SNE"): 0.985, ("hidden", "UMAP"): 0.98}


def ours(method: str) -> Callable[[Any], Any]:
    def project(vectors: Any) -> Any:
        from analysis import neighbours, projection

        graph = neighbours.build(vectors)
        optimise = {"t-SNE": projection.tsne, "UMAP": projection.umap}[method]
        return optimise(graph, projection.pca(vectors), 0)

    return project


def plain_umap(vectors: Any) -> Any:
    import umap

    return umap.UMAP().fit_transform(vectors)


def scikit_learn_tsne(vectors: Any) -> Any:
    from sklearn.manifold import TSNE

    return TSNE().fit_transform(vectors)


PROJECTIONS: dict[str, Callable[[Any], Any]] = {
    # The first is the peer of the ratios.
    "umap.UMAP()": plain_umap,
    "t-SNE": ours("t-SNE"),
    "UMAP": ours("UMAP"),
    "sklearn TSNE()": scikit_learn_tsne,
}


def measure(name: str, vectors: Any) -> tuple[float, float]:
    """(seconds, trustworthiness over all samples) of one projection."""
    import numpy as np

    from analysis.trustworthiness import trustworthiness

    started = time.perf_counter()
    points = np.asarray(PROJECTIONS[name](vectors), np.float32)
    seconds = time.perf_counter() - started
    trusted = trustworthiness(vectors, points, sample=len(vectors))
    assert trusted is not None
    return seconds, trusted


def read_spaces(model: Path, data_dir: Path, count: int) -> dict[str, Any]:
    """Pixels and activations of the hidden layer: float32, (count, D) each."""
    import keras
    import numpy as np

    from model import open_network
    from model.graph import describe

    with np.load(data_dir / "mnist.npz") as archive:
        pixels = archive["x_test"][:count].astype(np.float32) / np.float32(255)
    network = open_network(model).load().model
    hidden = describe(network, "").hidden
    layer = keras.Model(network.inputs, network.get_layer(hidden).output)
    inputs = pixels.reshape(len(pixels), *network.input_shape[1:])
    activations = layer.predict(inputs, batch_size=256, verbose=0)
    return {
        "pixels": pixels.reshape(len(pixels), -1),
        "hidden": np.ascontiguousarray(activations.reshape(len(pixels), -1), np.float32),
    }


def in_own_process(function: Callable[..., Any], *arguments: Any) -> Any:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", nargs="?", type=Path, default=ROOT / "model" / "mnist.h5")
    parser.add_argument("--data-dir", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--images", type=int, default=10_000, help="the first N test images")
    parser.add_argument("--scikit-learn", action="store_true", help="its t-SNE too: slow")
    parser.add_argument("--json", type=Path, help="also write everything measured to this file")
    args = parser.parse_args()
    names = [name for name in PROJECTIONS if args.scikit_learn or not name.startswith("sklearn")]
    spaces = in_own_process(read_spaces, args.model, args.data_dir, args.images)

    rows: list[dict[str, Any]] = []
    print(
        f"{'space':8}{'projection':16}{'seconds':>8}{'ratio':>7}{'trustworthiness':>17}{'required':>10}"
    )
    for space, vectors in spaces.items():
        peer = 0.0
        for name in names:
            seconds, trusted = in_own_process(measure, name, vectors)
            peer = peer or seconds
            required = REQUIRED.get((space, name))
            met = required is None or trusted >= required
            shown = "" if required is None else f"{required:.3f}  {'met' if met else 'MISSED'}"
            line = (
                f"{space:8}{name:16}{seconds:8.1f}{seconds / peer:7.2f}{trusted:17.4f}     {shown}"
            )
            print(line, flush=True)
            rows.append(
                {
                    "space": space,
                    "projection": name,
                    "seconds": seconds,
                    "ratio": seconds / peer,
                    "trustworthiness": trusted,
                    "required": required,
                    "met": met,
                }
            )
    print("ratio: to umap.UMAP() of the same space, imports and compilation included")
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1) + "\n")
    return 0 if all(row["met"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
