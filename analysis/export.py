"""What was computed, as files that any other program reads."""

import json
import math
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.curves.export import summarise_classes
from analysis.query import find
from analysis.rows import csv_bytes, export_frame, parquet_bytes
from analysis.study import Study
from util import CacheError, atomic_path

PACKAGES = ("keras", "tensorflow", "jax", "torch", "numpy", "faiss-cpu", "openTSNE", "umap-learn")


def export(study: Study, folder: Path, query: str | None = None) -> int | None:
    """Write samples.parquet, projections/, activations/ and summary.json; `folder` may exist.

    projections/SPACE.METHOD.npy: float32, (N, 2). activations/LAYER.npy: float32, (N, units).
    With a query also query.csv and query.parquet: the rows found, in the table's order.

    Returns:
        How many samples the query finds, or None without one.

    Raises:
        QueryError: the query cannot be answered; nothing is written then.
        CacheError: the folder cannot be written.
    """
    assert study.samples is not None
    rows = None
    if query is not None:
        rows = np.flatnonzero(find(study.samples, study.class_names, query))
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
        summary = summarise(study)
        if rows is not None:
            _write_rows(study, folder, rows)
            summary["query"] = {"text": query, "images": len(rows)}
        with atomic_path(folder / "summary.json") as path:
            path.write_text(json.dumps(summary, indent=2, allow_nan=False) + "\n", "utf-8")
    except OSError as error:
        raise CacheError(
            f"The folder {folder} cannot be written ({error.strerror}); name another one."
        ) from None
    return None if rows is None else len(rows)


def _write_rows(study: Study, folder: Path, rows: NDArray[np.integer]) -> None:
    frame = export_frame(study, rows)
    for name, write in (("query.csv", csv_bytes), ("query.parquet", parquet_bytes)):
        with atomic_path(folder / name) as path:
            path.write_bytes(write(frame))


def summarise(study: Study) -> dict[str, Any]:
    """The study in numbers: loss in nats, timings in seconds (those of this run alone).

    Without labels, accuracy and mean loss are None.
    """
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
        "images_with_a_label": int(samples.labelled.sum()),
        "left_out": [{"id": one.id, "reason": one.reason} for one in dataset.left_out],
        "classes": list(study.class_names),
        "accuracy": samples.accuracy,
        "mean_loss": _finite(samples.mean_loss),
        "by_class": summarise_classes(samples, study.class_names),
        "preprocessing": description.preprocessing,
        "warnings": list(study.warnings),
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


def _finite(value: float | None) -> float | None:
    """JSON knows no infinity."""
    return value if value is not None and math.isfinite(value) else None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
