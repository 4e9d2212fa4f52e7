"""analysis/overview.py: the statistics that Facets Overview shows."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from facets_overview.feature_statistics_pb2 import DatasetFeatureStatisticsList

from analysis import Study
from analysis.overview import describe_samples
from analysis.samples import Samples


def read(samples: Samples, names: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Data set -> column -> its statistics."""
    found = DatasetFeatureStatisticsList.FromString(describe_samples(samples, names))
    return {
        dataset.name: {feature.name: feature for feature in dataset.features}
        for dataset in found.datasets
    }


def make(**changes: Any) -> Samples:
    columns: dict[str, Any] = {
        "index": np.arange(4),
        "id": ["a", "b", "c", "d"],
        "label": np.array([0, 1, 1, 0]),
        "predicted": np.array([0, 1, 0, 0]),
        "correct": np.array([True, True, False, True]),
        "loss": np.array([0.5, 0.25, 4, 0], np.float32),
    }
    return Samples(pd.DataFrame(columns | changes))


def test_right_and_wrong_are_told_apart(computed: Study) -> None:
    assert computed.samples is not None
    found = read(computed.samples, computed.class_names)
    correct = computed.samples["correct"]
    for name, rows in (("correct", correct), ("wrong", ~correct)):
        losses = computed.samples["loss"][rows]
        statistics = found[name]["loss"].num_stats
        assert statistics.common_stats.num_non_missing == rows.sum()
        assert statistics.mean == pytest.approx(losses.mean(), rel=1e-5)
        assert statistics.median == pytest.approx(np.median(losses), rel=1e-5)
        assert statistics.max == losses.max()
        counts = [bucket.sample_count for bucket in statistics.histograms[0].buckets]
        assert sum(counts) == rows.sum()


def test_classes_go_by_their_names() -> None:
    names = ('a "cat"', "</script>")
    found = read(make(), names)["correct"]["label"].string_stats
    assert {(b.label, b.sample_count) for b in found.rank_histogram.buckets} == {
        (names[0], 2),
        (names[1], 1),
    }


def test_what_would_say_nothing_is_left_out() -> None:
    assert set(read(make(), ("x", "y"))["wrong"]) == {"index", "label", "predicted", "loss"}


def test_without_mistakes_there_is_one_data_set() -> None:
    found = read(make(correct=np.ones(4, bool)), ("x", "y"))
    assert set(found) == {"correct"}


def test_later_columns_of_any_kind_are_described() -> None:
    found = read(
        make(
            duplicate=np.array([True, False, True, True]),
            note=["one", None, "two", "one"],
            rank=np.array([1.0, np.nan, 3.0, 5.0]),
        ),
        ("x", "y"),
    )["correct"]
    assert {b.label for b in found["duplicate"].string_stats.rank_histogram.buckets} == {
        "True",
        "False",
    }
    assert found["note"].string_stats.common_stats.num_missing == 1
    assert found["rank"].num_stats.common_stats.num_missing == 1
    assert found["rank"].num_stats.mean == 3.0


def test_infinite_losses_are_described() -> None:
    found = read(make(loss=np.array([0, np.inf, np.inf, 1], np.float32)), ("x", "y"))
    assert found["correct"]["loss"].num_stats.max == np.inf
    assert found["wrong"]["loss"].num_stats.common_stats.num_non_missing == 1
