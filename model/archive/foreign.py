"""What in a description would make Keras run or import code that is not its own."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from model.archive.config import Config, nodes
from util import ModelError

# Layers that run code kept in the file, or that read other files.
EXECUTING_LAYERS = {
    "Lambda": "runs Python code kept in the file",
    "TorchModuleWrapper": "unpickles a PyTorch module",
    "TFSMLayer": "runs a TensorFlow SavedModel",
    "JaxLayer": "runs a pickled JAX function",
    "FlaxLayer": "runs a pickled Flax module",
    "__lambda__": "is Python bytecode",
    "__bytes__": "is a Python object of unknown content",
}
# These a user's own function can stand in for; the code in the file is not run even then.
REPLACEABLE = ("Lambda", "__lambda__")

# Where Keras's own classes live; a config that names any other module asks for code to be imported.
KERAS_MODULES = (
    "keras", "keras.layers", "keras.models", "keras.initializers", "keras.regularizers",
    "keras.constraints", "keras.activations", "keras.dtype_policies", "keras.mixed_precision",
    "keras.losses", "keras.metrics", "keras.optimizers", "keras.ops", "builtins",
)  # fmt: skip
KERAS_MODULE_TREES = (
    "keras.src.", "keras.engine.", "keras.layers.", "keras.ops.", "tensorflow.python.keras.",
    "tf_keras.", "keras.legacy_tf_layers.", "keras.mixed_precision.", "keras.optimizers.",
)  # fmt: skip
# A function is one of Keras's when it is called like one of these and lives in no other place.
ACTIVATIONS = frozenset((
    "celu", "elu", "exponential", "gelu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu",
    "hard_swish", "hard_tanh", "leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "relu",
    "relu6", "selu", "sigmoid", "silu", "softmax", "soft_shrink", "softplus", "softsign",
    "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus", "swish", "tanh", "tanh_shrink",
    "threshold", "identity",
))  # fmt: skip
FUNCTION_MODULES = (
    None, "builtins", "keras.activations", "tensorflow.python.ops.nn_ops",
    "tensorflow.python.ops.gen_nn_ops", "tensorflow.python.ops.nn_impl",
)  # fmt: skip
# Registered under Keras's own name, as Keras 2.13 and later did with some of its classes.
OWN_PACKAGES = ("keras", "Keras", "keras_src", "tf_keras")
# Layers that keras.applications wrote as custom ones; model/extra has them.
OF_APPLICATIONS = ("CustomScaleLayer", "LayerScale", "StochasticDepth", "FixedDropout")
# People write layers of that name too; this argument tells which one it is.
TELLING = {"LayerScale": "projection_dim"}
# What only training needs is taken out before anything is built, whatever class it is of.
TRAINING = ("_initializer", "_regularizer", "_constraint")
SHOWN = 5


def refuse_code(config: Config, path: Path, custom_objects: Path | None = None) -> None:
    """Refuse a config that makes Keras import or run anything beside its own classes.

    Args:
        config: as it stands in a file; initializers and their like are not judged.
        custom_objects: a Python file of the user's own; where there is one, custom classes,
            functions and Lambda layers are let through, to be replaced by what is in it.

    Raises:
        ModelError: names the layers, classes and functions that would.
    """
    found = _found(config)
    if custom_objects is not None:
        found = [part for part in found if part[2] is not None and part[1] not in REPLACEABLE]
        if found:
            raise ModelError(
                f"{path}: {_listed(found)}: nothing in a model file is executed here, and a file "
                "of custom objects cannot replace such a layer; replace it by Keras's own layers "
                "and save again."
            )
    elif found:
        raise ModelError(
            f"{path}: {_listed(found)}: nothing in a model file is executed here, and what is not "
            "part of Keras is not imported; give the code yourself with --custom-objects FILE.py "
            "(its classes and functions by name, a Lambda layer as a function named like the "
            "layer), or replace it by Keras's own layers and save again."
        )


def refuse_missing(config: Config, path: Path, objects: Iterable[str]) -> None:
    """Refuse a repaired config that names code which nobody has given; all of it is judged.

    Args:
        objects: names of the classes and functions in the user's own file.

    Raises:
        ModelError: names what is missing.
    """
    known = {*objects, *EXECUTING_LAYERS}
    found = [
        (name, kind, does)
        for name, kind, does in _found(config, judged_whole=True)
        if (name if kind == "function" else kind.rsplit(">", 1)[-1]) not in known
    ]
    if found:
        raise ModelError(
            f"{path}: {_listed(found)}, and nothing outside of Keras is imported; give the code "
            "with --custom-objects FILE.py."
        )


def custom_names(config: Config) -> tuple[str, ...]:
    """Names of the layers, classes and functions in a config that are not Keras's own."""
    return tuple(dict.fromkeys(name for name, _, _ in _found(config)))


def _found(config: Config, judged_whole: bool = False) -> list[tuple[str, str, str | None]]:
    """(name, class, what it does or None for a custom one), each once, in the config's order."""
    found: dict[tuple[str, str, str | None], None] = {}
    for node in nodes(config, () if judged_whole else TRAINING):
        kind = node.get("class_name")
        if isinstance(kind, str):
            inner = node.get("config")
            name = inner.get("name") if isinstance(inner, dict) else None
            plain = kind.rsplit(">", 1)[-1]
            if plain in EXECUTING_LAYERS:
                found[shown(name or plain), plain, EXECUTING_LAYERS[plain]] = None
            elif is_foreign(node, kind):
                called = name or (inner if isinstance(inner, str) else kind)
                found[shown(called), shown(kind), None] = None
        elif _imports(node):
            found[shown(node.get("registered_name") or node.get("module")), "object", None] = None
    # The walk goes from the end to the start.
    return list(reversed(found))


def shown(text: Any) -> str:
    """A name of a stranger's, short and without anything that a terminal would obey."""
    plain = "".join(c if c.isprintable() else "?" for c in str(text))
    return plain if len(plain) <= 60 else plain[:57] + "..."


def _listed(found: list[tuple[str, str, str | None]]) -> str:
    parts = [
        f"'{name}' ({kind}) {does or 'is a custom class or function'}"
        for name, kind, does in found[:SHOWN]
    ]
    more = len(found) - len(parts)
    return ", ".join(parts) + (f" and {more} more" if more else "")


def is_foreign(node: Config, kind: str) -> bool:
    """Whether a node of this class is not Keras's own, though it may be called like one of its."""
    if kind == "function":
        inner = node.get("config")
        name = inner if isinstance(inner, str) else None
        return name not in ACTIVATIONS or node.get("module") not in FUNCTION_MODULES
    registered = node.get("registered_name")
    if _is_of_applications(node, kind.rpartition(">")[2]):
        return False
    if not _is_keras(node.get("module")):
        return True
    package, mark, _ = kind.rpartition(">")
    if mark and package not in OWN_PACKAGES:
        return True
    if not isinstance(registered, str):
        return False
    package, mark, _ = registered.rpartition(">")
    return bool(mark) and package not in OWN_PACKAGES


def _is_of_applications(node: Config, plain: str) -> bool:
    inner = node.get("config")
    telling = TELLING.get(plain)
    told = telling is None or (isinstance(inner, dict) and telling in inner)
    return plain in OF_APPLICATIONS and told


def _is_keras(module: Any) -> bool:
    return module is None or (
        isinstance(module, str)
        and (module in KERAS_MODULES or module.startswith(KERAS_MODULE_TREES))
    )


def _imports(node: Config) -> bool:
    """A node without a class that names a module to import, as serialised objects do."""
    module = node.get("module")
    return isinstance(module, str) and "config" in node and not _is_keras(module)
