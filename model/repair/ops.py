"""Operations of TensorFlow between layers (x + 1, tf.reshape(x)) as layers of our own.

TensorFlow 1.15 to 2.15 kept them as TensorFlowOpLayer, TFOpLambda and SlicingOpLambda. They name
a function of TensorFlow; only those of the table in model/extra/operations.py are known.
"""

import json
from typing import Any

from model.repair.nodes import history
from model.repair.tree import Config, each_model, inner, is_model, name_of, told
from util import ModelError

LAMBDAS = ("TFOpLambda", "SlicingOpLambda")
# TensorFlow's own names of operations, as TensorFlowOpLayer kept them, and what they are in Python.
GRAPH_OPS = {
    "Add": "math.add", "AddV2": "math.add", "Sub": "math.subtract", "Mul": "math.multiply",
    "RealDiv": "math.divide", "Div": "math.divide", "Maximum": "math.maximum",
    "Minimum": "math.minimum", "Pow": "math.pow", "Relu": "nn.relu", "Relu6": "nn.relu6",
    "Sigmoid": "math.sigmoid", "Tanh": "math.tanh", "Softmax": "nn.softmax", "Exp": "math.exp",
    "Log": "math.log", "Square": "math.square", "Sqrt": "math.sqrt", "Rsqrt": "math.rsqrt",
    "Abs": "math.abs", "Neg": "math.negative", "Mean": "math.reduce_mean",
    "Sum": "math.reduce_sum", "Max": "math.reduce_max", "Reshape": "reshape",
    "Transpose": "transpose", "Identity": "identity", "Cast": "cast", "ExpandDims": "expand_dims",
    "BiasAdd": "nn.bias_add", "MatMul": "linalg.matmul", "Pad": "pad", "Shape": "shape",
    "Squeeze": "squeeze",
}  # fmt: skip


def known_operations(config: Config) -> tuple[Config, str | None]:
    """Each operation becomes a layer that is fed tensors alone; constants are kept in it.

    Raises:
        ModelError: one layer is called in different ways.
    """
    changed: list[str] = []

    def change(entry: Config) -> Config | None:
        if entry["class_name"] != "Functional" or not is_model(entry):
            return None
        layers = []
        for layer in inner(entry)["layers"]:
            if layer["class_name"] in LAMBDAS:
                function = str(inner(layer).get("function", ""))
                layers.append(_operation(layer, function, layer["inbound_nodes"]))
            elif layer["class_name"] == "TensorFlowOpLayer":
                layers.append(_graph_operation(layer))
            else:
                layers.append(layer)
                continue
            changed.append(name_of(layer))
        return {**entry, "config": {**inner(entry), "layers": layers}}

    new, _ = each_model(config, change)
    return new, told("Operations of TensorFlow became layers", changed)


def _operation(layer: Config, function: str, nodes: list[Config]) -> Config:
    templates: list[Config] = []
    feeds: list[Config] = []
    for node in nodes:
        tensors: list[Config] = []
        template = {
            "args": [_template(value, tensors) for value in node["args"]],
            "kwargs": {k: _template(v, tensors) for k, v in node["kwargs"].items() if k != "name"},
        }
        templates.append(template)
        feeds.append({"args": [tensors[0] if len(tensors) == 1 else tensors], "kwargs": {}})
    if any(template != templates[0] for template in templates):
        raise ModelError(
            f"Layer '{name_of(layer)}' ({function}) is called in different ways, which is not "
            "understood here."
        )
    content = {"name": name_of(layer), "function": function, "template": (templates or [{}])[0]}
    return {**layer, "class_name": "Operation", "config": content, "inbound_nodes": feeds}


def _template(value: Any, tensors: list[Config]) -> Any:
    """The value with each reference replaced by its number in `tensors`."""
    if history(value):
        tensors.append(value)
        return {"tensor": len(tensors) - 1}
    if isinstance(value, list):
        return [_template(item, tensors) for item in value]
    if isinstance(value, dict):
        return {k: _template(v, tensors) for k, v in value.items()}
    return value


def _graph_operation(layer: Config) -> Config:
    content = inner(layer)
    given: Any = content.get("node_def")
    try:
        definition: Any = json.loads(given) if isinstance(given, str) else given
        kind = str(definition["op"])
        attributes = definition.get("attr", {})
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ModelError(
            f"Layer '{name_of(layer)}' (TensorFlowOpLayer) keeps its operation in TensorFlow's own "
            "binary form, which is not read here; save the network with TensorFlow 2.2 or later."
        ) from None
    constants = content.get("constants") or {}
    nodes = []
    for node in layer["inbound_nodes"]:
        first = node["args"][0] if node["args"] else []
        arguments = first if isinstance(first, list) else [first]
        for place, value in sorted((int(k), v) for k, v in constants.items()):
            arguments = [*arguments[:place], value, *arguments[place:]]
        keywords: Config = {}
        if attributes.get("keep_dims", {}).get("b"):
            keywords["keepdims"] = True
        if kind == "Cast":
            keywords["dtype"] = "float32"
        if kind == "ConcatV2":
            arguments = [arguments[:-1], arguments[-1]]
        if kind == "Pack":
            arguments = [arguments, int(attributes.get("axis", {}).get("i", 0))]
        if kind == "StridedSlice":
            arguments = [arguments[0], _slices(arguments[1:4], attributes)]
        nodes.append({"args": arguments, "kwargs": keywords})
    special = {"ConcatV2": "concat", "Pack": "stack", "StridedSlice": "__operators__.getitem"}
    return _operation(layer, special.get(kind) or GRAPH_OPS.get(kind, kind), nodes)


def _slices(bounds: list[Any], attributes: Config) -> list[Any]:
    """x[a:b:c, ...] from the begin, end and strides of a StridedSlice and its bit masks."""
    masks = {
        name: int(attributes.get(f"{name}_mask", {}).get("i", 0))
        for name in ("begin", "end", "ellipsis", "new_axis", "shrink_axis")
    }
    found: list[Any] = []
    for place, (begin, end, step) in enumerate(zip(*bounds, strict=True)):
        bit = 1 << place
        if masks["new_axis"] & bit:
            found.append(None)
        elif masks["ellipsis"] & bit:
            found.append("...")
        elif masks["shrink_axis"] & bit:
            found.append(begin)
        else:
            start = None if masks["begin"] & bit else begin
            stop = None if masks["end"] & bit else end
            found.append({"start": start, "stop": stop, "step": step})
    return found
