"""The demonstration: started, watched, stopped, and ended with the server, whatever it does."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from flask import Flask
from flask.testing import FlaskClient

from innerview.stores.base import Backend
from model import open_network
from views.training import analyze, demonstration, demonstration_choices, demonstration_process
from views.training.library import Library
from views.training.mounts_settings import Settings

# Does in no time what the real script does in ten seconds, and what that must never do.
SCRIPT = """
import os, signal, sys, threading, time
mode, arguments = sys.argv[1], sys.argv[2:]
sys.path.insert(0, os.getcwd())
import numpy as np
from innerview.records import Points, RunChanged, RunStarted
from innerview.stores import open_backend

run = arguments[arguments.index("--run") + 1]
store = open_backend(os.environ["INNERVIEW_STORE"])

def epoch(number):
    steps = np.arange(number + 1)
    store.write([Points(run, "epoch", "w", 0, steps, time.time() + steps, steps.astype(float))])

def end(status):
    store.write([RunChanged(run, time.time(), {}, status)])
    os._exit(0)

if mode == "mistake":
    sys.exit("demonstration: The dataset is not on this machine.")
store.write([RunStarted(run, " ".join(arguments[:2]), "default", time.time(), {})])
if mode == "crash":
    print("x" * 100_000)
    raise ValueError("broken")
if mode == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
if mode == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
else:
    signal.signal(signal.SIGTERM, lambda *_: end("stopped"))
    threading.Thread(target=lambda: (sys.stdin.buffer.read(), end("stopped")), daemon=True).start()
if mode == "slow":
    time.sleep(60)
epoch(0)
epoch(2)
if mode == "good":
    end("done")
time.sleep(60)
"""

WISH = {"network": "one-layer", "dataset": "digits", "epochs": 3, "batch_size": 32}

Play = Callable[[str], None]


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Play:
    """Has the script play a part."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)

    def choose(part: str) -> None:
        monkeypatch.setattr(
            demonstration_process,
            "command",
            lambda arguments: [sys.executable, str(script), part, *arguments],
        )

    return choose


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = Library(str(tmp_path / "runs"), Settings(0.25, data_dir=tmp_path))
    yield library
    library.close()


@pytest.fixture
def backend(library: Library) -> Backend:
    return library.default.backend


@pytest.fixture
def client(library: Library) -> FlaskClient:
    server = Flask("demonstration")
    demonstration.register(server, library)
    return server.test_client()


def start(client: FlaskClient, status: int = 200, **wish: Any) -> str:
    """The run's id, or the sentence of the refusal."""
    answer = client.post("/api/training/demonstration", json=WISH | wish)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return str(answer.get_json()["run" if status == 200 else "message"])


def state(client: FlaskClient, run: str) -> dict[str, Any]:
    running = client.get("/api/training/demonstration").get_json()["running"]
    (found,) = [entry for entry in running if entry["run"] == run]
    return dict(found)


def wait(client: FlaskClient, run: str, *wanted: str, epochs: int = 0) -> dict[str, Any]:
    end = time.monotonic() + 150
    while (now := state(client, run))["state"] not in wanted or now["epoch"] < epochs:
        assert time.monotonic() < end and now["state"] in ("starting", "running", "stopping"), now
        time.sleep(0.02)
    return now


def status(backend: Backend, run: str) -> str:
    (found,) = [entry.status for entry in backend.runs() if entry.id == run]
    return found


def wait_for_status(backend: Backend, run: str, wanted: str) -> None:
    """What is written after the process has ended."""
    end = time.monotonic() + 10
    while status(backend, run) != wanted:
        assert time.monotonic() < end, status(backend, run)
        time.sleep(0.02)


def test_what_can_be_chosen_is_told(client: FlaskClient) -> None:
    told = client.get("/api/training/demonstration").get_json()
    assert [network["name"] for network in told["networks"]] == [
        "one-layer",
        "two-layers",
        "small-cnn",
    ]
    names = [dataset["name"] for dataset in told["datasets"]]
    assert names == ["digits", "mnist", "fashion_mnist", "cifar10", "plane"]
    for dataset in told["datasets"]:
        assert dataset["available"] == (dataset["reason"] == "")
    assert told["datasets"][0]["available"]
    assert set(told["defaults"]) == {"epochs", "batch_size", "learning_rate"}
    assert told["running"] == []


def test_a_training_is_watched_to_its_end(
    client: FlaskClient, backend: Backend, play: Play
) -> None:
    play("good")
    run = start(client)
    assert state(client, run)["state"] in ("starting", "running", "done")
    now = wait(client, run, "done")
    expected = {"network": "one-layer", "dataset": "digits", "epochs": 3, "epoch": 2, "message": ""}
    assert {name: now[name] for name in expected} == expected
    assert status(backend, run) == "done"


def test_the_command_tells_all_but_the_address_of_the_store(
    client: FlaskClient, library: Library, play: Play, tmp_path: Path
) -> None:
    play("slow")
    run = start(client, learning_rate=0.5, seed=7)
    process = psutil.Process(state(client, run)["pid"])
    assert process.cmdline()[3:] == [
        "one-layer", "digits", "--run", run, "--epochs", "3", "--batch-size", "32",
        "--learning-rate", "0.5", "--seed", "7", "--follow-stdin", "--data-dir", str(tmp_path),
        "--gpu-memory-fraction", "0.25",
    ]  # fmt: skip
    environment = process.environ()
    assert environment["INNERVIEW_STORE"] == library.address(library.default.id)
    # Idle threads would take the cores from the server.
    assert environment["OMP_WAIT_POLICY"] == "passive"
    assert os.getpgid(process.pid) == process.pid != os.getpgid(0)


@pytest.mark.parametrize("part", ["stay", "slow", "deaf"])
def test_it_is_stopped_while_it_starts_while_it_runs_and_when_it_does_not_listen(
    client: FlaskClient, backend: Backend, play: Play, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    monkeypatch.setattr(demonstration_process, "PATIENCE", 0.3)
    play(part)
    run = start(client)
    if part != "slow":
        wait(client, run, "running")
    else:
        wait_for_status(backend, run, "running") if backend.runs() else time.sleep(0.5)
    pid = state(client, run)["pid"]
    answer = client.post("/api/training/demonstration/stop", json={"run": run})
    assert answer.get_json() == {}
    wait(client, run, "stopped")
    assert not psutil.pid_exists(pid)
    if backend.runs():
        wait_for_status(backend, run, "stopped")
    # Stopping what has ended is harmless.
    assert client.post("/api/training/demonstration/stop", json={"run": run}).status_code == 200
    assert state(client, run)["state"] == "stopped"


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        ("mistake", "The dataset is not on this machine."),
        ("crash", "The training ended unexpectedly (exit code 1): ValueError: broken"),
        ("killed", "The training was ended by SIGKILL; the machine may have run out of memory."),
    ],
)
def test_a_failure_is_a_sentence(
    client: FlaskClient, backend: Backend, play: Play, part: str, sentence: str
) -> None:
    play(part)
    run = start(client)
    assert wait(client, run, "failed")["message"] == sentence
    if part != "mistake":
        wait_for_status(backend, run, "failed")


def test_two_at_once_and_no_more(client: FlaskClient, library: Library, play: Play) -> None:
    play("stay")
    first, second = start(client), start(client)
    assert "2 demonstrations are being trained" in start(client, 409)
    client.post("/api/training/demonstration/stop", json={"run": first})
    wait(client, first, "stopped")
    third = start(client)
    pids = [state(client, run)["pid"] for run in (second, third)]
    # All are ended with the server, and it starts no more.
    library.close()
    assert not any(psutil.pid_exists(pid) for pid in pids)


def test_they_end_when_the_server_is_killed(tmp_path: Path, root: Path, play: Play) -> None:
    script = tmp_path / "script.py"
    server = f"""
import sys, time
from views.training import demonstration_process
from views.training.demonstration_process import Child
played = [sys.executable, {str(script)!r}, "stay"]
demonstration_process.command = lambda arguments: [*played, *arguments]
store = {str(tmp_path / "runs")!r}
from innerview.stores import open_backend
open_backend(store, create=True)
children = [Child(["n", "d", "--run", name], store) for name in ("a", "b")]
print(*(child.pid for child in children), flush=True)
time.sleep(60)
"""
    command = [sys.executable, "-c", server]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    pids = [int(pid) for pid in process.stdout.readline().split()]
    assert len(pids) == 2
    time.sleep(0.5)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    end = time.monotonic() + 10
    while any(is_running(pid) for pid in pids):
        assert time.monotonic() < end
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    """Without those that have ended, and whose new parent has not noticed yet."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"network": "resnet"}, "Choose the network: one-layer, two-layers, small-cnn"),
        ({"network": "small-cnn", "dataset": "plane"}, "This network learns from images"),
        ({"network": None}, "Choose the network"),
        ({"dataset": "../digits"}, "Choose the dataset: digits, mnist"),
        ({"epochs": 0}, "The number of epochs must be a whole number from 1 to 1,000"),
        ({"epochs": 2.5}, "The number of epochs"),
        ({"epochs": True}, "The number of epochs"),
        ({"batch_size": "many"}, "The batch size must be a whole number from 1 to 4,096"),
        ({"learning_rate": 0}, "The learning rate must be a number above 0, at most 10"),
        ({"learning_rate": "0.1; rm"}, "The learning rate"),
        ({"seed": -1}, "The seed must be a whole number"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(
    client: FlaskClient, wish: dict[str, Any], sentence: str
) -> None:
    assert sentence in start(client, 400, **wish)


def test_what_is_not_here_is_refused(
    client: FlaskClient, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demonstration_choices, "why_missing", lambda *_: "It is not here.")
    assert start(client, 400) == "It is not here."
    monkeypatch.setattr(type(backend), "writable", False)
    assert "make its folder writable" in start(client, 409)
    stop = client.post("/api/training/demonstration/stop", json={"run": "of-a-script"})
    assert stop.status_code == 404 and "its own script" in stop.get_json()["message"]


@pytest.mark.slow
def test_the_real_script_is_watched_stopped_and_its_checkpoint_can_be_opened(
    client: FlaskClient, backend: Backend
) -> None:
    run = start(client, epochs=1000)
    assert state(client, run)["state"] == "starting"
    wait(client, run, "running", epochs=2)
    client.post("/api/training/demonstration/stop", json={"run": run})
    assert wait(client, run, "stopped")["message"] == ""
    (found,) = backend.runs()
    assert (found.id, found.status) == (run, "stopped")
    assert analyze.choose_dataset(found, None) == "digits"
    path = analyze.find_file(backend, backend.checkpoints(run)[0])
    assert path.suffix == ".keras" and open_network(path).name == path.name
