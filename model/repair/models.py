"""Repairs of models as a whole: how their layers are listed and what they are called."""

from typing import Any

from model.repair.tree import (
    Config,
    each_layer,
    each_model,
    inner,
    is_layer,
    is_model,
    name_of,
    told,
)


def wrap_bare_lists(config: Config) -> tuple[Config, str | None]:
    """Up to Keras 2.2.2 the config of a Sequential was the bare list of its layers."""
    count = 0

    def wrap(value: Any, depth: int = 0) -> Any:
        nonlocal count
        if isinstance(value, list):
            return [wrap(item, depth + 1) for item in value] if depth < 200 else value
        if not isinstance(value, dict) or depth >= 200:
            return value
        content = value.get("config")
        if is_layer(value) and isinstance(content, list):
            count += 1
            name = value.get("name") or f"sequential_{count}"
            value = {**value, "config": {"name": name, "layers": content}}
        # Only layers can hold layers; other lists may be large and are left as they are.
        keys = ("config", "layers", "layer", "forward_layer", "backward_layer")
        return {k: wrap(v, depth + 1) if k in keys else v for k, v in value.items()}

    wrapped: Config = wrap(config)
    return wrapped, "The layers were a bare list (Keras before 2.2.3)." if count else None


def remember_origin(config: Config) -> tuple[Config, str | None]:
    """Weights are filed under the names and classes of before the repairs."""

    def remember(entry: Config) -> Config:
        content = inner(entry)
        plain = {k: v for k, v in content.items() if k not in ("layers", "layer", "cells")}
        origin = {"class_name": entry["class_name"], "name": name_of(entry), "config": plain}
        return {**entry, "name": entry.get("name") or name_of(entry), "origin": origin}

    return each_layer(config, remember)[0], None


def name_models(config: Config) -> tuple[Config, str | None]:
    """Model, Network, Functional and subclasses of them that list their layers are one thing.

    A class of the user's own that kept its layers as a graph needs no code to be rebuilt.
    """
    foreign: list[str] = []

    def rename(entry: Config) -> Config | None:
        content, kind = inner(entry), entry["class_name"]
        if kind in ("Sequential", "Functional"):
            return None
        is_graph = "input_layers" in content and "output_layers" in content
        if kind not in ("Model", "Network", "Container", "Sequential"):
            foreign.append(f"{name_of(entry)} ({kind})")
        return {**entry, "class_name": "Functional" if is_graph else "Sequential"}

    return each_model(config, rename)[0], told(
        "A model of a class of its own was rebuilt from its graph of layers", foreign
    )


def rename_slashes(config: Config) -> tuple[Config, str | None]:
    """Keras 3 allows no slash in a layer's name; "a/b" becomes "a_b"."""

    def rename(entry: Config) -> Config | None:
        names = [str(name) for name in (entry.get("name"), inner(entry).get("name")) if name]
        if not any("/" in name for name in names):
            return None
        new = dict(entry)
        if "name" in new:
            new["name"] = str(new["name"]).replace("/", "_")
        content = inner(entry)
        if content.get("name"):
            new["config"] = {**content, "name": str(content["name"]).replace("/", "_")}
        return new

    def references(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: references(v) for k, v in value.items()}
        if isinstance(value, list):
            if len(value) == 3 and isinstance(value[0], str) and value[0] in slashed:
                return [value[0].replace("/", "_"), *value[1:]]
            return [references(item) for item in value]
        return value

    def graph(entry: Config) -> Config | None:
        content = inner(entry)
        keys = [k for k in ("input_layers", "output_layers") if k in content]
        layers = [
            {**layer, "inbound_nodes": references(layer["inbound_nodes"])}
            if isinstance(layer, dict) and "inbound_nodes" in layer
            else layer
            for layer in content["layers"]
        ]
        ends = {key: references(content[key]) for key in keys}
        return {**entry, "config": {**content, **ends, "layers": layers}}

    slashed: set[str] = set()

    def gather(entry: Config) -> None:
        if "/" in name_of(entry):
            slashed.add(name_of(entry))
        if "/" in str(entry.get("name", "")):
            slashed.add(str(entry["name"]))

    each_layer(config, gather)
    if not slashed:
        return config, None
    renamed = each_layer(config, rename)[0]
    return each_model(renamed, graph)[0], told(
        "Slashes in layers' names became underscores", sorted(slashed)
    )


def is_sequential(entry: Config) -> bool:
    """Whether an entry is a chain of layers."""
    return is_model(entry) and entry.get("class_name") == "Sequential"
