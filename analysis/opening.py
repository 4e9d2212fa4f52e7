"""Opening a study: what is allowed, and where its results are kept."""

from collections.abc import Sequence
from pathlib import Path

from analysis.history.files import Checkpoints, open_checkpoints
from analysis.projection import DEFAULT_METHOD, METHODS, Method
from analysis.study import Study
from analysis.task import Task
from data import Dataset
from model import Network
from util import UserError


def open_study(
    network: Network,
    dataset: Dataset,
    *,
    layer: str | None = None,
    method: Method = DEFAULT_METHOD,
    preprocess: str = "auto",
    seed: int = 0,
    cache_dir: str | Path | None = None,
    gpu_memory_fraction: float | None = None,
    verbose: bool = False,
    checkpoints: str | Path | Sequence[tuple[int, Path]] | None = None,
) -> Study:
    """A study of a network on a dataset.

    In a script, guard the entry with `if __name__ == "__main__":`, as worker processes import it.

        study = open_study(open_network("model/mnist.h5"), open_dataset("mnist"))
        study.start()
        study.wait()
        study.samples.frame, study.layout("pixels", "tsne").points

    Args:
        layer: the hidden layer; by default the last one before the classifier.
        method: that maps are drawn by: "tsne", "umap" or "pca".
        preprocess: how images are shown to the network, as --preprocess takes it.
        seed: of t-SNE and UMAP.
        cache_dir: by default innerview in the user's cache folder.
        gpu_memory_fraction: share of each GPU's memory to use, above 0, at most 1.
        verbose: let libraries in the worker processes write to standard error.
        checkpoints: a folder of the networks that the training saved after its epochs, or the
            number and file of each.

    Raises:
        UserError: an argument is not allowed, or the cache cannot be written.
    """
    if method not in METHODS:
        raise UserError(f"There is no projection '{method}'; allowed are {', '.join(METHODS)}.")
    if cache_dir is None:
        from platformdirs import user_cache_dir

        cache_dir = user_cache_dir("innerview", appauthor=False)
    root = Path(cache_dir).expanduser().absolute()
    task = Task(network, dataset, preprocess, seed, root, gpu_memory_fraction, verbose)
    epochs = Checkpoints() if checkpoints is None else open_checkpoints(checkpoints, network)
    return Study(task, layer, method, epochs)
