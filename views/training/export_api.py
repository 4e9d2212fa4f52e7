"""Route: every scalar of the runs that a query finds, as a file."""

import itertools
import json
from collections.abc import Sequence

from flask import Flask, Response, request

from analysis.query import QueryError
from views.query_api import describe_mistake
from views.routes import refuse
from views.training import query
from views.training.curves_cache import Curves
from views.training.export import FORMATS, read_tables
from views.training.library import Library
from views.training.questions import asked_store, make_routes
from views.training.runs import Table, Tables


def register(
    server: Flask, library: Library, tables: Tables, curves: Curves, base_path: str = "/"
) -> None:
    """Add the route to the server, below `base_path`.

    ?format=csv, parquet or json; ?query= as in the page; ?tags= a JSON list, one tag, or several
    with commas between them, all without; ?runs= a JSON list of ids, all without. Hidden runs are
    left out unless they are named.
    """
    api = make_routes("export", base_path)

    @api.get("/export")
    def export() -> Response:
        opened = asked_store(library)
        table = tables.read(opened)
        form = request.args.get("format", "csv")
        if form not in FORMATS:
            refuse(400, f"Runs are exported as {', '.join(FORMATS)}.")
        runs = _asked_runs(table)
        tags = _asked_tags(table.snapshot.tags()["scalars"])
        write, mimetype = FORMATS[form]
        found = read_tables(opened, table.snapshot, curves, runs, tags)
        # The first run is read now, while a lost store can still be told of.
        first = next(found, None)
        if first is None:
            refuse(404, "There are no scalars to export: no run that is shown has any of these.")
        answer = Response(write(itertools.chain([first], found)), mimetype=mimetype)
        answer.headers["Content-Disposition"] = f'attachment; filename="scalars.{form}"'
        answer.headers["Cache-Control"] = "no-store"
        return answer

    server.register_blueprint(api)


def _asked_runs(table: Table) -> list[str]:
    """The runs that are named, or else those that are shown; of them those that the query finds."""
    text = request.args.get("query", "")
    try:
        hits = table.found(query.find(table.columns, text, len(table.ids)))
    except QueryError as error:
        refuse(400, **describe_mistake(error, text))
    named = _read_list(request.args.get("runs", ""))
    if named is not None:
        chosen = set(named)
        return [id for id in hits if id in chosen]
    return [id for id in hits if not table.snapshot.runs[id].hidden]


def _asked_tags(known: Sequence[str]) -> list[str] | None:
    text = request.args.get("tags", "")
    if not text:
        return None
    listed = _read_list(text)
    if listed is not None:
        return listed
    return [text] if text in known else [part.strip() for part in text.split(",")]


def _read_list(text: str) -> list[str] | None:
    """A JSON list of texts; None for what is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        return None
    return found
