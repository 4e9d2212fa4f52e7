"""What a network's file tells of itself though it does not open, for people who wonder why."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model.archive import hdf5_facts, kinds, savedmodel, zipped
from model.archive.foreign import custom_names
from util import ModelError

# A description of a stranger's may list any number of layers, and models in any depth.
MAX_LAYERS = 5000

MODELS = ("Model", "Functional", "Sequential")

# Layers that Keras had once and has no more.
FORMER = (
    "Merge", "MaxoutDense", "Highway", "LocallyConnected1D", "LocallyConnected2D",
    "ThresholdedReLU", "ParametricSoftplus", "SReLU", "TimeDistributedDense", "AtrousConvolution1D",
    "AtrousConvolution2D", "Deconvolution2D", "DenseFeatures",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Peek:
    """What was found; empty where nothing was.

    Attributes:
        format: "h5", "keras", "weights" or "savedmodel".
        keras_version: that saved the file.
        config: as the file has it.
    """

    format: str | None = None
    keras_version: str = ""
    config: Any = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Named:
    """A layer as a config names it: with the models it lies in, "mobilenet/conv1"."""

    name: str
    kind: str
    is_custom: bool


def peek(path: Path) -> Peek:
    """What is in a file or folder, as far as it goes; nothing is raised.

    Why it does not open is told by who tried to open it.
    """
    try:
        found = kinds.find(path)
    except ModelError:
        return Peek()
    plain = Peek("h5" if found.kind == "h5" else None)
    try:
        if found.kind == "keras":
            plain = Peek("keras")
            config, version = zipped.read_config(path)
            return Peek("keras", version, config)
        if found.kind == "savedmodel":
            plain = Peek("savedmodel")
            read = savedmodel.read(found.path)
            return Peek("savedmodel", read.keras_version, read.config)
        if found.kind == "h5":
            facts = hdf5_facts.read_facts(path)
            return Peek("weights" if facts.config is None else "h5", facts.version, facts.config)
    except (ModelError, OSError):
        pass
    return plain


def named_layers(config: Any) -> list[Named]:
    """The layers of a raw config in their order, those of nested models in place; no inputs.

    At most MAX_LAYERS.
    """
    found: list[Named] = []
    stack: list[Iterator[tuple[str, dict[str, Any]]]] = [_children("", config)]
    while stack and len(found) < MAX_LAYERS:
        path, node = next(stack[-1], ("", {}))
        if not node:
            stack.pop()
            continue
        kind, inner = node["class_name"], node.get("config")
        name = path + _name(node)
        if kind in MODELS and _layers(inner):
            stack.append(_children(name + "/", node))
        elif kind != "InputLayer":
            found.append(Named(name, kind, _is_custom(node)))
    return found


def _children(path: str, config: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    inner = config.get("config", config) if isinstance(config, dict) else config
    for node in _layers(inner):
        if isinstance(node, dict) and isinstance(node.get("class_name"), str):
            yield path, node


def _layers(inner: Any) -> list[Any]:
    """Of a model's config; up to Keras 2.2.2 that of a Sequential was a bare list."""
    layers = inner.get("layers") if isinstance(inner, dict) else inner
    return layers if isinstance(layers, list) else []


def _name(node: dict[str, Any]) -> str:
    inner = node.get("config")
    name = inner.get("name") if isinstance(inner, dict) else None
    return str(name or node.get("name") or node["class_name"])


def _is_custom(node: dict[str, Any]) -> bool:
    """Whether it is not part of Keras, or runs code that the file brings."""
    return bool(custom_names(node)) or not _is_known(node["class_name"].rsplit(">", 1)[-1])


def _is_known(kind: str) -> bool:
    """Whether Keras has or had such a layer; files up to 2.12 do not say where a class comes from.

    A class of the user's own may have the name of one of Keras's; then it is not told apart.
    """
    import keras

    from model.repair import arguments, names_keras1, nodes

    renamed = {**arguments.CLASSES, **names_keras1.CLASSES, **dict.fromkeys(nodes.KEEPING)}
    return kind in renamed or kind in FORMER or kind in MODELS or hasattr(keras.layers, kind)
