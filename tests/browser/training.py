"""A store of runs, served by the real command, and its page: for all tests of the page Training.

The fixtures are known to every test of this folder, by tests/browser/conftest.py.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, BrowserContext, Page

import innerview

# (name, learning_rate, batch_size, optimizer): of every run that the store begins with.
RUNS = (
    ("first", 0.1, 32, "sgd"),
    ("second", 0.01, 32, "sgd"),
    ("third", 0.01, 64, "adam"),
    ("fourth", 0.001, 64, "adam"),
)
EPOCHS = 5
BATCHES = 20


def final_accuracy(number: int) -> float:
    """The last `val_accuracy` of RUNS[number]: 0.92, 0.94, 0.96, 0.98."""
    return 0.92 + 0.02 * number


# Tags of the precision-recall curves that all runs but the last one log at each epoch.
DECISIONS = ("decision/easy", "decision/hard")


def decisions(number: int, epoch: int, tag: str) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Labels and probabilities, (200,), that RUNS[number] logs as a precision-recall curve."""
    rng = np.random.default_rng((number, epoch, DECISIONS.index(tag)))
    labels = rng.random(200) < 0.3
    sure = (1 + number + epoch) / (3 if tag == DECISIONS[0] else 6)
    scores = rng.normal(np.where(labels, sure, -sure) / 2)
    return labels, 1 / (1 + np.exp(-scores))


def write_run(store: Path, number: int, epochs: int = EPOCHS) -> str:
    """Logs one of RUNS as Keras's callback does, without training anything; returns its id."""
    name, rate, batch, optimizer = RUNS[number]
    parameters = {
        "learning_rate": rate,
        "batch_size": batch,
        "optimizer": optimizer,
        "dataset": "digits",
    }
    rng = np.random.default_rng(number)
    with innerview.SummaryWriter(str(store), "default", name=name, parameters=parameters) as writer:
        writer.add_scalar("epoch", 0, 0)
        for epoch in range(1, epochs + 1):
            for batch_done in range(BATCHES):
                step = (epoch - 1) * BATCHES + batch_done + 1
                writer.add_scalar("batch/loss", 1 / step + 0.01 * rng.random(), step)
            write_epoch(writer, number, epoch, epochs)
            writer.add_histogram("dense/kernel", rng.normal(0, 1 / epoch, 500), epoch * BATCHES)
            for tag in DECISIONS if number < len(RUNS) - 1 else ():
                writer.add_pr_curve(tag, *decisions(number, epoch, tag), epoch * BATCHES)
            picture = np.tile(np.linspace(0, epoch / epochs, 16), (16, 1))
            writer.add_image("digit", picture, epoch * BATCHES, dataformats="HW")
        writer.add_thought(f"a thought of {name}")
        return str(writer.run)


def write_epoch(writer: innerview.SummaryWriter, number: int, epoch: int, epochs: int) -> None:
    """One point of the curves that Keras logs; the last one reaches `final_accuracy`."""
    accuracy = final_accuracy(number) - 0.3 * (epochs - epoch) / epochs
    step = epoch * BATCHES
    writer.add_scalar("epoch", epoch, step)
    writer.add_scalar("accuracy", accuracy + 0.01, step)
    writer.add_scalar("val_accuracy", accuracy, step)
    writer.add_scalar("loss", 0.9 - 0.9 * accuracy, step)
    writer.add_scalar("val_loss", 1 - accuracy, step)


def make_store(folder: Path) -> Path:
    """A store with RUNS."""
    for number in range(len(RUNS)):
        write_run(folder, number)
    return folder


@contextmanager
def serve_store(root: Path, store: Path) -> Iterator[str]:
    """The address of the page of a store alone, without a network."""
    from tests.browser.conftest import Server

    server = Server(root, "--runs", str(store))
    try:
        server.wait()
        yield server.url
    finally:
        server.stop()


@contextmanager
def open_training(context: BrowserContext, address: str, runs: int | None = None) -> Iterator[Page]:
    """The page Training at an address, its runs read.

    Args:
        runs: waits until there are as many. At the end no script of the page may have failed.
    """
    page = context.new_page()
    mistakes: list[str] = []
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    try:
        page.goto(address)
        page.wait_for_function("() => window.innerview?.training?.known")
        if runs is not None:
            page.wait_for_function("(n) => innerview.training.runs.length === n", arg=runs)
        page.evaluate("() => innerview.trainingReady")
        yield page
        assert mistakes == []
    finally:
        page.close()


@contextmanager
def another_person(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of its own: nothing is shared with others but the server."""
    from tests.browser.conftest import SCREEN

    # Playwright waits by evaluating strings, which the page's own rules forbid to everybody.
    context = browser.new_context(viewport=SCREEN, bypass_csp=True)  # type: ignore[arg-type]
    context.add_init_script("localStorage.setItem('innerview-welcome', 'seen')")
    try:
        yield context
    finally:
        context.close()


@pytest.fixture(scope="session")
def training_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with RUNS that tests share: leave its runs as they were, or make one of your own."""
    return make_store(tmp_path_factory.mktemp("training") / "runs")


@pytest.fixture(scope="session")
def training_url(root: Path, training_store: Path) -> Iterator[str]:
    """The address of the page of `training_store`."""
    with serve_store(root, training_store) as url:
        yield url


@pytest.fixture
def training_page(context: BrowserContext, training_url: str) -> Iterator[Page]:
    """The page of `training_store`, opened anew, its runs read."""
    with open_training(context, training_url, len(RUNS)) as page:
        yield page
