"""Blocks of layers, and those of them that the names of layers tell of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from model.structure_names import Path

# A block of so many layers is shown as it is: to part it further would only mean more clicks.
FLAT = 16
# A block of more than this share of what it lies in is none.
MOST = 0.7


@dataclass(slots=True)
class Block:
    """A run of layers.

    Attributes:
        title: its short name inside the block it lies in; "" where it is to be numbered.
        kind: "block", or "model" for a nested model.
        items: what it holds, in order: positions of leaves in the order, and further blocks.
    """

    title: str
    kind: str
    items: "list[Item]" = field(default_factory=list)


Item = int | Block


def first(item: Item) -> int:
    """Position of its first layer."""
    return item if isinstance(item, int) else first(item.items[0])


def last(item: Item) -> int:
    """Position of its last layer."""
    return item if isinstance(item, int) else last(item.items[-1])


def size(items: Iterable[Item]) -> int:
    """Number of layers inside."""
    return sum(1 if isinstance(item, int) else size(item.items) for item in items)


def by_names(paths: Sequence[Path], models: Sequence[int]) -> list[Item]:
    """Blocks of consecutive leaves whose paths begin alike.

    Args:
        paths: of each leaf, in order: the models it lies in, then the words of its name.
        models: how many of a path's entries are models.
    """
    return _named(paths, models, 0, len(paths), 0)


def _named(
    paths: Sequence[Path], models: Sequence[int], start: int, stop: int, depth: int
) -> list[Item]:
    items: list[Item] = []
    begin = start
    while start < stop:
        end = start + 1
        path = paths[start]
        if depth < len(path):
            while end < stop and paths[end][depth : depth + 1] == path[depth : depth + 1]:
                end += 1
        if end == start + 1:
            items.append(start)
        else:
            kind = "model" if depth < models[start] else "block"
            inside = _named(paths, models, start, end, depth + 1)
            only = inside[0] if len(inside) == 1 and isinstance(inside[0], Block) else None
            if only is not None and only.kind == "block":
                # A block of nothing but a block is that block; a model has what is in it.
                block = only if kind == "block" else Block(path[depth], kind, only.items)
            else:
                block = _block(path[depth], kind, inside)
            items.append(block)
        start = end
    if len(items) == 1 and depth:
        # The block that this level is of takes its name.
        return items
    # What holds nearly all of a level parts nothing.
    level = stop - begin
    return [part for item in items for part in (_inside(item) if is_most(item, level) else [item])]


def is_most(item: Item, within: int) -> bool:
    """Whether it is a block of nearly all of so many layers."""
    return isinstance(item, Block) and item.kind == "block" and size([item]) > MOST * within


def _inside(item: Item) -> list[Item]:
    return [item] if isinstance(item, int) else item.items


def _block(title: str, kind: str, items: list[Item]) -> Block:
    """The block, with the blocks in it opened for good where they are no use."""
    if kind == "block" and size(items) <= FLAT:
        items = flattened(items)
    return Block(title, kind, items)


def flattened(items: Iterable[Item]) -> list[Item]:
    """The level without its blocks; nested models stay."""
    flat: list[Item] = []
    for item in items:
        if isinstance(item, Block) and item.kind == "block":
            flat += flattened(item.items)
        else:
            flat.append(item)
    return flat
