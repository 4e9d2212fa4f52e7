"""model/structure*.py: the blocks of real networks, with and without names; never a cycle."""

import graphlib
import json
import random
from collections.abc import Iterable
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.graph import describe, flatten
from model.structure import Structure, arrange, structure_of
from model.structure_names import Leaf, is_automatic, words
from tests.networks import without_values

# What a person takes in at once.
READABLE = 30


def build(model: Any) -> Structure:
    graph = flatten(model)
    return structure_of(graph, describe(graph))


def shown(structure: Structure, opened: set[str]) -> tuple[set[str], set[tuple[str, str]]]:
    """(ids, edges) of what the page shows with these blocks open."""
    parents = {node.id: node.parent for node in structure.nodes}

    def visible(id: str) -> str:
        chain = [id]
        while (parent := parents[chain[-1]]) is not None:
            chain.append(parent)
        return next((block for block in reversed(chain[1:]) if block not in opened), id)

    edges = {(visible(edge.source), visible(edge.target)) for edge in structure.edges}
    leaves = {visible(node.id) for node in structure.nodes if node.layers <= 1}
    return leaves, {(a, b) for a, b in edges if a != b}


def check(structure: Structure, tries: int = 6) -> None:
    """What holds of every graph: no cycle whatever is open, no block of one, nothing lost."""
    kinds = {"block", "model"}
    blocks = [node for node in structure.nodes if node.kind in kinds and node.layers > 1]
    inside: dict[str | None, int] = {}
    weights: dict[str | None, int] = {}
    for node in structure.nodes:
        if node.kind not in kinds:
            inside[node.parent] = inside.get(node.parent, 0) + node.layers
            weights[node.parent] = weights.get(node.parent, 0) + node.params
    for node in reversed(blocks):
        assert node.layers == inside[node.id] > 1
        assert node.params == weights[node.id]
        inside[node.parent] = inside.get(node.parent, 0) + node.layers
        weights[node.parent] = weights.get(node.parent, 0) + node.params
    generator = random.Random(0)
    choices = [set[str](), {node.id for node in blocks}]
    for share in (generator.random() for _ in range(tries)):
        choices.append({node.id for node in blocks if generator.random() < share})
    for opened in choices:
        ids, edges = shown(structure, opened)
        sorter = graphlib.TopologicalSorter({id: set[str]() for id in ids})
        for source, target in edges:
            sorter.add(target, source)
        sorter.prepare()  # CycleError, if there is one
    assert Structure.from_json(json.loads(json.dumps(structure.to_json()))) == structure


def titles(structure: Structure, parent: str | None = None) -> list[str]:
    return [node.title for node in structure.nodes if node.parent == parent]


def connections(model: Any) -> set[tuple[str, str]]:
    """Layer to layer, as Keras itself keeps them."""
    return {
        (before.operation.name, layer.name)
        for layer in model.layers
        for node in layer._inbound_nodes[:1]
        for before in node.parent_nodes
    }


APPLICATIONS = {
    "ResNet50": ["conv1", "pool1", "conv2", "conv3", "conv4", "conv5", "avg_pool", "predictions"],
    "EfficientNetB0": ["stem", "block1a", *(f"block{k}" for k in range(2, 7)), "block7a", "top"],
    "MobileNetV2": ["expanded_conv", *(f"block_{k}" for k in range(1, 17)), "predictions"],
    "DenseNet121": ["conv2", "pool2", "conv3", "pool3", "conv4", "pool4", "conv5", "predictions"],
    "InceptionV3": [*(f"mixed{k}" for k in range(11)), "avg_pool", "predictions"],
}


@cache
def application(name: str) -> tuple[Structure, Any]:
    """(structure, model); nothing here asks for the values of weights."""
    import keras

    with without_values():
        model = getattr(keras.applications, name)(weights=None)
        return build(model), model


@pytest.mark.parametrize("name", APPLICATIONS)
def test_applications_are_readable_and_keep_their_connections(name: str) -> None:
    structure, model = application(name)
    check(structure)
    assert [title for title in titles(structure) if title in APPLICATIONS[name]] == (
        APPLICATIONS[name]
    )
    assert len(shown(structure, set())[0]) <= READABLE
    assert len(shown(structure, {node.id for node in structure.nodes if node.open})[0]) <= READABLE
    names = {node.id: node.name for node in structure.nodes} | {":input": model.layers[0].name}
    told = {(names[edge.source], names[edge.target]) for edge in structure.edges}
    assert told == connections(model)
    assert sum(node.params for node in structure.nodes if node.layer) == model.count_params()
    reached = {structure.input}
    for edge in sorted(structure.edges, key=lambda e: list(names).index(e.target)):
        if edge.source in reached:
            reached.add(edge.target)
    assert reached == {node.id for node in structure.nodes if node.layers <= 1}
    assert names[structure.output] == model.layers[-1].name


def test_blocks_of_resnet_know_their_likes() -> None:
    structure, _ = application("ResNet50")
    nodes = {node.name: node for node in structure.nodes}
    second = nodes["conv2"]
    assert titles(structure, second.id) == ["block1", "block2", "block3"]
    assert second.shape == (56, 56, 256)
    # Twelve blocks whose shortcut is the identity, four with a convolution in it.
    assert nodes["conv4_block3"].repeats == (nodes["conv2_block2"].id, 12)
    assert nodes["conv4_block1"].repeats == (nodes["conv2_block1"].id, 4)
    inside = titles(structure, nodes["conv2_block1"].id)
    assert {"1_conv", "0_bn", "add", "out"} < set(inside)


def residual(blocks: Iterable[int]) -> Any:
    """A residual network whose layers have the names that Keras gives them."""
    import keras
    from keras import layers

    given = keras.Input((32, 32, 3))
    x = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(8, 3, padding="same")(given)))
    for stage, count in enumerate(blocks):
        for block in range(count):
            stride = 2 if stage and not block else 1
            y = layers.Conv2D(8, 3, strides=stride, padding="same")(x)
            y = layers.Conv2D(8, 3, padding="same")(layers.ReLU()(y))
            shortcut = layers.Conv2D(8, 1, strides=stride)(x) if stride > 1 else x
            x = layers.ReLU()(layers.Add()([y, shortcut]))
    return keras.Model(given, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)))


def test_repeated_layers_without_names_become_blocks() -> None:
    structure = build(residual((3, 4, 3)))
    check(structure)
    blocks = [node for node in structure.nodes if node.kind == "block"]
    assert [node.title for node in blocks] == [f"block {k}" for k in range(1, 11)]
    assert [node.layers for node in blocks] == [5, 5, 5, 6, 5, 5, 5, 6, 5, 5]
    assert [node.repeats and node.repeats[1] for node in blocks if node.layers == 5] == [8] * 8


def test_many_blocks_without_names_are_gathered_by_their_size() -> None:
    structure = build(residual((3, 12, 14)))
    check(structure)
    assert titles(structure)[1:4] == ["stage 32 × 32", "stage 16 × 16", "stage 8 × 8"]
    second = next(node for node in structure.nodes if node.title == "stage 16 × 16")
    assert titles(structure, second.id) == [f"block {k}" for k in range(1, 13)]


def test_encoders_without_names_are_a_block_each() -> None:
    import keras
    from keras import layers

    given = keras.Input((16, 8))
    x = given
    for _ in range(8):
        y = layers.LayerNormalization()(x)
        x = layers.Add()([x, layers.MultiHeadAttention(2, 4)(y, y)])
        y = layers.Dense(8)(layers.Dense(16, activation="gelu")(layers.LayerNormalization()(x)))
        x = layers.Add()([x, y])
    x = layers.GlobalAveragePooling1D()(layers.LayerNormalization()(x))
    structure = build(keras.Model(given, layers.Dense(3)(x)))
    check(structure)
    blocks = [node for node in structure.nodes if node.kind == "block"]
    assert [(node.layers, node.repeats and node.repeats[1]) for node in blocks] == [(7, 8)] * 8


def test_nested_models_are_nodes_also_when_called_twice() -> None:
    import keras
    from keras import layers

    tower = keras.Sequential(
        [keras.Input((8, 8, 3)), layers.Conv2D(3, 3, padding="same"), layers.ReLU()], name="tower"
    )
    given = keras.Input((8, 8, 3))
    summed = layers.Add()([tower(tower(given)), tower(layers.Activation("tanh")(given))])
    structure = build(keras.Model(given, layers.Dense(3)(layers.Flatten()(summed))))
    check(structure)
    models = [node for node in structure.nodes if node.kind == "model"]
    assert {node.title for node in models} == {"tower", "tower (2)", "tower (3)"}
    assert {node.repeats and node.repeats[1] for node in models} == {3}
    # The weights are shared, and counted once.
    assert sorted(node.params for node in models) == [0, 0, 84]


def test_a_model_that_is_nearly_all_is_open_at_first() -> None:
    import keras
    from keras import layers

    body = residual((3, 4, 3))
    chain = keras.Sequential([keras.Input((32, 32, 3)), layers.Rescaling(1 / 255), body])
    structure = build(chain)
    check(structure)
    assert [(node.kind, node.open) for node in structure.nodes if node.parent is None] == [
        ("input", False),
        ("Rescaling", False),
        ("model", True),
    ]
    alone = build(keras.Sequential([keras.Input((32, 32, 3)), body]))
    check(alone)
    assert len([node for node in alone.nodes if node.kind == "block"]) == 10


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("conv2_block1_1_conv", ["conv2", "conv2_block1", "conv2_block1_1"]),
        ("block2a_dwconv", ["block2", "block2a"]),
        ("block_12_expand_BN", ["block_12", "block_12_expand"]),
        ("layer1.0.conv1", ["layer1", "layer1.0"]),
        ("avg_pool", ["avg"]),
        ("__", []),
    ],
)
def test_words_of_names(name: str, expected: list[str]) -> None:
    told = words(name, "Conv2D")
    assert list(told[:-1]) == expected
    assert not told or told[-1] == name


def test_names_that_keras_chose_tell_nothing() -> None:
    assert words("conv2d_17", "Conv2D") == words("re_lu_3", "ReLU") == words("add", "Add") == ()
    assert not is_automatic("conv2d_17", "BatchNormalization")


NAMES = ["a_1", "a_2", "b_block1_x", "b_block1_y", "b_block2_x", "m/a", "m/b", "m/n/c", "conv2d"]


@st.composite
def networks(draw: st.DrawFn) -> list[Leaf]:
    """Any acyclic graph whose leaves have names that tell of blocks, rightly or not."""
    count = draw(st.integers(1, 60))
    leaves = []
    for i in range(count):
        sources = draw(st.lists(st.integers(max(-1, i - 5), i - 1), min_size=1, max_size=3))
        taken = tuple(sorted(set(sources)))
        kind = draw(st.sampled_from(["Conv2D", "Add", "ReLU"]))
        name = draw(st.sampled_from(NAMES))
        shape = (draw(st.sampled_from([8, 4])), 4, 2)
        leaves.append(Leaf(f"k{i}", name, kind, shape, i, taken, (shape,) * len(taken), i))
    return leaves


@settings(max_examples=40)
@given(networks())
def test_any_graph_is_whole_and_free_of_cycles(leaves: list[Leaf]) -> None:
    structure = arrange(leaves, (8, 8, 3), leaves[-1].key)
    check(structure, tries=3)
    assert {node.layer for node in structure.nodes if node.layer} == {leaf.key for leaf in leaves}
    assert len(structure.edges) == sum(len(leaf.sources) for leaf in leaves)
    widest = max(len(titles(structure, node.id)) for node in structure.nodes if node.layers != 1)
    assert len(titles(structure)) - 1 <= READABLE and widest <= READABLE
