"""Everything that is known of a saved network without a dataset, as plain values."""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.archive.peek import named_layers, peek
from model.description import NetworkDescription
from model.network import Network, open_network
from util import UserError

if TYPE_CHECKING:
    import keras

Report = dict[str, Any]


def report(
    path: str | Path,
    input: str | None = None,
    output: str | None = None,
    custom_objects: str | Path | None = None,
) -> Report:
    """What is known of a network; of one that does not open, what its file tells.

    Returns:
        JSON-serialisable values: "model" (the path), "opens", "reason" (a sentence where it does
        not open, else None), "format" ("h5", "keras", "weights", "savedmodel" or None),
        "keras_version" (that saved it, or None), "input" and "inputs", "output" and "outputs"
        ({"name", "shape", "dtype"}, without the batch; None where it depends on the input),
        "head", "classes", "params", "layers" ({"name", "kind", "shape", "params", "units"}; a
        network that does not open has names and kinds alone), "hidden" (a layer's name),
        "repairs" (sentences) and "custom" (names of layers whose class is not part of Keras).

    Raises:
        Nothing that is the user's mistake or the file's fault: that is the reason told.
    """
    # Names in a stranger's file need not be text that can be printed.
    text = json.dumps(_report(path, input, output, custom_objects), ensure_ascii=False)
    known: Report = json.loads(text.encode("utf-8", "replace"))
    return known


def _report(
    path: str | Path, input: str | None, output: str | None, custom_objects: str | Path | None
) -> Report:
    known = _empty(Path(path))
    try:
        network = open_network(path, input=input, output=output, custom_objects=custom_objects)
    except UserError as error:
        found = peek(Path(path))
        known |= {"reason": str(error), "format": found.format}
        known |= _from_config(found.config, found.keras_version)
        return known
    known["format"] = network.archive.format
    known |= _from_config(network.archive.config, network.archive.keras_version)
    try:
        return known | _loaded(known, network)
    except UserError as error:
        return known | {"reason": str(error)}


def _empty(path: Path) -> Report:
    return {
        "model": str(path),
        "opens": False,
        "reason": None,
        "format": None,
        "keras_version": None,
        "input": None,
        "inputs": [],
        "output": None,
        "outputs": [],
        "head": None,
        "classes": None,
        "params": None,
        "layers": [],
        "hidden": None,
        "repairs": [],
        "custom": [],
    }


def _from_config(config: Any, keras_version: str) -> Report:
    layers = named_layers(config)
    return {
        "keras_version": keras_version or None,
        "layers": [
            {"name": x.name, "kind": x.kind, "shape": None, "params": None, "units": None}
            for x in layers
        ],
        "custom": [x.name for x in layers if x.is_custom],
    }


def _loaded(known: Report, network: Network) -> Report:
    """What Keras tells of a network once it is loaded. What is learnt goes into `known` at once,
    since the next step may fail.

    Raises:
        ModelError: the network cannot be loaded, or is no classifier that can be looked into.
    """
    from model.graph import describe, flatten
    from model.steps import named_inputs, named_outputs

    built = network.load()
    known["repairs"] = list(built.repairs)
    known["params"] = _params(built.model)
    known["inputs"] = [_tensor(*named) for named in named_inputs(built.model).items()]
    known["outputs"] = [_tensor(*named) for named in named_outputs(built.model).items()]
    graph = flatten(built.model, network.input, network.output)
    description = describe(graph, network.archive.keras_version, built.repairs)
    return _described(description) | {
        "opens": True,
        # Of what loads without the user's code, nothing is the user's own.
        "custom": known["custom"] if network.custom_objects is not None else [],
        "input": next(x for x in known["inputs"] if x["name"] == graph.input_name),
        "output": next(x for x in known["outputs"] if x["name"] == graph.output_name),
    }


def _described(description: NetworkDescription) -> Report:
    return {
        "head": description.head,
        "classes": description.classes,
        "layers": [
            {
                "name": layer.name,
                "kind": layer.kind,
                "shape": list(layer.output_shape),
                "params": layer.params,
                "units": layer.units,
            }
            for layer in description.layers
        ],
        "hidden": description.layer(description.hidden).name,
    }


def _params(model: "keras.Model") -> int:
    return sum(math.prod(int(n) for n in weight.shape) for weight in model.weights)


def _tensor(name: str, tensor: Any) -> Report:
    shape = [None if n is None else int(n) for n in tensor.shape[1:]]
    return {"name": name, "shape": shape, "dtype": str(tensor.dtype)}
