"""From a saved network's description to a Keras model with its weights."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.archive import Archive
from model.archive.foreign import refuse_missing
from model.assemble import assemble, reason
from model.repair import repair
from util import ModelError

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, slots=True)
class Built:
    """A model that runs.

    Attributes:
        model: uncompiled.
        repairs: what was changed so that today's Keras accepts the file; a sentence each.
    """

    model: "keras.Model"
    repairs: tuple[str, ...] = ()


def build(archive: Archive, custom_objects: Path | None = None) -> Built:
    """The Keras model of an archive, uncompiled.

    The model is made of the repaired description, never by Keras's own reading of the file: first
    without values, then each weight is given what the file holds for it. What a file claims thus
    takes no memory before the file is seen to hold it.

    Args:
        custom_objects: a Python file of the user's own, run for the classes and functions in it.

    Raises:
        ModelError: Keras cannot rebuild it, or it has no known input.
    """
    objects: dict[str, Any] = {}
    if custom_objects is not None:
        from model.custom import load_custom_objects

        objects = load_custom_objects(custom_objects)
    if archive.format == "savedmodel":
        from model import savedmodel

        return savedmodel.build(archive, objects)
    from model.archive import open_weights

    try:
        return rebuild(archive, open_weights(archive), objects)
    except ModelError as error:
        text = str(error)
        if text.startswith(str(archive.path)):
            raise
        raise ModelError(f"Keras cannot rebuild {archive.path}: {text}") from error


def rebuild(
    archive: Archive, weights: AbstractContextManager[Any], objects: dict[str, Any]
) -> Built:
    """The model of an archive's description, with the values in an HDF5 file.

    Args:
        weights: gives the open h5py.File.
        objects: the user's own classes and functions by name.

    Raises:
        ModelError: it cannot be made; the sentence does not name the archive.
    """
    from model.weights import fill, with_known_input

    try:
        repaired = repair(archive.config, archive.keras_version)
        refuse_missing(repaired.config, archive.path, objects)
        with weights as file:
            config, guessed = with_known_input(repaired.config, file)
            assembled = assemble(config, objects)
            told = fill(assembled, file, archive.keras_version)
    except ModelError:
        raise
    except Exception as error:
        raise ModelError(
            "the layers or their weights are not written as any Keras writes them "
            f"({type(error).__name__}: {reason(error)}); save the network again."
        ) from error
    if not getattr(assembled.model, "inputs", None):
        raise ModelError(
            "it has no known input shape; build it with an Input layer and save it again."
        )
    return Built(assembled.model, (*repaired.repairs, *guessed, *told))
