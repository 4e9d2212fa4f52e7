"""The command as a person calls it: what it writes, and one sentence for each mistake."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.browser.conftest import Server
from tests.networks import save_cnn
from tests.studies import run_here
from views.serving import page_address

Prepare = Callable[[Path], list[str]]
Run = Callable[..., tuple[int, str]]

# Some of the 359 digits.
QUERY = 'label in ["4", 9] and entropy > 0.01'


def analyzer(root: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "analyzer.py", *map(str, arguments)]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=280)


@pytest.fixture
def run(
    root: Path, here: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """(exit code, what the terminal showed) of the command, run in this process."""
    monkeypatch.chdir(root)

    def run(*arguments: str | Path) -> tuple[int, str]:
        return run_here(*arguments), capsys.readouterr().err

    return run


@pytest.fixture(scope="module")
def exported(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `--export` writes for the shipped network of digits."""
    folder = tmp_path_factory.mktemp("export")
    out, cache = folder / "out", folder / "cache"
    run = analyzer(
        root, "model/digits.h5", "digits", "--export", out, "--cache-dir", cache, "--query", QUERY
    )
    assert run.returncode == 0, run.stderr
    assert "Wrote" in run.stderr and "Warning" not in run.stderr
    found = pd.read_parquet(out / "query.parquet")
    assert f"The query finds {len(found)} of them" in run.stderr
    assert run.stdout == ""
    return out


def test_export_holds_the_files_of_the_design(exported: Path) -> None:
    samples = pd.read_parquet(exported / "samples.parquet")
    assert list(samples.columns) == [
        "index", "id", "label", "predicted", "correct", "confidence", "margin", "entropy", "loss",
    ]  # fmt: skip
    summary = json.loads((exported / "summary.json").read_text())
    assert summary["images"] == len(samples) == 359
    assert summary["accuracy"] == samples["correct"].mean() > 0.9
    assert summary["mean_loss"] == pytest.approx(samples["loss"].mean(), rel=1e-5)
    for space in ("pixels", summary["hidden_layer"]):
        for method in ("pca", "tsne", "umap"):
            points = np.load(exported / "projections" / f"{space}.{method}.npy")
            assert (points.shape, points.dtype) == ((359, 2), np.float32)
            assert np.isfinite(points).all()
            assert f"{space}.{method}" in summary["projections"]
    hidden = np.load(exported / "activations" / f"{summary['hidden_layer']}.npy")
    assert hidden.dtype == np.float32
    assert len(hidden) == 359
    assert summary["versions"]["keras"]
    assert summary["timings"]["forward"] > 0


def test_export_holds_what_the_query_finds(exported: Path) -> None:
    samples = pd.read_parquet(exported / "samples.parquet")
    expected = samples.query("label in [4, 9] and entropy > 0.01")
    assert 0 < len(expected) < len(samples)
    found = pd.read_parquet(exported / "query.parquet")
    pd.testing.assert_frame_equal(found[samples.columns], expected.reset_index(drop=True))
    text = pd.read_csv(exported / "query.csv", dtype={"label_name": str, "loss": np.float32})
    assert list(text.columns) == list(found.columns)
    assert text["index"].tolist() == expected["index"].tolist()
    assert text["label_name"].tolist() == expected["label"].astype(str).tolist()
    np.testing.assert_array_equal(text["loss"], expected["loss"])
    summary = json.loads((exported / "summary.json").read_text())
    assert summary["query"] == {"text": QUERY, "images": len(expected)}


def test_numbers_equal_keras_on_the_same_images(exported: Path, root: Path) -> None:
    import keras

    from data import open_dataset

    dataset = open_dataset("digits", "test")
    inputs = dataset.images.read(np.arange(len(dataset))).astype(np.float32) / np.float32(255)
    model = keras.saving.load_model(root / "model" / "digits.h5", compile=False)
    # Eagerly: to compile it takes longer than to run it.
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"], run_eagerly=True)
    accuracy = model.evaluate(inputs, dataset.labels, verbose=0)[1]
    samples = pd.read_parquet(exported / "samples.parquet")
    assert samples["correct"].sum() == round(accuracy * len(dataset))
    keras_loss = keras.ops.convert_to_numpy(
        keras.losses.sparse_categorical_crossentropy(
            dataset.labels, model.predict(inputs, verbose=0)
        )
    )
    unclipped = samples["loss"].to_numpy() < 15
    np.testing.assert_allclose(
        samples["loss"].to_numpy()[unclipped], keras_loss[unclipped], atol=1e-5
    )


def no_such_network(folder: Path) -> list[str]:
    return ["missing.h5", "digits"]


def not_a_network(folder: Path) -> list[str]:
    path = folder / "net.h5"
    path.write_text("<html>")
    return [str(path), "digits"]


def no_such_dataset(folder: Path) -> list[str]:
    return ["model/digits.h5", "nowhere"]


def not_an_image_folder(folder: Path) -> list[str]:
    (folder / "photos" / "notes").mkdir(parents=True)
    (folder / "photos" / "notes" / "a.txt").write_text("hello")
    return ["model/digits.h5", str(folder / "photos")]


def empty_folder(folder: Path) -> list[str]:
    (folder / "empty").mkdir()
    return ["model/digits.h5", str(folder / "empty")]


def unreadable_images(folder: Path) -> list[str]:
    for name in ("a", "b"):
        (folder / "set" / name).mkdir(parents=True)
        (folder / "set" / name / "1.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    return ["model/digits.h5", str(folder / "set")]


def unwritable_cache(folder: Path) -> list[str]:
    (folder / "file").write_text("")
    return ["model/digits.h5", "digits", "--cache-dir", str(folder / "file" / "cache")]


def unwritable_export(folder: Path) -> list[str]:
    (folder / "file").write_text("")
    return ["model/digits.h5", "digits", "--export", str(folder / "file" / "out")]


def unknown_layer(folder: Path) -> list[str]:
    return ["model/digits.h5", "digits", "--layer", "nothing"]


def unknown_class_in_query(folder: Path) -> list[str]:
    return ["model/digits.h5", "digits", "--query", "label == 'cat'"]


def lambda_layer(folder: Path) -> list[str]:
    from keras import layers

    return [str(save_cnn(folder / "net.h5", layers.Lambda(lambda x: x, name="twist"))), "digits"]


@pytest.mark.parametrize(
    ("prepare", "sentence"),
    [
        (no_such_network, r"There is no file missing\.h5"),
        (not_a_network, r"net\.h5 is a web page, not the network"),
        (no_such_dataset, r"nowhere"),
        (not_an_image_folder, r"photos"),
        (empty_folder, r"empty"),
        (unreadable_images, r"None of the 2 images of set can be read"),
        (unwritable_cache, r"The cache folder .* cannot be written"),
        (unwritable_export, r"cannot be made"),
        (unknown_layer, r"There is no layer 'nothing'"),
        (unknown_class_in_query, r"In --query: There is no class 'cat'"),
        (lambda_layer, r"'twist' \(Lambda\)"),
    ],
)
def test_mistake_is_one_sentence_and_exit_code_2(
    run: Run, tmp_path: Path, prepare: Prepare, sentence: str
) -> None:
    arguments = prepare(tmp_path)
    if "--cache-dir" not in arguments:
        arguments += ["--cache-dir", str(tmp_path / "cache")]
    if "--export" not in arguments:
        arguments += ["--export", str(tmp_path / "out")]
    code, said = run(*arguments)
    lines = [line for line in said.splitlines() if line.startswith("analyzer.py: ")]
    assert code == 2, said
    assert len(lines) == 1, said
    assert re.search(sentence, lines[0]), said
    assert "Traceback" not in said


def test_mistake_found_while_serving_ends_the_command_too(root: Path, tmp_path: Path) -> None:
    run = analyzer(
        root,
        *unknown_layer(tmp_path),
        *("--projection", "pca", "--cache-dir", tmp_path / "cache", "--port", str(free_port())),
    )
    assert run.returncode == 2
    assert "There is no layer 'nothing'" in run.stderr
    assert "Traceback" not in run.stderr


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_port_in_use_is_a_sentence(root: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = analyzer(
            root, "model/digits.h5", "digits", "--cache-dir", tmp_path, "--port", str(port)
        )
    assert run.returncode == 2
    assert f"Port {port} of 127.0.0.1 cannot be used" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("option", [["--port", "70000"], ["--gpu-memory-fraction", "2"]])
def test_option_out_of_range_is_a_sentence(run: Run, tmp_path: Path, option: list[str]) -> None:
    code, said = run("model/digits.h5", "digits", "--cache-dir", tmp_path, *option)
    assert code == 2
    assert option[0] in said
    assert "Traceback" not in said


@pytest.mark.parametrize("export", [[], ["--export", "out"]], ids=["page", "export"])
def test_mistake_in_a_query_is_pointed_at_before_anything_is_opened(
    run: Run, tmp_path: Path, export: list[str]
) -> None:
    # What the columns are is known with the dataset; what is no query at all, at once.
    for model, dataset, typed in (
        (tmp_path / "missing.h5", "nowhere", "loss > 2 and (label == 4"),
        ("model/digits.h5", "digits", "loss > 2 and lable == 4"),
    ):
        where = ("--cache-dir", tmp_path, "--port", free_port())
        code, said = run(model, dataset, "--query", typed, *where, *export)
        assert code == 2
        first, query, carets = said.splitlines()
        assert first.startswith("analyzer.py: In --query: ")
        assert ("There is no column 'lable'; did you mean" in first) == ("lable" in typed)
        assert query == f"  {typed}"
        assert carets.strip(" ") == "^" * carets.count("^") and "^" in carets


@pytest.mark.parametrize(
    ("host", "token", "query", "address"),
    [
        ("127.0.0.1", None, None, "http://127.0.0.1:80/"),
        ("::1", None, " ", "http://[::1]:80/"),
        ("h", "t", None, "http://h:80/?token=t"),
        ("h", "t", " loss > 2 ", "http://h:80/?token=t#query=loss%20%3E%202"),
        ("h", None, 'id == "a+b&c/ü#"', "http://h:80/#query=id%20%3D%3D%20%22a%2Bb%26c%2F%C3%BC%23%22"),
    ],
)  # fmt: skip
def test_address_carries_the_query(
    host: str, token: str | None, query: str | None, address: str
) -> None:
    assert page_address(host, 80, token, query) == address


def test_debug_shows_where(root: Path) -> None:
    run = analyzer(root, "missing.h5", "digits", "--debug")
    assert "Traceback" in run.stderr


def test_serves_answers_only_to_this_machine_and_stops_on_ctrl_c(
    root: Path, tmp_path: Path
) -> None:
    # The cache is empty, so that Ctrl-C comes while both workers are at work.
    server = Server(root, "model/digits.h5", "digits", "--cache-dir", str(tmp_path))
    try:
        server.wait()
        with urllib.request.urlopen(server.url) as answer:
            assert "Innerview" in answer.read().decode()
        stranger = urllib.request.Request(server.url, headers={"Host": "evil.example"})
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(stranger)
    finally:
        code = server.stop()
    assert code == 130


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").exists(), reason="needs /proc")
def test_second_start_never_imports_tensorflow(root: Path, exported: Path) -> None:
    import psutil

    cache = exported.parent / "cache"
    server = Server(root, "model/digits.h5", "digits", "--cache-dir", str(cache))
    try:
        server.wait()
        with urllib.request.urlopen(server.url + "health") as answer:
            health = json.load(answer)
        assert health["samples"]
        assert health["layouts"]["dense|tsne"]["final"]
        process = psutil.Process(server.process.pid)
        for one in [process, *process.children(recursive=True)]:
            maps = Path(f"/proc/{one.pid}/maps").read_text()
            assert "tensorflow" not in maps
    finally:
        server.stop()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_killed_command_goes_on_with_the_same_cache(
    root: Path, tmp_path: Path, exported: Path
) -> None:
    """What is exported in the end is what a start in another cache has exported."""
    cache, out = tmp_path / "cache", tmp_path / "out"
    arguments = ["model/digits.h5", "digits", "--cache-dir", str(cache), "--export", str(out)]
    # Killed while the network's pass is written, then while the maps of its layers are drawn.
    for moment in ("forward/*/*", "forward/*[!l]/description.json"):
        process = subprocess.Popen(
            [sys.executable, "analyzer.py", *arguments],
            cwd=root,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        while not any(cache.glob(moment)):
            assert process.poll() is None
            time.sleep(0.03)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert not (out / "summary.json").exists()
    assert analyzer(root, *arguments).returncode == 0
    paths = [path.relative_to(exported) for path in exported.rglob("*.npy")]
    assert len(paths) > 6
    for path in paths:
        np.testing.assert_array_equal(np.load(exported / path), np.load(out / path))
    before, after = (pd.read_parquet(folder / "samples.parquet") for folder in (exported, out))
    pd.testing.assert_frame_equal(before, after, check_exact=True)
