"""Small networks of plain numpy for tests: trained in a fraction of a second, without Keras."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Weights = tuple[NDArray[np.float32], ...]


@dataclass(frozen=True)
class Perceptron:
    """Flatten, a hidden layer with ReLU, logits.

    Attributes:
        weights: kernel and bias of the hidden layer, then of the last, as Keras has them.
    """

    weights: Weights

    def __call__(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        first, bias, last, offset = self.weights
        hidden = np.maximum(inputs.reshape(len(inputs), -1) @ first + bias, 0)
        return hidden @ last + offset


def train(
    inputs: NDArray[np.float32],
    labels: NDArray[np.int64],
    hidden: int = 48,
    steps: int = 120,
    rate: float = 0.01,
    seed: int = 0,
) -> Perceptron:
    """Adam on all images at once, from He's initialisation.

    The first layer's steps are smaller the larger its inputs are, so that any scale trains well.
    """
    generator = np.random.default_rng(seed)
    size = np.float32(inputs.std())
    rows = inputs.reshape(len(inputs), -1).astype(np.float32) / size
    classes = int(labels.max()) + 1
    sizes = ((rows.shape[1], hidden), (hidden, classes))
    weights: list[NDArray[np.float32]] = []
    for fan_in, fan_out in sizes:
        kernel = generator.normal(0, (2 / fan_in) ** 0.5, (fan_in, fan_out))
        weights += [kernel.astype(np.float32), np.zeros(fan_out, np.float32)]
    wanted = np.eye(classes, dtype=np.float32)[labels]
    slow = [np.zeros_like(w) for w in weights]
    squares = [np.zeros_like(w) for w in weights]
    for step in range(1, steps + 1):
        for part, gradient in enumerate(_gradients(weights, rows, wanted)):
            slow[part] = 0.9 * slow[part] + 0.1 * gradient
            squares[part] = 0.999 * squares[part] + 0.001 * gradient**2
            spread = np.sqrt(squares[part] / (1 - 0.999**step)) + 1e-7
            weights[part] = weights[part] - rate * slow[part] / (1 - 0.9**step) / spread
    weights[0] = weights[0] / size
    return Perceptron(tuple(weights))


def _gradients(
    weights: list[NDArray[np.float32]], rows: NDArray[np.float32], wanted: NDArray[np.float32]
) -> tuple[NDArray[np.float32], ...]:
    """Of the mean cross-entropy."""
    first, bias, last, offset = weights
    hidden = np.maximum(rows @ first + bias, 0)
    logits = hidden @ last + offset
    odds = np.exp(logits - logits.max(1, keepdims=True))
    error = (odds / odds.sum(1, keepdims=True) - wanted) / len(rows)
    back = (error @ last.T) * (hidden > 0)
    return rows.T @ back, back.sum(0), hidden.T @ error, error.sum(0)
