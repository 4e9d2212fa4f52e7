"""Records for tests of stores, and short ways to ask for what became of them."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from innerview import fixed_point
from innerview.records import (
    Checkpoint,
    ClassMap,
    ClassPoints,
    Curve,
    Histogram,
    Image,
    Points,
    Record,
    RunStarted,
    Text,
)
from innerview.stores import open_backend
from innerview.stores.base import Backend, Run, Series
from tests import mongodb_server
from tests.mongodb_server import MongoServer

Open = Callable[[], Backend]

ODD_NAMES = [
    "a.b.c", "$set", "a$b", "..", ".", "x/y/z", "/", "%2E", "%", "a b", "é日本😀", "'\"`;--", "\\",
    "[0]", "{}", "*", "?", "\n\t\r", "\x00", "a\x00b", "__proto__", "_id", "n" * 300, "é" * 300,
    "0", "-1", "None", "true", " ", "<b>x</b>",
]  # fmt: skip


def points(
    values: ArrayLike,
    start: int = 0,
    number: int = 0,
    *,
    run: str = "r",
    tag: str = "loss",
    writer: str = "w",
    at: float = 0.0,
) -> Points:
    """Values at the steps from `start`, one a second."""
    y = np.asarray(values, np.float64)
    steps = start + np.arange(len(y))
    return Points(run, tag, writer, number, steps, at + steps.astype(float), y)


def item_records(run: str = "r", tag: str = "it", id: str = "i1", step: int = 3) -> list[Record]:
    """One record of each kind that is written once."""
    counts = np.array([[5.0, 2.0], [1.0, 0.0], [3.0, 4.0], [0.0, 3.0]])
    edges = np.array([-0.1, 0.1 + 0.2, 1e300])
    return [
        Histogram(run, tag, id, step, 4.5, edges, np.array([3.0, 0.0])),
        Image(run, tag, id, step, 4.5, 2, 1, b"\x89PNG\r\n\x1a\n\x00\xff"),
        Text(run, tag, id, step, 4.5, "words\n\x00 é 日 😀"),
        Curve(run, tag, id, step, 4.5, np.array([0.0, 1.0]), counts),
        Checkpoint(run, id, step, 4.5, None, "nets/epoch é.keras"),
        class_map(run, tag, id, step),
        class_points(run, tag, id),
    ]


def shares(height: int = 3, width: int = 5, classes: int = 4, seed: int = 0) -> NDArray[np.float64]:
    """Probabilities on a grid: (height, width, classes)."""
    return np.random.default_rng(seed).dirichlet(np.ones(classes), (height, width))


def class_map(run: str = "r", tag: str = "it", id: str = "i1", step: int = 3) -> ClassMap:
    content = fixed_point.encode(shares(seed=step))
    return ClassMap(run, tag, id, step, 4.5, 2, 3, 5, 4, (-1.0, 0.1 + 0.2), (0, 7.5), content)


def class_points(run: str = "r", tag: str = "it", id: str = "i1", time: float = 4.5) -> ClassPoints:
    places = np.array([[0.25, -1.5], [3e38, 1e-40], [7.0, 8.0]], np.float32)
    names = ("ant", "`b` é", "", "d")
    return ClassPoints(run, tag, id, time, places, np.array([3, -1, 0], np.int32), names)


def only_run(backend: Backend) -> Run:
    (found,) = backend.runs()
    return found


def told(backend: Backend, tag: str = "loss", kind: str = "scalar", run: str = "r") -> Series:
    (found,) = [s for s in backend.series(run) if (s.tag, s.kind) == (tag, kind)]
    return found


def curve(backend: Backend, tag: str = "loss", run: str = "r") -> list[float]:
    (found,) = backend.scalars([(run, tag)])
    assert found.steps.dtype == np.int64
    assert found.times.dtype == found.values.dtype == np.float64
    assert len(found.steps) == len(found.times) == len(found.values)
    values: list[float] = found.values.tolist()
    return values


@pytest.fixture(scope="module")
def mongodb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoServer]:
    """A server of MongoDB's protocol, over TCP."""
    yield from mongodb_server.serve(tmp_path_factory.mktemp("mongodb"))


@pytest.fixture(params=["sqlite", "mongodb"])
def open_store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Open]:
    """Opens one and the same store, which is empty at first; one of each kind after the other."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    if request.param == "sqlite":
        url = str(tmp_path / "runs")
    else:
        url = request.getfixturevalue("mongodb").url(f"test_{secrets.token_hex(6)}")
    opened: list[Backend] = []

    def open_one() -> Backend:
        opened.append(open_backend(url, create=True))
        return opened[-1]

    yield open_one
    for backend in opened:
        backend.close()


@pytest.fixture
def backend(open_store: Open) -> Backend:
    """A store of each kind, with one run."""
    backend = open_store()
    backend.write([RunStarted("r", "first", "mnist", 1.0, {"host": "here", "pid": 7})])
    return backend
