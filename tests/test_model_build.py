"""model/build.py: files of Keras 2 of many kinds give the outputs of the old Keras."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.build import build
from tests.networks import run
from tests.old_keras import (
    Outputs,
    close,
    edited,
    from_parts,
    old,
    old_config,
    opened,
    quiet,
    random_inputs,
    save,
    shake,
)
from tests.old_networks import NETWORKS, mnist, nested, residual, shared, teachable
from util import ModelError

every_network = pytest.mark.parametrize("name", NETWORKS)


@cache
def example(name: str) -> tuple[Any, list[Any], Outputs]:
    """(network, inputs, their outputs) by the old Keras."""
    model = shake(NETWORKS[name]())
    inputs = random_inputs(model)
    return model, inputs, run(model, inputs)


@every_network
@pytest.mark.parametrize("ending", ["h5", "keras"])
def test_a_file_of_keras_2_gives_its_outputs(name: str, ending: str, tmp_path: Path) -> None:
    model, inputs, wanted = example(name)
    path = save(model, tmp_path / f"net.{ending}")
    close(run(opened(path).model, inputs), wanted)


@every_network
def test_weights_beside_a_description_give_its_outputs(name: str, tmp_path: Path) -> None:
    model, inputs, wanted = example(name)
    config = old_config(model)
    for ending in ("h5", "weights.h5"):
        path = tmp_path / f"only.{ending}"
        with quiet():
            model.save_weights(path)
        built = build(from_parts(config, path, config["keras_version"]))
        close(run(built.model, inputs), wanted)


def keras3_networks() -> dict[str, Any]:
    import keras

    L = keras.layers
    image = keras.Input((12, 12, 3))
    x = L.BatchNormalization()(L.Conv2D(4, 3)(image))
    gate = keras.ops.sigmoid(keras.ops.mean(x, axis=(1, 2), keepdims=True))
    x = x * gate + 1.0
    body = keras.Model(image, x[:, 1:, ::2, :])
    other = keras.Input((12, 12, 3))
    out = L.Dense(4, activation="hard_sigmoid")(L.Flatten()(body(other)))
    graph = keras.Model(other, {"a": out, "b": L.Dense(2)(out)})
    chain = keras.Sequential(
        [L.Input((6, 6)), L.RandomFlip(), L.Bidirectional(L.LSTM(3, return_sequences=True)),
         L.GRU(4), L.Dropout(0.3), L.Dense(3)]
    )  # fmt: skip
    return {"graph": graph, "chain": chain}


@pytest.mark.parametrize("name", ["graph", "chain"])
def test_a_file_of_keras_3_gives_its_outputs(name: str, tmp_path: Path) -> None:
    model = keras3_networks()[name]
    inputs = random_inputs(model)
    path = tmp_path / "net.keras"
    model.save(path)
    built = opened(path)
    assert built.repairs == ()
    close(run(built.model, inputs), run(model, inputs))


def bare(config: dict[str, Any]) -> dict[str, Any]:
    """Every chain as the bare list of its layers, without input layers, as until Keras 2.2.2."""
    content = config["config"]
    if not isinstance(content, dict) or "layers" not in content:
        return config
    layers = [bare(layer) for layer in content["layers"]]
    if config["class_name"] != "Sequential":
        return {**config, "config": {**content, "layers": layers}}
    return {**config, "config": [entry for entry in layers if entry["class_name"] != "InputLayer"]}


@pytest.mark.parametrize("make", [mnist, teachable], ids=lambda make: make.__name__)
def test_bare_lists_are_wrapped(make: Any, tmp_path: Path) -> None:
    model = shake(make())
    inputs = random_inputs(model)
    path = edited(save(model, tmp_path / "net.h5"), bare)
    built = opened(path)
    assert any("bare list" in sentence for sentence in built.repairs)
    close(run(built.model, inputs), run(model, inputs))


def initializers_of_tensorflow_1(config: dict[str, Any]) -> dict[str, Any]:
    """Classes and arguments that Keras 3 knows nothing of."""
    for layer in config["config"]["layers"]:
        for key in ("kernel_initializer", "gamma_initializer"):
            if key in layer["config"]:
                layer["config"][key] = {
                    "class_name": "GlorotUniformV1",
                    "module": "tensorflow.python.ops.init_ops",
                    "config": {"seed": None, "dtype": "float32", "partition_info": None},
                }
        if "kernel_size" in layer["config"]:
            layer["config"]["kernel_constraint"] = {"class_name": "MyNorm", "config": {"c": 3}}
        if layer["class_name"] == "BatchNormalization":
            layer["class_name"] = "BatchNormalizationV1"
            layer["config"]["axis"] = [3]
            layer["config"] |= {"fused": True, "renorm": False, "virtual_batch_size": None}
    return config


def test_what_matters_in_training_does_not_matter(tmp_path: Path) -> None:
    model = shake(residual())
    inputs = random_inputs(model)
    path = edited(save(model, tmp_path / "net.h5"), initializers_of_tensorflow_1)
    close(run(opened(path).model, inputs), run(model, inputs))


def in_batches(config: dict[str, Any]) -> dict[str, Any]:
    first = config["config"]["layers"][0]["config"]
    key = "batch_input_shape" if "batch_input_shape" in first else "batch_shape"
    first[key][0] = 32
    return config


def test_batches_are_of_any_size(tmp_path: Path) -> None:
    model = shake(mnist())
    path = edited(save(model, tmp_path / "net.h5"), in_batches)
    built = opened(path)
    assert built.model.inputs[0].shape == (None, 14, 14, 1)
    close(run(built.model, random_inputs(model)), run(model, random_inputs(model)))


@pytest.mark.parametrize("make", [nested, shared], ids=lambda make: make.__name__)
def test_the_first_call_of_an_inner_model_may_have_any_number(make: Any, tmp_path: Path) -> None:
    model = shake(make())
    inputs = random_inputs(model)
    names = {layer.name for layer in model.layers if hasattr(layer, "layers")}

    def moved(value: Any, by: int) -> Any:
        if isinstance(value, list):
            if len(value) > 2 and str(value[0]) in names and isinstance(value[1], int):
                return [value[0], value[1] + by, *value[2:]]
            return [moved(item, by) for item in value]
        return {k: moved(v, by) for k, v in value.items()} if isinstance(value, dict) else value

    for by in (-1, 2):
        path = edited(save(model, tmp_path / f"net{by}.h5"), lambda c, by=by: moved(c, by))
        close(run(opened(path).model, inputs), run(model, inputs))


@pytest.mark.parametrize("ending", ["h5", "keras"])
def test_a_chain_that_was_never_told_its_input(ending: str, tmp_path: Path) -> None:
    keras = old()
    L = keras.layers
    model = keras.Sequential([L.Conv2D(3, 3), L.GlobalAveragePooling2D(), L.Dense(4)])
    model.build((None, 9, 9, 2))
    shake(model)
    inputs = [np.random.default_rng(0).random((2, 9, 9, 2), np.float32)]
    path = save(model, tmp_path / f"net.{ending}")
    close(run(opened(path).model, inputs), run(model, inputs))


def test_the_first_kernel_tells_the_input(tmp_path: Path) -> None:
    model = shake(mnist())
    path = save(model, tmp_path / "net.h5")

    def forget(config: dict[str, Any]) -> dict[str, Any]:
        layers = [entry for entry in config["config"]["layers"]
                  if entry["class_name"] in ("Conv2D", "GlobalAveragePooling2D")]  # fmt: skip
        for layer in layers:
            layer["config"].pop("batch_input_shape", None)
        layers.append({"class_name": "GlobalMaxPooling2D", "config": {"name": "end"}})
        return {"class_name": "Sequential", "config": {"name": "n", "layers": layers}}

    built = opened(edited(path, forget))
    assert built.model.inputs[0].shape == (None, None, None, 1)
    assert any("read off" in sentence for sentence in built.repairs)


def config_of(*layers: dict[str, Any]) -> dict[str, Any]:
    return {"class_name": "Sequential", "config": {"name": "net", "layers": list(layers)}}


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        ({"class_name": "Odd", "config": {"name": "x"}}, ("Odd", "--custom-objects")),
        ({"class_name": "Lambda", "config": {"name": "x"}}, ("'x' (Lambda)", "--custom-objects")),
        ({"class_name": "Dense", "config": {"name": "x", "units": 2, "activation": "odd"}},
         ("odd", "--custom-objects")),
        ({"class_name": "Dense", "config": {"name": "x", "units": -2}}, ("'x' (Dense)",)),
        ({"class_name": "Conv2D", "config": {"name": "x", "filters": 2, "kernel_size": 3}},
         ("'x' (Conv2D)",)),
    ],
    ids=["custom", "lambda", "activation", "argument", "shape"],
)  # fmt: skip
def test_what_cannot_be_rebuilt_is_named(
    layer: dict[str, Any], words: tuple[str, ...], tmp_path: Path
) -> None:
    path = save(shake(mnist()), tmp_path / "net.h5")
    first = {"class_name": "Flatten", "config": {"name": "f", "batch_input_shape": [None, 2, 2]}}
    with pytest.raises(ModelError) as caught:
        build(from_parts(config_of(first, layer), path))
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_a_huge_claim_takes_no_memory(tmp_path: Path) -> None:
    path = save(shake(mnist()), tmp_path / "net.h5")
    first = {"class_name": "Dense", "config": {"name": "a", "units": 10**7,
                                               "batch_input_shape": [None, 10**7]}}  # fmt: skip
    with pytest.raises(ModelError):
        build(from_parts(config_of(first), path))


def test_a_class_without_a_list_of_layers_is_explained(tmp_path: Path) -> None:
    path = save(shake(mnist()), tmp_path / "net.h5")
    with pytest.raises(ModelError, match="Python class"):
        build(from_parts({"class_name": "Model", "config": {"name": "mine"}}, path))


def test_a_circle_is_refused(tmp_path: Path) -> None:
    path = save(shake(mnist()), tmp_path / "net.h5")
    layers = [
        {"class_name": "InputLayer", "name": "i", "inbound_nodes": [],
         "config": {"name": "i", "batch_input_shape": [None, 3]}},
        {"class_name": "Add", "name": "a", "inbound_nodes": [[["i", 0, 0, {}], ["b", 0, 0, {}]]],
         "config": {"name": "a"}},
        {"class_name": "ReLU", "name": "b", "inbound_nodes": [[["a", 0, 0, {}]]],
         "config": {"name": "b"}},
    ]  # fmt: skip
    content = {"name": "m", "layers": layers, "input_layers": [["i", 0, 0]],
               "output_layers": [["b", 0, 0]]}  # fmt: skip
    with pytest.raises(ModelError, match="circle"):
        build(from_parts({"class_name": "Functional", "config": content}, path))


@pytest.mark.parametrize("ending", ["h5", "keras"])
def test_a_lambda_becomes_the_users_own_function(ending: str, tmp_path: Path) -> None:
    from model import archive

    keras = old()
    L = keras.layers
    model = keras.Sequential([L.Input((6,)), L.Lambda(lambda x: x * 2, name="twice"), L.Dense(3)])
    path = save(shake(model), tmp_path / f"net.{ending}")
    code = tmp_path / "mine.py"
    code.write_text("def twice(x):\n    return x * 2\n")
    inputs = random_inputs(model)
    built = build(archive.read(path, code), code)
    assert built.repairs == ()
    close(run(built.model, inputs), run(model, inputs))
