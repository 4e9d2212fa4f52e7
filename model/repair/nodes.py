"""Who is fed by whom: the connections of a graph, in the one form of Keras 3.

A reference is [layer, call of that layer, output of that call]. Up to Keras 2 a connection was a
list of such references, the keyword arguments being a fourth item; since Keras 3 it is a
dictionary of args and kwargs with references inside.
"""

from typing import Any

from model.repair.tree import Config, each_layer, each_model, inner, is_model, name_of, told
from util import ModelError

CONSTANT = "_CONSTANT_VALUE"
# Their first argument is kept as it was written: a list of one stays a list of one.
KEEPING = ("TFOpLambda", "SlicingOpLambda", "ClassMethod", "InstanceMethod", "TensorFlowOpLayer")


def reference(layer: str, call: int = 0, output: int = 0) -> Config:
    """A reference to a layer's output as Keras 3 writes it."""
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [layer, call, output]}}


def history(value: Any) -> list[Any] | None:
    """[layer, call, output] of a reference, None for anything else."""
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        found = inner(value).get("keras_history")
        return found if isinstance(found, list) and len(found) == 3 else None
    return None


def modern_nodes(config: Config) -> tuple[Config, str | None]:
    """Connections of every version are written as Keras 3 writes them, calls counted from 0.

    Keras counted the calls of an inner model from 1: call 0 was the model's own making.
    """

    def change(entry: Config) -> Config | None:
        if entry["class_name"] != "Functional" or not is_model(entry):
            return None
        content = inner(entry)
        names = {layer.get("name") for layer in content["layers"] if isinstance(layer, dict)}
        layers = [_layer(layer, names) for layer in content["layers"]]
        ends = {
            key: _ends(content.get(key, []), names) for key in ("input_layers", "output_layers")
        }
        if not all(ends.values()):
            raise ModelError(
                f"The model '{name_of(entry)}' does not say what goes in or comes out."
            )
        first = _first_calls([[layer["inbound_nodes"] for layer in layers], ends])
        layers = [
            {**layer, "inbound_nodes": _renumber(layer["inbound_nodes"], first)} for layer in layers
        ]
        ends = {key: _renumber(value, first) for key, value in ends.items()}
        return {**entry, "config": {**content, **ends, "layers": layers}}

    return each_model(config, change)[0], None


def as_in_use(config: Config) -> tuple[Config, str | None]:
    """Layers that were called with training=True run as the others do.

    Keras 2 ran them as in training even when the network was used, so that an answer depended on
    the other images of the batch, or on chance. Keras 3 no longer does.
    """
    learning: list[str] = []

    def change(entry: Config) -> Config | None:
        nodes = entry.get("inbound_nodes")
        if not isinstance(nodes, list) or not any(_is_training(node) for node in nodes):
            return None
        learning.append(name_of(entry))
        return {**entry, "inbound_nodes": [_without_training(node) for node in nodes]}

    new, _ = each_layer(config, change)
    sentence = "Called as in training (training=True), and run as in use, which answers otherwise"
    return new, told(sentence, learning)


def _is_training(node: Any) -> bool:
    given = node.get("kwargs") if isinstance(node, dict) else None
    return isinstance(given, dict) and given.get("training") in (True, 1)


def _without_training(node: Any) -> Any:
    if not _is_training(node):
        return node
    return {**node, "kwargs": {k: v for k, v in node["kwargs"].items() if k != "training"}}


def _layer(layer: Any, names: set[Any]) -> Config:
    if not isinstance(layer, dict) or not isinstance(layer.get("class_name"), str):
        raise ModelError("A layer of this network is not described by a class and a config.")
    keeps = layer["class_name"] in KEEPING
    nodes = layer.get("inbound_nodes") or []
    if isinstance(nodes, list) and nodes and isinstance(nodes[0], str):
        # One call alone, without the list of calls around it; Keras 1 files gave plain names.
        nodes = [nodes] if _is_reference(nodes, names) else [[[n, 0, 0] for n in nodes]]
    return {**layer, "inbound_nodes": [_node(node, names, keeps) for node in nodes]}


def _is_reference(value: Any, names: set[Any]) -> bool:
    return (
        isinstance(value, list)
        and 2 <= len(value) <= 4
        and isinstance(value[0], str)
        and (value[0] in names or value[0] == CONSTANT)
        and isinstance(value[1], int)
    )


def _node(node: Any, names: set[Any], keeps: bool) -> Config:
    if isinstance(node, dict) and "args" in node:
        return {"args": node.get("args") or [], "kwargs": node.get("kwargs") or {}}
    keywords: Config = {}

    def convert(value: Any) -> Any:
        if _is_reference(value, names):
            if len(value) == 4 and isinstance(value[3], dict):
                keywords.update(value[3])
            if value[0] == CONSTANT:
                return value[2]
            output = value[2] if len(value) > 2 else 0
            return reference(value[0], value[1], output)
        if isinstance(value, list):
            return [convert(item) for item in value]
        if isinstance(value, dict):
            return {k: convert(v) for k, v in value.items()}
        return value

    first = convert(node)
    if isinstance(first, list) and len(first) == 1 and not keeps:
        first = first[0]
    given = {k: _keyword(v, names) for k, v in keywords.items()}
    return {"args": [first], "kwargs": given}


def _keyword(value: Any, names: set[Any]) -> Any:
    if _is_reference(value, names) and len(value) == 3:
        return value[2] if value[0] == CONSTANT else reference(*value)
    if isinstance(value, list):
        return [_keyword(item, names) for item in value]
    return value


def _ends(value: Any, names: set[Any]) -> list[Any]:
    """Inputs or outputs of a graph, however nested, as a flat list of references."""
    if _is_reference(value, names):
        return [reference(value[0], value[1], value[2] if len(value) > 2 else 0)]
    if history(value):
        return [value]
    if isinstance(value, str) and value in names:
        return [reference(value)]
    if isinstance(value, dict):
        value = list(value.values())
    return [end for item in value for end in _ends(item, names)] if isinstance(value, list) else []


def references(value: Any) -> list[list[Any]]:
    """Every [layer, call, output] inside a value, in order."""
    found: list[list[Any]] = []
    waiting: list[Any] = [value]
    while waiting:
        item = waiting.pop()
        own = history(item)
        if own:
            found.append(own)
        elif isinstance(item, dict):
            waiting.extend(reversed(list(item.values())))
        elif isinstance(item, list):
            waiting.extend(reversed(item))
    return found


def _first_calls(value: Any) -> dict[str, int]:
    # Every call that was kept is used by someone, so the least that is used is the first.
    first: dict[str, int] = {}
    for name, call, _ in references(value):
        first[name] = min(call, first.get(name, call))
    return first


def _renumber(value: Any, first: dict[str, int]) -> Any:
    found = history(value)
    if found:
        return reference(found[0], found[1] - first.get(found[0], 0), found[2])
    if isinstance(value, list):
        return [_renumber(item, first) for item in value]
    if isinstance(value, dict):
        return {k: _renumber(v, first) for k, v in value.items()}
    return value
