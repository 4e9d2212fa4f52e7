"""Decode every image once before a study begins, and leave out those that cannot be read."""

import json
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from data.dataset import Dataset, LeftOut
from data.decode import FORMATS, MAX_PIXELS, Size, UnreadableImage
from data.images import BlobImages, FileImages
from data.listing import Listing
from util import DataError, atomic_path, digest

Progress = Callable[[int, int], None]
Report = Callable[[str], None]

# Images a thread is given at once: enough to be worth it, few enough that Ctrl-C is heard.
BLOCK = 64
# So many images take a second or so: less is not worth a word, nor a file.
WORTH_SAYING = 2_000
# Threads that decode images of fewer pixels wait for one another most of the time.
WORTH_THREADS = 100 * 100
FOLDER = "checked"
# Counted up when the same files may be judged otherwise.
VERSION = 1
NAMED = 3


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What decoding N images has shown.

    Attributes:
        shape: (height, width) that all readable ones have, or None.
        channels: 1 when all readable ones are grey, else 3.
        bad: number of an image that cannot be read -> why.
    """

    shape: Size | None
    channels: int
    bad: dict[int, str]


def open_listing(
    listing: Listing,
    total: int,
    cache_dir: Path | None = None,
    progress: Progress | None = None,
    report: Report = lambda sentence: None,
) -> Dataset:
    """The dataset of those images of a listing that can be read.

    Args:
        listing: the images.
        total: their number before a limit.
        cache_dir: where the verdicts are kept, so that the same files are decoded once; None:
            nowhere.
        progress: told (images looked at, images) from time to time, in the calling thread.
        report: told, in one sentence, what takes long.

    Raises:
        DataError: no image can be read.
    """
    count = len(listing.images)
    verdicts = _verdicts(listing, cache_dir, progress, report)
    listed = listing.left_out
    if verdicts.bad:
        listed += tuple(LeftOut(listing.ids[i], why) for i, why in sorted(verdicts.bad.items()))
        if len(verdicts.bad) == count:
            raise DataError(none_left(listing.name, listed))
        good = np.setdiff1d(np.arange(count), np.fromiter(verdicts.bad, np.int64))
        listing = listing.take(good)
    left = len(listing.images)
    notes = [listing.note]
    if listed:
        them = "1 image was" if len(listed) == 1 else f"{len(listed):,} images were"
        notes.append(
            f"{them} left out, since it could not be read."
            if len(listed) == 1
            else f"{them} left out, since they could not be read."
        )
    targets = b"" if listing.targets is None else np.packbits(listing.targets).tobytes()
    fingerprint = digest(
        listing.state, listing.split, listing.class_names, listing.labels.tobytes(), targets,
        digest(*listing.ids), verdicts.channels, _columns_digest(listing),
    )  # fmt: skip
    images = replace(listing.images, shape=verdicts.shape, channels=verdicts.channels)
    return Dataset(
        name=listing.name,
        split=listing.split,
        images=images,
        labels=listing.labels,
        class_names=listing.class_names,
        ids=listing.ids,
        total=max(total - len(verdicts.bad), left),
        note=" ".join(filter(None, notes)),
        fingerprint=fingerprint,
        columns=listing.columns,
        targets=listing.targets,
        left_out=listed,
    )


def none_left(name: str, left_out: tuple[LeftOut, ...]) -> str:
    """The sentence for a dataset in which nothing can be read."""
    shown = ", ".join(f"{one.id} ({one.reason})" for one in left_out[:NAMED])
    more = f" and {len(left_out) - NAMED:,} more" if len(left_out) > NAMED else ""
    return (
        f"None of the {len(left_out):,} images of {name} can be read: {shown}{more}; look whether "
        "they are whole and where they should be."
    )


def _columns_digest(listing: Listing) -> str:
    parts: list[str | bytes] = []
    for name, column in listing.columns.items():
        text = column.dtype == object
        parts += [name, digest(*column.tolist()) if text else column.tobytes()]
    return digest(*parts)


def _verdicts(
    listing: Listing, cache_dir: Path | None, progress: Progress | None, report: Report
) -> Verdicts:
    count = len(listing.images)
    path = None
    if cache_dir is not None:
        key = digest(VERSION, _place(listing), listing.state, digest(*listing.ids), _decoder())
        path = Path(cache_dir) / FOLDER / f"{key}.json"
        kept = _read(path, count)
        if kept is not None:
            return kept
    if count >= WORTH_SAYING:
        report(f"Looking whether the {count:,} images of {listing.name} can be read ...")
    verdicts = check(listing.images, progress)
    if path is not None:
        _write(path, count, verdicts)
    return verdicts


def _place(listing: Listing) -> bytes:
    """Where the images lie: other files may have the same names, sizes and times."""
    images = listing.images
    places = [images.root] if isinstance(images, FileImages) else images.blobs.files
    return b"\0".join(os.fsencode(place.resolve()) for place in places)


def _decoder() -> str:
    """What else the verdicts depend on."""
    import PIL

    return f"{PIL.__version__} {FORMATS} {MAX_PIXELS}"


def check(images: FileImages | BlobImages, progress: Progress | None = None) -> Verdicts:
    """Decode all images on several threads, keeping none of them.

    An exception in the calling thread, such as Ctrl-C, stops the threads at their next image.
    """
    shapes: set[Size] = set()
    kinds: set[int] = set()
    bad: dict[int, str] = {}
    stop = threading.Event()

    def look_at(first: int) -> tuple[int, set[Size], set[int], dict[int, str]]:
        sizes: set[Size] = set()
        channels: set[int] = set()
        broken: dict[int, str] = {}
        numbers = range(first, min(first + BLOCK, len(images)))
        for number in numbers:
            if stop.is_set():
                break
            try:
                size, grey = images.check(number)
            except DataError as error:
                broken[number] = error.reason if isinstance(error, UnreadableImage) else str(error)
                continue
            sizes.add(size)
            channels.add(grey)
        return len(numbers), sizes, channels, broken

    blocks = range(0, len(images), BLOCK)
    done = 0
    pool = ThreadPoolExecutor(min(16, os.cpu_count() or 1), thread_name_prefix="check")

    def results() -> Iterator[Any]:
        first = look_at(0)
        yield first
        if any(height * width >= WORTH_THREADS for height, width in first[1]):
            yield from _run(pool, look_at, blocks[1:])
        else:
            yield from map(look_at, blocks[1:])

    try:
        for count, sizes, channels, broken in results():
            # Only whether there are several matters, however many there are.
            shapes = set(list(shapes | sizes)[:2])
            kinds |= channels
            bad |= broken
            done += count
            if progress is not None:
                progress(done, len(images))
    finally:
        stop.set()
        pool.shutdown(wait=False, cancel_futures=True)
    return Verdicts(shapes.pop() if len(shapes) == 1 else None, 1 if kinds == {1} else 3, bad)


def _run(pool: ThreadPoolExecutor, work: Callable[[int], Any], items: range) -> Iterator[Any]:
    """Results in the order in which they come, with few waiting at any time."""
    waiting: set[Future[Any]] = set()
    for item in items:
        waiting.add(pool.submit(work, item))
        if len(waiting) >= 64:
            finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in finished:
                yield future.result()
    while waiting:
        finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        for future in finished:
            yield future.result()


def _write(path: Path, count: int, verdicts: Verdicts) -> None:
    """Keep verdicts; a folder that cannot be written is no reason to stop."""
    kept = {
        "count": count,
        "shape": verdicts.shape,
        "channels": verdicts.channels,
        "bad": {str(number): reason for number, reason in verdicts.bad.items()},
    }
    try:
        with atomic_path(path) as temporary:
            temporary.write_text(json.dumps(kept), encoding="utf-8")
    except OSError:
        return


def _read(path: Path, count: int) -> Verdicts | None:
    """Verdicts kept before; None where there are none or they make no sense."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        bad = {int(number): str(reason) for number, reason in kept["bad"].items()}
        shape, channels = kept["shape"], kept["channels"]
        if shape is not None:
            height, width = shape
            shape = (int(height), int(width))
            sensible = 0 < shape[0] * shape[1] <= MAX_PIXELS and min(shape) > 0
        else:
            sensible = True
        if kept["count"] != count or channels not in (1, 3) or not sensible:
            return None
        if bad and not 0 <= min(bad) <= max(bad) < count:
            return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return Verdicts(shape, channels, bad)
