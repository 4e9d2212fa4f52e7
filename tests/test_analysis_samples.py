"""analysis/samples.py: the table's numbers equal their definitions, and Keras's own."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from analysis.samples import (
    CONFIDENCE,
    CORRECT,
    ENTROPY,
    LOSS,
    MARGIN,
    PREDICTED,
    Samples,
    make_samples,
    read_samples,
)


def table(logits: NDArray[np.float32], labels: NDArray[np.int64], head: str = "softmax") -> Samples:
    ids = [str(i) for i in range(len(labels))]
    return make_samples(labels, ids, logits, head)


def test_loss_equals_keras_wherever_keras_does_not_clip() -> None:
    import keras

    random = np.random.default_rng(0)
    logits = (random.normal(size=(500, 10)) * 4).astype(np.float32)
    labels = random.integers(0, 10, 500)
    probabilities = keras.ops.softmax(logits)
    keras_loss = keras.ops.convert_to_numpy(
        keras.losses.sparse_categorical_crossentropy(labels, probabilities)
    )
    ours = table(logits, labels)[LOSS]
    unclipped = ours < 16
    assert unclipped.sum() > 400
    np.testing.assert_allclose(ours[unclipped], keras_loss[unclipped], atol=1e-5)


def test_one_sigmoid_unit_is_binary_cross_entropy() -> None:
    import keras

    random = np.random.default_rng(1)
    logits = (random.normal(size=(200, 1)) * 3).astype(np.float32)
    labels = random.integers(0, 2, 200)
    keras_loss = keras.ops.convert_to_numpy(
        keras.losses.binary_crossentropy(labels[:, None], logits, from_logits=True)
    )
    samples = table(logits, labels, "sigmoid")
    np.testing.assert_allclose(samples[LOSS], keras_loss, atol=1e-5)
    np.testing.assert_array_equal(samples[PREDICTED], logits[:, 0] > 0)


def test_confident_mistake_is_not_cut_off() -> None:
    samples = table(np.array([[40.0, 0.0, 0.0]], np.float32), np.array([1]))
    assert samples[LOSS][0] == pytest.approx(40, abs=1e-5)


def test_measures_of_a_known_distribution() -> None:
    shares = np.array([[0.5, 0.3, 0.2]])
    samples = table(np.log(shares).astype(np.float32), np.array([1]))
    assert samples[PREDICTED][0] == 0
    assert not samples[CORRECT][0]
    assert samples[CONFIDENCE][0] == pytest.approx(0.5)
    assert samples[MARGIN][0] == pytest.approx(0.2)
    assert samples[ENTROPY][0] == pytest.approx(-(shares * np.log(shares)).sum(), rel=1e-6)
    assert samples[LOSS][0] == pytest.approx(-np.log(0.3), rel=1e-6)


def test_outputs_that_are_probabilities_are_not_taken_for_logits() -> None:
    shares = np.array([[0.7, 0.3, 0.0], [0.1, 0.1, 0.8]], np.float32)
    samples = table(shares, np.array([0, 2]), "logits")
    np.testing.assert_allclose(samples[LOSS], -np.log([0.7, 0.8]), rtol=1e-6)
    assert np.isfinite(samples[ENTROPY]).all()


@given(arrays.arrays(np.float32, (6, 4), elements=st.floats(-1e4, 1e4, width=32)))
def test_measures_stay_in_their_ranges(logits: NDArray[np.float32]) -> None:
    samples = table(logits, np.array([0, 1, 2, 3, 0, 1]))
    for column in (CONFIDENCE, MARGIN):
        assert ((samples[column] >= 0) & (samples[column] <= 1)).all()
    assert (samples[ENTROPY] >= 0).all()
    assert (samples[ENTROPY] <= np.log(4) + 1e-5).all()
    assert (samples[LOSS] >= 0).all()
    assert np.isfinite(samples[LOSS]).all()


def test_mean_loss_and_accuracy() -> None:
    samples = table(np.log([[0.5, 0.5], [0.9, 0.1]]).astype(np.float32), np.array([0, 1]))
    assert samples.accuracy == 0.5
    assert samples.mean_loss == pytest.approx(-(np.log(0.5) + np.log(0.1)) / 2, rel=1e-6)


def test_broken_table_is_none(tmp_path: Path) -> None:
    path = tmp_path / "samples.parquet"
    assert read_samples(path) is None
    path.write_bytes(b"PAR1 and then nothing")
    assert read_samples(path) is None
