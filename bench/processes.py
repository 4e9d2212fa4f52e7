"""Memory and libraries of a process and of everything that it started, sampled while it runs."""

import contextlib
import threading
from pathlib import Path

import psutil


class TreeSampler:
    """Samples a process tree four times a second until it is stopped.

    Memory is the proportional set size (PSS) where the system tells it (Linux): pages shared by
    several processes count once. Elsewhere it is the unique set size (USS): they never count.

    Attributes:
        peak: Largest sum over the tree so far, bytes.
        measure: "pss" or "uss".
        libraries: Names out of `watch` found mapped into any process of the tree.
    """

    def __init__(self, pid: int, watch: tuple[str, ...] = ()) -> None:
        self.peak = 0
        self.measure = "pss" if psutil.LINUX else "uss"
        self.libraries: set[str] = set()
        self._root = psutil.Process(pid)
        self._watch = watch
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(psutil.NoSuchProcess):
                tree = [self._root, *self._root.children(recursive=True)]
                self.peak = max(self.peak, sum(self._memory(process) for process in tree))
                for process in tree:
                    self._look_for_libraries(process.pid)
            self._stop.wait(0.25)

    def _memory(self, process: psutil.Process) -> int:
        try:
            return int(getattr(process.memory_full_info(), self.measure))
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            return 0

    def _look_for_libraries(self, pid: int) -> None:
        missing = [name for name in self._watch if name not in self.libraries]
        if not missing:
            return
        with contextlib.suppress(OSError):
            maps = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8", errors="replace")
            self.libraries.update(name for name in missing if name in maps)
