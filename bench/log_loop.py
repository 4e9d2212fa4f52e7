"""One of the processes of log_scalars.py: a loop that computes, and logs in every other window.

    python bench/log_loop.py KIND PLACE NAME WINDOWS SECONDS CPU

CPU is the processor's time that a step computes for, in seconds.

Says "ready" when everything is imported, and begins at the moment (seconds since 1970) that it then
reads. Prints what each window came to as JSON.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path[0] = str(Path(__file__).resolve().parent.parent)

import numpy as np  # noqa: E402

TAGS = ("loss", "accuracy", "val_loss", "val_accuracy", "lr", "norm", "time", "memory", "a", "b")
Log = Callable[[str, float, int], Any]


def open_innerview(place: str, name: str) -> tuple[Log, Callable[[], Any], Callable[[], Any]]:
    from innerview import SummaryWriter

    writer = SummaryWriter(place, "bench", name)
    return writer.add_scalar, writer.flush, writer.close


def open_torch(place: str, name: str) -> tuple[Log, Callable[[], Any], Callable[[], Any]]:
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(f"{place}/{name}")
    return writer.add_scalar, writer.flush, writer.close


def open_tensorboardx(place: str, name: str) -> tuple[Log, Callable[[], Any], Callable[[], Any]]:
    from tensorboardX import SummaryWriter

    writer = SummaryWriter(f"{place}/{name}")
    return writer.add_scalar, writer.flush, writer.close


def open_tensorflow(place: str, name: str) -> tuple[Log, Callable[[], Any], Callable[[], Any]]:
    import tensorflow as tf

    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.threading.set_intra_op_parallelism_threads(1)
    writer = tf.summary.create_file_writer(f"{place}/{name}")
    writer.set_as_default()
    return tf.summary.scalar, writer.flush, writer.close


def open_nothing(place: str, name: str) -> tuple[Log, Callable[[], Any], Callable[[], Any]]:
    """Both kinds of windows alike: shows how far the measurement itself is off."""
    return (lambda tag, value, step: None), (lambda: None), (lambda: None)


KINDS = {
    "nothing": open_nothing,
    "innerview": open_innerview,
    "torch": open_torch,
    "tensorboardX": open_tensorboardx,
    "tensorflow": open_tensorflow,
}


def window(
    work: Callable[[], None], end: float, log: Log | None, flush: Any, step: int
) -> dict[str, Any]:
    """Compute until `end`; with `log`, one scalar of each tag after every step, as loops do."""
    start, cpu = time.time(), time.process_time()
    first = step
    while time.time() < end:
        work()
        step += 1
        if log is not None:
            for tag in TAGS:
                log(tag, 0.5, step)
    if log is not None:
        # What is on its way belongs to this window, not to the next.
        flush()
    return {
        "logs": log is not None,
        "rounds": step - first,
        "logged": (step - first) * len(TAGS) if log is not None else 0,
        "wall": time.time() - start,
        "cpu": time.process_time() - cpu,
    }


def calibrate(once: Callable[[], None], seconds: float) -> int:
    """How often `once` fits into so many seconds of the processor."""
    times = 0
    start = time.thread_time()
    while time.thread_time() - start < 0.5:
        once()
        times += 1
    return max(1, round(times * seconds / 0.5))


def main() -> None:
    kind, place, name = sys.argv[1:4]
    windows, seconds, step_cpu = int(sys.argv[4]), float(sys.argv[5]), float(sys.argv[6])
    log, flush, close = KINDS[kind](place, name)
    weights = np.random.default_rng(0).normal(size=(96, 96)).astype(np.float32)
    state = np.eye(96, dtype=np.float32)

    def once() -> None:
        nonlocal state
        state = np.tanh(state @ weights)

    repeats = calibrate(once, step_cpu)

    def work() -> None:
        for _ in range(repeats):
            once()

    log("warm up", 0.0, 0)
    flush()
    print("ready", flush=True)
    start = float(sys.stdin.readline())
    time.sleep(max(0.0, start - time.time()))
    found, step = [], 0
    for number in range(windows):
        # First one kind of window, then the other, then the other way round: drift cancels out.
        logs = number % 4 in (1, 2)
        # A window that took longer, as its writer was slow, makes the next ones no shorter.
        end = max(start + (number + 1) * seconds, time.time() + seconds * 0.5)
        found.append(window(work, end, log if logs else None, flush, step))
        # Steps are counted where they are logged.
        step += found[-1]["rounds"] if logs else 0
    close()
    print(json.dumps({"windows": found, "steps": step}))


if __name__ == "__main__":
    main()
