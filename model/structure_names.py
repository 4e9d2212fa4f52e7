"""What the names of layers tell of blocks, and an order of the layers that keeps blocks whole."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

# The letter of "block2a" tells blocks of one stage apart.
LETTERED = re.compile(r"^([A-Za-z]+\d+)([a-z])$")
NUMBERED = re.compile(r"_\d+$")

# A name of more words says nothing more of blocks.
MAX_WORDS = 8

# Nameless layers in a row whose block is that of the named ones round them.
MAX_CHAIN = 3

# From the outermost block to the innermost that a name tells of: each with all before it.
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One layer of the graph.

    Attributes:
        key: of the description's layer.
        name: of the step, with the models it lies in: "mobilenet/conv1".
        kind: class of the layer.
        shape: of its output, without the batch.
        params: number of weights that are counted for it.
        sources: positions, among the leaves, of those whose output it takes; -1 is the input.
        shapes: of what it takes from each source.
        layer: tells the layers apart that several leaves may share.
    """

    key: str
    name: str
    kind: str
    shape: tuple[int | None, ...]
    params: int
    sources: tuple[int, ...]
    shapes: tuple[tuple[int | None, ...], ...]
    layer: int


def words(name: str, kind: str) -> Path:
    """The blocks that a layer's own name tells of, outermost first, and last the layer itself.

    "conv2_block1_1_conv" -> conv2, conv2_block1, conv2_block1_1, conv2_block1_1_conv;
    "block2a_dwconv" -> block2, block2a, block2a_dwconv. A name that Keras chose ("conv2d_17") tells
    of no block: ().
    """
    if is_automatic(name, kind):
        return ()
    found: list[str] = []
    previous = ""
    for match in list(re.finditer(r"[^_.\-]+", name))[:MAX_WORDS]:
        word = match[0]
        if word.isdigit() and previous.isalpha():
            # "block_1" is one word, where "block1_1" is two.
            found.pop()
        lettered = LETTERED.match(word)
        if lettered:
            found.append(name[: match.start()] + lettered[1])
        found.append(name[: match.end()])
        previous = word
    return tuple(found)


def is_automatic(name: str, kind: str) -> bool:
    """Whether Keras made up the name: the class in snake case, and a number."""
    return NUMBERED.sub("", name).replace("_", "").lower() == kind.replace("_", "").lower()


def own_name(leaf: Leaf) -> str:
    """The name inside the model that the layer lies in."""
    return leaf.name.rpartition("/")[2]


def model_paths(leaves: Sequence[Leaf]) -> list[Path]:
    """For each leaf the models it lies in, outermost first; of a second call with " (2)"."""
    calls: dict[str, int] = {}
    # Of the models open now: their path, with numbers of calls, and the layer that each began with.
    opened: list[tuple[str, str, int]] = []
    paths: list[Path] = []
    for leaf in leaves:
        wanted = leaf.name.split("/")[:-1]
        keep = 0
        while keep < min(len(opened), len(wanted)):
            if opened[keep][0] != wanted[keep] or opened[keep][2] == leaf.layer:
                break
            keep += 1
        del opened[keep:]
        for name in wanted[keep:]:
            path = f"{opened[-1][1]}/{name}" if opened else name
            calls[path] = calls.get(path, 0) + 1
            number = f" ({calls[path]})" if calls[path] > 1 else ""
            opened.append((name, path + number, leaf.layer))
        paths.append(tuple(path for _, path, _ in opened))
    return paths


def full_paths(leaves: Sequence[Leaf], models: Sequence[Path]) -> list[Path]:
    """For each leaf the models that it lies in, then the words of its name.

    A leaf whose name tells nothing lies in the innermost block that those just before and just
    after it have in common: a pooling that Keras named, between two layers of "conv2"; also in a
    short chain of such.
    """
    told = [words(own_name(leaf), leaf.kind) for leaf in leaves]
    paths = [
        model + tuple(f"{'/'.join(model)}/{word}" for word in own)
        for model, own in zip(models, told, strict=True)
    ]
    sources = [list(leaf.sources) for leaf in leaves]
    consumers = consumers_of(leaves)
    inferred = list(paths)
    for i, own in enumerate(told):
        if not own:
            ends = _ends(i, sources, consumers, told) + _ends(i, consumers, sources, told)
            common = _common([() if end < 0 else paths[end] for end in ends])
            if common[: len(models[i])] == models[i]:
                inferred[i] = common
    return inferred


def _ends(
    i: int, onward: Sequence[list[int]], back: Sequence[list[int]], told: Sequence[Path]
) -> list[int]:
    """Where a chain of nameless leaves ends in one direction: the leaves next to it."""
    for _ in range(MAX_CHAIN):
        following = onward[i]
        only = following[0] if len(following) == 1 else -1
        if only < 0 or told[only] or len(back[only]) > 1:
            break
        i = only
    return following or [-1]


def _common(paths: Sequence[Path]) -> Path:
    """What all of them begin with; () of none."""
    shared = paths[0] if paths else ()
    for path in paths[1:]:
        shared = shared[: _shared(shared, path)]
    return shared


def order(leaves: Sequence[Leaf], paths: Sequence[Path]) -> list[int]:
    """Positions of the leaves in an order in which they can be computed and blocks stay together.

    Whatever lies between two leaves of it, taken as one node, leaves a graph without cycles. Next
    comes, of those that can be computed, the one that shares most of its path with the last; then
    one that takes the last one's output; then the first.
    """
    consumers = consumers_of(leaves)
    missing = [sum(source >= 0 for source in set(leaf.sources)) for leaf in leaves]
    ready = [i for i, count in enumerate(missing) if not count]
    ordered: list[int] = []
    while ready:
        last = ordered[-1] if ordered else None

        def worth(i: int, last: int | None = last) -> tuple[int, bool, int]:
            if last is None:
                return 0, False, -i
            return _shared(paths[i], paths[last]), last in leaves[i].sources, -i

        chosen = max(ready, key=worth)
        ready.remove(chosen)
        ordered.append(chosen)
        for consumer in consumers[chosen]:
            missing[consumer] -= 1
            if not missing[consumer]:
                ready.append(consumer)
    assert len(ordered) == len(leaves)
    return ordered


def consumers_of(leaves: Sequence[Leaf]) -> list[list[int]]:
    """For each leaf the positions of those that take its output."""
    consumers: list[list[int]] = [[] for _ in leaves]
    for i, leaf in enumerate(leaves):
        for source in sorted(set(leaf.sources)):
            if source >= 0:
                consumers[source].append(i)
    return consumers


def _shared(one: Path, other: Path) -> int:
    shared = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        shared += 1
    return shared
