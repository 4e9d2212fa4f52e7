"""innerview/keras.py: what `fit` of Keras 3 and of Keras 2 leaves in a store."""

import contextlib
import copy
import importlib
import logging
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from innerview import KerasCallback, ReadOnlyError, StoreError, SummaryWriter
from innerview.keras_facts import describe_loss, shorten
from innerview.keras_samples import as_pictures, as_probabilities, draw, tell
from innerview.stores import open_backend
from innerview.stores.base import Run, Scalar

pytestmark = [
    # Keras's own way of turning a tensor into an array.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:tf_keras"),
]

GENERATOR = np.random.default_rng(0)
IMAGES = GENERATOR.random((96, 8, 8, 1), np.float32)
LABELS = GENERATOR.integers(0, 10, 96)
FIT = {"batch_size": 16, "verbose": 0, "validation_data": (IMAGES[:32], LABELS[:32])}


@pytest.fixture(params=["keras", "tf_keras"])
def keras(request: pytest.FixtureRequest) -> Any:
    return importlib.import_module(request.param)


def make(keras: Any, rate: Any = 0.01, **compiled: Any) -> Any:
    """A tiny network for the images; six batches are an epoch.

    Its training is not compiled, which would take most of a test's time, unless that is asked for.
    """
    model = keras.Sequential(
        [
            keras.layers.Conv2D(2, 3, strides=2, activation="relu", name="conv"),
            keras.layers.Flatten(name="flatten"),
            keras.layers.Dense(10, activation="softmax", name="dense"),
        ],
        name="tiny",
    )
    model.build((None, 8, 8, 1))
    model.compile(
        optimizer=keras.optimizers.SGD(rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        **{"run_eagerly": True, **compiled},
    )
    return model


def only_run(store: Path) -> Run:
    backend = open_backend(str(store))
    (run,) = backend.runs()
    backend.close()
    return run


def curves(store: Path) -> dict[str, Scalar]:
    """Every scalar of the only run."""
    backend = open_backend(str(store))
    (run,) = backend.runs()
    tags = [series.tag for series in backend.series(run.id) if series.kind == "scalar"]
    found = backend.scalars([(run.id, tag) for tag in tags])
    backend.close()
    return dict(zip(tags, found, strict=True))


def test_what_is_logged_is_what_history_says(keras: Any, tmp_path: Path) -> None:
    callback = KerasCallback(
        tmp_path / "runs", name="first", dataset="digits", parameters={"lr": 1}
    )
    model = make(keras, run_eagerly=False)
    history = model.fit(IMAGES, LABELS, epochs=3, callbacks=[callback], **FIT)
    found = curves(tmp_path / "runs")
    for name, values in history.history.items():
        assert found[name].values == pytest.approx(values, abs=1e-6)
        assert found[name].steps.tolist() == [6, 12, 18]
    assert {"loss", "accuracy", "val_loss", "val_accuracy"} <= set(history.history)
    assert found["batch/loss"].steps.tolist() == list(range(1, 19))
    # A batch's value is the mean since the epoch began, so that the last one is the epoch's.
    assert found["batch/loss"].values[5::6] == pytest.approx(found["loss"].values, abs=1e-6)
    assert found["epoch"].steps.tolist() == [0, 6, 12, 18]
    assert found["epoch"].values.tolist() == [0, 1, 2, 3]
    assert found["learning_rate"].values.tolist() == [0.01] * 3
    run = only_run(tmp_path / "runs")
    assert (run.name, run.status) == ("first", "done")
    expected = {
        "network": "tiny", "parameter_count": 210, "optimizer": "SGD", "learning_rate": 0.01,
        "optimizer.learning_rate": 0.01, "batch_size": 16, "epochs": 3, "steps_per_epoch": 6,
        "samples": 96, "layers": 3, "backend": "tensorflow", "keras": keras.__version__,
        "loss_function": "sparse_categorical_crossentropy", "lr": 1, "dataset": "digits",
    }  # fmt: skip
    assert expected.items() <= dict(run.parameters).items()


@pytest.mark.parametrize(("batches", "steps"), [(4, [1, 4, 8, 12]), (False, [])])
def test_fewer_batches(keras: Any, tmp_path: Path, batches: int, steps: list[int]) -> None:
    callback = KerasCallback(tmp_path / "runs", batches=batches)
    make(keras).fit(IMAGES, LABELS, epochs=2, callbacks=[callback], **FIT)
    found = curves(tmp_path / "runs")
    logged = found["batch/loss"].steps.tolist() if "batch/loss" in found else []
    assert logged == steps
    assert found["loss"].steps.tolist() == [6, 12]


def test_several_batches_at_a_time(tmp_path: Path) -> None:
    keras = pytest.importorskip("keras")
    model = make(keras, steps_per_execution=4, run_eagerly=False)
    model.fit(IMAGES, LABELS, epochs=2, callbacks=[KerasCallback(tmp_path / "runs")], **FIT)
    found = curves(tmp_path / "runs")
    assert found["batch/loss"].steps.tolist() == [4, 6, 10, 12]
    assert found["loss"].steps.tolist() == [6, 12]


def test_a_second_fit_goes_on(keras: Any, tmp_path: Path) -> None:
    model, callback = make(keras), KerasCallback(tmp_path / "runs")
    model.fit(IMAGES, LABELS, epochs=2, callbacks=[callback], **FIT)
    model.evaluate(IMAGES, LABELS, verbose=0, callbacks=[callback])
    model.predict(IMAGES, verbose=0, callbacks=[callback])
    model.fit(IMAGES, LABELS, epochs=3, initial_epoch=2, callbacks=[callback], **FIT)
    model.fit(IMAGES, LABELS, epochs=1, callbacks=[callback], **FIT)
    found = curves(tmp_path / "runs")
    assert found["loss"].steps.tolist() == [6, 12, 18, 24]
    assert found["epoch"].values.tolist() == [0, 1, 2, 3, 4]
    assert found["batch/loss"].steps.tolist() == list(range(1, 25))
    assert only_run(tmp_path / "runs").status == "done"


def test_another_process_resumes_a_run(keras: Any, tmp_path: Path) -> None:
    model = make(keras)
    first = KerasCallback(tmp_path / "runs", checkpoints=2)
    model.fit(IMAGES, LABELS, epochs=2, callbacks=[first], **FIT)
    run = only_run(tmp_path / "runs")
    saved = tmp_path / "runs" / "checkpoints" / run.id / "epoch-0002.keras"
    again = keras.models.load_model(saved)
    second = KerasCallback(tmp_path / "runs", run=run.id, name=run.name)
    again.fit(IMAGES, LABELS, epochs=3, initial_epoch=2, callbacks=[second], **FIT)
    found = curves(tmp_path / "runs")
    assert found["loss"].steps.tolist() == [6, 12, 18]
    assert found["epoch"].values[-1] == 3


def test_the_rate_of_a_schedule(keras: Any, tmp_path: Path) -> None:
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 6, 0.5, staircase=True)
    callback = KerasCallback(tmp_path / "runs", batches=False)
    make(keras, schedule).fit(IMAGES, LABELS, epochs=2, callbacks=[callback], **FIT)
    rates = curves(tmp_path / "runs")["learning_rate"].values
    assert rates == pytest.approx([0.05, 0.025])
    parameters = only_run(tmp_path / "runs").parameters
    assert parameters["learning_rate"] == 0.1
    assert parameters["optimizer.learning_rate"] == "ExponentialDecay"
    assert parameters["optimizer.learning_rate.decay_steps"] == 6


def test_histograms_samples_and_checkpoints_on_request(keras: Any, tmp_path: Path) -> None:
    model = make(keras)
    callback = KerasCallback(
        tmp_path / "runs", histograms=2, activations=IMAGES[:5], images=IMAGES[:3], checkpoints=1,
        class_names=[f"class {number}" for number in range(10)],
    )  # fmt: skip
    model.fit(IMAGES, LABELS, epochs=2, callbacks=[callback], **FIT)
    backend = open_backend(str(tmp_path / "runs"))
    (run,) = backend.runs()
    counts = {
        (series.kind, series.tag): series.count
        for series in backend.series(run.id)
        if series.kind != "scalar"
    }
    weights = [f"weights/{name}" for name in ("conv/bias", "conv/kernel", "dense/bias")]
    outputs = [f"activations/{name}" for name in ("conv", "flatten", "dense")]
    assert counts == {
        **{("histogram", tag): 1 for tag in [*weights, "weights/dense/kernel", *outputs]},
        **{("image", f"samples/{number}"): 2 for number in range(3)},
        ("text", "samples"): 2,
    }
    (kernel,) = backend.histograms(run.id, "weights/dense/kernel")
    assert (kernel.step, kernel.counts.sum()) == (12, 180)
    values = model.get_layer("dense").get_weights()[0]
    assert kernel.edges[[0, -1]] == pytest.approx([values.min(), values.max()])
    (dense,) = backend.histograms(run.id, "activations/dense")
    assert dense.counts.sum() == 50
    said = backend.texts(run.id)[-1].text.splitlines()
    best = model.predict(IMAGES[:3], verbose=0).argmax(1)
    assert [line.partition(" (")[0] for line in said] == [
        f"{number}: class {label}" for number, label in enumerate(best)
    ]
    saved = backend.checkpoints(run.id)
    backend.close()
    assert [(each.step, each.epoch, each.path) for each in saved] == [
        (6 * epoch, epoch, f"checkpoints/{run.id}/epoch-{epoch:04}.keras") for epoch in (1, 2)
    ]
    loaded = keras.models.load_model(tmp_path / "runs" / saved[-1].path)
    same = loaded.predict(IMAGES[:3], verbose=0)
    assert np.allclose(same, model.predict(IMAGES[:3], verbose=0), atol=1e-6)
    names = [path.name for path in (tmp_path / "runs" / saved[-1].path).parent.iterdir()]
    assert sorted(names) == ["epoch-0001.keras", "epoch-0002.keras"]


class FakeLoop:
    """Calls the hooks as Keras does, without Keras."""

    name, loss, optimizer = "fake", "mse", SimpleNamespace(iterations=0, learning_rate=0.5)

    def __init__(self, values: list[float] | None = None, raises: BaseException | None = None):
        self.values, self.raises = values or [1.0], raises
        self.saved: list[str] = []

    def fit(self, callback: KerasCallback, batch_size: int = 7) -> None:
        callback.set_model(self)
        callback.set_params({"epochs": len(self.values), "steps": 1})
        callback.on_train_begin()
        for epoch, value in enumerate(self.values):
            callback.on_epoch_begin(epoch)
            callback.on_train_batch_end(0, {"loss": value})
            if self.raises is not None:
                raise self.raises
            callback.on_epoch_end(epoch, {"loss": value, "val_loss": value})
        callback.on_train_end()

    def save(self, path: str) -> None:
        Path(path).write_text("network")
        self.saved.append(path)


def test_the_best_is_kept_and_no_worse(tmp_path: Path) -> None:
    callback = KerasCallback(
        tmp_path / "runs", checkpoints="best", checkpoint_folder=tmp_path / "c"
    )
    FakeLoop([3.0, float("nan"), 2.0, 2.5, 1.0]).fit(callback)
    run = only_run(tmp_path / "runs")
    assert run.parameters["batch_size"] == 7
    names = [f"epoch-{epoch:04}.keras" for epoch in (1, 3, 5)]
    assert sorted(path.name for path in (tmp_path / "c" / run.id).iterdir()) == names
    backend = open_backend(str(tmp_path / "runs"))
    assert [each.path for each in backend.checkpoints()] == [
        str(tmp_path / "c" / run.id / name) for name in names
    ]
    backend.close()


@pytest.mark.parametrize(
    ("error", "status"), [(RuntimeError("no memory"), "failed"), (KeyboardInterrupt(), "stopped")]
)
def test_a_fit_that_is_left_says_how(tmp_path: Path, error: BaseException, status: str) -> None:
    callback = KerasCallback(tmp_path / "runs")
    try:
        FakeLoop(raises=error).fit(callback)
    except (RuntimeError, KeyboardInterrupt):
        assert wait_for_end(tmp_path / "runs") == status
    # It can be tried again, as the same run.
    FakeLoop().fit(callback)
    assert only_run(tmp_path / "runs").status == "done"


def wait_for_end(store: Path) -> str:
    end = time.monotonic() + 10
    status = "not there"
    while status in ("not there", "running") and time.monotonic() < end:
        time.sleep(0.05)
        with contextlib.suppress(StoreError):
            status = only_run(store).status
    return status


@pytest.mark.parametrize(
    ("error", "status"),
    [("RuntimeError", "failed"), ("KeyboardInterrupt", "stopped"), ("SystemExit", "stopped")],
)
def test_a_script_that_ends_in_fit_says_how(tmp_path: Path, error: str, status: str) -> None:
    script = (
        "from tests.test_innerview_keras import FakeLoop; from innerview import KerasCallback\n"
        f"FakeLoop(raises={error}(1)).fit(KerasCallback({str(tmp_path / 'runs')!r}))"
    )
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True)
    assert done.returncode != 0
    assert only_run(tmp_path / "runs").status == status


def test_a_store_that_vanishes_disturbs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keras = pytest.importorskip("keras")
    # Its end waits for the store to come back.
    monkeypatch.setattr("innerview.outbox.CLOSING", 0.2)

    class Vandal(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            shutil.rmtree(tmp_path / "runs", ignore_errors=True)
            (tmp_path / "runs").touch()

    callback = KerasCallback(tmp_path / "runs", checkpoints=1, histograms=True)
    history = make(keras).fit(IMAGES, LABELS, epochs=3, callbacks=[callback, Vandal()], **FIT)
    assert len(history.history["loss"]) == 3


def test_faults_in_here_are_a_warning_each(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keras = pytest.importorskip("keras")
    callback = KerasCallback(
        tmp_path / "runs", images=np.zeros(3), activations="no array", checkpoints=1,
        checkpoint_folder=__file__,
    )  # fmt: skip
    with caplog.at_level(logging.WARNING, "innerview"):
        make(keras).fit(IMAGES, LABELS, epochs=2, callbacks=[callback], **FIT)
    warnings = [record.getMessage() for record in caplog.records if record.name == "innerview"]
    parts = ("activations", "images", "checkpoints")
    assert [next(part for part in parts if part in each) for each in warnings] == list(parts)
    assert curves(tmp_path / "runs")["loss"].steps.tolist() == [6, 12]


def test_batches_told_in_disorder_are_logged_in_order(tmp_path: Path) -> None:
    """With JAX and PyTorch, Keras calls from several threads at once."""
    callback = KerasCallback(tmp_path / "runs")
    assert callback.async_safe
    callback.set_model(FakeLoop())
    callback.set_params({"steps": 7})
    for epoch in range(2):
        callback.on_epoch_begin(epoch)
        # Of the batch 5 nothing is ever said.
        for batch in (1, 0, 2, 4, 3, 6):
            callback.on_train_batch_end(batch, {"loss": float(batch)})
        callback.on_epoch_end(epoch, {})
    callback.on_train_end()
    callback.writer.close()
    found = curves(tmp_path / "runs")["batch/loss"]
    assert found.steps.tolist() == [1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 14]
    assert found.values.tolist() == [0, 1, 2, 3, 4, 6] * 2


def test_a_given_writer_stays_open(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path / "runs", name="mine") as writer:
        callback = KerasCallback(writer)
        FakeLoop().fit(callback)
        assert callback.writer is writer
        assert callback.step == 1
        writer.add_scalar("mine", 1.0, callback.step)
    assert curves(tmp_path / "runs")["mine"].values.tolist() == [1.0]
    assert only_run(tmp_path / "runs").status == "done"


def test_a_copy_logs_a_run_of_its_own(tmp_path: Path) -> None:
    first = KerasCallback(tmp_path / "runs", parameters={"trial": 1})
    for callback in (first, copy.deepcopy(first)):
        FakeLoop().fit(callback)
    backend = open_backend(str(tmp_path / "runs"))
    runs = backend.runs()
    backend.close()
    assert [run.parameters["trial"] for run in runs] == [1, 1]
    assert len({run.id for run in runs}) == 2


def test_layers_within_layers_have_weights_of_their_own_names() -> None:
    keras = pytest.importorskip("keras")
    from innerview.keras_facts import read_weights

    inner = keras.Sequential([keras.Input((2, 4)), keras.layers.Dense(3, name="a")], name="inner")
    inputs = keras.Input((2, 4))
    attended = keras.layers.MultiHeadAttention(1, 2, name="heads")(inputs, inputs)
    model = keras.Model(inputs, inner(attended))
    names = [name for name, _ in read_weights(model)]
    assert {"inner/a/kernel", "inner/a/bias", "heads/query/kernel", "heads/key/bias"} <= set(names)
    assert len(names) == len(set(names)) == len(model.weights)


def test_a_store_that_can_only_be_read_is_told_of_at_once(tmp_path: Path) -> None:
    with pytest.raises(ReadOnlyError):
        FakeLoop().fit(KerasCallback(f"tensorboard:{tmp_path}"))


def test_checkpoints_are_counted_or_best() -> None:
    with pytest.raises(ValueError, match='or "best"; given: worst'):
        KerasCallback(checkpoints="worst")  # type: ignore[arg-type]


def test_numbers_of_single_precision_read_as_they_were_written() -> None:
    assert shorten(float(np.float32(0.001))) == 0.001
    assert [shorten(x) for x in (0.9, 0.5, 1e300)] == [0.9, 0.5, 1e300]
    assert np.isnan(shorten(float("nan")))


def test_losses_have_names() -> None:
    assert describe_loss({"a": "mse", "b": np.mean}) == "a: mse, b: mean"
    assert describe_loss(["mse", "mae"]) == "mse, mae"
    assert describe_loss(None) is None


def test_outputs_become_shares() -> None:
    logits = np.array([[0.0, np.log(3)], [1000.0, 0.0]])
    assert as_probabilities(logits) == pytest.approx(np.array([[0.25, 0.75], [1, 0]]))
    shares = np.array([[0.25, 0.75]])
    assert as_probabilities(shares) == pytest.approx(shares)
    assert as_probabilities(np.array([[0.8]])) == pytest.approx(np.array([[0.2, 0.8]]))
    assert tell(shares, ["cat", "dog"]) == "0: dog (75%)"


def test_pictures_are_drawn_above_their_bars() -> None:
    grey = as_pictures(np.array([[[0.0, 1.0], [0.5, 0.0]]]))
    assert grey.shape == (1, 2, 2, 3)
    assert grey[0, :, :, 0].tolist() == [[0, 255], [128, 0]]
    assert as_pictures(np.array([[[-1.0, 1.0]]]))[0, 0, :, 0].tolist() == [0, 255]
    drawn = draw(grey[0], np.array([0.25, 0.75]))
    assert drawn.shape == (64 + 16, 64, 3)
    heights = [(drawn[64:, column] != 255).any(-1).sum() for column in (5, 40)]
    assert heights == [4, 12]
