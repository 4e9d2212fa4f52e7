"""Every scalar of runs as a file for other programs: CSV, Parquet or JSON, one row a point."""

import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from views.training.curves import EPOCH
from views.training.curves_axes import interpolate_epochs
from views.training.curves_cache import Curves
from views.training.library import Opened
from views.training.questions import dumps
from views.training.runs_catalog import Snapshot

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = ("run", "name", "tag", "step", "epoch", "time", "value")

# Points that are written at once.
PIECE = 100_000


def read_tables(
    opened: Opened,
    snapshot: Snapshot,
    curves: Curves,
    runs: Sequence[str],
    tags: Sequence[str] | None,
) -> Iterator["pa.Table"]:
    """The scalars of runs in long form: a table for each run that has any, of COLUMNS.

    run, name and tag are text; step int64; epoch float64, missing where the run logs none; time
    float64, seconds since 1970; value float64, which may be NaN or infinite. Points are in the
    order in which they were written.

    Args:
        tags: those wanted; None for all.

    Raises:
        StoreError: the store is lost.
    """
    for run in runs:
        known = [tag for tag in snapshot.scalars(run) if tags is None or tag in tags]
        if known:
            yield _read_run(opened, snapshot, curves, run, known)


def _read_run(
    opened: Opened, snapshot: Snapshot, curves: Curves, run: str, tags: Sequence[str]
) -> "pa.Table":
    import pyarrow as pa

    *scalars, epochs = curves.read(opened, snapshot, [(run, tag) for tag in (*tags, EPOCH)])
    found = [scalar for scalar in scalars if scalar is not None]
    counts = [len(scalar.steps) for scalar in found]
    steps = np.concatenate([scalar.steps for scalar in found])
    done = None if epochs is None else interpolate_epochs(steps.astype(np.float64), epochs)
    empty = pa.nulls(len(steps), pa.float64())
    columns = [
        _repeated([run], [len(steps)]),
        _repeated([snapshot.runs[run].name], [len(steps)]),
        _repeated(tags, counts),
        pa.array(steps),
        empty if done is None else pa.array(done),
        pa.array(np.concatenate([scalar.times for scalar in found])),
        pa.array(np.concatenate([scalar.values for scalar in found])),
    ]
    return pa.table(columns, names=list(COLUMNS))


def _repeated(texts: Sequence[str], counts: Sequence[int]) -> "pa.Array":
    """Each text so many times."""
    import pyarrow as pa

    # What no file could hold is replaced.
    values = pa.array([text.encode("utf-8", "replace").decode() for text in texts], pa.string())
    return values.take(pa.array(np.repeat(np.arange(len(texts)), counts)))


def csv_parts(tables: Iterable["pa.Table"]) -> Iterator[bytes]:
    """CSV in UTF-8 with a header, piece by piece.

    Numbers are written with the fewest digits that give the same number again, an epoch that is
    missing as nothing. Text is written as it is: a name that begins with "=" is a formula to a
    spreadsheet.
    """
    from pyarrow import csv

    yield (",".join(COLUMNS) + "\r\n").encode()
    options = csv.WriteOptions(include_header=False)
    for table in tables:
        buffer = io.BytesIO()
        csv.write_csv(table, buffer, options)
        yield buffer.getvalue()


def json_parts(tables: Iterable["pa.Table"]) -> Iterator[bytes]:
    """A JSON list of objects, piece by piece; NaN is null, infinities are "inf" and "-inf"."""
    yield b"["
    comma = ""
    for table in tables:
        for piece in table.to_batches(max_chunksize=PIECE):
            rows: list[dict[str, Any]] = piece.to_pylist()
            if rows:
                yield (comma + ",\n".join(map(dumps, rows))).encode()
                comma = ",\n"
    yield b"]\n"


def parquet_parts(tables: Iterable["pa.Table"]) -> Iterator[bytes]:
    """Parquet, a group of rows for each run."""
    import pyarrow.parquet as pq

    tables = iter(tables)
    first = next(tables, None)
    if first is None:
        return
    buffer = io.BytesIO()
    with pq.ParquetWriter(buffer, first.schema) as writer:
        for table in itertools.chain([first], tables):
            writer.write_table(table)
    yield buffer.getvalue()


FORMATS = {
    "csv": (csv_parts, "text/csv; charset=utf-8"),
    "parquet": (parquet_parts, "application/vnd.apache.parquet"),
    "json": (json_parts, "application/json"),
}
