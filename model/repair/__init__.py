"""Configs of older Keras made into what today's Keras rebuilds, by small steps with a reason each.

A repair takes a config and gives a new one with a sentence for the user, or None where it found
nothing to tell. None changes what it is given, and none needs the weights.
"""

from dataclasses import dataclass
from typing import Any

from model.repair import arguments, inputs, models, names_keras1, neutral, nodes, ops, unknown
from model.repair.tree import Config, Repair, inner, is_layer, layers_of
from util import ModelError

# In this order: names first, since later repairs look for classes by their present name.
REPAIRS: tuple[Repair, ...] = (
    models.wrap_bare_lists,
    neutral.plain_numbers,
    models.remember_origin,
    names_keras1.rename_classes,
    names_keras1.rename_arguments,
    names_keras1.split_merges,
    names_keras1.branch_merges,
    models.name_models,
    arguments.rename_classes,
    arguments.rename_arguments,
    arguments.plain_activations,
    arguments.mend_values,
    neutral.neutralise,
    neutral.as_float32,
    inputs.modern_input_layers,
    inputs.explicit_inputs,
    inputs.stateless,
    inputs.drop_shapes,
    nodes.modern_nodes,
    ops.known_operations,
    models.rename_slashes,
    unknown.drop_arguments,
)
# What a formula, or a call, meant when the file was written.
OLD_REPAIRS: tuple[Repair, ...] = (arguments.old_activations, nodes.as_in_use)


@dataclass(frozen=True, slots=True)
class Repaired:
    """A config that today's Keras can rebuild, as far as its layers are known.

    Attributes:
        config: class_name and config of the model; each layer has its "origin", the class, name
            and config before the repairs, and its "inbound_nodes" as Keras 3 writes them.
        repairs: what was done; a sentence each.
    """

    config: Config
    repairs: tuple[str, ...]


def repair(config: Config, version: str) -> Repaired:
    """Apply every repair.

    Args:
        config: class_name and config of a model, of any version of Keras.
        version: of the Keras that wrote it, "" when unknown.

    Raises:
        ModelError: it describes no model, or something that Keras 3 cannot do.
    """
    told: list[str] = []
    kept = () if is_keras3(config, version) else OLD_REPAIRS
    try:
        for step in (*REPAIRS, *kept):
            config, sentence = step(config)
            if sentence:
                told.append(sentence)
    except (AttributeError, KeyError, TypeError, ValueError, IndexError, RecursionError) as error:
        # The shape of the config is a stranger's; whatever a step did not expect ends here.
        raise ModelError(
            f"The description of the layers is malformed: {type(error).__name__} {error}."
        ) from error
    return Repaired(config, tuple(told))


def is_keras3(config: Config, version: str) -> bool:
    """Whether Keras 3 wrote a config, where the version is not told by what only it writes."""
    if version[:1].isdigit():
        return int(version.split(".")[0]) >= 3
    for entry in layers_of(config):
        content = inner(entry)
        if entry["class_name"] == "InputLayer" and "batch_shape" in content:
            return True
        dtype: Any = content.get("dtype")
        if is_layer(dtype) and dtype["class_name"] == "DTypePolicy":
            return True
    return False
