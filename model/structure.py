"""A network as a graph of layers within blocks within models: plain values, for a page to draw."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from model.description import NetworkDescription, Shape
from model.structure_blocks import Block, Item, by_names, first, last, size
from model.structure_names import Leaf, full_paths, model_paths, order
from model.structure_shape import Shaper

if TYPE_CHECKING:
    from model.steps import Graph, Step, Tensor

# Ids of nodes that are no layers; a layer's is its key, which has no colon.
INPUT, BLOCK = ":input", ":block"

# A model that holds more than this share of the layers is shown open.
MOST = 0.5


@dataclass(frozen=True, slots=True)
class Node:
    """A layer, a block of layers, a nested model, or the input.

    Attributes:
        id: unique; a layer's is its key.
        parent: id of the block or model that it lies in.
        title: short name inside its parent.
        name: full name.
        kind: class of the layer, "block", "model" or "input".
        layer: key of the description's layer; None for what is no layer.
        shape: of its output, without the batch.
        params: number of weights in it.
        layers: number of layers in it; 1 for a layer, 0 for the input.
        repeats: (id of the first alike, how many) of a block that is not the only one of its kinds
            of layers and connections; else None.
        open: whether it is to be shown open at first.
    """

    id: str
    parent: str | None
    title: str
    name: str
    kind: str
    layer: str | None
    shape: Shape
    params: int
    layers: int
    repeats: tuple[str, int] | None
    open: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """One layer takes what another gives out: ids of leaves, and the shape without the batch."""

    source: str
    target: str
    shape: Shape


@dataclass(frozen=True, slots=True)
class Structure:
    """The whole graph.

    Attributes:
        nodes: the input first; then each block before what lies in it, in an order in which the
            layers can be computed.
        edges: between leaves (layers and the input). Whichever blocks are closed, the graph in
            which each leaf stands for the outermost closed block around it has no cycles.
        input, output: ids of leaves.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    input: str
    output: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Structure":
        """What `to_json` gave; KeyError, TypeError or ValueError for anything else."""
        return cls(
            tuple(_node(node) for node in value["nodes"]),
            tuple(Edge(e["source"], e["target"], tuple(e["shape"])) for e in value["edges"]),
            str(value["input"]),
            str(value["output"]),
        )


def _node(value: dict[str, Any]) -> Node:
    repeats = value["repeats"]
    known = None if repeats is None else (str(repeats[0]), int(repeats[1]))
    return Node(**{**value, "shape": tuple(value["shape"]), "repeats": known})


def structure_of(graph: "Graph", description: NetworkDescription) -> Structure:
    """The graph's layers, in blocks, with the keys that they have in its description."""
    leaves = read_leaves(graph, description)
    made_by = graph.made_by(graph.output)
    output = len(leaves) - 1 if made_by is None else made_by
    return arrange(leaves, description.input_shape, leaves[output].key)


def read_leaves(graph: "Graph", description: NetworkDescription) -> list[Leaf]:
    """One leaf a step, in the order of the steps."""
    assert len(description.layers) == len(graph.steps)
    leaves = []
    for layer, step in zip(description.layers, graph.steps, strict=True):
        taken = _sources(graph, step)
        leaves.append(
            Leaf(
                layer.key,
                layer.name,
                layer.kind,
                layer.output_shape,
                layer.params,
                tuple(taken),
                tuple(taken.values()),
                id(step.layer),
            )
        )
    return leaves


def _sources(graph: "Graph", step: "Step") -> dict[int, Shape]:
    """Position of each step whose output this one takes, -1 for the input, and its shape."""
    taken: dict[int, Shape] = {}
    for tensor in origins(graph, step):
        maker = graph.made_by(tensor)
        taken.setdefault(-1 if maker is None else maker, tuple(tensor.shape[1:]))
    return taken


def origins(graph: "Graph", step: "Step") -> "list[Tensor]":
    """The outputs of other steps, and the graph's input, that a step takes; each once."""
    given = {id(tensor) for tensor in graph.inputs}
    found: dict[int, Tensor] = {}
    waiting = list(step.inputs)[::-1]
    while waiting:
        tensor = waiting.pop()
        if id(tensor) in given or graph.made_by(tensor) is not None:
            found[id(tensor)] = tensor
            continue
        # A cast between nested models is no step: behind it lies the tensor that is cast.
        history = getattr(tensor, "_keras_history", None)
        if history is not None:
            waiting += history.operation._inbound_nodes[history.node_index].input_tensors
    return list(found.values())


def arrange(leaves: Sequence[Leaf], input_shape: Shape, output: str) -> Structure:
    """The structure of these leaves, which stand in any order in which they can be computed.

    Args:
        output: key of the leaf that gives out what the network does.
    """
    models = model_paths(leaves)
    paths = full_paths(leaves, models)
    ordered = order(leaves, paths)
    place = {-1: -1, **{old: new for new, old in enumerate(ordered)}}
    arranged = [
        replace(leaves[old], sources=tuple(place[source] for source in leaves[old].sources))
        for old in ordered
    ]
    items = by_names([paths[old] for old in ordered], [len(models[old]) for old in ordered])
    shaper = Shaper(arranged)
    tree = _Nodes(arranged, shaper)
    tree.add(shaper.shape(items), None, "")
    given = Node(INPUT, None, "input", "input", "input", None, input_shape, 0, 0, None, False)
    edges = [
        Edge(INPUT if source < 0 else arranged[source].key, leaf.key, shape)
        for leaf in arranged
        for source, shape in zip(leaf.sources, leaf.shapes, strict=True)
    ]
    return Structure((given, *tree.finished()), tuple(edges), INPUT, output)


class _Nodes:
    """The nodes of a tree of blocks, those of one structure told."""

    def __init__(self, leaves: Sequence[Leaf], shaper: Shaper) -> None:
        self.leaves, self.shaper = leaves, shaper
        self.nodes: list[Node] = []
        # By signature, the ids of the blocks that have it.
        self.alike: dict[tuple[object, ...], list[str]] = {}
        self.blocks = 0

    def add(self, items: Sequence[Item], parent: str | None, within: str) -> None:
        """The nodes of a level; `within` is the name of the block that it lies in."""
        for item in items:
            if isinstance(item, Block):
                self._add_block(item, parent, within)
            else:
                leaf = self.leaves[item]
                title = _short(leaf.name, within)
                self.nodes.append(
                    Node(
                        leaf.key, parent, title, leaf.name, leaf.kind, leaf.key, leaf.shape,
                        leaf.params, 1, None, False,
                    )
                )  # fmt: skip

    def _add_block(self, block: Block, parent: str | None, within: str) -> None:
        self.blocks += 1
        id = f"{BLOCK}{self.blocks}"
        self.alike.setdefault(self.shaper.signature(block), []).append(id)
        count = size(block.items)
        inside = self.leaves[first(block) : last(block) + 1]
        name = block.title.strip("/")
        is_open = block.kind == "model" and count > MOST * len(self.leaves)
        self.nodes.append(
            Node(
                id, parent, _short(name, within), name, block.kind, None, self._outlet(block),
                sum(leaf.params for leaf in inside), count, None, is_open,
            )
        )  # fmt: skip
        self.add(block.items, id, name)

    def _outlet(self, block: Block) -> Shape:
        """Shape of what the block gives out."""
        end = last(block)
        for i in range(end, first(block) - 1, -1):
            if any(consumer > end for consumer in self.shaper.consumers[i]):
                return self.leaves[i].shape
        return self.leaves[end].shape

    def finished(self) -> list[Node]:
        told = {id: (ids[0], len(ids)) for ids in self.alike.values() if len(ids) > 1 for id in ids}
        return [replace(node, repeats=told.get(node.id)) for node in self.nodes]


def _short(name: str, within: str) -> str:
    """The name without that of the block that it lies in."""
    plain = name.rpartition("/")[2]
    outer = within.rpartition("/")[2]
    if within and (name.startswith(within + "/")):
        return name[len(within) + 1 :]
    rest = plain[len(outer) :] if outer and plain.startswith(outer) else ""
    return rest.lstrip("_.-") if rest[:1] in ("_", ".", "-") and len(rest) > 1 else plain
