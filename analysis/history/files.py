"""The checkpoints of one training: which files they are, and of which epoch each is."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from model import Network, open_network
from model.archive import nodes
from util import ModelError, UserError

SUFFIXES = (".keras", ".h5", ".hdf5")

# Epochs that are looked at; of more, so many are taken evenly, the first and the last among them.
MOST = 100

# Files that were left out, named in a sentence.
SHOWN = 3

DIGITS = re.compile(r"(\d+)")
# Before the number that counts, where a name has several.
WORDS = re.compile(r"(?i)(?:epoch|ep|step|iter|ckpt|checkpoint)[-_ =.]*(?=\d)")


@dataclass(frozen=True, slots=True)
class Epoch:
    """A network as it was after an epoch of its training.

    Attributes:
        number: of the epoch, as its file says; rises from one to the next.
        network: not loaded yet.
    """

    number: int
    network: Network

    @property
    def name(self) -> str:
        return self.network.name


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that is not among the epochs, and why, as part of a sentence."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """The epochs of one training, in their order, and the files beside them that are none."""

    epochs: tuple[Epoch, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def note(self) -> str:
        """What was left out, in a sentence; "" where nothing was."""
        if not self.left_out:
            return ""
        named = [f"{file.name} ({file.reason})" for file in self.left_out[:SHOWN]]
        more = len(self.left_out) - SHOWN
        if more > 0:
            named.append(f"{more:,} more")
        return f"Left out of the epochs: {', '.join(named)}."


def find_checkpoints(folder: str | Path) -> tuple[list[tuple[int, Path]], list[LeftOut]]:
    """The saved networks of a folder with their epochs, in their order, and what is none of them.

    Names that differ in their digits alone belong together: epoch-0001.keras, epoch-0002.keras. The
    first number that differs counts, or the one behind a word such as "epoch".

    Raises:
        UserError: there is no such folder, or it holds no two of them.
    """
    place = Path(folder).expanduser()
    try:
        files = [path for path in place.iterdir() if _is_network(path)]
    except OSError as error:
        raise UserError(
            f"The folder of checkpoints {folder} cannot be read ({error.strerror or error}); name "
            "the one that holds the networks saved after each epoch."
        ) from None
    alike = Counter(_pattern(path) for path in files if DIGITS.search(path.name))
    if not alike or alike.most_common(1)[0][1] < 2:
        raise UserError(
            f"{folder} holds no two networks with the numbers of their epochs in their names, "
            "such as epoch-0001.keras and epoch-0002.keras; name the folder of the checkpoints."
        )
    pattern = alike.most_common(1)[0][0]
    chosen = [path for path in files if _pattern(path) == pattern]
    others = sorted(path.name for path in files if _pattern(path) != pattern)
    left_out = [LeftOut(name, "its name is not like the others'") for name in others]
    return _number(chosen), left_out


def last_whole(found: Sequence[tuple[int, Path]]) -> Path:
    """The last file that is a saved network: a training that was killed may leave half of one.

    Args:
        found: as by `find_checkpoints`.
    """
    for _, path in reversed(found):
        try:
            open_network(path)
        except UserError:
            continue
        return path
    # Opening it says what is wrong.
    return found[-1][1]


def _is_network(path: Path) -> bool:
    """Whether a file's name is that of a network; hidden ones are being written."""
    if path.name.startswith("."):
        return False
    return path.suffix.lower() in SUFFIXES or (path / "saved_model.pb").is_file()


def _pattern(path: Path) -> str:
    return DIGITS.sub("#", path.name)


def _stem(path: Path) -> str:
    """The name without its suffix: the 5 of ".h5" counts nothing."""
    suffix = path.suffix if path.suffix.lower() in SUFFIXES else ""
    return path.name[: len(path.name) - len(suffix)]


def _number(paths: Sequence[Path]) -> list[tuple[int, Path]]:
    """At least two paths of one pattern with the number of each, rising; 1, 2, ... where the
    numbers in the names do not tell them apart.
    """
    rows = {path: [int(digits) for digits in DIGITS.findall(_stem(path))] for path in paths}
    ordered = sorted(paths, key=lambda path: (rows[path], path.name))
    columns = list(zip(*(rows[path] for path in ordered), strict=True))
    named = WORDS.search(_stem(ordered[0]))
    differing = [place for place, column in enumerate(columns) if len(set(column)) > 1]
    if named is not None:
        place = len(DIGITS.findall(_stem(ordered[0])[: named.end()]))
        differing.sort(key=lambda found: found != place)
    for place in differing[:1]:
        numbers = columns[place]
        if len(set(numbers)) == len(numbers):
            return sorted(zip(numbers, ordered, strict=True))
    return list(enumerate(ordered, start=1))


def open_checkpoints(
    found: str | Path | Sequence[tuple[int, Path]], network: Network
) -> Checkpoints:
    """The epochs of a network's training; nothing in the files is run.

    Args:
        found: the folder of the files, or the number and path of each, in their order.
        network: whose training it is; files of other layers are left out, and told.

    Raises:
        UserError: fewer than two files are of such a network.
    """
    left_out: list[LeftOut] = []
    if isinstance(found, str | Path):
        numbered, left_out = find_checkpoints(found)
    else:
        numbered = _rising(found)
    kept = numbered
    if len(numbered) > MOST:
        kept = [numbered[i] for i in np.linspace(0, len(numbered) - 1, MOST).round().astype(int)]
        reason = f"{len(numbered):,} epochs are more than the {MOST} that are looked at"
        left_out += [LeftOut(path.name, reason) for _, path in numbered if (_, path) not in kept]
    epochs: list[Epoch] = []
    for number, path in kept:
        try:
            epochs.append(Epoch(number, _open(path, network)))
        except UserError as error:
            left_out.append(LeftOut(path.name, str(error).rstrip(".")))
    if len(epochs) < 2:
        reasons = "".join(f" {file.name}: {file.reason}." for file in left_out[:1])
        raise UserError(
            f"Fewer than two of the checkpoints are of the layers of {network.name}, so that there "
            f"are no epochs to compare.{reasons}"
        )
    return Checkpoints(tuple(epochs), tuple(left_out))


def _rising(found: Sequence[tuple[int, Path]]) -> list[tuple[int, Path]]:
    numbers = [number for number, _ in found]
    rises = all(before < after for before, after in pairwise(numbers))
    return list(found) if rises else [(i, path) for i, (_, path) in enumerate(found, start=1)]


def _open(path: Path, network: Network) -> Network:
    opened = open_network(
        path,
        input=network.input,
        output=network.output,
        custom_objects=network.custom_objects,
    )
    theirs, ours = _layers(opened.archive.config), _layers(network.archive.config)
    # A SavedModel may be a graph alone, of which nothing can be told before it is run.
    if theirs and ours and theirs != ours:
        raise ModelError(f"its layers are not those of {network.name}")
    return opened


def _layers(config: dict[str, Any]) -> Counter[tuple[Any, ...]]:
    """How often each kind of layer is in a network's description, by what decides its weights.

    Networks within it count by their layers alone.
    """
    return Counter(
        (node["class_name"], str(inner.get("units")), str(inner.get("filters")))
        for node, inner in _described(nodes(config))
        if "trainable" in inner and "layers" not in inner
    )


def _described(found: Iterable[dict[str, Any]]) -> Iterable[tuple[dict[str, Any], dict[str, Any]]]:
    for node in found:
        inner = node.get("config")
        if isinstance(node.get("class_name"), str) and isinstance(inner, dict):
            yield node, inner
