"""`--describe`, and the options that say how a network and its classes are to be taken."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import analyzer
from tests.networks import save_cnn
from util import UserError


def run(root: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "analyzer.py", *map(str, arguments)]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=280)


def described(root: Path, *arguments: str | Path) -> tuple[int, dict[str, Any]]:
    done = run(root, *arguments, "--describe")
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.mark.slow
def test_a_network_is_described_without_a_dataset(root: Path) -> None:
    code, known = described(root, "model/mnist.h5")
    assert code == 0
    assert known["opens"] is True and known["reason"] is None
    assert known["keras_version"].startswith("3.")
    assert known["head"] == "softmax" and known["classes"] == 10
    assert known["input"]["shape"] == [28, 28, 1]
    assert known["hidden"] == "dense"
    assert known["layers"][0]["kind"] == "Conv2D"


def test_why_a_network_does_not_open_is_said_in_the_json(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "page.h5"
    path.write_text("<!DOCTYPE html><html><body>Not found</body></html>")
    code, known = described(root, path)
    assert code == 2
    assert known["opens"] is False
    assert "web page" in known["reason"]


def test_without_a_dataset_there_is_a_sentence(root: Path) -> None:
    done = run(root, "model/digits.h5")
    assert done.returncode == 2
    assert "DATASET is missing" in done.stderr and "--describe" in done.stderr


def test_labels_beside_the_network_name_the_classes(tmp_path: Path) -> None:
    network = save_cnn(tmp_path / "net.h5")
    names = [f"digit {9 - k}" for k in range(10)]
    (tmp_path / "labels.txt").write_text("".join(f"{k} {name}\n" for k, name in enumerate(names)))
    options = analyzer.parser().parse_args(
        [str(network), "digits", "--cache-dir", str(tmp_path / "cache")]
    )
    assert analyzer.open_images(options, network).class_names == tuple(names)
    options.class_names = ",".join("abcdefghij")
    assert analyzer.open_images(options, network).class_names == tuple("abcdefghij")
    options.class_names = "a,b"
    with pytest.raises(UserError, match="class"):
        analyzer.open_images(options, network)


def test_preprocessing_that_is_unknown_is_refused_before_any_work(root: Path) -> None:
    done = run(root, "model/digits.h5", "digits", "--preprocess", "0-2")
    assert done.returncode == 2
    assert "0-2" in done.stderr and "0-255" in done.stderr
