"""SavedModel folders: rebuilt by layers where Keras left its description, else outputs only."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.archive import Archive, wire
from model.archive import savedmodel as files
from model.savedmodel.graph import Signature, Tensor, check_operations, find_signature
from util import ModelError

if TYPE_CHECKING:
    from model.build import Built

OUTPUTS_ONLY = (
    "This SavedModel keeps only TensorFlow's graph, so the network's outputs are shown and its "
    "layers are not."
)


def build(archive: Archive, objects: dict[str, Any] | None = None) -> "Built":
    """The model of a SavedModel.

    Where Keras left a description of layers, they are made anew and given the variables' values:
    nothing of the graph is run. Otherwise, or where that fails, the graph is run as one layer,
    once all of its operations are known to compute only.

    Args:
        objects: the user's own classes and functions by name.

    Raises:
        ModelError: neither is possible.
    """
    if not archive.config:
        return _from_graph(archive, OUTPUTS_ONLY)
    try:
        return _from_layers(archive, objects or {})
    except ModelError as error:
        why = str(error).rstrip(".")
        told = f"Its layers could not be rebuilt ({why}); so only its outputs are shown."
        try:
            return _from_graph(archive, told)
        except ModelError as second:
            raise ModelError(
                f"Keras cannot rebuild {archive.path} ({why}), nor run its graph: {second}"
            ) from error


def _from_layers(archive: Archive, objects: dict[str, Any]) -> "Built":
    from model.build import rebuild
    from model.savedmodel.variables import as_hdf5

    return rebuild(archive, as_hdf5(archive.weights.parent), objects)


def _from_graph(archive: Archive, told: str) -> "Built":
    import keras

    from model.assemble import reason
    from model.build import Built

    folder = archive.weights.parent
    if keras.backend.backend() != "tensorflow":
        raise ModelError(
            f"{archive.path} keeps only TensorFlow's graph, and Keras runs on "
            f"{keras.backend.backend()} here; set KERAS_BACKEND=tensorflow."
        )
    try:
        graph = files.meta_graph(folder)
        signature = find_signature(graph, folder)
        check_operations(graph, folder)
    except wire.WireError:
        raise ModelError(f"{folder / files.GRAPH} is damaged; copy it again.") from None
    given = _only_image(signature, archive.path)
    try:
        model = _model(folder, signature, given)
    except Exception as error:
        raise ModelError(
            f"TensorFlow cannot run the graph of {archive.path}: {reason(error)}"
        ) from error
    return Built(model, (told,))


def _only_image(signature: Signature, path: Path) -> Tensor:
    if len(signature.inputs) != 1:
        names = ", ".join(sorted(signature.inputs))
        raise ModelError(
            f"The signature '{signature.name}' of {path} has {len(signature.inputs)} inputs "
            f"({names}); only one image a sample can be shown to a SavedModel."
        )
    (given,) = signature.inputs.values()
    if given.dtype is None or given.shape is None or len(given.shape) < 2:
        raise ModelError(
            f"The signature '{signature.name}' of {path} takes no array of numbers of a known "
            "shape (but perhaps encoded files); export the network with an Input of one image."
        )
    return given


def _model(folder: Path, signature: Signature, given: Tensor) -> Any:
    import keras

    assert given.shape is not None
    inputs = keras.Input(
        batch_shape=given.shape, dtype=given.dtype, name=_name(next(iter(signature.inputs)))
    )
    layer = keras.layers.TFSMLayer(
        str(folder), call_endpoint=signature.name, trainable=False, name="savedmodel"
    )
    outputs = layer(inputs)
    if isinstance(outputs, dict) and len(outputs) == 1:
        (outputs,) = outputs.values()
    return keras.Model(inputs, outputs, name=_name(folder.resolve().name))


def _name(text: str) -> str:
    """A text as a name that Keras takes: it has no slashes."""
    return "".join(c if c.isalnum() or c in "_-." else "_" for c in text) or "savedmodel"
