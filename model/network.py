"""A saved network: opened without running anything in it, and described layer by layer."""

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model import archive
from model.archive import Archive
from model.head import PASSING_LAYERS, HeadKind, find_head, hidden_layer
from util import ModelError

if TYPE_CHECKING:
    import keras

Shape = tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a network.

    Attributes:
        key: unique name that is also safe as a file's name.
        name: the layer's own name.
        kind: its class, e.g. "Conv2D".
        output_shape: without the batch; None where it depends on the input.
        params: number of weights.
        units: width of its activations matrix, once pooled; None where none is kept, because
            the layer only passes its input on or its output is no array of numbers.
        pooled: the activations are averaged over height and width.
    """

    key: str
    name: str
    kind: str
    output_shape: Shape
    params: int
    units: int | None
    pooled: bool


@dataclass(frozen=True, slots=True)
class NetworkDescription:
    """What a network is made of, as far as Keras has to tell it.

    Attributes:
        layers: in the network's order, without the input.
        hidden: key of the layer before the classifier, the default for every map of a layer.
        head: what the last layer does to the logits.
        classes: number of classes that the outputs stand for (2 for a single sigmoid unit).
        input_shape: of one sample.
        params: number of weights.
        keras_version: that saved the file, "" when unknown.
        preprocessing: in words; "" before a dataset is chosen.
    """

    layers: tuple[Layer, ...]
    hidden: str
    head: HeadKind
    classes: int
    input_shape: Shape
    params: int
    keras_version: str
    preprocessing: str = ""

    def layer(self, key: str) -> Layer:
        """The layer of this key; KeyError if there is none."""
        for layer in self.layers:
            if layer.key == key:
                return layer
        raise KeyError(key)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "NetworkDescription":
        layers = tuple(
            Layer(**{**layer, "output_shape": tuple(layer["output_shape"])})
            for layer in value["layers"]
        )
        shape = tuple(value["input_shape"])
        return cls(**{**value, "layers": layers, "input_shape": shape})


@dataclass(frozen=True, slots=True)
class Network:
    """A saved network, not loaded yet: opening one takes milliseconds, Keras takes seconds."""

    archive: Archive

    @property
    def name(self) -> str:
        return self.archive.path.name

    @property
    def path(self) -> Path:
        return self.archive.path

    @property
    def digest(self) -> str:
        return self.archive.digest

    def load(self) -> "keras.Model":
        """The Keras model, uncompiled.

        Raises:
            ModelError: Keras cannot rebuild it, or it is not one graph from an image to a vector.
        """
        import keras

        try:
            model = keras.saving.load_model(self.path, compile=False, safe_mode=True)
        except Exception as error:
            raise ModelError(f"Keras cannot rebuild {self.path}: {_reason(error)}") from error
        if not isinstance(model, keras.Model) or not getattr(model, "inputs", None):
            raise ModelError(
                f"{self.path} holds a network without a known input shape; build it with an Input "
                "layer and save it again."
            )
        return model


def open_network(path: str | Path) -> Network:
    """Open a network saved by Keras (.h5 or .keras) without running anything in it.

    Raises:
        ModelError: it cannot be opened; the sentence says why and what to do.
    """
    return Network(archive.read(Path(path)))


def describe(model: "keras.Model", keras_version: str) -> NetworkDescription:
    """Layers, head and hidden layer of a loaded model.

    Raises:
        ModelError: the network is no classifier of one input and one output.
    """
    kind, logits, head = find_head(model)
    if len(logits.shape) != 2 or logits.shape[1] is None:
        raise ModelError(
            f"The network's output has the shape {tuple(logits.shape[1:])}, not one number a "
            "class; only classifiers can be looked into."
        )
    taken: set[str] = set()
    layers = tuple(
        _describe_layer(layer, taken)
        for layer in model.layers
        if type(layer).__name__ != "InputLayer"
    )
    width = int(logits.shape[1])
    return NetworkDescription(
        layers=layers,
        hidden=_hidden_key(layers, hidden_layer(model, head)),
        head=kind,
        classes=2 if kind == "sigmoid" and width == 1 else width,
        input_shape=tuple(model.inputs[0].shape[1:]),
        params=int(model.count_params()),
        keras_version=keras_version,
    )


def layer_output(layer: "keras.layers.Layer") -> Any | None:
    """Symbolic output of a layer where it was first used, or None if it is not a single array."""
    try:
        output = layer.output
    except (AttributeError, ValueError):
        # A layer used at several places has several outputs; the first stands for it.
        nodes = getattr(layer, "_inbound_nodes", [])
        outputs = nodes[0].output_tensors if nodes else []
        output = outputs[0] if len(outputs) == 1 else None
    return output if hasattr(output, "shape") else None


def _describe_layer(layer: "keras.layers.Layer", taken: set[str]) -> Layer:
    output = layer_output(layer)
    shape: Shape = () if output is None else tuple(output.shape[1:])
    pooled = len(shape) > 1
    units = shape[-1] if shape and type(layer).__name__ not in PASSING_LAYERS else None
    key = _key(layer.name, taken)
    return Layer(key, layer.name, type(layer).__name__, shape, layer.count_params(), units, pooled)


def _key(name: str, taken: set[str]) -> str:
    """A layer's name as the name of a file; "pixels" and "logits" are taken."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", name)[:80] or "layer"
    key, count = plain, 2
    while key.lower() in taken or key in ("pixels", "logits"):
        key, count = f"{plain}_{count}", count + 1
    taken.add(key.lower())
    return key


def _hidden_key(layers: tuple[Layer, ...], name: str | None) -> str:
    kept = [layer for layer in layers if layer.units is not None]
    if not kept:
        raise ModelError("The network has no layer whose activations could be kept.")
    return next((layer.key for layer in kept if layer.name == name), kept[-1].key)


def _reason(error: Exception) -> str:
    """The first sentence of Keras's many."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    return text if len(text) <= 240 else text[:237] + "..."
