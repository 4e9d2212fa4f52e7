"""The store that a request wants to change, and its runs."""

from collections.abc import Sequence

from innerview.stores.base import Backend, Run
from views.routes import refuse
from views.training.library import Library, Opened
from views.training.questions import asked_store

# Stores that other programs write, by their kinds.
FOREIGN = {"tensorboard": "a TensorBoard log folder", "csv": "a .csv file of Keras's CSVLogger"}


def writable(library: Library) -> Opened:
    """The store of the request; one that can only be read ends it with a sentence."""
    opened = asked_store(library)
    if not opened.backend.writable:
        refuse(409, read_only(opened.backend))
    return opened


def read_only(backend: Backend) -> str:
    """Why nothing can be changed in a store, and what to do."""
    foreign = FOREIGN.get(backend.kind)
    if foreign is None:
        return (
            f"{backend.title} can only be read, as this user may not write there: make its folder "
            "writable, or work on a copy of it."
        )
    return (
        f"{backend.title} is {foreign}, which is only read here: runs that are logged with "
        "innerview.SummaryWriter can be named, tagged, annotated and deleted; open a folder of "
        "such runs, or a new one, at the top of the page."
    )


def find_runs(backend: Backend, ids: Sequence[str]) -> list[Run]:
    """The runs of these ids, in their order; one that is not there ends the request."""
    known = {run.id: run for run in backend.runs()}
    missing = next((id for id in ids if id not in known), None)
    if missing is not None:
        refuse(404, f"There is no run {missing} in {backend.title}; it may have been erased.")
    return [known[id] for id in ids]
