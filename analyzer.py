"""The command line: open a network with its images, serve the page or export the numbers."""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from util import ServeError, UserError

if TYPE_CHECKING:
    from flask import Flask
    from tqdm import tqdm

    from analysis import Study
    from analysis.events import Stage

USER_ERROR = 2
FAILURE = 1
INTERRUPTED = 130

# Seconds between two looks at the progress.
POLL = 0.2


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    command = argparse.ArgumentParser(
        prog="analyzer.py",
        description="Look inside a trained image classifier: its images before and in the network.",
    )
    add = command.add_argument
    add("model", metavar="MODEL", help="network saved by Keras (.h5 or .keras)")
    add("dataset", metavar="DATASET", help="mnist, fashion_mnist, cifar10, cifar100, digits, a "
        "folder with one sub-folder a class, or a .npz file")  # fmt: skip
    add("--split", choices=("test", "train", "all"), help="part of the dataset (default: test, "
        "or all where there are no parts)")  # fmt: skip
    add("--limit", type=int, metavar="N", help="at most N images: a seeded sample of all classes")
    add("--layer", metavar="NAME", help="hidden layer (default: the last before the classifier)")
    add("--projection", choices=("tsne", "umap", "pca"), help="method of the maps (default: tsne; "
        "with --export all three)")  # fmt: skip
    add("--preprocess", default="auto", metavar="SCALE", help="what pixels are scaled to: auto, "
        "0-1, 0-255 or -1-1 (default: auto)")  # fmt: skip
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
        "== 4'; with --export, written as query.csv and query.parquet")  # fmt: skip
    add("--export", metavar="DIR", help="write what was computed into DIR and exit")
    add("--debug", action="store_true", help="show where an error happened")
    return command


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    Returns:
        The exit code: 0, FAILURE, USER_ERROR, or INTERRUPTED.
    """
    options = parser().parse_args(arguments)
    try:
        return run(options)
    except UserError as error:
        if options.debug:
            raise
        say(f"analyzer.py: {error}")
        return USER_ERROR
    except KeyboardInterrupt:
        say("Stopped; what was computed is kept, and the same command goes on from there.")
        return INTERRUPTED


def run(options: argparse.Namespace) -> int:
    # A terminal that closes, or a supervisor that stops us, is answered like Ctrl-C.
    signal.signal(signal.SIGTERM, _interrupt)
    check_query(options.query)
    if options.export is None:
        check_port(options.host, options.port)
    study = open_study(options)
    check_query(options.query, study.class_names)
    if study.dataset.note:
        say(study.dataset.note)
    with study:
        if options.export is not None:
            return export(study, options)
        return serve(study, options)


def open_study(options: argparse.Namespace) -> "Study":
    """The study that the options name, not started."""
    from analysis import open_study
    from analysis.projection import DEFAULT_METHOD
    from data import open_dataset
    from model import open_network

    fraction = options.gpu_memory_fraction
    if fraction is not None and not 0 < fraction <= 1:
        raise UserError(
            f"--gpu-memory-fraction must be above 0 and at most 1; given was {fraction}."
        )
    network = open_network(options.model)
    dataset = open_dataset(
        options.dataset, options.split, options.limit, options.seed, options.data_dir, say
    )
    return open_study(
        network,
        dataset,
        layer=options.layer,
        method=options.projection or DEFAULT_METHOD,
        preprocess=options.preprocess,
        seed=options.seed,
        cache_dir=options.cache_dir,
        gpu_memory_fraction=fraction,
        verbose=options.debug,
    )


def export(study: "Study", options: argparse.Namespace) -> int:
    """Compute everything, write it, and say so."""
    from analysis.export import export as write
    from analysis.projection import METHODS

    folder = Path(options.export)
    make_folder(folder)
    study.start()
    Progress(study).watch()
    if options.projection is None and study.failure is None:
        for space in ("pixels", study.hidden):
            for method in METHODS:
                study.request(str(space), method)
        Progress(study).watch()
    if study.failures:
        return report_failure(study, options.debug)
    found = write(study, folder, options.query)
    assert study.samples is not None
    say(
        f"Wrote {folder}: {len(study.dataset):,} images, accuracy {study.samples.accuracy:.2%}, "
        f"mean loss {study.samples.mean_loss:.4f} nats."
    )
    if found is not None:
        say(f"The query finds {found:,} of them: query.csv, query.parquet.")
    return 0


def check_query(text: str | None, class_names: Sequence[str] | None = None) -> None:
    """Find out before any work whether the query can be answered.

    Args:
        class_names: None while they are not known.

    Raises:
        UserError: it cannot; below the sentence, carets point at the place.
    """
    if text is None:
        return
    from analysis.query import QueryError, check, point_at

    try:
        check(text, class_names)
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


def serve(study: "Study", options: argparse.Namespace) -> int:
    """Serve the page until Ctrl-C, or until the study turns out to be impossible."""
    from views.access import is_loopback, make_token, protect
    from views.app import make_app

    # Importing Keras and the first projection take longer than anything here: they go first.
    study.start()
    app = make_app(study)
    token = None if is_loopback(options.host) else make_token()
    protect(app.server, token)
    start_server(app.server, options.host, options.port)
    address = page_address(options.host, options.port, token, options.query)
    say(f"Innerview is at {address} (Ctrl-C stops it)")
    if options.open:
        import webbrowser

        webbrowser.open(address)
    Progress(study).watch()
    if study.failure is not None and study.failure.by_user:
        return report_failure(study, options.debug)
    for failure in study.failures:
        say_failure(failure.message, failure.trace, options.debug)
    Progress(study).watch(forever=True)
    return 0


def page_address(host: str, port: int, token: str | None, query: str | None) -> str:
    """Where the page is; it reads the query after the # itself."""
    from urllib.parse import quote

    where = f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
    shown = f"#query={quote(query.strip(), safe='')}" if query and query.strip() else ""
    return where + (f"?token={token}" if token else "") + shown


def start_server(server: "Flask", host: str, port: int) -> None:
    """Answer requests from a thread of their own.

    Raises:
        ServeError: the address cannot be listened on.
    """
    import waitress

    try:
        # A page asks for several arrays at once and must not wait for a slow one.
        waiting = waitress.create_server(server, host=host, port=port, threads=8)
    except OSError as error:
        raise _cannot_listen(host, port, error) from None
    threading.Thread(target=waiting.run, daemon=True, name="serve").start()


def check_port(host: str, port: int) -> None:
    """Find out before any work whether the address can be listened on.

    Raises:
        ServeError: it cannot.
    """
    import socket

    if not 0 < port < 65536:
        raise ServeError(f"--port must be from 1 to 65535; given was {port}.")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as probe:
            if sys.platform != "win32":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise _cannot_listen(host, port, error) from None


def _cannot_listen(host: str, port: int, error: OSError) -> ServeError:
    return ServeError(
        f"Port {port} of {host} cannot be used ({error.strerror or error}); another program may be "
        "listening there: name another port with --port."
    )


class Progress:
    """Progress in the terminal: a bar a stage, or a line a stage where it goes to a file."""

    def __init__(self, study: "Study") -> None:
        self.study = study
        self.bars: dict[str, tqdm[NoReturn]] = {}
        # Stages that a finished bar or line has told of already.
        self.told = {stage.id for stage in study.stages() if stage.state == "done"}

    def watch(self, forever: bool = False) -> None:
        """Draw the bars until everything is settled, or for ever."""
        pause = threading.Event()
        try:
            while forever or not self.study.settled:
                self.draw()
                pause.wait(POLL)
            self.draw()
        finally:
            for bar in self.bars.values():
                bar.close()

    def draw(self) -> None:
        for stage in self.study.stages():
            if stage.state == "waiting" or stage.id in self.told:
                continue
            if sys.stderr.isatty():
                self.draw_bar(stage)
            elif stage.state == "done":
                say(f"{stage.title}: done")
            if stage.state in ("done", "failed"):
                self.told.add(stage.id)

    def draw_bar(self, stage: "Stage") -> None:
        from tqdm import tqdm

        bar = self.bars.get(stage.id)
        if bar is None:
            layout = "{desc} {percentage:3.0f}% |{bar:24}| {elapsed}{postfix}"
            desc = f"{stage.title:<24.24}"
            bar = self.bars[stage.id] = tqdm(total=100, desc=desc, bar_format=layout)
        message = stage.message if stage.state == "running" else ""
        bar.set_postfix_str(message[:40], refresh=False)
        bar.update(round(100 * stage.fraction) - bar.n)
        bar.refresh()
        if stage.state in ("done", "failed"):
            bar.close()


def report_failure(study: "Study", debug: bool) -> int:
    """Say what failed; returns the exit code."""
    failure = study.failure or study.failures[0]
    say_failure(failure.message, failure.trace, debug)
    return USER_ERROR if failure.by_user else FAILURE


def say_failure(message: str, trace: str, debug: bool) -> None:
    if debug and trace:
        say(trace)
    say(f"analyzer.py: {message}")


def say(sentence: str) -> None:
    """Tell the user something; standard output is left to results."""
    from tqdm import tqdm

    tqdm.write(sentence, file=sys.stderr)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
