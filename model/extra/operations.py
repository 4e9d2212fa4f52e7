"""The functions of TensorFlow that older files call between layers, by their public names."""

from collections.abc import Callable
from typing import Any

from util import ModelError

# Names under which TensorFlow keeps the same function; the table below knows it without them.
PREFIXES = ("compat.v1.math.", "compat.v1.nn.", "compat.v1.", "__operators__.", "math.", "nn.",
            "keras.backend.", "keras.activations.", "linalg.", "activations.")  # fmt: skip


def plain_name(function: str) -> str:
    """The table's name of a function: "math.multiply" -> "multiply"."""
    for prefix in PREFIXES:
        if function.startswith(prefix):
            return function.removeprefix(prefix)
    return function


def table() -> dict[str, Callable[..., Any]]:
    """Function by name; arguments are called as TensorFlow calls them."""
    import keras
    from keras import ops

    def reduction(function: Callable[..., Any]) -> Callable[..., Any]:
        def reduce(x: Any, axis: Any = None, keepdims: bool = False, **old: Any) -> Any:
            axis = old.get("reduction_indices", axis)
            return function(x, axis=_axes(axis), keepdims=bool(old.get("keep_dims", keepdims)))

        return reduce

    def matmul(
        a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False, **_: Any
    ) -> Any:
        a = ops.swapaxes(a, -1, -2) if transpose_a else a
        return ops.matmul(a, ops.swapaxes(b, -1, -2) if transpose_b else b)

    def pad(tensor: Any, paddings: Any, mode: str = "constant", constant_values: Any = 0) -> Any:
        given = {"constant_values": constant_values} if mode.lower() == "constant" else {}
        return ops.pad(tensor, paddings, mode=mode.lower(), **given)

    def getitem(x: Any, slice_spec: Any) -> Any:
        spec = slice_spec if isinstance(slice_spec, list) else [slice_spec]
        return x[tuple(_slice(item) for item in spec)]

    def resize(images: Any, size: Any, method: str = "bilinear", **_: Any) -> Any:
        return ops.image.resize(images, tuple(size), interpolation=str(method))

    def leaky_relu(features: Any, alpha: float = 0.2) -> Any:
        return ops.leaky_relu(features, negative_slope=alpha)

    def softmax(logits: Any, axis: int | None = None, **_: Any) -> Any:
        return ops.softmax(logits, axis=-1 if axis is None else axis)

    def transpose(a: Any, perm: Any = None, **_: Any) -> Any:
        return ops.transpose(a, axes=perm)

    def l2_normalize(x: Any, axis: Any = None, epsilon: float = 1e-12, **_: Any) -> Any:
        squares = ops.sum(ops.square(x), axis=_axes(axis), keepdims=True)
        return x * ops.rsqrt(ops.maximum(squares, epsilon))

    def relu(x: Any, alpha: float = 0.0, max_value: Any = None, threshold: float = 0.0) -> Any:
        return keras.activations.relu(x, alpha, max_value, threshold)

    def unary(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda x, **_: function(x)

    def binary(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda x, y: function(x, y)

    same: dict[str, Callable[..., Any]] = {
        name: unary(getattr(ops, name))
        for name in ("abs", "exp", "log", "square", "sqrt", "rsqrt", "negative", "relu6", "sigmoid",
                     "tanh", "silu", "elu", "selu", "softplus", "softsign", "sin", "cos")
    }  # fmt: skip
    two = ("add", "subtract", "multiply", "divide", "maximum", "minimum")
    return {
        **same,
        **{name: binary(getattr(ops, name)) for name in two},
        "sub": binary(ops.subtract),
        "mul": binary(ops.multiply),
        "truediv": binary(ops.divide),
        "realdiv": binary(ops.divide),
        "floordiv": binary(ops.floor_divide),
        "pow": binary(ops.power),
        "swish": ops.silu,
        "gelu": lambda x, approximate=False: ops.gelu(x, approximate=approximate),
        "relu": relu,
        "leaky_relu": leaky_relu,
        "softmax": softmax,
        "bias_add": lambda x, bias, **_: ops.add(x, bias),
        "reduce_mean": reduction(ops.mean),
        "reduce_sum": reduction(ops.sum),
        "reduce_max": reduction(ops.max),
        "reduce_min": reduction(ops.min),
        "mean": reduction(ops.mean),
        "sum": reduction(ops.sum),
        "max": reduction(ops.max),
        "reshape": lambda tensor, shape: ops.reshape(tensor, _shape(shape)),
        "flatten": lambda x: ops.reshape(x, (-1, _product(x.shape[1:]))),
        "batch_flatten": lambda x: ops.reshape(x, (-1, _product(x.shape[1:]))),
        "transpose": transpose,
        "permute_dimensions": lambda x, pattern: ops.transpose(x, axes=pattern),
        "concat": lambda values, axis=0: ops.concatenate(values, axis=axis),
        "concatenate": lambda tensors, axis=-1: ops.concatenate(tensors, axis=axis),
        "stack": lambda values, axis=0: ops.stack(values, axis=axis),
        "add_n": lambda inputs: sum(inputs[1:], inputs[0]),
        "expand_dims": lambda input, axis=-1: ops.expand_dims(input, axis),
        "squeeze": lambda input, axis=None: ops.squeeze(input, axis=_axes(axis)),
        "clip_by_value": lambda t, clip_value_min, clip_value_max: ops.minimum(
            ops.maximum(t, clip_value_min), clip_value_max
        ),
        "clip": lambda x, min_value, max_value: ops.clip(x, min_value, max_value),
        "cast": lambda x, dtype: ops.cast(x, _dtype(dtype)),
        "identity": lambda input: input,
        "stop_gradient": lambda input: input,
        "matmul": matmul,
        "pad": pad,
        "getitem": getitem,
        "image.resize": resize,
        "l2_normalize": l2_normalize,
        "hard_sigmoid": lambda x: ops.clip(0.2 * x + 0.5, 0.0, 1.0),
        "sigmoid_v2": ops.sigmoid,
        "shape": lambda input, **_: ops.convert_to_tensor(ops.shape(input), "int32"),
    }


def _axes(axis: Any) -> Any:
    return tuple(axis) if isinstance(axis, list) else axis


def _shape(shape: Any) -> Any:
    return tuple(shape) if isinstance(shape, list) else shape


def _product(numbers: Any) -> int:
    product = 1
    for n in numbers:
        product *= n
    return product


def _dtype(dtype: Any) -> str:
    name = str(dtype)
    # Whole numbers as inputs are pixels, and no half precision is used here.
    return "float32" if name in ("float16", "bfloat16", "float64") else name


def _slice(item: Any) -> Any:
    if isinstance(item, dict) and "start" in item:
        return slice(item["start"], item.get("stop"), item.get("step"))
    return ... if item == "..." else item


def operation_layer() -> type:
    """The layer that runs one of the table's functions.

    It is fed one tensor or a list of them; its template says where they go among the constants.
    """
    import keras

    functions = table()

    class Operation(keras.layers.Layer):  # type: ignore[misc]
        """One function of TensorFlow between layers."""

        def __init__(self, function: str, template: dict[str, Any], **rest: Any) -> None:
            super().__init__(**rest)
            if plain_name(function) not in functions:
                raise ModelError(
                    f"Layer '{self.name}' calls TensorFlow's '{function}', which is not among the "
                    "operations that are known here; replace it by a layer of Keras."
                )
            self.function = function
            self.template = template

        def call(self, inputs: Any) -> Any:
            tensors = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]

            def fill(value: Any) -> Any:
                if isinstance(value, dict) and list(value) == ["tensor"]:
                    return tensors[value["tensor"]]
                if isinstance(value, dict):
                    return {k: fill(v) for k, v in value.items()}
                return [fill(item) for item in value] if isinstance(value, list) else value

            kept = dict(self.template)
            args = [fill(value) for value in kept.get("args", [])]
            keywords = {k: fill(v) for k, v in kept.get("kwargs", {}).items()}
            return functions[plain_name(self.function)](*args, **keywords)

    return Operation
