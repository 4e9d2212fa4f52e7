"""What is to be computed, and the names under which its results are kept."""

import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis import neighbours
from analysis.cache import Cache
from analysis.projection import Method
from data import Dataset
from model import Network, NetworkDescription
from model.preprocess import Preprocessing
from util import digest

# The space of the images themselves, beside the spaces of the layers.
PIXELS = "pixels"

# Images are compared, and shown on the maps, at no more than so many pixels a side.
THUMBNAIL_SIDE = 32

# Files of a pass, beside its rows.
DESCRIPTION, PREPROCESSING = "description.json", "preprocessing.json"

# Part of an artefact's name: raise one when the code behind it gives other results.
THUMBNAILS_VERSION = 1
FORWARD_VERSION = 2
SAMPLES_VERSION = 2
NEIGHBOURS_VERSION = 1
LAYOUT_VERSION = 1


def fit_within(size: tuple[int, int], side: int) -> tuple[int, int]:
    """(height, width) of an image made smaller, where it has more than `side` pixels a side."""
    shrink = min(1.0, side / max(size))
    return max(1, round(size[0] * shrink)), max(1, round(size[1] * shrink))


@dataclass(frozen=True)
class Task:
    """All that the worker processes need to know; it is pickled on its way to them.

    Attributes:
        network, dataset: the pair looked into.
        preprocess: as --preprocess takes it.
        seed: of t-SNE and UMAP.
        cache_root: folder of the cache.
        gpu_memory_fraction: above 0, at most 1, or None to leave the backend alone.
        verbose: let libraries in the worker processes write to standard error.
    """

    network: Network
    dataset: Dataset
    preprocess: str
    seed: int
    cache_root: Path
    gpu_memory_fraction: float | None = None
    verbose: bool = False

    @cached_property
    def cache(self) -> Cache:
        return Cache(self.cache_root)

    @property
    def thumbnail_size(self) -> tuple[int, int]:
        """(height, width), the images' own where that is small enough."""
        height, width = self.dataset.images.shape or (THUMBNAIL_SIDE, THUMBNAIL_SIDE)
        return fit_within((height, width), THUMBNAIL_SIDE)

    @property
    def thumbnails_key(self) -> str:
        fingerprint = self.dataset.fingerprint
        return digest("thumbnails", THUMBNAILS_VERSION, fingerprint, self.thumbnail_size)

    @property
    def thumbnails_path(self) -> Path:
        return self.cache.path("thumbnails", self.thumbnails_key, ".npy")

    @property
    def forward_key(self) -> str:
        return digest(
            "forward",
            FORWARD_VERSION,
            self.network.digest,
            self.dataset.fingerprint,
            self.preprocess,
        )

    @property
    def forward_folder(self) -> Path:
        """DESCRIPTION, PREPROCESSING, logits.npy, activations/KEY.npy; only when complete."""
        return self.cache.path("forward", self.forward_key)

    @property
    def samples_path(self) -> Path:
        key = digest("samples", SAMPLES_VERSION, self.forward_key)
        return self.cache.path("samples", key, ".parquet")

    def activations_path(self, layer: str) -> Path:
        return self.forward_folder / "activations" / f"{layer}.npy"

    def space_key(self, space: str) -> str:
        return self.thumbnails_key if space == PIXELS else digest(self.forward_key, space)

    def graph_key(self, space: str) -> str:
        return digest("neighbours", NEIGHBOURS_VERSION, self.space_key(space), neighbours.K)

    def layout_key(self, space: str, method: Method) -> str:
        seed = None if method == "pca" else self.seed
        return digest("layout", LAYOUT_VERSION, self.graph_key(space), method, seed)

    @property
    def logits_path(self) -> Path:
        return self.forward_folder / "logits.npy"

    def read_description(self) -> NetworkDescription | None:
        """The network's description, once the pass over the dataset is complete.

        A pass with a file missing or broken is removed, so that it is made again.
        """
        value = self.cache.read_json(self.forward_folder / DESCRIPTION)
        if value is None:
            return None
        description = NetworkDescription.from_json(value)
        if self.read_preprocessing() is None:
            return None
        kept = [layer.key for layer in description.layers if layer.units is not None]
        for path in (self.logits_path, *map(self.activations_path, kept)):
            rows = self.cache.read_map(path)
            if rows is None or len(rows) != len(self.dataset):
                shutil.rmtree(self.forward_folder, ignore_errors=True)
                return None
        return description

    def read_preprocessing(self) -> Preprocessing | None:
        """How the images were shown to the network, once the pass over the dataset is complete."""
        value = self.cache.read_json(self.forward_folder / PREPROCESSING)
        if value is None:
            return None
        try:
            return Preprocessing.from_json(value)
        except (KeyError, TypeError, ValueError, IndexError, AssertionError):
            return None

    def read_space(self, space: str) -> NDArray[np.float32] | None:
        """The vectors of a space, float32 (N, D), or None where they are not there yet."""
        if space != PIXELS:
            return self.cache.read_map(self.activations_path(space))
        thumbnails = self.cache.read_map(self.thumbnails_path)
        if thumbnails is None:
            return None
        pixels = thumbnails.reshape(len(thumbnails), -1).astype(np.float32)
        pixels /= np.float32(255)
        return pixels
