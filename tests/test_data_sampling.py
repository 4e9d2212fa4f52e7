"""data/sampling.py: each class keeps its share, whatever the shares are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from data.sampling import class_quotas, stratified_sample

counts_of_classes = st.lists(st.integers(1, 60), min_size=1, max_size=12)


def labels_of(counts: list[int], seed: int = 0) -> NDArray[np.int64]:
    labels = np.repeat(np.arange(len(counts)), counts).astype(np.int64)
    return np.random.default_rng(seed).permutation(labels)


@given(counts_of_classes, st.integers(1, 800), st.integers(0, 5))
def test_sample_has_the_size_asked_for_and_no_repetition(
    counts: list[int], limit: int, seed: int
) -> None:
    labels = labels_of(counts)
    chosen = stratified_sample(labels, limit, seed)
    assert chosen.dtype == np.int64
    assert len(chosen) == min(limit, len(labels))
    assert (np.diff(chosen) > 0).all()
    assert chosen[0] >= 0
    assert chosen[-1] < len(labels)


@given(counts_of_classes, st.data())
def test_every_class_is_there_as_soon_as_the_limit_allows(
    counts: list[int], data: st.DataObject
) -> None:
    limit = data.draw(st.integers(len(counts), len(counts) + sum(counts)))
    labels = labels_of(counts)
    assert set(labels[stratified_sample(labels, limit, 0)]) == set(range(len(counts)))


@given(counts_of_classes, st.data())
def test_each_class_keeps_its_share_within_one_image(
    counts: list[int], data: st.DataObject
) -> None:
    total = sum(counts)
    limit = data.draw(st.integers(1, total))
    shares = np.array(counts) * limit / total
    # Where a share is below one image, "at least one of each class" comes first.
    if limit >= len(counts) and shares.min() < 1:
        return
    labels = labels_of(counts)
    chosen = np.bincount(labels[stratified_sample(labels, limit, 0)], minlength=len(counts))
    assert (np.abs(chosen - shares) < 1).all()


@given(counts_of_classes, st.data())
def test_quotas_stay_within_what_a_class_has(counts: list[int], data: st.DataObject) -> None:
    if sum(counts) == 1:
        return
    limit = data.draw(st.integers(1, sum(counts) - 1))
    quotas = class_quotas(np.array(counts), limit)
    assert quotas.sum() == limit
    assert (quotas >= 0).all()
    assert (quotas <= counts).all()


def test_one_image_of_a_rare_class_comes_out_of_the_largest_surplus() -> None:
    quotas = class_quotas(np.array([9000, 900, 1, 1, 1]), 20)
    assert quotas.tolist() == [16, 1, 1, 1, 1]


def test_same_seed_same_sample_and_another_seed_another() -> None:
    labels = labels_of([50, 50])
    first = stratified_sample(labels, 20, 1)
    assert np.array_equal(first, stratified_sample(labels, 20, 1))
    assert not np.array_equal(first, stratified_sample(labels, 20, 2))


def test_labels_need_not_be_contiguous() -> None:
    labels = np.array([7] * 10 + [100] * 10, np.int64)
    assert np.bincount(labels[stratified_sample(labels, 4, 0)])[[7, 100]].tolist() == [2, 2]


def test_a_limit_below_one_is_a_mistake_of_the_program() -> None:
    with pytest.raises(AssertionError):
        stratified_sample(labels_of([3]), 0, 0)
