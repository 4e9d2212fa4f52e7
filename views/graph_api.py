"""Routes of the panel Graph: the graph of layers, their times, and what is known of each.

Errors come as {"message": a sentence}; what is yet to be computed has a state, and is asked again.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, jsonify, request

from analysis.layers.activations import MAX_LISTED, Activations
from analysis.layers.facts import LayerFacts, Told
from model.feature_maps import FeatureMaps
from views import text
from views.api import tagged
from views.atlas_png import COLUMNS, GAP, draw_atlas, ramp
from views.routes import make_blueprint, refuse

if TYPE_CHECKING:
    from analysis.study import Study
    from model.description import Layer
    from model.structure import Edge, Node, Structure

# Seconds that a picture's request waits: its maps have been asked for before.
PATIENCE = 5.0


def register(server: Flask, study: "Study", base_path: str = "/") -> None:
    """Add the routes to the server, below `base_path`."""
    routes = make_blueprint("graph", base_path)
    facts = LayerFacts(study)

    @routes.get("/api/graph")
    def graph() -> Response:
        told = not_yet(study) or facts.structure()
        shown = None if told.value is None else describe_graph(study, told.value)
        return fresh(describe(told) | {"graph": shown})

    @routes.post("/api/graph/times")
    def measure() -> tuple[str, int]:
        if not_yet(study):
            refuse(409, "The images have to be passed through the network first.")
        facts.times(ask=True)
        return "", 202

    @routes.get("/api/graph/times")
    def times() -> Response:
        told = not_yet(study) or facts.times(ask=False)
        return fresh(describe(told) | describe_times(told.value))

    @routes.get("/api/graph/layer/<key>")
    def layer(key: str) -> Response:
        found = read_layer(study, key)
        told = not_yet(study) or facts.weights()
        summed = not_yet(study) or facts.activations(key)
        return fresh(describe_layer(study, found, told, summed))

    @routes.get("/api/graph/maps/<key>")
    def maps(key: str) -> Response:
        found, index = read_layer(study, key), read_index(study)
        told = not_yet(study) or facts.maps(found.key, index)
        return fresh(describe(told) | describe_maps(told.value))

    @routes.get("/api/graph/maps/<key>.png")
    def picture(key: str) -> Response:
        found, index = read_layer(study, key), read_index(study)
        dataset, network = study.dataset.fingerprint, study.network.digest
        tag = f"{network}-{dataset}-{study.task.preprocess}-{found.key}-{index}"
        if tag in request.if_none_match:
            return tagged(Response(status=304), tag)
        told = not_yet(study) or facts.maps(found.key, index, PATIENCE)
        if not isinstance(told.value, FeatureMaps):
            refuse(409 if told.state != "done" else 404, told.message or NO_MAPS)
        return tagged(Response(draw_atlas(told.value), mimetype="image/png"), tag)

    server.register_blueprint(routes)


NO_MAPS = "This layer has no maps: its output has neither height nor width."


def fresh(value: dict[str, Any]) -> Response:
    answer = jsonify(value)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def not_yet(study: "Study") -> Told | None:
    """Why nothing can be asked: the images have not been passed through the network."""
    if study.samples is not None and study.description is not None:
        return None
    if study.failure is not None:
        return Told("failed", message=study.failure.message)
    return Told("waiting", message=text.waiting(study.stages(), "The graph"))


def read_layer(study: "Study", key: str) -> "Layer":
    """The layer of a request, or the end of it with status 404."""
    if study.description is not None:
        for layer in study.description.layers:
            if layer.key == key:
                return layer
    refuse(404, "The network has no such layer.")


def read_index(study: "Study") -> int:
    """The image of a request, or the end of it with status 400 or 404."""
    index = request.args.get("index", None, int)
    if index is None or index < 0:
        refuse(400, "index= has to be the number of an image, counted from 0.")
    if index >= len(study.dataset):
        refuse(404, f"There is no image {index}: the last one is {len(study.dataset) - 1}.")
    return index


def describe(told: Told) -> dict[str, Any]:
    return {"state": told.state, "message": told.message, "fraction": told.fraction}


def describe_graph(study: "Study", structure: "Structure") -> dict[str, Any]:
    layers = () if study.description is None else study.description.layers
    units = {layer.key: layer.units for layer in layers}
    return {
        "nodes": [describe_node(node, units) for node in structure.nodes],
        "edges": [describe_edge(edge) for edge in structure.edges],
        "input": structure.input,
        "output": structure.output,
    }


def describe_node(node: "Node", units: Mapping[str, int | None]) -> dict[str, Any]:
    """A node; `units` is None for what cannot be chosen as the layer of the maps."""
    repeats = node.repeats
    return {
        "id": node.id,
        "parent": node.parent,
        "title": node.title,
        "name": node.name,
        "kind": node.kind,
        "layer": node.layer,
        "shape": text.shape(node.shape),
        "params": node.params,
        "layers": node.layers,
        "repeats": None if repeats is None else {"of": repeats[0], "count": repeats[1]},
        "open": node.open,
        "units": None if node.layer is None else units.get(node.layer),
    }


def describe_edge(edge: "Edge") -> dict[str, str]:
    return {"source": edge.source, "target": edge.target, "shape": text.shape(edge.shape)}


def describe_times(times: dict[str, Any] | None) -> dict[str, Any]:
    """Milliseconds an image; `total` is the sum of the layers, `whole` the network run as one."""
    if times is None:
        return {"batch": None, "times": {}, "total": None, "whole": None, "sentence": ""}
    images = text.counted(times["batch"], "image")
    sentence = (
        f"Each layer was compiled and run by itself on {images} at a time, on what the layers "
        f"before it make of real images; the median counts. Together they take "
        f"{times['total']:.3g} ms an image, and the network run as one {times['whole']:.3g} ms."
    )
    if times["untimed"]:
        sentence += f" {text.counted(times['untimed'], 'layer')} cannot be run alone."
    return {**times, "sentence": sentence}


def describe_layer(study: "Study", layer: "Layer", told: Told, summed: Told) -> dict[str, Any]:
    """All of a layer; weights and settings are there when `state` is done."""
    known = (told.value or {}).get(layer.key) or {"settings": [], "weights": []}
    summary: Activations | None = summed.value
    states = [one for one in (told, summed) if one.state != "done"]
    return {
        **describe(states[0] if states else told),
        "key": layer.key,
        "name": layer.name,
        "kind": layer.kind,
        "shape": text.shape(layer.output_shape),
        "params": layer.params,
        "units": layer.units,
        "pooled": layer.pooled,
        "settings": known["settings"],
        "weights": known["weights"],
        "activations": None if summary is None else describe_activations(study, layer, summary),
        "dead": None if summary is None else describe_dead(study, layer, summary),
    }


def describe_activations(study: "Study", layer: "Layer", summary: Activations) -> dict[str, Any]:
    spread, total = summary.spread, len(study.dataset)
    of = text.shown_images(summary.rows, total).removesuffix(" shown")
    places = "height and width" if len(layer.output_shape) == 3 else "all their places"
    what = f"channels averaged over {places}" if layer.pooled else "units"
    if gives_logits(study, layer):
        what = "logits"
    return {
        "edges": spread.edges,
        "counts": spread.counts,
        "mean": spread.mean,
        "std": spread.std,
        "zeros": spread.zeros,
        "of": f"{of} × {text.count(summary.units)} {what}",
    }


def gives_logits(study: "Study", layer: "Layer") -> bool:
    """Whether what is kept of the classifier is what stands before its softmax or sigmoid."""
    described, logits = study.description, study.logits
    if described is None or logits is None or described.head == "logits":
        return False
    return layer.key == described.layers[-1].key and layer.units == logits.shape[1]


def describe_dead(study: "Study", layer: "Layer", summary: Activations) -> dict[str, Any] | None:
    """Units that tell no image from another; None where there is one image only."""
    if summary.dead is None:
        return None
    number, units = len(summary.dead), summary.units
    noun = "channel" if layer.pooled else "unit"
    images = text.counted(len(study.dataset), "image")
    if not number:
        sentence = f"No {noun} is dead: each differs between some of the {images}."
    else:
        share = text.percent(number / units)
        gives = "gives" if number == 1 else "give"
        sentence = (
            f"{text.count(number)} of {text.counted(units, noun)} ({share}) {gives} one and the "
            f"same value for all of the {images}{_zeros(number, summary.silent)}."
        )
    return {
        "units": number,
        "of": units,
        "share": number / units,
        "which": summary.dead[:MAX_LISTED].tolist(),
        "sentence": sentence,
    }


def _zeros(dead: int, silent: int) -> str:
    if silent == dead:
        return ": 0"
    return f"; {text.count(silent)} of them 0" if silent else ""


def describe_maps(maps: Any) -> dict[str, Any]:
    """The maps' sizes in the picture, their order and scale; or the vector there is instead."""
    if maps is None:
        return {}
    if not isinstance(maps, FeatureMaps):
        return {"vector": maps.values.tolist(), "count": maps.count}
    shown, height, width = maps.values.shape
    return {
        "width": width,
        "height": height,
        "of": {"width": maps.size[1], "height": maps.size[0]},
        "count": maps.count,
        "shown": shown,
        "columns": min(COLUMNS, shown),
        "gap": GAP,
        "order": maps.order.tolist(),
        "low": maps.low,
        "high": maps.high,
        "ramp": ramp(maps.low < 0),
    }
