"""From the arrays of a file to a model's variables, for the layouts of every Keras.

First it is decided which array each variable gets, by names and shapes alone; only when every
variable has one of its own shape are they read, one after the other, so that neither a claim of
the file nor a second copy of all weights takes memory.
"""

from typing import Any

from model.assemble import Assembled
from model.repair.inputs import with_input
from model.repair.models import is_sequential
from model.repair.tree import Config, inner, name_of
from model.weights import layout3, legacy
from model.weights.leaves import leaves
from model.weights.legacy import Plan
from util import ModelError

Array = Any


def fill(assembled: Assembled, file: Any, version: str) -> tuple[str, ...]:
    """Give every variable of a model its value from the file.

    Args:
        file: an open h5py.File.
        version: of the Keras that wrote it.

    Returns:
        What was converted; a sentence each.

    Raises:
        ModelError: a variable has no array in the file, or one of another shape.
    """
    planner = legacy if legacy.is_legacy(file) else layout3
    plan, told = planner.plan(assembled, file)
    planned = {id(variable) for variable, _ in plan}
    for leaf in leaves(assembled, assembled.model):
        for variable in leaf.variables:
            if id(variable) not in planned:
                raise ModelError(
                    f"weight '{variable.name}' {tuple(variable.shape)} of layer "
                    f"'{'/'.join(leaf.path)}' is not in the file"
                )
    _give(plan)
    _begin_others(assembled.model, planned)
    return tuple(told)


def _give(plan: Plan) -> None:
    given: set[int] = set()
    for variable, found in plan:
        if id(variable) in given:
            continue
        given.add(id(variable))
        value = found.read().astype(variable.dtype, copy=False)
        variable._initializer = _constant(value)
        variable._deferred_initialize()


def _constant(value: Array) -> Any:
    def initialize(shape: Any, dtype: Any = None) -> Array:
        assert tuple(shape) == value.shape
        return value

    return initialize


def _begin_others(model: Any, planned: set[int]) -> None:
    """States of random generators, and what layers compute from their weights once."""
    import keras

    for layer in model._flatten_layers():
        for variable in layer.variables:
            if variable._value is None:
                variable._deferred_initialize()
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()


def with_known_input(config: Config, file: Any) -> tuple[Config, tuple[str, ...]]:
    """A chain whose first layer was never told its input: its first weights tell what it takes.

    Dense takes vectors as wide as its kernel; a convolution takes any size, of the kernel's
    channels. Only a chain's first layer with weights is looked at.

    Raises:
        ModelError: the first layers take anything.
    """
    layers = inner(config).get("layers") or []
    if not is_sequential(config) or not layers or layers[0].get("class_name") == "InputLayer":
        return config, ()
    shape = _first_shape(layers[0], file)
    if shape is None:
        raise ModelError(
            f"its input shape is not in the file: the first layer, '{name_of(layers[0])}' "
            f"({layers[0]['class_name']}), takes any; save it again with an Input layer."
        )
    text = " x ".join("any" if n is None else str(n) for n in shape[1:])
    return with_input(config, shape), (f"The input shape {text} was read off the first weights.",)


def _first_shape(layer: Config, file: Any) -> list[Any] | None:
    kernel: tuple[int, ...] | None = None
    if legacy.is_legacy(file):
        arrays = next(iter(legacy.read(file).values()), [])
        kernel = arrays[0].shape if arrays else None
    else:
        node = layout3.read(file).inside.get("layers", layout3.Node())
        own = node.inside.get(layout3.snake_case(layer["class_name"]), layout3.Node())
        dataset = own.inside.get("vars", layout3.Node()).datasets.get("0")
        kernel = None if dataset is None else dataset.shape
    if kernel is None:
        return None
    match layer["class_name"], len(kernel):
        case "Dense", 2:
            return [None, int(kernel[0])]
        case "Conv1D", 3:
            return [None, None, int(kernel[1])]
        case "Conv2D" | "SeparableConv2D" | "DepthwiseConv2D", 4:
            first = inner(layer).get("data_format") == "channels_first"
            depth = int(kernel[2])
            return [None, depth, None, None] if first else [None, None, None, depth]
        case _:
            return None
