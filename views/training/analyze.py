"""A checkpoint of a run, opened in the analyzer: a study of its own below the same server."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, Response

from innerview.records import Checkpoint
from innerview.stores.base import Backend, Run
from util import DataError, UserError
from views.routes import refuse
from views.training import mounts
from views.training.edits_checks import check_id
from views.training.edits_store import find_runs
from views.training.library import Library
from views.training.mounts import Mounted, Mounts
from views.training.mounts_files import below, folder_of
from views.training.mounts_header import HeaderWithBack
from views.training.mounts_settings import Settings
from views.training.questions import Body, answer, asked_store, make_routes, read_body

if TYPE_CHECKING:
    from analysis.study import Study

# The hyperparameter by which a run says what it was trained on.
DATASET = "dataset"

MAX_DATASET = 1000

# Number and file of the networks of a training.
Epochs = tuple[tuple[int, Path], ...]


def register(server: Flask, library: Library, base_path: str = "/") -> None:
    """Add the routes to the server, below `base_path`."""
    api = make_routes("analyze", base_path)

    def make(study: "Study", number: int, run: str) -> Mounted:
        return make_pages(study, f"{base_path}opened/{number}/", f"{base_path}training", run)

    opened = Mounts(make)
    library.on_close(opened.close)

    @api.post("/analyze")
    def analyze() -> Response:
        backend, body = asked_store(library).backend, read_body()
        run = find_runs(backend, [check_id(body, "run")])[0]
        path = find_file(backend, find_checkpoint(backend, run, check_id(body, "checkpoint")))
        dataset = choose_dataset(run, body.get("dataset"))
        epochs = find_epochs(backend, run) if read_flag(body, "epochs") else ()
        files = (path, *(file for _, file in epochs))
        try:
            number = opened.open(
                (files, tuple(file.stat().st_mtime_ns for file in files), dataset),
                run.name,
                lambda: open_study(path, dataset, library.settings, epochs),
            )
        except DataError as error:
            # The page asks for other images then, which would not help against the rest.
            refuse(400, str(error))
        except UserError as error:
            refuse(409, str(error))
        return answer({"address": f"opened/{number}/"})

    server.register_blueprint(api)
    mounts.register(server, opened, base_path)


def make_pages(study: "Study", base_path: str, training: str, run: str) -> Mounted:
    """The pages of a study, with a way back to the runs.

    Args:
        base_path: below which they lie.
        training: address of the page Training.
        run: name of the run that the network is from.
    """
    # That module imports this one.
    from views.app import PANELS, make_app
    from views.header import HEADER

    back = HeaderWithBack(training, run)
    panels = tuple(back if panel is HEADER else panel for panel in PANELS)
    return make_app(study, None, panels, base_path)


def open_study(path: Path, dataset: str, settings: Settings, epochs: Epochs = ()) -> "Study":
    """A saved network with a dataset, not started.

    Args:
        epochs: number and file of the networks of its training; none for no page Epochs.

    Raises:
        UserError: one of them cannot be opened.
    """
    from analysis import open_study
    from analysis.cache import default_root
    from data import open_dataset
    from data.naming import apply_class_names, find_class_names, read_class_names
    from model import open_network

    network = open_network(path)
    images = open_dataset(
        dataset,
        seed=settings.seed,
        data_dir=settings.data_dir,
        cache_dir=settings.cache_dir or default_root(),
    )
    beside = find_class_names(path)
    if beside is not None:
        images = apply_class_names(images, read_class_names(beside), explicit=False)
    return open_study(
        network,
        images,
        seed=settings.seed,
        cache_dir=settings.cache_dir,
        gpu_memory_fraction=settings.gpu_memory_fraction,
        verbose=settings.verbose,
        checkpoints=epochs or None,
    )


def find_epochs(backend: Backend, run: Run) -> Epochs:
    """Number and file of a run's checkpoints that can be opened, in the order of its training.

    Fewer than two end the request with a sentence.
    """
    found: dict[Path, int] = {}
    known = [one for one in backend.checkpoints(run.id) if one.run == run.id]
    for one in sorted(known, key=lambda one: (one.step, one.time)):
        path = below(folder_of(backend), one.path)
        if path is not None and path.exists():
            # The same file again holds what was saved last.
            found.pop(path, None)
            found[path] = one.step if one.epoch is None else one.epoch
    if len(found) < 2:
        refuse(
            409,
            f"Of the checkpoints of the run {run.name} fewer than two are there: save the network "
            "after each epoch to compare them, as KerasCallback does with checkpoints=1.",
        )
    return tuple((number, path) for path, number in found.items())


def read_flag(body: Body, name: str) -> bool:
    """Whether the body says so; false where it says nothing."""
    value = body.get(name, False)
    if not isinstance(value, bool):
        refuse(400, f'"{name}" is true or false.')
    return value


def find_checkpoint(backend: Backend, run: Run, id: str) -> Checkpoint:
    """A checkpoint of this very run; one that is not there ends the request with a sentence."""
    for checkpoint in backend.checkpoints(run.id):
        if checkpoint.id == id and checkpoint.run == run.id:
            return checkpoint
    refuse(404, f"The run {run.name} has no such checkpoint (any longer).")


def find_file(backend: Backend, checkpoint: Checkpoint) -> Path:
    """Where a checkpoint lies: in the store's folder, or below it.

    A store may come from a stranger, who must not have another file of this machine opened. One
    that lies elsewhere, or is gone, ends the request with a sentence.
    """
    name = checkpoint.path.replace("\\", "/").rpartition("/")[2]
    path = below(folder_of(backend), checkpoint.path)
    if path is None:
        refuse(
            409,
            f"The checkpoint {name} does not lie in the folder of its runs, where alone files are "
            "opened from the page: open it with python analyzer.py PATH DATASET, on the machine "
            "that has it.",
        )
    if not path.is_file() and not path.is_dir():
        refuse(404, f"The checkpoint {name} is no longer there; it may have been cleaned up.")
    return path


def choose_dataset(run: Run, given: Any) -> str:
    """The name or path of the images: the one given, or the one that the run was trained on.

    A run that a stranger has written may name any file; so of itself only a known name is taken.
    """
    from data.catalog import LOADERS

    if given is not None:
        if not isinstance(given, str) or not 0 < len(given.strip()) <= MAX_DATASET:
            refuse(400, "Name the labelled images: a dataset, or a folder or file of them.")
        return given.strip()
    known = run.parameters.get(DATASET)
    if isinstance(known, str) and known in LOADERS:
        return known
    refuse(
        400,
        f"The run {run.name} does not say which of the known datasets it was trained on: name the "
        f"labelled images, {', '.join(LOADERS)}, or a folder or file of them.",
    )
