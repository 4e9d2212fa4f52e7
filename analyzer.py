"""The command line: open a network with its images, serve the page or export the numbers."""

import argparse
import contextlib
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from util import UserError
from views.terminal import Checking, Progress, say, wait_for_ever

if TYPE_CHECKING:
    from analysis import Study
    from data import Dataset
    from views.training.library import Library

USER_ERROR = 2
FAILURE = 1
INTERRUPTED = 130

# What the address calls the query of the page's images, and that of its runs.
QUERY, RUNS_QUERY = "query", "t-query"

# Images that could not be read, named in the terminal; the page lists more.
LEFT_OUT_SHOWN = 10


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    command = argparse.ArgumentParser(
        prog="analyzer.py",
        description="Look inside a trained image classifier: its images before and in the network.",
    )
    add = command.add_argument
    add("model", metavar="MODEL", nargs="?", help="network saved by Keras: .h5, .keras, a "
        "SavedModel folder, or weights with the architecture's .json beside them")  # fmt: skip
    add("dataset", metavar="DATASET", nargs="?", help="mnist, fashion_mnist, cifar10, cifar100, "
        "digits, a folder of images, an .npz file, or a manifest (.csv, .parquet)")  # fmt: skip
    add("--describe", action="store_true", help="print what is known of the network as JSON, "
        "without a dataset, and exit")  # fmt: skip
    add("--split", choices=("test", "train", "all"), help="part of the dataset (default: test, "
        "or all where there are no parts)")  # fmt: skip
    add("--limit", type=int, metavar="N", help="at most N images: a seeded sample of all classes")
    add("--layer", metavar="NAME", help="hidden layer (default: the last before the classifier)")
    add("--projection", choices=("tsne", "umap", "pca"), help="method of the maps (default: tsne; "
        "with --export all three)")  # fmt: skip
    add("--input", metavar="NAME", help="input that takes the images, where there are several")
    add("--output", metavar="NAME", help="output to look at, where there are several")
    add("--class-names", metavar="NAMES", help="names of the outputs in their order, cat,dog,..., "
        "or a file of them (default: labels.txt beside the network)")  # fmt: skip
    add("--preprocess", default="auto", metavar="HOW", help="how pixels become the network's "
        "input: auto (found out), 0-1, 0-255, -1-1, caffe, torch, MEAN/STD, ...")  # fmt: skip
    add("--checkpoints", metavar="FOLDER", help="networks that the training saved after its "
        "epochs, epoch-0001.keras, ...; MODEL may be left out, and is the last one")  # fmt: skip
    add("--custom-objects", metavar="FILE.py", help="Python file with the classes and functions "
        "of custom layers; its code is run")  # fmt: skip
    add("--gpu-memory-fraction", type=float, metavar="F", help="share of each GPU's memory to use, "
        "above 0, at most 1")  # fmt: skip
    add("--data-dir", metavar="DIR", help="folder where NAME.npz is looked for first")
    add("--cache-dir", metavar="DIR", help="folder for what was computed (default: innerview in "
        "the user's cache folder)")  # fmt: skip
    add("--seed", type=int, default=0, metavar="N", help="seed of t-SNE, UMAP and --limit")
    add("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    add("--port", type=int, default=8050, help="port to listen on (default: 8050)")
    add("--open", action="store_true", help="open the page in the browser")
    add("--query", metavar="QUERY", help="what the page selects first, such as 'loss > 2 and label "
        "== 4'; with --export, written as query.csv and query.parquet; with --runs alone, the runs "
        "shown first")  # fmt: skip
    add("--runs", metavar="STORE", help="training runs to show: a folder, TensorBoard's log "
        "folder, a .csv file of Keras's CSVLogger, or mongodb://HOST/DATABASE")  # fmt: skip
    add("--export", metavar="DIR", help="write what was computed into DIR and exit")
    add("--debug", action="store_true", help="show where an error happened")
    return command


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    Returns:
        The exit code: 0, FAILURE, USER_ERROR, or INTERRUPTED.
    """
    options = parser().parse_args(attach_scale(sys.argv[1:] if arguments is None else arguments))
    try:
        return run(options)
    except UserError as error:
        if options.debug:
            raise
        say(f"analyzer.py: {error}")
        return USER_ERROR
    except KeyboardInterrupt:
        kept = "; what was computed is kept, and the same command goes on from there"
        say(f"Stopped{kept if options.model else ''}.")
        return INTERRUPTED


def attach_scale(arguments: list[str]) -> list[str]:
    """["--preprocess", "-1-1"] as one argument: argparse takes what begins with - for an option."""
    attached: list[str] = []
    for argument in arguments:
        if attached[-1:] == ["--preprocess"]:
            attached[-1] += f"={argument}"
        else:
            attached.append(argument)
    return attached


def run(options: argparse.Namespace) -> int:
    # A terminal that closes, or a supervisor that stops us, is answered like Ctrl-C.
    signal.signal(signal.SIGTERM, _interrupt)
    take_last_checkpoint(options)
    check_arguments(options)
    if options.describe:
        return describe(options)
    check_query(options.query)
    if options.export is None:
        from views.serving import check_port

        check_port(options.host, options.port)
    with open_library(options) as library:
        if options.model is None:
            return serve(None, library, options)
        study = open_study(options)
        check_query(options.query, study)
        if study.dataset.note:
            say(study.dataset.note)
        for part in study.dataset.left_out[:LEFT_OUT_SHOWN]:
            say(f"Left out: {part.id}: {part.reason}")
        if study.history.checkpoints.note:
            say(study.history.checkpoints.note)
        with study:
            if options.export is not None:
                return export(study, options)
            return serve(study, library, options)


def take_last_checkpoint(options: argparse.Namespace) -> None:
    """Where --checkpoints stands for MODEL, and DATASET is all that is named beside it."""
    if options.checkpoints is None or options.dataset is not None:
        return
    if options.model is None or Path(options.model).suffix in (".h5", ".hdf5", ".keras"):
        raise UserError(
            "DATASET is missing: --checkpoints shows labelled images over the epochs; name them, "
            "as in analyzer.py mnist --checkpoints FOLDER."
        )
    from analysis.history.files import find_checkpoints, last_whole

    found, _ = find_checkpoints(options.checkpoints)
    options.model, options.dataset = str(last_whole(found)), options.model


def check_arguments(options: argparse.Namespace) -> None:
    """Refuse what can be seen to lack something before anything is opened."""
    if options.model is None and (options.runs is None or options.describe):
        raise UserError(
            "MODEL is missing: name a saved network and labelled images, as in analyzer.py "
            "model/mnist.h5 mnist, or give --runs STORE to look at training runs alone."
        )
    if options.model is not None and options.dataset is None and not options.describe:
        raise UserError(
            "DATASET is missing: name the labelled images, or give --describe to look at the "
            "network alone."
        )
    if options.checkpoints is not None and options.describe:
        raise UserError(
            "--describe looks at a network without any epochs: leave out --checkpoints."
        )
    if options.runs is not None and (options.describe or options.export is not None):
        other = "--describe" if options.describe else "--export"
        raise UserError(
            f"--runs shows training runs in the page, and {other} makes no page: leave out one of "
            "the two."
        )
    fraction = options.gpu_memory_fraction
    if fraction is not None and not 0 < fraction <= 1:
        raise UserError(
            f"--gpu-memory-fraction must be above 0 and at most 1; given was {fraction}."
        )


def describe(options: argparse.Namespace) -> int:
    """Print what is known of the network as JSON; the exit code says whether it opens."""
    import json
    import os

    # TensorFlow tells of itself on every start.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from model.report import report

    known = report(Path(options.model), options.input, options.output, options.custom_objects)
    print(json.dumps(known, indent=2, ensure_ascii=False))
    return 0 if known["opens"] else USER_ERROR


def open_study(options: argparse.Namespace) -> "Study":
    """The study that the options name, not started."""
    from analysis import open_study
    from analysis.projection import DEFAULT_METHOD
    from model import open_network, preprocess

    preprocess.check(options.preprocess)
    network = open_network(
        options.model,
        input=options.input,
        output=options.output,
        custom_objects=options.custom_objects,
    )
    dataset = open_images(options, network.path)
    return open_study(
        network,
        dataset,
        layer=options.layer,
        method=options.projection or DEFAULT_METHOD,
        preprocess=options.preprocess,
        seed=options.seed,
        cache_dir=options.cache_dir,
        gpu_memory_fraction=options.gpu_memory_fraction,
        verbose=options.debug,
        checkpoints=options.checkpoints,
    )


def open_images(options: argparse.Namespace, network: Path) -> "Dataset":
    """The dataset that the options name, its classes in the order of the network's outputs."""
    from analysis.cache import default_root
    from data import open_dataset
    from data.naming import apply_class_names, find_class_names, read_class_names

    with Checking() as progress:
        dataset = open_dataset(
            options.dataset,
            options.split,
            options.limit,
            options.seed,
            options.data_dir,
            say,
            class_names=options.class_names,
            cache_dir=options.cache_dir or default_root(),
            progress=progress,
        )
    beside = find_class_names(network)
    if options.class_names is not None or beside is None:
        return dataset
    return apply_class_names(dataset, read_class_names(beside), explicit=False)


def export(study: "Study", options: argparse.Namespace) -> int:
    """Compute everything, write it, and say so."""
    from analysis.export import export as write
    from analysis.projection import METHODS

    folder = Path(options.export)
    make_folder(folder)
    study.start()
    progress = Progress(study)
    progress.watch()
    if options.projection is None and study.failure is None:
        for space in ("pixels", study.hidden):
            for method in METHODS:
                study.request(str(space), method)
        progress.watch()
    if study.failures:
        return report_failure(study, options.debug)
    found = write(study, folder, options.query)
    assert study.samples is not None
    accuracy, loss = study.samples.accuracy, study.samples.mean_loss
    measured = "without labels"
    if accuracy is not None:
        measured = f"accuracy {accuracy:.2%}, mean loss {loss:.4f} nats"
    say(f"Wrote {folder}: {len(study.dataset):,} images, {measured}.")
    if found is not None:
        say(f"The query finds {found:,} of them: query.csv, query.parquet.")
    return 0


def check_query(text: str | None, study: "Study | None" = None) -> None:
    """Find out before any work whether the query can be answered.

    Args:
        study: None while columns and classes are not known.

    Raises:
        UserError: it cannot; below the sentence, carets point at the place.
    """
    if text is None:
        return
    from analysis.query import QueryError, check, point_at

    try:
        if study is None:
            check(text)
        else:
            check(text, study.class_names, study.dataset, study.history.expected)
    except QueryError as error:
        place = point_at(text, error.start, error.end)
        raise UserError(f"In --query: {error.message}\n{place}") from None


def make_folder(folder: Path) -> None:
    """Make the export folder now, rather than find out after the work that it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"The folder {folder} cannot be made ({error.strerror}); name another one for --export."
        ) from None


def serve(study: "Study | None", library: "Library | None", options: argparse.Namespace) -> int:
    """Serve the page until Ctrl-C, or until the study turns out to be impossible."""
    from views.access import is_loopback, make_token, protect
    from views.app import make_app
    from views.serving import page_address, start_server

    # Importing Keras and the first projection take longer than anything here: they go first.
    if study is not None:
        study.start()
    app = make_app(study, library)
    token = None if is_loopback(options.host) else make_token()
    protect(app.server, token)
    start_server(app.server, options.host, options.port)
    key = QUERY if study is not None else RUNS_QUERY
    address = page_address(options.host, options.port, token, options.query, key)
    say(f"Innerview is at {address} (Ctrl-C stops it)")
    if options.open:
        import webbrowser

        webbrowser.open(address)
    if study is None:
        wait_for_ever()
    progress = Progress(study)
    progress.watch()
    if study.failure is not None and study.failure.by_user:
        return report_failure(study, options.debug)
    for failure in study.failures:
        say_failure(failure.message, failure.trace, options.debug)
    progress.watch(forever=True)
    return 0


@contextlib.contextmanager
def open_library(options: argparse.Namespace) -> "Iterator[Library | None]":
    """The stores of runs; whatever the page has started is ended in the end."""
    if options.runs is None:
        yield None
        return
    from views.serving import is_missing, open_runs
    from views.training.mounts_settings import Settings

    missing = is_missing(options.runs)
    settings = Settings(
        gpu_memory_fraction=options.gpu_memory_fraction,
        data_dir=None if options.data_dir is None else Path(options.data_dir),
        cache_dir=None if options.cache_dir is None else Path(options.cache_dir),
        seed=options.seed,
        verbose=options.debug,
    )
    library = open_runs(options.runs, settings)
    try:
        if missing:
            say(f"Made the folder {options.runs}: training scripts can log into it now.")
        yield library
    finally:
        library.close()


def report_failure(study: "Study", debug: bool) -> int:
    """Say what failed; returns the exit code."""
    failure = study.failure or study.failures[0]
    say_failure(failure.message, failure.trace, debug)
    return USER_ERROR if failure.by_user else FAILURE


def say_failure(message: str, trace: str, debug: bool) -> None:
    if debug and trace:
        say(trace)
    say(f"analyzer.py: {message}")


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
