"""What is known of a network layer by layer: plain values, which the page and the cache keep."""

from dataclasses import asdict, dataclass
from typing import Any

from model.head import HeadKind

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
class Try:
    """One way of showing images to the network, tried on labelled images.

    Attributes:
        name: as --preprocess takes it.
        accuracy: 0 to 1.
        mean_loss: in nats, finite.
        chosen: the network is run with it.
    """

    name: str
    accuracy: float
    mean_loss: float
    chosen: bool


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
        input_name, output_name: of the input and the output that are looked at.
        repairs: what was changed so that today's Keras accepts the file; a sentence each.
        preprocessing: in words; "" before a dataset is chosen.
        tries: the preprocessings tried on labelled images, the best first; () where none was.
        warnings: what the user should know of this network with this dataset; a sentence each.
    """

    layers: tuple[Layer, ...]
    hidden: str
    head: HeadKind
    classes: int
    input_shape: Shape
    params: int
    keras_version: str
    input_name: str = ""
    output_name: str = ""
    repairs: tuple[str, ...] = ()
    preprocessing: str = ""
    tries: tuple[Try, ...] = ()
    warnings: tuple[str, ...] = ()

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
        tries = tuple(Try(**tried) for tried in value["tries"])
        plain = ("input_shape", "repairs", "warnings")
        parts = {name: tuple(value[name]) for name in plain}
        return cls(**{**value, **parts, "layers": layers, "tries": tries})
