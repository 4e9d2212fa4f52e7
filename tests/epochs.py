"""A training in miniature for tests: four networks of the same layers, run over 359 digits."""

import shutil
from pathlib import Path
from typing import Any

from analysis import Study, open_study
from data import open_dataset
from model import open_network
from tests.networks import save_cnn

EPOCHS = 4


class Ears:
    """An outbox without a process: what is sent stays here, and orders end the work."""

    def __init__(self, *orders: Any) -> None:
        self.sent: list[Any] = []
        self.waiting = list(orders)

    def send(self, event: Any) -> None:
        self.sent.append(event)

    def orders(self, wait: bool) -> list[Any]:
        if wait and not self.waiting:
            raise EOFError
        orders, self.waiting = self.waiting, []
        return orders


def save_epochs(folder: Path, last: Path) -> Path:
    """epoch-0001.h5 to epoch-0004.h5 of untrained networks; the last is a copy of `last`."""
    if not folder.exists():
        folder.mkdir()
        for number in range(1, EPOCHS):
            save_cnn(folder / f"epoch-{number:04}.h5", seed=number)
        shutil.copy(last, folder / f"epoch-{EPOCHS:04}.h5")
    return folder


def open_epochs(folder: Path, cache: Path, **options: Any) -> Study:
    """The study of the last of them with all of them, not started."""
    network = open_network(sorted(folder.glob("*.h5"))[-1])
    dataset = options.pop("dataset", None) or open_dataset("digits", "test")
    return open_study(network, dataset, cache_dir=cache, checkpoints=folder, **options)


def run_epochs(study: Study) -> Ears:
    """Runs the networks in this process, which has Keras already."""
    from analysis.history.worker import Pass

    ears = Ears()
    assert study.hidden is not None
    order = Pass(study.history.checkpoints.epochs, study.hidden)
    order(study.task, ears)  # type: ignore[arg-type]
    return ears
