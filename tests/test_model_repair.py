"""model/repair: each repair alone, on the part of a config that it is for."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from model.repair import (
    REPAIRS,
    arguments,
    inputs,
    is_keras3,
    models,
    names_keras1,
    neutral,
    repair,
)
from model.repair import nodes as connections
from model.repair.nodes import reference
from util import ModelError

Config = dict[str, Any]


def layer(kind: str, **config: Any) -> Config:
    return {"class_name": kind, "config": {"name": "x", **config}}


def chain(*layers: Config, **config: Any) -> Config:
    return {"class_name": "Sequential", "config": {"name": "net", "layers": [*layers], **config}}


def config_after(step: Callable[[Config], tuple[Config, str | None]], given: Config) -> Config:
    """What a repair makes of a config, which itself must stay as it is."""
    before = copy.deepcopy(given)
    new, _ = step(given)
    assert given == before
    return new["config"]


# (repair, layer before, arguments afterwards)
LAYERS = [
    (names_keras1.rename_arguments, layer("Conv2D", nb_filter=4, nb_row=3, nb_col=2,
                                          dim_ordering="th", subsample=[2, 2], border_mode="same"),
     {"filters": 4, "kernel_size": [3, 2], "data_format": "channels_first", "strides": [2, 2],
      "padding": "same"}),
    (names_keras1.rename_arguments, layer("Dropout", p=0.3), {"rate": 0.3}),
    (names_keras1.rename_arguments, layer("GaussianNoise", sigma=0.3), {"stddev": 0.3}),
    (names_keras1.rename_arguments, layer("Embedding", input_dim=9, output_dim=4),
     {"input_dim": 9, "output_dim": 4}),
    (names_keras1.rename_arguments, layer("ZeroPadding2D", padding=[1, 2, 3, 4]),
     {"padding": [[1, 2], [3, 4]]}),
    (arguments.rename_arguments, layer("LeakyReLU", alpha=0.3), {"negative_slope": 0.3}),
    (arguments.rename_arguments, layer("ELU", alpha=0.3), {"alpha": 0.3}),
    (arguments.rename_classes, layer("ThresholdedReLU", theta=0.3), {"threshold": 0.3}),
    (arguments.rename_classes, layer("CuDNNGRU", units=3),
     {"units": 3, "reset_after": True, "activation": "tanh", "recurrent_activation": "sigmoid"}),
    (arguments.mend_values, layer("BatchNormalization", axis=[3]), {"axis": 3}),
    (arguments.mend_values, layer("GRU", units=2),
     {"units": 2, "reset_after": False, "unroll": False}),
    (arguments.mend_values, layer("GRU", units=2, reset_after=True, unroll=True),
     {"units": 2, "reset_after": True, "unroll": False}),
    (arguments.mend_values, layer("Activation", activation=None), {"activation": "linear"}),
    (arguments.mend_values, layer("Dropout", rate=1), {"rate": 0.5}),
    (arguments.plain_activations,
     layer("Dense", activation={"class_name": "function", "config": "gelu", "module": "builtins"}),
     {"activation": "gelu"}),
    (arguments.old_activations, layer("Dense", activation="hard_sigmoid"),
     {"activation": "innerview>hard_sigmoid"}),
    (neutral.neutralise,
     layer("Dense", kernel_initializer={"class_name": "Odd"}, bias_regularizer={"class_name": "L"},
           kernel_constraint={"class_name": "Mine"}, activity_regularizer="l2", init="glorot"),
     {"kernel_initializer": "zeros"}),
    (neutral.as_float32, layer("Dense", dtype={"class_name": "Policy",
                                               "config": {"name": "mixed_float16"}}), {}),
    (neutral.plain_numbers, layer("LeakyReLU", alpha={"type": "ndarray", "value": 0.3}),
     {"alpha": 0.3}),
    (neutral.plain_numbers, layer("ReLU", max_value={"class_name": "__numpy__", "config": {
        "value": 6.0, "dtype": "float32"}}), {"max_value": 6.0}),
    (inputs.modern_input_layers, layer("InputLayer", batch_input_shape=[8, 4, 4, 1], sparse=False,
                                       ragged=False, dtype="float32"),
     {"batch_shape": [None, 4, 4, 1], "dtype": "float32"}),
    (inputs.stateless, layer("LSTM", stateful=True), {"stateful": False}),
    (inputs.drop_shapes, layer("Dense", units=2, input_dim=3, batch_input_shape=[None, 3]),
     {"units": 2}),
]  # fmt: skip


@pytest.mark.parametrize(("step", "given", "wanted"), LAYERS)
def test_a_layer_is_repaired(
    step: Callable[[Config], tuple[Config, str | None]], given: Config, wanted: Config
) -> None:
    assert config_after(step, given) == {"name": "x", **wanted}
    wrapped = layer("TimeDistributed", layer=given)
    assert config_after(step, wrapped)["layer"]["config"] == {"name": "x", **wanted}
    inside = chain(chain(given))
    found = config_after(step, inside)["layers"][0]["config"]["layers"][0]["config"]
    assert found == {"name": "x", **wanted}


@pytest.mark.parametrize("step", REPAIRS, ids=lambda step: step.__name__)
def test_nothing_is_told_where_nothing_is_old(step: Any) -> None:
    first = layer("InputLayer", batch_shape=[None, 4], dtype="float32")
    new, sentence = step(chain(first, layer("Dense", units=2)))
    assert sentence is None and len(new["config"]["layers"]) == 2


@pytest.mark.parametrize(
    ("layers", "shape"),
    [
        ([layer("Dense", batch_input_shape=[None, 4])], [None, 4]),
        ([layer("Dense", input_shape=[4])], [None, 4]),
        ([layer("Dense", input_dim=4)], [None, 4]),
        ([layer("LSTM", input_dim=4, input_length=3)], [None, 3, 4]),
        ([chain(chain(layer("Conv2D", batch_input_shape=[5, 8, 8, 3])))], [None, 8, 8, 3]),
        ([layer("Bidirectional", layer=layer("LSTM", batch_input_shape=[None, 8, 3]))],
         [None, 8, 3]),
        ([layer("Dense")], None),
    ],
)  # fmt: skip
def test_the_input_of_a_chain_is_found(layers: list[Config], shape: list[Any] | None) -> None:
    found = config_after(inputs.explicit_inputs, chain(*layers))["layers"]
    if shape is None:
        assert found == layers
    else:
        assert found[0]["class_name"] == "InputLayer"
        assert found[0]["config"]["batch_shape"] == shape


def test_a_chain_may_only_know_what_it_was_built_for() -> None:
    given = chain(layer("Dense"), build_input_shape=[None, 7])
    found = config_after(inputs.explicit_inputs, given)
    assert found["layers"][0]["config"]["batch_shape"] == [None, 7]


def graph(layers: list[Config], ends: tuple[Any, Any]) -> Config:
    content = {"name": "m", "layers": layers, "input_layers": ends[0], "output_layers": ends[1]}
    return {"class_name": "Functional", "config": content}


@pytest.mark.parametrize(
    "node",
    [
        [[["i", 0, 0, {}]]],
        [[["i", 0, 0]]],
        [["i", 0, 0]],
        [["i", 0, 0, {}]],
        [{"args": [reference("i")], "kwargs": {}}],
    ],
)
@pytest.mark.parametrize("ends", [["i", 0, 0], [["i", 0, 0]]])
def test_connections_of_every_form(node: Any, ends: Any) -> None:
    source = {**layer("InputLayer"), "name": "i", "inbound_nodes": []}
    given = graph([source, {**layer("ReLU"), "name": "r", "inbound_nodes": node}],
                  (ends, [["r", 0, 0]]))  # fmt: skip
    found = config_after(connections.modern_nodes, given)
    assert found["layers"][1]["inbound_nodes"] == [{"args": [reference("i")], "kwargs": {}}]
    assert found["input_layers"] == [reference("i")]


def test_arguments_of_a_call_are_kept() -> None:
    source = {**layer("InputLayer"), "name": "i", "inbound_nodes": []}
    node = [["i", 0, 0, {"y": ["i", 0, 0], "axis": [1, 2]}]]
    given = graph([source, {**layer("TFOpLambda"), "name": "r", "inbound_nodes": node}],
                  ([["i", 0, 0]], [["r", 0, 0]]))  # fmt: skip
    found = config_after(connections.modern_nodes, given)["layers"][1]["inbound_nodes"]
    assert found == [{"args": [reference("i")], "kwargs": {"y": reference("i"), "axis": [1, 2]}}]


def test_calls_are_counted_from_nought() -> None:
    layers = [
        {**layer("InputLayer"), "name": "i", "inbound_nodes": []},
        {**layer("ReLU"), "name": "r", "inbound_nodes": [[["i", 0, 0, {}]], [["r", 1, 0, {}]]]},
    ]
    found = config_after(connections.modern_nodes, graph(layers, ([["i", 0, 0]], [["r", 2, 0]])))
    assert found["output_layers"] == [reference("r", 1)]


def test_models_of_other_classes_are_graphs() -> None:
    given = {**graph([], ([], [])), "class_name": "Mine"}
    new, sentence = models.name_models(given)
    assert new["class_name"] == "Functional" and "m (Mine)" in str(sentence)


@pytest.mark.parametrize(
    "bad",
    [
        {"class_name": "Functional", "config": {"name": "m", "layers": [3]}},
        graph([layer("Dense")], ([], [])),
        graph([layer("Dense")], ([["y", 0, 0]], [["x", 0, 0]])),
        chain(layer("BatchNormalization", axis=[1, 2])),
        chain(layer("LSTM", time_major=True)),
    ],
)
def test_a_malformed_description_is_a_sentence(bad: Config) -> None:
    with pytest.raises(ModelError):
        repair(bad, "2.4.0")


def test_depth_is_limited() -> None:
    deep = layer("Dense")
    for _ in range(60):
        deep = layer("TimeDistributed", layer=deep)
    with pytest.raises(ModelError, match="deep"):
        repair(chain(deep), "2.4.0")


@pytest.mark.parametrize(
    ("config", "version", "wanted"),
    [
        (chain(), "2.15.0", False),
        (chain(), "3.0.1", True),
        (chain(), "1.2.2", False),
        (chain(layer("InputLayer", batch_shape=[None, 3])), "", True),
        (chain(layer("InputLayer", batch_input_shape=[None, 3])), "", False),
    ],
)
def test_keras_3_is_told_by_what_only_it_writes(config: Config, version: str, wanted: bool) -> None:
    assert is_keras3(config, version) is wanted


def test_numbers_of_16_bits_are_told_by_the_type_alone() -> None:
    def policy(name: str) -> Config:
        return {"class_name": "DTypePolicy", "config": {"name": name}, "shared_object_id": 163216}

    for dtype, told in ((policy("float32"), False), (policy("mixed_bfloat16"), True),
                        ("float16", True), ("float32", False)):  # fmt: skip
        _, sentence = neutral.as_float32(chain(layer("Dense", dtype=dtype)))
        assert (sentence is not None) == told


def test_a_layer_called_as_in_training_runs_as_in_use_and_is_told_of() -> None:
    node = {"args": [reference("input")], "kwargs": {"training": True, "mask": None}}
    called = {**layer("Dropout", rate=0.5), "name": "x", "inbound_nodes": [node]}
    graph = {"class_name": "Functional", "config": {"name": "net", "layers": [called]}}
    new, sentence = connections.as_in_use(graph)
    (after,) = new["config"]["layers"]
    assert after["inbound_nodes"] == [{"args": [reference("input")], "kwargs": {"mask": None}}]
    assert sentence is not None and sentence.endswith("answers otherwise: x.")
    node["kwargs"]["training"] = False  # type: ignore[index]
    assert connections.as_in_use(graph) == (graph, None)
