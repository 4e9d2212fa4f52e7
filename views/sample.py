"""One sample in words and bars: the upper half of the inspector."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from dash import html
from dash.development.base_component import Component
from numpy.typing import NDArray

from views import figures, text
from views.images import image, is_small
from views.markup import attributes

if TYPE_CHECKING:
    from analysis.study import Study

# Up to here all classes are listed, in their own order; beyond, only the most probable ones.
ALL_CLASSES, TOP_CLASSES = 12, 10


@dataclass(frozen=True, slots=True)
class Scores:
    """What the network says about a sample; entropy and loss in nats, the others 0 to 1."""

    predicted: int
    confidence: float
    margin: float
    entropy: float
    loss: float


@dataclass(frozen=True, slots=True)
class Facts:
    """A sample's identity, and its scores once the forward pass is done."""

    index: int
    id: str
    label: int
    label_name: str
    predicted_name: str
    scores: Scores | None

    @property
    def is_wrong(self) -> bool:
        return self.scores is not None and self.scores.predicted != self.label


def read_facts(study: "Study", index: int) -> Facts:
    dataset, samples = study.dataset, study.samples
    scores = None
    if samples is not None:
        scores = Scores(
            predicted=int(samples["predicted"][index]),
            confidence=float(samples["confidence"][index]),
            margin=float(samples["margin"][index]),
            entropy=float(samples["entropy"][index]),
            loss=float(samples["loss"][index]),
        )
    label = int(dataset.labels[index])
    names = study.class_names
    predicted_name = "" if scores is None else names[scores.predicted]
    return Facts(index, str(dataset.ids[index]), label, names[label], predicted_name, scores)


def summary(facts: Facts) -> str:
    """The basics in one sentence, for those who hear the page."""
    start = f"Image {facts.index}: label {facts.label_name}"
    if facts.scores is None:
        return f"{start}."
    verdict = "wrong" if facts.is_wrong else "right"
    loss = text.decimal(facts.scores.loss)
    return f"{start}, predicted {facts.predicted_name}, {verdict}, loss {loss} nats."


def portrait(facts: Facts, shape: tuple[int, int] | None) -> Component:
    """The image with its numbers: side by side when it is small, else below each other."""
    picture = image(facts.index, shape, f"Image {facts.index}, labelled {facts.label_name}")
    return html.Div(
        [
            html.Div(
                [html.Div(picture, className="portrait-image"), html.Dl(fact_rows(facts))],
                className="portrait small" if is_small(shape) else "portrait",
            ),
            identity(facts.id, facts.index),
        ]
    )


def fact_rows(facts: Facts) -> list[Component]:
    rows: list[tuple[str, Component | str]] = [
        ("index", str(facts.index)),
        ("label", html.Span(facts.label_name, title=facts.label_name, className="clamp")),
    ]
    scores = facts.scores
    if scores is not None:
        rows += [
            ("predicted", verdict(facts)),
            ("loss", html.Span([text.decimal(scores.loss), html.Small(" nats")])),
            ("confidence", text.percent(scores.confidence)),
            ("margin", text.decimal(scores.margin)),
            ("entropy", html.Span([text.decimal(scores.entropy), html.Small(" nats")])),
        ]
    return [part for name, value in rows for part in (html.Dt(name), html.Dd(value))]


def verdict(facts: Facts) -> Component:
    """The predicted class, with a mark and a word besides its colour."""
    mark, word = ("✕", "wrong") if facts.is_wrong else ("✓", "right")
    return html.Span(
        [
            html.Span(mark, className="mark", **attributes(aria_hidden="true")),
            facts.predicted_name,
            html.Span(f" ({word})", className="visually-hidden"),
        ],
        className="clamp bad" if facts.is_wrong else "clamp good",
        title=f"{facts.predicted_name} ({word})",
    )


def identity(id_: str, index: int) -> Component:
    """The sample's id with a button that copies it, and one that asks for similar images."""
    uses = attributes(data_copy=id_, aria_label=f"Copy {id_}")
    copy = html.Button("copy", type="button", className="quiet", **uses)
    asks = attributes(data_similar=index, aria_label=f"Find images similar to image {index}")
    find = html.Button("find similar", type="button", className="quiet", **asks)
    return html.Div([html.Code(id_, title="id"), copy, find], className="identity")


def listed_classes(probabilities: NDArray[np.float32], label: int) -> list[int]:
    """The classes worth a bar: all in their order if they are few, else the most probable ones and,
    at its rank, the label.
    """
    if len(probabilities) <= ALL_CLASSES:
        return list(range(len(probabilities)))
    ranked = np.argsort(-probabilities, kind="stable")[:TOP_CLASSES].tolist()
    return ranked if label in ranked else [*ranked, label]


def probability_bars(
    probabilities: NDArray[np.float32], facts: Facts, class_names: tuple[str, ...]
) -> Component:
    """A bar a class; the label carries a diamond, the prediction bold type.

    Args:
        probabilities: float32, (C,), 0 to 1.
    """
    listed = listed_classes(probabilities, facts.label)
    all_ = len(probabilities)
    note = "◆ the label" + (f", top {TOP_CLASSES} of {all_:,}" if all_ > len(listed) else "")
    rows = [bar(k, float(probabilities[k]), class_names[k], facts) for k in listed]
    return html.Div(
        [
            html.H3(["Probabilities ", html.Small(note)]),
            html.Div(rows, className="bars", role="list"),
        ]
    )


def bar(class_index: int, probability: float, name: str, facts: Facts) -> Component:
    is_label = class_index == facts.label
    is_predicted = facts.scores is not None and class_index == facts.scores.predicted
    wrong = is_predicted and not is_label
    value = text.percent(probability) if probability >= 0.0005 else "·"
    kind = " ".join(
        name
        for name, on in (("label", is_label), ("predicted", is_predicted), ("wrong", wrong))
        if on
    )
    words = f"{name}: {text.percent(probability)}" + (", the label" if is_label else "")
    color = figures.class_color(class_index)
    fill = html.I(style={"width": f"{100 * probability:.2f}%", "background": color})
    return html.Div(
        [
            html.Span("◆" if is_label else "", className="diamond"),
            html.Span(name, className="bar-name", title=name),
            html.Div(fill, className="bar-track"),
            html.Span(value, className="bar-value"),
        ],
        className=f"bar {kind}".strip(),
        role="listitem",
        **attributes(aria_label=words),
    )
