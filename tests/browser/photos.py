"""A folder of small colour photos, one sub-folder a class, for tests of the page."""

import csv
import os
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
PER_CLASS = 24

# Names that mean something to HTML, and must not.
CAMERAS = ("Leica <b>M", "Nikon", "Canon & Co")


def make_photos(folder: Path) -> Path:
    """JPEGs of 32 x 32: CIFAR-10's test images out of the zip that INNERVIEW_CIFAR10 names, or,
    where there is none, cut-outs of scikit-learn's two photographs under the same names.
    """
    archive = os.environ.get("INNERVIEW_CIFAR10")
    if archive is None:
        _cut_out(folder)
    else:
        _unpack(Path(archive), folder)
    return folder


def _unpack(archive: Path, folder: Path) -> None:
    with zipfile.ZipFile(archive) as file:
        for name in file.namelist():
            parts = Path(name).parts
            if len(parts) == 3 and parts[0] == "test" and name.endswith(".jpg"):
                target = folder / parts[1] / parts[2]
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(file.read(name))


def _cut_out(folder: Path) -> None:
    from sklearn.datasets import load_sample_images

    photographs = load_sample_images().images
    generator = np.random.default_rng(0)
    for k, name in enumerate(CLASSES):
        (folder / name).mkdir(parents=True)
        photograph = photographs[k % 2]
        for i in range(PER_CLASS):
            # Each class from a stripe of its own, so that neighbours mean something.
            top = int(generator.integers(70)) + 65 * (k // 2)
            left = int(generator.integers(photograph.shape[1] - 64))
            cut = photograph[top : top + 64, left : left + 64]
            picture = Image.fromarray(cut).resize((32, 32))
            picture.save(folder / name / f"{i:04}.jpg", quality=90)


def make_unlabelled_photos(folder: Path, broken: int) -> Path:
    """The same in one folder, as they come out of a camera, and some files that are none."""
    for path in sorted(make_photos(folder / "classes").glob("*/*.jpg")):
        if int(path.stem) < 20:
            path.rename(folder / f"{path.parent.name[:2]} {path.name}")
        else:
            path.unlink()
    for rest in sorted((folder / "classes").iterdir()):
        rest.rmdir()
    (folder / "classes").rmdir()
    for number in range(broken):
        (folder / f"broken {number}.jpg").write_bytes(b"\xff\xd8\xff\xe0 nothing more")
    return folder


def make_manifest(folder: Path) -> Path:
    """A CSV manifest of the photos: camera, altitude with gaps, indoors, year; every fourth image
    has no label.
    """
    generator = np.random.default_rng(0)
    paths = sorted(make_photos(folder / "images").glob("*/*.jpg"))
    paths = [path for path in paths if int(path.stem) < 24]
    manifest = folder / "images.csv"
    with manifest.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "label", "camera", "altitude", "indoors", "year"])
        for k, path in enumerate(paths):
            writer.writerow(
                [
                    path.relative_to(folder).as_posix(),
                    "" if k % 4 == 3 else path.parent.name,
                    CAMERAS[k % 3],
                    "" if k % 5 == 0 else round(float(generator.uniform(0, 5000)), 1),
                    k % 2 == 0,
                    2000 + k * 10 // len(paths),
                ]
            )
    return manifest
