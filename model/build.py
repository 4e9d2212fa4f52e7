"""From a saved network's description to a Keras model with its weights."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from model.archive import Archive
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

    Args:
        custom_objects: a Python file of the user's own, run for the classes and functions in it.

    Raises:
        ModelError: Keras cannot rebuild it, or it has no known input.
    """
    import keras

    try:
        model = keras.saving.load_model(archive.path, compile=False, safe_mode=True)
    except Exception as error:
        raise ModelError(f"Keras cannot rebuild {archive.path}: {_reason(error)}") from error
    if not isinstance(model, keras.Model) or not getattr(model, "inputs", None):
        raise ModelError(
            f"{archive.path} holds a network without a known input shape; build it with an Input "
            "layer and save it again."
        )
    return Built(model)


def _reason(error: Exception) -> str:
    """The first sentence of Keras's many."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    return text if len(text) <= 240 else text[:237] + "..."
