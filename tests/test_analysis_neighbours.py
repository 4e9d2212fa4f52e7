"""analysis/neighbours.py and trustworthiness.py against scikit-learn."""

import numpy as np
import pytest
from sklearn import manifold
from sklearn.neighbors import NearestNeighbors

from analysis import neighbours
from analysis.trustworthiness import trustworthiness


def test_exact_graph_equals_scikit_learn() -> None:
    vectors = np.random.default_rng(0).normal(size=(3000, 20)).astype(np.float32) + 100
    graph = neighbours.build(vectors, 15)
    distances, indices = NearestNeighbors(n_neighbors=16).fit(vectors).kneighbors(vectors)
    assert graph.recall == 1
    assert (graph.indices == indices[:, 1:]).mean() > 0.999
    np.testing.assert_allclose(graph.distances, distances[:, 1:], rtol=1e-3)


def test_a_sample_is_never_its_own_neighbour_even_among_equals() -> None:
    vectors = np.zeros((50, 4), np.float32)
    vectors[40:] = 1
    graph = neighbours.build(vectors, 5)
    assert not (graph.indices == np.arange(50)[:, None]).any()
    assert (graph.distances == 0).all()


@pytest.mark.parametrize(("count", "k"), [(1, 0), (2, 1), (5, 4)])
def test_few_samples_have_few_neighbours(count: int, k: int) -> None:
    vectors = np.random.default_rng(0).normal(size=(count, 3)).astype(np.float32)
    assert neighbours.build(vectors, 90).indices.shape == (count, k)


def test_approximate_graph_keeps_the_recall_it_states() -> None:
    random = np.random.default_rng(0)
    centres = random.normal(size=(40, 30)) * 3
    noise = random.normal(size=(6000, 30))
    vectors = (centres[random.integers(0, 40, 6000)] + noise).astype(np.float32)
    exact = neighbours.build(vectors, 20)
    graph = neighbours.build(vectors, 20, exact_limit=0)
    hits = [len(np.intersect1d(a, b)) for a, b in zip(graph.indices, exact.indices, strict=True)]
    recall = np.mean(hits) / 20
    assert graph.recall >= neighbours.MIN_RECALL
    assert recall == pytest.approx(graph.recall, abs=0.02)


def test_progress_reaches_the_end() -> None:
    seen: list[float] = []
    vectors = np.random.default_rng(0).normal(size=(5000, 3)).astype(np.float32)
    neighbours.build(vectors, 5, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1


def test_trustworthiness_equals_scikit_learn_when_it_takes_every_sample() -> None:
    vectors = np.random.default_rng(0).normal(size=(600, 10)).astype(np.float32)
    points = np.ascontiguousarray(vectors[:, :2])
    expected = manifold.trustworthiness(vectors, points, n_neighbors=15)
    assert trustworthiness(vectors, points, sample=600) == pytest.approx(expected, abs=1e-6)
    assert trustworthiness(vectors, points, sample=200) == pytest.approx(expected, abs=0.02)


def test_trustworthiness_of_the_space_itself_is_one() -> None:
    points = np.random.default_rng(0).normal(size=(500, 2)).astype(np.float32)
    assert trustworthiness(points, points) == pytest.approx(1)


def test_trustworthiness_of_a_handful_is_unknown() -> None:
    points = np.zeros((20, 2), np.float32)
    assert trustworthiness(points, points) is None
