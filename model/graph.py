"""A graph of layers, described: what each gives out, and which of them decides."""

import re
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from model.description import Layer, NetworkDescription, Shape
from model.head import Head, find_head, passes
from model.steps import Graph, Step, Tensor, flatten
from util import ModelError

if TYPE_CHECKING:
    import keras

__all__ = ["Graph", "Step", "as_graph", "channel_axis", "describe", "flatten", "head_of"]

# The longest name of a layer's file, without its ending.
KEY_LENGTH = 80

# Names that the forward pass and the maps use themselves.
RESERVED_KEYS = ("pixels", "logits")

# Making a head makes layers: once a graph.
_heads: WeakKeyDictionary[Graph, Head] = WeakKeyDictionary()


def as_graph(network: "Graph | keras.Model") -> Graph:
    """A model of one input and one output may stand for its graph."""
    return network if isinstance(network, Graph) else flatten(network)


def head_of(graph: Graph) -> Head:
    """`find_head`, once a graph.

    Raises:
        ModelError: the output is no number a class.
    """
    if graph not in _heads:
        _heads[graph] = find_head(graph)
    return _heads[graph]


def describe(
    network: "Graph | keras.Model", keras_version: str = "", repairs: tuple[str, ...] = ()
) -> NetworkDescription:
    """Layers, head and hidden layer of a network.

    Raises:
        ModelError: the network is no classifier of one input and one output.
    """
    graph = as_graph(network)
    head = head_of(graph)
    taken: set[str] = set()
    counted: set[int] = set()
    layers = tuple(_describe_step(graph, step, taken, counted) for step in graph.steps)
    units = int(head.logits.shape[1])
    return NetworkDescription(
        layers=layers,
        hidden=_hidden_key(layers, head),
        head=head.kind,
        classes=2 if head.kind == "sigmoid" else units,
        input_shape=tuple(graph.inputs[0].shape[1:]),
        params=sum(layer.params for layer in layers),
        keras_version=keras_version,
        input_name=graph.input_name,
        output_name=graph.output_name,
        repairs=repairs,
    )


def channel_axis(graph: Graph, step: Step) -> int:
    """Axis of a step's output that counts channels: 1 in a network of channels first, else -1."""
    return _channel_axis(graph, step, step.output)


def _channel_axis(graph: Graph, step: Step | None, tensor: Tensor) -> int:
    # A batch, its channels, and at least one axis to average over: otherwise the last it is.
    while step is not None and len(tensor.shape) > 2:
        stated = getattr(step.layer, "data_format", None)
        if stated is not None:
            return 1 if stated == "channels_first" else -1
        if step.kind in ("Reshape", "Permute"):
            return -1
        # An activation or a sum has its channels where its input has them.
        same = [given for given in step.inputs if len(given.shape) == len(tensor.shape)]
        if not same:
            return -1
        tensor = same[0]
        made_by = graph.made_by(tensor)
        step = None if made_by is None else graph.steps[made_by]
    return -1


def _describe_step(graph: Graph, step: Step, taken: set[str], counted: set[int]) -> Layer:
    shape: Shape = tuple(step.output.shape[1:])
    axis = channel_axis(graph, step)
    units = step.output.shape[axis] if shape else None
    if passes(step) or not str(step.output.dtype).startswith(("float", "bfloat")):
        units = None
    # Weights that several steps share count where they are first used.
    fresh = [w for w in getattr(step.layer, "weights", ()) if id(w) not in counted]
    counted.update(id(weight) for weight in fresh)
    params = sum(_size(weight.shape) for weight in fresh)
    key = _key(step.name, taken)
    return Layer(key, step.name, step.kind, shape, params, units, len(shape) > 1)


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for n in shape:
        size *= int(n)
    return size


def _key(name: str, taken: set[str]) -> str:
    """A step's name as the name of a file, at most KEY_LENGTH long, its end if it is longer."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", name)[-KEY_LENGTH:] or "layer"
    key, count = plain, 2
    while key.lower() in taken or key.lower() in RESERVED_KEYS:
        number = f"_{count}"
        key, count = plain[-(KEY_LENGTH - len(number)) :] + number, count + 1
    taken.add(key.lower())
    return key


def _hidden_key(layers: tuple[Layer, ...], head: Head) -> str:
    kept = [layer for layer in layers if layer.units is not None]
    if not kept:
        raise ModelError("The network has no layer whose activations could be kept.")
    if head.hidden is not None:
        for layer in reversed(layers[: head.hidden + 1]):
            if layer.units is not None:
                return layer.key
    return kept[-1].key
