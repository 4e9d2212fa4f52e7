"""The classifying end of a network: its logits, before softmax or sigmoid squeezes them."""

from typing import TYPE_CHECKING, Any, Literal

from util import ModelError

if TYPE_CHECKING:
    import keras

# softmax, sigmoid, multilabel: the network's last activation, taken off here. logits: it has none.
# A sigmoid of one unit tells two classes apart; of several, each unit says whether a label applies.
HeadKind = Literal["softmax", "sigmoid", "multilabel", "logits"]

# Layers that pass their input on when a trained network is used.
PASSING_LAYERS = (
    "Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "AlphaDropout",
    "GaussianDropout", "GaussianNoise", "ActivityRegularization", "Identity",
)  # fmt: skip


def find_head(model: "keras.Model") -> tuple[HeadKind, Any, "keras.layers.Layer"]:
    """(kind, symbolic logits of shape (batch, units), the layer they come from).

    Raises:
        ModelError: the network's output is not one vector a sample.
    """
    import keras

    layer = _last_layer(model)
    if isinstance(layer, keras.Model):
        kind, logits, inner = find_head(layer)
        if kind == "logits":
            return kind, layer.output, inner
        headless = keras.Model(layer.inputs, logits)
        return kind, headless(layer.input), inner
    activation = _activation(layer)
    if activation not in ("softmax", "sigmoid"):
        return "logits", layer.output, layer
    if type(layer).__name__ in ("Activation", "Softmax"):
        return activation, layer.input, layer  # type: ignore[return-value]
    config = {**layer.get_config(), "activation": "linear", "name": f"{layer.name}_logits"}
    twin = type(layer).from_config(config)
    logits = twin(layer.input)
    twin.set_weights(layer.get_weights())
    return activation, logits, layer  # type: ignore[return-value]


def hidden_layer(model: "keras.Model", head: "keras.layers.Layer") -> str | None:
    """Name of the last layer before the classifier, or None where the classifier is all there is.

    Layers that only pass on what they get (Dropout) are stepped over, and so is the Dense layer
    whose activation stands in a layer of its own.
    """
    names = [layer for layer in model.layers if type(layer).__name__ != "InputLayer"]
    position = next((i for i, layer in enumerate(names) if layer is head), len(names) - 1)
    before = [layer for layer in names[:position] if not _passes(layer)]
    if type(head).__name__ in ("Activation", "Softmax") and len(before) > 1:
        before.pop()
    return before[-1].name if before else None


def _passes(layer: "keras.layers.Layer") -> bool:
    return type(layer).__name__ in PASSING_LAYERS


def _last_layer(model: "keras.Model") -> "keras.layers.Layer":
    """The layer that makes the model's output; the order of layers does not tell in all graphs."""
    if len(model.outputs) != 1 or len(model.inputs) != 1:
        raise ModelError(
            f"The network '{model.name}' has {len(model.inputs)} inputs and {len(model.outputs)} "
            "outputs; only networks of one input and one output can be looked into."
        )
    output = model.outputs[0]
    for layer in reversed(model.layers):
        if any(output is made for node in layer._inbound_nodes for made in node.output_tensors):
            return layer
    return model.layers[-1]


def _activation(layer: "keras.layers.Layer") -> str:
    if type(layer).__name__ == "Softmax":
        return "softmax"
    function = getattr(layer, "activation", None)
    return getattr(function, "__name__", "linear")
