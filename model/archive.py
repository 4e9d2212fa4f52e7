"""What is inside a saved network's file, read without Keras and without running any of it."""

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from util import ModelError, file_digest

Config = dict[str, Any]

# A description of layers is text; anything larger is no network, or an attack on our memory.
MAX_CONFIG_BYTES = 64 * 2**20

# Layers that run code kept in the file, or that read other files.
EXECUTING_LAYERS = {
    "Lambda": "runs Python code kept in the file",
    "TorchModuleWrapper": "unpickles a PyTorch module",
    "TFSMLayer": "runs a TensorFlow SavedModel",
    "JaxLayer": "runs a pickled JAX function",
    "FlaxLayer": "runs a pickled Flax module",
    "__lambda__": "is Python bytecode",
    "__bytes__": "is a Python object of unknown content",
}

# Where Keras's own classes live; a config that names any other module asks for code to be imported.
KERAS_MODULES = (
    "keras", "keras.layers", "keras.models", "keras.initializers", "keras.regularizers",
    "keras.constraints", "keras.activations", "keras.dtype_policies", "keras.mixed_precision",
    "builtins",
)  # fmt: skip
# What a network was trained with is never loaded, so it need not be safe either.
NEVER_LOADED = ("compile_config", "build_config")
KERAS_MODULE_TREES = ("keras.src.", "keras.engine.", "keras.layers.", "tensorflow.python.keras.")


@dataclass(frozen=True, slots=True)
class Archive:
    """A saved network's description.

    Attributes:
        path: the file.
        format: "h5" (HDF5, Keras's legacy format) or "keras" (a zip archive, Keras 3).
        digest: 32 hex digits of the file's bytes.
        keras_version: version of Keras that saved it, "" where the file does not say.
        config: class_name and config of the whole network, as parsed JSON.
    """

    path: Path
    format: Literal["h5", "keras"]
    digest: str
    keras_version: str
    config: Config


def read(path: Path, custom_objects: Path | None = None) -> Archive:
    """Read the description out of an .h5 or .keras file.

    Args:
        custom_objects: a Python file of the user's own; it is not run here.

    Raises:
        ModelError: there is no such file, it is no saved network, it holds weights alone, or it
            holds a layer that would have to run code from the file.
    """
    kind = _format(path)
    config, version = _read_h5(path) if kind == "h5" else _read_zip(path)
    if not isinstance(config.get("config"), (dict, list)):
        raise ModelError(f"{path} holds no description of layers, so it cannot be opened.")
    refuse_code(config, path)
    return Archive(path, kind, file_digest(path), version, config)


def _format(path: Path) -> Literal["h5", "keras"]:
    if not path.exists():
        raise ModelError(
            f"There is no file {path}; give the path of a network saved by Keras (.h5 or .keras)."
        )
    if path.is_dir():
        raise ModelError(
            f"{path} is a folder; give the path of a network saved by Keras (.h5 or .keras)."
        )
    try:
        with path.open("rb") as file:
            start = file.read(64)
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}.") from None
    if start.startswith(b"\x89HDF\r\n\x1a\n"):
        return "h5"
    if start.startswith(b"PK\x03\x04"):
        return "keras"
    if start.startswith(b"version https://git-lfs"):
        raise ModelError(
            f"{path} is a Git LFS pointer, not the network itself; run `git lfs pull` there first."
        )
    raise ModelError(
        f"{path} is not a saved network: it begins neither as HDF5 (.h5) nor as a Keras archive "
        "(.keras); save one with model.save('NAME.h5') or model.save('NAME.keras')."
    )


def _read_h5(path: Path) -> tuple[Config, str]:
    import h5py

    try:
        with h5py.File(path, "r") as file:
            text = file.attrs.get("model_config")
            version = file.attrs.get("keras_version", "")
            has_weights = "layer_names" in file.attrs or "model_weights" in file
    except OSError:
        raise ModelError(
            f"{path} is a damaged HDF5 file (cut short, or changed on its way); copy it again."
        ) from None
    if text is None:
        what = "holds weights alone, without the layers they belong to" if has_weights else (
            "is an HDF5 file but no saved network"
        )  # fmt: skip
        raise ModelError(f"{path} {what}; save the whole network with model.save('NAME.h5').")
    return _parse(text, path), version.decode() if isinstance(version, bytes) else str(version)


def _read_zip(path: Path) -> tuple[Config, str]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if "config.json" not in names:
                raise ModelError(
                    f"{path} is a zip archive but no saved network: config.json is missing in it; "
                    "save one with model.save('NAME.keras')."
                )
            config = _parse(_member(archive, "config.json", path), path)
            metadata: Config = {}
            if "metadata.json" in names:
                metadata = _parse(_member(archive, "metadata.json", path), path)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise ModelError(f"{path} is a damaged or locked Keras archive: {error}.") from None
    return config, str(metadata.get("keras_version", ""))


def _member(archive: zipfile.ZipFile, name: str, path: Path) -> bytes:
    if archive.getinfo(name).file_size > MAX_CONFIG_BYTES:
        raise ModelError(f"{path}: {name} is larger than any network's description; not opened.")
    return archive.read(name)


def _parse(text: str | bytes, path: Path) -> Config:
    try:
        config = json.loads(text)
    except (ValueError, RecursionError):
        raise ModelError(f"{path}: the description of the layers is not valid JSON.") from None
    if not isinstance(config, dict):
        raise ModelError(f"{path}: the description of the layers is not a JSON object.")
    return config


def refuse_code(config: Config, path: Path) -> None:
    """Refuse a config that makes Keras import or run anything beside its own classes.

    Raises:
        ModelError: names the first layer (or class) that would.
    """
    for node in nodes(config):
        kind = node.get("class_name")
        if not isinstance(kind, str):
            continue
        inner = node.get("config")
        name = inner.get("name", kind) if isinstance(inner, dict) else kind
        if kind in EXECUTING_LAYERS:
            raise ModelError(
                f"{path}: layer '{name}' ({kind}) {EXECUTING_LAYERS[kind]}, and nothing in a model "
                "file is executed here; replace it by Keras's own layers and save again."
            )
        if _is_foreign(node):
            raise ModelError(
                f"{path}: '{name}' ({kind}) is a custom class or function, which is not part of "
                "Keras and is not imported here; replace it by Keras's own layers and save again."
            )


def _is_foreign(node: Config) -> bool:
    module, registered = node.get("module"), node.get("registered_name")
    known = module is None or module in KERAS_MODULES or str(module).startswith(KERAS_MODULE_TREES)
    custom = isinstance(registered, str) and ">" in registered
    return not known or custom or node["class_name"] == "function"


def nodes(config: Config) -> Iterator[Config]:
    """Every dictionary of a config, itself first; iterative, since a stranger sets the depth."""
    waiting: list[Any] = [config]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(v for k, v in node.items() if k not in NEVER_LOADED)
        elif isinstance(node, list):
            waiting.extend(node)
