"""analysis/rows.py: rows of the table as CSV and Parquet, read back exactly."""

import csv
import dataclasses
import io
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from analysis import Study
from analysis.rows import COLUMNS, csv_bytes, export_frame, parquet_bytes
from data import open_dataset
from data.images import FileImages

NAMES = (
    "a,b",
    'the "ox"',
    "line\nbreak",
    "carriage\rreturn",
    "=1+1",
    "Bär 🐻",
    "",
    " blank ",
    "8",
    "9",
)


class Renamed:
    """A study whose dataset has other names and images."""

    def __init__(self, study: Study, **changes: Any) -> None:
        self.samples = study.samples
        self.dataset = dataclasses.replace(study.dataset, **changes)
        self.class_names = self.dataset.class_names


def renamed(study: Study, **changes: Any) -> Study:
    return Renamed(study, **changes)  # type: ignore[return-value]


def read_csv(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


def test_rows_come_in_the_order_asked_for(computed: Study) -> None:
    indices = np.array([300, 0, 7, 300], np.int32)
    frame = export_frame(computed, indices)
    assert list(frame.columns) == list(COLUMNS) == [
        "index", "id", "file", "label", "label_name", "predicted", "predicted_name", "correct",
        "confidence", "margin", "entropy", "loss",
    ]  # fmt: skip
    assert frame["index"].tolist() == [300, 0, 7, 300]
    assert frame["id"].tolist() == [computed.dataset.ids[index] for index in indices]
    assert frame["label"].tolist() == computed.dataset.labels[indices].tolist()
    assert (frame["file"] == "").all()
    assert computed.samples is not None
    np.testing.assert_array_equal(frame["loss"], computed.samples["loss"][indices])


def test_csv_gives_every_number_back(computed: Study) -> None:
    frame = export_frame(computed, np.arange(359))
    rows = read_csv(csv_bytes(frame))
    assert len(rows) == 359
    assert computed.samples is not None
    for column in ("confidence", "margin", "entropy", "loss"):
        again = np.array([np.float32(row[column]) for row in rows])
        np.testing.assert_array_equal(again, computed.samples[column])
    assert [row["correct"] for row in rows] == [str(value) for value in frame["correct"]]
    assert {len(row["loss"]) for row in rows} <= set(range(1, 16)), "as few digits as will do"


def test_names_of_any_kind_survive(computed: Study) -> None:
    ids = [f'{number}, "x"\n\r;=' for number in range(359)]
    study = renamed(computed, class_names=NAMES)
    frame = export_frame(study, np.arange(359)).assign(id=ids)
    for number, row in enumerate(read_csv(csv_bytes(frame))):
        assert row["id"] == ids[number]
        assert row["label_name"] == NAMES[int(row["label"])]
        assert row["predicted_name"] == NAMES[int(row["predicted"])]
    again = pd.read_csv(
        io.BytesIO(csv_bytes(frame)), keep_default_na=False, dtype={"label_name": str}
    )
    assert again["label_name"].tolist() == frame["label_name"].tolist()
    again = pd.read_parquet(io.BytesIO(parquet_bytes(frame)))
    assert again["label_name"].tolist() == frame["label_name"].tolist()


def test_parquet_keeps_the_types(computed: Study) -> None:
    frame = export_frame(computed, np.array([5, 3]))
    again = pd.read_parquet(io.BytesIO(parquet_bytes(frame)))
    pd.testing.assert_frame_equal(again, frame)
    types = {column: str(again[column].dtype) for column in again.columns}
    assert {types[name] for name in ("index", "label", "predicted")} == {"int64"}
    assert {types[name] for name in ("confidence", "margin", "entropy", "loss")} == {"float32"}
    assert types["correct"] == "bool"


@pytest.mark.parametrize("indices", [np.zeros(0, np.int32), np.zeros(0, np.int64)])
def test_no_rows_are_a_header(computed: Study, indices: np.ndarray) -> None:
    frame = export_frame(computed, indices)
    assert csv_bytes(frame).decode().split() == [",".join(COLUMNS)]
    assert pd.read_parquet(io.BytesIO(parquet_bytes(frame))).empty


def names_of_files(study: Study, images: FileImages) -> list[str]:
    """What is written for the images 0 and 2, of which there are as many as samples."""
    repeated = images.take(np.arange(359) % len(images))
    frame = export_frame(renamed(study, images=repeated), np.array([2, 0]))
    assert csv_bytes(frame) and parquet_bytes(frame)
    return frame["file"].tolist()


def test_images_in_files_are_named_by_their_files(computed: Study, tmp_path: Path) -> None:
    for name in ("cat/1.png", "cat/a, b.png", "dog/ü 🐻.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / name)
    images = open_dataset(str(tmp_path)).images
    assert isinstance(images, FileImages)
    names = names_of_files(computed, images)
    assert names == [os.path.join("dog", "ü 🐻.png"), os.path.join("cat", "1.png")]


@pytest.mark.skipif(sys.platform == "win32", reason="there names of files are text")
def test_name_of_a_file_that_is_no_text_is_written_all_the_same(computed: Study) -> None:
    images = FileImages(Path("photos"), (os.fsdecode(b"cat/\xff.jpg"),), 1, (8, 8))
    assert names_of_files(computed, images) == [r"cat/\xff.jpg"] * 2
