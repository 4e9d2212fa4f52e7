"""Starting Keras, which takes most of a worker's first seconds."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from util import restrict_gpu_mem

# Keras imports these where they are installed, for its wrappers of scikit-learn, its plots and its
# tables; nothing here uses any of it, and they take a third of the time.
UNUSED = ("matplotlib", "pandas", "sklearn")


def start_keras(gpu_memory_fraction: float | None = None) -> None:
    """Import Keras and its backend: silently, and within a share of the GPU's memory.

    Args:
        gpu_memory_fraction: above 0, at most 1; None for all that the backend takes by itself.

    Raises:
        UserError: see util.restrict_gpu_mem.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _hidden(UNUSED):
        if gpu_memory_fraction is not None:
            restrict_gpu_mem(gpu_memory_fraction)
        import keras  # noqa: F401


@contextmanager
def _hidden(names: tuple[str, ...]) -> Iterator[None]:
    """Packages that cannot be imported meanwhile, but for those that are there already."""
    # Where Keras is there, it has nothing to import any more, and others may.
    absent = [] if "keras" in sys.modules else [each for each in names if each not in sys.modules]
    # How Python is told not to look for a module.
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]
