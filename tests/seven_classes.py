"""Seven classes on the plane, and small networks that learn them; for tests.

python tests/seven_classes.py STORE     trains one in PyTorch; run with an interpreter that has it.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

LIMITS = (-2.0, 2.0)
NAMES = ("north", "east", "south", "west", "up", "down", "here")
EPOCHS = 6


def make_samples(count: int = 700, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """(count, 2) round the corners of a heptagon, and their corners."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 7, count)
    turns = 2 * np.pi * labels / 7
    centres = 1.2 * np.stack([np.cos(turns), np.sin(turns)], 1)
    return (centres + rng.normal(0, 0.2, (count, 2))).astype(np.float32), labels


def grid(height: int, width: int) -> NDArray[np.float32]:
    """Points of LIMITS row by row, the lowest row first: (height * width, 2); by hand."""
    low, high = LIMITS
    points = [
        (low + (high - low) * x / (width - 1), low + (high - low) * y / (height - 1))
        for y in range(height)
        for x in range(width)
    ]
    return np.array(points, np.float32)


def softmax(logits: NDArray[Any]) -> NDArray[np.float64]:
    powers = np.exp(logits.astype(np.float64) - logits.max(1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(1, keepdims=True)
    return shares


def train_in_torch(store: str) -> None:
    """Logs a map at every second epoch, and checks each against the network itself."""
    import torch

    from innerview import SummaryWriter, make_map

    torch.manual_seed(0)
    x, y = (torch.from_numpy(each) for each in make_samples())
    network = torch.nn.Sequential(
        torch.nn.Linear(2, 32), torch.nn.BatchNorm1d(32), torch.nn.Dropout(0.2), torch.nn.Tanh(),
        torch.nn.Linear(32, 7),
    )  # fmt: skip
    # Kept as it is while the rest learns.
    network[1].eval()
    optimizer = torch.optim.Adam(network.parameters(), 0.02)
    truths = {}
    with SummaryWriter(store, "plane", "torch") as writer:
        writer.add_class_map_points("map", x, y, NAMES)
        for epoch in range(EPOCHS + 1):
            modes = [part.training for part in network.modules()]
            made = make_map(
                network, LIMITS, LIMITS, square_axis_points=21, epoch_num=epoch, epoch_freq=2
            )
            writer.add_class_map("map", made)
            assert (made is None) == bool(epoch % 2)
            assert [part.training for part in network.modules()] == modes
            if made is not None:
                truths[str(epoch)] = ask(torch, network, grid(21, 21))
            for batch in torch.randperm(len(x)).split(50):
                optimizer.zero_grad()
                torch.nn.functional.cross_entropy(network(x[batch]), y[batch]).backward()
                optimizer.step()
        assert all(parameter.grad is not None for parameter in network.parameters())
        # Asked in its own floating type, and by the writer.
        writer.add_class_map("last", network.double(), 5, xlim=LIMITS, ylim=LIMITS)
    # By the network's own path, in evaluation mode.
    np.savez(Path(store) / "truths.npz", **truths)  # type: ignore[arg-type]


def ask(torch: Any, network: Any, points: NDArray[np.float32]) -> NDArray[np.float64]:
    modes = {part: part.training for part in network.modules()}
    network.eval()
    with torch.no_grad():
        logits = network(torch.from_numpy(points)).numpy()
    for part, mode in modes.items():
        part.training = mode
    return softmax(logits)


if __name__ == "__main__":
    train_in_torch(sys.argv[1])
