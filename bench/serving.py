"""`analyzer.py` as a user starts it, for the benchmarks."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from processes import TreeSampler

ROOT = Path(__file__).resolve().parent.parent


class Server:
    """`analyzer.py` as a user starts it, with the clock running from before the process exists."""

    def __init__(self, options: list[str], log: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [sys.executable, "analyzer.py", *options, "--port", str(self.port)]
        self._log = log
        self.started = time.perf_counter()
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        self.sampler = TreeSampler(self.process.pid, watch=("libtensorflow",))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def elapsed(self) -> float:
        return time.perf_counter() - self.started

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            body = answer.read()
        return json.loads(body) if path else None

    def wait(self, ready: Callable[[], bool], what: str, limit: float, pause: float) -> float:
        """Seconds since the command until `ready` holds; connection errors count as not yet."""
        while True:
            try:
                if ready():
                    return self.elapsed()
            except OSError:
                pass
            if self.process.poll() is not None:
                raise RuntimeError(f"analyzer.py ended before {what}:\n{self.tail()}")
            if self.elapsed() > limit:
                raise RuntimeError(f"{what}: not within {limit:.0f} s:\n{self.tail()}")
            time.sleep(pause)

    def answers(self) -> bool:
        self.get("")
        return True

    def maps_final(self) -> bool:
        """Whether both maps of the default method are complete, and the table behind them."""
        health, study = self.get("health"), self.get("api/study")
        failed = [stage for stage in health["stages"] if stage["state"] == "failed"]
        if failed:
            raise RuntimeError(f"failed: {failed}")
        if not study["hidden"] or not health["samples"]:
            return False
        keys = [f"{space}|{study['default_method']}" for space in ("pixels", study["hidden"])]
        return all(health["layouts"].get(key, {}).get("final") for key in keys)

    def tail(self) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-20:])

    def stop(self) -> float:
        """Ctrl-C; seconds until every process of it is gone."""
        before = time.perf_counter()
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise RuntimeError("analyzer.py did not stop within 30 s of Ctrl-C") from None
        finally:
            self.sampler.stop()
        return time.perf_counter() - before
