"""The records of an event file: a length, its checksum, the content, its checksum.

TensorFlow's TFRecord format: the length is a little-endian uint64, a checksum a CRC-32C (RFC 3720)
rotated right by 15 and added to a constant. All checksums of a chunk are computed side by side,
a byte of each at a time, as there is no CRC-32C in Python.
"""

import functools
import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HEADER, FOOTER = 12, 4
# A record larger than this is passed over, so that a wrong file cannot fill the memory.
LARGEST = 16 << 20

_POLYNOMIAL = 0x82F63B78
_MASK = 0xA282EAD8
_FULL = 0xFFFFFFFF

# Records are cut into rows of this many bytes: short ones for scalars, long ones for pictures.
_SHORT, _LONG = 64, 1024


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where the contents of records are, one behind the other.

    Attributes:
        starts, lengths: int64, (n,).
    """

    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]


def split(content: bytes) -> tuple[Places, int, bool]:
    """Find the whole records at the beginning of some bytes.

    Returns:
        Where each record's content is; where the next record begins; and whether the rest of the
        file is worth reading (False: this part is damaged).
    """
    found = array("q")
    sound = True
    start, end = 0, len(content)
    unpack = struct.Struct("<Q").unpack_from
    while end - start >= HEADER:
        after = start + HEADER + unpack(content, start)[0] + FOOTER
        if after > end:
            sound = _is_header(content[start : start + HEADER])
            break
        found.append(start + HEADER)
        start = after
    starts = np.array(found, np.int64)
    lengths = np.diff(starts, append=start + HEADER) - (HEADER + FOOTER)
    good = _count_good(content, Places(starts, lengths))
    if good < len(starts):
        start, sound = int(starts[good]) - HEADER, False
    return Places(starts[:good], lengths[:good]), start, sound


def next_length(header: bytes) -> int | None:
    """The length of the record that begins so, None if that is damaged."""
    return struct.unpack_from("<Q", header)[0] if _is_header(header) else None


def count_values(record: bytes, limit: int) -> int:
    """How many values an Event's summary has, no more than `limit`; 0 where that cannot be told.

    Protobuf would make an object of each, and two bytes are enough for one.
    """
    count = 0
    for field, start, end in _fields(record, 0, len(record)):
        if field == _SUMMARY:
            for inner, _, _ in _fields(record, start, end):
                count += inner == _VALUE
                if count >= limit:
                    return count
    return count


# Numbers of fields: Event.summary, Summary.value.
_SUMMARY, _VALUE = 5, 1


def _fields(content: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """(number, start, end) of each field of a message, as long as they make sense."""
    while at < end:
        key, at = _varint(content, at, end)
        kind = key & 7
        if kind == 0:
            start = at
            _, at = _varint(content, at, end)
        elif kind == 2:
            length, start = _varint(content, at, end)
            at = start + length
        elif kind in (1, 5):
            start, at = at, at + (8 if kind == 1 else 4)
        else:
            return
        if at > end:
            return
        yield key >> 3, start, at


def _varint(content: bytes, at: int, end: int) -> tuple[int, int]:
    """A number, and where the next thing begins: past the end if this one is cut off."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= end:
            break
        value |= (content[at] & 0x7F) << shift
        at += 1
        if content[at - 1] < 0x80:
            return value, at
    return value, end + 1


def _is_header(header: bytes) -> bool:
    (found,) = struct.unpack_from("<I", header, 8)
    return bool(int(_checksums(header, np.array([0]), np.array([8]))[0]) == found)


def _count_good(content: bytes, places: Places) -> int:
    """How many records come before the first with a wrong checksum."""
    starts, lengths = places.starts, places.lengths
    if not len(starts):
        return 0
    headers = _checksums(content, starts - HEADER, np.full(len(starts), 8))
    good = headers == _numbers(content, starts - FOOTER)
    good &= _checksums(content, starts, lengths) == _numbers(content, starts + lengths)
    return len(good) if good.all() else int(np.argmin(good))


def _numbers(content: bytes, starts: NDArray[np.int64]) -> NDArray[np.uint32]:
    parts = np.frombuffer(content, np.uint8)[starts[:, None] + np.arange(4)]
    return np.ascontiguousarray(parts).view("<u4")[:, 0].astype(np.uint32)


def _checksums(
    content: bytes, starts: NDArray[np.int64], lengths: NDArray[np.int64]
) -> NDArray[np.uint32]:
    """The masked CRC-32C of each part."""
    found = np.empty(len(starts), np.uint32)
    for chosen, width in (
        (lengths <= 8, 8),
        ((lengths > 8) & (lengths <= 4 * _SHORT), _SHORT),
        (lengths > 4 * _SHORT, _LONG),
    ):
        if chosen.any():
            found[chosen] = _crcs(content, starts[chosen], lengths[chosen], width)
    rotated = (found >> np.uint32(15)) | (found << np.uint32(17))
    masked: NDArray[np.uint32] = rotated + np.uint32(_MASK)
    return masked


def _crcs(
    content: bytes, starts: NDArray[np.int64], lengths: NDArray[np.int64], width: int
) -> NDArray[np.uint32]:
    """The CRC-32C of each part, by rows of `width` bytes; its first row has zeros in front."""
    counts = np.maximum(1, -(-lengths // width))
    firsts = np.cumsum(counts) - counts
    number = np.arange(counts.sum()) - np.repeat(firsts, counts)
    pads = counts * width - lengths
    row_starts = np.repeat(starts - pads, counts) + number * width
    row_pads = np.where(number == 0, np.repeat(pads, counts), 0)
    states = _run_rows(content, row_starts, row_pads, number == 0, width)
    values: NDArray[np.uint32] = states[firsts]
    for part in np.flatnonzero(counts > 1):
        value = int(values[part])
        for state in states[firsts[part] + 1 : firsts[part] + counts[part]].tolist():
            value = _advance(value, width) ^ state
        values[part] = value
    return values ^ np.uint32(_FULL)


def _run_rows(
    content: bytes,
    starts: NDArray[np.int64],
    pads: NDArray[np.int64],
    is_first: NDArray[np.bool_],
    width: int,
) -> NDArray[np.uint32]:
    data = np.frombuffer(content, np.uint8)
    table = _table()
    states = np.zeros(len(starts), np.uint32)
    # Zeros leave a state of zero as it is; it is set to all ones where the content begins.
    begin = {int(pad): np.flatnonzero(is_first & (pads == pad)) for pad in np.unique(pads)}
    at = starts.copy()
    for column in range(width):
        if column in begin:
            states[begin[column]] = _FULL
        values = data[np.maximum(at, 0)]
        values[column < pads] = 0
        states = table[(states ^ values) & np.uint32(255)] ^ (states >> np.uint32(8))
        at += 1
    empty = is_first & (pads == width)
    states[empty] = _FULL
    return states


@functools.cache
def _table() -> NDArray[np.uint32]:
    values = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        values = (values >> np.uint32(1)) ^ (values & np.uint32(1)) * np.uint32(_POLYNOMIAL)
    return values


def _advance(value: int, width: int) -> int:
    """The state after `width` zeros; linear, so that each of its bytes adds its own share."""
    tables = _advance_tables(width)
    return (
        tables[0][value & 255]
        ^ tables[1][value >> 8 & 255]
        ^ tables[2][value >> 16 & 255]
        ^ tables[3][value >> 24]
    )


@functools.cache
def _advance_tables(width: int) -> list[list[int]]:
    table = _table()
    tables = []
    for shift in (0, 8, 16, 24):
        values = np.arange(256, dtype=np.uint32) << np.uint32(shift)
        for _ in range(width):
            values = table[values & np.uint32(255)] ^ (values >> np.uint32(8))
        tables.append(values.tolist())
    return tables
