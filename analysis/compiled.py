"""Functions that numba compiles, kept from one process to the next."""

from typing import Any


def keep_compiled(*functions: Any) -> None:
    """Have what numba compiles of functions written to its cache on the disk, and read from there.

    UMAP's take five seconds of a processor, in each process that draws with it. Numba keeps them
    beside their source or, where nobody may write there, in the user's cache folder, for
    this kind of processor and this state of the source.

    Args:
        functions: dispatchers of numba that are called later; anything else is left as it is.
    """
    for function in functions:
        enable = getattr(function, "enable_caching", None)
        if enable is None:
            continue
        try:
            enable()
        except (OSError, RuntimeError):
            # There is no place for a cache. It is compiled once more each time, as before.
            return
