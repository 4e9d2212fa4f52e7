"""A saved config as a tree of layers: walking it, and changing it without touching the original."""

from collections.abc import Callable, Iterator
from typing import Any

from util import ModelError

Config = dict[str, Any]
# Repairs return the config, changed or not, and what to tell the user about it.
Repair = Callable[[Config], tuple[Config, str | None]]

# Where a layer's config keeps the layers that it wraps.
WRAPPED = ("layer", "forward_layer", "backward_layer", "cell")
MAX_DEPTH = 40


def inner(entry: Config) -> Config:
    """The constructor's arguments of a layer, {} where there are none."""
    config = entry.get("config")
    return config if isinstance(config, dict) else {}


def name_of(entry: Config) -> str:
    """What a layer is called."""
    name = inner(entry).get("name") or entry.get("name") or entry.get("class_name")
    return str(name)


def is_model(entry: Config) -> bool:
    """Whether an entry is a whole model: it has layers of its own."""
    layers = inner(entry).get("layers")
    return isinstance(layers, list) and entry.get("class_name") not in ("Merge", "StackedRNNCells")


def is_operation(entry: Config) -> bool:
    """Whether it is one of keras.ops, some of which are called like layers: Reshape, Softmax."""
    return str(entry.get("module", "")).startswith(("keras.src.ops", "keras.ops"))


def is_layer(value: Any) -> bool:
    """Whether a value of a config describes a layer."""
    return isinstance(value, dict) and isinstance(value.get("class_name"), str)


def each_layer(
    config: Config, change: Callable[[Config], Config | None], depth: int = 0
) -> tuple[Config, list[str]]:
    """A copy in which `change` has been applied to every layer and model, inner ones first.

    Args:
        change: gives the changed layer, or None to leave it. It must not change what it is given.

    Returns:
        The config, and the names of the layers that were changed, in the network's order.

    Raises:
        ModelError: layers are nested deeper than any network's.
    """
    if depth > MAX_DEPTH:
        raise ModelError(f"Layers are nested more than {MAX_DEPTH} deep in this network.")
    changed: list[str] = []
    content = inner(config)
    replaced: Config = {}

    def visit(value: Any) -> Any:
        if not is_layer(value):
            return value
        new, names = each_layer(value, change, depth + 1)
        changed.extend(names)
        return new

    for key in ("layers", "cells"):
        if isinstance(content.get(key), list):
            replaced[key] = [visit(value) for value in content[key]]
    for key in WRAPPED:
        if is_layer(content.get(key)):
            replaced[key] = visit(content[key])
    entry = {**config, "config": {**content, **replaced}} if replaced else config
    new = change(entry)
    if new is not None:
        changed.append(name_of(new))
        entry = new
    return entry, changed


def each_model(
    config: Config, change: Callable[[Config], Config | None]
) -> tuple[Config, list[str]]:
    """As each_layer, for models alone."""
    return each_layer(config, lambda entry: change(entry) if is_model(entry) else None)


def layers_of(config: Config) -> Iterator[Config]:
    """Every layer and model, itself first."""
    waiting: list[Any] = [config]
    while waiting:
        entry = waiting.pop()
        if not is_layer(entry):
            continue
        yield entry
        content = inner(entry)
        for key in ("layers", "cells"):
            if isinstance(content.get(key), list):
                waiting.extend(reversed(content[key]))
        waiting.extend(content[key] for key in WRAPPED if key in content)


def with_config(entry: Config, **values: Any) -> Config:
    """A copy with some of the constructor's arguments set."""
    return {**entry, "config": {**inner(entry), **values}}


def without(entry: Config, *names: str) -> Config:
    """A copy without some of the constructor's arguments."""
    return {**entry, "config": {k: v for k, v in inner(entry).items() if k not in names}}


def told(sentence: str, names: list[str]) -> str | None:
    """A sentence that ends in the layers it is about, None if there are none."""
    unique = list(dict.fromkeys(names))
    if not unique:
        return None
    shown = ", ".join(unique[:3]) + (f" and {len(unique) - 3} more" if len(unique) > 3 else "")
    return f"{sentence}: {shown}."
