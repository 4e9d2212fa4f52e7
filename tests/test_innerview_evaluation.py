"""innerview/evaluation.py: accuracy and cross-entropy against Keras's and torch's own."""

import csv
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from innerview import SummaryWriter, add_eval, write_data
from innerview.stores import open_backend

GENERATOR = np.random.default_rng(0)
LOGITS = GENERATOR.normal(0, 4, (200, 7)).astype(np.float32)
LABELS = GENERATOR.integers(0, 7, 200)


def scalars(store: Path) -> list[dict[str, tuple[list[int], list[float]]]]:
    """A dict a run: tag -> steps and values."""
    backend = open_backend(str(store))
    found = []
    for run in backend.runs():
        tags = [series.tag for series in backend.series(run.id)]
        curves = backend.scalars([(run.id, tag) for tag in tags])
        found.append(
            {t: (c.steps.tolist(), c.values.tolist()) for t, c in zip(tags, curves, strict=True)}
        )
    backend.close()
    return found


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_values_equal_those_of_keras() -> None:
    keras = pytest.importorskip("keras")
    loss = keras.losses.sparse_categorical_crossentropy(LABELS, LOGITS, from_logits=True)
    accuracy, cross_entropy = add_eval(LOGITS, LABELS)
    assert cross_entropy == pytest.approx(float(np.mean(loss)), abs=1e-6)
    assert accuracy == (LOGITS.argmax(1) == LABELS).mean()
    shares = np.asarray(keras.ops.softmax(keras.ops.convert_to_tensor(LOGITS)))
    loss = keras.losses.sparse_categorical_crossentropy(LABELS, shares)
    _, cross_entropy = add_eval(keras.ops.convert_to_tensor(shares), LABELS, probabilities=True)
    assert cross_entropy == pytest.approx(float(np.mean(loss)), abs=1e-6)
    targets = np.eye(7, dtype=np.float32)[LABELS] * 0.9 + 0.1 / 7
    loss = keras.losses.categorical_crossentropy(targets, LOGITS, from_logits=True)
    assert add_eval(LOGITS, targets)[1] == pytest.approx(float(np.mean(loss)), abs=1e-6)
    pairs = (LABELS % 2).astype(np.float32)
    loss = keras.losses.binary_crossentropy(pairs[:, None], LOGITS[:, :1], from_logits=True)
    assert add_eval(LOGITS[:, :1], pairs)[1] == pytest.approx(float(np.mean(loss)), abs=1e-6)


def test_values_equal_those_of_torch() -> None:
    torch = pytest.importorskip("torch")
    logits = torch.tensor(LOGITS, requires_grad=True)
    labels = torch.tensor(LABELS)
    accuracy, cross_entropy = add_eval(logits, labels)
    expected = torch.nn.functional.cross_entropy(logits, labels).item()
    assert cross_entropy == pytest.approx(expected, abs=1e-6)
    assert accuracy == (LOGITS.argmax(1) == LABELS).mean()
    assert add_eval(logits.to(torch.bfloat16), labels)[1] == pytest.approx(expected, abs=0.02)


def test_labels_may_be_numbers_a_column_or_one_hot() -> None:
    expected = add_eval(LOGITS, LABELS)
    for labels in (LABELS[:, None], np.eye(7)[LABELS], LABELS.tolist(), LABELS.astype(np.float32)):
        assert add_eval(LOGITS, labels) == pytest.approx(expected)


def test_large_logits_are_no_trouble() -> None:
    accuracy, cross_entropy = add_eval([[1e4, 0.0], [0.0, 1e4]], [0, 0])
    assert (accuracy, cross_entropy) == (0.5, 5e3)
    assert add_eval([[-np.inf, 0.0]], [1]) == (1.0, 0.0)
    assert add_eval([[1.0, 0.0]], [1], probabilities=True)[1] == pytest.approx(-np.log(1e-7))


def test_one_output_tells_two_classes_apart() -> None:
    logits = np.array([2.0, -1.0])
    expected = np.mean([np.log1p(np.exp(-2.0)), np.log1p(np.exp(1.0))])
    assert add_eval(logits, [1, 1]) == pytest.approx((0.5, expected))
    shares = 1 / (1 + np.exp(-logits))
    assert add_eval(shares, [1, 1], probabilities=True) == pytest.approx((0.5, expected))


def test_no_samples_have_no_accuracy() -> None:
    assert np.isnan(add_eval(np.zeros((0, 3)), np.zeros(0))).all()


@pytest.mark.parametrize(
    ("outputs", "labels", "why"),
    [
        (np.zeros((3, 2)), [0, 1], r"shape \(3, 2\) and labels of shape \(2,\)"),
        (np.zeros((2, 2)), [0, 2], "whole numbers from 0 to 1"),
        (np.zeros((2, 2)), [0, -1], "whole numbers from 0 to 1"),
        (np.zeros((2, 2)), [0.5, 1], "whole numbers from 0 to 1"),
        (np.zeros((2, 3)), np.zeros((2, 2)), r"shape \(2, 2\) for outputs of shape \(2, 3\)"),
        (1.0, 1, "shape"),
    ],
)
def test_what_does_not_fit_is_refused(outputs: Any, labels: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        add_eval(outputs, labels)


def test_every_fifth_step_is_written(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path / "runs") as writer:
        for step in range(12):
            written = write_data(
                step / 100, lambda: 2.0, step=step, writer=writer, val_accuracy=0.5,
                val_cross_entropy=np.float32(3),
            )  # fmt: skip
            expected = (step / 100, 0.5, 2.0, 3.0) if step in (5, 10) else (None,) * 4
            assert written == expected
    (found,) = scalars(tmp_path / "runs")
    assert found == {
        "accuracy": ([5, 10], [0.05, 0.1]),
        "cross_entropy": ([5, 10], [2.0, 2.0]),
        "val_accuracy": ([5, 10], [0.5, 0.5]),
        "val_cross_entropy": ([5, 10], [3.0, 3.0]),
    }


def test_a_call_of_the_live_viewers_works_unchanged(tmp_path: Path) -> None:
    """Tensors of TensorFlow 1 are evaluated with what they are fed."""
    accuracy = SimpleNamespace(eval=lambda feed_dict: feed_dict["x"])
    cross_entropy = SimpleNamespace(eval=lambda feed_dict: -feed_dict["x"])
    log = tmp_path / "run_log.csv"
    log.write_text("of a training before\n")
    for step in range(5):
        written = write_data(
            accuracy=accuracy, cross_entropy=cross_entropy, feed_dict_train={"x": 0.25},
            feed_dict_val={"x": 0.125}, step=step, step_range=2, filename=str(log),
            writer=tmp_path / "runs",
        )  # fmt: skip
    assert written == (0.25, 0.125, -0.25, -0.125)
    with log.open(newline="") as file:
        rows = [[float(cell) for cell in row] for row in csv.reader(file)]
    assert rows == [[step, 0.25, 0.125, -0.25, -0.125] for step in (2, 4)]
    # Step 0 begins a run.
    write_data(0.5, 0.5, step=0, writer=tmp_path / "runs")
    write_data(0.5, 0.5, step=5, writer=tmp_path / "runs")
    write_data(0.5, 0.5, step=0, writer=tmp_path / "runs")
    first, second = scalars(tmp_path / "runs")
    assert first["val_accuracy"] == ([2, 4], [0.125, 0.125])
    assert second == {"accuracy": ([5], [0.5]), "cross_entropy": ([5], [0.5])}


def test_functions_are_called_with_what_they_are_fed(tmp_path: Path) -> None:
    images = {"train": LOGITS[:100], "val": LOGITS[100:]}
    with SummaryWriter(tmp_path / "runs") as writer:
        written = write_data(
            lambda part: images[part].mean(), lambda part: len(images[part]), "train", "val",
            step=1, step_range=1, writer=writer,
        )  # fmt: skip
    assert written == (LOGITS[:100].mean(), LOGITS[100:].mean(), 100, 100)


def test_steps_are_a_thousand_apart_at_most() -> None:
    with pytest.raises(ValueError, match=r"1 to 1000\. Received: 0"):
        write_data(0.5, 0.5, step_range=0)


def test_what_is_no_number_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with SummaryWriter(tmp_path / "runs") as writer:
        written = write_data(np.zeros(3), 1.0, step=5, writer=writer, filename=tmp_path)
    assert written == (None, None, 1.0, None)
    assert "no single number" in caplog.text
    assert "cannot be written" in caplog.text
