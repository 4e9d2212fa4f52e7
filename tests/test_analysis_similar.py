"""analysis/similar.py and lookup.py: the nearest against scikit-learn, and who is meant."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from analysis import Study
from analysis.lookup import find_sample, matching_ids
from analysis.neighbours import NeighbourGraph, build
from analysis.similar import nearest, place, read_space, similar_to_sample, similar_to_vector
from tests.fakes import fake_dataset
from util import UserError


class Vectors:
    """What analysis.similar asks of a study, over given vectors."""

    def __init__(self, rows: NDArray[np.float32], graph: NeighbourGraph | None = None) -> None:
        self.rows, self.graph = rows, graph

    def activations(self, layer: str) -> NDArray[np.float32]:
        return self.rows

    def neighbours(self, space: str) -> NeighbourGraph | None:
        return self.graph


@pytest.fixture(scope="module")
def rows() -> NDArray[np.float32]:
    return np.random.default_rng(0).normal(size=(3000, 20)).astype(np.float32) + 100


def test_every_sample_compared_equals_scikit_learn(rows: NDArray[np.float32]) -> None:
    searched = NearestNeighbors(n_neighbors=16, algorithm="brute").fit(rows.astype(np.float64))
    distances, indices = searched.kneighbors(rows[:50].astype(np.float64))
    for index in range(50):
        found = similar_to_sample(Vectors(rows), "dense", index, 15)  # type: ignore[arg-type]
        assert found is not None
        assert found.recall == 1
        np.testing.assert_array_equal(found.indices, indices[index, 1:])
        np.testing.assert_allclose(found.distances, distances[index, 1:], rtol=1e-5)


def test_pixels_are_compared_from_0_to_1() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (400, 48), np.uint8)
    distances, indices = (
        NearestNeighbors(n_neighbors=5).fit(pixels / 255.0).kneighbors(pixels[:1] / 255.0)
    )
    found = nearest(pixels, pixels[0], 5)
    np.testing.assert_array_equal(found.indices, indices[0])
    np.testing.assert_allclose(found.distances, distances[0], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("k", [1, 8, 24, 90])
def test_graph_gives_what_comparing_every_sample_gives(rows: NDArray[np.float32], k: int) -> None:
    graph = build(rows)
    assert graph.recall == 1
    for index in range(0, 3000, 100):
        quick = similar_to_sample(Vectors(rows, graph), "dense", index, k)  # type: ignore[arg-type]
        plain = similar_to_sample(Vectors(rows), "dense", index, k)  # type: ignore[arg-type]
        assert quick is not None
        assert plain is not None
        np.testing.assert_array_equal(quick.indices, plain.indices)
        np.testing.assert_array_equal(quick.distances, plain.distances)


def test_graph_with_too_few_neighbours_is_not_asked(rows: NDArray[np.float32]) -> None:
    found = similar_to_sample(Vectors(rows, build(rows, 10)), "dense", 0, 24)  # type: ignore[arg-type]
    assert found is not None
    assert len(found.indices) == 24


def test_recall_of_an_approximate_graph_is_told(rows: NDArray[np.float32]) -> None:
    graph = build(rows, 24, exact_limit=0)
    graph = NeighbourGraph(graph.indices, graph.distances, 0.96)
    found = similar_to_sample(Vectors(rows, graph), "dense", 0, 24)  # type: ignore[arg-type]
    assert found is not None
    assert found.recall == 0.96


def test_equals_come_in_the_datasets_order_and_never_the_sample_itself() -> None:
    rows = np.zeros((50, 4), np.float32)
    rows[40:] = 1
    for study in (Vectors(rows), Vectors(rows, build(rows, 49))):
        found = similar_to_sample(study, "dense", 3, 5)  # type: ignore[arg-type]
        assert found is not None
        assert found.indices.tolist() == [0, 1, 2, 4, 5]
        assert found.distances.tolist() == [0] * 5
        # More equals before it than were asked for: it is not among those that were found.
        found = similar_to_sample(study, "dense", 30, 5)  # type: ignore[arg-type]
        assert found is not None
        assert found.indices.tolist() == [0, 1, 2, 3, 4]
        found = similar_to_sample(study, "dense", 45, 49)  # type: ignore[arg-type]
        assert found is not None
        assert found.indices.tolist() == [40, 41, 42, 43, 44, 46, 47, 48, 49, *range(40)]


def test_more_than_there_are_is_all_there_are() -> None:
    rows = np.arange(4, dtype=np.float32)[:, None]
    found = similar_to_sample(Vectors(rows), "dense", 0, 90)  # type: ignore[arg-type]
    assert found is not None
    assert found.indices.tolist() == [1, 2, 3]
    alone = similar_to_sample(Vectors(rows[:1]), "dense", 0, 90)  # type: ignore[arg-type]
    assert alone is not None
    assert len(alone.indices) == 0


def test_units_that_overflowed_count_as_zero() -> None:
    rows = np.array([[0, 0], [np.nan, 1], [np.inf, 2], [0, 5], [3e38, -3e38]], np.float32)
    found = similar_to_sample(Vectors(rows), "dense", 0, 4)  # type: ignore[arg-type]
    assert found is not None
    assert found.indices.tolist() == [1, 2, 3, 4]
    assert found.distances.tolist()[:3] == [1, 2, 5]
    found = similar_to_sample(Vectors(rows), "dense", 1, 2)  # type: ignore[arg-type]
    assert found is not None
    assert found.indices.tolist() == [0, 2]


def test_study_answers_for_layers_and_pixels(computed: Study) -> None:
    for space in ("pixels", "conv", "dense", "probabilities"):
        rows = read_space(computed, space)
        assert rows is not None
        own = similar_to_vector(computed, space, rows[7], 3)
        assert own is not None
        assert own.indices[0] == 7
        assert own.distances[0] == 0
        others = similar_to_sample(computed, space, 7, 3)
        assert others is not None
        assert 7 not in others.indices
    assert read_space(computed, "dropout") is None
    assert similar_to_sample(computed, "dropout", 7, 3) is None


def test_place_is_near_the_nearest() -> None:
    rows = np.array([[0], [1], [2], [10], [11], [40]], np.float32)
    indices, weights = place(nearest(rows, np.array([0.9], np.float32), 6))
    assert indices.tolist() == [1, 0, 2, 3, 4]
    assert weights.sum() == pytest.approx(1)
    assert weights[0] > 0.97
    assert sorted(weights, reverse=True) == weights.tolist()
    _, weights = place(nearest(rows, rows[3], 6))
    assert weights[0] == pytest.approx(1, abs=1e-6)


def test_place_among_equals_is_their_middle() -> None:
    _, weights = place(nearest(np.zeros((9, 2), np.float32), np.zeros(2, np.float32), 9))
    np.testing.assert_allclose(weights, 0.2)


@pytest.mark.parametrize(
    ("text", "index"),
    [("0", 0), (" 59 ", 59), ("#12", 12), ("test/7", 7), ("TEST/41", 41), ("/42", 42)],
)
def test_sample_is_found_by_index_id_or_part_of_its_id(text: str, index: int) -> None:
    assert find_sample(fake_dataset(60), text) == index


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("60", "indices go from 0 to 59"),
        ("9" * 12, "There is no image 9"),
        ("-1", "No image has the id “-1”; ids look like test/0"),
        ("test/", "Several ids contain “test/”, such as test/0 and test/1"),
        ("../../etc/passwd", "No image has the id"),
        ("x" * 500, "x…”"),
        ("  ", "Type an index from 0 to 59, or an id such as test/0"),
    ],
)
def test_text_that_names_no_sample_is_a_sentence(text: str, words: str) -> None:
    with pytest.raises(UserError) as error:
        find_sample(fake_dataset(60), text)
    assert words in str(error.value)
    assert len(str(error.value)) < 200


def test_number_is_an_index_before_it_is_an_id() -> None:
    dataset = fake_dataset(3, ids=["2", "700", "0"])
    assert find_sample(dataset, "2") == 2
    assert find_sample(dataset, "700") == 1


def test_ids_that_start_with_the_text_are_offered_first() -> None:
    dataset = fake_dataset(4, ids=["a/cat1.png", "cat/2.png", "dog/3.png", "Cat/4.png"])
    assert matching_ids(dataset, "cat") == [1, 3, 0]
    assert matching_ids(dataset, "cat", 1) == [1]
    assert matching_ids(dataset, "") == []
