"""Stores of runs for the tests of the page Training, and their routes without a browser."""

import json
import struct
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from flask import Flask
from flask.testing import FlaskClient
from numpy.typing import ArrayLike, NDArray

from innerview.records import PIECE, Points, Record, RunChanged, RunStarted, Value
from views.training import routes
from views.training.library import Library, Opened

STARTED = 1_700_000_000.0


def open_library(folder: Path) -> Library:
    return Library(str(folder / "runs"))


def client_of(library: Library, base_path: str = "/") -> FlaskClient:
    server = Flask(__name__)
    routes.register(server, library, base_path, alone=True)
    return server.test_client()


def ask(client: FlaskClient, path: str, **query: Any) -> Any:
    """The answer of a route of the page."""
    return client.get(f"/api/training/{path}", query_string=query)


def run_records(
    run: str,
    parameters: Mapping[str, Value] | None = None,
    *,
    name: str = "",
    started: float = STARTED,
    status: str = "done",
    updated: float | None = None,
) -> list[Record]:
    """A run that took a minute."""
    last = started + 60 if updated is None else updated
    return [
        RunStarted(run, name or f"run {run}", "default", started, {"host": "here"}),
        RunChanged(run, last, parameters or {}, status),
    ]


def scalar_records(
    run: str,
    tag: str,
    values: ArrayLike,
    steps: ArrayLike | None = None,
    times: ArrayLike | None = None,
) -> list[Record]:
    y = np.asarray(values, np.float64)
    x = np.arange(len(y)) if steps is None else np.asarray(steps, np.int64)
    t = STARTED + np.arange(len(y)) / 10 if times is None else np.asarray(times, np.float64)
    pieces = range(0, len(y), PIECE)
    return [
        Points(run, tag, "w", at // PIECE, *(part[at : at + PIECE] for part in (x, t, y)))
        for at in pieces
    ]


def write(opened: Opened, *records: Sequence[Record]) -> None:
    opened.backend.write([record for part in records for record in part])


def alive_now() -> dict[str, Any]:
    """What makes `run_records` a run that is still going."""
    return {"status": "running", "started": time.time() - 10, "updated": time.time()}


def unpack(content: bytes) -> tuple[dict[str, Any], NDArray[np.float64]]:
    """The header and the numbers of an answer of api/training/curves."""
    (length,) = struct.unpack("<I", content[:4])
    assert (4 + length) % 8 == 0
    return json.loads(content[4 : 4 + length]), np.frombuffer(content[4 + length :], "<f8")
