"""data/hub.py: what Hugging Face's library has saved, read by pyarrow alone."""

import contextlib
import io
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from data import Dataset, open_dataset
from util import DataError

IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
NAMES = ["cat", "dog", "owl"]
FEATURES: dict[str, Any] = {
    "image": {"_type": "Image"},
    "label": {"names": NAMES, "_type": "ClassLabel"},
    "who": {"dtype": "string", "_type": "Value"},
    "place": {"names": ["in", "out"], "_type": "ClassLabel"},
}


def encoded(level: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.full((4, 3), level, np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def make(count: int, first: int = 0) -> pa.Table:
    levels = range(first, first + count)
    return pa.table(
        {
            "image": pa.array([{"bytes": encoded(i), "path": f"{i}.png"} for i in levels], IMAGE),
            "label": pa.array([i % 3 for i in levels], pa.int64()),
            "who": [f"w{i}" for i in levels],
            "place": pa.array([i % 2 for i in levels], pa.int64()),
        }
    )


def save(folder: Path, *tables: pa.Table, features: Any = FEATURES) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"data-{n:05}-of-{len(tables):05}.arrow" for n in range(len(tables))]
    for name, table in zip(names, tables, strict=True):
        with (
            pa.OSFile(str(folder / name), "wb") as sink,
            pa.ipc.new_stream(sink, table.schema) as to,
        ):
            to.write_table(table)
    state = {"_data_files": [{"filename": name} for name in names], "_split": None}
    (folder / "state.json").write_text(json.dumps(state))
    (folder / "dataset_info.json").write_text(json.dumps({"features": features}))
    return folder


def save_splits(folder: Path) -> Path:
    save(folder / "train", make(5), make(2, 5))
    save(folder / "test", make(3, 20))
    (folder / "dataset_dict.json").write_text(json.dumps({"splits": ["train", "test"]}))
    return folder


def write_shards(folder: Path, features: bool = True) -> Path:
    (folder / "data").mkdir(parents=True)
    for name, table in {
        "train-00000-of-00002": make(5), "train-00001-of-00002": make(2, 5),
        "test-00000-of-00001": make(3, 20),
    }.items():  # fmt: skip
        if features:
            info = json.dumps({"info": {"features": FEATURES}})
            table = table.replace_schema_metadata({"huggingface": info})
        pq.write_table(table, folder / "data" / f"{name}.parquet", row_group_size=2)
    return folder


def levels(dataset: Dataset) -> list[int]:
    return dataset.images.read(np.arange(len(dataset)))[:, 0, 0, 0].tolist()


@pytest.mark.parametrize("build", [save_splits, write_shards])
def test_splits_of_either_kind(tmp_path: Path, build: Any) -> None:
    root = build(tmp_path / "pets")
    dataset = open_dataset(root)
    assert (dataset.name, dataset.split, dataset.note) == ("pets", "test", "")
    assert dataset.class_names == ("cat", "dog", "owl")
    assert (levels(dataset), dataset.labels.tolist()) == ([20, 21, 22], [2, 0, 1])
    assert list(dataset.ids) == ["test/20.png", "test/21.png", "test/22.png"]
    assert (dataset.images.shape, dataset.images.channels) == ((4, 3), 1)
    assert dataset.columns["who"].tolist() == ["w20", "w21", "w22"]
    assert dataset.columns["place"].tolist() == ["in", "out", "in"]
    everything = open_dataset(root, "all")
    assert levels(everything) == [0, 1, 2, 3, 4, 5, 6, 20, 21, 22]
    part = everything.images.take(np.array([8, 0, 6]))
    again = pickle.loads(pickle.dumps(part))
    assert again.read(np.arange(3))[:, 0, 0, 0].tolist() == [21, 0, 6]
    assert again.original(0).shape == (4, 3, 1)


def test_one_split(tmp_path: Path) -> None:
    dataset = open_dataset(save(tmp_path / "pets", make(4)), "test")
    assert (dataset.split, len(dataset)) == ("all", 4)
    assert dataset.note == "pets has no splits, so these are all its images."


def test_a_single_parquet_file_without_notes(tmp_path: Path) -> None:
    pq.write_table(make(4), tmp_path / "pets.parquet")
    dataset = open_dataset(tmp_path / "pets.parquet")
    assert (dataset.class_names, levels(dataset)) == (("0", "1", "2"), [0, 1, 2, 3])
    assert list(dataset.columns) == ["who", "place"]


def test_bare_bytes_under_an_image_s_name(tmp_path: Path) -> None:
    table = pa.table({"img": [encoded(3), encoded(9)], "y": ["b", "a"]})
    pq.write_table(table, tmp_path / "pets.parquet")
    dataset = open_dataset(tmp_path / "pets.parquet")
    assert (dataset.class_names, levels(dataset)) == (("a", "b"), [3, 9])


def test_labels_that_are_kept_back_and_several_labels(tmp_path: Path) -> None:
    table = make(3).set_column(1, "label", pa.array([-1, 2, None], pa.int64()))
    assert open_dataset(save(tmp_path / "a", table)).labels.tolist() == [-1, 2, -1]
    table = make(3).set_column(1, "label", pa.array([[0, 2], [], [1]], pa.list_(pa.int64())))
    features = {**FEATURES, "label": {"feature": FEATURES["label"], "_type": "Sequence"}}
    dataset = open_dataset(save(tmp_path / "b", table, features=features))
    assert dataset.targets is not None
    assert dataset.targets.astype(int).tolist() == [[1, 0, 1], [0, 0, 0], [0, 1, 0]]
    assert dataset.labels.tolist() == [0, -1, 1]


def test_bad_images_are_left_out_and_paths_stay_inside(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(encoded(99))
    folder = tmp_path / "pets"
    folder.mkdir()
    (folder / "near.png").write_bytes(encoded(7))
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    paths = [
        "near.png",
        "../secret.png",
        str(tmp_path / "secret.png"),
        "link.png",
        "none.png",
        None,
    ]
    images = [{"bytes": None, "path": path} for path in paths]
    images.append({"bytes": b"<html>", "path": None})
    save(folder, pa.table({"image": pa.array(images, IMAGE)}), features={})
    dataset = open_dataset(folder)
    assert levels(dataset) == [7]
    assert dataset.note.startswith("pets has no labels. 6 images were left out")
    assert [one.reason for one in dataset.left_out] == [
        *["leads out of the folder"] * 3, "is not there", "no image",
        "its content is something else",
    ]  # fmt: skip


def test_no_image_column(tmp_path: Path) -> None:
    folder = save(tmp_path / "pets", pa.table({"text": ["a"], "label": [1]}), features={})
    with pytest.raises(DataError, match="has the columns text, label, and none holds image files"):
        open_dataset(folder)


@pytest.mark.parametrize(
    ("file", "content", "sentence"),
    [
        ("state.json", "{", r"state\.json cannot be read"),
        ("state.json", "[]", "holds no description"),
        ("state.json", '{"_data_files": [{"filename": "../x.arrow"}]}', "names no files beside"),
        ("state.json", '{"_data_files": 3}', "names no files beside"),
        ("state.json", '{"_data_files": [{"filename": "none.arrow"}]}', r"none\.arrow cannot be"),
        ("data-00000-of-00001.arrow", "nothing of the kind", r"\.arrow cannot be read"),
        ("data-00000-of-00001.arrow", "", r"\.arrow cannot be read"),
    ],
)
def test_folders_that_are_broken(tmp_path: Path, file: str, content: str, sentence: str) -> None:
    folder = save(tmp_path / "pets", make(3))
    (folder / file).write_text(content)
    with pytest.raises(DataError, match=sentence):
        open_dataset(folder)


def test_splits_that_lead_out(tmp_path: Path) -> None:
    save_splits(tmp_path / "pets")
    (tmp_path / "pets" / "dataset_dict.json").write_text('{"splits": ["../pets/train"]}')
    with pytest.raises(DataError, match="names no splits"):
        open_dataset(tmp_path / "pets")


def test_a_file_cut_short_gives_a_sentence(tmp_path: Path) -> None:
    folder = save(tmp_path / "pets", make(40))
    path = folder / "data-00000-of-00001.arrow"
    content = path.read_bytes()
    for kept in range(0, len(content), 97):
        path.write_bytes(content[:kept])
        with contextlib.suppress(DataError):
            assert 0 < len(open_dataset(folder)) <= 40
