"""The curves as a browser gets them, and the place of their card."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from dash import html
from fakes import fake_dataset
from flask import Flask
from flask.testing import FlaskClient
from numpy.typing import NDArray
from sklearn import metrics

from analysis import Study
from analysis.cache import Cache
from analysis.class_scores import ClassScores
from analysis.curves import assessor
from analysis.query import find
from analysis.samples import Samples, make_samples
from views import curves_api
from views.curves import CURVES
from views.ids import Id
from views.panel import Place, render


def client_of(study: Any, base: str = "/") -> FlaskClient:
    server = Flask(__name__)
    curves_api.register(server, study, base)
    return server.test_client()


def figures_of(client: FlaskClient, base: str = "/") -> Any:
    """The answer, once it is there: the machine may be busy."""
    for _ in range(50):
        said: Any = client.get(f"{base}api/curves").json
        if said["state"] != "running":
            return said
        assert 0 <= said["fraction"] <= 1 and said["figures"] is None
    raise AssertionError("the figures did not come")


@pytest.fixture(scope="module")
def client(computed: Study) -> FlaskClient:
    return client_of(computed)


def small_study(folder: Path, labels: NDArray[np.int64], units: int = 3, **more: Any) -> Any:
    """A study of random logits, with what the routes need of it."""
    random = np.random.default_rng(0)
    logits = random.normal(size=(len(labels), units)).astype(np.float32)
    samples = make_samples(labels, [str(k) for k in range(len(labels))], logits, "softmax")
    names = ("cat", "hot dog", "`", "owl")[: max(units, 3)]
    return SimpleNamespace(
        samples=replace(samples, scores=ClassScores(logits, "softmax")),
        class_names=names,
        task=SimpleNamespace(cache=Cache(folder), forward_key="0"),
        **more,
    )


def test_figures_are_those_of_the_samples(client: FlaskClient, computed: Study) -> None:
    said = figures_of(client)
    assert said["state"] == "done" and computed.samples is not None
    classes, averages = said["figures"]["classes"], said["figures"]["averages"]
    assert [one["name"] for one in classes] == list(computed.class_names)
    assert [one["column"] for one in classes] == [f"p_{k}" for k in range(10)]
    labels, predicted = computed.samples["label"], computed.samples["predicted"]
    report = metrics.classification_report(labels, predicted, output_dict=True, zero_division=0)
    for one in classes:
        expected = report[str(one["number"])]
        assert one["support"] == expected["support"]
        # Where a class is never predicted, scikit-learn says zero and we say that it is not known.
        assert (one["precision"] or 0) == pytest.approx(expected["precision"], abs=1e-12)
        assert one["recall"] == pytest.approx(expected["recall"], abs=1e-12)
    assert averages["macro"]["f1"] == pytest.approx(report["macro avg"]["f1-score"], abs=1e-12)
    assert averages["micro"]["f1"] == pytest.approx(report["accuracy"], abs=1e-12)
    bins = said["figures"]["calibration"]["bins"]
    assert len(bins) == 15 and sum(one["count"] for one in bins) == len(labels)


def test_lines_are_one_behind_the_other(client: FlaskClient) -> None:
    figures_of(client)
    answer = client.get("/api/curves/lines")
    rows = np.frombuffer(answer.data, "<f8").reshape(-1, 5)
    parts = json.loads(answer.headers["X-Lines"])
    assert sum(points for _, points in parts) == len(rows)
    assert {number for number, _ in parts} == {-2, -1, *range(10)}
    alone = client.get("/api/curves/lines?class=4")
    (number, points), values = json.loads(alone.headers["X-Lines"])[0], alone.data
    assert number == 4 and len(values) == 40 * points
    start = sum(n for key, n in parts[: [key for key, _ in parts].index(4)])
    np.testing.assert_array_equal(
        np.frombuffer(values, "<f8").reshape(-1, 5), rows[start : start + points]
    )


def test_thresholds_of_a_line_select_what_it_says(client: FlaskClient, computed: Study) -> None:
    lines = np.frombuffer(client.get("/api/curves/lines?class=7").data, "<f8").reshape(-1, 5)
    samples = computed.samples
    assert samples is not None
    threshold, rate, hits, recall, precision = lines[~np.isnan(lines[:, 0])][10]
    said: Any = client.get(f"/api/curves/threshold?class=7&at={float(threshold)!r}").json
    assert (said["recall"], said["precision"]) == (recall, precision)
    assert said["false_positive_rate"] == rate and hits == recall
    for name in ("tp", "fp", "fn", "tn"):
        found = find(samples, computed.class_names, said["queries"][name])
        assert found.sum() == said["counts"][name]


def test_reliability_of_a_class(client: FlaskClient, computed: Study) -> None:
    said: Any = client.get("/api/curves/reliability?class=2").json
    assert computed.samples is not None
    for one in said["bins"]:
        found = find(computed.samples, computed.class_names, one["query"])
        assert found.sum() == one["count"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("threshold?class=10&at=0.5", 404),
        ("threshold?class=-1&at=0.5", 404),
        ("threshold?class=x&at=0.5", 404),
        ("threshold?class=1", 400),
        ("threshold?class=1&at=nan", 400),
        ("threshold?class=1&at=1.5", 400),
        ("threshold?class=1&at=0." + "1" * 100, 400),
        ("lines?class=99999999999999999999999", 404),
        ("reliability", 404),
    ],
)
def test_odd_requests_get_a_sentence(client: FlaskClient, path: str, status: int) -> None:
    answer = client.get(f"/api/curves/{path}")
    assert answer.status_code == status
    assert answer.json is not None and answer.json["message"].endswith(".")


def test_before_the_samples_there_is_a_sentence(tmp_path: Path) -> None:
    study = small_study(tmp_path, np.zeros(4, np.int64))
    study.samples = None
    client = client_of(study, "/lab/")
    assert figures_of(client, "/lab/") == {
        "state": "waiting", "message": "", "fraction": 0.0, "figures": None,
    }  # fmt: skip
    for path in ("lines", "threshold?class=0&at=0.5", "reliability?class=0", "lines?class=0"):
        answer = client.get(f"/lab/api/curves/{path}")
        assert answer.status_code == 409 and "network" in (answer.json or {})["message"]


def test_odd_names_missing_labels_and_infinite_losses(tmp_path: Path) -> None:
    labels = np.array([0, 1, -1, 1, 0, 3] * 10)
    study = small_study(tmp_path, labels)
    study.class_names = ("cat", "hot dog", "`", "owl")
    frame = study.samples.frame
    frame.loc[labels == 1, "loss"] = np.inf
    client = client_of(study)
    classes = figures_of(client)["figures"]["classes"]
    assert [one["column"] for one in classes] == ["p_cat", "`p_hot dog`", "p_2", None]
    assert classes[1]["loss"] == "Infinity" and classes[2]["loss"] is None
    assert classes[2]["ap"] is classes[2]["recall"] is classes[3]["auc"] is None
    said: Any = client.get("/api/curves/threshold?class=1&at=0.4").json
    assert sum(said["counts"].values()) == (labels >= 0).sum()
    for name, query in said["queries"].items():
        found = find(study.samples, study.class_names, query)
        expected = said["counts"].get(name)
        assert name == "called" or (labels[found] >= 0).all()
        assert expected is None or found.sum() == expected
    assert client.get("/api/curves/threshold?class=3&at=0.4").status_code == 404


@pytest.fixture
def assessed(monkeypatch: pytest.MonkeyPatch) -> list[Samples]:
    """Samples that are assessed, each time that they are."""
    calls: list[Samples] = []
    real = assessor.assess

    def assess(samples: Samples, *rest: Any) -> Any:
        calls.append(samples)
        return real(samples, *rest)

    monkeypatch.setattr(assessor, "assess", assess)
    return calls


def test_nothing_is_assessed_twice(tmp_path: Path, assessed: list[Samples]) -> None:
    study = small_study(tmp_path, np.arange(60) % 3)
    first, second = client_of(study), client_of(study)
    found = figures_of(first)
    assert figures_of(first) == found == figures_of(second)
    assert len(assessed) == 1


def test_what_is_kept_may_be_broken(tmp_path: Path, assessed: list[Samples]) -> None:
    study = small_study(tmp_path, np.arange(60) % 3)
    found = figures_of(client_of(study))
    for kept in (tmp_path / "curves").glob("*.npz"):
        np.savez(kept, other=np.zeros(3))
    assert figures_of(client_of(study)) == found
    assert len(assessed) == 2


def test_failure_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(assessor, "assess", fail)
    said = figures_of(client_of(small_study(tmp_path, np.arange(60) % 3)))
    assert said["state"] == "failed" and said["message"] == assessor.FAILED


def test_card_has_a_place_where_there_are_labels(computed: Study) -> None:
    assert CURVES.place is Place.CURVES and CURVES.is_available(computed)
    card = render(CURVES, computed)
    assert isinstance(card, html.Section) and card[Id.CURVES] is not None
    study: Any = SimpleNamespace(dataset=fake_dataset(4, 3, labels=np.full(4, -1)))
    assert not CURVES.is_available(study)
