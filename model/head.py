"""The classifying end of a network: its logits, before softmax or sigmoid squeezes them."""

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, Literal

from util import ModelError

if TYPE_CHECKING:
    from model.steps import Graph, Step, Tensor

# softmax, sigmoid, multilabel: the network's last activation, taken off here. logits: it has none,
# or none that can be taken off. A sigmoid of one unit tells two classes apart; of several, each
# unit says whether a label applies.
HeadKind = Literal["softmax", "sigmoid", "multilabel", "logits"]

# Layers that pass their input on when a trained network is used.
PASSING_LAYERS = (
    "Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "AlphaDropout",
    "GaussianDropout", "GaussianNoise", "ActivityRegularization", "Identity", "RandomFlip",
    "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast", "RandomBrightness",
    "RandomHeight", "RandomWidth", "RandomShear", "RandomErasing", "RandomHue", "RandomSaturation",
)  # fmt: skip

# Layers that only arrange anew what they get.
SHAPING_LAYERS = ("Flatten", "Reshape", "Permute", "Squeeze", "ExpandDims", "Transpose")

# Means over height and width: of a map of 1 x 1 they are the map itself.
MEAN_LAYERS = (
    "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D",
    "AveragePooling1D", "AveragePooling2D", "AveragePooling3D", "Mean",
)  # fmt: skip

# Layers that weigh all of their input for every unit. Without its activation one gives the logits.
WEIGHING_LAYERS = (
    "Dense", "EinsumDense", "Conv1D", "Conv2D", "Conv3D", "SeparableConv1D", "SeparableConv2D",
    "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose",
)  # fmt: skip

SQUEEZES = ("softmax", "log_softmax", "sigmoid", "hard_sigmoid")

# Layers that do not tell what they end in.
OPAQUE_LAYERS = ("TFSMLayer", "Lambda", "Functional", "Sequential", "Model")

# Keras's losses take probabilities nearer to 0 or 1 for this far from them.
SMALLEST_SHARE = 1e-7

# Inputs of growing contrast that a network which does not tell its last activation is tried on.
TRIED = 16


@dataclass(frozen=True, eq=False)
class Head:
    """The end of a graph.

    Attributes:
        kind: what becomes of the logits.
        logits: symbolic tensor, float32, (batch, units).
        position: of the step that squeezes the logits, or gives them out where none does.
        hidden: of the last step before the classifier whose output is more than its input passed
            on; None where the classifier is all there is.
    """

    kind: HeadKind
    logits: "Tensor"
    position: int
    hidden: int | None


def find_head(graph: "Graph") -> Head:
    """The classifying end of a graph.

    Raises:
        ModelError: the output is no number a class.
    """
    if not graph.steps:
        raise ModelError("The network only passes its input on.")
    _check_output(graph)
    last = graph.made_by(graph.output)
    assert last is not None
    position = _past_passing(graph, last)
    step = graph.steps[position]
    kind, logits = _unsqueezed(graph, step)
    logits = _as_vectors(logits)
    units = int(logits.shape[1])
    if kind == "sigmoid" and units > 1:
        kind = "multilabel"
    if kind == "logits" and units == 1:
        # One number a sample tells two classes apart, with or without a sigmoid behind it.
        kind = "sigmoid"
        if step.kind in OPAQUE_LAYERS and _are_shares(graph):
            logits = _logit(logits)
    if kind == "logits":
        position = last
    return Head(kind, logits, position, _hidden(graph, position, units))  # type: ignore[arg-type]


def passes(step: "Step") -> bool:
    return step.kind in PASSING_LAYERS


def _unsqueezed(graph: "Graph", step: "Step") -> tuple[str, "Tensor"]:
    """(kind, logits in the output's arrangement or in the one they had before it)."""
    squeeze = _squeeze(step)
    if squeeze is None:
        return "logits", graph.output
    logits = _before_squeeze(step, squeeze)
    if logits is not None:
        return squeeze.removeprefix("log_"), logits
    if squeeze in ("sigmoid", "hard_sigmoid"):
        return "sigmoid", _logit(graph.output)
    # Probabilities are told by their sum of one, once there are some.
    return "logits", graph.output


def _logit(shares: "Tensor") -> "Tensor":
    """Inverse of the sigmoid, float32, from -16.1 to 15.9: as far as Keras's own losses go."""
    import keras

    shares = keras.ops.clip(keras.ops.cast(shares, "float32"), SMALLEST_SHARE, 1 - SMALLEST_SHARE)
    return keras.ops.log(shares) - keras.ops.log(1 - shares)


def _are_shares(graph: "Graph") -> bool:
    """Whether the network gives out nothing below 0 or above 1, tried on noise."""
    import keras
    import numpy as np

    given = graph.inputs[0]
    shape = (TRIED, *(32 if n is None else n for n in given.shape[1:]))
    noise = np.random.default_rng(0).normal(0, 1, shape) * np.geomspace(0.1, 100, TRIED).reshape(
        -1, *[1] * (len(shape) - 1)
    )
    try:
        made = keras.Model(given, graph.output)(noise.astype(np.float32), training=False)
        values = keras.ops.convert_to_numpy(made)
    except Exception:
        return False
    return bool(((values >= 0) & (values <= 1)).all())


def _past_passing(graph: "Graph", position: int) -> int:
    """Position of the step that makes the values that leave the graph, maybe arranged anew."""
    while True:
        step = graph.steps[position]
        if len(step.inputs) != 1 or not _keeps_values(step):
            return position
        before = graph.made_by(step.inputs[0])
        if before is None:
            return position
        position = before


def _keeps_values(step: "Step") -> bool:
    if passes(step) or step.kind in SHAPING_LAYERS:
        return True
    if step.kind == "Activation":
        return _activation(step.layer) == "linear"
    # A batch of (1, 1, C) has as many values before the mean as after it.
    return step.kind in MEAN_LAYERS and _size(step.inputs[0]) == _size(step.output) is not None


def _size(tensor: "Tensor") -> int | None:
    shape = tensor.shape[1:]
    return None if None in shape else prod(shape)


def _activation(layer: Any) -> str:
    function = getattr(layer, "activation", None)
    if function is None:
        return "linear"
    return str(getattr(function, "__name__", type(function).__name__)).lower()


def _squeeze(step: "Step") -> str | None:
    """softmax, log_softmax or sigmoid, where the step ends in one."""
    name = {"Softmax": "softmax", "LogSoftmax": "log_softmax", "Sigmoid": "sigmoid"}.get(step.kind)
    if name is None and hasattr(step.layer, "activation"):
        name = _activation(step.layer)
    return name if name in SQUEEZES else None


def _before_squeeze(step: "Step", squeeze: str) -> "Tensor | None":
    """The step's values without its softmax or sigmoid; None where that cannot be taken off."""
    if squeeze == "hard_sigmoid":
        return None
    if squeeze != "sigmoid" and not _is_over_classes(step):
        return None
    if step.kind in ("Activation", "Softmax", "LogSoftmax", "Sigmoid"):
        return step.inputs[0] if len(step.inputs) == 1 else None
    return _twin(step)


def _is_over_classes(step: "Step") -> bool:
    """Whether a softmax runs over all the values of a sample, as one over classes does."""
    shape = step.output.shape
    axis = getattr(step.layer, "axis", -1)
    if not isinstance(axis, int) or shape[axis] is None:
        return False
    return bool(_size(step.output) == shape[axis])


def _twin(step: "Step") -> "Tensor | None":
    """The output of the same layer, of the same weights, without its activation, in float32."""
    import keras

    layer = step.layer
    bases = tuple(getattr(keras.layers, name) for name in WEIGHING_LAYERS)
    if not isinstance(layer, bases) or len(step.inputs) != 1:
        return None
    name = f"{layer.name}_logits"
    config = {**layer.get_config(), "activation": "linear", "name": name}
    if layer.compute_dtype in ("float16", "bfloat16"):
        # A float16 has three digits: too few for losses.
        config["dtype"] = "float32"
    try:
        twin = type(layer).from_config(config)
        logits = twin(step.inputs[0])
        twin.set_weights(layer.get_weights())
    except Exception:
        # A class of the user's own may be made in other ways than Keras's.
        return None
    return logits


def _as_vectors(tensor: "Tensor") -> "Tensor":
    """float32, (batch, units), of (batch,), (batch, C), (batch, 1, 1, C) and (batch, C, 1, 1)."""
    import keras

    if str(tensor.dtype) != "float32":
        tensor = keras.ops.cast(tensor, "float32")
    if len(tensor.shape) == 2:
        return tensor
    return keras.ops.reshape(tensor, (-1, prod(tensor.shape[1:])))


def _hidden(graph: "Graph", position: int, units: int) -> int | None:
    """From the classifier back, over what only passes on, to a step that is worth a look."""
    # Between the weights that tell the classes apart and the softmax may lie a bias, a mean ...
    classifier: int | None = position
    while classifier is not None:
        step = graph.steps[classifier]
        if step.kind in WEIGHING_LAYERS or len(step.inputs) != 1:
            break
        source = step.inputs[0]
        before = graph.made_by(source)
        if units not in source.shape[1:] or before is None:
            break
        classifier = before
    assert classifier is not None
    step = graph.steps[classifier]
    if len(step.inputs) == 1:
        source = step.inputs[0]
        while (found := graph.made_by(source)) is not None:
            if not passes(graph.steps[found]):
                return found
            source = graph.steps[found].inputs[0]
        return None
    before_it = [i for i in range(classifier) if not passes(graph.steps[i])]
    return before_it[-1] if before_it else None


def _check_output(graph: "Graph") -> None:
    """Raises ModelError, telling what the network is instead, unless there is a number a class."""
    shape = tuple(graph.output.shape[1:])
    kind = str(graph.output.dtype)
    if not kind.startswith(("float", "bfloat")):
        raise ModelError(
            f"The network's output '{graph.output_name}' is of the type {kind}; a classifier gives "
            "out a number a class, of a floating-point type."
        )
    if None not in shape and prod(shape) > 0:
        if sum(n > 1 for n in shape) <= 1:
            return
    elif len(shape) < 2:
        raise ModelError(
            f"How many numbers the network gives out is not known: its output "
            f"'{graph.output_name}' has the shape {shape}; only classifiers can be looked into."
        )
    raise ModelError(
        f"The network's output '{graph.output_name}' is {_what_else(graph)}, not one number a "
        "class; only classifiers can be looked into."
    )


def _what_else(graph: "Graph") -> str:
    shape = tuple(graph.output.shape[1:])
    text = " x ".join("?" if n is None else str(n) for n in shape)
    if len(shape) == 2:
        return f"a sequence of {shape[0] or 'any number of'} steps of {shape[1]} numbers each"
    if len(shape) == 3 and shape == tuple(graph.inputs[0].shape[1:]):
        return f"an image of the input's own shape ({text}), as an autoencoder's"
    if len(shape) == 3:
        return f"a map ({text}), as of a network that segments images or finds objects in them"
    return f"an array of the shape ({text})"
