"""One of the processes of log_scalars.py: a loop that computes, and logs in every other window.

    python bench/log_loop.py KIND PLACE NAME WINDOWS SECONDS RATE

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
    work: Callable[[], None], end: float, log: Log | None, flush: Any, step: int, rate: int
) -> dict[str, Any]:
    """Compute until `end`; with `log`, at the asked rate of scalars a second."""
    start, cpu, thread = time.time(), time.process_time(), time.thread_time()
    rounds = logged = 0
    inside = 0.0
    while (now := time.time()) < end:
        work()
        rounds += 1
        if log is not None:
            before = time.thread_time()
            due = int((now - start) * rate) - logged
            for number in range(logged, logged + due):
                log(TAGS[number % len(TAGS)], float(number), step + number // len(TAGS))
            logged += due
            inside += time.thread_time() - before
    if log is not None:
        before = time.thread_time()
        # A tag's steps go on from window to window.
        while logged % len(TAGS):
            log(TAGS[logged % len(TAGS)], float(logged), step + logged // len(TAGS))
            logged += 1
        flush()
        inside += time.thread_time() - before
    cpu, thread = time.process_time() - cpu, time.thread_time() - thread
    return {
        "logs": log is not None,
        "rounds": rounds,
        "logged": logged,
        "wall": time.time() - start,
        "cpu": cpu,
        # Of the loop's own thread within the calls, and all that other threads took.
        "logging": inside + cpu - thread if log is not None else 0.0,
    }


def main() -> None:
    kind, place, name = sys.argv[1:4]
    windows, seconds, rate = int(sys.argv[4]), float(sys.argv[5]), int(sys.argv[6])
    log, flush, close = KINDS[kind](place, name)
    weights = np.random.default_rng(0).normal(size=(96, 96)).astype(np.float32)
    state = np.eye(96, dtype=np.float32)

    def work() -> None:
        nonlocal state
        for _ in range(4):
            state = np.tanh(state @ weights)

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
        found.append(window(work, end, log if logs else None, flush, step, rate))
        step += found[-1]["logged"] // len(TAGS)
    close()
    print(json.dumps({"windows": found, "steps": step}))


if __name__ == "__main__":
    main()
