"""What the command line says about work that the page Training starts."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """Options of the command that hold for demonstrations and for networks opened in the page.

    Attributes:
        gpu_memory_fraction: share of each GPU's memory for each process, above 0, at most 1.
        data_dir: folder where NAME.npz is looked for first.
        cache_dir: folder for what was computed; None for the user's own.
        seed: of t-SNE and UMAP.
        verbose: let libraries in worker processes write to standard error.
    """

    gpu_memory_fraction: float | None = None
    data_dir: Path | None = None
    cache_dir: Path | None = None
    seed: int = 0
    verbose: bool = False
