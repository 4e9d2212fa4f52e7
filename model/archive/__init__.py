"""What is inside a saved network's file, read without Keras and without running any of it."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from model.archive import beside, hdf5, hdf5_facts, kinds, savedmodel, zipped
from model.archive.config import MAX_CONFIG_BYTES, Config, check_extent, nodes
from model.archive.foreign import (
    EXECUTING_LAYERS,
    KERAS_MODULE_TREES,
    KERAS_MODULES,
    custom_names,
    refuse_code,
)
from model.archive.sanity import check_graph
from util import ModelError, digest, file_digest

if TYPE_CHECKING:
    import h5py

__all__ = [
    "EXECUTING_LAYERS", "KERAS_MODULES", "KERAS_MODULE_TREES", "MAX_CONFIG_BYTES", "Archive",
    "Config", "check_graph", "custom_names", "nodes", "open_weights", "read", "refuse_code",
]  # fmt: skip

Format = Literal["h5", "keras", "weights", "savedmodel"]


@dataclass(frozen=True, slots=True)
class Archive:
    """A saved network's description.

    Attributes:
        path: the file or folder that was given.
        format: "h5" (HDF5, Keras's legacy format), "keras" (a zip archive), "weights" (HDF5 with
            the weights alone, and the architecture in another file beside it), or "savedmodel" (a
            folder written by TensorFlow).
        digest: 32 hex digits of all that the network is made of.
        keras_version: version of Keras that saved it, "" where the file does not say.
        config: class_name and config of the whole network, as parsed JSON; {} where only a
            SavedModel's graph is there.
        weights: where the weights lie: the file itself, the HDF5 file, or the SavedModel's folder
            of variables.
    """

    path: Path
    format: Format
    digest: str
    keras_version: str
    config: Config
    weights: Path


def read(path: Path, custom_objects: Path | None = None) -> Archive:
    """Read the description of a saved network.

    Args:
        path: an .h5, .hdf5 or .keras file, weights with the architecture beside them (or that
            architecture), or the folder of a SavedModel.
        custom_objects: a Python file of the user's own; it is not run here, but custom classes
            and Lambda layers are then let through.

    Raises:
        ModelError: there is no such file, it is no saved network, it holds weights alone, or it
            holds a layer that would have to run code from the file.
    """
    found = kinds.find(path)
    try:
        archive = _read(path, found)
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror or error}.") from None
    if archive.config:
        if not isinstance(archive.config.get("config"), (dict, list)):
            raise ModelError(f"{path} holds no description of layers, so it cannot be opened.")
        check_extent(archive.config, path)
        if archive.format == "savedmodel" and not custom_objects and custom_names(archive.config):
            # Its layers need code that is not given, but its graph may do without.
            return replace(archive, config={})
        refuse_code(archive.config, path, custom_objects)
        check_graph(archive.config, path)
    return archive


def _read(path: Path, found: kinds.Found) -> Archive:
    if found.kind == "keras":
        config, version = zipped.read_config(path)
        return Archive(path, "keras", file_digest(path), version, config, path)
    if found.kind == "savedmodel":
        read = savedmodel.read(found.path)
        return Archive(
            path, "savedmodel", read.digest, read.keras_version, read.config, read.weights
        )
    if found.kind == "architecture":
        pair = beside.find_weights(path)
    else:
        facts = hdf5_facts.read_facts(path)
        if facts.config is not None:
            return Archive(path, "h5", file_digest(path), facts.version, facts.config, path)
        pair = beside.find_architecture(path, facts.version)
    both = digest(file_digest(pair.weights), file_digest(pair.architecture))
    return Archive(path, "weights", both, pair.version, pair.config, pair.weights)


@contextlib.contextmanager
def open_weights(archive: Archive) -> Iterator["h5py.File"]:
    """The weights of an archive of format "h5", "keras" or "weights", checked.

    Raises:
        ModelError: they are damaged, refer to other files, or claim sizes far above their own.
    """
    assert archive.format in ("h5", "keras", "weights")
    if archive.format == "keras":
        with zipped.open_weights(archive.weights) as file:
            yield file
    else:
        with hdf5.open_checked(archive.weights, archive.weights) as file:
            yield file
