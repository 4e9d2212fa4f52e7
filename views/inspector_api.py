"""All that the inspector shows of one image, in one answer."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from flask import Flask, Response, jsonify, request
from numpy.typing import NDArray

from analysis.samples import CONFIDENCE, CORRECT, ENTROPY, LOSS, MARGIN, PREDICTED, own_columns
from data.dataset import UNLABELLED
from views import text
from views.figures import typed_array
from views.routes import make_blueprint

if TYPE_CHECKING:
    from analysis.study import Study
    from data import Dataset
    from model import Layer

# Up to here all classes are listed, in their own order; beyond, only the most probable ones.
ALL_CLASSES, TOP_CLASSES = 12, 10

SHOWN_NEIGHBOURS = 8


def register(server: Flask, study: "Study", base_path: str = "/") -> None:
    """Add the route to the server, below `base_path`."""
    api = make_blueprint("inspector", base_path)

    @api.get("/api/sample/<int:index>")
    def sample(index: int) -> Response | tuple[Response, int]:
        last = len(study.dataset) - 1
        if index > last:
            return jsonify(message=f"There is no image {index}: the last one is {last}."), 404
        answer = describe_sample(study, index)
        answer |= describe_layer(study, index, request.args.get("layer", ""))
        response = jsonify(answer)
        response.headers["Cache-Control"] = "no-store"
        return response

    server.register_blueprint(api)


def describe_sample(study: "Study", index: int) -> dict[str, Any]:
    """A sample's identity, and what the network says about it.

    An image without a label has the label -1 and no `label_name`; one with several has them all in
    `labels`, which is () where only one is possible. `facts` are the dataset's own columns.
    `scores` and `probabilities` are None before the forward pass is done; then, and only then,
    `waiting` is the sentence that stands in their place. `top` is how many of the most probable
    classes are listed, None where all are.
    """
    label = int(study.dataset.labels[index])
    probabilities = study.probabilities(index)
    waiting = text.waiting(study.stages(), "The prediction") if probabilities is None else None
    classes = 0 if probabilities is None else len(probabilities)
    return {
        "index": index,
        "id": str(study.dataset.ids[index]),
        "label": label,
        "label_name": label_name(study, label),
        "labels": list_labels(study, index),
        "facts": list_facts(study.dataset, index),
        "independent": study.description is not None and study.description.head == "multilabel",
        "scores": describe_scores(study, index),
        "classes": classes,
        "top": TOP_CLASSES if classes > ALL_CLASSES else None,
        "probabilities": list_probabilities(study, probabilities, label, list_labels(study, index)),
        "waiting": waiting,
    }


def label_name(study: "Study", label: int) -> str | None:
    return None if label == UNLABELLED else study.class_names[label]


def list_labels(study: "Study", index: int) -> list[int]:
    """All classes that apply to an image, where images have several labels."""
    targets = study.dataset.targets
    return [] if targets is None else [int(k) for k in np.flatnonzero(targets[index])]


def list_facts(dataset: "Dataset", index: int) -> list[dict[str, Any]]:
    """What the dataset's own columns say of an image."""
    # As a list an array gives Python's own values, whatever it holds.
    return [
        {"name": name, "value": fact(values[index : index + 1].tolist()[0])}
        for name, values in own_columns(dataset.columns).items()
    ]


def fact(value: object) -> str:
    """A value as a person reads it; "" for one that is missing."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.6g}"
    return "" if value is None else str(value)


def describe_scores(study: "Study", index: int) -> dict[str, Any] | None:
    """The predicted class; confidence and margin, 0 to 1; entropy and loss in nats.

    `correct` and `loss` are None for an image without a label.
    """
    samples = study.samples
    if samples is None:
        return None
    predicted = int(samples[PREDICTED][index])
    measures = {name: number(float(samples[name][index])) for name in (CONFIDENCE, MARGIN, ENTROPY)}
    labelled = int(study.dataset.labels[index]) != UNLABELLED
    return {
        "predicted": predicted,
        "predicted_name": study.class_names[predicted],
        CORRECT: bool(samples[CORRECT][index]) if labelled else None,
        LOSS: number(float(samples[LOSS][index])) if labelled else None,
        **measures,
    }


def number(value: float) -> float | str:
    """A number as JSON knows it; "Infinity" and "NaN", as JavaScript reads them, for the others."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def list_probabilities(
    study: "Study",
    probabilities: NDArray[np.float32] | None,
    label: int,
    labels: Sequence[int] = (),
) -> list[dict[str, Any]] | None:
    """The listed classes with their names.

    Args:
        probabilities: float32, (C,), 0 to 1.
    """
    if probabilities is None:
        return None
    names = study.class_names
    return [
        {"class": k, "name": names[k], "probability": float(probabilities[k])}
        for k in listed_classes(probabilities, labels or [label])
    ]


def listed_classes(probabilities: NDArray[np.float32], labels: Sequence[int]) -> list[int]:
    """The classes worth a bar: all in their order if they are few, else the most probable ones and,
    behind them, the labels that are not among them.

    Args:
        labels: -1 for none, or beyond the network's classes, where it has no output for it.
    """
    if len(probabilities) <= ALL_CLASSES:
        return list(range(len(probabilities)))
    ranked: list[int] = np.argsort(-probabilities, kind="stable")[:TOP_CLASSES].tolist()
    return ranked + [k for k in labels if k not in ranked and 0 <= k < len(probabilities)]


def describe_layer(study: "Study", index: int, key: str) -> dict[str, Any]:
    """How a layer answers to a sample, and the samples nearest to it there.

    `layer` is None before the forward pass is done, `waveform` where no activations are kept,
    `nearest` where the neighbours have not been found yet.

    Args:
        key: of the layer; the hidden layer stands in for one that there is not.
    """
    description, hidden = study.description, study.hidden
    if description is None or hidden is None or study.samples is None:
        return {"layer": None, "waveform": None, "nearest": None}
    by_key = {layer.key: layer for layer in description.layers}
    layer = by_key.get(key, by_key[hidden])
    return {
        "layer": {
            "key": layer.key,
            "name": layer.name,
            "units": layer.units,
            "pooled": layer.pooled,
        },
        "waveform": read_waveform(study, layer, index),
        "nearest": describe_nearest(study, layer, index),
    }


def read_waveform(study: "Study", layer: "Layer", index: int) -> dict[str, str] | None:
    """The layer's activations for one sample, (units,), as Plotly takes them."""
    if layer.units is None:
        return None
    activation = study.activation(layer.key, index)
    return None if activation is None else typed_array(activation)


def describe_nearest(study: "Study", layer: "Layer", index: int) -> list[dict[str, Any]] | None:
    """Index and label of the nearest samples; None is the name of no label."""
    graph = study.neighbours(layer.key)
    if graph is None:
        return None
    dataset = study.dataset
    return [
        {
            "index": other,
            "label": int(dataset.labels[other]),
            "label_name": label_name(study, int(dataset.labels[other])),
        }
        for other in nearest(graph.indices, index)
    ]


def nearest(neighbours: NDArray[np.int32], index: int) -> list[int]:
    """The first few neighbours of a sample, without itself.

    Args:
        neighbours: int32, (N, k), nearest first.
    """
    return [int(other) for other in neighbours[index] if other != index][:SHOWN_NEIGHBOURS]
