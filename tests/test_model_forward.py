"""model/forward.py and rows.py: the pass equals Keras's own, also when it is cut short."""

from pathlib import Path

import numpy as np
import pytest

from data.images import ArrayImages
from model import forward, open_network
from model.graph import describe
from model.preprocess import Preprocessing
from model.rows import RowFile, read_rows
from tests.networks import save_cnn

PREPROCESSING = Preprocessing((8, 8), 1, (8, 8, 1), "0-1")


@pytest.fixture
def images() -> ArrayImages:
    return ArrayImages(np.random.default_rng(0).integers(0, 256, (70, 8, 8, 1), np.uint8))


def test_every_layers_pooled_activations_equal_keras(tmp_path: Path, images: ArrayImages) -> None:
    import keras

    model = open_network(save_cnn(tmp_path / "net.h5")).load().model
    description = describe(model, "")
    forward.into_folder(model, description, images, PREPROCESSING, tmp_path)
    inputs = images.array.astype(np.float32) / 255
    for name, axes in [("conv", (1, 2)), ("pool", (1, 2)), ("flatten", ()), ("dense", ())]:
        expected = keras.Model(model.inputs, model.get_layer(name).output).predict(
            inputs, verbose=0
        )
        expected = expected.mean(axis=axes) if axes else expected
        kept = read_rows(tmp_path / "activations" / f"{name}.npy")
        assert kept.dtype == np.float32
        np.testing.assert_allclose(kept, expected, atol=1e-5)
    logits = read_rows(tmp_path / "logits.npy")
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    np.testing.assert_allclose(shares, model.predict(inputs, verbose=0), atol=1e-6)
    np.testing.assert_array_equal(read_rows(tmp_path / "activations" / "probabilities.npy"), logits)
    assert not (tmp_path / "activations" / "dropout.npy").exists()


def test_a_pass_cut_short_goes_on_where_it_stopped(
    tmp_path: Path, images: ArrayImages, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = open_network(save_cnn(tmp_path / "net.h5")).load().model
    description = describe(model, "")
    monkeypatch.setattr(forward, "MAX_BATCH", 16)
    whole, halves = tmp_path / "whole", tmp_path / "halves"
    whole.mkdir()
    halves.mkdir()
    forward.into_folder(model, description, images, PREPROCESSING, whole)

    class Killed(BaseException):
        pass

    def kill(done: int) -> None:
        if done >= 32:
            raise Killed

    with pytest.raises(Killed):
        forward.into_folder(model, description, images, PREPROCESSING, halves, kill)
    # A process killed between two files leaves them at different lengths, and rows torn.
    with (halves / "activations" / "dense.npy").open("r+b") as file:
        file.truncate(128 + 20 * 4 * 16 + 7)
    seen: list[int] = []
    forward.into_folder(model, description, images, PREPROCESSING, halves, seen.append)
    assert seen[0] == 36
    for path in whole.rglob("*.npy"):
        again = halves / path.relative_to(whole)
        np.testing.assert_allclose(read_rows(again), read_rows(path), atol=1e-6)


def test_layers_over_the_budget_are_dropped_from_the_front(tmp_path: Path) -> None:
    description = describe(open_network(save_cnn(tmp_path / "net.h5")).load().model, "")
    kept = forward.within_budget(description, 1000, 4 * 1000 * (10 + 16 + 36 + 1))
    assert {x.key: x.units for x in kept.layers} == {
        "conv": None, "pool": None, "flatten": 36, "dense": 16, "dropout": None,
        "probabilities": 10,
    }  # fmt: skip
    nothing = forward.within_budget(description, 1000, 0)
    assert [x.key for x in nothing.layers if x.units is not None] == ["dense"]


def test_batch_shrinks_with_the_widest_layer(tmp_path: Path) -> None:
    small = describe(open_network(save_cnn(tmp_path / "a.h5")).load().model, "")
    path = save_cnn(tmp_path / "b.h5", shape=(512, 512, 3))
    large = describe(open_network(path).load().model, "")
    assert forward.batch_size(small) == 256
    assert forward.batch_size(large) == 16


def test_row_file_is_a_npy_file(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).random((5, 3), np.float32)
    with RowFile(tmp_path / "a.npy", 3) as file:
        file.append(rows[:2])
        file.append(rows[2:])
        file.finish()
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy", allow_pickle=False), rows)


def test_unfinished_row_file_is_not_taken_for_a_whole_one(tmp_path: Path) -> None:
    with RowFile(tmp_path / "a.npy", 3) as file:
        file.append(np.zeros((2, 3), np.float32))
    with pytest.raises(ValueError, match="magic"):
        read_rows(tmp_path / "a.npy")
