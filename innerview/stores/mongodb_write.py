"""Records into a MongoDB, each of them as often as its writer likes.

There may be no transactions, so the order keeps things whole: the runs, then their numbers, then
what is known of those, then the revision that tells readers. Whatever is broken off is put right
by sending the same records again, which writers do until they have an answer.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from innerview.records import Checkpoint, ClassPoints, Points, Record, RunChanged, RunStarted
from innerview.stores import mongodb_runs, mongodb_series
from innerview.stores.mongodb_connection import Connection, Overtaken
from innerview.stores.mongodb_documents import (
    COLLECTION_OF,
    Document,
    Item,
    check_size,
    identity,
    kind_of,
    pack_checkpoint,
    pack_class_points,
    pack_item,
    pack_points,
    unpack_points,
)


def write(connection: Connection, records: Sequence[Record]) -> None:
    """See Backend.write.

    Raises:
        RefusedError: a record can never be kept; then nothing is written.
    """
    for record in records:
        _check(record)
    kept = _without_erased(connection, records)
    changed = _write_runs(connection, kept)
    changed |= _write_points(connection, [r for r in kept if isinstance(r, Points)])
    changed |= _write_checkpoints(connection, [r for r in kept if isinstance(r, Checkpoint)])
    changed |= _write_class_points(connection, [r for r in kept if isinstance(r, ClassPoints)])
    by_kind: dict[str, list[Item]] = defaultdict(list)
    for record in kept:
        if not isinstance(record, RunStarted | RunChanged | Points | Checkpoint | ClassPoints):
            by_kind[kind_of(record)].append(record)
    for kind, items in by_kind.items():
        changed |= _write_items(connection, kind, items)
    if changed:
        count_revision(connection)


def count_revision(connection: Connection) -> None:
    """Tell readers that something has changed."""
    connection["meta"].update_one({"_id": "revision"}, {"$inc": {"value": 1}}, upsert=True)


def _check(record: Record) -> None:
    if isinstance(record, RunStarted | RunChanged):
        return  # mongodb_runs looks at the whole document
    if isinstance(record, Points):
        check_size(pack_points(record), f"A piece of the curve {record.tag}")
    elif isinstance(record, Checkpoint):
        check_size(pack_checkpoint(record), "A checkpoint's path")
    elif isinstance(record, ClassPoints):
        check_size(pack_class_points(record), f"The points of the map {record.tag}")
    else:
        check_size(pack_item(record), f"The {kind_of(record)} {record.tag}")


def _without_erased(connection: Connection, records: Sequence[Record]) -> list[Record]:
    """Those whose runs were not erased for good; a later start brings a run back."""
    runs = sorted({record.run for record in records})
    erased = {
        found["_id"]: float(found["time"])
        for found in connection["erased"].find({"_id": {"$in": runs}})
    }
    kept = []
    for record in records:
        gone = erased.get(record.run)
        if gone is not None and isinstance(record, RunStarted) and record.time > gone:
            connection["erased"].delete_one({"_id": record.run})
            del erased[record.run]
            gone = None
        if gone is None:
            kept.append(record)
    return kept


def _write_runs(connection: Connection, records: Sequence[Record]) -> bool:
    by_run: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        by_run[record.run].append(record)
    told = {r.run for r in records if isinstance(r, RunStarted | RunChanged)}
    # Most batches hold nothing but numbers of a run that is there.
    there = {
        found["_id"]
        for found in connection["runs"].find({"_id": {"$in": sorted(by_run)}}, {"_id": 1})
    }
    changed = False
    for run, its_records in by_run.items():
        if run in told or run not in there:
            changed |= mongodb_runs.write(connection["runs"], run, its_records)
    return changed


def _write_points(connection: Connection, pieces: Sequence[Points]) -> bool:
    # Of several versions of a piece the last is the longest.
    wanted = {identity(p.run, p.tag, p.writer, p.number): p for p in pieces if len(p.steps)}
    names = {
        id: mongodb_series.name_series(piece.run, piece.tag, "scalar", piece.writer)
        for id, piece in wanted.items()
    }
    changed = False
    while wanted:
        # The summaries before the pieces: what another program adds between is then counted once.
        summaries = mongodb_series.load(connection, names.values())
        known = _known_pieces(connection, list(wanted))
        wanted = {
            id: piece
            for id, piece in wanted.items()
            if len(piece.steps) > known.get(id, {"count": 0})["count"]
        }
        if wanted:
            changed = True
            touched = {names[id]["_id"]: names[id] for id in wanted}
            mongodb_series.mark(connection, list(touched.values()))
            wanted = {id: _with_corrections(wanted[id], known.get(id)) for id in wanted}
            if _put_pieces(connection, wanted, known):
                _summarize(connection, wanted, names, known, summaries)
                wanted = {}
            else:
                # Another program was quicker with one of them: look again.
                for name in touched.values():
                    mongodb_series.renew(connection, name)
    return changed


def _known_pieces(connection: Connection, ids: list[str]) -> dict[str, Document]:
    """Id -> count and corrected; with the values of those that a person corrected."""
    plain = {"count": 1, "corrected": 1}
    points = connection["points"]
    known = {found["_id"]: found for found in points.find({"_id": {"$in": ids}}, plain)}
    corrected = [id for id, found in known.items() if found["corrected"]]
    if corrected:
        known |= {found["_id"]: found for found in points.find({"_id": {"$in": corrected}})}
    return known


def _with_corrections(piece: Points, known: Document | None) -> Points:
    """What was corrected stays so when the piece comes again, and longer."""
    if known is None or not known["corrected"]:
        return piece
    before = unpack_points(known).values
    values = np.concatenate([before, piece.values[len(before) :]])
    return Points(
        piece.run, piece.tag, piece.writer, piece.number, piece.steps, piece.times, values
    )


def _put_pieces(
    connection: Connection, pieces: dict[str, Points], known: dict[str, Document]
) -> bool:
    """False if one of them is no longer what it was known to be."""
    changes = []
    for id, piece in pieces.items():
        before = known.get(id, {"count": 0, "corrected": 0})
        fields = pack_points(piece) | {"corrected": before["corrected"]}
        there = {"_id": id, "count": before["count"], "corrected": before["corrected"]}
        changes.append((there, {"$set": fields}))
    try:
        connection.upsert("points", changes)
    except Overtaken:
        return False
    return True


def _summarize(
    connection: Connection,
    pieces: dict[str, Points],
    names: dict[str, Document],
    known: dict[str, Document],
    summaries: dict[str, Document],
) -> None:
    """Add what is new in the pieces to the summaries of their curves."""
    new: dict[str, Document] = {}
    for id, piece in sorted(pieces.items(), key=lambda entry: entry[1].number):
        series = names[id]["_id"]
        if series in summaries and summaries[series]["marked"]:
            run, tag, writer = piece.run, piece.tag, piece.writer
            new[series] = mongodb_series.of_points(connection, run, tag, writer)
            continue
        first = known.get(id, {"count": 0})["count"]
        before = new.get(series) or summaries.get(series, {}).get("summary")
        new[series] = mongodb_series.add_points(
            before, piece.steps[first:], piece.times[first:], piece.values[first:],
        )  # fmt: skip
    mongodb_series.settle(connection, new)


def _write_items(connection: Connection, kind: str, items: Sequence[Item]) -> bool:
    collection = connection[COLLECTION_OF[kind]]
    by_id = {identity(item.run, item.id): item for item in items}
    there = collection.find({"_id": {"$in": list(by_id)}}, {"_id": 1})
    for found in there:
        # One that a person changed or removed is there already.
        del by_id[found["_id"]]
    if not by_id:
        return False
    touched = {(item.run, item.tag) for item in by_id.values()}
    names = [mongodb_series.name_series(run, tag, kind) for run, tag in sorted(touched)]
    mongodb_series.mark(connection, names)
    made = [({"_id": id}, {"$setOnInsert": pack_item(item)}) for id, item in by_id.items()]
    connection.upsert(COLLECTION_OF[kind], made)
    for name in names:
        mongodb_series.renew(connection, name)
    return True


def _write_checkpoints(connection: Connection, checkpoints: Sequence[Checkpoint]) -> bool:
    made = [
        ({"_id": identity(each.run, each.id)}, {"$setOnInsert": pack_checkpoint(each)})
        for each in checkpoints
    ]
    return bool(made) and connection.upsert("checkpoints", made) > 0


def _write_class_points(connection: Connection, samples: Sequence[ClassPoints]) -> bool:
    made = [
        ({"_id": identity(each.run, each.id)}, {"$setOnInsert": pack_class_points(each)})
        for each in samples
    ]
    if not made or not connection.upsert("class_points", made):
        return False
    for run, tag in sorted({(each.run, each.tag) for each in samples}):
        # Whoever shows the maps of this tag has to look again.
        name = mongodb_series.name_series(run, tag, "map")
        mongodb_series.mark(connection, [name])
        mongodb_series.renew(connection, name)
    return True
