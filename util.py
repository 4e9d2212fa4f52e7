"""The leaf of the project: errors meant for the user, digests, atomic files, GPU memory."""

import contextlib
import hashlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

Digestible = bytes | str | int | float | bool | None | tuple["Digestible", ...]


class UserError(Exception):
    """A mistake the user can mend; its message is one sentence written for them.

    The sentence says what is wrong, where, what was given, what is allowed, and what to do.

        UserError
        ├── DataError    a dataset that cannot be opened or read
        ├── ModelError   a saved network that cannot be opened or run
        ├── CacheError   a cache folder that cannot be used
        ├── QueryError   a typed query that means nothing (analysis/query)
        └── ServeError   a page that cannot be served
    """


class DataError(UserError):
    """A dataset that cannot be opened or read."""


class ModelError(UserError):
    """A saved network that cannot be opened, or does not fit the dataset."""


class CacheError(UserError):
    """A cache or export folder that cannot be written."""


class ServeError(UserError):
    """A page that cannot be served at the address asked for."""


def digest(*parts: Digestible) -> str:
    """32 hex digits that depend on every part, its type and its place."""
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        if isinstance(part, tuple):
            part = digest(*part)
        data = part if isinstance(part, bytes) else repr(part).encode()
        state.update(f"{type(part).__name__}:{len(data)}:".encode())
        state.update(data)
    return state.hexdigest()


def file_digest(path: Path) -> str:
    """32 hex digits of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(
            file,
            lambda: hashlib.blake2b(digest_size=16),
        ).hexdigest()


@contextlib.contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`, renamed onto it on success and removed on failure.

    Readers see the whole file or none of it, also when the process is killed in between.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex[:8]}.partial")
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def restrict_gpu_mem(fraction: float) -> None:
    """Keep Keras's backend within a fraction of each GPU's memory; without a GPU, do nothing.

    Call it before the first tensor is made: a backend reserves its memory once.

    Args:
        fraction: above 0, at most 1.

    Raises:
        UserError: the fraction is out of range, or the backend has reserved its memory already.
    """
    if not 0 < fraction <= 1:
        raise UserError(
            f"The GPU memory fraction must be above 0 and at most 1; given was {fraction}."
        )
    # JAX reads its share from the environment, and only before it is imported.
    os.environ["XLA_PYTHON_CLIENT_MEM_FRACTION"] = str(fraction)
    import keras

    backend = keras.backend.backend()
    if backend == "tensorflow":
        _restrict_tensorflow(fraction)
    elif backend == "torch":
        _restrict_torch(fraction)


def _restrict_tensorflow(fraction: float) -> None:
    import tensorflow as tf

    try:
        for number, device in enumerate(tf.config.list_physical_devices("GPU")):
            total = _gpu_memory_mib(number)
            if total is None:
                tf.config.experimental.set_memory_growth(device, True)
            else:
                limit = tf.config.LogicalDeviceConfiguration(memory_limit=int(total * fraction))
                tf.config.set_logical_device_configuration(device, [limit])
    except RuntimeError:
        raise UserError(
            "The GPU memory fraction was given after TensorFlow had reserved the GPU's memory; "
            "call restrict_gpu_mem before anything else uses Keras."
        ) from None


def _gpu_memory_mib(number: int) -> float | None:
    """Total memory of GPU `number` in MiB as the driver tells it, or None where it does not."""
    import subprocess

    # TensorFlow counts only the devices that it may see; the driver's tool counts all of them.
    visible = [part for part in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if part]
    device = visible[number] if number < len(visible) else str(number)
    query = ["nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(
            [*query, "-i", device], capture_output=True, text=True, timeout=10, check=True
        )
        return float(answer.stdout.splitlines()[0])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None


def _restrict_torch(fraction: float) -> None:
    import torch

    for device in range(torch.cuda.device_count()):
        torch.cuda.set_per_process_memory_fraction(fraction, device)
