"""A SavedModel's variables in the layout of Keras's HDF5 files, for whoever reads those."""

import contextlib
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.archive import savedmodel as files
from model.archive import wire
from util import ModelError

if TYPE_CHECKING:
    import h5py

OBJECTS = "_CHECKPOINTABLE_OBJECT_GRAPH"
VALUE = "VARIABLE_VALUE"
# Parts of a layer that are lists of what lies elsewhere in it, or are no weights of it.
NOT_OWN = ("variables", "trainable_variables", "regularization_losses", "keras_api", "optimizer",
           "signatures", "loss", "metrics", "keras_training_state")  # fmt: skip


@contextlib.contextmanager
def as_hdf5(folder: Path) -> Iterator["h5py.File"]:
    """The variables in memory: a group a layer, its weights by name, as model.save('NAME.h5') does.

    Raises:
        ModelError: they are damaged, or claim more than they hold.
    """
    import h5py

    try:
        found = _Variables(folder)
        layers = found.layers()
    except wire.WireError:
        raise ModelError(f"{folder} is a damaged SavedModel; copy it again.") from None
    with h5py.File("variables", "w", driver="core", backing_store=False) as file:
        file.attrs["layer_names"] = [name.encode() for name in layers]
        for name, weights in layers.items():
            group = file.create_group(name)
            names = []
            for number, (weight, key) in enumerate(weights):
                unique = weight if weight not in names else f"{weight}_{number}"
                group.create_dataset(unique, data=found.read(key))
                names.append(unique)
            group.attrs["weight_names"] = [name.encode() for name in names]
        yield file


class _Variables:
    """The checkpoint of a SavedModel, by the objects that have them."""

    def __init__(self, folder: Path) -> None:
        import tensorflow as tf

        self.folder = folder
        prefix = folder / files.VARIABLES / "variables"
        try:
            self.reader = tf.train.load_checkpoint(str(prefix))
            self._check_sizes(prefix.parent)
            objects = self.reader.get_tensor(OBJECTS)
        except ModelError:
            raise
        except Exception:
            raise ModelError(
                f"{prefix.parent} holds no readable checkpoint; copy the whole SavedModel again."
            ) from None
        # TrackableObjectGraph.nodes = 1; its children = 1 (node_id = 1, local_name = 2) and
        # attributes = 2 (name = 1, full_name = 2, checkpoint_key = 3).
        nodes = list(wire.messages(objects, 1))
        self.children = [
            {wire.text(c, 2): wire.integer(c, 1) for c in wire.messages(node, 1)} for node in nodes
        ]
        self.values = [
            [(wire.text(a, 2), wire.text(a, 3)) for a in wire.messages(node, 2)
             if wire.text(a, 1) == VALUE]
            for node in nodes
        ]  # fmt: skip

    def _check_sizes(self, folder: Path) -> None:
        stored = sum(path.stat().st_size for path in folder.iterdir())
        types = self.reader.get_variable_to_dtype_map()
        claimed = sum(
            math.prod(shape) * max(1, types[name].size or 1)
            for name, shape in self.reader.get_variable_to_shape_map().items()
        )
        if claimed > stored:
            raise ModelError(
                f"{folder} claims variables of {claimed:,} bytes, but holds {stored:,}; copy the "
                "whole SavedModel again."
            )

    def layers(self) -> dict[str, list[tuple[str, str]]]:
        """Layer -> (name of the weight, key in the checkpoint), in the network's order."""
        objects, told = files.nodes(self.folder)
        if not objects or not self.children:
            raise wire.WireError("no objects")
        parts = [(_number(name), name) for name in objects[0] if name.startswith("layer-")]
        result: dict[str, list[tuple[str, str]]] = {}
        for number, part in sorted(parts):
            node = self.children[0].get(part)
            name = _layer_name(told.get(objects[0][part], ("", ""))[1]) or f"layer_{number}"
            weights = [] if node is None else self._weights(node)
            if weights:
                result[name] = weights
        return result

    def _weights(self, layer: int) -> list[tuple[str, str]]:
        """Of a layer and its parts, in the order of its weights: trained ones first."""
        listed = self._part(layer, "variables")
        if listed is not None:
            numbers = sorted((_number(n), i) for n, i in self.children[listed].items())
            nodes = [node for _, node in numbers]
        else:
            nodes = self._below(layer)
        return [
            (_weight_name(full, key), key)
            for node in dict.fromkeys(nodes)
            for full, key in self._values(node)
        ]

    def _below(self, layer: int) -> list[int]:
        seen, waiting, order = {layer}, [layer], []
        while waiting:
            node = waiting.pop(0)
            order.append(node)
            for name, child in self._children(node).items():
                if name not in NOT_OWN and child not in seen:
                    seen.add(child)
                    waiting.append(child)
        return order

    def _part(self, node: int, name: str) -> int | None:
        found = self._children(node).get(name)
        return found if found is not None and found < len(self.children) else None

    def _children(self, node: int) -> dict[str, int]:
        return self.children[node] if node < len(self.children) else {}

    def _values(self, node: int) -> list[tuple[str, str]]:
        return self.values[node] if node < len(self.values) else []

    def read(self, key: str) -> Any:
        try:
            value = self.reader.get_tensor(key)
        except Exception:
            raise ModelError(
                f"{self.folder}: the variable {key} cannot be read; copy the SavedModel again."
            ) from None
        if value.dtype.kind not in "fiub":
            raise ModelError(f"{self.folder}: the variable {key} holds no numbers.")
        return value


def _number(name: str) -> int:
    digits = name.rsplit("-", 1)[-1]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0


def _layer_name(metadata: str) -> str:
    try:
        name = json.loads(metadata).get("name")
    except (ValueError, AttributeError, RecursionError):
        return ""
    return name.replace("/", "_") if isinstance(name, str) else ""


def _weight_name(full: str, key: str) -> str:
    """As HDF5 has it, "conv/kernel:0"; the key is "layer-0/kernel/.ATTRIBUTES/VARIABLE_VALUE"."""
    name = full or key.split("/.ATTRIBUTES")[0]
    return f"{name.strip('/') or 'weight'}:0"
