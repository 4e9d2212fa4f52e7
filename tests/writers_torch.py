"""Logs with torch's own SummaryWriter; run by tests with an interpreter that has torch.

python tests/writers_torch.py FOLDER
"""

import sys
from pathlib import Path

import numpy as np


def write(folder: Path) -> None:
    from torch.utils.tensorboard import SummaryWriter

    rng = np.random.default_rng(0)
    values, pixels = rng.normal(size=1000), rng.random((3, 5, 7))
    labels, predictions = rng.integers(0, 2, 50), rng.random(50)
    with SummaryWriter(str(folder / "logs" / "first")) as writer:
        for step in range(100):
            writer.add_scalar("Loss/train", 1 / (step + 1), step)
            writer.add_scalar("new", step / 3, step, new_style=True)
            writer.add_scalar("double", step / 3, step, new_style=True, double_precision=True)
            writer.add_scalars("both", {"a": step, "b": -step}, step)
        writer.add_scalar("odd", float("nan"), 0)
        writer.add_scalar("odd", float("inf"), 1)
        writer.add_histogram("ten", values, 4, bins=10)
        writer.add_histogram("usual", values, 5)
        writer.add_histogram("constant", np.ones(5), 6)
        writer.add_image("image", pixels, 2)
        writer.add_images("images", np.stack([pixels, pixels]), 3)
        writer.add_text("note", "hello *world*", 5)
        writer.add_pr_curve("pr", labels, predictions, 7, num_thresholds=20)
        parameters = {"lr": 0.1, "batch": 32, "optimizer": "adam", "augment": True}
        writer.add_hparams(parameters, {"hparam/accuracy": 0.9})
    np.savez(
        folder / "truth.npz", values=values, pixels=pixels, labels=labels, predictions=predictions
    )


if __name__ == "__main__":
    write(Path(sys.argv[1]))
