"""A loaded model as a graph of layers: what each gives out, and which of them decides."""

import re
from typing import TYPE_CHECKING, Any

from model.description import Layer, NetworkDescription, Shape
from model.head import PASSING_LAYERS, find_head, hidden_layer
from util import ModelError

if TYPE_CHECKING:
    import keras


def describe(model: "keras.Model", keras_version: str) -> NetworkDescription:
    """Layers, head and hidden layer of a loaded model.

    Raises:
        ModelError: the network is no classifier of one input and one output.
    """
    kind, logits, head = find_head(model)
    if len(logits.shape) != 2 or logits.shape[1] is None:
        raise ModelError(
            f"The network's output has the shape {tuple(logits.shape[1:])}, not one number a "
            "class; only classifiers can be looked into."
        )
    taken: set[str] = set()
    layers = tuple(
        _describe_layer(layer, taken)
        for layer in model.layers
        if type(layer).__name__ != "InputLayer"
    )
    width = int(logits.shape[1])
    return NetworkDescription(
        layers=layers,
        hidden=_hidden_key(layers, hidden_layer(model, head)),
        head=kind,
        classes=2 if kind == "sigmoid" and width == 1 else width,
        input_shape=tuple(model.inputs[0].shape[1:]),
        params=int(model.count_params()),
        keras_version=keras_version,
    )


def layer_output(layer: "keras.layers.Layer") -> Any | None:
    """Symbolic output of a layer where it was first used, or None if it is not a single array."""
    try:
        output = layer.output
    except (AttributeError, ValueError):
        # A layer used at several places has several outputs; the first stands for it.
        nodes = getattr(layer, "_inbound_nodes", [])
        outputs = nodes[0].output_tensors if nodes else []
        output = outputs[0] if len(outputs) == 1 else None
    return output if hasattr(output, "shape") else None


def _describe_layer(layer: "keras.layers.Layer", taken: set[str]) -> Layer:
    output = layer_output(layer)
    shape: Shape = () if output is None else tuple(output.shape[1:])
    pooled = len(shape) > 1
    units = shape[-1] if shape and type(layer).__name__ not in PASSING_LAYERS else None
    key = _key(layer.name, taken)
    return Layer(key, layer.name, type(layer).__name__, shape, layer.count_params(), units, pooled)


def _key(name: str, taken: set[str]) -> str:
    """A layer's name as the name of a file; "pixels" and "logits" are taken."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", name)[:80] or "layer"
    key, count = plain, 2
    while key.lower() in taken or key in ("pixels", "logits"):
        key, count = f"{plain}_{count}", count + 1
    taken.add(key.lower())
    return key


def _hidden_key(layers: tuple[Layer, ...], name: str | None) -> str:
    kept = [layer for layer in layers if layer.units is not None]
    if not kept:
        raise ModelError("The network has no layer whose activations could be kept.")
    return next((layer.key for layer in kept if layer.name == name), kept[-1].key)
