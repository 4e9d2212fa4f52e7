"""The layers of a model that have variables of their own, with where they come from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from model.assemble import Assembled, Origin


@dataclass(frozen=True, slots=True)
class Leaf:
    """A layer with variables of its own.

    Attributes:
        layer: it, e.g. the cell of a recurrent layer.
        origin: of it, or of the layer that it is a part of.
        path: names from the outermost layer down to it, as they were in the file.
        variables: its own, trainable ones first.
    """

    layer: Any
    origin: Origin
    path: tuple[str, ...]
    variables: tuple[Any, ...]


def own_variables(layer: Any) -> list[Any]:
    """A layer's variables without those of its parts, in the order in which Keras saves them."""
    trainable, fixed = layer._trainable_variables, layer._non_trainable_variables
    return [*trainable, *fixed]


def parts(layer: Any) -> list[Any]:
    """The layers directly inside a model or a wrapper, each once."""
    import keras

    if isinstance(layer, keras.Model):
        inner = list(layer.layers)
    else:
        inner = list(layer._flatten_layers(include_self=False, recursive=False))
    return list({id(part): part for part in inner}.values())


def leaves(
    assembled: Assembled, layer: Any, above: Origin | None = None, path: tuple[str, ...] = ()
) -> Iterator[Leaf]:
    """Every layer with variables, in the network's order."""
    known = assembled.origins.get(id(layer))
    origin = known or above or assembled.origin(layer)
    path = (*path, known.name if known else layer.name)
    variables = tuple(own_variables(layer))
    if variables:
        yield Leaf(layer, origin, path, variables)
    for part in parts(layer):
        yield from leaves(assembled, part, origin, path)
