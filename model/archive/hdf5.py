"""HDF5 files from strangers: opened only when all that they hold lies in them."""

import contextlib
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from util import ModelError

if TYPE_CHECKING:
    import h5py

# The largest networks have some 10,000 arrays, nested some 20 deep.
MAX_OBJECTS = 200_000
MAX_DEPTH = 64
MAX_ATTRIBUTES = 4_096
MAX_ATTRIBUTE_BYTES = 64 * 2**20
ROOM_FOR_ATTRIBUTE = 4 * MAX_ATTRIBUTE_BYTES
# Compressed weights unfold to little more than is stored; zeros may to more.
MAX_UNFOLDING = 32
ALWAYS_ALLOWED_BYTES = 64 * 2**20
# gzip, shuffle, Fletcher's checksum, szip, n-bit, scale-offset, lzf: part of h5py. Any other
# number would make the library look for a plug-in on this machine and load it.
FILTERS = (1, 2, 3, 4, 5, 6, 32000)

# What h5py raises for files that are damaged, and for files that were made to harm.
DAMAGE = (OSError, RuntimeError, KeyError, ValueError, TypeError, OverflowError, MemoryError)


@contextlib.contextmanager
def open_checked(source: Path | BinaryIO, where: Path) -> Iterator["h5py.File"]:
    """An HDF5 file, read-only, that refers to no other file and claims no more than it holds.

    Args:
        source: the file, or one open for reading and seeking.
        where: what to call it in a message.

    Raises:
        ModelError: it is damaged, refers to other files, or claims sizes far above its own.
            Damage that shows only when an array is read is an OSError of h5py until it leaves
            the context, and a ModelError from there on.
    """
    import h5py

    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(h5py.File(source, "r"))
            _check(file, where, _size(source))
        except ModelError:
            raise
        except DAMAGE as error:
            raise ModelError(damage(where, error)) from None
        try:
            yield file
        except OSError as error:
            raise ModelError(damage(where, error)) from None


def attribute(found: Any, name: str) -> Any:
    """An attribute of a file, group or array.

    A text of any length states it in four bytes, and HDF5 takes so much memory, up to 4 GiB, before
    it looks whether the file has as much; so memory is kept short meanwhile.

    Raises:
        OSError: it is damaged.
        KeyError: there is none.
    """
    with _short_memory(ROOM_FOR_ATTRIBUTE):
        return found.attrs[name]


@contextlib.contextmanager
def _short_memory(room: int) -> Iterator[None]:
    """Let this process grow by `room` bytes at the most; on Linux alone, where that can be told."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (ImportError, OSError, ValueError):
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = pages * resource.getpagesize() + room
    if soft != resource.RLIM_INFINITY:
        limit = min(limit, soft)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    try:
        yield
    except MemoryError:
        raise OSError("an attribute claims more than it holds") from None
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def damage(where: Path, error: Exception) -> str:
    """The sentence for a file that h5py cannot read."""
    text = str(error)
    if isinstance(error, PermissionError):
        return f"{where} cannot be read: {error.strerror}."
    if "truncated file" in text:
        there, stored = (_number(text, name) for name in ("eof = ", "stored_eof = "))
        sizes = f": it has {there:,} bytes of {stored:,}" if there and stored else ""
        return f"{where} is cut short{sizes}; download or copy it again."
    return (
        f"{where} is a damaged HDF5 file (cut short, or changed on its way); download or copy it "
        "again."
    )


def _number(text: str, name: str) -> int:
    digits = text.partition(name)[2].partition(",")[0].partition(")")[0].strip()
    return int(digits) if digits.isdigit() else 0


def _size(source: Path | BinaryIO) -> int:
    if isinstance(source, Path):
        return source.stat().st_size
    position = source.tell()
    size = source.seek(0, 2)
    source.seek(position)
    return size


def _check(file: "h5py.File", where: Path, size: int) -> None:
    """Walk every object once, following none of the links that leave the file."""
    import h5py

    budget = max(ALWAYS_ALLOWED_BYTES, MAX_UNFOLDING * size)
    claimed = 0
    seen = {h5py.h5o.get_info(file.id).addr}
    # A group on the way down has its address in `above`: meeting it again is a cycle.
    waiting: list[tuple[Any, frozenset[int]]] = [(file, frozenset(seen))]
    _check_attributes(file, where)
    while waiting:
        group, above = waiting.pop()
        for name in group:
            found = _follow(group, name, where)
            if found is None:
                continue
            address = h5py.h5o.get_info(found.id).addr
            if address in above:
                raise ModelError(f"{where} has a group that contains itself; it is not opened.")
            if address in seen:
                continue
            seen.add(address)
            if len(seen) > MAX_OBJECTS or len(above) > MAX_DEPTH:
                raise ModelError(
                    f"{where} has more objects, or more groups in groups, than any network; it is "
                    "not opened."
                )
            _check_attributes(found, where)
            if isinstance(found, h5py.Dataset):
                claimed += _claimed(found, where, budget)
                if claimed > budget:
                    raise ModelError(_too_large(where, claimed, size))
            elif isinstance(found, h5py.Group):
                waiting.append((found, above | {address}))


def _follow(group: "h5py.Group", name: str, where: Path) -> Any:
    """The object under a name, None for a soft link, whose target is met elsewhere."""
    import h5py

    link = group.get(name, getlink=True)
    if isinstance(link, h5py.ExternalLink):
        raise ModelError(
            f"{where}: '{_shown(name)}' is a link to another file, and only what lies in the file "
            "itself is read; save the whole network in one file."
        )
    if isinstance(link, h5py.SoftLink):
        return None
    return group[name]


def _claimed(dataset: "h5py.Dataset", where: Path, budget: int) -> int:
    """Bytes that an array would take in memory."""
    name = _shown(dataset.name or "")
    if dataset.is_virtual or dataset.external:
        raise ModelError(
            f"{where}: the array '{name}' lies in another file, and only what lies in the file "
            "itself is read; save the whole network in one file."
        )
    creation = dataset.id.get_create_plist()
    filters = [creation.get_filter(number)[0] for number in range(creation.get_nfilters())]
    unknown = [number for number in filters if number not in FILTERS]
    if unknown:
        raise ModelError(
            f"{where}: the array '{name}' is compressed by a plug-in (number {unknown[0]}), and "
            "plug-ins are not loaded; save the network without it."
        )
    item = max(1, dataset.dtype.itemsize)
    if dataset.chunks is not None and item * math.prod(dataset.chunks) > budget:
        return budget + 1
    claimed: int = item * math.prod(int(n) for n in dataset.shape or ())
    return claimed


def _too_large(where: Path, claimed: int, size: int) -> str:
    return (
        f"{where} claims arrays of {claimed:,} bytes and more, but has {size:,} bytes itself; it "
        "is not opened, since no network is stored like that."
    )


def _check_attributes(found: Any, where: Path) -> None:
    import h5py

    count = h5py.h5a.get_num_attrs(found.id)
    if count > MAX_ATTRIBUTES:
        raise ModelError(f"{where} has {count:,} attributes in one place; it is not opened.")
    for index in range(count):
        attribute = h5py.h5a.open(found.id, index=index)
        claimed = max(1, attribute.dtype.itemsize) * math.prod(int(n) for n in attribute.shape)
        if claimed > MAX_ATTRIBUTE_BYTES:
            name = _shown(attribute.name)
            raise ModelError(
                f"{where}: the attribute '{name}' claims {claimed:,} bytes, more than any "
                "network's; it is not opened."
            )


def _shown(name: str | bytes) -> str:
    text = name.decode("utf-8", "replace") if isinstance(name, bytes) else name
    text = "".join(c if c.isprintable() else "?" for c in text)
    return text if len(text) <= 80 else text[:77] + "..."
