"""Descriptions that no network has: connections in circles, names twice, absurd sizes."""

import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from model.archive.config import Config, nodes
from util import ModelError

# 64 million numbers are an image of 4,600 x 4,600 in colour.
MAX_INPUT_NUMBERS = 64_000_000
MAX_UNITS = 10_000_000
SHAPES = ("batch_input_shape", "batch_shape", "input_shape", "target_shape", "build_input_shape")
WIDTHS = ("units", "filters", "nb_filter", "output_dim", "depth_multiplier")
DIMENSIONS = ("input_dim", "n", "size", "padding", "pool_size", "kernel_size", "height", "width")


def check_graph(config: Config, path: Path) -> None:
    """Refuse connections to layers that are not there or in circles, and absurd sizes.

    Raises:
        ModelError: there is one; the sentence names the layer.
    """
    for node in nodes(config):
        _check_sizes(node, path)
        inner = node.get("config", node)
        layers = inner.get("layers") if isinstance(inner, dict) else None
        if isinstance(layers, list):
            _check_layers([layer for layer in layers if isinstance(layer, dict)], path)


def _check_layers(layers: list[Config], path: Path) -> None:
    names = [_name(layer) for layer in layers]
    counted = Counter(name for name in names if name)
    twice = next((name for name, count in counted.items() if count > 1), None)
    connected = any(layer.get("inbound_nodes") for layer in layers)
    if twice is not None and connected:
        raise ModelError(
            f"{path}: two layers are called '{_clean(twice)}', so their connections cannot be told "
            "apart; rename one and save again."
        )
    sources = {name: set(_sources(layer)) for name, layer in zip(names, layers, strict=True)}
    for name, before in sources.items():
        unknown = next((other for other in before if other not in sources), None)
        if unknown is not None:
            raise ModelError(
                f"{path}: layer '{_clean(name)}' takes the output of '{_clean(unknown)}', which is "
                "not among the layers; the file was changed or written wrongly, so save it again."
            )
    _check_circles(layers, names, path)


def _check_circles(layers: list[Config], names: list[str], path: Path) -> None:
    """Take away calls whose sources are known, until none is left; a circle never goes."""
    calls = {
        (name, number): set(_calls(node))
        for name, layer in zip(names, layers, strict=True)
        for number, node in enumerate(_inbound(layer))
    }
    # Shared models may number their calls from 1, so a number beyond a layer's calls is its last.
    counts = {name: len(_inbound(layer)) for name, layer in zip(names, layers, strict=True)}
    after: dict[tuple[str, int], list[tuple[str, int]]] = {}
    missing: dict[tuple[str, int], int] = {}
    for call, before in calls.items():
        wanted = {
            (name, min(number, counts[name] - 1)) for name, number in before if counts.get(name)
        }
        missing[call] = len(wanted)
        for source in wanted:
            after.setdefault(source, []).append(call)
    ready = [call for call, count in missing.items() if not count]
    done = 0
    while ready:
        call = ready.pop()
        done += 1
        for later in after.get(call, ()):
            missing[later] -= 1
            if not missing[later]:
                ready.append(later)
    if done < len(calls):
        name = next(call[0] for call, count in missing.items() if count)
        raise ModelError(
            f"{path}: the connections of layer '{_clean(name)}' lead in a circle, which no network "
            "can have; the file was changed or written wrongly, so save it again."
        )


def _inbound(layer: Config) -> list[Any]:
    found = layer.get("inbound_nodes")
    return found if isinstance(found, list) else []


def _sources(layer: Config) -> Iterator[str]:
    for node in _inbound(layer):
        for name, _ in _calls(node):
            yield name


def _calls(node: Any) -> Iterator[tuple[str, int]]:
    """(layer, number of its call) of each tensor that a call takes.

    Keras 3 keeps it as __keras_tensor__ objects with a history, older ones as lists
    [name, call, tensor, arguments]; arguments may hold further ones.
    """
    waiting = [node]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            inner = value.get("config")
            history = inner.get("keras_history") if isinstance(inner, dict) else None
            if value.get("class_name") == "__keras_tensor__" and isinstance(history, list):
                yield from _reference(history)
            else:
                waiting.extend(value.values())
        elif isinstance(value, list):
            found = list(_reference(value)) if len(value) in (3, 4) else []
            if found:
                yield from found
                waiting.extend(value[3:])
            else:
                waiting.extend(value)


def _reference(value: list[Any]) -> Iterator[tuple[str, int]]:
    match value:
        case [str(name), int(call), int(), *_] if not isinstance(call, bool):
            yield name, call


def _check_sizes(node: Config, path: Path) -> None:
    inner = node.get("config")
    if not isinstance(inner, dict):
        return
    name = _name(node)
    for key in SHAPES:
        shape = inner.get(key)
        if isinstance(shape, list):
            sizes = [n for n in shape if isinstance(n, (int, float)) and n]
            # A batch may have any size; only what one sample takes is counted.
            sizes = sizes[1:] if key.startswith("batch") and shape[:1] != [None] else sizes
            if any(n < -1 or math.isinf(n) or n != n for n in sizes):
                _refuse(path, name, key, shape)
            if math.prod(abs(n) for n in sizes) > MAX_INPUT_NUMBERS:
                _refuse(path, name, key, shape)
    for key in (*WIDTHS, *DIMENSIONS):
        value = inner.get(key)
        for number in value if isinstance(value, list) else [value]:
            if isinstance(number, (int, float)) and abs(number) > MAX_UNITS:
                _refuse(path, name, key, value)


def _refuse(path: Path, name: str, key: str, value: Any) -> None:
    raise ModelError(
        f"{path}: layer '{_clean(name)}' has {key} {_clean(value)}, more than any network; the "
        "file was changed or made to fill the memory, so it is not opened."
    )


def _name(layer: Config) -> str:
    inner = layer.get("config")
    name = layer.get("name") or (inner.get("name") if isinstance(inner, dict) else None)
    return str(name or "")


def _clean(text: Any) -> str:
    shown = "".join(c if c.isprintable() else "?" for c in str(text)[:200])
    return shown if len(shown) <= 60 else shown[:57] + "..."
