"""Weights as Keras 1 and 2 keep them in HDF5: a group a layer, with a list of its weights' names.

The weights of an inner model lie in one list, those that are trained first; of which layer each is
tells its name, and where names do not tell it, the order, with every shape checked.
"""

import re
from collections.abc import Iterable
from typing import Any

from model.archive.hdf5 import attribute
from model.assemble import Assembled
from model.weights.convert import convert
from model.weights.found import Found, of_dataset
from model.weights.leaves import Leaf, leaves, parts
from util import ModelError

Plan = list[tuple[Any, Found]]


def is_legacy(file: Any) -> bool:
    """Whether a file has this layout."""
    root = file.get("model_weights", file)
    return "layer_names" in root.attrs or "layer_names0" in root.attrs or "nb_layers" in root.attrs


def names_of(group: Any, name: str) -> list[str]:
    """A list of names that HDF5 may have made us cut in pieces."""
    if name in group.attrs:
        values = list(attribute(group, name))
    else:
        values, number = [], 0
        while f"{name}{number}" in group.attrs:
            values += list(attribute(group, f"{name}{number}"))
            number += 1
    return [v.decode("utf-8") if isinstance(v, bytes) else str(v) for v in values]


def read(file: Any) -> dict[str, list[Found]]:
    """The arrays of each layer, in the file's order; layers without any are left out."""
    root = file.get("model_weights", file)
    if "nb_layers" in root.attrs:
        return _read_first(root)
    found = {}
    for layer in names_of(root, "layer_names"):
        if layer not in root:
            continue
        group = root[layer]
        arrays = [of_dataset(n, group[n]) for n in names_of(group, "weight_names") if n in group]
        if arrays:
            found[layer] = arrays
    return found


def _read_first(root: Any) -> dict[str, list[Found]]:
    """Before Keras 1.0 neither layers nor weights had names."""
    found = {}
    for layer in range(min(int(attribute(root, "nb_layers")), 10_000)):
        group = root.get(f"layer_{layer}", {})
        arrays = [of_dataset(n, group[n]) for n in sorted(group, key=_natural)]
        if arrays:
            found[f"layer_{layer}"] = arrays
    return found


def _natural(name: str) -> list[Any]:
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def backend_of(file: Any) -> str:
    """The backend that Keras wrote down, "" where it did not."""
    root = file.get("model_weights", file)
    holder = next((part for part in (root, file) if "backend" in part.attrs), None)
    value = "" if holder is None else attribute(holder, "backend")
    return value.decode() if isinstance(value, bytes) else str(value)


def plan(assembled: Assembled, file: Any) -> tuple[Plan, list[str]]:
    """Which array each variable gets; nothing is read but what must be converted.

    Raises:
        ModelError: a variable has no array, or one of another shape.
    """
    by_name, backend = read(file), backend_of(file)
    wanted = [
        (layer, inside)
        for layer in parts(assembled.model)
        if (inside := list(leaves(assembled, layer)))
    ]
    pairs: list[tuple[list[Leaf], list[Found]]]
    origins = [assembled.origin(layer).name for layer, _ in wanted]
    if all(name in by_name for name in origins):
        pairs = [(inside, by_name[n]) for n, (_, inside) in zip(origins, wanted, strict=True)]
    elif len(by_name) == len(wanted):
        pairs = [(i, f) for (_, i), f in zip(wanted, by_name.values(), strict=True)]
    else:
        # A model inside a model in one of them only: all of the layers as one list.
        everything = [leaf for _, inside in wanted for leaf in inside]
        arrays = [f for found in by_name.values() for f in found]
        if sum(len(leaf.variables) for leaf in everything) > len(arrays):
            missing = [name for name in origins if name not in by_name]
            raise ModelError(
                f"the file holds weights for {len(by_name)} layers but the network has "
                f"{len(wanted)} with weights; none are there for '{missing[0]}'"
            )
        pairs = [(everything, arrays)]
    result: Plan = []
    told: list[str] = []
    for inside, found in pairs:
        for leaf, own in assign(inside, found):
            matched, sentences = match(leaf, own, backend)
            result += matched
            told += sentences
    return result, list(dict.fromkeys(told))


def assign(inside: list[Leaf], found: list[Found]) -> list[tuple[Leaf, list[Found]]]:
    """Give each leaf its arrays, by the names of both, else by order."""
    if len(inside) == 1:
        return [(inside[0], found)]
    groups: dict[str, list[Found]] = {}
    for array in found:
        groups.setdefault(array.owner, []).append(array)
    by_name = _by_name(inside, groups)
    if by_name is not None:
        return by_name
    if len(groups) == len(inside):
        ordered = list(zip(_as_saved(inside), groups.values(), strict=True))
        if all(_fits(leaf, own) for leaf, own in ordered):
            return ordered
    for order in (_trained_first(inside), _leaf_by_leaf(inside)):
        if len(order) == len(found) and all(
            tuple(variable.shape) == array.shape and _alike(variable, array)
            for (_, variable), array in zip(order, found, strict=True)
        ):
            chosen: dict[int, list[Found]] = {}
            for (number, variable), array in zip(order, found, strict=True):
                renamed = Found(f"x/{variable.name}", array.shape, array.read)
                chosen.setdefault(number, []).append(renamed)
            return [(leaf, chosen[number]) for number, leaf in enumerate(inside)]
    first = inside[0]
    raise ModelError(
        f"the weights of '{first.path[0]}' in the file cannot be told apart: {len(found)} arrays "
        f"for {len(inside)} layers, and neither names nor shapes agree with the network's"
    )


def _by_name(
    inside: list[Leaf], groups: dict[str, list[Found]]
) -> list[tuple[Leaf, list[Found]]] | None:
    """Each leaf's group by name, None unless every leaf has one of its own that fits it."""
    taken: set[str] = set()
    pairs: list[tuple[Leaf, list[Found]]] = []
    for leaf in inside:
        ways = _candidates(leaf, groups, taken)
        if len(ways) != 1:
            return None
        taken.add(ways[0])
        pairs.append((leaf, groups[ways[0]]))
    return pairs


def _candidates(leaf: Leaf, groups: dict[str, list[Found]], taken: set[str]) -> list[str]:
    free = [name for name in groups if name not in taken and _fits(leaf, groups[name])]
    # The longest end of the path that is found decides: "forward_lstm/lstm_cell", then its parts.
    for length in range(len(leaf.path), 0, -1):
        end = "/".join(leaf.path[-length:])
        exact = [name for name in free if name == end]
        inner = [name for name in free if name.endswith(f"/{end}")]
        if exact or len(inner) == 1:
            return exact or inner
    return []


def _fits(leaf: Leaf, own: list[Found]) -> bool:
    """Whether there is an array for each variable of a leaf; shapes are looked at later."""
    count = len(leaf.variables)
    return len(own) in (count, count * 3, count * 4) or {v.name for v in leaf.variables} <= {
        f.kind for f in own
    }


def _alike(variable: Any, array: Found) -> bool:
    """Whether names allow a pair: a mean is never taken for a variance."""
    known = {"kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance", "mean",
             "variance", "recurrent_kernel", "depthwise_kernel", "pointwise_kernel"}  # fmt: skip
    return array.kind not in known or variable.name not in known or array.kind == variable.name


def _as_saved(inside: Iterable[Leaf]) -> list[Leaf]:
    """Leaves in the order of their first array in a list that has the trained ones first."""
    inside = list(inside)
    trained = [leaf for leaf in inside if any(v.trainable for v in leaf.variables)]
    return [*trained, *(leaf for leaf in inside if leaf not in trained)]


def _trained_first(inside: list[Leaf]) -> list[tuple[int, Any]]:
    pairs = _leaf_by_leaf(inside)
    trained = [pair for pair in pairs if pair[1].trainable]
    return [*trained, *(pair for pair in pairs if not pair[1].trainable)]


def _leaf_by_leaf(inside: list[Leaf]) -> list[tuple[int, Any]]:
    return [(number, v) for number, leaf in enumerate(inside) for v in leaf.variables]


def match(leaf: Leaf, found: list[Found], backend: str) -> tuple[Plan, list[str]]:
    """Pair one layer's variables with its arrays, converted where their layout is an older one.

    Raises:
        ModelError: a variable has none, or one of another shape.
    """
    found, told = convert(leaf.layer, leaf.origin, found, backend)
    kinds = [array.kind for array in found]
    names = [variable.name for variable in leaf.variables]
    if len(set(names)) == len(names) and all(kinds.count(name) == 1 for name in names):
        ordered = [found[kinds.index(name)] for name in names]
    else:
        ordered = found
    result: Plan = []
    for number, variable in enumerate(leaf.variables):
        if number >= len(ordered):
            raise _unfilled(leaf, variable, "nothing")
        array = ordered[number]
        if array.shape != tuple(variable.shape):
            if _is_same_but_for_ones(array.shape, tuple(variable.shape)):
                array = _reshaped(array, tuple(variable.shape))
            else:
                raise _unfilled(leaf, variable, f"{array.name} {array.shape}")
        result.append((variable, array))
    return result, [told] if told else []


def _is_same_but_for_ones(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return [n for n in one if n != 1] == [n for n in other if n != 1]


def _reshaped(array: Found, shape: tuple[int, ...]) -> Found:
    return Found(array.name, shape, lambda: array.read().reshape(shape))


def _unfilled(leaf: Leaf, variable: Any, given: str) -> ModelError:
    return ModelError(
        f"weight '{variable.name}' {tuple(variable.shape)} of layer '{'/'.join(leaf.path)}' "
        f"({leaf.origin.class_name}): the file has {given}"
    )
