"""Blocks where names tell nothing: regions, repeated runs, stages, and what lies in a row.

A block is a run of the layers in the order of `structure_names.order`, and blocks lie in each other
or apart. Whichever of them are closed, the graph of what is left has no cycles therefore.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

from model.structure_blocks import Block, Item, first, flattened, is_most, last, size
from model.structure_names import Leaf, consumers_of, is_automatic, own_name

# A network, or a model inside it, of so few nodes needs no blocks.
FEW = 10
# From here on repeated runs become blocks, and from here on blocks are gathered to stages.
MANY, CROWDED = 16, 24
# Runs of neighbours that a level has at least for them to become blocks.
LEAST_RUNS = 3
# A level of blocks that are all alike is a list, which may be longer.
MOST_ALIKE = 64
# Chunks of a level that nothing else could part, for the square root of its length.
CHUNKS = 1.5
# A region of fewer layers, such as an activation and a product, is no block.
LEAST_REGION = 3

# What belongs to the sum before it.
ACTIVATIONS = ("Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Relu", "Relu6", "Silu", "Gelu")
# What only finishes what the layer before it has made: no block begins with it.
FINISHING = (
    *ACTIVATIONS, "BatchNormalization", "LayerNormalization", "GroupNormalization", "Dropout",
    "SpatialDropout2D", "MaxPooling2D", "AveragePooling2D",
)  # fmt: skip


class Shaper:
    """Parts long levels by what the layers are and how they are connected."""

    def __init__(self, leaves: Sequence[Leaf]) -> None:
        """`leaves` in their order, their sources being positions in it."""
        self.leaves = leaves
        self.consumers = consumers_of(leaves)

    def shape(self, items: list[Item]) -> list[Item]:
        """The level with few enough items to be taken in, and each level inside it likewise."""
        if size(items) <= FEW:
            items = flattened(items)
        if len(items) > MANY:
            items = self.regions(items)
        if len(items) > MANY:
            items = self.motifs(items)
        if len(items) > CROWDED:
            items = self.stages(items)
        if len(items) > CROWDED:
            items = self.alike(items)
        if len(items) > (MOST_ALIKE if self._are_alike(items) else CROWDED):
            items = _chunks(items)
        _number(items)
        for item in items:
            # Nothing above makes a single block of a level, so this comes to an end.
            if isinstance(item, Block):
                item.items = self.shape(item.items)
        return items

    def _are_alike(self, items: Sequence[Item]) -> bool:
        blocks = all(isinstance(item, Block) for item in items)
        return blocks and len({self.signature(item) for item in items}) == 1

    def signature(self, item: Item) -> tuple[object, ...]:
        """Equal for blocks of the same kinds of layers, connected alike."""
        if isinstance(item, int):
            return (self.leaves[item].kind,)
        start = first(item)
        return tuple(
            (
                self.leaves[i].kind,
                tuple(i - s if s >= start else None for s in self.leaves[i].sources),
            )
            for i in range(start, last(item) + 1)
        )

    def segments(self, items: Sequence[Item]) -> list[list[Item]]:
        """The level cut wherever a single item's output is all that goes on."""
        start, n = first(items[0]), len(items)
        of_leaf = {i: k for k, item in enumerate(items) for i in range(first(item), last(item) + 1)}
        furthest, inlet = [0] * n, -1
        for i, k in of_leaf.items():
            ends = [of_leaf.get(consumer, n - 1) for consumer in self.consumers[i]]
            furthest[k] = max([furthest[k], *ends])
            if any(source < start for source in self.leaves[i].sources):
                inlet = max(inlet, k)
        segments: list[list[Item]] = []
        current: list[Item] = []
        # Where the inlet is taken by several, they are parts of one region.
        reached = inlet if inlet > 0 else -1
        for k, item in enumerate(items):
            current.append(item)
            if reached <= k:
                segments.append(current)
                current = []
            reached = max(reached, furthest[k])
        return segments + ([current] if current else [])

    def regions(self, items: list[Item]) -> list[Item]:
        """Branches that part and join become a block, with what finishes them."""
        segments = self.segments(items)
        if len(segments) == 1:
            return items
        shaped: list[Item] = []
        region: Block | None = None
        for segment in segments:
            item = segment[0]
            if len(segment) >= LEAST_REGION:
                region = Block(self._telling(segment[-1]), "block", segment)
                if is_most(region, size(items)):
                    return items
                shaped.append(region)
            elif isinstance(item, Block) and self._joins(segment):
                item.items.append(segment[1])
                region = item
                shaped.append(region)
            elif region and len(segment) == 1 and self._finishes(item):
                region.items.append(item)
            else:
                region = None
                shaped += segment
        return shaped if len(shaped) > 1 else items

    def _finishes(self, item: Item) -> bool:
        return isinstance(item, int) and self.leaves[item].kind in ACTIVATIONS

    def _joins(self, segment: Sequence[Item]) -> bool:
        """Whether it is a block, and a sum with what went in, whose name does not tell of it."""
        block, join = segment[0], segment[-1]
        if len(segment) != 2 or not isinstance(block, Block) or not isinstance(join, int):
            return False
        return block.kind == "block" and not self._telling(join)

    def _telling(self, item: Item) -> str:
        """The name of the layer that joins a region, if a person chose it."""
        leaf = self.leaves[last(item)]
        name = own_name(leaf)
        return "" if is_automatic(name, leaf.kind) else name

    def motifs(self, items: list[Item]) -> list[Item]:
        """The longest repeated run becomes blocks, wherever it stands; then the next, ..."""
        for _ in range(8):
            # What has a name is what it is, and no part of something that repeats.
            signatures = [
                self.signature(item) if isinstance(item, int) or not item.title else (item.title,)
                for item in items
            ]
            motif = _repeated(signatures, [size([item]) for item in items])
            if motif is None or len(items) <= FEW:
                break
            items = _gathered(items, signatures, motif)
        return items

    def stages(self, items: list[Item]) -> list[Item]:
        """Neighbours whose outputs have one height and width become a block."""
        shapes = [self.leaves[last(item)].shape for item in items]
        places = [shape[:-1] if len(shape) > 2 else k for k, shape in enumerate(shapes)]
        return self._runs(items, places, lambda run: "stage " + _text(shapes[items.index(run[0])]))

    def alike(self, items: list[Item]) -> list[Item]:
        """Neighbours of one structure become a block."""
        keys = [self.signature(item) for item in items]
        return self._runs(items, keys, lambda run: f"{len(run)} alike")

    @staticmethod
    def _runs(
        items: list[Item], keys: Sequence[object], title: Callable[[list[Item]], str]
    ) -> list[Item]:
        """Blocks of neighbours of one key; the level as it is where one would hold most of it."""
        runs: list[list[Item]] = []
        for k, item in enumerate(items):
            if k and keys[k] == keys[k - 1]:
                runs[-1].append(item)
            else:
                runs.append([item])
        if len(runs) < LEAST_RUNS:
            return items
        return [run[0] if len(run) == 1 else Block(title(run), "block", run) for run in runs]


def _repeated(signatures: Sequence[object], sizes: Sequence[int]) -> tuple[object, ...] | None:
    """The motif of two items or more whose repetitions, one behind the other, hold most layers."""
    best: tuple[int, int] = (0, 0)
    motif: tuple[object, ...] | None = None
    n = len(signatures)
    for period in range(2, min(n // 2, CROWDED) + 1):
        run = 0
        for i in range(n - period + 1):
            alike = i + period < n and signatures[i] == signatures[i + period]
            if alike:
                run += 1
                continue
            repeats = run // period + 1
            start = i - run
            if repeats > 1:
                covered = sum(sizes[start : start + repeats * period])
                start = _phase(signatures, start, run - (repeats - 1) * period)
                found = tuple(signatures[start : start + period])
                if (covered, -period) > best and _is_plain(found):
                    best, motif = (covered, -period), found
            run = 0
    return motif


def _phase(signatures: Sequence[object], start: int, spare: int) -> int:
    """Where the motif begins: not with what finishes the layer before, if it can be helped."""
    for shift in range(spare + 1):
        signature = signatures[start + shift]
        if not (isinstance(signature, tuple) and signature[0] in FINISHING):
            return start + shift
    return start


def _is_plain(motif: Sequence[object]) -> bool:
    """Whether no block comes twice in it: several blocks and their likes make a stage, no motif."""
    blocks = [s for s in motif if isinstance(s, tuple) and not isinstance(s[0], str)]
    return len(set(blocks)) == len(blocks) and len(set(motif)) > 1


def _gathered(
    items: list[Item], signatures: Sequence[object], motif: tuple[object, ...]
) -> list[Item]:
    shaped: list[Item] = []
    k = 0
    while k < len(items):
        if tuple(signatures[k : k + len(motif)]) == motif:
            shaped.append(Block("", "block", items[k : k + len(motif)]))
            k += len(motif)
        else:
            shaped.append(items[k])
            k += 1
    return shaped


def _chunks(items: list[Item]) -> list[Item]:
    count = min(CROWDED, round(CHUNKS * len(items) ** 0.5))
    bounds = [round(k * len(items) / count) for k in range(count + 1)]
    return [items[a] if b - a == 1 else Block("", "block", items[a:b]) for a, b in pairwise(bounds)]


def _number(items: Sequence[Item]) -> None:
    """Give the blocks of a level that have no title a number each."""
    number = 0
    for item in items:
        if isinstance(item, Block) and not item.title:
            number += 1
            item.title = f"block {number}"


def _text(shape: tuple[int | None, ...]) -> str:
    """Height and width."""
    return " × ".join("any" if n is None else str(n) for n in shape[:-1])
