"""The command with `--runs`, as a person calls it: alone, beside a network, and with mistakes."""

import json
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from innerview.records import Checkpoint, RunChanged, RunStarted
from innerview.stores import open_backend
from tests.browser.conftest import Server
from tests.studies import run_here


def analyzer(root: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "analyzer.py", *map(str, arguments)]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60)


def ask(url: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
    """The answer to a GET, or to a POST of a body; a refusal is an HTTPError."""
    data = None if body is None else json.dumps(body).encode()
    kinds = {"Content-Type": "application/json"} | (headers or {})
    request = urllib.request.Request(url, data, kinds)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def wait_for_status(url: str) -> int:
    """The status of the first answer."""
    for _ in range(200):
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            time.sleep(0.1)
    raise AssertionError("there was no answer")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """A store of a run with a checkpoint of the digits' network."""
    folder = tmp_path_factory.mktemp("store") / "runs"
    store = open_backend(str(folder), create=True)
    shutil.copy(root / "model" / "digits.h5", folder / "last.h5")
    now = time.time()
    store.write(
        [
            RunStarted("run", "a run", "default", now, {}),
            RunChanged("run", now, {"dataset": "digits"}, "done"),
            Checkpoint("run", "last", 1, now, 1, "last.h5"),
        ]
    )
    store.close()
    return folder


@pytest.fixture
def server(root: Path, store: Path, tmp_path: Path) -> Iterator[Server]:
    server = Server(root, "--runs", str(store), "--cache-dir", str(tmp_path / "cache"))
    server.wait()
    yield server
    if server.process.poll() is None:
        server.stop()


def children(server: Server) -> list[psutil.Process]:
    return psutil.Process(server.process.pid).children(recursive=True)


def wait_until_gone(processes: list[psutil.Process], seconds: float) -> None:
    """Those that have ended count as gone, also while nobody has asked for their exit codes."""
    end = time.monotonic() + seconds
    while any(is_running(process) for process in processes):
        assert time.monotonic() < end, processes
        time.sleep(0.05)


def is_running(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_alone_what_the_page_started_is_gone_with_the_server(server: Server) -> None:
    assert children(server) == []
    with urllib.request.urlopen(server.url) as answer:
        assert 'data-home="training"' in answer.read().decode()
    stranger = urllib.request.Request(server.url, headers={"Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(stranger)
    wish = {"network": "one-layer", "dataset": "digits", "epochs": 1000, "batch_size": 32}
    ask(f"{server.url}api/training/demonstration", wish)
    opened = ask(
        f"{server.url}api/training/analyze", {"run": "run", "checkpoint": "last", "dataset": None}
    )
    assert ask(server.url + opened["address"] + "health")["stages"]
    started = children(server)
    assert len(started) >= 3
    assert server.stop() == 130
    wait_until_gone(started, seconds=5)


def test_killed_it_leaves_nothing_behind(server: Server) -> None:
    wish = {"network": "one-layer", "dataset": "digits", "epochs": 1000, "batch_size": 32}
    ask(f"{server.url}api/training/demonstration", wish)
    (child,) = children(server)
    # Whether it is importing TensorFlow, or training already.
    server.process.kill()
    server.process.communicate()
    wait_until_gone([child], seconds=20)


def test_a_folder_that_is_not_there_is_made_and_said(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "runs"
    server = Server(root, "--runs", str(folder), "--query", "lr < 0.1")
    try:
        server.wait()
    finally:
        server.process.send_signal(2)
        said = server.process.communicate(timeout=20)[1]
    assert f"Made the folder {folder}" in said
    assert f"Innerview is at {server.url}#t-query=lr%20%3C%200.1 " in said
    assert said.splitlines()[-1] == "Stopped."
    assert folder.is_dir()


def test_elsewhere_than_on_this_machine_a_token_is_asked_for(root: Path, store: Path) -> None:
    server = Server(root, "--runs", str(store), "--host", "0.0.0.0")
    try:
        assert wait_for_status(f"{server.url}health") == 401
        assert wait_for_status(f"{server.url}api/training/deleted") == 401
    finally:
        server.process.send_signal(2)
        said = server.process.communicate(timeout=20)[1]
    assert re.search(r"Innerview is at http://0\.0\.0\.0:\d+/\?token=\S{20}", said)


def test_beside_a_network(root: Path, store: Path, tmp_path: Path) -> None:
    server = Server(
        root, "model/digits.h5", "digits", "--runs", str(store), "--cache-dir", str(tmp_path)
    )
    try:
        server.wait()
        assert ask(f"{server.url}health")["stages"]
        assert ask(f"{server.url}api/study")["network"] == "digits.h5"
        assert ask(f"{server.url}api/training/deleted") == {"runs": []}
        with urllib.request.urlopen(f"{server.url}training") as answer:
            page = answer.read().decode()
        assert 'data-home="explore"' in page and "assets/training/main.js" in page
    finally:
        assert server.stop() == 130


def taken(folder: Path) -> list[str]:
    """A file where a folder is wanted."""
    (folder / "notes.txt").write_text("hello")
    return ["--runs", str(folder / "notes.txt")]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--runs", "http://example/runs"], r"In --runs: http://example/runs "),
        (["--runs", "mongodb://me:secret@127.0.0.1:1/runs?serverSelectionTimeoutMS=200"],
            r"In --runs: (?!.*secret)"),
        (["--runs", ""], r"In --runs: "),
        (["--runs", "tensorboard:FOLDER/nowhere"], r"In --runs: .*nowhere"),
        (["--runs", "FOLDER/runs", "--query", "lr <"], r"In --query: "),
        (["--runs", "FOLDER/runs", "--gpu-memory-fraction", "2"], r"--gpu-memory-fraction must"),
        (["--runs", "FOLDER/runs", "--port", "0"], r"--port must be"),
        (["--runs", "FOLDER/runs", "--describe"], r"MODEL is missing"),
        (["model/digits.h5", "--runs", "FOLDER/runs"], r"DATASET is missing"),
        (["model/digits.h5", "--describe", "--runs", "FOLDER/runs"], r"--describe makes no page"),
        (["model/digits.h5", "digits", "--runs", "FOLDER/runs", "--export", "FOLDER/out"],
            r"--export makes no page"),
        ([], r"MODEL is missing: .*--runs STORE"),
    ],
)  # fmt: skip
def test_mistake_is_one_sentence_and_exit_code_2(
    root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    sentence: str,
) -> None:
    monkeypatch.chdir(root)
    code = run_here(*(part.replace("FOLDER", str(tmp_path)) for part in arguments))
    said = capsys.readouterr().err
    lines = [line for line in said.splitlines() if line.startswith("analyzer.py: ")]
    assert code == 2, said
    assert len(lines) == 1 and re.search(sentence, lines[0]), said
    assert "Traceback" not in said
    # Nothing was made on the way.
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_no_folder(root: Path, tmp_path: Path) -> None:
    run = analyzer(root, *taken(tmp_path))
    assert run.returncode == 2 and "notes.txt" in run.stderr and "Traceback" not in run.stderr


def test_port_in_use_is_told_before_the_store_is_made(root: Path, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        run = analyzer(root, "--runs", tmp_path / "runs", "--port", str(other.getsockname()[1]))
    assert run.returncode == 2 and "cannot be used" in run.stderr
    assert not (tmp_path / "runs").exists()
