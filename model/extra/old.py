"""Layers without a class in Keras 3: of Keras 1, and those that Keras's own applications define."""

from typing import Any


def old_layers() -> dict[str, type]:
    """Class by name."""
    import keras
    from keras import ops

    class MaxoutDense(keras.layers.Layer):  # type: ignore[misc]
        """The largest of several linear maps, unit by unit: (N, inputs) -> (N, units)."""

        def __init__(
            self, units: int, nb_feature: int = 4, use_bias: bool = True, **rest: Any
        ) -> None:
            super().__init__(**rest)
            self.units, self.features, self.use_bias = units, nb_feature, use_bias

        def build(self, input_shape: Any) -> None:
            shape = (self.features, input_shape[-1], self.units)
            self.kernel = self.add_weight(shape=shape, name="kernel")
            if self.use_bias:
                self.bias = self.add_weight(shape=(self.features, self.units), name="bias")

        def call(self, inputs: Any) -> Any:
            maps = ops.einsum("ni,kio->nko", inputs, self.kernel)
            return ops.max(maps + self.bias if self.use_bias else maps, axis=1)

        def compute_output_shape(self, input_shape: Any) -> Any:
            return (input_shape[0], self.units)

    class Highway(keras.layers.Layer):  # type: ignore[misc]
        """A dense layer mixed with its input by a gate: (N, inputs) -> (N, inputs)."""

        def __init__(self, activation: Any = None, use_bias: bool = True, **rest: Any) -> None:
            super().__init__(**rest)
            self.activation, self.use_bias = keras.activations.get(activation), use_bias

        def build(self, input_shape: Any) -> None:
            width = input_shape[-1]
            self.kernel = self.add_weight(shape=(width, width), name="kernel")
            self.gate = self.add_weight(shape=(width, width), name="carry_kernel")
            if self.use_bias:
                self.bias = self.add_weight(shape=(width,), name="bias")
                self.gate_bias = self.add_weight(shape=(width,), name="carry_bias")

        def call(self, inputs: Any) -> Any:
            gate, values = ops.matmul(inputs, self.gate), ops.matmul(inputs, self.kernel)
            if self.use_bias:
                gate, values = gate + self.gate_bias, values + self.bias
            gate = ops.sigmoid(gate)
            return self.activation(values) * gate + (1 - gate) * inputs

        def compute_output_shape(self, input_shape: Any) -> Any:
            return input_shape

    class CustomScaleLayer(keras.layers.Layer):  # type: ignore[misc]
        """InceptionResNetV2: the first input plus the second, made smaller."""

        def __init__(self, scale: float, **rest: Any) -> None:
            super().__init__(**rest)
            self.scale = scale

        def call(self, inputs: Any) -> Any:
            return inputs[0] + inputs[1] * self.scale

        def compute_output_shape(self, input_shape: Any) -> Any:
            return input_shape[0]

    class LayerScale(keras.layers.Layer):  # type: ignore[misc]
        """ConvNeXt: each channel times a weight."""

        def __init__(self, projection_dim: int, init_values: Any = None, **rest: Any) -> None:
            super().__init__(**rest)
            self.width = projection_dim

        def build(self, input_shape: Any) -> None:
            self.gamma = self.add_weight(shape=(self.width,), name="gamma")

        def call(self, inputs: Any) -> Any:
            return inputs * self.gamma

        def compute_output_shape(self, input_shape: Any) -> Any:
            return input_shape

    return {
        "CustomScaleLayer": CustomScaleLayer,
        "Highway": Highway,
        "LayerScale": LayerScale,
        "MaxoutDense": MaxoutDense,
    }
