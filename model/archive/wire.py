"""Protocol buffers as bytes: fields read one by one, with nothing made of them.

TensorFlow's own classes take seconds to import and would unfold all of a stranger's file at once.
The encoding is documented by protobuf: a key (number and type), then a value.
"""

from collections.abc import Iterator

Field = tuple[int, "int | memoryview"]


class WireError(ValueError):
    """The bytes are no protocol buffer."""


def fields(data: bytes | memoryview) -> Iterator[Field]:
    """(number, value) of each field: an int, or the bytes of a text or of a message inside.

    Raises:
        WireError: they are cut short or of no known type.
    """
    view = memoryview(data)
    at = 0
    while at < len(view):
        key, at = _varint(view, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, at = _varint(view, at)
            yield number, value
            continue
        size = {1: 8, 5: 4}.get(kind)
        if kind == 2:
            size, at = _varint(view, at)
        if size is None or at + size > len(view):
            raise WireError("cut short")
        yield number, view[at : at + size]
        at += size


def messages(data: bytes | memoryview, number: int) -> Iterator[memoryview]:
    """The bytes of each field of a number that has bytes."""
    for found, value in fields(data):
        if found == number and isinstance(value, memoryview):
            yield value


def message(data: bytes | memoryview, number: int) -> memoryview:
    """The last such field, empty where there is none."""
    result = memoryview(b"")
    for value in messages(data, number):
        result = value
    return result


def text(data: bytes | memoryview, number: int) -> str:
    """The last such field as text, "" where there is none."""
    return bytes(message(data, number)).decode("utf-8", "replace")


def integer(data: bytes | memoryview, number: int) -> int:
    """The last such field as a number, 0 where there is none."""
    result = 0
    for found, value in fields(data):
        if found == number and isinstance(value, int):
            result = value
    return result


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(view) or shift > 63:
            raise WireError("cut short")
        byte = view[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
