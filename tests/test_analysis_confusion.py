"""analysis/confusion.py: counts as scikit-learn has them, and similar classes side by side."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix

from analysis.confusion import TURNED_LEAVES, count_confusions, list_cells, order_by_similarity

pairs = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=60)


@given(pairs)
def test_counts_are_scikit_learns(found: list[tuple[int, int]]) -> None:
    labels, predicted = np.array(found).T
    expected = confusion_matrix(labels, predicted, labels=range(7))
    np.testing.assert_array_equal(count_confusions(labels, predicted, 7), expected)


def test_label_is_in_the_row() -> None:
    counts = count_confusions(np.array([4, 4, 9]), np.array([9, 9, 9]), 10)
    assert counts[4, 9] == 2 and counts[9, 9] == 1 and counts.sum() == 3


def test_no_samples_are_no_counts() -> None:
    nothing = np.zeros(0, np.int64)
    assert count_confusions(nothing, nothing, 3).tolist() == [[0] * 3] * 3


@given(pairs)
def test_cells_are_the_counts_that_are_not_zero(found: list[tuple[int, int]]) -> None:
    labels, predicted = np.array(found).T
    counts = count_confusions(labels, predicted, 7)
    cells = list_cells(counts)
    again = np.zeros_like(counts)
    again[cells[:, 0], cells[:, 1]] = cells[:, 2]
    np.testing.assert_array_equal(again, counts)
    assert (cells[:, 2] > 0).all()
    assert (np.diff(cells[:, 2]) <= 0).all()


def test_equal_cells_keep_the_order_of_the_matrix() -> None:
    cells = list_cells(np.array([[1, 1], [2, 1]]))
    assert cells.tolist() == [[1, 0, 2], [0, 0, 1], [0, 1, 1], [1, 1, 1]]


def confuse_pairs(classes: int, partner: np.ndarray) -> np.ndarray:
    """Counts where each class is taken for its partner now and then, and for no other."""
    counts = np.diag(np.full(classes, 90))
    counts[np.arange(classes), partner] += 10
    return counts


@pytest.mark.parametrize("classes", [10, 100, TURNED_LEAVES + 10])
def test_confused_classes_stand_side_by_side(classes: int) -> None:
    shuffled = np.random.default_rng(0).permutation(classes).reshape(-1, 2)
    partner = np.zeros(classes, np.int64)
    partner[shuffled] = shuffled[:, ::-1]
    order = order_by_similarity(confuse_pairs(classes, partner))
    assert sorted(order.tolist()) == list(range(classes))
    place = np.argsort(order)
    assert (np.abs(place - place[partner]) == 1).all()


@pytest.mark.parametrize(
    "counts", [np.diag([5, 5, 5]), np.zeros((4, 4), int), np.ones((2, 2), int)]
)
def test_without_anything_to_go_by_the_order_stays(counts: np.ndarray) -> None:
    order = order_by_similarity(counts)
    assert order.dtype == np.int32
    assert order.tolist() == list(range(len(counts)))


def test_rare_classes_count_by_their_share() -> None:
    # Class 0 is taken for 1 ten times of 1,000, class 2 for 3 all of twice: the latter are alike.
    counts = np.array([[990, 10, 0, 0], [0, 1000, 0, 0], [0, 0, 0, 2], [0, 0, 0, 2]])
    order = order_by_similarity(counts).tolist()
    assert abs(order.index(2) - order.index(3)) == 1
