"""The process that opens wrong files, one after the other, and says what became of each."""

import os
import sys
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

# Audit events that write, with the place of the path in their arguments.
WRITING = {
    "os.remove": 0, "os.rename": 1, "os.mkdir": 0, "os.rmdir": 0, "os.link": 1, "os.symlink": 1,
    "os.truncate": 0, "os.chmod": 0, "shutil.rmtree": 0,
}  # fmt: skip
# Audit events that no opened file may cause at all.
FORBIDDEN = {
    "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "socket.connect",
    "marshal.loads", "pickle.find_class",
}  # fmt: skip

SENTENCE_LENGTH = 1500


class Watch:
    """What the file being opened has made this process do."""

    def __init__(self, allowed: Path) -> None:
        self.allowed = str(allowed)
        self.seen: list[str] | None = None
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.seen is None:
            return
        if event in FORBIDDEN and not _is_import(event):
            self.seen.append(f"{event} {arguments!r:.200}")
        elif event == "open":
            path, mode, flags = arguments
            writes = any(c in (mode or "") for c in "wax+") or bool(
                (flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            )
            if writes and isinstance(path, str | bytes):
                self._judge(event, os.fsdecode(path))
        elif event in WRITING:
            path = arguments[WRITING[event]]
            if isinstance(path, str | bytes | os.PathLike):
                self._judge(event, os.fsdecode(path))

    def _judge(self, event: str, path: str) -> None:
        inside = (os.path.abspath(path) + os.sep).startswith(self.allowed + os.sep)
        if not inside and path != os.devnull and self.seen is not None:
            self.seen.append(f"{event} {path}")


def _is_import(event: str) -> bool:
    """Compiled modules are unmarshalled by Python's own importer."""
    if event != "marshal.loads":
        return False
    frame = sys._getframe(2)
    return "importlib" in frame.f_code.co_filename


class Quiet:
    """An outbox that nobody listens to."""

    stage = ""

    def send(self, event: object) -> None:
        from analysis.events import Failure

        assert not isinstance(event, Failure)


def main(pipe: Connection, cache: Path) -> None:
    """Open what comes through the pipe, as (path, kind), until None comes."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    sys.dont_write_bytecode = True
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    import tensorflow as tf

    # The same operations, without seconds of compiling for each network.
    tf.config.run_functions_eagerly(True)
    warm = Watch(cache)
    pipe.send("ready")
    while (order := pipe.recv()) is not None:
        path, kind = order
        warm.seen = []
        answer = _open(path, kind, cache)
        seen, warm.seen = warm.seen, None
        pipe.send((*answer, seen))


def _open(path: Path, kind: str, cache: Path) -> tuple[str, str]:
    """("study" or "sentence" or "fault", what was said)."""
    from util import UserError

    try:
        open_network_file(path, cache) if kind == "network" else open_images(path, cache)
    except UserError as error:
        text = str(error)
        plain = "\n" not in text.strip() and 20 < len(text) < SENTENCE_LENGTH
        if plain and "Traceback" not in text and " object at 0x" not in text:
            return "sentence", text
        return "fault", f"not a sentence: {text}"
    except BaseException:
        return "fault", traceback.format_exc()
    return "study", ""


def open_network_file(path: Path, cache: Path) -> None:
    """All that the network's process does, with 40 digits."""
    from analysis import network_worker
    from analysis.task import Task
    from data import open_dataset
    from model import open_network

    network = open_network(path)
    dataset = open_dataset("digits", "test", limit=40)
    network_worker.run(Task(network, dataset, "auto", 0, cache), Quiet())  # type: ignore[arg-type]


def open_images(path: Path, cache: Path) -> None:
    """All that the projector's process does before it projects."""
    from analysis import projector
    from analysis.task import Task
    from data import open_dataset
    from model import open_network

    dataset = open_dataset(path, cache_dir=cache)
    network = open_network(Path(__file__).resolve().parents[2] / "model" / "digits.h5")
    projector.make_thumbnails(Task(network, dataset, "auto", 0, cache), Quiet())  # type: ignore[arg-type]
    for index in range(min(3, len(dataset))):
        dataset.images.original(index)
