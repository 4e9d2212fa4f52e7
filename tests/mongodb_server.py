"""A database that speaks MongoDB's protocol, started and stopped by tests, and reached over TCP."""

import contextlib
import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

# Seconds; it takes about one.
START = 30.0


class MongoServer:
    """nx-27017 in a process of its own.

    Attributes:
        port: of this machine; what the databases hold lies in files, and outlives the process.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, database: str) -> str:
        return f"mongodb://127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        command = [sys.executable, "-m", "nx_27017.nx_27017", "-p", str(self.port)]
        command += ["--data-dir", str(self._folder / "data")]
        command += [
            "--log-file",
            str(self._folder / "log"),
            "--pid-file",
            str(self._folder / "pid"),
        ]
        with (self._folder / "output").open("ab") as output:
            self._process = subprocess.Popen(command, stdout=output, stderr=output)
        end = time.monotonic() + START
        while not self._answers():
            assert self._process.poll() is None, "nx-27017 has ended by itself"
            assert time.monotonic() < end, "nx-27017 does not answer"
            time.sleep(0.05)

    def stop(self) -> None:
        """At once, as when a machine is lost."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False


def serve(folder: Path) -> Iterator[MongoServer]:
    """A server for the tests of a module; without the package they are skipped, but not in CI."""
    required = "CI" in os.environ or "INNERVIEW_REQUIRE_BROWSER" in os.environ
    if importlib.util.find_spec("nx_27017") is None and not required:
        pytest.skip("nx-27017, which stands for MongoDB here, is not installed")
    server = MongoServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
