"""Time to open a folder of images, side by side with reading it otherwise, in one run.

    python bench/opening.py FOLDER [--split SPLIT] [--keras]

Opens the folder as the program does, decoding every image once, with a fresh cache and then with
the one that this left. The peers, T: a plain loop of Pillow that loads every image; with --keras
also one pass over keras.utils.image_dataset_from_directory. Prints each time as a share of T.
Without FOLDER 2,000 photographs of 1600 x 1200 are made for it.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from data import open_dataset  # noqa: E402
from data.tree import is_image  # noqa: E402

PHOTOGRAPHS, CLASSES = 2_000, 4


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def images(folder: Path) -> list[Path]:
    return [
        Path(place, name)
        for place, _, names in os.walk(folder)
        for name in sorted(names)
        if is_image(name)
    ]


def plain_loop(folder: Path) -> None:
    for path in images(folder):
        with Image.open(path) as image:
            image.convert("RGB").load()


def keras_pass(folder: Path) -> None:
    import keras

    batches = keras.utils.image_dataset_from_directory(
        folder, image_size=(32, 32), shuffle=False, verbose=False
    )
    for _ in batches:
        pass


def make_photographs(folder: Path) -> Path:
    """Smooth noise, which JPEG packs about as well as it packs photographs."""
    generator = np.random.default_rng(0)
    for number in range(CLASSES):
        (folder / str(number)).mkdir(parents=True)
    coarse = generator.integers(0, 256, (20, 300, 400, 3), np.uint8)
    for number in range(PHOTOGRAPHS):
        picture = Image.fromarray(coarse[number % 20]).resize((1600, 1200))
        path = folder / str(number % CLASSES) / f"{number}.jpg"
        if number < 20:
            picture.save(path, quality=88)
        else:
            source = folder / str(number % 20 % CLASSES) / f"{number % 20}.jpg"
            path.write_bytes(source.read_bytes())
    return folder


def measure(folder: Path, split: str, with_keras: bool) -> None:
    with tempfile.TemporaryDirectory() as cache:

        def opened() -> object:
            return open_dataset(folder, split, cache_dir=cache)

        part = folder / split if (folder / split).is_dir() else folder
        count = len(images(part))
        # Once for the files to be in the system's memory, as they are for all that follow.
        for path in images(part):
            path.read_bytes()
        plain = timed(lambda: plain_loop(part))
        first, second = timed(opened), timed(opened)
    print(f"{count:,} images; T is a plain loop of Pillow: {plain:.2f} s")
    print(f"opened, all decoded    {first / plain:.2f} T")
    print(f"opened again           {second / plain:.3f} T")
    if with_keras:
        import keras  # noqa: F401 - its import is not what is measured

        print(f"one pass with Keras    {timed(lambda: keras_pass(part)) / plain:.2f} T")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--split", default="all")
    parser.add_argument("--keras", action="store_true")
    options = parser.parse_args()
    if options.folder is not None:
        measure(options.folder, options.split, options.keras)
        return
    with tempfile.TemporaryDirectory() as made:
        measure(make_photographs(Path(made)), "all", options.keras)


if __name__ == "__main__":
    main()
