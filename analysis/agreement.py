"""Whether a dataset's labels and a network's outputs mean the same."""

import shlex
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.preprocess.scoring import best_assignment

# Below this accuracy the two may not belong together, unless it is far more than chance would give.
BELONG = 0.5
FAR_MORE_THAN_CHANCE = 5.0

# Another order of the classes is told of where it explains the predictions so much better: in
# Cohen's kappa, 0 by chance and 1 at best, found on one half of the images and measured on the
# other; and beyond so many standard deviations of what chance does to the images gained.
LEAST_KAPPA, LEAST_GAIN, SURE = 0.3, 0.15, 4.0
# Images of a class that speak for its output, on average.
LEAST_IMAGES = 4

# Moved outputs that are named in the sentence, and names that are written out for --class-names.
SHOWN, MOST_NAMES = 4, 100
# Letters of a name in a sentence.
LONG = 40


def agreement(
    labels: NDArray[np.int64],
    predicted: NDArray[np.int64],
    class_names: Sequence[str],
    outputs: int,
    *,
    targets: NDArray[np.bool_] | None = None,
    tried: bool = False,
    seed: int = 0,
) -> tuple[str, ...]:
    """What the user should know where labels and network do not seem to belong together.

    Args:
        labels: (N,), -1 for none; one that is no output of the network counts as wrong.
        predicted: (N,), 0 to outputs-1.
        class_names: the dataset's, by label.
        outputs: classes that the network tells apart.
        targets: (N, C), where images have several labels.
        tried: ways of showing the images to the network have been tried, and the best taken.
        seed: of the halves.

    Returns:
        A sentence each; () where all is well, or no image has a label.
    """
    labelled = np.flatnonzero(labels >= 0)
    if not len(labelled):
        return ()
    labels, predicted = labels[labelled], predicted[labelled]
    told = [_of_numbers(labels, class_names, outputs)]
    if targets is None:
        order = better_order(labels, predicted, len(class_names), outputs, seed)
        # What no output stands for cannot be recognised; it is told of already.
        known = labels < outputs if (labels < outputs).any() else np.ones(len(labels), np.bool_)
        correct = (labels == predicted)[known]
        chance = _chance(labels[known], predicted[known], max(len(class_names), outputs))
    else:
        order = None
        named = np.minimum(predicted, targets.shape[1] - 1)
        rows = targets[labelled]
        correct = rows[np.arange(len(named)), named] & (named == predicted)
        chance = float((rows.mean(0) * _shares(named, targets.shape[1])).sum())
    accuracy = float(correct.mean())
    if order is not None:
        told.append(_of_order(labels, predicted, order, class_names, outputs, accuracy))
    elif accuracy < BELONG:
        told.append(_of_accuracy(accuracy, chance, tried))
    return tuple(sentence for sentence in told if sentence)


def better_order(
    labels: NDArray[np.int64],
    predicted: NDArray[np.int64],
    classes: int,
    outputs: int,
    seed: int = 0,
) -> NDArray[np.int64] | None:
    """The output that stands for each class, where that is clearly not the one of its number.

    An order is fitted to half of the images at a time and measured on the other half, so that
    chance, which an order can always be fitted to, gains nothing.

    Args:
        labels: (n,), 0 to classes-1.
        predicted: (n,), 0 to outputs-1.

    Returns:
        int64, (classes,), -1 for a class without an output; None where the given order does.
    """
    present = len(np.unique(labels))
    if present < 2 or len(labels) < LEAST_IMAGES * present:
        return None
    halves = _halves(labels, seed)
    mapped = np.empty_like(predicted)
    for one, other in (halves, halves[::-1]):
        order = best_assignment(labels[one], predicted[one], classes, outputs)
        mapped[other] = _named(order, outputs)[predicted[other]]
    given, found = predicted == labels, mapped == labels
    gained, lost = int((found & ~given).sum()), int((given & ~found).sum())
    if gained - lost <= SURE * (gained + lost) ** 0.5:
        return None
    kappa = _kappa(labels, mapped)
    if kappa < LEAST_KAPPA or kappa - _kappa(labels, predicted) < LEAST_GAIN:
        return None
    return best_assignment(labels, predicted, classes, outputs)


def _named(order: NDArray[np.int64], outputs: int) -> NDArray[np.int64]:
    """The class of each output, (outputs,); -1 for one that stands for none."""
    classes = np.full(outputs, -1, np.int64)
    kept = order >= 0
    classes[order[kept]] = np.flatnonzero(kept)
    return classes


def _halves(labels: NDArray[np.int64], seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions of two halves, each with its half of every class."""
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    by_class = shuffled[np.argsort(labels[shuffled], kind="stable")]
    return by_class[::2], by_class[1::2]


def _kappa(labels: NDArray[np.int64], predicted: NDArray[np.int64]) -> float:
    """Cohen's kappa: agreement beyond chance, as a share of the most that there could be."""
    chance = _chance(labels, predicted, int(max(labels.max(), predicted.max())) + 1)
    return (float((labels == predicted).mean()) - chance) / max(1e-9, 1 - chance)


def _chance(labels: NDArray[np.int64], predicted: NDArray[np.int64], classes: int) -> float:
    """Agreement of labels and predictions of these shares, were they not related."""
    return float((_shares(labels, classes) * _shares(predicted, classes)).sum())


def _shares(values: NDArray[np.int64], classes: int) -> NDArray[np.float64]:
    shares: NDArray[np.float64] = np.bincount(values[values >= 0], minlength=classes) / len(values)
    return shares


def _of_numbers(labels: NDArray[np.int64], class_names: Sequence[str], outputs: int) -> str:
    classes = len(class_names)
    if classes == outputs:
        return ""
    sentence = f"The dataset has {classes:,} classes, but the network tells {outputs:,} apart"
    beyond = int((labels >= outputs).sum())
    if beyond:
        images = "1 image" if beyond == 1 else f"{beyond:,} images"
        first = _short(class_names[outputs])
        return (
            f"{sentence}: {images} of the classes from '{first}' on have no output of their own; "
            "they count as wrong and have no loss."
        )
    return (
        f"{sentence}: give --class-names with the names of all its outputs in their order, if the "
        "dataset's classes are not the first of them."
    )


def _of_order(
    labels: NDArray[np.int64],
    predicted: NDArray[np.int64],
    order: NDArray[np.int64],
    class_names: Sequence[str],
    outputs: int,
    accuracy: float,
) -> str:
    mapped = float((order[labels] == predicted).mean())
    counted = set(np.unique(labels).tolist())
    moved = [k for k in np.flatnonzero(order >= 0).tolist() if order[k] != k and k in counted]
    moved.sort(key=lambda k: int(order[k]))
    meanings = [f"output {order[k]} means '{_short(class_names[k])}'" for k in moved[:SHOWN]]
    more = f" and {len(moved) - SHOWN} more" if len(moved) > SHOWN else ""
    sentence = (
        f"The classes seem to be in another order: {_percent(mapped)} instead of "
        f"{_percent(accuracy)} of the images agree if {', '.join(meanings)}{more}"
    )
    return f"{sentence}; {_option(order, class_names, outputs)}."


def _option(order: NDArray[np.int64], class_names: Sequence[str], outputs: int) -> str:
    if outputs > MOST_NAMES or len(class_names) > outputs:
        return "give --class-names with the names of the outputs in the network's own order"
    names = [""] * outputs
    for name, output in zip(class_names, order.tolist(), strict=True):
        names[output] = name
    taken = set(class_names)
    for number, name in enumerate(names):
        free = f"output {number}"
        while not name and free in taken:
            free += "'"
        names[number] = name or free
    if any("," in name or name != name.strip() for name in names):
        return (
            "give --class-names with a file that names one class a line, in this order: "
            + " | ".join(names)
        )
    return f"start again with --class-names {shlex.quote(','.join(names))}"


def _of_accuracy(accuracy: float, chance: float, tried: bool) -> str:
    how = " whatever way of scaling the pixels is tried" if tried else ""
    found = (
        f"Only {_percent(accuracy)} of the labelled images are recognised{how}, where chance would "
        f"give {_percent(chance)}"
    )
    if accuracy >= FAR_MORE_THAN_CHANCE * chance:
        return f"{found}: the network is a weak one, or was not trained for images like these."
    check = "" if tried else ", or --preprocess is not how the network was trained to see images"
    return (
        f"{found}: the labels do not seem to belong to this network; check that it was trained for "
        f"this dataset and its classes{check}."
    )


def _short(name: str) -> str:
    return name if len(name) <= LONG else name[: LONG - 3] + "..."


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
