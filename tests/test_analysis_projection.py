"""analysis/projection.py: maps that are true, the same each time, and reported as they grow."""

import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from analysis import neighbours, projection
from analysis.trustworthiness import trustworthiness


def make_clusters() -> NDArray[np.float32]:
    """1,500 samples in ten well-parted clusters of 16 dimensions."""
    random = np.random.default_rng(0)
    centres = random.normal(size=(10, 16)) * 6
    vectors = centres[np.arange(1500) % 10] + random.normal(size=(1500, 16))
    return vectors.astype(np.float32)


def draw_clusters(
    method: str, report: projection.Report = lambda points, fraction: None
) -> NDArray[np.float32]:
    vectors = make_clusters()
    graph, start = neighbours.build(vectors), projection.pca(vectors)
    points: NDArray[np.float32] = getattr(projection, method)(graph, start, 7, report)
    return points


@pytest.fixture(scope="module")
def clusters() -> NDArray[np.float32]:
    return make_clusters()


Drawn = tuple[NDArray[np.float32], list[float]]


@pytest.fixture(scope="module")
def drawn() -> Callable[[str], Drawn]:
    """Gives the map of the clusters by a method, and the shares of the work that were reported."""

    @cache
    def draw(method: str) -> Drawn:
        fractions: list[float] = []

        def report(points: NDArray[np.float32], fraction: float) -> None:
            assert points.shape == (1500, 2)
            fractions.append(fraction)

        return draw_clusters(method, report), fractions

    return draw


def test_pca_equals_scikit_learn_up_to_signs(clusters: NDArray[np.float32]) -> None:
    expected = PCA(2).fit_transform(clusters)
    points = projection.pca(clusters)
    np.testing.assert_allclose(np.abs(points), np.abs(expected), atol=1e-3)


def test_pca_of_wide_vectors_equals_scikit_learn() -> None:
    random = np.random.default_rng(0)
    vectors = (random.normal(size=(200, 3)) @ random.normal(size=(3, 1500))).astype(np.float32)
    points = projection.pca(vectors)
    expected = np.abs(PCA(2).fit_transform(vectors))
    # Both are drawn at random; near zero a share of nothing says nothing.
    np.testing.assert_allclose(np.abs(points), expected, rtol=2e-2, atol=1e-3)


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (3, 1), (4, 2000)])
def test_pca_of_next_to_nothing_is_finite(shape: tuple[int, int]) -> None:
    assert np.isfinite(projection.pca(np.ones(shape, np.float32))).all()
    assert projection.pca(np.ones(shape, np.float32)).shape == (shape[0], 2)


@pytest.mark.parametrize("method", ["tsne", "umap"])
def test_map_is_trustworthy_and_reported(
    clusters: NDArray[np.float32], drawn: Callable[[str], Drawn], method: str
) -> None:
    points, fractions = drawn(method)
    assert points.dtype == np.float32
    assert fractions == sorted(fractions)
    assert 0 < fractions[-1] <= 1
    trust = trustworthiness(clusters, points)
    before = trustworthiness(clusters, projection.pca(clusters))
    assert trust is not None
    assert before is not None
    assert trust > max(0.95, before)


@pytest.mark.parametrize("method", ["tsne", "umap"])
def test_a_map_goes_on_from_another_and_leaves_what_is_held(
    clusters: NDArray[np.float32], drawn: Callable[[str], Drawn], method: str
) -> None:
    graph, optimise = neighbours.build(clusters), getattr(projection, method)
    start = drawn(method)[0]
    held, calls = np.arange(len(start)) % 2 == 0, 0

    def hold(points: NDArray[np.float32]) -> None:
        nonlocal calls
        calls += 1
        points[held] = start[held]

    points = optimise(graph, start, 7, hold=hold)
    spread = start.std()
    moved = np.linalg.norm(points - start, axis=1) / spread
    # After every iteration; what is left of the held ones' movement is that of the last.
    assert calls >= 50
    assert moved[held].mean() < 0.05
    assert moved[~held].mean() > 2 * moved[held].mean()
    trust = trustworthiness(clusters, points)
    assert trust is not None and trust > 0.95


@pytest.mark.parametrize("method", ["tsne", "umap"])
def test_few_equal_samples_are_projected_too(method: str) -> None:
    vectors = np.zeros((12, 3), np.float32)
    vectors[6:] = 1
    points = getattr(projection, method)(neighbours.build(vectors), projection.pca(vectors), 0)
    assert np.isfinite(points).all()


@pytest.mark.slow
def test_map_is_the_same_for_the_same_seed_in_another_process(
    drawn: Callable[[str], Drawn], root: Path, tmp_path: Path
) -> None:
    script = (
        # What the process that draws does, too: umap-learn loads it for a class of its own.
        "import sys; sys.modules['tensorflow'] = None\n"
        "import numpy as np; from tests.test_analysis_projection import draw_clusters\n"
        "for method in sys.argv[2:]: np.save(f'{sys.argv[1]}/{method}', draw_clusters(method))\n"
        "from umap.layouts import _nb_optimize_layout_euclidean_single_epoch as compiled\n"
        "print(*compiled.stats.cache_hits.values(), *compiled.stats.cache_misses.values())"
    )
    here = {method: drawn(method)[0] for method in ("tsne", "umap")}
    # In another order: what was drawn before must not count.
    run = [sys.executable, "-c", script, str(tmp_path), "umap", "tsne"]
    done = subprocess.run(run, cwd=root, capture_output=True, text=True, check=True)
    for method, points in here.items():
        np.testing.assert_array_equal(np.load(tmp_path / f"{method}.npy"), points)
    # What this process has compiled, unless it was there already, the other only reads.
    assert done.stdout.split() == ["1"]


def test_a_process_that_draws_by_pca_loads_no_other_method(root: Path) -> None:
    script = (
        "import contextlib, sys; from analysis import projector; from tests.epochs import Ears\n"
        "with contextlib.suppress(EOFError): projector.run_layers('pca', None, Ears())\n"
        "print('faiss' in sys.modules, {'openTSNE', 'sklearn', 'umap'} & set(sys.modules))"
    )
    run = [sys.executable, "-c", script]
    done = subprocess.run(run, cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True set()"
