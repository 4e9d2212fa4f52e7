"""Weights in the layouts of older Keras and of graphics cards, made into those of today.

The formulas follow from the layers' definitions: which axis of a kernel is which, and in which
order the gates of a recurrent layer stand.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from model.assemble import Origin
from model.weights.found import Array, Found, of_array

CONVOLUTIONS = ("Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "Conv3DTranspose")
# Gates of Keras 1, a kernel, a recurrent kernel and a bias each, in the order of its lists, and
# where today's Keras wants them: i f c o for an LSTM, z r h for a GRU.
LSTM_GATES = (0, 2, 1, 3)
GRU_GATES = (0, 1, 2)


def convert(
    layer: Any, origin: Origin, found: list[Found], backend: str
) -> tuple[list[Found], str | None]:
    """The arrays of one layer as today's layer wants them.

    Args:
        layer: that has the variables; of a recurrent layer its cell.
        backend: that the file was written on ("theano", "tensorflow", "" when unknown).

    Returns:
        The arrays, and what to tell of it.
    """
    kind = type(layer).__name__
    if kind in CONVOLUTIONS:
        return _convolution(kind, layer, origin, found, backend)
    if kind in ("LSTMCell", "ConvLSTMCell", "GRUCell"):
        gates = GRU_GATES if kind == "GRUCell" else LSTM_GATES
        if len(found) == 3 * len(gates):
            return _joined(found, gates), None
        if origin.class_name.startswith("CuDNN") or _is_cudnn(kind, layer, found):
            return _from_cudnn(kind, layer, found), None
    return found, None


def _convolution(
    kind: str, layer: Any, origin: Origin, found: list[Found], backend: str
) -> tuple[list[Found], str | None]:
    kernel = next((f for f in found if f.kind == "kernel"), None)
    if kernel is None:
        return found, None
    is_keras1 = "nb_filter" in origin.config
    first = getattr(layer, "data_format", "") == "channels_first"
    told = None
    change: Callable[[Array], Array] | None = None
    axes = _axes(kind, layer, kernel.shape, first) if is_keras1 else None
    # Theano slides kernels mirrored. Keras 1 did not write down its backend; who ordered images
    # as Theano does ran on Theano, the default of that time.
    flips = backend == "theano" or (is_keras1 and first and not backend)
    if axes is not None or flips:
        rank = len(layer.kernel_size)

        def change(array: Array) -> Array:
            if axes is not None:
                array = array.transpose(axes)
                if kind == "Conv1D" and array.ndim == 4:
                    array = array[:, 0]
            return array[(slice(None, None, -1),) * rank] if flips else array

    if change is None:
        return found, None
    if flips:
        told = "Kernels of Theano were mirrored, as it slides them the other way."
    converted = of_array(kernel.name, np.ascontiguousarray(change(kernel.read())))
    return [converted if f is kernel else f for f in found], told


def _axes(kind: str, layer: Any, shape: tuple[int, ...], first: bool) -> tuple[int, ...] | None:
    """How Keras 1's kernel is transposed, None where it has today's order."""
    if kind == "Conv1D" and len(shape) == 4:
        if shape[1] == 1 and shape[0] == layer.kernel_size[0]:
            return (0, 1, 2, 3)
        return (2, 3, 1, 0)
    if kind == "Conv2D" and first:
        return (2, 3, 1, 0)
    if kind == "Conv3D" and first:
        return (2, 3, 4, 1, 0)
    if kind == "Conv2DTranspose":
        return (2, 3, 0, 1) if first else (0, 1, 3, 2)
    return None


def _joined(found: list[Found], gates: tuple[int, ...]) -> list[Found]:
    """One array a gate -> kernel, recurrent_kernel, bias with the gates side by side."""
    arrays = [f.read() for f in found]
    names = ("kernel", "recurrent_kernel", "bias")
    return [
        of_array(name, np.concatenate([arrays[3 * gate + i] for gate in gates], axis=-1))
        for i, name in enumerate(names)
    ]


def _is_cudnn(kind: str, layer: Any, found: list[Found]) -> bool:
    """Whether the bias has the size that only cuDNN's has; weights may be kept by either layer."""
    bias = next((f for f in found if f.kind == "bias"), None)
    if bias is None or len(bias.shape) != 1 or kind == "ConvLSTMCell":
        return False
    units = int(layer.units)
    return bias.shape[0] == (8 if kind == "LSTMCell" else 6) * units


def _from_cudnn(kind: str, layer: Any, found: list[Found]) -> list[Found]:
    """cuDNN has two biases, and its kernels are transposed within each gate."""
    by_kind = {f.kind: f.read() for f in found}
    kernel, recurrent, bias = (by_kind[k] for k in ("kernel", "recurrent_kernel", "bias"))
    count, units = (4, layer.units) if kind == "LSTMCell" else (3, layer.units)
    if kind == "LSTMCell":
        if bias.shape == (2 * count * units,):
            # The order of the gates is the same; recurrent kernels are transposed one by one.
            bias = bias[: count * units] + bias[count * units :]
        kernel = _gates(kernel, count, lambda k: k.T.reshape(k.shape, order="F"))
        recurrent = _gates(recurrent, count, lambda k: k.T)
    else:
        kernel = _gates(kernel, count, lambda k: k.T.reshape(k.shape, order="F"))
        recurrent = _gates(recurrent, count, lambda k: k.T)
        bias = bias.reshape((2, count * units))
    return [
        of_array("kernel", kernel),
        of_array("recurrent_kernel", recurrent),
        of_array("bias", bias),
    ]


def _gates(array: Array, count: int, change: Callable[[Array], Array]) -> Array:
    return np.hstack([change(part) for part in np.hsplit(array, count)])
