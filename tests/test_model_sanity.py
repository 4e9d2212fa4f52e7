"""model/archive/sanity.py and model/archive/foreign.py: what no network's description says."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import archive
from model.archive import config
from util import ModelError

PATH = Path("net.h5")


def functional(*layers: Any) -> dict[str, Any]:
    return {"class_name": "Functional", "config": {"name": "net", "layers": list(layers)}}


def layer(name: str, *sources: str, **inner: Any) -> dict[str, Any]:
    nodes = [[[source, 0, 0, {}] for source in sources]] if sources else []
    inner["name"] = name
    return {"class_name": "Add", "name": name, "config": inner, "inbound_nodes": nodes}


def new_style(name: str, source: str) -> dict[str, Any]:
    tensor = {"class_name": "__keras_tensor__", "config": {"keras_history": [source, 0, 0]}}
    return {**layer(name), "inbound_nodes": [{"args": [tensor], "kwargs": {}}]}


@pytest.mark.parametrize(
    ("net", "sentence"),
    [
        (functional(layer("a"), layer("b", "none")), "'none', which is not among"),
        (functional(layer("a", "b"), layer("b", "a")), "in a circle"),
        (functional(layer("a", "a")), "in a circle"),
        (functional(new_style("a", "b"), new_style("b", "a")), "in a circle"),
        (functional(new_style("a", "gone")), "'gone', which is not among"),
        (functional(layer("a"), layer("a"), layer("b", "a")), "two layers are called 'a'"),
        (functional({**functional(layer("a", "a")), "name": "inner"}), "in a circle"),
        (functional(layer("a", batch_input_shape=[None, 10**6, 10**6])), "batch_input_shape"),
        (functional(layer("a", units=10**8)), "units"),
        (functional(layer("a", target_shape=[10**9])), "target_shape"),
    ],
)
def test_no_network_says_that(net: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ModelError, match=sentence) as caught:
        archive.check_graph(net, PATH)
    assert "\n" not in str(caught.value)


def test_shared_layers_and_shared_models_are_no_circles() -> None:
    shared = layer("b", "a")
    shared["inbound_nodes"] = [[["a", 0, 0, {}]], [["c", 0, 0, {}]]]
    archive.check_graph(functional(layer("a"), shared, layer("c", "b"), layer("d", "b")), PATH)
    late = layer("d")
    late["inbound_nodes"] = [[["b", 1, 0, {}]]]
    archive.check_graph(functional(layer("a"), layer("b", "a"), late), PATH)


def test_nesting_is_limited() -> None:
    net: dict[str, Any] = {}
    for _ in range(config.MAX_DEPTH + 5):
        net = {"config": net}
    with pytest.raises(ModelError, match="nested too deeply"):
        config.check_extent(net, PATH)


def custom(count: int) -> dict[str, Any]:
    layers = [
        {"class_name": "Mine", "module": "mine", "config": {"name": f"my_{n}"}}
        for n in range(count)
    ]
    return functional(*layers)


def test_all_custom_layers_are_named_with_the_way_out() -> None:
    with pytest.raises(ModelError) as caught:
        archive.refuse_code(custom(8), PATH)
    message = str(caught.value)
    assert all(f"'my_{n}'" in message for n in range(5))
    assert "and 3 more" in message
    assert "--custom-objects FILE.py" in message
    assert archive.custom_names(custom(2)) == ("my_0", "my_1")


def test_with_custom_objects_only_what_cannot_be_replaced_is_refused() -> None:
    archive.refuse_code(custom(1), PATH, Path("mine.py"))
    net = functional({"class_name": "Lambda", "config": {"name": "l"}})
    archive.refuse_code(net, PATH, Path("mine.py"))
    net = functional({"class_name": "TFSMLayer", "config": {"name": "t"}})
    with pytest.raises(ModelError, match="cannot replace"):
        archive.refuse_code(net, PATH, Path("mine.py"))


def test_an_activation_of_keras_by_name_is_no_custom_function() -> None:
    relu6 = {"class_name": "function", "config": "relu6", "module": "builtins"}
    archive.refuse_code(functional(layer("a", activation=relu6)), PATH)
    with pytest.raises(ModelError, match="relu6"):
        archive.refuse_code(functional(layer("a", activation={**relu6, "module": "os"})), PATH)
    with pytest.raises(ModelError, match="system"):
        archive.refuse_code(functional(layer("a", activation={**relu6, "config": "system"})), PATH)


def test_functions_of_tensorflow_as_layers_are_not_refused_here() -> None:
    net = functional({"class_name": "TFOpLambda", "config": {"function": "math.multiply"}})
    archive.refuse_code(net, PATH)


def test_rests_behind_the_json_are_ignored() -> None:
    assert config.parse(b'{"a": "\xe9"}\0\0rest', PATH) == {"a": "é"}


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["class_name", "config", "layers", "inbound_nodes", "name", "module",
                         "units", "batch_shape", "registered_name", "keras_history"]),
        inner, max_size=5,
    ),
    max_leaves=30,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["class_name", "config", "layers"]), values))
def test_any_json_is_let_through_or_refused_by_a_sentence(net: dict[str, Any]) -> None:
    net = json.loads(json.dumps(net))
    for check in (config.check_extent, archive.refuse_code, archive.check_graph):
        message = refusal(check, net)
        assert message is None or (message.startswith("net.h5: ") and "\n" not in message)


def refusal(check: Callable[[dict[str, Any], Path], None], net: dict[str, Any]) -> str | None:
    """The sentence of a refusal; anything else that is raised is a failure."""
    try:
        check(net, PATH)
    except ModelError as error:
        return str(error)
    return None
