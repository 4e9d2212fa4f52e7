"""Tables for tests of queries, with everything in them that makes arithmetic difficult."""

import numpy as np
import pandas as pd

from analysis.samples import Samples

CLASSES = ("cat", "dog", "hot dog", 'the "ox"', "4", "Bär 🐻", "dog's", "a\\b", "line\nbreak", "")

ROWS = 160


def make_samples(rows: int = ROWS) -> Samples:
    """A samples table of random numbers, among them zeros, infinity and NaN."""
    random = np.random.default_rng(7)
    label = random.integers(0, len(CLASSES), rows)
    predicted = np.where(random.random(rows) < 0.6, label, random.integers(0, len(CLASSES), rows))
    loss = random.choice([0, 0.25, 0.5, 1, 1.5, 2, 3, np.inf, np.nan], rows)
    frame = pd.DataFrame(
        {
            "index": np.arange(rows),
            "id": [f"test/{number}" for number in range(rows)],
            "label": label,
            "predicted": predicted,
            "correct": label == predicted,
            "confidence": random.choice([0.1, 0.25, 0.5, 0.9, 0.95, 1], rows).astype(np.float32),
            "margin": (random.integers(0, 9, rows) / 8).astype(np.float32),
            "entropy": random.random(rows).astype(np.float32),
            "loss": loss.astype(np.float32),
        }
    )
    return Samples(frame)
