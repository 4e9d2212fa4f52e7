"""The views where labels are missing, some or all, and where a dataset has columns of its own."""

import json
from typing import Any

import numpy as np
import pytest
from fakes import FakeStudy, fake_dataset
from numpy.typing import NDArray

from analysis.samples import Samples, make_samples
from data import LeftOut
from views import columns, gallery, hard, header, inspector_api, notices, records, table_rows
from views.confusion import CONFUSION
from views.dive import DIVE
from views.hard import HARD
from views.maps import MAPS
from views.shell import layout
from views.similar_api import describe_samples
from views.table_filters import parse_filters
from views.welcome import guide

NAMES = ("cat", "dog", "owl")
SOME = np.array([-1, 0, 1, 2] * 15)
NONE = np.full(60, -1)


def words(component: Any) -> str:
    """Everything that is written in a component, and in its titles."""
    if component is None or isinstance(component, str | int | float):
        return str(component or "")
    if isinstance(component, list | tuple):
        return " ".join(words(child) for child in component)
    return f"{words(getattr(component, 'children', None))}"


def fake(labels: NDArray[np.int64], **changes: Any) -> FakeStudy:
    return FakeStudy(dataset=fake_dataset(60, 3, NAMES, labels=labels, **changes))


def table(labels: NDArray[np.int64], **own: Any) -> Samples:
    logits = np.random.default_rng(0).normal(size=(len(labels), 3)).astype(np.float32)
    ids = [f"{k:03}" for k in range(len(labels))]
    return make_samples(labels, ids, logits, "softmax", columns=own)


class Measured(FakeStudy):
    """A fake study with a real samples table."""

    table: Samples

    @property
    def samples(self) -> Any:
        return self.table


def measured(labels: NDArray[np.int64], **own: Any) -> Any:
    study = Measured(dataset=fake_dataset(60, 3, NAMES, labels=labels, columns=own))
    study.table = table(labels, **own)
    return study


def test_header_says_that_there_are_no_labels() -> None:
    assert words(header.measures(fake(NONE))).split() == ["labels", "none"]  # type: ignore[arg-type]
    some: Any = header.measures(fake(SOME))  # type: ignore[arg-type]
    assert words(some).startswith("accuracy")
    assert "of the 45 images with a label" in some[0].title


def test_pages_that_need_labels_are_left_out() -> None:
    study: Any = fake(NONE)
    assert not HARD.is_available(study) and not CONFUSION.is_available(study)
    page = layout((MAPS, HARD, CONFUSION, DIVE), study)
    assert "Facets" in words(page) and "Confusion matrix" not in words(page)
    named = layout((MAPS, HARD, CONFUSION, DIVE), fake(SOME))  # type: ignore[arg-type]
    assert "Confusion" in words(named)


def test_notices_say_what_to_know_and_list_what_was_left_out() -> None:
    strange = "<script>alert(1)</script>.jpg"
    left_out = (LeftOut(strange, "truncated"), *(LeftOut(f"{k}.jpg", "empty") for k in range(119)))
    study: Any = fake(SOME, left_out=left_out, note="Half of it is missing.")
    study.warnings = ("Labels and network do not belong together.",)
    cards = notices.advice(study)
    assert len(cards) == 2
    assert len({getattr(card, "data-advice") for card in cards}) == 2
    said = words(cards)
    assert study.warnings[0] in said and "Half of it is missing." in said
    # As text, which Dash never takes for markup.
    assert strange in said and "120 images were left out" in said
    assert "98.jpg" in said and "99.jpg" not in said and "and 20 more" in said
    assert notices.advice(fake(SOME)) == []  # type: ignore[arg-type]
    one: Any = fake(SOME, left_out=left_out[:1])
    assert "1 image was left out" in words(notices.advice(one))
    told: Any = fake(SOME, left_out=left_out, note="120 images were left out.")
    assert words(notices.advice(told)).count("left out") == 1


def test_option_that_a_warning_ends_with_can_be_copied() -> None:
    option = "--class-names 'a dog,St. Bernard'"
    paragraph = notices.told(f"The order is another; start again with {option}.")
    before, code, copy = paragraph.children  # type: ignore[attr-defined]
    assert before == "The order is another; start again with "
    # The button's neighbour is what is selected where a browser does not let pages copy.
    assert code.children == option and getattr(copy, "data-copy") == option
    plain = notices.told("Start again with other images.")
    assert plain.children == "Start again with other images."  # type: ignore[attr-defined]


def test_no_confusion_matrix_where_images_have_several_labels() -> None:
    targets = np.ones((60, 3), bool)
    dataset = fake_dataset(60, 3, NAMES, labels=np.zeros(60, np.int64), targets=targets)
    assert not CONFUSION.is_available(FakeStudy(dataset=dataset))  # type: ignore[arg-type]
    assert CONFUSION.is_available(fake(SOME))  # type: ignore[arg-type]


def test_gallery_counts_images_without_a_label_apart() -> None:
    said = words(gallery.class_table(fake(SOME).dataset))
    assert "no label" in said and all(name in said for name in NAMES)
    alone = words(gallery.class_table(fake_dataset(60, 3, (), labels=NONE)))
    assert "no label" in alone and "60" in alone
    assert "of 45 images" in words(gallery.fact_list(fake(SOME).dataset))
    assert "none" in words(gallery.fact_list(fake(NONE).dataset))


def test_hard_page_counts_labelled_images_only() -> None:
    study = measured(SOME)
    wrong = int(study.samples.wrong.sum())
    assert f"{wrong} of 45 images with a label" in hard.loss_summary(study)
    counts = hard.loss_figure(study)["data"]
    assert counts and "nan" not in json.dumps(counts).lower()
    nowhere = measured(SOME)
    nowhere.table = table(np.full(60, 7))
    assert "no loss" in hard.loss_summary(nowhere)


def test_welcome_asks_nothing_of_labels() -> None:
    said = words(guide(fake(NONE)))  # type: ignore[arg-type]
    assert "without labels" in said and "confidence < 0.5" in said
    assert "wrong" not in said and "hardest" not in said
    assert "of 45 images. Why?" in words(guide(fake(SOME)))  # type: ignore[arg-type]


def test_columns_of_words_are_classes_while_they_are_few() -> None:
    few = np.array(["b", "a", "<b>"] * 20, object)
    many = np.array([f"word {k}" for k in range(60)], object)
    study = measured(SOME, few=few, many=many, flag=np.arange(60) % 2 == 0)
    described = {column["name"]: column for column in columns.describe_columns(study)}
    assert described["few"] == {"name": "few", "kind": "words", "names": ["<b>", "a", "b"]}
    assert described["flag"]["kind"] == "boolean" and "many" not in described
    values = columns.read_column(study, "few")
    assert values is not None and values.dtype == "<i4" and values[:3].tolist() == [2, 1, 0]
    assert columns.read_column(study, "many") is None
    json.loads(json.dumps(list(described.values()), allow_nan=False))


def test_correct_is_neither_without_a_label() -> None:
    values = columns.read_column(measured(SOME), "correct")
    assert values is not None
    assert (values[SOME < 0] == columns.UNKNOWN).all() and (values[SOME >= 0] <= 1).all()
    assert columns.read_column(measured(NONE), "label") is None


@pytest.mark.parametrize("descending", [False, True])
def test_images_without_a_label_come_last_in_the_table(descending: bool) -> None:
    samples = table(SOME)
    for column in ("label", "loss"):
        view = table_rows.View(sort=((column, descending),))
        order = table_rows.Orders().order(samples, NAMES, view, None)
        assert (SOME[order[45:]] == -1).all()


def test_table_without_labels_starts_with_the_least_sure() -> None:
    samples = table(NONE)
    view = table_rows.parse_view({}, table_rows.describe_columns(samples))
    order = table_rows.Orders().order(samples, NAMES, view, None)
    assert samples["confidence"][order].tolist() == sorted(samples["confidence"].tolist())


def test_filter_by_name_never_takes_no_label_for_the_last_class() -> None:
    samples = table(SOME)
    kinds = table_rows.describe_columns(samples)
    for name, label in (("owl", 2), ("no label", -1)):
        model = {"label": {"type": "equals", "filter": name}}
        view = table_rows.View(filters=parse_filters(model, kinds))
        found = table_rows.select(samples, NAMES, view, None)
        np.testing.assert_array_equal(found, np.flatnonzero(label == SOME))


def test_pages_of_the_table_are_json() -> None:
    samples = table(SOME, altitude=np.where(np.arange(60) % 2 == 0, np.nan, np.inf))
    page = table_rows.page(samples, np.arange(60, dtype=np.int32), 0, 60)
    json.loads(json.dumps(page, allow_nan=False))


def test_records_of_facets_name_what_has_no_label() -> None:
    study = measured(SOME, shade=np.where(np.arange(60) < 5, np.nan, 1.0))
    study.task = type("Task", (), {"seed": 0, "thumbnail_size": (8, 8)})
    found = records.describe_records(study, records.Choice(np.arange(60), 60))
    by_name = {column["name"]: column["values"] for column in found["columns"]}
    assert found["classes"] == [*NAMES, "no label"] and found["labelled"]
    assert set(np.array(by_name["correct"])[SOME < 0]) == {"no label"}
    assert by_name["loss"][0] is None and by_name["shade"][:2] == [None, None]
    json.loads(json.dumps(found, allow_nan=False))


def test_inspector_says_nothing_of_a_label_that_there_is_not() -> None:
    study = measured(SOME, altitude=np.where(np.arange(60) == 0, np.nan, 12.5), label=np.ones(60))
    answer = inspector_api.describe_sample(study, 0)
    assert (answer["label"], answer["label_name"]) == (-1, None)
    assert answer["scores"]["correct"] is None and answer["scores"]["loss"] is None
    assert answer["facts"] == [
        {"name": "altitude", "value": ""},
        {"name": "data_label", "value": "1"},
    ]
    labelled = inspector_api.describe_sample(study, 3)
    assert labelled["label_name"] == "owl" and isinstance(labelled["scores"]["correct"], bool)
    assert labelled["facts"][0]["value"] == "12.5"
    near: Any = inspector_api.describe_layer(study, 3, "dense")["nearest"]
    assert {one["label_name"] for one in near if one["label"] < 0} <= {None}
    json.loads(json.dumps(answer, allow_nan=False))


def test_inspector_tells_every_label_of_an_image() -> None:
    targets = np.zeros((60, 3), bool)
    targets[:, [0, 2]] = True
    study: Any = FakeStudy(
        dataset=fake_dataset(60, 3, NAMES, labels=np.zeros(60, np.int64), targets=targets)
    )
    assert inspector_api.describe_sample(study, 4)["labels"] == [0, 2]


def test_similar_images_without_a_label_are_neither_right_nor_wrong() -> None:
    found = describe_samples(measured(SOME), np.array([0, 3]))
    assert found[0]["label"] is None and found[0]["correct"] is None
    assert found[1]["label"] == 2 and isinstance(found[1]["correct"], bool)
    alone = describe_samples(measured(NONE), np.array([0]))
    assert alone[0]["correct"] is None and alone[0]["predicted"] is not None
