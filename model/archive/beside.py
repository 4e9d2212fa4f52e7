"""Weights alone, and the architecture that lies beside them as JSON or YAML."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.archive import hdf5_facts
from model.archive.config import Config, parse
from util import ModelError

JSON, YAML = (".json",), (".yaml", ".yml")
HDF5 = (".h5", ".hdf5", ".hdf", ".keras")
# Of a file called NAME_weights.h5 the architecture is often called NAME.json or NAME_model.json.
ENDINGS = re.compile(r"[ ._-]*(weights?|wts|model|architecture|arch|config)$", re.IGNORECASE)
# Architectures are text of at most some MB; a folder of data may hold thousands of JSON files.
MAX_TEXT_BYTES = 16 * 2**20
MAX_FILES = 500
# YAML's aliases let a short text stand for billions of values.
MAX_YAML_NODES = 500_000
MAX_YAML_DEPTH = 100
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Pair:
    """Weights and the architecture they belong to; `version` as Archive.keras_version."""

    weights: Path
    architecture: Path
    config: Config
    version: str


def find_architecture(weights: Path, version: str) -> Pair:
    """The architecture beside a file of weights.

    Looked for is a file of the same name first (NAME.json for NAME_weights.h5 too), then any
    .json, .yaml or .yml in the folder that describes layers.

    Raises:
        ModelError: there is none, or there are several that differ.
    """
    texts = [path for path in _files(weights) if path.suffix.lower() in JSON + YAML]
    own = _stem(weights)
    for path in sorted(texts, key=lambda path: (path.suffix.lower() in YAML, len(path.name))):
        if path.stem.lower() == weights.stem.lower() or _stem(path) == own:
            config = read_architecture(path, strict=False)
            if config is not None:
                return _pair(weights, path, config, version)
    found = [(path, read_architecture(path, strict=False)) for path in texts]
    kept = [(path, config) for path, config in found if config is not None]
    if not kept:
        raise ModelError(
            f"{weights} holds weights alone, without the layers they belong to; put the "
            f"architecture beside it as {weights.stem}.json (made by model.to_json() in the code "
            "that builds the network), or save the whole network with model.save('NAME.keras')."
        )
    if any(config != kept[0][1] for _, config in kept):
        names = _listed([path.name for path, _ in kept])
        raise ModelError(
            f"{weights} holds weights alone, and beside it lie several architectures ({names}); "
            f"name the one that belongs to it {weights.stem}.json."
        )
    return _pair(weights, kept[0][0], kept[0][1], version)


def find_weights(architecture: Path) -> Pair:
    """The weights beside an architecture that was given itself.

    Raises:
        ModelError: there are none, or several of other names; or it is no architecture.
    """
    config = read_architecture(architecture, strict=True)
    assert config is not None
    near = [path for path in _files(architecture) if path.suffix.lower() in HDF5]
    near = [path for path in near if _are_weights(path)]
    own = _stem(architecture)
    same = [path for path in near if _stem(path) == own]
    chosen = same or near
    if not chosen:
        raise ModelError(
            f"{architecture} holds the layers alone, without their weights; put the weights beside "
            f"it as {architecture.stem}.h5 (made by model.save_weights('NAME.h5')) and give that."
        )
    if len(chosen) > 1:
        names = _listed([path.name for path in chosen])
        raise ModelError(
            f"{architecture} holds the layers alone, and beside it lie several files of weights "
            f"({names}); give the one to open."
        )
    version = hdf5_facts.read_facts(chosen[0]).version
    return _pair(chosen[0], architecture, config, version)


def read_architecture(path: Path, strict: bool) -> Config | None:
    """The description of layers in a file of JSON or YAML.

    Args:
        strict: raise where there is none, instead of giving None.

    Raises:
        ModelError: with `strict`, it holds none or cannot be read.
    """
    try:
        if path.stat().st_size > MAX_TEXT_BYTES:
            raise ModelError(f"{path} is larger than any network's description; not opened.")
        data = path.read_bytes()
        config = _parse(data, path)
        for key in ("model", "model_config", "modelTopology", "architecture"):
            # Some keep to_json() as one entry among others of their own.
            if "class_name" not in config and isinstance(config.get(key), (dict, str)):
                inner = config[key]
                config = parse(inner, path) if isinstance(inner, str) else inner
        if not isinstance(config.get("class_name"), str) or "config" not in config:
            raise ModelError(
                f"{path} is no network's architecture: it has no class_name and config, as "
                "model.to_json() writes them."
            )
        return config
    except ModelError:
        if strict:
            raise
        return None
    except OSError as error:
        if strict:
            raise ModelError(f"{path} cannot be read: {error.strerror}.") from None
        return None


def _parse(data: bytes, path: Path) -> Config:
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b'"') and path.suffix.lower() not in YAML:
        return parse(data, path)
    return parse_yaml(data, path)


def parse_yaml(data: bytes, path: Path) -> Config:
    """YAML as Keras up to 2.6 wrote it; its tags of Python stand for plain lists and strings.

    Raises:
        ModelError: it is none, or one made to unfold to more than any network's.
    """
    import yaml

    broken = f"{path}: the description of the layers is not valid YAML; save it again."
    try:
        _check_yaml(yaml.parse(data, Loader=yaml.SafeLoader), path)
        value = yaml.load(data, Loader=_loader())
    except ModelError:
        raise
    except (yaml.YAMLError, ValueError, TypeError, RecursionError, AttributeError):
        raise ModelError(broken) from None
    if isinstance(value, str):
        value = parse(value, path)
    if not isinstance(value, dict):
        raise ModelError(broken)
    return value


def _check_yaml(events: Any, path: Path) -> None:
    """Count what a text unfolds to, aliases included, before anything is made of it."""
    import yaml

    sizes: dict[str, int] = {}
    open_nodes: list[tuple[str | None, int]] = []
    count = 0
    for event in events:
        size = 1
        if isinstance(event, yaml.AliasEvent):
            size = sizes.get(event.anchor or "", MAX_YAML_NODES + 1)
        elif isinstance(event, yaml.CollectionStartEvent):
            open_nodes.append((event.anchor, count))
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_nodes.pop()
            if anchor is not None:
                sizes[anchor] = count - before + 1
        elif isinstance(event, yaml.ScalarEvent) and event.anchor is not None:
            sizes[event.anchor] = 1
        count += size
        if count > MAX_YAML_NODES or len(open_nodes) > MAX_YAML_DEPTH:
            raise ModelError(
                f"{path} unfolds to more, or deeper, than any network's description; not opened."
            )


def _loader() -> Any:
    """YAML's safe loader, which makes no objects, with Python's tuples and strings as plain."""
    import yaml

    class Loader(yaml.SafeLoader):
        pass

    def sequence(loader: Any, node: Any) -> list[Any]:
        return list(loader.construct_sequence(node, deep=True))

    def scalar(loader: Any, node: Any) -> str:
        return str(loader.construct_scalar(node))

    prefix = "tag:yaml.org,2002:python/"
    for name in ("tuple", "list"):
        Loader.add_constructor(prefix + name, sequence)
    for name in ("unicode", "str"):
        Loader.add_constructor(prefix + name, scalar)
    # Keras 1 wrote numbers of NumPy as objects to be made: sizes of inputs, which the weights tell
    # as well. No object is made.
    Loader.add_multi_constructor(prefix + "object/apply:numpy", lambda loader, name, node: None)
    return Loader


def _pair(weights: Path, architecture: Path, config: Config, version: str) -> Pair:
    told = config.get("keras_version")
    return Pair(weights, architecture, config, version or (str(told)[:32] if told else ""))


def _are_weights(path: Path) -> bool:
    try:
        return hdf5_facts.read_facts(path).has_weights
    except ModelError:
        return False


def _files(beside: Path) -> list[Path]:
    """The first files of a folder by name, none hidden and none that leads out of it."""
    folder = beside.parent
    try:
        with os.scandir(folder) as entries:
            names = sorted(
                entry.name
                for entry in entries
                if not entry.name.startswith(".") and entry.is_file(follow_symlinks=False)
            )
    except OSError:
        return []
    wanted = JSON + YAML + HDF5
    kept = [name for name in names if name.lower().endswith(wanted) and name != beside.name]
    kept.sort(key=lambda name: _stem(Path(name)) != _stem(beside))
    return [folder / name for name in kept[:MAX_FILES]]


def _stem(path: Path) -> str:
    """A file's name without what says that it holds weights or layers, in lower case."""
    stem, before = path.stem.lower(), ""
    while stem != before:
        before, shorter = stem, ENDINGS.sub("", stem)
        stem = shorter or stem
    return stem


def _listed(names: list[str]) -> str:
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")
