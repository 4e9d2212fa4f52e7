"""analysis/ where labels are missing, several or without an output; a dataset's own columns."""

import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fakes import fake_dataset
from numpy.typing import NDArray

from analysis.confusion import count_confusions
from analysis.export import summarise
from analysis.overview import describe_samples
from analysis.query import QueryError, check, columns, examples, find
from analysis.rows import csv_bytes, export_frame, parquet_bytes
from analysis.samples import Samples, class_probabilities, make_samples, read_samples, write_samples
from data import Dataset, LeftOut

NAMES = ("cat", "dog", "owl")


def logits(rows: int = 12, units: int = 3, seed: int = 0) -> NDArray[np.float32]:
    return (np.random.default_rng(seed).normal(size=(rows, units)) * 3).astype(np.float32)


def table(labels: Any, head: str = "softmax", units: int = 3, **more: Any) -> Samples:
    ids = [f"image {k}" for k in range(len(labels))]
    return make_samples(np.asarray(labels, np.int64), ids, logits(len(labels), units), head, **more)


def study_of(samples: Samples, dataset: Dataset) -> Any:
    return SimpleNamespace(
        samples=samples,
        dataset=dataset,
        class_names=NAMES,
        warnings=("Look again.",),
        description=SimpleNamespace(keras_version="3", preprocessing="0-1", head="softmax"),
        network=SimpleNamespace(name="net.h5", digest="0"),
        task=SimpleNamespace(seed=0),
        hidden="dense",
        layouts=dict,
        spaces=(),
        seconds={},
    )


def test_without_labels_there_is_nothing_that_only_labels_tell() -> None:
    samples = table([-1] * 12)
    assert list(samples.frame.columns) == [
        "index", "id", "predicted", "confidence", "margin", "entropy",
    ]  # fmt: skip
    assert samples.accuracy is None and samples.mean_loss is None
    assert not samples.labelled.any() and not samples.wrong.any() and not samples.is_labelled


def test_what_labels_do_not_change_is_the_same_without_them() -> None:
    labelled, unlabelled = table([0, 1, 2] * 4), table([-1] * 12)
    for name in unlabelled.frame.columns:
        np.testing.assert_array_equal(labelled[name], unlabelled[name])


def test_some_labels_count_alone() -> None:
    labels = np.array([0, -1, 1, -1, 2, 0])
    samples, whole = table(labels), table(np.where(labels < 0, 0, labels))
    known = labels >= 0
    np.testing.assert_array_equal(np.isnan(samples["loss"]), ~known)
    np.testing.assert_array_equal(samples["loss"][known], whole["loss"][known])
    assert not samples["correct"][~known].any()
    assert samples.accuracy == whole["correct"][known].mean()
    assert samples.mean_loss == pytest.approx(whole["loss"][known].mean(), rel=1e-6)
    assert not samples.wrong[~known].any()


def test_a_label_without_an_output_has_no_loss() -> None:
    samples = table([0, 1, 2, 7], "softmax")
    assert np.isnan(samples["loss"]).tolist() == [False, False, False, True]
    assert samples["label"].tolist() == [0, 1, 2, 7]
    assert not samples["correct"][3] and samples.wrong[3]
    assert table([7, 8], "softmax").mean_loss is None


def test_loss_of_several_labels_is_keras_binary_cross_entropy_summed() -> None:
    import keras

    values, random = logits(300, 6), np.random.default_rng(1)
    targets = random.random((300, 6)) < 0.3
    targets[np.arange(300), random.integers(0, 6, 300)] = True
    samples = make_samples(
        targets.argmax(1), map(str, range(300)), values, "multilabel",
        targets=targets, class_names=tuple("abcdef"),
    )  # fmt: skip
    each = keras.ops.binary_crossentropy(targets.astype("float32"), values, from_logits=True)
    expected = keras.ops.convert_to_numpy(each).sum(1)
    np.testing.assert_allclose(samples["loss"], expected, rtol=1e-5, atol=1e-5)
    best = values.argmax(1)
    np.testing.assert_array_equal(samples["predicted"], best)
    np.testing.assert_array_equal(samples["correct"], targets[np.arange(300), best])


def test_probabilities_of_a_multilabel_head_are_independent() -> None:
    import keras

    values = logits(50, 4)
    expected = keras.ops.convert_to_numpy(keras.ops.sigmoid(values))
    np.testing.assert_allclose(class_probabilities(values, "multilabel"), expected, atol=1e-6)
    samples = table([0] * 50, "multilabel", 4)
    probabilities = np.sort(class_probabilities(logits(50, 4), "multilabel").astype(np.float64))
    np.testing.assert_allclose(samples["confidence"], probabilities[:, -1], atol=1e-6)
    np.testing.assert_allclose(
        samples["margin"], probabilities[:, -1] - probabilities[:, -2], atol=1e-6
    )
    other = 1 - probabilities
    entropy = -(probabilities * np.log(probabilities) + other * np.log(other)).sum(1)
    np.testing.assert_allclose(samples["entropy"], entropy, rtol=1e-4)


def test_large_logits_of_a_multilabel_head_stay_finite() -> None:
    values = np.array([[1e4, -1e4], [-1e4, 1e4]], np.float32)
    samples = make_samples(np.array([0, 0]), ["a", "b"], values, "multilabel")
    assert samples["loss"].tolist() == [0, 2e4]
    assert samples["entropy"].tolist() == [0, 0]


def test_one_label_for_a_multilabel_head_is_one_hot() -> None:
    one_hot = np.eye(3, dtype=bool)[[0, 1, 2, 0]]
    several = table([0, 1, 2, 0], "multilabel", targets=one_hot, class_names=NAMES)
    np.testing.assert_array_equal(several["loss"], table([0, 1, 2, 0], "multilabel")["loss"])


def test_target_without_an_output_has_no_loss() -> None:
    targets = np.array([[1, 0, 0, 0], [1, 0, 0, 1]], bool)
    samples = table([0, 0], "multilabel", targets=targets, class_names=(*NAMES, "yak"))
    assert np.isnan(samples["loss"]).tolist() == [False, True]
    # Other way round: a class of the network that the dataset does not know.
    narrow = table([0, 1], "multilabel", targets=np.eye(2, dtype=bool), class_names=NAMES[:2])
    assert np.isfinite(narrow["loss"]).all()


def test_all_labels_are_named() -> None:
    targets = np.array([[1, 1, 0], [0, 0, 1], [0, 0, 0]], bool)
    samples = table([0, 2, -1], "multilabel", targets=targets, class_names=NAMES)
    assert samples["labels"].tolist() == ["cat|dog", "owl", ""]


def test_columns_of_the_dataset_come_behind_and_never_replace_ours() -> None:
    own = {
        "loss": np.array([5.0, np.nan]),
        "camera": np.array(["a", "b"], object),
        "file": np.array([1, 2]),
        "data_loss": np.array([True, False]),
        "in": np.array([3, 4]),
    }
    samples = table([0, 1], columns=own)
    assert list(samples.frame.columns)[9:] == [
        "data_loss", "camera", "data_file", "data_data_loss", "data_in",
    ]  # fmt: skip
    assert samples["loss"].dtype == np.float32
    assert "loss" not in table([-1, -1], columns=own).frame.columns


def test_the_table_survives_its_file(tmp_path: Path) -> None:
    dataset = fake_dataset(
        12,
        3,
        labels=np.array([-1, 0, 1, 2] * 3),
        columns={
            "camera": np.array(["a", ""] * 6, object),
            "taken": np.linspace(0, 1, 12),
            "indoors": np.arange(12) % 2 == 0,
        },
    )
    written = write_samples(tmp_path / "s.parquet", dataset, logits(), "softmax")
    again = read_samples(tmp_path / "s.parquet")
    assert again is not None
    pd.testing.assert_frame_equal(again.frame, written.frame)
    assert again.accuracy == written.accuracy


def test_images_without_a_label_are_in_no_cell_of_the_matrix() -> None:
    counts = count_confusions(np.array([-1, 0, 2, -1]), np.array([2, 1, 2, 0]), 3)
    assert counts.sum() == 2 and counts[0, 1] == 1 and counts[2, 2] == 1


def test_export_names_no_class_where_there_is_no_label() -> None:
    dataset = fake_dataset(4, 3, names=NAMES, labels=np.array([-1, 2, 0, -1]))
    frame = export_frame(study_of(table([-1, 2, 0, -1]), dataset), np.arange(4))
    assert frame["label_name"].tolist() == ["", "owl", "cat", ""]
    first = csv_bytes(frame).decode().splitlines()[1].split(",")
    assert first[3:5] == ["-1", ""] and first[-1] == ""
    unlabelled = fake_dataset(4, 3, names=NAMES, labels=np.full(4, -1))
    frame = export_frame(study_of(table([-1] * 4), unlabelled), np.arange(4))
    assert list(frame.columns) == [
        "index", "id", "file", "predicted", "predicted_name", "confidence", "margin", "entropy",
    ]  # fmt: skip
    assert len(pd.read_parquet(io.BytesIO(parquet_bytes(frame)))) == 4


def test_summary_is_json_and_lists_every_image_left_out() -> None:
    left_out = tuple(LeftOut(f"{k}.jpg", "truncated") for k in range(150))
    dataset = fake_dataset(4, 3, names=NAMES, labels=np.full(4, -1), left_out=left_out)
    summary = summarise(study_of(table([-1] * 4), dataset))
    assert summary["accuracy"] is None and summary["mean_loss"] is None
    assert summary["images_with_a_label"] == 0
    assert summary["left_out"][149] == {"id": "149.jpg", "reason": "truncated"}
    assert summary["classes"] == list(NAMES) and summary["warnings"] == ["Look again."]
    json.loads(json.dumps(summary, allow_nan=False))


def test_overview_tells_images_without_labels_apart() -> None:
    from facets_overview.feature_statistics_pb2 import DatasetFeatureStatisticsList

    def names(samples: Samples) -> set[str]:
        found = DatasetFeatureStatisticsList.FromString(describe_samples(samples, NAMES))
        return {part.name for part in found.datasets}

    assert names(table([-1] * 12)) == {"unlabelled"}
    assert names(table([-1, 0, 1, 2] * 3)) == {"correct", "wrong", "unlabelled"}


@pytest.mark.parametrize("query", ["label == 1", "not correct", "loss > 2"])
def test_query_for_what_only_labels_tell_is_answered_by_a_sentence(query: str) -> None:
    with pytest.raises(QueryError, match="These images have no labels, so there is no"):
        find(table([-1] * 4), NAMES, query)
    with pytest.raises(QueryError, match="These images have no labels"):
        check(query, NAMES, fake_dataset(4, 3, labels=np.full(4, -1)))


def test_queries_ask_columns_of_every_kind() -> None:
    own = {
        "camera": np.array(["a", "b", "a", ""], object),
        "altitude": np.array([1.0, np.nan, 3.0, 4.0]),
        "indoors": np.array([True, False, True, False]),
        "year": np.array([1999, 2000, 2001, 2002]),
    }
    samples = table([0, 1, -1, 2], columns=own)
    for query, wanted in (
        ("camera == 'a'", [0, 2]),
        ("altitude > 2", [2, 3]),
        ("altitude != altitude", [1]),
        ("indoors and year in [1999, 2002]", [0]),
        ("label < 0", [2]),
        ("loss != loss", [2]),
    ):
        check(query, NAMES, fake_dataset(4, 3, names=NAMES, columns=own))
        assert np.flatnonzero(find(samples, NAMES, query)).tolist() == wanted
    helped = {column.name: column for column in columns(samples, NAMES)}
    assert helped["camera"].kind == "text" and '"a"' in helped["camera"].about
    assert helped["altitude"].about == "Of the dataset: from 1 to 4."
    assert helped["indoors"].about == "Of the dataset: True for 2 of 4 images."


@pytest.mark.parametrize("labels", [[-1] * 12, [-1, 0, 1, 2] * 3, [0, 1, 2] * 4])
def test_examples_find_what_they_say(labels: list[int]) -> None:
    samples = table(labels, columns={"camera": np.array(["x", 'a "b"\n'] * 6, object)})
    shown = examples(samples, NAMES)
    assert shown
    for example in shown:
        assert find(samples, NAMES, example.query).sum() == example.count > 0
        if example.title == "All mistakes":
            np.testing.assert_array_equal(find(samples, NAMES, example.query), samples.wrong)
