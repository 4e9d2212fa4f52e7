"""Routes: which stores are open, what runs they have, and which of them a query finds."""

from typing import Any

from flask import Flask, Response, request

from analysis.query import QueryError
from innerview.errors import StoreError
from views.query_api import describe_mistake
from views.routes import refuse
from views.training import query
from views.training.library import Library, Opened
from views.training.questions import (
    answer,
    asked_store,
    dumps,
    make_routes,
    read_body,
    read_text,
    without_credentials,
)
from views.training.runs import Table, Tables

MAX_ADDRESS = 4000
# A query may be of 1000 characters; a longer one is told of by the language itself.
MAX_QUERY = 16_384


def register(server: Flask, library: Library, tables: Tables, base_path: str = "/") -> None:
    """Add the routes to the server, below `base_path`."""
    api = make_routes("runs", base_path)

    @api.get("/stores")
    def stores() -> Response:
        every = [describe_store(opened) for opened in library.all()]
        return answer({"default": library.default.id, "stores": every})

    @api.post("/open")
    def open_store() -> Response:
        address = read_text(read_body(), "url", MAX_ADDRESS)
        try:
            return answer(describe_store(library.open(address)))
        except StoreError as error:
            refuse(400, without_credentials(str(error)))

    @api.get("/runs")
    def runs() -> Response:
        table = tables.read(asked_store(library))
        if request.args.get("since") == table.revision:
            return answer({"changed": False, "revision": table.revision})
        found = Response(describe_runs(table, _asked_query()), mimetype="application/json")
        found.headers["Cache-Control"] = "no-store"
        return found

    @api.post("/query")
    def ask() -> Response:
        table = tables.read(asked_store(library))
        text = read_text(read_body(), "query", MAX_QUERY, empty=True)
        try:
            hits = table.found(query.find(table.columns, text, len(table.ids)))
        except QueryError as error:
            refuse(400, **describe_mistake(error, text))
        return answer({"hits": hits, "count": len(hits)})

    @api.get("/query/help")
    def explain() -> Response:
        table = tables.read(asked_store(library))
        columns = query.describe_columns(table.columns)
        return answer({"columns": columns, "examples": query.examples(table.columns)})

    server.register_blueprint(api)


def describe_store(opened: Opened) -> dict[str, Any]:
    backend = opened.backend
    return {
        "id": opened.id,
        "title": without_credentials(backend.title),
        "kind": backend.kind,
        "writable": backend.writable,
    }


def describe_runs(table: Table, text: str) -> str:
    """The table as JSON, with what the query finds in it."""
    more: dict[str, Any] = {"hits": None}
    if text.strip():
        try:
            more["hits"] = table.found(query.find(table.columns, text, len(table.ids)))
        except QueryError as error:
            # A column that it names may have gone; the runs are shown all the same.
            more["mistake"] = error.message
    return f"{table.text},{dumps(more)[1:]}"


def _asked_query() -> str:
    text = request.args.get("query", "")
    if len(text) > MAX_QUERY:
        refuse(400, f"A query has at most {MAX_QUERY:,} characters.")
    return text
