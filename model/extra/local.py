"""Locally connected layers: convolutions with a kernel for each place (until Keras 2)."""

from typing import Any

from util import ModelError


def local_layers() -> dict[str, type]:
    """Class by name."""
    import keras
    from keras import ops

    class Local(keras.layers.Layer):  # type: ignore[misc]
        """One kernel a place, in `implementation` 1: weights (places, patch, filters).

        Args:
            rank: number of axes that are slid over.
        """

        rank = 0

        def __init__(
            self,
            filters: int,
            kernel_size: Any,
            strides: Any = 1,
            padding: str = "valid",
            data_format: str | None = None,
            activation: Any = None,
            use_bias: bool = True,
            implementation: int = 1,
            **rest: Any,
        ) -> None:
            super().__init__(**rest)
            if padding != "valid" or implementation != 1 or data_format == "channels_first":
                raise ModelError(
                    f"Layer '{self.name}' (LocallyConnected) has padding '{padding}' and "
                    f"implementation {implementation}; only 'valid' and 1 can be rebuilt."
                )
            self.filters, self.use_bias = filters, use_bias
            self.kernel_size, self.strides = self._sides(kernel_size), self._sides(strides)
            self.activation = keras.activations.get(activation)

        def _sides(self, value: Any) -> tuple[int, ...]:
            return (value,) * self.rank if isinstance(value, int) else tuple(value)

        def _places(self, input_shape: Any) -> tuple[int, ...]:
            sides = zip(input_shape[1:-1], self.kernel_size, self.strides, strict=True)
            return tuple((n - size) // step + 1 for n, size, step in sides)

        def build(self, input_shape: Any) -> None:
            places, count, patch = self._places(input_shape), 1, int(input_shape[-1])
            for n in places:
                count *= n
            for n in self.kernel_size:
                patch *= n
            self.kernel = self.add_weight(shape=(count, patch, self.filters), name="kernel")
            if self.use_bias:
                self.bias = self.add_weight(shape=(*places, self.filters), name="bias")

        def call(self, inputs: Any) -> Any:
            places = self._places(inputs.shape)
            patches = [inputs]
            for axis, (size, step, n) in enumerate(
                zip(self.kernel_size, self.strides, places, strict=True), 1
            ):
                spans = [slice(i, i + step * (n - 1) + 1, step) for i in range(size)]
                before = (slice(None),) * axis
                patches = [part[(*before, span)] for part in patches for span in spans]
            # (N, places..., patch): offsets vary slower than channels, as in the kernel.
            joined = ops.concatenate(patches, axis=-1)
            width = self.kernel.shape[1]
            flat = ops.reshape(joined, (-1, self.kernel.shape[0], width))
            out = ops.einsum("npi,pio->npo", flat, self.kernel)
            out = ops.reshape(out, (-1, *places, self.filters))
            return self.activation(out + self.bias if self.use_bias else out)

        def compute_output_shape(self, input_shape: Any) -> Any:
            return (input_shape[0], *self._places(input_shape), self.filters)

    class LocallyConnected1D(Local):
        """(N, steps, channels) -> (N, steps, filters)."""

        rank = 1

    class LocallyConnected2D(Local):
        """(N, height, width, channels) -> (N, height, width, filters)."""

        rank = 2

    return {"LocallyConnected1D": LocallyConnected1D, "LocallyConnected2D": LocallyConnected2D}
