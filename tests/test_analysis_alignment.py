"""Maps over the epochs: measures against hand-made truths, and what stays, stays."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from analysis import Study
from analysis.events import Failure, Followed, Stage
from analysis.history import alignment, history
from analysis.history import maps as history_maps
from analysis.history.alignment import movement, pulls, relative_change
from analysis.history.draw import Draw, FrameOrder
from analysis.history.kept import Passed
from analysis.trustworthiness import trustworthiness
from tests.epochs import Ears, open_epochs, run_epochs, save_epochs
from util import UserError

Vectors = NDArray[np.float32]


class Process:
    """Stands for a worker process: does nothing by itself."""

    alive = True

    def __init__(self, name: str, work: Draw, task: object, stage: str, hear: object) -> None:
        self.work, self.process = work, self
        self.ordered: list[FrameOrder] = []

    def order(self, order: FrameOrder) -> None:
        self.ordered.append(order)

    def is_alive(self) -> bool:
        return self.alive


@pytest.fixture(scope="module")
def clusters() -> Vectors:
    random = np.random.default_rng(0)
    centres = random.normal(scale=6, size=(6, 16))
    vectors: Vectors = (np.repeat(centres, 80, 0) + random.normal(size=(480, 16))).astype("f4")
    return vectors


def test_relative_change_is_the_distance_by_the_mean_length() -> None:
    before = np.array([[2, 0], [-2, 0], [0, 1], [0, -1]], np.float32)
    after = np.array([[2, 0], [-2, 0], [1, 0], [-1, 0]], np.float32)
    # Both have mean 0 and the same mean square length, so only the last two have changed.
    np.testing.assert_allclose(relative_change(before, after), [0, 0, 2**0.5, 2**0.5])
    # What all vectors do alike changes no map.
    np.testing.assert_allclose(relative_change(before, 3 * before + 5), 0, atol=1e-6)
    assert (relative_change(before, np.zeros_like(before)) == 2).all()
    assert (relative_change(np.ones((4, 2), np.float32), np.ones((4, 2), np.float32)) == 0).all()


def test_movement_is_in_units_of_the_spread() -> None:
    before = np.array([[1, 0], [-1, 0], [0, 1], [0, -1]], np.float32)
    after = before.copy()
    after[0] = [0.5, 0]
    change = np.array([0.9, 0.1, 0.2, 0.3])
    centred = after - after.mean(0)
    spread = np.sqrt((1 + (centred**2).sum(1).mean()) / 2)
    assert movement(before, after, change) == pytest.approx((0, 0.5 / spread))


def test_samples_are_held_by_how_little_they_changed() -> None:
    change = np.linspace(0.01, 0.05, 101)
    shares = pulls(change)
    assert (np.diff(shares) <= 0).all()
    assert shares[:26].min() > 0.89 and shares[75:].max() == pytest.approx(0, abs=1e-12)
    assert pulls(np.zeros(8)).min() == alignment.HELD
    # Another network altogether: nothing is worth holding.
    assert pulls(np.full(8, 1.5)).max() < 1e-3


def test_what_stays_stays_and_each_map_is_as_good_as_one_drawn_alone(clusters: Vectors) -> None:
    random = np.random.default_rng(1)
    first = alignment.draw("tsne", clusters, None, 0)
    assert first.movement is None
    # Two clusters come closer to each other; the others shiver.
    after = clusters + random.normal(scale=0.02, size=clusters.shape).astype("f4")
    after[:80] += 0.4 * (clusters[80:160] - clusters[:80])
    second = alignment.draw("tsne", after, (clusters, first.points), 0)
    again = alignment.draw("tsne", after, (clusters, first.points), 0)
    np.testing.assert_array_equal(second.points, again.points)
    assert second.movement is not None
    stable, changed = second.movement
    assert stable < 0.03 and stable < 0.35 * changed
    alone = alignment.draw("tsne", after, None, 0)
    assert alone.trustworthiness is not None and second.trustworthiness is not None
    assert second.trustworthiness > alone.trustworthiness - 0.02
    assert second.trustworthiness == trustworthiness(after, second.points)


@pytest.mark.parametrize("count", [3, 12])
def test_few_equal_samples_have_maps_too(count: int) -> None:
    vectors = np.zeros((count, 3), np.float32)
    first = alignment.draw("tsne", vectors, None, 0)
    second = alignment.draw("tsne", vectors, (vectors, first.points), 0)
    assert second.points.shape == (count, 2) and np.isfinite(second.points).all()
    assert second.trustworthiness is None


def test_maps_of_the_epochs_are_drawn_once_and_go_on_where_they_stopped(
    computed: Study,
    saved: Path,
    cache: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = save_epochs(tmp_path_factory.getbasetemp() / "epochs", saved)
    run_epochs(open_epochs(folder, cache, seed=3))
    monkeypatch.setattr(history, "Worker", None)
    study = open_epochs(folder, cache, seed=3)
    study.history.start("dense")
    maps = study.history._maps
    assert maps is not None and "dense" in maps.layers

    monkeypatch.setattr(history_maps, "Worker", Process)
    study.history.request("dense", "tsne")
    study.history.request("dense", "tsne")
    worker, order, ears = maps._worker, FrameOrder("dense", "tsne"), Ears()
    assert isinstance(worker, Process) and worker.ordered == [order]
    worker.work.draw(study.task, ears, order)  # type: ignore[arg-type]
    for event in ears.sent:
        maps._hear(event)
    frames = study.history.frames()["dense|tsne"]
    assert (frames.state, frames.fraction, len(frames.done)) == ("done", 1.0, 4)
    pairs = [frame.movement for frame in frames.done[1:] if frame.movement is not None]
    assert len(pairs) == 3 and frames.movement() == pytest.approx(np.mean(pairs, axis=0))
    assert [event.position for event in ears.sent if isinstance(event, Followed)] == [0, 1, 2, 3]
    assert isinstance(ears.sent[-1], Stage) and ears.sent[-1].state == "done"
    passed = [study.history.passed(position) for position in range(4)]
    change = relative_change(passed[2].activations("dense"), passed[3].activations("dense"))  # type: ignore[arg-type, union-attr]
    points = [frame.points for frame in frames.done]
    assert frames.done[3].movement == pytest.approx(movement(points[2], points[3], change))
    # Another start finds them, also where only some were drawn.
    other = history_maps.HistoryMaps(study.task, maps._keys, maps._passed, lambda stage: None)
    other.request("dense", "tsne")
    assert other.frames()["dense|tsne"].state == "done" and other._worker is None
    with pytest.raises(UserError, match=r"layers are .*dense.*methods are tsne, umap"):
        other.request("dense", "pca")


def test_a_map_that_fails_says_so_and_can_be_asked_for_again(
    computed: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_maps, "Worker", Process)
    heard: list[Stage] = []
    passed = [Passed(1.0, 0.0, ("dense",), Path())] * 2
    maps = history_maps.HistoryMaps(computed.task, ("a", "b"), passed, heard.append)
    maps.request("dense", "umap")
    order = FrameOrder("dense", "umap")
    maps._hear(Failure(order.stage, "No memory.", False, ""))
    assert maps.frames()["dense|umap"].state == "failed" and heard[-1].message == "No memory."
    maps.request("dense", "umap")
    assert maps.frames()["dense|umap"].state == "waiting"
    assert isinstance(maps._worker, Process) and maps._worker.ordered == [order, order]
