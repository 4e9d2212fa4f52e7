"""Weights as .keras and .weights.h5 keep them since Keras 2.12: paths of attributes and classes.

A layer lies at layers/CLASS_N: the N-th layer of its class among its neighbours. Since Keras 3.13
its name is written beside it. Variables are numbered: vars/0, vars/1.
"""

import re
from typing import Any

from model.archive.hdf5 import attribute
from model.assemble import Assembled, Origin
from model.weights.found import of_dataset
from model.weights.leaves import Leaf, own_variables, parts
from model.weights.legacy import Plan, match
from util import ModelError

# Where a model's layers lie; the first is of today, the others of Keras 2.12.
CONTAINERS = ("layers", "_layer_checkpoint_dependencies", "_self_tracked_trackables", "_layers")
MAX_PARTS = 200_000


class Node:
    """A folder of the file: by path, whatever separators its writer's system had."""

    def __init__(self) -> None:
        self.inside: dict[str, Node] = {}
        self.datasets: dict[str, Any] = {}
        self.name = ""

    def folder(self, path: list[str]) -> "Node":
        node = self
        for part in path:
            node = node.inside.setdefault(part, Node())
        return node

    def has_weights(self) -> bool:
        """Whether there is an array in it; the states of random generators are none."""
        if self.datasets:
            return True
        return any(
            node.has_weights() for name, node in self.inside.items() if "seed_generator" not in name
        )


def read(file: Any) -> Node:
    """The file as a tree."""
    import h5py

    root = Node()
    waiting: list[tuple[Any, tuple[str, ...]]] = [(file, ())]
    seen = 0
    while waiting:
        group, path = waiting.pop()
        for key in group:
            seen += 1
            if seen > MAX_PARTS:
                raise ModelError("the file has more parts than any network's")
            value = group[key]
            here = (*path, *(part for part in re.split(r"[\\/]+", key) if part))
            if isinstance(value, h5py.Dataset):
                root.folder(list(here[:-1])).datasets[here[-1]] = value
            else:
                name = attribute(value, "name") if "name" in value.attrs else ""
                node = root.folder(list(here))
                node.name = name.decode() if isinstance(name, bytes) else str(name)
                waiting.append((value, here))
    return root


def snake_case(name: str) -> str:
    """Conv2DTranspose -> conv2d_transpose, as Keras writes classes."""
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def plan(assembled: Assembled, file: Any) -> tuple[Plan, list[str]]:
    """Which array each variable gets.

    Raises:
        ModelError: a variable has no array, or one of another shape.
    """
    root = read(file)
    for key in ("model", "_model"):
        # A model of one attribute was saved around the graph.
        if key in root.inside and not any(c in root.inside for c in CONTAINERS):
            root = root.inside[key]
    result: Plan = []
    _place(assembled, assembled.model, root, assembled.origin(assembled.model), (), result)
    return result, []


def _place(
    assembled: Assembled, layer: Any, node: Node, above: Origin, path: tuple[str, ...], to: Plan
) -> None:
    import keras

    known = assembled.origins.get(id(layer))
    origin = known or above
    path = (*path, known.name if known else layer.name)
    variables = own_variables(layer)
    if variables:
        arrays = node.inside.get("vars", Node()).datasets
        numbered = sorted(arrays, key=lambda n: (len(n), n))
        # Numbers, not names, say which is which; a Normalization's count may be missing.
        leaf = Leaf(layer, origin, path, tuple(variables))
        found = [
            of_dataset(f"{path[-1]}/{v.name}", arrays[n])
            for v, n in zip(variables, numbered, strict=False)
        ]
        to += match(leaf, found, "")[0]
    if isinstance(layer, keras.Model):
        chosen = next((node.inside[key] for key in CONTAINERS if key in node.inside), Node())
        _place_many(assembled, parts(layer), chosen, origin, path, to)
        return
    inner = {id(part): part for part in parts(layer)}
    for key, below in sorted(node.inside.items()):
        value = getattr(layer, key, None) if key.isidentifier() and key != "vars" else None
        if id(value) in inner:
            _place(assembled, inner.pop(id(value)), below, origin, path, to)
        elif isinstance(value, (list, tuple)):
            among = [inner.pop(id(part)) for part in value if id(part) in inner]
            _place_many(assembled, among, below, origin, path, to)
    for part in inner.values():
        _place(assembled, part, Node(), origin, path, to)


def _place_many(
    assembled: Assembled, layers: list[Any], node: Node, above: Origin, path: tuple[str, ...],
    to: Plan,
) -> None:  # fmt: skip
    """Give each layer its folder: by name where they are written, else by class and order."""
    needy = [layer for layer in layers if layer.weights]
    full = {key: below for key, below in node.inside.items() if below.has_weights()}
    named = {below.name: below for below in full.values() if below.name}
    names = [assembled.origin(layer).name for layer in needy]
    if all(name in named for name in names):
        places = [named[name] for name in names]
    elif all(name in full for name in names) and len(full) == len(names):
        places = [full[name] for name in names]
    else:
        places = _by_class(assembled, needy, full, path)
    for layer, place in zip(needy, places, strict=True):
        _place(assembled, layer, place, above, path, to)


def _by_class(
    assembled: Assembled, needy: list[Any], full: dict[str, Node], path: tuple[str, ...]
) -> list[Node]:
    by_class: dict[str, list[str]] = {}
    for key in full:
        by_class.setdefault(re.sub(r"_\d+$", "", key), []).append(key)
    for keys in by_class.values():
        keys.sort(key=lambda key: (len(key), key))
    places: list[Node] = []
    for layer in needy:
        origin = assembled.origin(layer)
        stems = (origin.class_name, type(layer).__name__)
        keys = next((by_class[s] for s in map(snake_case, stems) if by_class.get(s)), [])
        if not keys:
            where = "/".join((*path, origin.name))
            raise ModelError(f"the file has no weights for layer '{where}' ({origin.class_name})")
        places.append(full[keys.pop(0)])
    return places
