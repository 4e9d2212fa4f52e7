"""What was computed, as files that any other program reads."""

import json
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from analysis.study import Study
from util import CacheError, atomic_path

PACKAGES = ("keras", "tensorflow", "jax", "torch", "numpy", "faiss-cpu", "openTSNE", "umap-learn")


def export(study: Study, folder: Path) -> None:
    """Write samples.parquet, projections/, activations/ and summary.json; `folder` may exist.

    projections/SPACE.METHOD.npy: float32, (N, 2). activations/LAYER.npy: float32, (N, units).

    Raises:
        CacheError: the folder cannot be written.
    """
    assert study.samples is not None
    try:
        for name in ("projections", "activations"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        with atomic_path(folder / "samples.parquet") as path:
            study.samples.frame.to_parquet(path, index=False)
        for (space, method), layout in study.layouts().items():
            target = folder / "projections" / f"{space}.{method}.npy"
            with atomic_path(target) as path, path.open("wb") as file:
                np.save(file, layout.points)
        for layer in study.layers:
            with atomic_path(folder / "activations" / f"{layer}.npy") as path:
                shutil.copyfile(study.task.activations_path(layer), path)
        with atomic_path(folder / "summary.json") as path:
            path.write_text(json.dumps(summarise(study), indent=2) + "\n", "utf-8")
    except OSError as error:
        raise CacheError(
            f"The folder {folder} cannot be written ({error.strerror}); name another one."
        ) from None


def summarise(study: Study) -> dict[str, Any]:
    """The study in numbers: loss in nats, timings in seconds (those of this run alone)."""
    samples, description, dataset = study.samples, study.description, study.dataset
    assert samples is not None and description is not None
    return {
        "network": study.network.name,
        "network_digest": study.network.digest,
        "keras_version_of_file": description.keras_version,
        "dataset": dataset.name,
        "split": dataset.split,
        "note": dataset.note,
        "images": len(dataset),
        "images_in_all": dataset.total,
        "classes": list(dataset.class_names),
        "accuracy": samples.accuracy,
        "mean_loss": samples.mean_loss,
        "preprocessing": description.preprocessing,
        "head": description.head,
        "hidden_layer": study.hidden,
        "seed": study.task.seed,
        "projections": {
            f"{space}.{method}": {"trustworthiness": layout.trustworthiness}
            for (space, method), layout in sorted(study.layouts().items())
        },
        "neighbour_recall": {
            space: graph.recall
            for space in study.spaces
            if (graph := study.neighbours(space)) is not None
        },
        "timings": {name: round(seconds, 3) for name, seconds in study.seconds.items()},
        "versions": {name: known for name in PACKAGES if (known := _version(name)) is not None},
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
