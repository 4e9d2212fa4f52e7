"""Precision-recall curves as the page asks for them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from numpy.typing import NDArray
from sklearn import metrics

import innerview
from innerview.records import Curve
from tests.event_files import NAME, append, tensor
from tests.training_stores import STARTED, client_of, open_library, run_records, write
from views.training.curve_records import COUNTS, MOST_THRESHOLDS, average_precision
from views.training.library import Library

Samples = tuple[NDArray[np.bool_], NDArray[np.float64]]


def samples(seed: int, count: int = 700) -> Samples:
    """Labels and probabilities, many of them ties, some exactly on a threshold."""
    rng = np.random.default_rng(seed)
    labels = rng.random(count) < 0.3
    scores = 1 / (1 + np.exp(-rng.normal(np.where(labels, 1.0, -1.0), 1.2)))
    return labels, np.where(rng.random(count) < 0.3, scores.round(1), scores)


def ask(client: FlaskClient, **query: Any) -> Any:
    return client.get("/api/training/pr", query_string=query)


@pytest.fixture
def open_client(tmp_path: Path) -> Iterator[Callable[[Path], FlaskClient]]:
    """Opens stores; closes them afterwards."""
    opened: list[Library] = []

    def open_store(folder: Path) -> FlaskClient:
        opened.append(Library(str(folder)))
        return client_of(opened[-1])

    yield open_store
    for library in opened:
        library.close()


@pytest.fixture(scope="module")
def strange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A store with more than a page takes, and with what no writer of ours would write."""
    found = open_library(tmp_path_factory.mktemp("pr"))
    many = np.linspace(0, 1, 5000)
    sums = np.stack([np.arange(5000.0)[::-1], np.zeros(5000), np.zeros(5000), np.arange(5000.0)])
    odd = np.array([[9, np.nan, 4, -1], [3, 2, 1, 0], [0, 1, 2, 3], [0, 2, 5, 9]], float)
    curves = [Curve("a", "long", f"l{k}", k, STARTED, many[:2], sums[:, :2]) for k in range(999)]
    curves += [
        Curve("a", "wide", "w", 3, STARTED, many, sums),
        Curve("a", "odd", "o", 1, STARTED, np.array([0.6, 0.4, 0.2, np.inf]), odd),
        Curve("a", "negatives", "n", 1, STARTED, many[:3], np.array([[0.0] * 3] * 4)),
    ]
    write(found.default, run_records("a"), run_records("bin"), curves)
    found.default.backend.edit("bin", {"deleted": True})
    yield found
    found.close()


def check(curve: Any, thresholds: list[float], labels: Any, scores: NDArray[np.float64]) -> None:
    """A curve has scikit-learn's numbers at the logged thresholds, and its average precision."""
    counts = np.array([curve[name] for name in COUNTS], float)
    for k in range(0, len(thresholds), 9):
        called = scores >= thresholds[k]
        (tn, fp), (fn, tp) = metrics.confusion_matrix(labels, called, labels=[False, True])
        assert counts[:, k].tolist() == [tp, fp, tn, fn]
        precision = metrics.precision_score(labels, called, zero_division=0)
        assert tp / max(1, tp + fp) == pytest.approx(precision, abs=1e-12)
        assert tp / (tp + fn) == pytest.approx(metrics.recall_score(labels, called), abs=1e-12)
    floors = np.searchsorted(thresholds, scores, side="right")
    expected = metrics.average_precision_score(labels, floors)
    assert curve["average_precision"] == pytest.approx(expected, abs=1e-12)


def test_numbers_are_those_of_scikit_learn(
    tmp_path: Path, open_client: Callable[[Path], FlaskClient]
) -> None:
    logged = {step: samples(step) for step in (20, 5, 10)}
    with innerview.SummaryWriter(str(tmp_path / "runs"), "default") as writer:
        for step, (labels, scores) in logged.items():
            writer.add_pr_curve("digit", labels, scores, step, num_thresholds=101)
        run = writer.run
    answer = ask(open_client(tmp_path / "runs"), run=run, tag="digit").json
    assert answer["total"] == 3 and [found["step"] for found in answer["curves"]] == [5, 10, 20]
    # One list of thresholds for all.
    assert answer["thresholds"] == [np.linspace(0, 1, 101).tolist()]
    for found in answer["curves"]:
        labels, scores = logged[found["step"]]
        check(found, answer["thresholds"][found["thresholds"]], labels, scores)
        exact = metrics.average_precision_score(labels, scores)
        assert found["average_precision"] == pytest.approx(exact, abs=0.005)


def test_event_files_of_tensorboard_have_the_same_curves(
    tmp_path: Path, open_client: Callable[[Path], FlaskClient]
) -> None:
    labels, scores = samples(1)
    limits = np.linspace(0, 1, 31)
    called = scores >= limits[:, None]
    hits, alarms = (called & labels).sum(1), (called & ~labels).sum(1)
    misses, passed = labels.sum() - hits, (~labels).sum() - alarms
    with np.errstate(invalid="ignore"):
        shares = hits / (hits + alarms), hits / labels.sum()
    rows = np.stack([hits, alarms, passed, misses, *shares]).astype("<f4").tobytes()
    event = tensor("pr", [6, 31], 7, plugin="pr_curves", dtype=1, tensor_content=rows)
    append(tmp_path / "logs" / "first" / NAME, [event])
    client = open_client(tmp_path / "logs")
    listed = client.get("/api/training/runs").json
    assert listed["tags"]["curves"] == ["pr"]
    answer = ask(client, run=listed["runs"][0]["id"], tag="pr").json
    (found,) = answer["curves"]
    assert found["step"] == 7
    check(found, answer["thresholds"][0], labels, scores)


def test_answers_are_bounded(strange: Library) -> None:
    client = client_of(strange)
    long = ask(client, run="a", tag="long").json
    steps = [found["step"] for found in long["curves"]]
    assert long["total"] == 999 and len(steps) == 200 and (steps[0], steps[-1]) == (0, 998)
    wide = ask(client, run="a", tag="wide").json
    assert len(wide["thresholds"][0]) == MOST_THRESHOLDS == len(wide["curves"][0]["tp"])
    assert (wide["thresholds"][0][0], wide["thresholds"][0][-1]) == (0, 1)
    assert wide["curves"][0]["average_precision"] == pytest.approx(1)
    assert ask(client, run="a", tag="none").json == {"total": 0, "thresholds": [], "curves": []}


def test_odd_counts_are_left_out(strange: Library) -> None:
    client = client_of(strange)
    odd = ask(client, run="a", tag="odd").json
    assert odd["thresholds"] == [[0.2, 0.6]]
    assert [odd["curves"][0][name] for name in COUNTS] == [[4, 9], [1, 3], [2, 0], [5, 0]]
    (found,) = ask(client, run="a", tag="negatives").json["curves"]
    assert found["average_precision"] is None
    assert np.isnan(average_precision(np.zeros((4, 0))))


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"run": "a"}, 400),
        ({"tag": "odd"}, 400),
        ({"run": "a", "tag": "x" * 1001}, 400),
        ({"run": "gone", "tag": "odd"}, 404),
        ({"run": "bin", "tag": "odd"}, 404),
        ({"run": "a", "tag": "odd", "store": "gone"}, 404),
    ],
)
def test_mistakes_are_a_sentence(strange: Library, query: dict[str, str], status: int) -> None:
    answer = ask(client_of(strange), **query)
    assert answer.status_code == status
    assert answer.json["message"].endswith(".")
