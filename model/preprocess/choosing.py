"""Finding out how a network was trained to see images: by its accuracy on labelled ones."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from data import Dataset
from data.sampling import stratified_sample
from model.description import NetworkDescription, Try
from model.preprocess.geometry import Geometry, conversion, find_geometry
from model.preprocess.preprocessing import Preprocessing
from model.preprocess.scaling import (
    AUTO,
    COLOUR_ONLY,
    OF_DATASET,
    OF_MEAN_IMAGE,
    SCALES,
    Statistics,
    canonical,
    check,
    scaling,
)
from model.preprocess.scoring import Score, best_assignment, score
from model.preprocess.statistics import measure

# Layers that scale by themselves, so that the network was trained on raw pixels.
SCALING_LAYERS = ("Rescaling", "Normalization")

# Labelled images that all candidates are tried on, and those that remain after the first.
FIRST, SAMPLE = 64, 300
LEAST_FIRST, LEAST_SAMPLE = 32, 64
# Bytes that the images tried on may take, decoded.
SAMPLE_BYTES = 96 * 2**20

# Multiplications that each of the two rounds may take; a fixed number, unlike seconds, gives the
# same choice on every machine. About ten seconds of two slow cores.
EFFORT = 1e12

# Standard deviations of b - c, the images that only one of two candidates gets right, beyond which
# the two differ; for giving one up after the first images; and the least difference in accuracy.
SURE, HOPELESS, LEAST_GAIN = 2.0, 3.0, 0.02
# Below so many, nothing speaks for looking at more images of a large network.
HINT = 1.0
# What most people do; a large network is tried on the others only where these fail.
USUAL = ("0-1", "0-255", "-1-1", "caffe", "torch", "standardised", "0-255-minus-mean")

# A mean loss so many times higher, and by so many nats, gives the static one away although it gets
# as many images right: logits that are far too large or too small keep their order.
LOSS_TIMES, LOSS_NATS = 2.0, 0.5

# At this accuracy labels and network belong together in the order given.
BELONG = 0.5

# Images a class, below which a best assignment of classes says nothing.
FEW = 5

LogitsOf = Callable[[NDArray[np.float32]], NDArray[np.float32]]
# Called with what is done, 0 to 1.
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Choice:
    """How a network is to see a dataset.

    Attributes:
        preprocessing: the one chosen.
        tries: those tried on labelled images, the best first; () where none was.
        warnings: what the user should know of it; a sentence each.
    """

    preprocessing: Preprocessing
    tries: tuple[Try, ...] = ()
    warnings: tuple[str, ...] = ()


def choose(
    description: NetworkDescription,
    dataset: Dataset,
    wanted: str,
    logits_of: LogitsOf,
    seed: int = 0,
    progress: Progress = lambda done: None,
) -> Choice:
    """The preprocessing for a network on a dataset.

    Args:
        wanted: as --preprocess takes it. "auto" is found out with labelled images; where there
            are none, it is 0-255 if the network scales by itself, else 0-1.
        logits_of: the network: float32 (n, *input_shape) -> float32 (n, units).
        seed: of the sample of images.

    Raises:
        UserError: `wanted` is unknown, or for another number of channels.
        ModelError: the network takes no images, or cannot be run on them.
        DataError: an image cannot be read.
    """
    check(wanted)
    name = canonical(wanted)
    geometry = find_geometry(description, dataset)
    converted = conversion(geometry, dataset)
    warnings = () if converted is None else (converted,)
    static = static_scale(description)
    statistics: Statistics | None = None
    tries: tuple[Try, ...] = ()
    if name == AUTO and dataset.is_labelled:
        statistics = measure(dataset.images, geometry, seed)
        contest = _Contest(description, dataset, geometry, statistics, logits_of, seed, progress)
        tries = contest.decide(static, candidates(static, geometry.channels))
        name = next(tried.name for tried in tries if tried.chosen)
    elif name == AUTO:
        name = static
    elif name in OF_DATASET:
        statistics = measure(dataset.images, geometry, seed)
    else:
        scaling(name, geometry.channels)
    return Choice(preprocessing(geometry, name, statistics), tries, warnings)


def static_scale(description: NetworkDescription) -> str:
    """The scale that a network's layers alone speak for."""
    kinds = {layer.kind for layer in description.layers}
    return "0-255" if kinds.intersection(SCALING_LAYERS) else "0-1"


def candidates(static: str, channels: int) -> tuple[str, ...]:
    """The names that are tried, the static one first."""
    fitting = [name for name in SCALES if channels == 3 or name not in COLOUR_ONLY]
    return (static, *(name for name in fitting if name != static))


def preprocessing(geometry: Geometry, name: str, statistics: Statistics | None) -> Preprocessing:
    """With no more of the statistics than the name needs."""
    kept = statistics if name in OF_DATASET else None
    if kept is not None and name not in OF_MEAN_IMAGE:
        kept = replace(kept, image=None)
    size, channels, shape = geometry.size, geometry.channels, geometry.shape
    return Preprocessing(size, channels, shape, name, kept, geometry.order)


class _Contest:
    """Candidates against each other on the same labelled images, which are decoded once."""

    def __init__(
        self,
        description: NetworkDescription,
        dataset: Dataset,
        geometry: Geometry,
        statistics: Statistics,
        logits_of: LogitsOf,
        seed: int,
        progress: Progress,
    ) -> None:
        self.geometry, self.statistics = geometry, statistics
        self.head, self.logits_of, self.progress = description.head, logits_of, progress
        self.cost = effort(description)
        labelled = np.flatnonzero(dataset.labels >= 0)
        size = int(np.prod(geometry.size)) * min(geometry.channels, 3)
        most = min(SAMPLE, max(LEAST_SAMPLE, SAMPLE_BYTES // size))
        chosen = labelled[stratified_sample(dataset.labels[labelled], most, seed)]
        # In an order in which the first are a fair sample as well.
        self.indices = np.random.default_rng(seed).permutation(chosen)
        self.labels = dataset.labels[self.indices]
        self.targets = None if dataset.targets is None else dataset.targets[self.indices]
        self.classes = dataset.num_classes
        self.pixels = dataset.images.read(self.indices, geometry.size, min(geometry.channels, 3))

    def decide(self, static: str, names: tuple[str, ...]) -> tuple[Try, ...]:
        """The tries, the best first; where images are few for the effort, not all names."""
        first = self._affordable(len(names), LEAST_FIRST, FIRST)
        is_heavy = self.cost * len(names) * LEAST_FIRST > EFFORT
        early: dict[str, NDArray[np.float32]] = {}
        for number, group in enumerate(_parted(names, static) if is_heavy else (names,)):
            early |= self._run(group, 0, first, 0.25 * number, 0.25 * (number + 1))
            if max(self._score(values).accuracy for values in early.values()) >= BELONG:
                break
        names = left = tuple(early)
        if self._affordable(len(names), LEAST_SAMPLE, SAMPLE) < len(self.pixels):
            left = tuple(n for n in names if n == static or not self._hopeless(n, early))
        if is_heavy and not self._is_open(static, early):
            left = (static,)
        last = max(first, self._affordable(len(left), LEAST_SAMPLE, SAMPLE))
        late = self._run(left, first, last, 0.5, 1.0) if len(left) > 1 else {}
        logits = {n: np.concatenate([early[n], late[n]]) if n in late else early[n] for n in names}
        scores = {name: self._score(values) for name, values in logits.items()}
        hits = self._hits({name: scores[name] for name in left})
        chosen = pick(static, hits, {name: scores[name].mean_loss for name in left})
        order = sorted(
            names,
            key=lambda n: (n != chosen, n not in left, -scores[n].accuracy, scores[n].mean_loss),
        )
        return tuple(Try(n, scores[n].accuracy, scores[n].mean_loss, n == chosen) for n in order)

    def _affordable(self, rivals: int, least: int, most: int) -> int:
        images = int(EFFORT / max(1.0, self.cost * rivals))
        return min(len(self.pixels), max(least, min(most, images)))

    def _run(
        self, names: tuple[str, ...], start: int, stop: int, done: float, until: float
    ) -> dict[str, NDArray[np.float32]]:
        """Logits of images start to stop, by name."""
        if start >= stop:
            return {}
        logits = {}
        for number, name in enumerate(names):
            self.progress(done + (until - done) * number / len(names))
            shown = preprocessing(self.geometry, name, self.statistics)
            logits[name] = self._logits(shown, self.pixels[start:stop])
        return logits

    def _logits(self, shown: Preprocessing, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """In pieces, so that few images at a time are held as float32."""
        pieces = range(0, len(pixels), FIRST)
        return np.concatenate(
            [self.logits_of(shown.apply(pixels[start : start + FIRST])) for start in pieces]
        )

    def _score(self, logits: NDArray[np.float32]) -> Score:
        count = len(logits)
        targets = None if self.targets is None else self.targets[:count]
        return score(logits, self.head, self.labels[:count], targets)

    def _hits(self, scores: dict[str, Score]) -> dict[str, NDArray[np.bool_]]:
        """Which images each gets right; under another order of classes, where none does well."""
        given = {name: result.correct for name, result in scores.items()}
        labels = self.labels[: len(next(iter(given.values())))]
        count = len(np.unique(labels))
        if self.targets is not None or max(h.mean() for h in given.values()) >= BELONG:
            return given
        if count * FEW > len(labels):
            return given
        hits = {}
        for name, result in scores.items():
            outputs = int(max(result.predicted.max() + 1, 1))
            order = best_assignment(labels, result.predicted, self.classes, outputs)
            hits[name] = (order[labels] == result.predicted) & (result.predicted >= 0)
        # An order can be fitted to chance as well, a little.
        return hits if max(found.mean() for found in hits.values()) >= BELONG else given

    def _is_open(self, static: str, early: dict[str, NDArray[np.float32]]) -> bool:
        """Whether any candidate shows a sign of being better than the static one."""
        hits = self._hits({n: self._score(values) for n, values in early.items()})
        return any(differs(theirs, hits[static], HINT) for theirs in hits.values())

    def _hopeless(self, name: str, early: dict[str, NDArray[np.float32]]) -> bool:
        """Whether a candidate does far worse than the best on the first images."""
        hits = self._hits({n: self._score(values) for n, values in early.items()})
        best = max(hits, key=lambda n: int(hits[n].sum()))
        return differs(hits[best], hits[name], HOPELESS)


def _parted(names: tuple[str, ...], static: str) -> tuple[tuple[str, ...], ...]:
    """The usual names with the static one, and the others."""
    usual = tuple(name for name in names if name in USUAL or name == static)
    return usual, tuple(name for name in names if name not in usual)


def pick(static: str, hits: dict[str, NDArray[np.bool_]], losses: dict[str, float]) -> str:
    """The static one, unless others are clearly better than it; of those the lowest loss.

    Better is what gets clearly more images right. Where there is no such, it is what gets no fewer
    right at a loss that is far lower. docs/preprocessing.md has what was measured.

    Args:
        hits: bool, (n,), by candidate, on the same n images.
        losses: mean losses in nats.
    """
    own = hits[static]
    better = [
        name
        for name, theirs in hits.items()
        if differs(theirs, own, SURE) and theirs.mean() - own.mean() >= LEAST_GAIN
    ]
    if better:
        best = max(better, key=lambda name: int(hits[name].sum()))
        better = [name for name in better if not differs(hits[best], hits[name], SURE)]
    else:
        least = min(losses[static] / LOSS_TIMES, losses[static] - LOSS_NATS)
        better = [n for n in hits if losses[n] < least and hits[n].sum() >= own.sum()]
    return min(better, key=losses.__getitem__, default=static)


def differs(one: NDArray[np.bool_], other: NDArray[np.bool_], sure: float) -> bool:
    """Whether `one` is right clearly more often, by McNemar's comparison of paired outcomes.

    Of the images that only one of two gets right, b and c, as many would go to either by chance:
    b - c has the standard deviation sqrt(b + c).
    """
    gained, lost = int((one & ~other).sum()), int((other & ~one).sum())
    return gained - lost > sure * float(np.sqrt(gained + lost))


def effort(description: NetworkDescription) -> float:
    """About how many multiplications one image takes: weights, each used at every place."""
    return float(
        sum(
            layer.params * np.prod([float(n or 1) for n in layer.output_shape[:-1]])
            for layer in description.layers
        )
    )
