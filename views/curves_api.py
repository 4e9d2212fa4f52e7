"""Curves, calibration and figures of each class, as the browser takes them."""

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from flask import Flask, Response, jsonify, request

from analysis.curves.assessment import FIGURES, Assessment, Labelled, class_line
from analysis.curves.assessor import Assessor
from analysis.curves.calibration import Reliability
from analysis.curves.report import AVERAGES
from analysis.curves.threshold import (
    class_diagram,
    confidence_queries,
    outcome,
    outcome_queries,
)
from analysis.query.class_columns import probability_names
from analysis.query.tokens import quote_name
from views.api import binary
from views.routes import make_blueprint, refuse

if TYPE_CHECKING:
    from analysis.study import Study

EARLY = "The images have not been passed through the network yet."
NO_LABELS = "Without labels there are no curves."

# Characters of a threshold in an address.
LONGEST = 32


def register(server: Flask, study: "Study", base_path: str = "/") -> None:
    """Add the routes to the server, below `base_path`."""
    routes = make_blueprint("curves", base_path)
    assessor = Assessor(study)

    @routes.get("/api/curves")
    def figures() -> Response:
        found = assessor.ask()
        part, made = assessor.part(), found.assessment
        described = describe(made, part, study.class_names) if made and part else None
        return jsonify(
            {
                "state": found.state,
                "message": found.message,
                "fraction": found.fraction,
                "figures": described,
            }
        )

    @routes.get("/api/curves/lines")
    def lines() -> Response:
        if "class" in request.args:
            part = _part(assessor, study)
            number = _read_class(part)
            return _send_lines({number: class_line(part, number).stacked()})
        made = assessor.ask().assessment
        if made is None:
            refuse(409, EARLY)
        found = {int(number): made.line(int(number)) for number in made.line_classes}
        return _send_lines({number: line for number, line in found.items() if line is not None})

    @routes.get("/api/curves/threshold")
    def threshold() -> Response:
        part = _part(assessor, study)
        return jsonify(describe_threshold(part, study.class_names, _read_class(part), _read_at()))

    @routes.get("/api/curves/reliability")
    def reliability() -> Response:
        part = _part(assessor, study)
        return jsonify(describe_diagram(*class_diagram(part, study.class_names, _read_class(part))))

    server.register_blueprint(routes)


def describe(made: Assessment, part: Labelled, class_names: tuple[str, ...]) -> dict[str, Any]:
    """All figures, for JSON: what is not defined is None, an infinite loss a word."""
    columns = [quote_name(name) for name in probability_names(part.samples, class_names)]
    classes = [
        {
            "number": number,
            "name": name,
            # As it is typed in a query; a class without an output has none.
            "column": columns[number] if number < len(columns) else None,
            "support": int(made.support[number]),
            "called": int(made.called[number]),
            **_named(made.figures[number]),
        }
        for number, name in enumerate(class_names)
    ]
    diagram = Reliability(made.edges, made.counts, made.confidence, made.accuracy)
    return {
        "classes": classes,
        "averages": {name: _named(row) for name, row in zip(AVERAGES, made.averages, strict=True)},
        "support": int(made.support.sum()),
        "images": int(made.counts.sum()),
        "calibration": {
            "error": plain(made.errors[0]),
            "adaptive_error": plain(made.errors[1]),
            **describe_diagram(diagram, confidence_queries(part, diagram)),
        },
    }


def describe_diagram(diagram: Reliability, queries: list[str]) -> dict[str, Any]:
    """A reliability diagram: its error, and its bins, each with the query that finds its images."""
    names = ("from", "to", "count", "confidence", "accuracy", "query")
    edges = [float(np.format_float_positional(edge)) for edge in diagram.edges]
    rows = zip(
        edges[:-1],
        edges[1:],
        diagram.counts.tolist(),
        [plain(value) for value in diagram.confidence],
        [plain(value) for value in diagram.accuracy],
        queries,
        strict=True,
    )
    return {
        "error": plain(diagram.error),
        "bins": [dict(zip(names, row, strict=True)) for row in rows],
    }


def describe_threshold(
    part: Labelled, class_names: tuple[str, ...], number: int, threshold: float
) -> dict[str, Any]:
    """What a threshold of a class comes to, and the queries that find it."""
    found = outcome(part, number, threshold)
    return {
        "class": number,
        "threshold": threshold,
        "counts": {"tp": found.tp, "fp": found.fp, "fn": found.fn, "tn": found.tn},
        "precision": found.precision,
        "recall": found.recall,
        "f1": found.f1,
        "false_positive_rate": found.false_positive_rate,
        "queries": outcome_queries(part, class_names, number, threshold),
    }


def plain(value: float) -> float | str | None:
    """A number for JSON, which has neither NaN nor infinity."""
    if math.isnan(value):
        return None
    return float(value) if math.isfinite(value) else "Infinity"


def _named(row: Any) -> dict[str, Any]:
    return {name: plain(value) for name, value in zip(FIGURES, row, strict=True)}


def _part(assessor: Assessor, study: "Study") -> Labelled:
    part = assessor.part()
    if part is None:
        refuse(409, EARLY if study.samples is None else NO_LABELS)
    return part


def _read_class(part: Labelled) -> int:
    """The class that a request means: one with an output."""
    number = request.args.get("class", -1, int)
    if not 0 <= number < part.outputs:
        refuse(404, f"Classes with an output are counted from 0 to {part.outputs - 1:,}.")
    return number


def _read_at() -> float:
    """The threshold of a request."""
    text = request.args.get("at", "")
    try:
        value = float(text) if len(text) <= LONGEST else math.nan
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        refuse(400, "A threshold is a number from 0 to 1.")
    return value


def _send_lines(lines: "dict[int, Any]") -> Response:
    """Lines as float64, (points, 5), one behind the other; X-Lines has [class, points] of each."""
    answer = binary(np.concatenate([np.zeros((0, 5)), *lines.values()]).astype("<f8", copy=False))
    answer.headers["X-Lines"] = json.dumps([[number, len(line)] for number, line in lines.items()])
    return answer
