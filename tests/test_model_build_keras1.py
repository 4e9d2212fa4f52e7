"""Files of Keras 1, written by hand: its names, and its weights in their layouts."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from model.build import Built, build
from tests.networks import run
from tests.old_keras import close, from_parts, old, random_inputs, shake
from util import ModelError

Layers = list[dict[str, Any]]
Weights = dict[str, dict[str, Any]]


def layer(kind: str, name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": kind, "config": {"name": name, "trainable": True, **config}}


def write(path: Path, weights: Weights, version: str | None = "1.2.2", backend: str = "") -> Path:
    """An h5 file as Keras 1 wrote it; `weights` by layer and by name, in order."""
    with h5py.File(path, "w") as file:
        root = file.create_group("model_weights")
        root.attrs["layer_names"] = [name.encode() for name in weights]
        if version:
            root.attrs["keras_version"] = version.encode()
        if backend:
            root.attrs["backend"] = backend.encode()
        for name, arrays in weights.items():
            group = root.create_group(name)
            group.attrs["weight_names"] = [key.encode() for key in arrays]
            for key, value in arrays.items():
                group[key] = np.asarray(value)
    return path


def opened(path: Path, layers: Layers, weights: Weights, **given: Any) -> Built:
    config = {"class_name": "Sequential", "config": layers}
    version = given.get("version", "1.2.2")
    return build(from_parts(config, write(path, weights, **given), version))


def convolution(name: str, order: str = "tf", **more: Any) -> dict[str, Any]:
    return layer(
        "Convolution2D", name, nb_filter=4, nb_row=3, nb_col=2, init="glorot_uniform",
        activation="relu", border_mode="same", subsample=[2, 1], dim_ordering=order,
        W_regularizer=None, b_regularizer={"name": "WeightRegularizer", "l1": 0.0, "l2": 0.1},
        W_constraint=None, bias=True, **more,
    )  # fmt: skip


def reference(shape: tuple[int, ...], *layers: Any) -> Any:
    keras = old()
    return shake(keras.Sequential([keras.layers.Input(shape), *layers]))


def test_a_convolutional_network(tmp_path: Path) -> None:
    L = old().layers
    model = reference(
        (9, 9, 3), L.Conv2D(4, (3, 2), strides=(2, 1), padding="same", activation="relu"),
        L.BatchNormalization(epsilon=1e-5), L.MaxPooling2D((2, 2)), L.Flatten(),
        L.Dense(5, activation="hard_sigmoid"), L.Dense(3, activation="softmax"),
    )  # fmt: skip
    w = model.get_weights()
    layers = [
        convolution("c", batch_input_shape=[None, 9, 9, 3], input_dtype="float32"),
        layer("BatchNormalization", "n", epsilon=1e-5, mode=0, axis=-1, momentum=0.99,
              beta_init="zero", gamma_init="one"),
        layer("MaxPooling2D", "p", pool_size=[2, 2], strides=[2, 2], border_mode="valid",
              dim_ordering="tf"),
        layer("Dropout", "d", p=0.25),
        layer("Flatten", "f"),
        layer("Dense", "a", output_dim=5, activation="hard_sigmoid", bias=True, input_dim=None),
        layer("Dense", "b", output_dim=3, activation="softmax", bias=True, init="uniform"),
    ]  # fmt: skip
    weights = {
        "c": {"c_W": w[0], "c_b": w[1]},
        "n": {"n_gamma": w[2], "n_beta": w[3], "n_running_mean": w[4], "n_running_std": w[5]},
        "p": {}, "d": {}, "f": {},
        "a": {"a_W": w[6], "a_b": w[7]},
        "b": {"b_W": w[8], "b_b": w[9]},
    }  # fmt: skip
    built = opened(tmp_path / "net.h5", layers, weights)
    inputs = random_inputs(model)
    close(run(built.model, inputs), run(model, inputs))
    assert any("Keras 1" in sentence for sentence in built.repairs)


@pytest.mark.parametrize("backend", ["", "theano", "tensorflow"])
def test_kernels_of_theano(backend: str, tmp_path: Path) -> None:
    keras = old()
    L = keras.layers
    # The old code cannot run channels first on a processor; channels last gives the same.
    model = shake(keras.Sequential(
        [L.Input((9, 9, 3)), L.Conv2D(4, (3, 2), strides=(2, 1), padding="same",
                                      activation="relu"), L.Permute((3, 1, 2)), L.Flatten(),
         L.Dense(3)]))  # fmt: skip
    kernel, bias, dense, dense_bias = model.get_weights()
    stored = kernel.transpose(3, 2, 0, 1)
    if backend != "tensorflow":
        stored = stored[:, :, ::-1, ::-1]
    layers = [convolution("c", "th", batch_input_shape=[None, 3, 9, 9]), layer("Flatten", "f"),
              layer("Dense", "a", output_dim=3, activation="linear", bias=True)]  # fmt: skip
    weights = {"c": {"c_W": stored, "c_b": bias}, "f": {}, "a": {"a_W": dense, "a_b": dense_bias}}
    built = opened(tmp_path / "net.h5", layers, weights, backend=backend)
    image = random_inputs(model)[0]
    # "same" at a stride pads alike in both orders.
    close(run(built.model, [image.transpose(0, 3, 1, 2)]), run(model, [image]))
    assert any("mirrored" in s for s in built.repairs) == (backend != "tensorflow")


def gates(kernel: Any, recurrent: Any, bias: Any, order: list[tuple[str, int]]) -> dict[str, Any]:
    """Weights of one array a gate, named and ordered as Keras 1 did."""
    units = recurrent.shape[0]
    arrays = {}
    for name, place in order:
        span = slice(place * units, (place + 1) * units)
        arrays |= {f"r_W_{name}": kernel[:, span], f"r_U_{name}": recurrent[:, span],
                   f"r_b_{name}": bias[span]}  # fmt: skip
    return arrays


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_recurrent_layers_of_one_array_a_gate(kind: str, tmp_path: Path) -> None:
    L = old().layers
    given = {"reset_after": False} if kind == "GRU" else {}
    made = getattr(L, kind)(5, recurrent_activation="hard_sigmoid", **given)
    model = reference((6, 4), made, L.Dense(3))
    kernel, recurrent, bias, *rest = model.get_weights()
    order = [("i", 0), ("c", 2), ("f", 1), ("o", 3)] if kind == "LSTM" else [
        ("z", 0), ("r", 1), ("h", 2)]  # fmt: skip
    layers = [
        layer(kind, "r", output_dim=5, activation="tanh", inner_activation="hard_sigmoid",
              init="glorot_uniform", inner_init="orthogonal", forget_bias_init="one",
              consume_less="cpu", dropout_W=0.0, dropout_U=0.0, W_regularizer=None, unroll=False,
              go_backwards=False, stateful=False, return_sequences=False, input_dim=4,
              input_length=6, batch_input_shape=[None, 6, 4]),
        layer("Dense", "a", output_dim=3, activation="linear"),
    ]  # fmt: skip
    weights = {"r": gates(kernel, recurrent, bias, order), "a": {"a_W": rest[0], "a_b": rest[1]}}
    built = opened(tmp_path / "net.h5", layers, weights)
    inputs = random_inputs(model)
    close(run(built.model, inputs), run(model, inputs))


def test_one_dimension_dilation_and_transposition(tmp_path: Path) -> None:
    L = old().layers
    model = reference(
        (9, 9, 2), L.Conv2D(4, 3, dilation_rate=2), L.Conv2DTranspose(3, 3, strides=2),
        L.Reshape((-1, 3)), L.Conv1D(5, 3), L.AveragePooling1D(2), L.UpSampling1D(2),
        L.GlobalMaxPooling1D(), L.Dense(2),
    )  # fmt: skip
    w = model.get_weights()
    layers = [
        layer("AtrousConvolution2D", "c", nb_filter=4, nb_row=3, nb_col=3, atrous_rate=[2, 2],
              dim_ordering="tf", border_mode="valid", activation="linear",
              batch_input_shape=[None, 9, 9, 2]),
        layer("Deconvolution2D", "t", nb_filter=3, nb_row=3, nb_col=3, subsample=[2, 2],
              output_shape=[None, 11, 11, 3], dim_ordering="tf", border_mode="valid",
              activation="linear"),
        layer("Reshape", "s", target_shape=[-1, 3]),
        layer("Convolution1D", "o", nb_filter=5, filter_length=3, subsample_length=1,
              border_mode="valid", activation="linear", input_dim=3, input_length=None),
        layer("AveragePooling1D", "p", pool_length=2, stride=2, border_mode="valid"),
        layer("UpSampling1D", "u", length=2),
        layer("GlobalMaxPooling1D", "g"),
        layer("Dense", "a", output_dim=2, activation="linear"),
    ]  # fmt: skip
    weights = {
        "c": {"c_W": w[0], "c_b": w[1]},
        "t": {"t_W": w[2].transpose(0, 1, 3, 2), "t_b": w[3]},
        "o": {"o_W": w[4][:, None], "o_b": w[5]},
        "a": {"a_W": w[6], "a_b": w[7]},
    }
    built = opened(tmp_path / "net.h5", layers, weights)
    inputs = random_inputs(model)
    close(run(built.model, inputs), run(model, inputs))


def test_maxout_and_highway(tmp_path: Path) -> None:
    g = np.random.default_rng(0)
    W, b = g.normal(size=(3, 6, 4)).astype("f"), g.normal(size=(3, 4)).astype("f")
    H, T = (g.normal(size=(4, 4)).astype("f") for _ in range(2))
    hb, tb = (g.normal(size=4).astype("f") for _ in range(2))
    layers = [
        layer("MaxoutDense", "m", output_dim=4, nb_feature=3, bias=True, input_dim=6,
              batch_input_shape=[None, 6]),
        layer("Highway", "h", activation="tanh", bias=True, transform_bias=-2, input_dim=4),
    ]  # fmt: skip
    weights = {"m": {"m_W": W, "m_b": b},
               "h": {"h_W": H, "h_W_carry": T, "h_b": hb, "h_b_carry": tb}}  # fmt: skip
    built = opened(tmp_path / "net.h5", layers, weights)
    x = g.normal(size=(5, 6)).astype("f")
    m = (np.einsum("ni,kio->nko", x, W) + b).max(axis=1)
    t = 1 / (1 + np.exp(-(m @ T + tb)))
    close(run(built.model, [x]), [t * np.tanh(m @ H + hb) + (1 - t) * m])


def test_a_graph_that_merges(tmp_path: Path) -> None:
    keras = old()
    L = keras.layers
    source = L.Input((6,))
    a, b = L.Dense(4, name="a"), L.Dense(4, name="b")
    x, y = a(source), b(source)
    model = shake(keras.Model(source, L.Concatenate()([L.Add()([x, y]), L.Multiply()([x, y])])))
    w = model.get_weights()

    def node(*names: str) -> list[Any]:
        return [[[name, 0, 0] for name in names]]

    layers = [
        {**layer("InputLayer", "i", batch_input_shape=[None, 6], input_dtype="float32",
                 sparse=False), "name": "i", "inbound_nodes": []},
        {**layer("Dense", "a", output_dim=4, activation="linear"), "inbound_nodes": node("i")},
        {**layer("Dense", "b", output_dim=4, activation="linear"), "inbound_nodes": node("i")},
        {**layer("Merge", "s", mode="sum", mode_type="raw", concat_axis=-1, dot_axes=-1),
         "inbound_nodes": node("a", "b")},
        {**layer("Merge", "m", mode="mul", mode_type="raw"), "inbound_nodes": node("a", "b")},
        {**layer("Merge", "c", mode="concat", mode_type="raw", concat_axis=-1),
         "inbound_nodes": node("s", "m")},
    ]  # fmt: skip
    content = {"name": "m1", "layers": [{**x, "name": x["config"]["name"]} for x in layers],
               "input_layers": [["i", 0, 0]], "output_layers": [["c", 0, 0]]}  # fmt: skip
    weights = {"a": {"a_W": w[0], "a_b": w[1]}, "b": {"b_W": w[2], "b_b": w[3]}}
    path = write(tmp_path / "net.h5", weights)
    built = build(from_parts({"class_name": "Model", "config": content}, path, "1.2.2"))
    inputs = random_inputs(model)
    close(run(built.model, inputs), run(model, inputs))


def test_a_chain_that_begins_by_merging(tmp_path: Path) -> None:
    g = np.random.default_rng(0)
    one, two = g.normal(size=(5, 3)).astype("f"), g.normal(size=(4, 3)).astype("f")

    def branch(name: str, width: int) -> dict[str, Any]:
        first = layer("Dense", name, output_dim=3, activation="linear", bias=False,
                      batch_input_shape=[None, width])  # fmt: skip
        return {"class_name": "Sequential", "config": [first]}

    merged = {"class_name": "Merge",
              "config": {"name": "m", "layers": [branch("a", 5), branch("b", 4)], "mode": "sum",
                         "mode_type": "raw"}}  # fmt: skip
    weights = {"m": {"a_W": one, "b_W": two}}
    built = opened(tmp_path / "net.h5", [merged, layer("Activation", "t", activation="tanh")],
                   weights)  # fmt: skip
    x, y = g.normal(size=(2, 5)).astype("f"), g.normal(size=(2, 4)).astype("f")
    close(run(built.model, [x, y]), [np.tanh(x @ one + y @ two)])


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        (layer("BatchNormalization", "n", mode=1, axis=-1), "mode=1"),
        (layer("Merge", "m", mode="code", mode_type="lambda"), "Python function"),
    ],
    ids=["batch mode", "function"],
)
def test_what_keras_1_alone_could_do(odd: dict[str, Any], words: str, tmp_path: Path) -> None:
    first = layer("Dense", "a", output_dim=2, batch_input_shape=[None, 2])
    with pytest.raises(ModelError, match=words):
        opened(tmp_path / "net.h5", [first, odd], {"a": {"a_W": np.eye(2), "a_b": np.zeros(2)}})
