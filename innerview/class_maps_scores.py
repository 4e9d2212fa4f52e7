"""A network's answers at points of the plane, whatever it is made with, as probabilities."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from innerview.arrays import as_array
from innerview.keras_facts import library
from innerview.keras_samples import run

Scores = Literal["logits", "probabilities"]

# What sums of float32 or float16 probabilities may differ from 1.
TOLERANCE = 1e-3
# Of a layer's activation function: what its outputs are.
_KNOWN: dict[str, Scores] = {
    "linear": "logits",
    "sigmoid": "probabilities",
    "softmax": "probabilities",
}

Ask = Callable[[NDArray[np.float32]], Any]


def score(model: Any, batches: Iterable[NDArray[np.float32]], most: int) -> NDArray[np.float64]:
    """A network's scores at points that come in batches of (n, 2): float64, (all n, units).

    Args:
        most: classes that there is room for.

    Raises:
        TypeError: it is no network, or answers with something else than an array.
        ValueError: it answers with other numbers of rows or columns.
    """
    with _asking(model) as ask:
        parts = [_as_scores(ask(batch), len(batch), most) for batch in batches]
    if len({part.shape[1] for part in parts}) > 1:
        raise ValueError("the network answers with another number of classes for each batch")
    return np.concatenate(parts)


def _asking(model: Any) -> AbstractContextManager[Ask]:
    torch: Any = sys.modules.get("torch")
    # A Keras model on PyTorch is a module, too, and is asked as a Keras model.
    if library(model) is not None:
        still = torch.no_grad() if torch is not None else nullcontext()
        return _within(still, lambda places: run(model, places))
    if torch is not None and isinstance(model, torch.nn.Module):
        return _evaluating(torch, model)
    if callable(model):
        return nullcontext(model)
    raise TypeError(f"a {type(model).__name__} is no model: it cannot be called")


@contextmanager
def _within(around: AbstractContextManager[Any], ask: Ask) -> Iterator[Ask]:
    with around:
        yield ask


@contextmanager
def _evaluating(torch: Any, model: Any) -> Iterator[Ask]:
    """A module in evaluation mode, on its device, in its floating type."""
    kinds = [(each.device, each.dtype) for each in model.parameters() if each.is_floating_point()]
    device, dtype = kinds[0] if kinds else ("cpu", torch.float32)
    # One by one: some parts may be kept in evaluation mode while others are trained.
    modes = [(part, part.training) for part in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            yield lambda places: model(torch.from_numpy(places).to(device, dtype))
    finally:
        for part, mode in modes:
            part.training = mode


def _as_scores(answer: Any, rows: int, most: int) -> NDArray[np.float64]:
    if isinstance(answer, list | tuple) and len(answer) == 1:
        answer = answer[0]
    if isinstance(answer, dict | tuple):
        raise TypeError(f"the network answers with a {type(answer).__name__}; one array is needed")
    scores = as_array(answer)
    if scores.dtype.kind not in "biuf":
        raise TypeError(f"the network answers with {scores.dtype}, which are no scores")
    if scores.ndim == 1 and len(scores) == rows:
        scores = scores[:, None]
    if scores.ndim != 2 or len(scores) != rows or not scores.shape[1]:
        raise ValueError(
            f"for {rows} points the network answers with an array of the shape {scores.shape}; "
            f"needed is ({rows}, classes)"
        )
    if scores.shape[1] > most:
        raise ValueError(
            f"{scores.shape[1]:,} classes are too many for so fine a grid; at most {most:,} are "
            "kept: raise axial_gradation, or lower square_axis_points"
        )
    return scores.astype(np.float64)


def to_probabilities(
    scores: NDArray[np.float64], kind: Scores | None = None, model: Any = None
) -> NDArray[np.float64]:
    """Scores as probabilities: float64, (n, classes), at least 2 classes, sums of 1.

    Logits go through softmax, and a single one through the logistic function. Probabilities are
    divided by their sum, so that those of several sigmoid units are shares of the classes.

    Args:
        scores: float64, (n, units); a single unit speaks of the second of two classes.
        kind: which they are. By default as the last layer of a Keras model says; else they are
            probabilities if all lie within 0 and 1 and those of each row have the sum 1.
        model: the network, for this.

    Raises:
        ValueError: there are negative probabilities, or single ones above 1.
    """
    if kind not in (None, "logits", "probabilities"):
        raise ValueError(f'scores is "logits" or "probabilities"; given was {kind!r}')
    kind = kind or _kind_of_model(model) or _kind_of_values(scores)
    single = scores.shape[1] == 1
    if kind == "logits":
        # The logistic function of z is the softmax of 0 and z.
        logits = np.concatenate([np.zeros_like(scores), scores], 1) if single else scores
        with np.errstate(invalid="ignore"):
            powers = np.exp(logits - logits.max(1, keepdims=True))
        return np.asarray(powers / powers.sum(1, keepdims=True))
    known = scores[~np.isnan(scores)]
    if known.size and (known.min() < 0 or (single and known.max() > 1 + TOLERANCE)):
        raise ValueError(
            f"these scores go from {known.min():.3g} to {known.max():.3g} and are no "
            'probabilities; say scores="logits"'
        )
    shares = np.concatenate([1 - scores, scores], 1).clip(0.0) if single else scores
    sums = shares.sum(1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(sums > 0, shares / sums, np.nan))


def _kind_of_values(scores: NDArray[np.float64]) -> Scores:
    known = scores[np.isfinite(scores).all(1)]
    inside = known.size > 0 and known.min() >= 0 and known.max() <= 1 + TOLERANCE
    if inside and scores.shape[1] > 1:
        inside = bool(np.abs(known.sum(1) - 1).max() <= TOLERANCE)
    return "probabilities" if inside else "logits"


def _kind_of_model(model: Any) -> Scores | None:
    """As the layer says that a Keras model's output comes from; None if it does not."""
    try:
        while library(model) is not None and getattr(model, "outputs", None):
            layer = model.outputs[0]._keras_history[0]
            if layer is model:
                break
            model = layer
        if library(model) is None:
            return None
        if type(model).__name__ == "Softmax":
            return "probabilities"
        return _KNOWN.get(getattr(model.activation, "__name__", ""))
    except (AttributeError, IndexError, TypeError):
        # A model of one's own class, or a layer without an activation function.
        return None
