"""What the table asks the server for: pages of rows, the whole order, and where a sample stands."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge

from analysis.samples import Samples
from analysis.selections import Selections
from util import UserError
from views import table_rows
from views.api import binary
from views.records import NotReady
from views.routes import make_blueprint
from views.table_filters import TableError
from views.table_rows import Order, Orders

if TYPE_CHECKING:
    from analysis.study import Study

# A query, filters and a sort: far less than this.
MAX_BODY = 64 * 1024

Body = dict[str, Any]


def register(server: Flask, study: "Study", base_path: str = "/") -> None:
    """Add the routes to the server, below `base_path`.

    Each takes a JSON object that says which rows are meant (see `table_rows.parse_view`), and
    answers mistakes with status 400 and a sentence, a study without samples with 409.
    """
    table = make_blueprint("table", base_path)
    source = Source(study)

    @table.post("/api/table/rows")
    def rows() -> Response:
        body = read_body()
        start, end = table_rows.parse_range(body)
        samples = source.samples()
        return jsonify(table_rows.page(samples, source.order(body), start, end))

    @table.post("/api/table/order")
    def order() -> Response:
        body = read_body()
        start, end = table_rows.parse_range(body, most=len(study.dataset))
        return binary(source.order(body)[start:end].astype("<i4", copy=False))

    @table.post("/api/table/position")
    def position() -> Response:
        body = read_body()
        index = table_rows.parse_index(body.get("index"), len(study.dataset))
        return jsonify({"position": table_rows.position(source.order(body), index)})

    @table.errorhandler(UserError)
    def explain(error: UserError) -> tuple[Response, int]:
        return jsonify({"message": str(error)}), 409 if isinstance(error, NotReady) else 400

    server.register_blueprint(table)


class Source:
    """The rows of a study, for whichever view a request describes."""

    def __init__(self, study: "Study") -> None:
        self._study = study
        self._orders = Orders()

    @cached_property
    def _selections(self) -> Selections:
        return Selections(self._study.task.cache, self._study.dataset)

    def samples(self) -> Samples:
        samples = self._study.samples
        if samples is None:
            raise NotReady("The losses are still being computed; the table fills once they are.")
        return samples

    def order(self, body: Body) -> Order:
        samples = self.samples()
        view = table_rows.parse_view(body, table_rows.describe_columns(samples))
        chosen = None
        if view.token is not None:
            chosen = self._selections.read(view.token)
            if chosen is None:
                raise TableError("This selection is no longer kept; select the images again.")
        return self._orders.order(samples, self._study.class_names, view, chosen)


def read_body() -> Body:
    """The request's JSON object.

    Raises:
        TableError: it is none, or far too long.
    """
    request.max_content_length = MAX_BODY
    try:
        body = request.get_json(force=True, silent=True)
    except (RequestEntityTooLarge, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise TableError("A request for rows is a short JSON object.")
    return body
