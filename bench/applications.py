"""Memory and speed with the large networks that people start from, at 224 x 224.

    python bench/applications.py [NAME ...] [--images N] [--whole] [--json FILE]

MobileNetV2, EfficientNetB0, ResNet50 and VGG16 of keras.applications, of random weights, on
photographs: crops of scikit-learn's two with noise, as JPEGs. Measured are the memory of all
processes together at its highest, the throughput of the pass that keeps every layer, as a share of
that of a bare `model.predict`, and how many layers have activations in the end. With --whole the
program runs as a user's, `analyzer.py NETWORK FOLDER --export DIR`; without, the pass alone.
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

ROOT = Path(__file__).resolve().parent.parent
# `python bench/applications.py` puts bench/ on the path, not the checkout.
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from bench.processes import TreeSampler  # noqa: E402

NAMES = ("MobileNetV2", "EfficientNetB0", "ResNet50", "VGG16")
SIDE, CLASSES = 224, 10
MAX_BYTES = 4 * 2**30
# Enough for a rate: a bare predict of VGG16 may take a second for four images.
PREDICT_IMAGES = 128


@dataclass(frozen=True)
class Result:
    """`rate` and `predict_rate` in images per second; `layers_offered` have activations."""

    network: str
    images: int
    layers: int
    layers_offered: int
    progress_reports: int
    peak_bytes: int
    seconds: float
    rate: float
    predict_rate: float

    @property
    def ratio(self) -> float:
        return self.rate / self.predict_rate


def write_photographs(folder: Path, count: int) -> None:
    """`count` JPEGs of SIDE x SIDE in CLASSES folders of equal size."""
    from PIL import Image
    from sklearn.datasets import load_sample_images

    photographs = load_sample_images().images
    rng = np.random.default_rng(0)
    for number in range(count):
        photograph = photographs[number % len(photographs)]
        side = int(rng.integers(120, min(photograph.shape[:2])))
        top, left = (int(rng.integers(0, n - side)) for n in photograph.shape[:2])
        crop = Image.fromarray(photograph[top : top + side, left : left + side])
        pixels = np.asarray(crop.resize((SIDE, SIDE)), np.float32)
        pixels = pixels + rng.normal(0, 8, pixels.shape)
        path = folder / f"class{number % CLASSES}" / f"{number:05}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path, quality=90)


def save_network(name: str, path: Path) -> None:
    import keras

    keras.utils.set_random_seed(0)
    make = getattr(keras.applications, name)
    make(weights=None, classes=CLASSES, input_shape=(SIDE, SIDE, 3)).save(path)


def predict_rate(path: Path, images: int) -> dict[str, float]:
    """Images per second of a bare `predict`, after a first that traces."""
    import keras

    model = keras.saving.load_model(path, compile=False)
    inputs = np.random.default_rng(0).random((images, SIDE, SIDE, 3), np.float32)
    model.predict(inputs[:32], verbose=0)
    started = time.perf_counter()
    model.predict(inputs, verbose=0)
    return {"predict_rate": images / (time.perf_counter() - started)}


def run_pass(path: Path, folder: Path, out: Path) -> dict[str, float]:
    """The pass alone; images per second without the first batch, which traces."""
    from data import open_dataset
    from model import forward, open_network
    from model.graph import describe, flatten
    from model.preprocess import Preprocessing

    dataset = open_dataset(str(folder))
    graph = flatten(open_network(path).load().model)
    description = describe(graph)
    preprocessing = Preprocessing((SIDE, SIDE), 3, (SIDE, SIDE, 3), "0-1")
    marks: list[tuple[int, float]] = []

    def progress(done: int) -> None:
        marks.append((done, time.perf_counter()))
        print(f"{done} of {len(dataset)} images", file=sys.stderr, flush=True)

    out.mkdir(parents=True, exist_ok=True)
    forward.into_folder(graph, description, dataset.images, preprocessing, out, progress)
    (first, began), (last, ended) = marks[0], marks[-1]
    return {"rate": (last - first) / max(1e-9, ended - began)}


def child(*arguments: str) -> dict[str, Any]:
    """One of the functions above in a process of its own, which returns what it prints."""
    command = [sys.executable, __file__, "--child", *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def measure(name: str, images: int, suffix: str, *, whole: bool) -> Result:
    with tempfile.TemporaryDirectory(prefix="innerview-bench-") as scratch:
        network, folder, out = (Path(scratch, part) for part in (name + suffix, "photos", "out"))
        child("save", name, str(network))
        write_photographs(folder, images)
        command = [sys.executable, __file__, "--child", "pass", str(network), str(folder), str(out)]
        if whole:
            command = [sys.executable, str(ROOT / "analyzer.py"), str(network), str(folder)]
            command += ["--split", "all", "--cache-dir", str(Path(scratch, "cache"))]
            command += ["--export", str(out)]
        started = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
        )
        sampler = TreeSampler(process.pid)
        printed, reported = process.communicate()
        sampler.stop()
        seconds = time.perf_counter() - started
        if process.returncode:
            raise SystemExit(f"{name}: {reported[-2000:]}")
        kept = {path.stem for path in (out / "activations").glob("*.npy")}
        described = child("describe", str(network))
        assert kept <= set(described["kept"])
        if whole:
            timings = json.loads((out / "summary.json").read_text("utf-8"))["timings"]
            rate = images / timings["forward"]
        else:
            rate = json.loads(printed.splitlines()[-1])["rate"]
        return Result(
            name,
            images,
            len(described["kept"]),
            len(kept),
            sum("images" in line for line in reported.replace("\r", "\n").splitlines()),
            sampler.peak,
            seconds,
            rate,
            child("predict", str(network), str(min(images, PREDICT_IMAGES)))["predict_rate"],
        )


def describe_network(path: Path) -> dict[str, list[str]]:
    from model import open_network
    from model.graph import describe, flatten

    layers = describe(flatten(open_network(path).load().model)).layers
    return {"kept": [layer.key for layer in layers if layer.units is not None]}


def run_child(action: str, *arguments: str) -> dict[str, Any]:
    path = Path(arguments[-1] if action == "save" else arguments[0])
    if action == "save":
        save_network(arguments[0], path)
        return {}
    if action == "describe":
        return describe_network(path)
    if action == "predict":
        return predict_rate(path, int(arguments[1]))
    return run_pass(path, Path(arguments[1]), Path(arguments[2]))


def print_row(result: Result) -> None:
    met = result.peak_bytes <= MAX_BYTES and result.layers_offered == result.layers
    print(
        f"{result.network:15}{result.images:7}{result.layers_offered:6} of {result.layers:<5}"
        f"{result.peak_bytes / 2**30:8.2f} GiB{result.seconds:8.0f} s{result.rate:8.1f}"
        f"{result.predict_rate:9.1f}{result.ratio:7.2f}{result.progress_reports:9}  "
        f"{'met' if met else 'MISSED'}",
        flush=True,
    )


def main() -> int:
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps(run_child(*sys.argv[2:])))
        return 0
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", default=NAMES, help=", ".join(NAMES))
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--suffix", choices=(".keras", ".h5"), default=".keras")
    parser.add_argument("--whole", action="store_true", help="run the program itself")
    parser.add_argument("--json", type=Path, help="also write everything measured to this file")
    args = parser.parse_args()
    print(f"{'network':15}{'images':>7}{'layers':>13}{'memory':>12}{'':>10}{'ours':>8}", end="")
    print(f"{'predict':>9}{'ratio':>7}{'reports':>9}   memory: PSS of all processes at its highest")
    results = []
    for name in args.names:
        results.append(measure(name, args.images, args.suffix, whole=args.whole))
        print_row(results[-1])
    if args.json:
        rows = [{**asdict(r), "ratio": r.ratio} for r in results]
        args.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
