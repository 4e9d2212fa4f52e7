"""TFRecord files and the examples in them, without TensorFlow."""

import functools
import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.decode import UnreadableImage
from util import DataError

# Length of a record (8 bytes), its checksum (4) ... content ... the content's checksum (4).
HEADER, FOOTER = 12, 4
MAX_RECORD = 2**30


def scan_records(path: Path) -> NDArray[np.int64]:
    """Where the records of a TFRecord file lie: int64, (n, 2), offset and bytes of each.

    Raises:
        DataError: the file cannot be read, or its lengths make no sense.
    """
    found: list[tuple[int, int]] = []
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            position = 0
            while position < size:
                header = file.read(HEADER)
                length = struct.unpack("<Q", header[:8])[0] if len(header) == HEADER else -1
                end = position + HEADER + length + FOOTER
                if not 0 <= length <= MAX_RECORD or end > size:
                    raise DataError(
                        f"{path} is broken after {len(found):,} records: prepare or copy it again."
                    )
                found.append((position + HEADER, length))
                file.seek(length + FOOTER, os.SEEK_CUR)
                position = end
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error
    return np.array(found, np.int64).reshape(-1, 2)


def read_record(path: Path, offset: int, length: int) -> dict[str, list[Any]]:
    """The features of one example: name -> its bytes, floats or whole numbers.

    Raises:
        UnreadableImage: it cannot be read or is no example.
    """
    try:
        with path.open("rb", buffering=0) as file:
            file.seek(offset)
            content = file.read(length)
    except OSError as error:
        raise _broken(path, offset, error.strerror or "cannot be read") from error
    return parse_example(content, path, offset)


def parse_example(content: bytes, path: Path, offset: int) -> dict[str, list[Any]]:
    """As `read_record`, of a record's content."""
    from google.protobuf.message import DecodeError

    try:
        example = _example_class().FromString(content)
    except (DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _broken(path, offset, "its record is broken") from error
    found: dict[str, list[Any]] = {}
    for name, feature in example.features.feature.items():
        kind = feature.WhichOneof("kind")
        found[name] = list(getattr(feature, kind).value) if kind else []
    return found


def _broken(path: Path, offset: int, reason: str) -> UnreadableImage:
    return UnreadableImage(
        f"The image at byte {offset:,} of {path} cannot be read ({reason}): prepare the dataset "
        "again.",
        reason,
    )


@functools.cache
def _example_class() -> Any:
    """The message that TensorFlow calls tf.train.Example, from its published field numbers."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    field = descriptor_pb2.FieldDescriptorProto
    package = "innerview.records"
    file = descriptor_pb2.FileDescriptorProto(
        name="innerview_records.proto", package=package, syntax="proto3"
    )
    kinds = {
        "BytesList": field.TYPE_BYTES,
        "FloatList": field.TYPE_FLOAT,
        "Int64List": field.TYPE_INT64,
    }
    for name, kind in kinds.items():
        message = file.message_type.add(name=name)
        message.field.add(name="value", number=1, type=kind, label=field.LABEL_REPEATED)
    feature = file.message_type.add(name="Feature")
    feature.oneof_decl.add(name="kind")
    names = ("bytes_list", "float_list", "int64_list")
    for number, (name, kind_name) in enumerate(zip(names, kinds, strict=True), 1):
        feature.field.add(
            name=name, number=number, type=field.TYPE_MESSAGE, label=field.LABEL_OPTIONAL,
            type_name=f".{package}.{kind_name}", oneof_index=0,
        )  # fmt: skip
    features = file.message_type.add(name="Features")
    entry = features.nested_type.add(name="FeatureEntry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, type=field.TYPE_STRING, label=field.LABEL_OPTIONAL)
    entry.field.add(
        name="value", number=2, type=field.TYPE_MESSAGE, label=field.LABEL_OPTIONAL,
        type_name=f".{package}.Feature",
    )  # fmt: skip
    features.field.add(
        name="feature", number=1, type=field.TYPE_MESSAGE, label=field.LABEL_REPEATED,
        type_name=f".{package}.Features.FeatureEntry",
    )  # fmt: skip
    example = file.message_type.add(name="Example")
    example.field.add(
        name="features", number=1, type=field.TYPE_MESSAGE, label=field.LABEL_OPTIONAL,
        type_name=f".{package}.Features",
    )  # fmt: skip
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.Example"))
