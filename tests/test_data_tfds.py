"""data/tfds.py, data/tfrecord.py: what TensorFlow Datasets prepares, written by hand here."""

import io
import json
import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from data import Dataset, open_dataset
from data.tfrecord import _example_class, read_record, scan_records
from util import DataError

CLASS = "tensorflow_datasets.core.features."
FEATURES = {
    "image": {"pythonClassName": f"{CLASS}image_feature.Image", "image": {}},
    "label": {"pythonClassName": f"{CLASS}class_label_feature.ClassLabel", "classLabel": {}},
    "who": {"pythonClassName": f"{CLASS}text_feature.Text", "text": {}},
    "weight": {"pythonClassName": f"{CLASS}scalar.Scalar", "tensor": {}},
}


def encoded(level: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.full((4, 3), level, np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def example(**features: Any) -> bytes:
    message = _example_class()()
    for name, value in features.items():
        feature = message.features.feature[name]
        if isinstance(value, bytes):
            feature.bytes_list.value.append(value)
        elif isinstance(value, float):
            feature.float_list.value.append(value)
        else:
            feature.int64_list.value.append(value)
    return bytes(message.SerializeToString())


def write_records(path: Path, *records: bytes) -> Path:
    framed = [struct.pack("<QI", len(one), 0) + one + struct.pack("<I", 0) for one in records]
    path.write_bytes(b"".join(framed))
    return path


def record(level: int) -> bytes:
    return example(
        image=encoded(level), label=level % 3, who=f"w{level}".encode(), weight=level / 2
    )


def prepare(folder: Path, features: Any = None, named: bool = True) -> Path:
    folder.mkdir(parents=True)
    info = {"name": "pets", "fileFormat": "tfrecord"}
    (folder / "dataset_info.json").write_text(json.dumps(info))
    tree = {"featuresDict": {"features": features or FEATURES}}
    (folder / "features.json").write_text(json.dumps(tree))
    if named:
        (folder / "label.labels.txt").write_text("cat\ndog\nowl\n")
    for n in range(2):
        name = f"pets-train.tfrecord-{n:05}-of-00002"
        write_records(folder / name, *[record(n * 3 + i) for i in range(3)])
    write_records(folder / "pets-test.tfrecord-00000-of-00001", record(50), record(51))
    return folder


def levels(dataset: Dataset) -> list[int]:
    return dataset.images.read(np.arange(len(dataset)))[:, 0, 0, 0].tolist()


def test_records_are_what_tensorflow_writes(tmp_path: Path) -> None:
    # Field numbers by hand: a message of TensorFlow's own, as the wire format has it.
    inner = b"\x0a\x01a" + b"\x12\x05" + b"\x1a\x03" + b"\x0a\x01\x07"
    content = b"\x0a" + bytes([len(inner) + 2]) + b"\x0a" + bytes([len(inner)]) + inner
    path = write_records(tmp_path / "a", content)
    assert scan_records(path).tolist() == [[12, len(content)]]
    assert read_record(path, 12, len(content)) == {"a": [7]}


@pytest.mark.parametrize("inside", ["", "1.0.0", "pets/1.0.0", "pets/small/1.0.0"])
def test_a_prepared_dataset(tmp_path: Path, inside: str) -> None:
    prepare(tmp_path / "root" / inside if inside else tmp_path / "root")
    root = tmp_path / "root" / "pets" if "small" in inside else tmp_path / "root"
    dataset = open_dataset(root)
    assert (dataset.name, dataset.split, dataset.note) == ("pets", "test", "")
    assert dataset.class_names == ("cat", "dog", "owl")
    assert (levels(dataset), dataset.labels.tolist()) == ([50, 51], [2, 0])
    assert list(dataset.ids) == ["test/0", "test/1"]
    assert dataset.columns["who"].tolist() == ["w50", "w51"]
    assert dataset.columns["weight"].tolist() == [25.0, 25.5]
    everything = open_dataset(root, "all")
    assert levels(everything) == [0, 1, 2, 3, 4, 5, 50, 51]
    assert everything.ids[4] == "train/4"
    again = pickle.loads(pickle.dumps(everything.images.take(np.array([7, 2]))))
    assert again.read(np.arange(2))[:, 0, 0, 0].tolist() == [51, 2]


def test_the_highest_version_is_taken(tmp_path: Path) -> None:
    for version in ("1.0.0", "10.0.0", "9.1.0"):
        prepare(tmp_path / "pets" / version)
    write_records(tmp_path / "pets" / "10.0.0" / "pets-test.tfrecord-00000-of-00001", record(77))
    assert levels(open_dataset(tmp_path / "pets")) == [77]


def test_classes_without_names_and_without_labels(tmp_path: Path) -> None:
    assert open_dataset(prepare(tmp_path / "a", named=False)).class_names == ("0", "1", "2")
    dataset = open_dataset(prepare(tmp_path / "b", {"image": FEATURES["image"]}))
    assert (dataset.class_names, dataset.note) == ((), "pets has no labels.")


def test_a_bad_record_is_left_out(tmp_path: Path) -> None:
    folder = prepare(tmp_path / "pets")
    bad = [b"\xff\xff\xff", example(label=1), example(image=b"<html>", label=1)]
    write_records(folder / "pets-test.tfrecord-00000-of-00001", record(50), *bad)
    dataset = open_dataset(folder)
    assert levels(dataset) == [50]
    reasons = [one.reason for one in dataset.left_out]
    assert reasons == ["its record is broken", "no image", "its content is something else"]


@pytest.mark.parametrize("length", [2**63, 2**31, 10**6, 8])
def test_lengths_that_make_no_sense(tmp_path: Path, length: int) -> None:
    folder = prepare(tmp_path / "pets")
    path = folder / "pets-test.tfrecord-00000-of-00001"
    path.write_bytes(path.read_bytes() + struct.pack("<QI", length, 0) + b"\0" * 5)
    with pytest.raises(DataError, match="is broken after 2 records"):
        open_dataset(folder)


def test_what_is_no_dataset_of_images(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has the features label, and none is an image"):
        open_dataset(prepare(tmp_path / "a", {"label": FEATURES["label"]}))
    folder = prepare(tmp_path / "b")
    for path in folder.glob("*.tfrecord*"):
        path.unlink()
    with pytest.raises(DataError, match=r"holds no \.tfrecord files"):
        open_dataset(folder)
    (folder / "features.json").write_text("[" * 10**5)
    with pytest.raises(DataError, match=r"features\.json cannot be read"):
        open_dataset(folder)
