"""What strangers bring, opened by the command: it goes on, and says what does not fit."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from data import open_dataset
from tests.studies import run_here

NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

Export = Callable[..., tuple[str, dict[str, Any]]]


@pytest.fixture
def export(root: Path, here: None, capsys: pytest.CaptureFixture[str]) -> Export:
    """(what the terminal showed, summary.json) of an export of the digits' network with PCA."""

    def run(out: Path, dataset: Path, *more: str) -> tuple[str, dict[str, Any]]:
        out.parent.mkdir(exist_ok=True)
        where = ("--export", out, "--cache-dir", out.with_name("cache"))
        code = run_here(root / "model" / "digits.h5", dataset, *where, "--projection", "pca", *more)
        said = capsys.readouterr().err
        assert code == 0, said
        assert "Traceback" not in said
        return said, json.loads((out / "summary.json").read_text())

    return run


def save_digits(folder: Path, count: int) -> pd.DataFrame:
    """Real digits as PNG files directly in a folder; their names and labels."""
    folder.mkdir()
    dataset = open_dataset("digits", "test", limit=count)
    pixels = dataset.images.read(np.arange(count))
    names = [f"{number:03}.png" for number in range(count)]
    for name, image in zip(names, pixels, strict=True):
        Image.fromarray(image[..., 0]).save(folder / name)
    return pd.DataFrame({"file": names, "digit": dataset.labels})


def test_images_of_another_shape_and_more_classes_open_with_warnings(
    export: Export, tmp_path: Path
) -> None:
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (48, 20, 24, 3), dtype=np.uint8)
    np.savez(tmp_path / "many.npz", x=images, y=np.arange(48) % 12)
    said, summary = export(tmp_path / "out", tmp_path / "many.npz")
    assert "12 classes, but the network tells 10 apart" in said
    assert "labels do not seem to belong to this network" in said
    table = pd.read_parquet(tmp_path / "out" / "samples.parquet")
    assert table["loss"].isna().sum() == (table["label"] >= 10).sum() == 8
    assert not table["correct"][table["label"] >= 10].any()
    assert isinstance(summary["accuracy"], float)


def test_a_manifest_brings_columns_and_loses_its_broken_images(
    export: Export, tmp_path: Path
) -> None:
    table = save_digits(tmp_path / "set", 60)
    table["scanner"] = ["old", "new", "new"] * 20
    table["Age of writer"] = np.arange(60) / 2
    table.loc[60] = ["missing.png", 1, "old", 3.0]
    table.loc[61] = ["../secret.png", 1, "old", 3.0]
    (tmp_path / "set" / "007.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(9))
    table.rename(columns={"digit": "label"}).to_csv(tmp_path / "set" / "labels.csv", index=False)
    said, summary = export(
        tmp_path / "out", tmp_path / "set" / "labels.csv",
        "--query", "scanner == 'new' and age_of_writer > 20",
    )  # fmt: skip
    assert "007.png" in said and "missing.png" in said and "../secret.png" in said
    samples = pd.read_parquet(tmp_path / "out" / "samples.parquet")
    assert len(samples) == 59
    assert summary["accuracy"] == samples["correct"].mean() > 0.9
    found = pd.read_parquet(tmp_path / "out" / "query.parquet")
    expected = samples[(samples["scanner"] == "new") & (samples["age_of_writer"] > 20)]
    assert len(found) == len(expected) > 5
    assert found["index"].tolist() == expected["index"].tolist()


def test_images_without_labels_have_everything_but_a_loss(export: Export, tmp_path: Path) -> None:
    truth = save_digits(tmp_path / "photos", 50)
    _, summary = export(tmp_path / "out", tmp_path / "photos", "--class-names", ",".join(NAMES))
    samples = pd.read_parquet(tmp_path / "out" / "samples.parquet")
    assert not {"label", "loss", "correct"} & set(samples.columns)
    assert (samples["predicted"].to_numpy() == truth["digit"].to_numpy()).mean() > 0.9
    assert summary["accuracy"] is None
    assert summary["classes"] == list(NAMES)
    assert np.load(tmp_path / "out" / "projections" / "pixels.pca.npy").shape == (50, 2)


def test_folders_in_another_order_than_the_outputs_are_told(export: Export, tmp_path: Path) -> None:
    digits = open_dataset("digits", "test", limit=300)
    pixels = digits.images.read(np.arange(300))
    for number, (image, label) in enumerate(zip(pixels, digits.labels, strict=True)):
        folder = tmp_path / "set" / NAMES[label]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[..., 0]).save(folder / f"{number}.png")
    said, summary = export(tmp_path / "a" / "out", tmp_path / "set")
    assert summary["accuracy"] < 0.5
    assert "--class-names" in said and ",".join(NAMES) in said
    said, summary = export(
        tmp_path / "b" / "out", tmp_path / "set", "--class-names", ",".join(NAMES)
    )
    assert summary["accuracy"] > 0.95
    assert "--class-names" not in said
