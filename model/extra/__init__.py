"""Layers and functions of older Keras that today's Keras does not have, written with keras.ops."""

import functools
from collections.abc import Callable
from typing import Any

from model.extra.operations import operation_layer


@functools.cache
def layers() -> dict[str, type]:
    """Class by the name that repaired configs give it. Keras is imported when first asked."""
    from model.extra.local import local_layers
    from model.extra.old import old_layers

    return {**old_layers(), **local_layers(), "Operation": operation_layer()}


def functions() -> dict[str, Callable[..., Any]]:
    """Activation by the name that repaired configs give it."""
    return {"innerview>hard_sigmoid": hard_sigmoid}


def hard_sigmoid(x: Any) -> Any:
    """clip(0.2 x + 0.5, 0, 1), as in Keras 1 and 2."""
    import keras

    return keras.ops.clip(0.2 * x + 0.5, 0.0, 1.0)
