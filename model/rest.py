"""The rest of a network: from the activations of one layer on to the logits."""

from math import prod
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model.batches import predict
from model.description import Layer, NetworkDescription
from model.forward import Classifier
from model.graph import Graph, as_graph, head_of
from model.steps import Step, Tensor
from util import ModelError

if TYPE_CHECKING:
    import keras

# Vectors a batch; what follows a vector is small as a rule.
BATCH = 1024


def is_averaged(layer: Layer) -> bool:
    """Whether the layer's kept activations are means, from which its output cannot be had back."""
    if layer.units is None or None in layer.output_shape:
        return True
    return layer.units != prod(n or 1 for n in layer.output_shape)


def refuse_averaged(description: NetworkDescription, key: str) -> None:
    """Tell the layers apart that need no Keras to be told.

    Raises:
        ModelError: the layer's activations are averaged; the sentence names one whose are not.
    """
    layer = description.layer(key)
    if is_averaged(layer):
        others = [one for one in description.layers if not is_averaged(one)]
        raise ModelError(
            f"The activations of '{layer.name}' are averaged over height and width, from which its "
            f"output cannot be had back{_instead(others, description)}."
        )


def build_rest(
    network: "Graph | keras.Model", description: NetworkDescription, key: str
) -> Classifier:
    """The network from a layer on, as a function from the layer's kept activations to logits.

    It takes float32 (n, units) of any n, as the pass keeps them, and gives float32 (n, C): for the
    classifying layer, whose kept activations are its logits, the same again.

    Raises:
        ModelError: the layer's activations are averaged, or do not decide alone; the sentence
            names a layer that can be taken. Or, when called, the network cannot be run.
    """
    import keras

    refuse_averaged(description, key)
    graph = as_graph(network)
    head = head_of(graph)
    position = [layer.key for layer in description.layers].index(key)
    layer, step = description.layers[position], graph.steps[position]
    units = int(head.logits.shape[1])
    if (position >= head.position and layer.units == units) or step.output is head.logits:
        return _unchanged
    if not decides(head.logits, step):
        pairs = zip(description.layers, graph.steps, strict=True)
        others = [a for a, b in pairs if not is_averaged(a) and decides(head.logits, b)]
        raise ModelError(
            f"Other connections of the network by-pass '{layer.name}', so that its activations "
            f"alone do not decide{_instead(others, description)}."
        )
    rest = keras.Model(step.output, head.logits)
    shape = tuple(int(n) for n in step.output.shape[1:])
    own = step.output.shape[0]
    batch = BATCH if own is None else int(own)

    def run(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        assert vectors.ndim == 2 and vectors.shape[1] == prod(shape)
        inputs = vectors.reshape(-1, *shape)
        rows = [
            np.asarray(outputs, np.float32)[:count]
            for count, outputs in predict(rest, inputs.__getitem__, len(inputs), batch)
        ]
        return np.concatenate([np.zeros((0, units), np.float32), *rows])

    return run


def _unchanged(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return vectors


def decides(logits: Tensor, step: Step) -> bool:
    """Whether the logits follow from a step's output alone, whatever the network's input is."""
    waiting, seen, met = [logits], {id(logits)}, False
    while waiting:
        tensor = waiting.pop()
        if tensor is step.output:
            met = True
            continue
        sources = _sources(tensor)
        if not sources:
            return False
        fresh = [source for source in sources if id(source) not in seen]
        seen.update(id(source) for source in fresh)
        waiting += fresh
    return met


def _sources(tensor: Tensor) -> list[Tensor]:
    """What a tensor is computed from, over casts between models as well; none for an input."""
    history = tensor._keras_history
    return list(history.operation._inbound_nodes[history.node_index].input_tensors)


def _instead(others: list[Layer], description: NetworkDescription) -> str:
    """ "; 'dense' can be taken", the hidden layer if it is among them, else the last one."""
    if not others:
        return ", and no other layer can be taken"
    hidden = [layer for layer in others if layer.key == description.hidden]
    return f"; '{(hidden or others[-1:])[0].name}' can be taken instead"
