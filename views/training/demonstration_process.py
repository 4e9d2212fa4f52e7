"""A training in a process of its own: started, heard, stopped, and gone when the server is gone."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from analysis.processes import CALM_THREADS

# The checkout, in which `python -m model.demonstration` is found.
ROOT = Path(__file__).resolve().parent.parent.parent

# The script's module. It is run, never imported.
SCRIPT = "model.demonstration"

# The variable that names the store to the script: other people of the machine can read a command.
STORE = "INNERVIEW_STORE"

# Bytes of what the script said last that are kept, to say what went wrong.
KEPT = 8192

# Seconds that a training may take to finish its batch and say goodbye to its store.
PATIENCE = 8.0
# The same, when the server is stopped: somebody waits for their terminal.
HURRY = 4.0

# The line that the script ends with when it cannot go on.
SENTENCE = re.compile(r"^demonstration(?:\.py)?: (.+)$", re.M)


def command(arguments: Sequence[str]) -> list[str]:
    """The command that trains."""
    return [sys.executable, "-m", SCRIPT, *arguments]


class Child:
    """The process. Its standard input stays open for as long as the server lives."""

    def __init__(self, arguments: Sequence[str], store: str) -> None:
        """Start it.

        Args:
            arguments: of the script.
            store: address of the store of runs, which may hold a password.

        Raises:
            OSError: no process could be started.
        """
        self._said = b""
        self._stopping = threading.Event()
        self._process = subprocess.Popen(
            command(arguments),
            cwd=ROOT,
            env=CALM_THREADS | {"TF_CPP_MIN_LOG_LEVEL": "3"} | os.environ | {STORE: store},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # Ctrl-C in the terminal is for the server, which decides what it means; so on Windows.
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        self._thread = threading.Thread(target=self._listen, daemon=True, name="demonstration")
        self._thread.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def stopping(self) -> bool:
        """Whether it was asked to end."""
        return self._stopping.is_set()

    def ask(self) -> None:
        """Ask it to end: to finish its batch, and to say goodbye to its store."""
        if self.alive and not self._stopping.is_set():
            self._stopping.set()
            if sys.platform == "win32":
                # There, to terminate is to kill; the end of its input asks it as well.
                self._close_input()
            else:
                self._signal(signal.SIGTERM)

    def stop(self) -> None:
        """Ask it to end, and see to it from another thread that it does."""
        self.ask()
        threading.Thread(
            target=self.end, args=(PATIENCE,), daemon=True, name="end-demonstration"
        ).start()

    def end(self, patience: float) -> None:
        """Ask it to end, and wait until it has; after `patience` seconds it is ended."""
        self.ask()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(patience)
        if self.alive:
            self._kill()
        self.wait()
        self._close_input()

    def wait(self) -> None:
        """Wait until it has ended by itself."""
        self._process.wait()

    def failure(self) -> str | None:
        """What went wrong, in a sentence; None while it runs, when all went well or was stopped."""
        code = self._process.poll()
        if code is None or code == 0 or self.stopping:
            return None
        # What it said last may still be on its way.
        self._thread.join(1.0)
        said = SENTENCE.findall(self.said)
        if said:
            return str(said[-1]).strip()
        if code < 0:
            name = signal.Signals(-code).name
            why = "; the machine may have run out of memory" if name == "SIGKILL" else ""
            return f"The training was ended by {name}{why}."
        lines = [line.strip() for line in self.said.splitlines() if line.strip()]
        last = f": {lines[-1][:300]}" if lines else ""
        return f"The training ended unexpectedly (exit code {code}){last}"

    @property
    def said(self) -> str:
        """The end of what it wrote to its standard output and error."""
        return self._said.decode(errors="replace").replace("\r", "\n")

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as pipe:
            while chunk := pipe.read1(KEPT):  # type: ignore[attr-defined]
                self._said = (self._said + chunk)[-KEPT:]
        self._process.wait()

    def _kill(self) -> None:
        if sys.platform == "win32":
            self._process.kill()
        else:
            self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if sys.platform != "win32" and self.alive:
            # The whole group, with the processes that it started itself.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)

    def _close_input(self) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
