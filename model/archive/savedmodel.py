"""A SavedModel's folder, read without TensorFlow: the architecture that Keras left in it."""

import re
from dataclasses import dataclass
from pathlib import Path

from model.archive import wire
from model.archive.config import MAX_CONFIG_BYTES, Config, parse
from util import ModelError, digest, file_digest

GRAPH, METADATA, VARIABLES = "saved_model.pb", "keras_metadata.pb", "variables"
# What a protocol buffer may have at most.
MAX_GRAPH_BYTES = 2**31
MODELS = ("_tf_keras_sequential", "_tf_keras_network", "_tf_keras_model")
SHARD = re.compile(r"variables\.(index|data-\d{5}-of-\d{5})")


@dataclass(frozen=True, slots=True)
class Read:
    """What a SavedModel's folder tells; the attributes are Archive's."""

    digest: str
    keras_version: str
    config: Config
    weights: Path


def read(folder: Path) -> Read:
    """Look into a SavedModel's folder.

    Raises:
        ModelError: a part of it is missing, damaged, too large, or a link that leads out of it.
    """
    parts = [folder / GRAPH, *_variables(folder)]
    if (folder / METADATA).is_file():
        parts.append(folder / METADATA)
    for part in parts:
        check_inside(part, folder)
    try:
        config, version = _config(folder)
    except wire.WireError:
        raise ModelError(f"{folder / GRAPH} is damaged; copy the whole folder again.") from None
    known = tuple((part.name, file_digest(part)) for part in parts)
    return Read(digest(known), version, config, folder / VARIABLES)


def check_inside(path: Path, folder: Path) -> None:
    """Refuse a link that leads out of the folder.

    Raises:
        ModelError: it does.
    """
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ModelError(
            f"{path} is a link that leads out of the folder, and only what lies in it is read; "
            "copy the whole SavedModel."
        )


def _variables(folder: Path) -> list[Path]:
    inside = folder / VARIABLES
    check_inside(inside, folder)
    found = sorted(inside.iterdir()) if inside.is_dir() else []
    found = [path for path in found if SHARD.fullmatch(path.name)]
    if not any(path.name == "variables.index" for path in found):
        raise ModelError(
            f"{folder} is a SavedModel without its variables (variables/variables.index is "
            "missing in it); copy the whole folder."
        )
    if len(found) < 2:
        raise ModelError(
            f"{folder} is a SavedModel without its variables (variables/variables.data-... is "
            "missing in it); copy the whole folder."
        )
    return found


def meta_graph(folder: Path) -> memoryview:
    """The graph that TensorFlow loads out of saved_model.pb: the one tagged "serve".

    Raises:
        ModelError: there is none, or the file is empty or too large.
        wire.WireError: the file is damaged.
    """
    path = folder / GRAPH
    size = path.stat().st_size
    if not 0 < size < MAX_GRAPH_BYTES:
        raise ModelError(f"{path} has {size:,} bytes, which no SavedModel has; copy it again.")
    # SavedModel.meta_graphs = 2, MetaGraphDef.meta_info_def = 1, its tags = 4.
    graphs = list(wire.messages(path.read_bytes(), 2))
    for graph in graphs:
        tags = wire.messages(wire.message(graph, 1), 4)
        if [bytes(tag) for tag in tags] == [b"serve"]:
            return graph
    raise ModelError(
        f"{folder} is a SavedModel of {len(graphs)} graphs, none of them for use alone (tagged "
        "'serve'); export the network again with model.export('FOLDER')."
    )


def nodes(folder: Path) -> tuple[list[dict[str, int]], dict[int, tuple[str, str]]]:
    """The objects of a SavedModel: their parts by name, and (class, metadata) by number.

    Raises:
        wire.WireError: a file is damaged.
    """
    # MetaGraphDef.object_graph_def = 7, SavedObjectGraph.nodes = 1.
    meta = meta_graph(folder)
    children: list[dict[str, int]] = []
    told: dict[int, tuple[str, str]] = {}
    for number, node in enumerate(wire.messages(wire.message(meta, 7), 1)):
        # SavedObject.children = 1 (node_id = 1, local_name = 2), user_object = 4.
        children.append({wire.text(c, 2): wire.integer(c, 1) for c in wire.messages(node, 1)})
        user = wire.message(node, 4)
        if user:
            told[number] = (wire.text(user, 1), wire.text(user, 3))
    path = folder / METADATA
    if path.is_file() and path.stat().st_size <= MAX_CONFIG_BYTES:
        # SavedMetadata.nodes = 1; SavedObject.node_id = 2, identifier = 4, metadata = 5.
        for node in wire.messages(path.read_bytes(), 1):
            told[wire.integer(node, 2)] = (wire.text(node, 4), wire.text(node, 5))
    return children, told


def _config(folder: Path) -> tuple[Config, str]:
    """The network's description as Keras 2 kept it beside the graph, {} where it did not."""
    _, told = nodes(folder)
    kind, text = told.get(0, ("", ""))
    if kind not in MODELS or not text or len(text) > MAX_CONFIG_BYTES:
        return {}, ""
    metadata = parse(text, folder)
    version = str(metadata.get("keras_version", ""))[:32]
    inner = metadata.get("config")
    if kind == "_tf_keras_model" and not _has_layers(inner):
        return {}, version
    return {"class_name": metadata.get("class_name"), "config": inner}, version


def _has_layers(inner: object) -> bool:
    return isinstance(inner, dict) and isinstance(inner.get("layers"), list)
