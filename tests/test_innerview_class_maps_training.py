"""Seven classes on the plane, learned for real in Keras and in PyTorch while maps are logged."""

import copy
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import expit

import innerview
from innerview import ClassMapCallback, KerasCallback, SummaryWriter, make_map, open_store
from tests.seven_classes import EPOCHS, LIMITS, NAMES, grid, make_samples, softmax
from tests.test_innerview_pages import run_page

ROOT = Path(__file__).resolve().parent.parent
# Half a step of what is kept, and what float32 sums in another order.
KEPT = 1 / 131_068 + 2e-6


def make_network(units: int = 7, activation: str | None = "softmax", eagerly: bool = True) -> Any:
    """A small network; to compile its training takes longer than a few epochs of it."""
    import keras

    keras.utils.set_random_seed(0)
    network = keras.Sequential(
        [
            keras.layers.Input((2,)),
            keras.layers.Dense(24, "tanh"),
            keras.layers.Dropout(0.1),
            keras.layers.Dense(units, activation),
        ]
    )
    loss = "sparse_categorical_crossentropy"
    network.compile(keras.optimizers.Adam(0.02), loss, run_eagerly=eagerly)
    return network


class Truths:
    """What the network itself says on the grid, at the end of each epoch."""

    def __init__(self, side: int) -> None:
        import keras

        self.found: dict[int, Any] = {}
        self.callback = keras.callbacks.LambdaCallback(
            on_epoch_begin=lambda epoch, logs: self._ask(epoch),
            on_epoch_end=lambda epoch, logs: self._ask(epoch + 1),
        )
        self._points = grid(side, side)

    def _ask(self, epoch: int) -> None:
        model = self.callback.model
        self.found.setdefault(epoch, np.asarray(model(self._points, training=False)))


def test_maps_of_a_keras_training_are_what_the_network_said(tmp_path: Path) -> None:
    x, y = make_samples(350)
    truths = Truths(31)
    maps = ClassMapCallback(
        tmp_path / "runs", LIMITS, LIMITS, square_axis_points=31, every=2, points=(x, y),
        class_names=NAMES, name="plane",
    )  # fmt: skip
    network = make_network(eagerly=False)
    callbacks = [maps, truths.callback]
    network.fit(x, y, epochs=5, batch_size=50, verbose=0, callbacks=callbacks)
    with open_store(tmp_path / "runs") as store:
        found = store.class_maps("plane", "class map")
        # Before the training, every second epoch, and the last.
        assert [each.epoch for each in found] == [0, 2, 4, 5]
        for each in found:
            assert each.epoch is not None and each.probabilities.shape == (31, 31, 7)
            truth = truths.found[each.epoch].reshape(31, 31, 7)
            np.testing.assert_allclose(each.probabilities, truth, rtol=0, atol=KEPT)
            apart = np.sort(truth, 2)[..., -1] - np.sort(truth, 2)[..., -2] > 4 * KEPT
            np.testing.assert_array_equal(each.region[apart], truth.argmax(2)[apart])
        assert (found[0].xlim, found[0].ylim) == (LIMITS, LIMITS)
        samples = store.class_points("plane", "class map")
        assert samples is not None and samples.names == NAMES
        np.testing.assert_array_equal(samples.points, x)
        np.testing.assert_array_equal(samples.labels, y)
        # It has learned, and the run has the curves, too.
        assert softly_right(found[-1], x, y) > 0.95 > softly_right(found[0], x, y)
        run = store.find("plane")
        (series,) = [s for s in store.backend.series(run.id) if s.kind == "map"]
        infos = store.backend.class_maps(run.id, "class map")
        assert [info.step for info in infos] == [0, 14, 28, 35] and series.count == 4
        assert run.status == "done" and len(store.scalars("plane", "loss")) == 5


def softly_right(found: innerview.ClassMap, x: Any, y: Any) -> float:
    """The share of samples whose nearest point of the grid is of their class."""
    columns, rows = (
        np.rint((x - LIMITS[0]) / (LIMITS[1] - LIMITS[0]) * 30).clip(0, 30).T.astype(int)
    )
    return float((found.region[rows, columns] == y).mean())


def test_maps_beside_another_callback_are_of_its_run_and_a_second_fit_goes_on(
    tmp_path: Path,
) -> None:
    x, y = make_samples(100)
    curves = KerasCallback(tmp_path / "runs", name="both")
    maps = ClassMapCallback(curves, LIMITS, LIMITS, square_axis_points=3)
    network = make_network()
    network.fit(x, y, epochs=2, batch_size=50, verbose=0, callbacks=[curves, maps])
    with SummaryWriter(tmp_path / "runs", name="only maps") as writer:
        alone = ClassMapCallback(writer, LIMITS, LIMITS, square_axis_points=3, tag="m", every=5)
        for _ in range(2):
            network.fit(x, y, epochs=3, batch_size=50, verbose=0, callbacks=[alone])
    with open_store(tmp_path / "runs") as store:
        assert [each.epoch for each in store.class_maps("both", "class map")] == [0, 1, 2]
        assert store.find("both").status == "done"
        assert len(store.runs()) == 2, "no run began again for a map"
        # At the end of the first fit, too; and the second one's epochs are counted on.
        assert [each.epoch for each in store.class_maps("only maps", "m")] == [0, 3, 5, 6]
        assert set(store.tags("only maps")["kind"]) == {"map"}
    twin = copy.deepcopy(maps)
    assert twin is not maps and twin._shared is not curves
    with pytest.raises(ValueError, match="every"):
        ClassMapCallback("runs", LIMITS, LIMITS, every=0)
    with pytest.raises(ValueError, match="where the run is made"):
        ClassMapCallback(curves, LIMITS, LIMITS, name="x")


def test_a_network_of_other_inputs_is_a_warning_and_trains_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    import keras

    network = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2, "softmax")])
    network.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
    maps = ClassMapCallback(tmp_path / "runs", LIMITS, LIMITS, name="wrong")
    network.fit(np.zeros((4, 3)), np.zeros(4), epochs=2, verbose=0, callbacks=[maps])
    assert sum("class map was not logged" in each for each in caplog.messages) == 1
    with open_store(tmp_path / "runs") as store:
        assert len(store.scalars("wrong", "loss")) == 2 and not store.class_maps("wrong", "m")


def test_the_last_layer_says_what_the_scores_are() -> None:
    points = grid(4, 4)
    for activation, units in (("sigmoid", 1), (None, 1), (None, 3), ("softmax", 3), ("sigmoid", 3)):
        network = make_network(units, activation)
        # So small that the scores alone do not tell.
        for layer in network.layers[-1:]:
            layer.set_weights([1e-3 * np.abs(w) + 1e-3 for w in layer.get_weights()])
        made = make_map(network, LIMITS, LIMITS, square_axis_points=4)
        assert made is not None
        said = np.asarray(network(points), np.float64)
        if units == 1:
            second = said if activation == "sigmoid" else expit(said)
            truth = np.concatenate([1 - second, second], 1)
        else:
            truth = softmax(said) if activation is None else said / said.sum(1, keepdims=True)
        np.testing.assert_allclose(made.probabilities.reshape(16, -1), truth, atol=1e-6)


def test_maps_of_a_torch_training_are_what_the_network_said(tmp_path: Path) -> None:
    python = os.environ.get("INNERVIEW_TORCH_PYTHON", sys.executable)
    if subprocess.run([python, "-c", "import torch"], capture_output=True, check=False).returncode:
        pytest.skip("torch is not installed; INNERVIEW_TORCH_PYTHON names a Python that has it")
    store_path = tmp_path / "runs"
    script = [python, ROOT / "tests" / "seven_classes.py", store_path]
    subprocess.run(script, check=True)
    truths = np.load(store_path / "truths.npz")
    with open_store(store_path) as store:
        found = store.class_maps("torch", "map")
        assert [each.epoch for each in found] == [0, 2, 4, EPOCHS]
        for each in found:
            truth = truths[str(each.epoch)].reshape(21, 21, 7)
            np.testing.assert_allclose(each.probabilities, truth, rtol=0, atol=KEPT)
        assert found[-1].boundary.mean() > 0.8 > found[0].boundary.mean()
        samples = store.class_points("torch", "map")
        x, y = make_samples()
        assert samples is not None and samples.names == NAMES
        np.testing.assert_array_equal(samples.points, x)
        np.testing.assert_array_equal(samples.labels, y)
        (last,) = store.class_maps("torch", "last")
        assert last.epoch is None and last.probabilities.shape == (81, 81, 7)


def test_a_writer_takes_maps_and_samples_of_any_kind_and_refuses_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with SummaryWriter(tmp_path / "runs", name="any") as writer:
        for epoch in range(3):
            writer.add_class_map("f", lambda p: p, epoch=epoch, square_axis_points=4, epoch_freq=2)
        writer.add_class_map("f", None)
        writer.add_class_map("f", "network")
        writer.add_class_map("f", lambda p: p[:1])
        writer.add_class_map_points("f", np.zeros((2, 3)))
        writer.add_class_map_points("g", np.zeros((3, 2)), ["a", "b", "c"])
        many = np.random.default_rng(0).normal(size=(30_000, 2))
        writer.add_class_map_points("f", many, np.eye(4)[np.arange(30_000) % 4], ["a", 2, "ü"])
    assert len(caplog.messages) == 2, "one warning a tag"
    with open_store(tmp_path / "runs") as store:
        assert [each.epoch for each in store.class_maps("any", "f")] == [0, 2]
        found = store.class_points("any", "f")
        assert found is not None and found.names == ("a", "2", "ü")
        assert found.points.shape == (20_000, 2) and found.labels.shape == (20_000,)
        # Each is one of those given, with its own label.
        at = {tuple(place): k for k, place in enumerate(many.astype(np.float32).tolist())}
        numbers = [at[tuple(place)] for place in found.points.tolist()]
        np.testing.assert_array_equal(found.labels, np.array(numbers) % 4)
        assert numbers == sorted(set(numbers)) and store.class_points("any", "g") is None


def test_the_page_about_maps_does_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run_page(ROOT / "docs" / "class_maps.md")
    with open_store("runs") as store:
        assert [each.epoch for each in store.class_maps("three", "class map")] == [0, 1, 2, 3, 4]
        assert len(store.class_maps("by hand", "plane")) == 3
    assert {each.name for each in tmp_path.iterdir()} == {
        "runs", "three.html", "three.gif", "last.png",
    }  # fmt: skip
