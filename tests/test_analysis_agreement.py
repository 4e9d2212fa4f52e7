"""analysis/agreement.py: labels and outputs that do not mean the same are told of, others not."""

import shlex

import numpy as np
import pytest
from numpy.typing import NDArray

from analysis.agreement import agreement, better_order
from data.naming import read_class_names

NAMES = tuple(f"class {k}" for k in range(10))


def seen(
    count: int, classes: int, accuracy: float, seed: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Labels, and predictions that are right with this probability and any class otherwise."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, classes, count)
    right = generator.random(count) < accuracy
    return labels, np.where(right, labels, generator.integers(0, classes, count))


def order_of(classes: int, seed: int = 1) -> NDArray[np.int64]:
    """The output of each class, in a network that has its classes in another order."""
    return np.random.default_rng(seed).permutation(classes) if classes > 2 else np.array([1, 0])


@pytest.mark.parametrize(
    ("classes", "count", "accuracy"),
    [(10, 300, 0.9), (2, 100, 0.85), (100, 3000, 0.6), (10, 2000, 0.45), (26, 520, 0.7)],
)
def test_another_order_is_found_and_the_option_is_printed(
    classes: int, count: int, accuracy: float
) -> None:
    names = tuple(f"class {k}" for k in range(classes))
    labels, outputs = seen(count, classes, accuracy)
    order = order_of(classes)
    assert (order != np.arange(classes)).any()
    (sentence,) = agreement(labels, order[outputs], names, classes)
    expected = (labels == outputs).mean()
    assert f"{100 * expected:.1f} % instead of" in sentence
    moved = int(
        np.flatnonzero(order != np.arange(classes))[order[order != np.arange(classes)].argmin()]
    )
    assert f"if output {order[moved]} means 'class {moved}'" in sentence
    option = shlex.split(sentence.partition("--class-names ")[2].removesuffix("."))
    assert len(option) == 1
    given = read_class_names(option[0])
    assert [given[order[k]] for k in range(classes)] == list(names)


def test_only_what_moved_is_named() -> None:
    labels, outputs = seen(600, 10, 0.9)
    order = np.arange(10)
    order[[3, 5]] = 5, 3
    (sentence,) = agreement(labels, order[outputs], NAMES, 10)
    assert "if output 3 means 'class 5', output 5 means 'class 3'; start again" in sentence


def test_odd_names_are_quoted_or_left_to_a_file() -> None:
    labels, outputs = seen(200, 2, 0.95)
    (sentence,) = agreement(labels, 1 - outputs, ("it's a cat", "50 % dog"), 2)
    option = shlex.split(sentence.partition("--class-names ")[2].removesuffix("."))
    assert option == ["50 % dog,it's a cat"]
    (sentence,) = agreement(labels, 1 - outputs, ("cat, black", "dog"), 2)
    assert "with a file that names one class a line, in this order: dog | cat, black" in sentence


def test_more_than_a_hundred_names_are_not_written_out() -> None:
    names = tuple(f"class {k}" for k in range(120))
    labels, outputs = seen(6000, 120, 0.9)
    (sentence,) = agreement(labels, order_of(120)[outputs], names, 120)
    assert sentence.endswith("with the names of the outputs in the network's own order.")
    assert len(sentence) < 500


def test_outputs_that_no_class_has_keep_a_name_of_their_own() -> None:
    labels, outputs = seen(300, 3, 0.95)
    first, second = agreement(labels, np.array([7, 2, 4])[outputs], ("a", "b", "c"), 9)
    assert "The dataset has 3 classes, but the network tells 9 apart: give --class-names" in first
    option = shlex.split(second.partition("--class-names ")[2].removesuffix("."))[0].split(",")
    assert len(option) == len(set(option)) == 9
    assert (option[7], option[2], option[4]) == ("a", "b", "c")


@pytest.mark.parametrize("classes", [2, 3, 10, 30, 100])
@pytest.mark.parametrize("per_class", [1, 2, 5, 20])
def test_chance_is_never_taken_for_another_order(classes: int, per_class: int) -> None:
    for seed in range(60):
        labels, predicted = seen(classes * per_class, classes, 0.0, seed)
        assert better_order(labels, predicted, classes, classes) is None


@pytest.mark.parametrize("accuracy", [0.2, 0.5, 0.8, 0.99])
def test_a_network_that_is_right_or_weak_keeps_its_order(accuracy: float) -> None:
    for seed in range(60):
        labels, predicted = seen(300, 10, accuracy, seed)
        assert better_order(labels, predicted, 10, 10) is None


def test_a_network_that_always_says_the_same_has_no_other_order() -> None:
    labels = np.where(np.random.default_rng(0).random(1000) < 0.8, 1, 0)
    predicted = np.zeros(1000, np.int64)
    assert better_order(labels, predicted, 2, 2) is None
    (sentence,) = agreement(labels, predicted, ("a", "b"), 2)
    assert "do not seem to belong" in sentence


def test_two_classes_that_are_often_taken_for_each_other_are_no_other_order() -> None:
    labels, predicted = seen(1000, 10, 0.95)
    swapped = np.random.default_rng(2).random(1000) < 0.45
    predicted = np.where(swapped & (labels == 3), 5, predicted)
    predicted = np.where(swapped & (labels == 5), 3, predicted)
    assert agreement(labels, predicted, NAMES, 10) == ()


def test_low_accuracy_is_told_with_what_chance_would_give() -> None:
    labels, predicted = seen(1000, 10, 0.0)
    (sentence,) = agreement(labels, predicted, NAMES, 10, tried=True)
    assert "whatever way of scaling the pixels is tried" in sentence
    assert "where chance would give 9.9 %: the labels do not seem to belong" in sentence
    assert sentence.count(". ") == 0
    (plain,) = agreement(labels, predicted, NAMES, 10)
    assert "or --preprocess is not how" in plain


def test_low_accuracy_far_above_chance_is_a_weak_network() -> None:
    names = tuple(str(k) for k in range(100))
    labels, predicted = seen(3000, 100, 0.4)
    (sentence,) = agreement(labels, predicted, names, 100)
    assert "the network is a weak one" in sentence
    assert "do not seem" not in sentence


def test_numbers_of_classes_that_differ() -> None:
    labels, predicted = seen(1000, 10, 0.98)
    few = np.minimum(predicted, 7)
    (sentence,) = agreement(labels, few, NAMES, 8)
    beyond = int((labels >= 8).sum())
    assert f"10 classes, but the network tells 8 apart: {beyond} images of the classes" in sentence
    assert "from 'class 8' on" in sentence


def test_nothing_to_say() -> None:
    labels, predicted = seen(500, 10, 0.95)
    assert agreement(labels, predicted, NAMES, 10) == ()
    assert agreement(np.full(500, -1), predicted, NAMES, 10) == ()
    partly = np.where(np.arange(500) % 3 == 0, labels, -1)
    assert agreement(partly, predicted, NAMES, 10) == ()


def test_one_of_several_labels_suffices() -> None:
    labels, predicted = seen(400, 10, 0.95)
    targets = np.zeros((400, 10), np.bool_)
    targets[np.arange(400), labels] = True
    other = (labels + 1) % 10
    targets[np.arange(400), other] = True
    assert agreement(labels, (predicted + 1) % 10, NAMES, 10, targets=targets) == ()
    (sentence,) = agreement(labels, (predicted + 4) % 10, NAMES, 10, targets=targets)
    assert sentence.startswith("Only ")
