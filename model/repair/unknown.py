"""Classes as today's Keras has them: which exist, and what their constructors take."""

import functools
import inspect
from typing import Any

from model.archive.foreign import is_foreign
from model.repair.tree import Config, each_layer, inner, is_model, is_operation, told

# Told by name when dropped: losing these could change results, unlike the many that cannot.
SILENT = {
    "implementation", "groups", "fused", "virtual_batch_size", "adjustment", "renorm",
    "renorm_clipping", "renorm_momentum", "ragged", "sparse", "consume_less", "batch_size",
    "time_major", "build_config", "experimental_autocast", "autocast", "synchronized",
    "output_shape", "lr", "quantization_config", "rng_type", "query_shape", "key_shape",
    "value_shape", "trainable", "unroll", "zero_output_for_mask", "input_length", "force_generator",
}  # fmt: skip


def find_class(kind: str) -> type | None:
    """A layer's class by name: of Keras, or of ours for what Keras has no more."""
    import keras

    from model import extra

    own = extra.layers().get(kind)
    if own is not None:
        return own
    # Keras's namespace holds functions and modules too.
    found = getattr(keras.layers, kind, None) if kind.isidentifier() else None
    is_class = isinstance(found, type) and issubclass(found, keras.layers.Layer)
    return found if is_class else None


@functools.cache
def accepted(kind: type) -> frozenset[str]:
    """Names of a constructor's arguments, over the bases that it hands the rest on to."""
    names: set[str] = set()
    for base in kind.__mro__:
        if "__init__" not in vars(base):
            continue
        parameters = inspect.signature(vars(base)["__init__"]).parameters.values()
        kinds = {parameter.kind for parameter in parameters}
        names |= {p.name for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)}
        if inspect.Parameter.VAR_KEYWORD not in kinds:
            break
    return frozenset(names - {"self", "args", "kwargs"})


def drop_arguments(config: Config) -> tuple[Config, str | None]:
    """Arguments that a class does not have any more are dropped, by its signature."""
    dropped: list[str] = []

    def drop(entry: Config) -> Config | None:
        # A Lambda is never made of its config: the user's own function takes its place.
        if is_model(entry) or is_operation(entry) or entry["class_name"] == "Lambda":
            return None
        kind = find_class(str(entry["class_name"]))
        # A class of the user's own may be called like one of Keras's, and take other arguments.
        if kind is None or is_foreign(entry, str(entry["class_name"])):
            return None
        allowed = accepted(kind)
        content: dict[str, Any] = inner(entry)
        unknown = [key for key in content if key not in allowed]
        if not unknown:
            return None
        dropped.extend(
            f"{entry['class_name']} {key}"
            for key in unknown
            if key not in SILENT
            and not key.endswith("_initializer")
            and kind.__name__ != "Identity"
        )
        return {**entry, "config": {k: v for k, v in content.items() if k in allowed}}

    new, _ = each_layer(config, drop)
    return new, told("Arguments that Keras 3 does not have were left out", dropped)
