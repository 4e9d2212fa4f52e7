"""The confusion matrix as the browser takes it."""

from typing import TYPE_CHECKING

from flask import Flask, Response, jsonify
from numpy.typing import NDArray

from analysis.confusion import count_confusions, list_cells, order_by_similarity
from analysis.samples import LABEL, PREDICTED
from util import UserError
from views.api import binary
from views.records import measured
from views.routes import make_blueprint

if TYPE_CHECKING:
    import numpy as np

    from analysis.study import Study


def register(server: Flask, study: "Study", base_path: str = "/") -> None:
    """Add the routes to the server, below `base_path`; 409 while nothing is measured."""
    routes = make_blueprint("confusion", base_path)

    @routes.get("/api/confusion")
    def cells() -> Response:
        # Rows of label, prediction, count, the fullest first: a thousand classes have a million
        # cells, and few of them are not empty.
        answer = binary(list_cells(count(study)).astype("<i4", copy=False))
        answer.headers["X-Classes"] = str(len(study.class_names))
        return answer

    @routes.get("/api/confusion/order")
    def order() -> Response:
        return binary(order_by_similarity(count(study)).astype("<i4", copy=False))

    @routes.errorhandler(UserError)
    def explain(error: UserError) -> tuple[Response, int]:
        return jsonify(message=str(error)), 409

    server.register_blueprint(routes)


def count(study: "Study") -> "NDArray[np.int64]":
    """The study's confusion matrix, int64 (C, C), label in rows.

    Raises:
        NotReady: the samples are not measured yet.
    """
    samples = measured(study)
    return count_confusions(samples[LABEL], samples[PREDICTED], len(study.class_names))
