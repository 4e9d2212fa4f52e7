"""model/report.py and peek.py: what is told of a network, opened or not."""

import json
from pathlib import Path
from typing import Any

import h5py
import pytest

from model.archive.peek import MAX_LAYERS, named_layers, peek
from model.report import report
from tests.networks import save_cnn

KEYS = {
    "model", "opens", "reason", "format", "keras_version", "input", "inputs", "output", "outputs",
    "head", "classes", "params", "layers", "hidden", "repairs", "custom",
}  # fmt: skip


def told(path: Path, **options: Any) -> dict[str, Any]:
    """A report, held to its form."""
    known = report(path, **options)
    assert set(known) == KEYS
    assert json.loads(json.dumps(known, allow_nan=False)) == known
    assert known["opens"] is (known["reason"] is None)
    return known


@pytest.mark.parametrize(("suffix", "format"), [(".h5", "h5"), (".keras", "keras")])
def test_a_network_that_opens_is_told_in_full(tmp_path: Path, suffix: str, format: str) -> None:
    import keras

    path = save_cnn(tmp_path / f"net{suffix}")
    known = told(path)
    assert known["opens"] and known["model"] == str(path) and known["format"] == format
    assert known["keras_version"] == keras.__version__
    assert known["input"]["shape"] == [8, 8, 1] and known["input"]["dtype"] == "float32"
    assert known["inputs"] == [known["input"]]
    assert known["output"] == {"name": "probabilities", "shape": [10], "dtype": "float32"}
    assert known["outputs"] == [known["output"]]
    assert (known["head"], known["classes"], known["params"]) == ("softmax", 10, 802)
    assert known["hidden"] == "dense"
    assert known["layers"][0] == {
        "name": "conv", "kind": "Conv2D", "shape": [6, 6, 4], "params": 40, "units": 4,
    }  # fmt: skip
    assert [layer["name"] for layer in known["layers"]] == [
        "conv", "pool", "flatten", "dense", "dropout", "probabilities",
    ]  # fmt: skip
    assert (known["repairs"], known["custom"]) == ([], [])


def test_a_choice_of_outputs_is_told_with_all_of_them(tmp_path: Path) -> None:
    import keras
    from keras import layers

    start = keras.Input((8, 8, 1), name="photo")
    x = layers.Flatten(name="flat")(start)
    ends = [layers.Dense(3, name="kind")(x), layers.Dense(2, name="age")(x)]
    path = tmp_path / "net.keras"
    keras.Model(start, ends).save(path)
    known = told(path)
    assert "--output NAME" in known["reason"]
    assert [(x["name"], x["shape"]) for x in known["outputs"]] == [("kind", [3]), ("age", [2])]
    assert known["params"] == 65 * 5
    assert [layer["kind"] for layer in known["layers"]] == ["Flatten", "Dense", "Dense"]
    chosen = told(path, output="age")
    assert chosen["opens"] and chosen["output"]["name"] == "age" and chosen["classes"] == 2


def test_a_custom_layer_is_named(tmp_path: Path) -> None:
    import keras
    from keras import layers

    @keras.saving.register_keras_serializable("mine")
    class Doubling(layers.Layer):
        def call(self, x: Any) -> Any:
            return 2 * x

    model = keras.Sequential(
        [keras.Input((4,)), layers.Dense(3, name="first"), Doubling(name="twice")]
    )
    model.save(tmp_path / "net.keras")
    keras.saving.get_custom_objects().pop("mine>Doubling")
    known = told(tmp_path / "net.keras")
    assert "twice" in known["reason"] or "Doubling" in known["reason"]
    assert known["custom"] == ["twice"]
    assert (known["format"], known["keras_version"]) == ("keras", keras.__version__)
    assert [(x["name"], x["kind"]) for x in known["layers"]] == [
        ("first", "Dense"), ("twice", "Doubling"),
    ]  # fmt: skip


def test_weights_alone_are_told_to_be_that(tmp_path: Path) -> None:
    import keras

    path = tmp_path / "net.h5"
    model = keras.saving.load_model(save_cnn(tmp_path / "whole.h5"), compile=False)
    model.save_weights(tmp_path / "net.weights.h5")
    (tmp_path / "net.weights.h5").rename(path)
    (tmp_path / "whole.h5").unlink()
    known = told(path)
    assert not known["opens"] and "weights" in known["reason"]
    assert known["format"] == "weights"


@pytest.mark.parametrize(
    "content", [None, b"", b"version https://git-lfs.github.com/spec/v1\n", b"PK\x03\x04 and so on",
                b"\x89HDF\r\n\x1a\n cut short", b"<html>"]
)  # fmt: skip
def test_what_is_no_network_has_a_reason_and_nothing_else(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "net.h5"
    if content is not None:
        path.write_bytes(content)
    known = told(path)
    assert known["reason"].endswith((".", "first.", ")")) and len(known["reason"]) > 20
    assert known["layers"] == known["outputs"] == [] and known["head"] is None


def test_names_that_are_no_text_can_be_printed(tmp_path: Path) -> None:
    layer = {"class_name": "Mine", "config": {"name": "\ud800"}}
    config = {"class_name": "Sequential", "config": {"name": "net", "layers": [layer]}}
    with h5py.File(tmp_path / "net.h5", "w") as file:
        file.attrs["model_config"] = json.dumps(config)
        file.create_group("model_weights").attrs["layer_names"] = []
    known = told(tmp_path / "net.h5")
    json.dumps(known, ensure_ascii=False).encode("utf-8")
    assert [layer["kind"] for layer in known["layers"]] == ["Mine"]
    assert len(known["custom"]) == 1


def test_layers_of_an_old_config_are_named_with_their_models() -> None:
    inner = {"class_name": "Sequential", "config": [
        {"class_name": "Convolution2D", "config": {"name": "conv", "nb_filter": 3}},
        {"class_name": "MyLayer", "config": {"name": "mine"}},
    ], "name": "features"}  # fmt: skip
    config = {"class_name": "Model", "config": {"name": "net", "layers": [
        {"class_name": "InputLayer", "config": {"name": "start"}},
        inner,
        {"class_name": "Lambda", "config": {"name": "code"}},
        {"class_name": "Dense", "config": {"name": "out"}},
    ]}}  # fmt: skip
    found = named_layers(config)
    assert [(x.name, x.kind) for x in found] == [
        ("features/conv", "Convolution2D"),
        ("features/mine", "MyLayer"), ("code", "Lambda"), ("out", "Dense"),
    ]  # fmt: skip
    assert [x.name for x in found if x.is_custom] == ["features/mine", "code"]


def test_configs_of_any_form_are_survived() -> None:
    deep: Any = []
    for _ in range(5000):
        deep = {"class_name": "Sequential", "config": {"name": "x", "layers": [deep]}}
    many = {"config": {"layers": [{"class_name": "Dense", "config": {}}] * (2 * MAX_LAYERS)}}
    for config in (None, 3, "text", [], [[]], {}, {"config": 1}, {"config": {"layers": {}}}, deep):
        assert named_layers(config) == []
    assert len(named_layers(many)) == MAX_LAYERS
    assert peek(Path("no such file")).format is None
