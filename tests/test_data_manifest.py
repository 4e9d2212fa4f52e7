"""data/manifest.py and what it is made of: tables of paths, labels and further facts."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from data import Dataset, open_dataset
from data.listing import unique
from data.table import identifiers
from util import DataError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "pets"
    for number in range(6):
        path = folder / "images" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((4, 3), number, np.uint8)).save(path)
    return folder


def table(root: Path, text: str, name: str = "labels.csv", encoding: str = "utf-8") -> Path:
    (root / name).write_text(text, encoding=encoding)
    return root / name


def rows(*labels: str, head: str = "path,label", sep: str = ",") -> str:
    lines = [f"images/{number}.png{sep}{label}" for number, label in enumerate(labels)]
    return "\n".join([head.replace(",", sep), *lines])


def first_pixels(dataset: Dataset) -> list[int]:
    return dataset.images.read(np.arange(len(dataset)))[:, 0, 0, 0].tolist()


@pytest.mark.parametrize("sep", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_text_of_any_make(root: Path, sep: str, encoding: str) -> None:
    path = table(root, rows("hérisson", "chat", "chat", sep=sep), encoding=encoding)
    dataset = open_dataset(path)
    assert dataset.class_names == ("chat", "hérisson")
    assert dataset.labels.tolist() == [1, 0, 0]
    assert list(dataset.ids) == ["images/0.png", "images/1.png", "images/2.png"]
    assert (dataset.name, dataset.note, first_pixels(dataset)) == ("labels.csv", "", [0, 1, 2])


@pytest.mark.parametrize("kind", ["parquet", "jsonl", "tsv"])
def test_other_tables(root: Path, kind: str) -> None:
    frame = pd.DataFrame(
        {
            "file_name": [f"images/{n}.png" for n in range(3)],
            "species": ["owl", None, "cat"],
            "Weight (kg)": [1.5, None, 2.0],
            "age": [3, 4, 5],
            "tame": [True, False, True],
            "class": [7, 7, 7],
            "seen": pd.to_datetime(["2024-03-01", "2024-03-02", None]),
        }
    ).rename(columns={"class": "group", "species": "label"})
    path = root / f"pets.{kind}"
    if kind == "parquet":
        frame.to_parquet(path)
    elif kind == "jsonl":
        frame["seen"] = ["2024-03-01", "2024-03-02", ""]
        frame.to_json(path, orient="records", lines=True)
    else:
        frame.to_csv(path, sep="\t", index=False)
    dataset = open_dataset(path)
    assert (dataset.class_names, dataset.labels.tolist()) == (("cat", "owl"), [1, -1, 0])
    columns = dataset.columns
    assert list(columns) == ["weight_kg", "age", "tame", "group", "seen"]
    assert [columns[name].dtype.kind for name in columns] == ["f", "i", "b", "i", "O"]
    assert np.array_equal(columns["weight_kg"], [1.5, np.nan, 2.0], equal_nan=True)
    assert columns["seen"].tolist() == ["2024-03-01", "2024-03-02", ""]


def test_further_columns_keep_their_meaning(root: Path) -> None:
    text = "path,label,Id,id,zip,class,n,note,0\n"
    text += "images/0.png,a,1,2,007,x,,,1e3\nimages/1.png,b,3,4,012,y,5,hm,2\n"
    columns = open_dataset(table(root, text)).columns
    assert list(columns) == ["id", "id_2", "zip", "class_", "n", "note", "c_0"]
    assert columns["zip"].tolist() == ["007", "012"]
    assert np.array_equal(columns["n"], [np.nan, 5.0], equal_nan=True)
    assert columns["note"].tolist() == ["", "hm"]
    assert columns["c_0"].tolist() == [1000.0, 2.0]


def test_identifiers() -> None:
    names = ["A b", "a_b", "1", "class", "%", "", "Größe", "a_b"]
    assert identifiers(names) == [
        "a_b", "a_b_2", "c_1", "class_", "column", "column_2", "größe", "a_b_3",
    ]  # fmt: skip
    assert unique(["a", "b", "a", "a#2", "a"]) == ("a", "b", "a#3", "a#2", "a#4")


def test_numbers_stay_the_numbers_of_the_outputs(root: Path) -> None:
    dataset = open_dataset(table(root, rows("3", "0", "3", "-1", "")))
    assert dataset.class_names == ("0", "1", "2", "3")
    assert dataset.labels.tolist() == [3, 0, 3, -1, -1]
    named = table(root, rows("2,owl", "0,cat", head="path,label,label_name"))
    assert open_dataset(named).class_names == ("cat", "1", "owl")
    # Not numbers of classes, but names that are numbers: in the order of their value.
    years = open_dataset(table(root, rows("1e3", "200", "30.5")))
    assert years.class_names == ("30.5", "200", "1e3")


def test_several_labels(root: Path) -> None:
    dataset = open_dataset(table(root, rows("cat|dog", "dog", "", "owl|cat")))
    assert dataset.class_names == ("cat", "dog", "owl")
    assert dataset.labels.tolist() == [0, 1, -1, 2]
    assert dataset.targets is not None
    assert dataset.targets.astype(int).tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 0], [1, 0, 1]]
    # A name that has a bar in it is one name.
    assert open_dataset(table(root, rows("a|b", "c", "c"))).targets is None


def test_splits(root: Path) -> None:
    labels = ("a,train", "b,test", "c,Train", "a,test", "b,valid")
    path = table(root, rows(*labels, head="path,label,split"))
    for split, kept in {
        None: [1, 3],
        "test": [1, 3],
        "train": [0, 2],
        "all": [0, 1, 2, 3, 4],
    }.items():
        dataset = open_dataset(path, split)
        assert first_pixels(dataset) == kept
        assert dataset.class_names == ("a", "b", "c")
        assert not dataset.columns
    # Numbers of folds are no splits.
    assert list(open_dataset(table(root, rows("a,1", "b,2", head="path,label,fold"))).columns) == [
        "fold"
    ]
    with pytest.raises(DataError, match="no train images, only test: choose"):
        open_dataset(table(root, rows("a,test", head="path,label,split")), "train")


def test_no_labels_and_no_header(root: Path) -> None:
    dataset = open_dataset(table(root, "file\nimages/0.png\nimages/1.png"))
    assert (dataset.class_names, dataset.is_labelled) == ((), False)
    assert dataset.note == "labels.csv has no labels."
    bare = open_dataset(table(root, "images/0.png,cat\nimages/1.png,dog"))
    assert (bare.class_names, bare.labels.tolist()) == (("cat", "dog"), [0, 1])


def test_what_is_not_there_or_leads_out_is_left_out(root: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    Image.fromarray(np.full((4, 3), 99, np.uint8)).save(secret)
    (root / "images" / "link.png").symlink_to(secret)
    (root / "out").symlink_to(tmp_path)
    paths = [
        "images/0.png", "images/1.png", "images/2.png", "images/3.png", "images/4.png",
        "../secret.png", str(secret), "C:\\secret.png", "images/link.png", "out/secret.png",
        "images/../../secret.png", "images/none.png", "", "images\\5.png", "./images//1.png",
    ]  # fmt: skip
    dataset = open_dataset(table(root, "path\n" + "\n".join(f'"{path}"' for path in paths)))
    assert first_pixels(dataset) == [0, 1, 2, 3, 4, 5, 1]
    assert dataset.ids[-1] == "images/1.png#2"
    reasons = [one.reason for one in dataset.left_out]
    assert reasons == ["leads out of the folder"] * 6 + ["no such file", "no path"]


def test_names_without_folder_or_suffix_are_found(root: Path) -> None:
    assert first_pixels(open_dataset(table(root, "id_code,label\n3,a\n1,b\n"))) == [3, 1]
    other = table(root, "image,label\n/elsewhere/3.png,a\n5.png,b\n4.jpg,a\n")
    assert first_pixels(open_dataset(other)) == [5, 4]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b\n1,2\n", "has the columns a, b, and none of them holds paths"),
        ("path,label\n", "has no rows"),
        ("", "cannot be read as a table"),
        ("path,label\nx.png,a,b,c\n", "cannot be read as a table"),
        ("path,label\nx.png,a\n../y.png,b\n", r"None of the 2 images .*x\.png \(no such file\)"),
        ("path\0,label\n", "zero bytes"),
    ],
)
def test_tables_that_make_no_sense(root: Path, text: str, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        open_dataset(table(root, text))


@pytest.mark.parametrize("name", ["a.parquet", "a.jsonl", "a.csv", "a.tsv"])
@pytest.mark.parametrize("content", [b"\x00\xff" * 50, b"PAR1" + b"\xff" * 60 + b"PAR1", b"[1]\n"])
def test_files_that_are_no_tables(root: Path, name: str, content: bytes) -> None:
    (root / name).write_bytes(content)
    with pytest.raises(DataError, match=name.replace(".", r"\.")):
        open_dataset(root / name)


def test_a_folder_with_its_table(root: Path) -> None:
    table(root, rows("owl", "cat"), "metadata.csv")
    dataset = open_dataset(root)
    assert (dataset.class_names, len(dataset)) == (("cat", "owl"), 2)
    assert dataset.note == "The labels come from metadata.csv."
    # Another that names no images does not matter; two that do leave the choice to the user.
    table(root, "epoch,loss\n1,2\n", "log.csv")
    assert open_dataset(root).class_names == ("cat", "owl")
    table(root, rows("owl", "cat"), "again.csv")
    assert open_dataset(root).class_names != ("cat", "owl")


def test_folders_of_classes_are_worth_more_than_a_table(root: Path, tmp_path: Path) -> None:
    (root / "images").rename(root / "cat")
    (root / "dog").mkdir()
    (root / "cat" / "1.png").rename(root / "dog" / "1.png")
    table(root, "path,label\ncat/0.png,other\n")
    assert open_dataset(root).class_names == ("cat", "dog")


def test_the_fingerprint_knows_the_columns(root: Path) -> None:
    def fingerprint(*labels: str, **options: Any) -> str:
        return open_dataset(table(root, rows(*labels, head="path,label,x")), **options).fingerprint

    seen = [fingerprint("a,1", "b,2"), fingerprint("a,1", "b,3"), fingerprint("b,1", "a,2")]
    assert len(set(seen)) == 3
    assert fingerprint("a,1", "b,2") == seen[0]
