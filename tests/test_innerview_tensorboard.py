"""TensorBoard's logs: what real writers wrote, files that grow, that break off, that are wrong."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary

from innerview.stores import open_backend, readonly
from innerview.stores.tensorboard import open_tensorboard
from tests.event_files import (
    NAME,
    append,
    event,
    metadata,
    runs,
    scalar,
    series,
    steps,
    tensor,
    values,
)

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def _always_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readonly, "PAUSE", 0.0)


def pixels(content: bytes | None) -> np.ndarray[Any, np.dtype[np.uint8]]:
    assert content is not None
    return np.asarray(PIL.Image.open(io.BytesIO(content)))


def float32(numbers: Any) -> list[float]:
    found: list[float] = np.asarray(numbers, np.float32).astype(float).tolist()
    return found


@pytest.mark.slow
def test_what_keras_and_tensorflow_wrote_comes_back(tmp_path: Path) -> None:
    import keras
    import tensorflow as tf
    from tensorboard.plugins.hparams import api as hp

    rng = np.random.default_rng(0)
    numbers, pictures = rng.normal(size=1000), rng.random((3, 5, 7, 1))
    with tf.summary.create_file_writer(str(tmp_path / "plain")).as_default():
        for step in range(50):
            tf.summary.scalar("loss", 1 / (step + 1), step=step)
        tf.summary.histogram("normal", numbers, step=1, buckets=7)
        tf.summary.histogram("constant", np.ones(5), step=2)
        tf.summary.histogram("empty", np.zeros(0), step=3)
        tf.summary.image("pictures", pictures, step=4)
        tf.summary.text("words", "hello", step=5)
        tf.summary.text("table", [["a", "b"], ["c", "d"]], step=6)
        hp.hparams({"lr": 0.01, "units": 16, "act": "relu", "bn": False})
    layers = [keras.Input((4,)), keras.layers.Dense(3, name="hidden")]
    # Named, as Keras counts the networks of a process.
    network = keras.Sequential(layers, name="sequential")
    network.compile("sgd", "mse", metrics=["mae"])
    x, y = rng.normal(size=(64, 4)), rng.normal(size=(64, 3))
    log = str(tmp_path / "net")
    callback = keras.callbacks.TensorBoard(log, histogram_freq=1, write_images=True, update_freq=1)
    history = network.fit(
        x, y, 16, epochs=3, validation_split=0.25, verbose=0,
        callbacks=[callback, hp.KerasCallback(log, {"units": 3, "lr": 0.5})],
    ).history  # fmt: skip

    backend = open_backend(str(tmp_path))
    assert set(runs(backend)) == {"plain", "net", "net/train", "net/validation"}
    assert values(backend, "plain", "loss") == float32(1 / np.arange(1.0, 51.0))
    plain = runs(backend)["plain"]
    assert plain.parameters == {"lr": 0.01, "units": 16, "act": "relu", "bn": False}
    (normal,) = backend.histograms(plain.id, "normal")
    counts, edges = np.histogram(numbers, 7)
    np.testing.assert_array_equal(normal.counts, counts)
    np.testing.assert_allclose(normal.edges, edges)
    (constant,), (empty,) = (backend.histograms(plain.id, tag) for tag in ("constant", "empty"))
    assert (constant.edges.tolist(), constant.counts.tolist()) == ([0.5, 1.5], [5.0])
    assert empty.counts.sum() == 0
    for number, tag in enumerate(["pictures", "pictures/1", "pictures/2"]):
        (info,) = backend.images(plain.id, tag)
        assert (info.width, info.height, info.step) == (7, 5, 4)
        expected = tf.image.convert_image_dtype(pictures[number, :, :, 0], tf.uint8).numpy()
        np.testing.assert_array_equal(pixels(backend.image(plain.id, info.id)), expected)
    assert {text.tag: text.text for text in backend.texts()} == {
        "words": "hello",
        "table": "a\tb\nc\td",
    }

    for split, prefix in (("train", ""), ("validation", "val_")):
        for metric in ("loss", "mae"):
            found = values(backend, f"net/{split}", f"epoch_{metric}")
            assert found == float32(history[prefix + metric])
        run = runs(backend)[f"net/{split}"]
        assert (run.folder, run.parameters) == ("net", {"units": 3, "lr": 0.5})
    train = runs(backend)["net/train"]
    assert steps(backend, "net/train", "batch_loss") == list(range(1, 10))
    assert values(backend, "net/train", "epoch_learning_rate") == float32([0.01] * 3)
    kernel = network.layers[0].kernel.numpy()
    histogram = backend.histograms(train.id, "sequential/hidden/kernel/histogram")[-1]
    np.testing.assert_allclose(histogram.edges[[0, -1]], [kernel.min(), kernel.max()])
    assert (histogram.counts.sum(), histogram.step) == (kernel.size, 2)
    assert len(backend.images(train.id, "sequential/hidden/kernel/image")) == 3
    assert series(backend, "net/validation")["evaluation_loss_vs_iterations"].count == 3


def test_what_torch_wrote_comes_back(tmp_path: Path) -> None:
    python = os.environ.get("INNERVIEW_TORCH_PYTHON", sys.executable)
    probe = "import torch.utils.tensorboard"
    if subprocess.run([python, "-c", probe], capture_output=True, check=False).returncode:
        pytest.skip("torch is not installed; INNERVIEW_TORCH_PYTHON names a Python that has it")
    subprocess.run([python, ROOT / "tests" / "writers_torch.py", tmp_path], check=True)
    truth = np.load(tmp_path / "truth.npz")
    backend = open_backend(str(tmp_path / "logs"))
    first = runs(backend)["first"]
    assert values(backend, "first", "Loss/train") == float32(1 / np.arange(1.0, 101.0))
    assert values(backend, "first", "new") == float32(np.arange(100) / 3)
    assert values(backend, "first", "double") == (np.arange(100) / 3).tolist()
    np.testing.assert_array_equal(values(backend, "first", "odd"), [np.nan, np.inf])
    assert values(backend, "first/both_b", "both") == float32(-np.arange(100.0))
    counts, edges = np.histogram(truth["values"], 10)
    (ten,) = backend.histograms(first.id, "ten")
    np.testing.assert_array_equal(ten.counts, counts)
    np.testing.assert_array_equal(ten.edges, edges)
    (usual,) = backend.histograms(first.id, "usual")
    np.testing.assert_array_equal(usual.counts, np.histogram(truth["values"], usual.edges)[0])
    assert usual.counts.sum() == 1000
    (constant,) = backend.histograms(first.id, "constant")
    assert constant.counts.sum() == 5 and constant.edges[0] <= 1 <= constant.edges[-1]
    (info,) = backend.images(first.id, "image")
    expected = (truth["pixels"].transpose(1, 2, 0) * 255).clip(0, 255).astype(np.uint8)
    np.testing.assert_array_equal(pixels(backend.image(first.id, info.id)), expected)
    (grid,) = backend.images(first.id, "images")
    assert pixels(backend.image(first.id, grid.id)).shape == (grid.height, grid.width, 3)
    assert [(text.tag, text.text, text.step) for text in backend.texts()] == [
        ("note", "hello *world*", 5)
    ]
    (curve,) = backend.curves(first.id, "pr")
    chosen = truth["predictions"][:, None] >= np.maximum(curve.thresholds, 1e-9)
    np.testing.assert_array_equal(
        curve.counts[0], (chosen & (truth["labels"] == 1)[:, None]).sum(0)
    )
    assert curve.thresholds.shape == (20,) and (curve.counts.sum(0) == 50).all()
    parameters = {"lr": 0.1, "batch": 32, "optimizer": "adam", "augment": True}
    assert first.parameters == parameters, "torch keeps them in a folder of their own"
    (session,) = [run for run in backend.runs() if run.folder == "first" and run.parameters]
    assert session.parameters == parameters and session.status == "done"
    assert values(backend, session.name, "hparam/accuracy") == float32([0.9])


def test_every_encoding_of_a_number_is_read(tmp_path: Path) -> None:
    half = int(np.array([1.5], np.float16).view(np.uint16)[0])
    events: list[Event] = [
        tensor("f", [], dtype=1, float_val=[0.5]),
        tensor("d", [], dtype=2, tensor_content=np.array([0.1]).tobytes()),
        tensor("i", [1], dtype=3, int_val=[-7]),
        tensor("l", [], dtype=9, int64_val=[2**40]),
        tensor("b", [], dtype=10, bool_val=[True]),
        tensor("h", [], dtype=19, half_val=[half]),
        tensor("u", [], dtype=4, tensor_content=b"\xff"),
        scalar("s", 0.25, 0),
        # Only the first has to say what it is for.
        tensor("later", [], 0, dtype=2, double_val=[1.0]),
        tensor("later", [], 1, plugin="", dtype=2, double_val=[2.0]),
        # None of these is a scalar.
        tensor("two", [2], dtype=1, float_val=[1.0, 2.0]),
        tensor("text", [], dtype=7, string_val=[b"x"]),
        tensor("other", [], plugin="mesh", dtype=1, float_val=[1.0]),
        tensor("short", [], dtype=2, tensor_content=b"abc"),
        tensor("negative", [-1], dtype=1, float_val=[1.0]),
        tensor("enormous", [2**40], dtype=1, float_val=[1.0]),
        tensor("enormous", [2**20, 3], plugin="histograms", dtype=2, double_val=[1.0]),
    ]
    append(tmp_path / NAME, events)
    backend = open_tensorboard(tmp_path)
    name = tmp_path.name
    found = {
        tag: values(backend, name, tag)
        for tag, each in series(backend, name).items()
        if each.kind == "scalar"
    }
    assert found == {
        "f": [0.5], "d": [0.1], "i": [-7.0], "l": [2.0**40], "b": [1.0], "h": [1.5], "u": [255.0],
        "s": [0.25], "later": [1.0, 2.0],
    }  # fmt: skip
    assert backend.histograms(runs(backend)[name].id, "enormous") == []


def test_older_histograms_and_pictures(tmp_path: Path) -> None:
    first = HistogramProto(
        min=-1.0, max=5.0, num=6.0, bucket_limit=[0.0, 2.0, 1.7976931348623157e308],
        bucket=[1.0, 2.0, 3.0],
    )  # fmt: skip
    odd = HistogramProto(bucket_limit=[float("nan")], bucket=[1.0])
    uneven = HistogramProto(bucket_limit=[1.0, 2.0], bucket=[1.0])
    jpeg = io.BytesIO()
    PIL.Image.new("L", (3, 2)).save(jpeg, "JPEG")
    picture = Summary.Image(height=2, width=3, encoded_image_string=jpeg.getvalue())
    append(tmp_path / NAME, [
        event(1, Summary.Value(tag="h", histo=first)),
        event(2, Summary.Value(tag="h", histo=odd), Summary.Value(tag="h", histo=uneven)),
        event(3, Summary.Value(tag="i/image/0", image=picture)),
    ])  # fmt: skip
    backend = open_tensorboard(tmp_path)
    (run,) = backend.runs()
    (histogram,) = backend.histograms(run.id, "h")
    assert histogram.edges.tolist() == [-1.0, 0.0, 2.0, 5.0]
    assert histogram.counts.tolist() == [1.0, 2.0, 3.0]
    (info,) = backend.images(run.id, "i/image/0")
    assert backend.image(run.id, info.id) == jpeg.getvalue()
    assert backend.image(run.id, "none") is None and backend.image("none", info.id) is None


def test_thousands_at_once_are_the_same_as_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    odd = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1234.5, 1e-45]
    events: list[Event | bytes] = []
    for step in [*range(300), *range(2**31, 2**31 + 50), -1, -2]:
        for tag in ("a", "b", "Loss/train"):
            value = odd[rng.integers(7)] if rng.random() < 0.1 else float(rng.normal())
            events.append(scalar(tag, value, step, "scalars" if tag == "b" else ""))
            content = np.float32(value).tobytes()
            events.append(tensor(f"t{tag}", [], step, dtype=1, tensor_content=content))
        events.append(
            event(
                step,
                Summary.Value(tag="x", simple_value=1.0),
                Summary.Value(tag="y", simple_value=2.0),
            )
        )
    timeless = scalar("a", 5.0, 7)
    timeless.wall_time = float("nan")
    events += [timeless, b"\xff\xff not an event"]
    append(tmp_path / NAME, events)

    def read() -> dict[str, Any]:
        backend = open_tensorboard(tmp_path)
        (run,) = backend.runs()
        tags = [found.tag for found in backend.series()]
        curves = backend.scalars([(run.id, tag) for tag in tags])
        return dict(zip(tags, curves, strict=True))

    fast = read()
    monkeypatch.setattr("innerview.stores.tensorboard_scalars._FEWEST", 10**9)
    slow = read()
    assert list(fast) == list(slow) == ["Loss/train", "a", "b", "tLoss/train", "ta", "tb", "x", "y"]
    for tag, curve in slow.items():
        for name in ("steps", "times", "values"):
            np.testing.assert_array_equal(getattr(fast[tag], name), getattr(curve, name), tag)
    assert len(slow["a"].steps) == 353 and slow["a"].steps[-2:].tolist() == [-2, 7]


def test_hyperparameters_reach_the_runs_that_they_belong_to(tmp_path: Path) -> None:
    from google.protobuf.struct_pb2 import Value
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionStartInfo

    def log(path: str, **hparams: float) -> None:
        start = SessionStartInfo()
        for name, number in hparams.items():
            start.hparams[name].CopyFrom(Value(number_value=number))
        content = HParamsPluginData(session_start_info=start).SerializeToString()
        value = Summary.Value(tag="_hparams_/x", metadata=metadata("hparams", content))
        append(tmp_path / path / NAME, [event(0, value)])

    for path in ("keras/train", "keras/train_2", "torch", "alone"):
        append(tmp_path / path / NAME, [scalar("a", 1.0, 0)])
    log("keras", lr=0.5, batch=32.0)
    log("keras/train", lr=0.25)
    log("torch/1700000000.25", lr=1.0)
    log("torch/inner", lr=2.0)
    found = {name: run.parameters for name, run in runs(open_tensorboard(tmp_path)).items()}
    assert found["keras/train"] == {"lr": 0.25, "batch": 32}
    assert found["keras/train_2"] == found["keras"] == {"lr": 0.5, "batch": 32}
    assert found["torch"] == {"lr": 1.0} and found["torch/inner"] == {"lr": 2.0}
    assert found["alone"] == {}


def test_the_page_about_it_does_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    append(Path("logs", "exp", "train", NAME), [scalar("epoch_loss", 0.5, step) for step in (0, 1)])
    text = (ROOT / "docs" / "tensorboard.md").read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    names: dict[str, Any] = {}
    exec(compile(code, "tensorboard.md", "exec"), names)
    assert names["frame"]["value"].tolist() == [0.5, 0.5]
    backend = open_backend("runs")
    (run,) = backend.runs()
    assert run.name == "exp1" and run.parameters == {"lr": 0.1, "batch_size": 32}
    tags = {found.tag for found in backend.series(run.id)}
    assert tags == {"Loss/train", "accuracy/train", "accuracy/val"}
    backend.close()
    writer = names["writer"]
    for call in ("add_graph", "add_embedding", "add_audio", "add_video", "add_mesh"):
        assert hasattr(writer, call) and f"`{call}`" in text
    Path("tables").mkdir()
    Path("tables", "a.csv").write_text("epoch,loss\n0,1\n")
    for address in ("logs", "tensorboard:logs", "tables", "csv:tables", "tables/a.csv"):
        assert len(open_backend(address).runs()) == 1
