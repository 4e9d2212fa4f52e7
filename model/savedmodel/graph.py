"""TensorFlow's graph in a SavedModel: its signatures, and whether its operations only compute."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from model.archive import wire
from model.savedmodel.ops import COMPUTING, RESTORING
from util import ModelError

INIT = "__saved_model_init_op"
# The one that Keras and TensorFlow write comes first.
PREFERRED = ("serving_default", "serve", "default", "predict", "image_classification")
# TensorFlow's numbers of the types that images and scores come in.
TYPES = {1: "float32", 2: "float64", 3: "int32", 4: "uint8", 6: "int8", 9: "int64",
         14: "bfloat16", 19: "float16"}  # fmt: skip
MAX_NODES = 2_000_000
SHOWN = 5

Data = bytes | memoryview


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input of a signature: its shape with the batch; None where unknown or no numbers."""

    dtype: str | None
    shape: tuple[int | None, ...] | None


@dataclass(frozen=True, slots=True)
class Signature:
    """A function that a SavedModel offers to be called."""

    name: str
    inputs: dict[str, Tensor]
    outputs: tuple[str, ...]


def find_signature(graph: Data, folder: Path) -> Signature:
    """The signature for images: the usual one, or the only one.

    Raises:
        ModelError: there is none.
    """
    found = dict(_entries(graph, 5))
    found.pop(INIT, None)
    if not found:
        raise ModelError(
            f"{folder} is a SavedModel without a signature to call; export the network again with "
            "model.export('FOLDER')."
        )
    name = next((name for name in PREFERRED if name in found), next(iter(found)))
    inputs = {key: _tensor(value) for key, value in _entries(found[name], 1)}
    return Signature(name, inputs, tuple(key for key, _ in _entries(found[name], 2)))


def _entries(data: Data, number: int) -> Iterator[tuple[str, memoryview]]:
    """A map of protobuf: messages of a key = 1 and a value = 2."""
    for entry in wire.messages(data, number):
        yield wire.text(entry, 1), wire.message(entry, 2)


def _tensor(info: Data) -> Tensor:
    """TensorInfo: name = 1, dtype = 2, tensor_shape = 3 (dim = 2: size = 1; unknown_rank = 3)."""
    shape = wire.message(info, 3)
    sizes = [wire.integer(dim, 1) for dim in wire.messages(shape, 2)]
    # -1 for any size, kept as an unsigned number.
    known = tuple(None if size >= 2**63 else size for size in sizes)
    unknown = bool(wire.integer(shape, 3))
    return Tensor(TYPES.get(wire.integer(info, 2)), None if unknown else known)


def check_operations(graph: Data, folder: Path) -> None:
    """Refuse a graph that would do anything but compute, wherever loading or calling it leads.

    Raises:
        ModelError: names the operations.
    """
    parts = _Graph(graph)
    found = parts.operations(parts.called(), COMPUTING)
    found |= parts.operations(parts.restoring(), COMPUTING | RESTORING)
    if found:
        shown = ", ".join(sorted(found)[:SHOWN])
        more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        raise ModelError(
            f"{folder} holds TensorFlow operations that may do more than compute ({shown}{more}), "
            "and is not run; export the network without them, or save it with "
            "model.save('NAME.keras')."
        )


@dataclass(frozen=True, slots=True)
class _Node:
    operation: str
    inputs: tuple[str, ...]
    functions: tuple[str, ...]


class _Graph:
    """MetaGraphDef: graph_def = 2, saver_def = 3, collections = 4, signatures = 5, objects = 7."""

    def __init__(self, graph: Data) -> None:
        self.graph = graph
        self.count = 0
        definition = wire.message(graph, 2)
        # GraphDef: node = 1, library = 2 (function = 1: signature = 1 (name = 1), node_def = 3).
        self.nodes = {wire.text(n, 1): self._node(n) for n in wire.messages(definition, 1)}
        self.functions = {
            wire.text(wire.message(function, 1), 1): [
                self._node(n) for n in wire.messages(function, 3)
            ]
            for function in wire.messages(wire.message(definition, 2), 1)
        }

    def _node(self, node: Data) -> _Node:
        """NodeDef: name = 1, op = 2, input = 3, attr = 5 (AttrValue: list = 1, func = 10)."""
        self.count += 1
        if self.count > MAX_NODES:
            raise ModelError("The graph has more operations than any network.")
        inputs = tuple(_plain(bytes(i).decode("utf-8", "replace")) for i in wire.messages(node, 3))
        functions: list[str] = []
        for _, value in _entries(node, 5):
            functions += [wire.text(f, 1) for f in wire.messages(value, 10)]
            functions += [
                wire.text(f, 1) for part in wire.messages(value, 1) for f in wire.messages(part, 9)
            ]
        return _Node(wire.text(node, 2), inputs, tuple(functions))

    def called(self) -> list[_Node]:
        """What runs when the model is loaded or a signature called, functions not yet entered."""
        # SignatureDef.outputs = 2, TensorInfo.name = 1; CollectionDef.node_list = 1, value = 1.
        names = [
            wire.text(output, 1)
            for _, signature in _entries(self.graph, 5)
            for _, output in _entries(signature, 2)
        ]
        for _, collection in _entries(self.graph, 4):
            for part in wire.messages(collection, 1):
                names += [bytes(v).decode("utf-8", "replace") for v in wire.messages(part, 1)]
        # SavedObjectGraph.concrete_functions = 2: loading calls those of resources.
        objects = [name for name, _ in _entries(wire.message(self.graph, 7), 2)]
        return [*self._before(names), _Node("NoOp", (), tuple(objects))]

    def restoring(self) -> list[_Node]:
        """SaverDef.restore_op_name = 3."""
        return self._before([wire.text(wire.message(self.graph, 3), 3)])

    def _before(self, names: Iterable[str]) -> list[_Node]:
        """The nodes that a list of nodes needs, themselves included."""
        waiting = [_plain(name) for name in names]
        seen: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name in self.nodes and name not in seen:
                seen.add(name)
                waiting.extend(self.nodes[name].inputs)
        return [self.nodes[name] for name in seen]

    def operations(self, start: list[_Node], allowed: frozenset[str]) -> set[str]:
        """Operations reached that are not allowed; a function of the library is entered."""
        found: set[str] = set()
        entered: set[str] = set()
        waiting = list(start)
        while waiting:
            node = waiting.pop()
            names = node.functions
            if node.operation in self.functions:
                names = (*names, node.operation)
            elif node.operation not in allowed:
                found.add("".join(c if c.isprintable() else "?" for c in node.operation[:60]))
            for name in names:
                if name not in entered:
                    entered.add(name)
                    waiting.extend(self.functions.get(name, ()))
        return found


def _plain(name: str) -> str:
    """The node of a tensor "name:0" or of an order "^name"."""
    return name.removeprefix("^").split(":")[0]
