"""A small real study for tests: 359 digits seen by an untrained network."""

from pathlib import Path

from analysis import Study, open_study
from data import open_dataset
from model import open_network


def open_digits(saved: Path, cache: Path, **options: object) -> Study:
    """The study, not started."""
    dataset = open_dataset("digits", "test")
    return open_study(open_network(saved), dataset, cache_dir=cache, **options)  # type: ignore[arg-type]
