"""model/train.py and the networks it made: what they are built of, and what the files hold."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from data import open_dataset
from model.train import RECIPES, augment, evaluate, scale, train

# Keras's own way of turning a tensor into an array, at its first training step with NumPy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

NETWORKS = sorted(RECIPES)
SHAPES = {"mnist": (28, 28, 1), "cifar10": (32, 32, 3), "digits": (8, 8, 1)}


def test_augmented_images_are_moved_copies() -> None:
    image = np.zeros((1, 9, 9, 1), np.uint8)
    image[0, 4, 4] = 200
    moved = augment(np.repeat(image, 400, axis=0), 2, False, np.random.default_rng(0))
    assert moved.shape == (400, 9, 9, 1)
    assert moved.dtype == np.uint8
    _, down, right, _ = np.nonzero(moved)
    assert len(down) == 400
    assert set(zip(down.tolist(), right.tolist(), strict=True)) == {
        (y, x) for y in range(2, 7) for x in range(2, 7)
    }


def test_half_of_the_images_are_mirrored() -> None:
    images = np.random.default_rng(0).integers(0, 256, (400, 5, 4, 3), np.uint8)
    flipped = augment(images, 0, True, np.random.default_rng(0))
    mirrored = (flipped == images[:, :, ::-1]).all(axis=(1, 2, 3))
    same = (flipped == images).all(axis=(1, 2, 3))
    assert (mirrored | same).all()
    assert 150 < mirrored.sum() < 250


def test_pixels_are_scaled_to_one() -> None:
    scaled = scale(np.array([0, 51, 255], np.uint8))
    assert scaled.dtype == np.float32
    assert np.allclose(scaled, [0, 0.2, 1])


@pytest.mark.parametrize("name", NETWORKS)
def test_shipped_networks_are_small(root: Path, name: str) -> None:
    assert (root / "model" / f"{name}.h5").stat().st_size < 2_000_000


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_a_file_holds_the_network_that_the_script_builds(root: Path, name: str) -> None:
    keras = pytest.importorskip("keras")
    network = keras.models.load_model(root / "model" / f"{name}.h5", compile=False)
    built = RECIPES[name].build()
    assert [layer.name for layer in network.layers] == [layer.name for layer in built.layers]
    assert network.count_params() == built.count_params()
    assert network.layers[-1].name == "probabilities"
    hidden = [layer for layer in network.layers if isinstance(layer, keras.layers.Dense)][-2]
    assert hidden.name == "dense"
    assert network.input_shape[1:] == SHAPES[name]


@pytest.mark.slow
def test_the_shipped_digits_network_scores_what_is_said(root: Path) -> None:
    accuracy, loss = evaluate(root / "model" / "digits.h5", open_dataset("digits", "test"))
    assert accuracy > 0.98
    assert loss < 0.1


@pytest.mark.slow
def test_the_same_seed_trains_the_same_network(tmp_path: Path) -> None:
    recipe = dataclasses.replace(RECIPES["digits"], epochs=3)
    dataset = open_dataset("digits", "train", limit=300)
    scores = []
    for run in ("first.h5", "second.h5"):
        train(recipe, dataset, tmp_path / run, seed=1)
        scores.append(evaluate(tmp_path / run, dataset))
    assert scores[0] == pytest.approx(scores[1], abs=1e-4)
    assert scores[0][0] > 0.3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first.h5", "second.h5"]
