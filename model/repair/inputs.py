"""What a network is fed: input layers, shapes and batch sizes of every version."""

from typing import Any

from model.repair.models import is_sequential
from model.repair.tree import (
    Config,
    each_layer,
    each_model,
    inner,
    is_layer,
    is_model,
    name_of,
    told,
    with_config,
    without,
)

# Only Keras 1 and 2 wrote these into the first layer of a chain.
SHAPES = ("batch_input_shape", "batch_shape", "input_shape", "input_dim", "input_length",
          "input_dtype", "build_input_shape")  # fmt: skip


def modern_input_layers(config: Config) -> tuple[Config, str | None]:
    """An InputLayer has a batch_shape; sparse and ragged inputs do not exist for images."""

    def change(entry: Config) -> Config | None:
        if entry["class_name"] not in ("InputLayer", "Input"):
            return None
        content = inner(entry)
        shape = own_shape(entry)
        kept = {"name": name_of(entry), "dtype": content.get("dtype", "float32")}
        return {**entry, "class_name": "InputLayer", "config": {**kept, "batch_shape": shape}}

    return each_layer(config, change)[0], None


def own_shape(entry: Config) -> list[Any] | None:
    """The shape of what a layer is fed, batch first, as far as its own config tells it."""
    content = inner(entry)
    for key in ("batch_shape", "batch_input_shape"):
        shape = content.get(key)
        # A dictionary or a list of lists is of several inputs, which a chain does not have.
        if isinstance(shape, list) and not any(isinstance(n, (list, dict)) for n in shape):
            return [None, *shape[1:]]
    shape = content.get("input_shape")
    if isinstance(shape, list):
        return [None, *shape]
    width = content.get("input_dim")
    if isinstance(width, int) and entry["class_name"] != "Embedding":
        # Recurrent layers of Keras 1 were told the length and the width apart.
        length = [content["input_length"]] if "input_length" in content else []
        return [None, *length, width]
    if entry["class_name"] == "Embedding":
        return [None, content.get("input_length")]
    return None


def input_shape(entry: Config) -> list[Any] | None:
    """As own_shape, looking also into the first layer of a chain, or the one input of a graph."""
    shape = own_shape(entry)
    if shape is not None or not is_model(entry):
        wrapped: Any = inner(entry).get("layer")
        if shape is None and is_layer(wrapped) and entry["class_name"] == "Bidirectional":
            return own_shape(wrapped)
        return shape
    content = inner(entry)
    layers = content["layers"]
    if is_sequential(entry):
        shape = input_shape(layers[0]) if layers and is_layer(layers[0]) else None
    else:
        inputs = [layer for layer in layers if layer.get("class_name") == "InputLayer"]
        shape = own_shape(inputs[0]) if len(inputs) == 1 else None
    return shape or build_shape(entry)


def build_shape(entry: Config) -> list[Any] | None:
    """The shape that a model was built for, where its input was never declared."""
    built = entry.get("build_config")
    shapes = (inner(entry).get("build_input_shape"),
              built.get("input_shape") if isinstance(built, dict) else None)  # fmt: skip
    for shape in shapes:
        if isinstance(shape, list) and len(shape) > 1 and not isinstance(shape[0], (list, dict)):
            return [None, *shape[1:]]
    return None


def explicit_inputs(config: Config) -> tuple[Config, str | None]:
    """A chain begins with its InputLayer, which older versions kept in the first layer's shape."""

    def begin(entry: Config) -> Config | None:
        if not is_sequential(entry):
            return None
        layers = [layer for layer in inner(entry)["layers"] if is_layer(layer)]
        if not layers or layers[0]["class_name"] == "InputLayer":
            return None
        shape = input_shape(entry)
        return None if shape is None else with_input(entry, shape)

    new, names = each_model(config, begin)
    return new, told("The input was made a layer of its own", names)


def with_input(entry: Config, shape: list[Any]) -> Config:
    """A chain with an InputLayer of this shape, batch first, put before it."""
    layers = inner(entry)["layers"]
    taken = {name_of(layer) for layer in layers}
    name = "input"
    while name in taken:
        name += "_"
    content = {"name": name, "batch_shape": [None, *shape[1:]], "dtype": "float32"}
    first = {"class_name": "InputLayer", "name": name, "config": content}
    return with_config(entry, layers=[first, *layers])


def drop_shapes(config: Config) -> tuple[Config, str | None]:
    """Shapes of inputs are told by input layers alone, and batches are of any size."""

    def change(entry: Config) -> Config | None:
        kind = entry["class_name"]
        if kind == "InputLayer":
            shape = inner(entry).get("batch_shape")
            if not isinstance(shape, list) or not shape or shape[0] is None:
                return None
            return with_config(entry, batch_shape=[None, *shape[1:]])
        names = [n for n in SHAPES if not (kind == "Embedding" and n == "input_dim")]
        new = without(entry, *names)
        return None if inner(new) == inner(entry) else new

    return each_layer(config, change)[0], None


def stateless(config: Config) -> tuple[Config, str | None]:
    """A recurrent layer that keeps its state between batches starts anew for each image."""

    def change(entry: Config) -> Config | None:
        return with_config(entry, stateful=False) if inner(entry).get("stateful") else None

    new, names = each_layer(config, change)
    return new, told("Recurrent layers forget their state between batches", names)
