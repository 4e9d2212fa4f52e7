"""A network's description as it stands in a file: parsed and walked, never trusted."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from util import ModelError

Config = dict[str, Any]

# A description of layers is text; anything larger is no network, or an attack on our memory.
MAX_CONFIG_BYTES = 64 * 2**20
# Large networks have some 100,000 values in their descriptions, nested some 30 deep.
MAX_NODES = 4_000_000
MAX_DEPTH = 400
# A string of JSON that holds a string of JSON: written by json.dump(model.to_json()).
MAX_LAYERS_OF_QUOTES = 3

# What a network was trained with is never loaded, so it need not be safe either. "origin" is what
# a layer was before the repairs, kept beside it for the weights' sake.
NEVER_LOADED = ("compile_config", "build_config", "origin")


def parse(text: str | bytes, path: Path) -> Config:
    """The description in a text of JSON; what follows its end (old files have rests) is ignored.

    Raises:
        ModelError: it is no JSON object.
    """
    value: Any = as_text(text)
    for _ in range(MAX_LAYERS_OF_QUOTES):
        if not isinstance(value, str):
            break
        try:
            value, _ = json.JSONDecoder().raw_decode(value.lstrip("\ufeff \t\r\n\0"))
        except (ValueError, RecursionError):
            raise ModelError(
                f"{path}: the description of the layers is not valid JSON; the file was changed "
                "or cut short, so copy or save it again."
            ) from None
    if not isinstance(value, dict):
        raise ModelError(f"{path}: the description of the layers is not a JSON object.")
    return value


def as_text(value: str | bytes) -> str:
    """UTF-8, or Latin-1 as the first Keras wrote it on some machines."""
    if isinstance(value, str):
        return value
    try:
        return value.decode("utf-8-sig")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def nodes(config: Config, left_out: tuple[str, ...] = ()) -> Iterator[Config]:
    """Every dictionary of a config, itself first; iterative, since a stranger sets the depth.

    Args:
        left_out: endings of keys below which nothing is looked at, beside NEVER_LOADED.
    """
    waiting: list[Any] = [config]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(
                value
                for key, value in node.items()
                if key not in NEVER_LOADED and not key.endswith(left_out)
            )
        elif isinstance(node, list):
            waiting.extend(node)


def check_extent(config: Config, path: Path) -> None:
    """Refuse what is nested or branched beyond any network, which Keras would recurse into.

    Raises:
        ModelError: it is.
    """
    waiting: list[tuple[Any, int]] = [(config, 0)]
    count = 0
    while waiting:
        node, depth = waiting.pop()
        count += 1
        if depth > MAX_DEPTH or count > MAX_NODES:
            raise ModelError(
                f"{path}: the description of the layers is nested too deeply or too long for any "
                "network, so it is not opened; save the network again."
            )
        if isinstance(node, dict):
            waiting.extend((value, depth + 1) for value in node.values())
        elif isinstance(node, list):
            waiting.extend((value, depth + 1) for value in node)
