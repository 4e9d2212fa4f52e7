"""model/weights: every layout of weights finds its variables, or a sentence says which does not."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from model.build import build
from tests.networks import run
from tests.old_keras import (
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
from tests.old_networks import mnist, nested, rows
from util import ModelError


def renamed(path: Path, change: Any) -> Path:
    """The layers of a file of weights under other names."""
    with h5py.File(path, "r+") as file:
        root = file.get("model_weights", file)
        names = [n.decode() if isinstance(n, bytes) else n for n in root.attrs["layer_names"]]
        for name in names:
            if change(name) != name:
                root.move(name, change(name))
        root.attrs["layer_names"] = [change(name).encode() for name in names]
    return path


def test_other_names_of_layers_fall_back_to_order(tmp_path: Path) -> None:
    model = shake(mnist())
    path = renamed(save(model, tmp_path / "net.h5"), lambda name: f"odd_{name}")
    inputs = random_inputs(model)
    close(run(opened(path).model, inputs), run(model, inputs))


def test_lists_of_names_may_be_cut_in_pieces(tmp_path: Path) -> None:
    model = shake(mnist())
    path = save(model, tmp_path / "net.h5")
    with h5py.File(path, "r+") as file:
        root = file["model_weights"]
        names = list(root.attrs["layer_names"])
        del root.attrs["layer_names"]
        root.attrs["layer_names0"], root.attrs["layer_names1"] = names[:3], names[3:]
    inputs = random_inputs(model)
    close(run(opened(path).model, inputs), run(model, inputs))


def test_inner_weights_without_names_of_layers_are_told_by_order(tmp_path: Path) -> None:
    model = shake(nested())
    path = save(model, tmp_path / "net.h5")
    with h5py.File(path, "r+") as file:
        group = file["model_weights/body"]
        names = list(group.attrs["weight_names"])
        plain = []
        for number, name in enumerate(names):
            text = name.decode() if isinstance(name, bytes) else name
            group[f"g{number}/{text.rsplit('/', 1)[1]}"] = group[text][()]
            plain.append(f"g{number}/{text.rsplit('/', 1)[1]}".encode())
        group.attrs["weight_names"] = plain
    inputs = random_inputs(model)
    close(run(opened(path).model, inputs), run(model, inputs))


def test_half_precision_becomes_single(tmp_path: Path) -> None:
    model = shake(mnist())
    model.set_weights([w.astype(np.float16).astype(np.float32) for w in model.get_weights()])
    path = save(model, tmp_path / "net.h5")
    with h5py.File(path, "r+") as file:
        halves: list[tuple[str, Any]] = []
        file["model_weights"].visititems(
            lambda name, item: halves.append((name, item[()])) if hasattr(item, "shape") else None
        )
        for name, value in halves:
            del file["model_weights"][name]
            file["model_weights"][name] = value.astype(np.float16)
    built = opened(path)
    assert {w.dtype for w in built.model.weights} == {"float32"}
    inputs = random_inputs(model)
    close(run(built.model, inputs), run(model, inputs))


def to_cudnn(kernel: Any, recurrent: Any, bias: Any, count: int) -> list[Any]:
    """Weights as a graphics card's layer keeps them."""
    kernel = np.hstack([k.T.reshape(k.shape, order="C") for k in np.hsplit(kernel, count)])
    recurrent = np.hstack([k.T for k in np.hsplit(recurrent, count)])
    return [kernel, recurrent, np.concatenate([0.25 * bias, 0.75 * bias]) if count == 4 else
            bias.reshape(-1)]  # fmt: skip


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_layers_of_graphics_cards(kind: str, tmp_path: Path) -> None:
    keras = old()
    L = keras.layers
    model = shake(keras.Sequential([L.Input((6, 4)), getattr(L, kind)(5, name="r"), L.Dense(3)]))
    inputs = random_inputs(model)
    path = save(model, tmp_path / "net.h5")

    def change(config: dict[str, Any]) -> dict[str, Any]:
        for layer in config["config"]["layers"]:
            if layer["class_name"] == kind:
                layer["class_name"] = f"CuDNN{kind}"
                layer["config"] = {"name": "r", "units": 5, "return_sequences": False,
                                   "stateful": False, "go_backwards": False}  # fmt: skip
        return config

    with h5py.File(edited(path, change), "r+") as file:
        group = file["model_weights/r"]
        names = list(group.attrs["weight_names"])
        values = to_cudnn(*(group[name][()] for name in names), 4 if kind == "LSTM" else 3)
        for name, value in zip(names, values, strict=True):
            del group[name]
            group[name] = value
    close(run(opened(path).model, inputs), run(model, inputs))


def test_kernels_of_theano_in_keras_2_are_mirrored(tmp_path: Path) -> None:
    model = shake(mnist())
    inputs = random_inputs(model)
    wanted = run(model, inputs)
    model.set_weights([w[::-1, ::-1] if w.ndim == 4 else w for w in model.get_weights()])
    path = save(model, tmp_path / "net.h5")
    with h5py.File(path, "r+") as file:
        file["model_weights"].attrs["backend"] = "theano"
        file.attrs["backend"] = "theano"
    built = opened(path)
    close(run(built.model, inputs), wanted)
    assert any("mirrored" in sentence for sentence in built.repairs)


def backslashes(path: Path) -> Path:
    """Paths as Keras 2.12 wrote them on Windows."""
    with h5py.File(path, "r+") as file:
        arrays: list[tuple[str, Any]] = []
        file.visititems(
            lambda name, item: arrays.append((name, item[()])) if hasattr(item, "shape") else None
        )
        for key in list(file):
            del file[key]
        for name, value in arrays:
            folder, last = name.replace("layers", "_layer_checkpoint_dependencies", 1).rsplit(
                "/vars/", 1
            )
            group = "\\".join(folder.split("/")) + "\\vars"
            file.require_group(group)[last] = value
    return path


def test_paths_of_windows_and_of_keras_2_12(tmp_path: Path) -> None:
    model = shake(mnist())
    path = tmp_path / "only.weights.h5"
    with quiet():
        model.save_weights(path)
    inputs = random_inputs(model)
    config = old_config(model)
    close(run(build(from_parts(config, backslashes(path), "2.12.0")).model, inputs),
          run(model, inputs))  # fmt: skip


def test_a_weight_of_another_shape_is_named(tmp_path: Path) -> None:
    model = shake(mnist())
    path = save(model, tmp_path / "net.h5")

    def wider(config: dict[str, Any]) -> dict[str, Any]:
        config["config"]["layers"][-1]["config"]["units"] = 11
        return config

    with pytest.raises(ModelError) as caught:
        opened(edited(path, wider))
    text = str(caught.value)
    assert all(word in text for word in ("'kernel' (16, 11)", "(16, 10)", "(Dense)")), text


@pytest.mark.parametrize("ending", ["h5", "weights.h5"])
def test_a_layer_without_weights_in_the_file_is_named(ending: str, tmp_path: Path) -> None:
    model = shake(mnist())
    path = tmp_path / f"only.{ending}"
    with quiet():
        model.save_weights(path)
    config = old_config(model)
    extra = {"class_name": "Dense", "config": {"name": "more", "units": 2}}
    config["config"]["layers"].append(extra)
    with pytest.raises(ModelError, match="more"):
        build(from_parts(config, path, "2.15.0"))


def test_every_variable_has_the_value_of_the_file(tmp_path: Path) -> None:
    model = shake(rows())
    built = opened(save(model, tmp_path / "net.h5"))
    theirs = sorted(float(np.abs(w).sum()) for w in model.get_weights())
    ours = sorted(float(np.abs(w).sum()) for w in built.model.get_weights())
    assert np.allclose(ours, theirs)
