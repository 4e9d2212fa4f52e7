"""Keras's datasets, downloaded by Keras itself in a process of its own."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from util import DataError, atomic_path

Report = Callable[[str], None]

STORAGE = "storage.googleapis.com"
TORONTO = "www.cs.toronto.edu"
# Dataset -> host that Keras downloads it from, and the first letters of its files in the cache.
SOURCES = {
    "mnist": (STORAGE, "mnist.npz"),
    "fashion_mnist": (STORAGE, "fashion-mnist"),
    "cifar10": (TORONTO, "cifar-10-batches-py"),
    "cifar100": (TORONTO, "cifar-100-python"),
}
PROBE_SECONDS = 3.0


class Unreachable(Exception):
    """A dataset cannot be downloaded now; the message is a clause that says why."""


def keras_cache() -> Path:
    """The folder where Keras keeps downloaded datasets."""
    home = os.environ.get("KERAS_HOME")
    return (Path(home) if home else Path.home() / ".keras") / "datasets"


def is_in_cache(name: str) -> bool:
    """Whether Keras has downloaded a dataset, a key of SOURCES, and so needs no connection."""
    return any(keras_cache().glob(f"{SOURCES[name][1]}*"))


def fetch(name: str, report: Report) -> Path:
    """Have Keras find or download a dataset, and keep its arrays as NAME.npz in Keras's cache.

    Args:
        name: a key of SOURCES.
        report: told, in one sentence, what is being waited for.

    Returns:
        The path of NAME.npz, with x_train, y_train, x_test and y_test.

    Raises:
        Unreachable: there is no connection, or the download failed.
        DataError: the cache folder cannot be written.
    """
    host = SOURCES[name][0]
    target = keras_cache() / f"{name}.npz"
    if not is_in_cache(name):
        if not is_reachable(host):
            raise Unreachable(f"{host} does not answer")
        report(f"Downloading {name} from {host} into {keras_cache()}.")
    try:
        with atomic_path(target) as temporary:
            _run_keras(name, temporary)
    except OSError as error:
        raise DataError(
            f"The dataset {name} cannot be kept in {keras_cache()} ({error.strerror or error}): "
            "make the folder writable, or name another in KERAS_HOME."
        ) from error
    return target


def is_reachable(host: str) -> bool:
    """Whether a connection to a host's port 443 comes about within PROBE_SECONDS.

    Behind a proxy only the download itself can tell, and the answer is True.
    """
    from urllib.request import getproxies

    if getproxies():
        return True
    answered = threading.Event()

    def connect() -> None:
        try:
            socket.create_connection((host, 443), PROBE_SECONDS).close()
        except OSError:
            return
        answered.set()

    # A name server that is silent blocks for longer than any time-out given to the socket.
    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(PROBE_SECONDS)
    return answered.is_set()


def _run_keras(name: str, target: Path) -> None:
    """Run fetch.py; its progress bar goes to standard error, its failure into Unreachable."""
    script = Path(__file__).with_name("fetch.py")
    environment = {
        **os.environ,
        "KERAS_HOME": str(keras_cache().parent),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
    }
    # -P: the folder of the script must not hide modules that Keras imports.
    command = [sys.executable, "-P", str(script), name, str(target)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        lines = done.stdout.strip().splitlines()
        raise Unreachable(lines[-1] if lines else f"Keras ended with exit code {done.returncode}")
