"""Runs in a MongoDB: for teams and many machines."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from innerview.errors import ReadOnlyError, StoreError
from innerview.records import (
    Checkpoint,
    ClassMap,
    ClassPoints,
    Curve,
    Histogram,
    Record,
    Text,
)
from innerview.stores import mongodb_documents as documents
from innerview.stores.base import ClassMapInfo, ImageInfo, Run, Scalar, Series
from innerview.stores.mongodb_connection import Connection, Document, parse
from innerview.stores.mongodb_runs import edit, unpack_run
from innerview.stores.packing import join_pieces

# Curves asked for at once: a query with more names than this is cut into several.
_MANY = 500


def open_mongodb(url: str) -> "MongoBackend":
    """The store in a database, which need not be there yet.

    Args:
        url: mongodb://[USER:PASSWORD@]HOST[:PORT][/DATABASE[.PREFIX]][?OPTIONS].

    Raises:
        StoreError: no database answers there, or the address is wrong.
    """
    return MongoBackend(url)


class MongoBackend:
    """See innerview.stores.base.Backend."""

    kind = "mongodb"
    folder: str | None = None

    def __init__(self, url: str) -> None:
        self._connection = Connection(parse(url))
        self._writable = True
        try:
            self._prepare()
        except StoreError:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        with self._connection.speaking():
            self._connection.ping()
        try:
            with self._connection.speaking(writing=True):
                self._connection.make_indexes()
                self._connection["meta"].update_one(
                    {"_id": "revision"},
                    {"$setOnInsert": {"value": 0, "store": secrets.token_hex(6)}},
                    upsert=True,
                )
        except ReadOnlyError:
            self._writable = False

    @property
    def title(self) -> str:
        return self._connection.address.title

    @property
    def writable(self) -> bool:
        return self._writable

    def close(self) -> None:
        self._connection.close()

    def write(self, records: Sequence[Record]) -> None:
        from innerview.stores import mongodb_write

        # A record that can never be kept is no StoreError: its writer would wait for ever.
        with self._writing() as connection:
            mongodb_write.write(connection, records)

    def revision(self) -> str:
        with self._reading() as connection:
            found = connection["meta"].find_one({"_id": "revision"}) or {}
        # The store's own name is in it: a database that was made anew is another store.
        return f"{found.get('store', '')}-{found.get('value', 0)}"

    def runs(self) -> list[Run]:
        with self._reading() as connection:
            found = [unpack_run(document) for document in connection["runs"].find()]
        return sorted(found, key=lambda run: (run.started, run.id))

    def series(self, run: str | None = None) -> list[Series]:
        from innerview.stores import mongodb_series

        by_tag: dict[tuple[str, str, str], list[Document]] = {}
        with self._reading() as connection:
            for found in list(connection["series"].find({} if run is None else {"run": run})):
                if mongodb_series.is_marked(found) and self._writable:
                    found["summary"] = mongodb_series.renew(connection, found)
                if found["summary"]["count"]:
                    key = (found["tag"], found["run"], found["kind"])
                    by_tag.setdefault(key, []).append(found)
        return [mongodb_series.merge(by_tag[key]) for key in sorted(by_tag)]

    def scalars(self, wanted: Sequence[tuple[str, str]]) -> list[Scalar]:
        pieces: dict[tuple[str, str], list[tuple[str, int, bytes]]] = {key: [] for key in wanted}
        with self._reading() as connection:
            for asked in _queries(list(pieces)):
                found = connection["points"].find(asked)
                for piece in sorted(found, key=lambda each: (each["writer"], each["number"])):
                    arrays = documents.unpack_points(piece)
                    packed = (arrays.steps, arrays.times, arrays.values)
                    content = b"".join(array.tobytes() for array in packed)
                    row = (piece["writer"], len(arrays.steps), content)
                    pieces[piece["run"], piece["tag"]].append(row)
        return [join_pieces(pieces[key]) for key in wanted]

    def histograms(self, run: str, tag: str) -> list[Histogram]:
        found = self._items("histograms", {"run": run, "tag": tag})
        return sorted(map(documents.unpack_histogram, found), key=_by_step)

    def images(self, run: str, tag: str) -> list[ImageInfo]:
        found = self._items("images", {"run": run, "tag": tag}, {"png": 0})
        return sorted(map(documents.unpack_image, found), key=_by_step)

    def image(self, run: str, id: str) -> bytes | None:
        found = self._items("images", {"_id": documents.identity(run, id)})
        return bytes(found[0]["png"]) if found else None

    def texts(self, run: str | None = None) -> list[Text]:
        asked = {} if run is None else {"run": run}
        found = self._items("texts", asked | {"removed": 0})
        return sorted(map(documents.unpack_text, found), key=lambda text: (text.time, text.id))

    def curves(self, run: str, tag: str) -> list[Curve]:
        found = self._items("curves", {"run": run, "tag": tag})
        return sorted(map(documents.unpack_curve, found), key=_by_step)

    def class_maps(self, run: str, tag: str) -> list[ClassMapInfo]:
        found = self._items("class_maps", {"run": run, "tag": tag}, {"content": 0})
        return sorted(map(documents.unpack_class_map_info, found), key=_by_step)

    def class_map(self, run: str, id: str) -> ClassMap | None:
        found = self._items("class_maps", {"_id": documents.identity(run, id)})
        return documents.unpack_class_map(found[0]) if found else None

    def class_points(self, run: str, tag: str) -> ClassPoints | None:
        with self._reading() as connection:
            asked = connection["class_points"].find({"run": run, "tag": tag})
            found = list(asked.sort("time", -1).limit(1))
        return documents.unpack_class_points(found[0]) if found else None

    def checkpoints(self, run: str | None = None) -> list[Checkpoint]:
        found = self._items("checkpoints", {} if run is None else {"run": run})
        checkpoints = map(documents.unpack_checkpoint, found)
        return sorted(checkpoints, key=lambda checkpoint: (checkpoint.time, checkpoint.id))

    def edit(self, run: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        from innerview.stores.mongodb_write import count_revision

        with self._changing() as connection:
            changed, undo = edit(connection["runs"], run, changes)
            if changed:
                count_revision(connection)
        return undo

    def put_text(self, text: Text) -> None:
        from innerview.stores import mongodb_change

        with self._changing() as connection:
            mongodb_change.put_text(connection, text)

    def remove_text(self, run: str, id: str) -> None:
        from innerview.stores import mongodb_change

        with self._changing() as connection:
            mongodb_change.remove_text(connection, run, id)

    def correct(self, run: str, tag: str, step: int, value: float) -> int:
        from innerview.stores import mongodb_change

        with self._changing() as connection:
            return mongodb_change.correct(connection, run, tag, step, value)

    def erase(self, run: str) -> None:
        from innerview.stores import mongodb_change

        with self._changing() as connection:
            mongodb_change.erase(connection, run)

    def _items(
        self, name: str, asked: Mapping[str, Any], fields: Mapping[str, int] | None = None
    ) -> list[Document]:
        with self._reading() as connection:
            return list(connection[name].find(asked, fields))

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._connection.speaking():
            yield self._connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        if not self._writable:
            raise ReadOnlyError(f"The database {self.title} lets this user only read.")
        with self._connection.speaking(writing=True):
            yield self._connection

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        try:
            with self._writing() as connection:
                yield connection
        except documents.RefusedError as error:
            raise StoreError(str(error)) from None


def _queries(keys: Sequence[tuple[str, str]]) -> Iterator[Document]:
    """The fewest queries for curves of (run, tag): a query for each tag, or for each run."""
    runs_of: dict[str, list[str]] = {}
    tags_of: dict[str, list[str]] = {}
    for run, tag in keys:
        runs_of.setdefault(tag, []).append(run)
        tags_of.setdefault(run, []).append(tag)
    by_tag = len(runs_of) <= len(tags_of)
    one, many = ("tag", "run") if by_tag else ("run", "tag")
    for name, others in (runs_of if by_tag else tags_of).items():
        for first in range(0, len(others), _MANY):
            yield {one: name, many: {"$in": others[first : first + _MANY]}}


def _by_step(record: Histogram | ImageInfo | Curve | ClassMapInfo) -> tuple[int, float, str]:
    return record.step, record.time, record.id
