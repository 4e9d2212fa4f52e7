"""model/archive/: what is in a file, without running it."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import pytest

from model import archive
from model.archive import zipped
from tests.networks import save_cnn
from util import ModelError


@pytest.mark.parametrize(("suffix", "kind"), [(".h5", "h5"), (".keras", "keras")])
def test_reads_what_keras_saved(tmp_path: Path, suffix: str, kind: str) -> None:
    import keras

    read = archive.read(save_cnn(tmp_path / f"net{suffix}"))
    assert read.format == kind
    assert read.keras_version == keras.__version__
    names = [layer["config"]["name"] for layer in read.config["config"]["layers"]]
    assert names[1:] == ["conv", "pool", "flatten", "dense", "dropout", "probabilities"]


def test_format_is_told_by_content_not_by_name(tmp_path: Path) -> None:
    path = save_cnn(tmp_path / "net.h5").rename(tmp_path / "net.keras")
    assert archive.read(path).format == "h5"


def write_text(path: Path) -> None:
    path.write_text("{}")


def write_weights(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"dense"]


def write_other_hdf5(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["data"] = [1, 2]


def write_cut_short(path: Path) -> None:
    path.write_bytes(save_cnn(path.with_suffix(".whole.h5")).read_bytes()[:5000])


def write_pointer(path: Path) -> None:
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")


def write_other_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("readme.txt", "hello")


def write_broken_json(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = "{"
        file.attrs["layer_names"] = [b"dense"]


@pytest.mark.parametrize(
    ("write", "sentence"),
    [
        (lambda path: None, "There is no file"),
        (Path.mkdir, "is a folder"),
        (write_text, "is not a saved network but JSON"),
        (write_weights, "holds weights alone"),
        (write_other_hdf5, "is an HDF5 file but no saved network"),
        (write_cut_short, "is cut short"),
        (write_pointer, "Git LFS pointer"),
        (write_other_zip, "config.json is missing"),
        (write_broken_json, "is not valid JSON"),
    ],
)
def test_what_is_no_network_gets_its_sentence(
    tmp_path: Path, write: Callable[[Path], None], sentence: str
) -> None:
    path = tmp_path / "net"
    write(path)
    with pytest.raises(ModelError, match=sentence) as caught:
        archive.read(path)
    assert str(path) in str(caught.value)


def layer(kind: str, **extra: Any) -> dict[str, Any]:
    return {"class_name": kind, "config": {"name": "odd_one"}, **extra}


@pytest.mark.parametrize(
    "inner",
    [
        layer("Lambda", module="keras.layers"),
        layer("TorchModuleWrapper", module="keras.layers"),
        layer("TFSMLayer", module="keras.layers"),
        layer("system", module="os"),
        layer("run", module="subprocess"),
        layer("Mine", module="my_package.layers"),
        layer("Mine", module="keras.layers", registered_name="Custom>Mine"),
        {"class_name": "function", "config": "get_file", "module": "keras.utils"},
        {"class_name": "__lambda__", "config": {"value": "4wEAAAA="}},
    ],
)
def test_code_in_a_config_is_refused_by_name(inner: dict[str, Any]) -> None:
    config = {"class_name": "Sequential", "config": {"layers": [{"config": {"deep": [inner]}}]}}
    with pytest.raises(ModelError, match=r"not executed|is executed|not imported"):
        archive.refuse_code(config, Path("net.h5"))


def test_lambda_saved_by_keras_is_refused_with_the_layers_name(tmp_path: Path) -> None:
    from keras import layers

    path = save_cnn(tmp_path / "net.h5", layers.Lambda(lambda x: x * 2, name="doubling"))
    with pytest.raises(ModelError, match="'doubling'"):
        archive.read(path)


def test_training_settings_may_name_anything_as_they_are_never_loaded() -> None:
    config = {"class_name": "Sequential", "config": {}, "compile_config": layer("x", module="os")}
    archive.refuse_code(config, Path("net.h5"))


def test_deeply_nested_config_is_walked_without_recursion() -> None:
    config: dict[str, Any] = layer("Lambda")
    for _ in range(5000):
        config = {"config": config}
    with pytest.raises(ModelError):
        archive.refuse_code({"class_name": "Sequential", "config": config}, Path("net.h5"))


def test_claimed_size_of_a_description_is_limited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "net.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("config.json", json.dumps({"class_name": " " * 10_000}))
    monkeypatch.setattr(zipped, "MAX_CONFIG_BYTES", 5_000)
    with pytest.raises(ModelError, match="larger than any"):
        archive.read(path)
