"""What TensorBoard's writers put into events: TF1's and torch's own fields, and TF2's tensors."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from innerview.records import Curve, Histogram, Text, Value

# Of tensorflow.DataType: those that numbers come in. Bfloat16 is the upper half of a float32.
_DTYPES = {
    1: "<f4", 2: "<f8", 3: "<i4", 4: "u1", 5: "<i2", 6: "i1", 9: "<i8", 10: "?", 17: "<u2",
    19: "<f2", 22: "<u4", 23: "<u8",
}  # fmt: skip
_FIELDS = {
    1: "float_val", 2: "double_val", 3: "int_val", 4: "int_val", 5: "int_val", 6: "int_val",
    9: "int64_val", 10: "bool_val", 17: "int_val", 22: "uint32_val", 23: "uint64_val",
}  # fmt: skip
# More numbers than any histogram or curve has, and more images than are logged at once.
_LARGEST, _MOST_IMAGES = 1 << 20, 1000

# TensorBoard's plugin -> kind of a series.
_KINDS = {
    "scalars": "scalar",
    "histograms": "histogram",
    "images": "image",
    "text": "text",
    "pr_curves": "curve",
}
# torch's add_text puts this behind the tag.
_TEXT_SUFFIX = "/text_summary"


@dataclass(frozen=True, slots=True)
class Item:
    """Where a histogram, an image, a text or a curve is.

    Attributes:
        file: name of the event file; offset, length: of its record.
        value: which of the record's values; part: which of its images.
    """

    kind: str
    tag: str
    step: int
    time: float
    file: str
    offset: int
    length: int
    value: int
    part: int
    width: int = 0
    height: int = 0

    @property
    def id(self) -> str:
        return f"{self.offset:x}-{self.value}-{self.part}-{abs(hash_of(self.file)):08x}"


def hash_of(name: str) -> int:
    """The same in every process, unlike `hash`."""
    import zlib

    return zlib.crc32(name.encode("utf-8", "surrogateescape"))


def kind_of(value: Any, plugin: str) -> str | None:
    """ "scalar", "histogram", "image", "text", "curve"; None for what has no place here.

    Args:
        value: a Summary.Value; plugin: what its tag's first value said that it is for.
    """
    match value.WhichOneof("value"):
        case "simple_value":
            return "scalar"
        case "histo":
            return "histogram"
        case "image":
            return "image"
        case "tensor":
            return _KINDS.get(plugin)
    return None


def tag_of(value: Any, kind: str) -> str:
    tag: str = value.tag
    return tag.removesuffix(_TEXT_SUFFIX) if kind == "text" else tag


def read_scalar(value: Any) -> float | None:
    """None if it is no number."""
    if value.WhichOneof("value") == "simple_value":
        return float(value.simple_value)
    tensor = value.tensor
    # Nearly all scalars there are, without a detour.
    if tensor.dtype == 1 and len(tensor.tensor_content) == 4:
        return float(np.frombuffer(tensor.tensor_content, "<f4")[0])
    numbers = read_numbers(tensor)
    return float(numbers.flat[0]) if numbers is not None and numbers.size == 1 else None


def read_numbers(tensor: Any) -> NDArray[Any] | None:
    """A TensorProto's numbers in its shape; None if it has none, or too many, or is wrong."""
    shape = tuple(int(dimension.size) for dimension in tensor.tensor_shape.dim)
    if tensor.dtype not in _DTYPES or any(size < 0 for size in shape):
        return None
    count = 1
    for size in shape:
        count *= size
    if count > _LARGEST:
        return None
    dtype = np.dtype(_DTYPES[tensor.dtype])
    if tensor.tensor_content:
        if len(tensor.tensor_content) != count * dtype.itemsize:
            return None
        return np.frombuffer(tensor.tensor_content, dtype).reshape(shape)
    if tensor.dtype == 19:
        halves = np.array(tensor.half_val[: count + 1]).astype(np.uint16)
        values = halves.view("<f2")
    else:
        values = np.array(getattr(tensor, _FIELDS[tensor.dtype])[: count + 1])
    if not len(values):
        return np.zeros(shape)
    # The last is meant for all that follow.
    filled = np.concatenate([values, np.repeat(values[-1:], max(0, count - len(values)))])
    return filled.reshape(shape) if len(filled) == count else None


def list_images(value: Any) -> Iterator[tuple[str, int, int, int]]:
    """(tag, part, width, height) of each image of a value; the second one's tag ends in "/1"."""
    if value.WhichOneof("value") == "image":
        yield value.tag, 0, value.image.width, value.image.height
        return
    # The first two strings are the width and the height of all.
    strings = value.tensor.string_val
    if len(strings) < 3 or not (strings[0].isdigit() and strings[1].isdigit()):
        return
    if len(strings[0]) > 9 or len(strings[1]) > 9:
        return
    for part in range(min(len(strings) - 2, _MOST_IMAGES)):
        tag = f"{value.tag}/{part}" if part else value.tag
        yield tag, part, int(strings[0]), int(strings[1])


def read_image(value: Any, part: int) -> bytes:
    """The encoded picture: PNG, JPEG or GIF."""
    if value.WhichOneof("value") == "image":
        return bytes(value.image.encoded_image_string)
    return bytes(value.tensor.string_val[part + 2])


def read_text(value: Any, run: str, item: Item) -> Text:
    strings = [s.decode("utf-8", "replace") for s in value.tensor.string_val]
    sizes = [int(dimension.size) for dimension in value.tensor.tensor_shape.dim]
    # A table's rows are lines.
    width = max(1, sizes[-1]) if len(sizes) > 1 else 1
    lines = ["\t".join(strings[at : at + width]) for at in range(0, len(strings), width)]
    return Text(run, item.tag, item.id, item.step, item.time, "\n".join(lines))


def read_curve(value: Any, run: str, item: Item) -> Curve | None:
    """The plugin keeps six rows: the four counts, precision, recall."""
    numbers = read_numbers(value.tensor)
    if numbers is None or numbers.ndim != 2 or numbers.shape[0] < 4 or not numbers.shape[1]:
        return None
    thresholds = np.linspace(0.0, 1.0, numbers.shape[1])
    counts = numbers[:4].astype(np.float64)
    return Curve(run, item.tag, item.id, item.step, item.time, thresholds, counts)


def read_histogram(value: Any, run: str, item: Item) -> Histogram | None:
    if value.WhichOneof("value") == "histo":
        found = _legacy_bins(value.histo)
    else:
        numbers = read_numbers(value.tensor)
        if numbers is None or numbers.ndim != 2 or numbers.shape[1] != 3:
            return None
        found = _tensor_bins(numbers.astype(np.float64))
    if found is None or not all(np.isfinite(array).all() for array in found):
        return None
    return Histogram(run, item.tag, item.id, item.step, item.time, *found)


Bins = tuple[NDArray[np.float64], NDArray[np.float64]]


def _legacy_bins(proto: Any) -> Bins | None:
    """Edges and counts of a HistogramProto, which names the right end of each bucket."""
    limits = np.array(proto.bucket_limit[:_LARGEST], np.float64)
    counts = np.array(proto.bucket[:_LARGEST], np.float64)
    if len(limits) != len(counts) or not len(limits):
        return None
    if len(counts) > 1 and counts[0] == 0:
        # torch puts an empty bucket in front, whose right end is where the first one begins.
        edges, counts = limits.copy(), counts[1:]
    else:
        edges = np.concatenate([[min(proto.min, limits[0])], limits])
    if edges[-1] > 1e300:
        # The last bucket of TF1's goes on for ever.
        edges[-1] = max(proto.max, edges[-2])
    if edges[0] < -1e300:
        edges[0] = min(proto.min, edges[1])
    return _rising(edges, counts)


def _tensor_bins(buckets: NDArray[np.float64]) -> Bins | None:
    """Edges and counts of rows (left, right, count)."""
    if not len(buckets):
        return np.array([-0.5, 0.5]), np.zeros(1)
    edges = np.concatenate([buckets[:1, 0], buckets[:, 1]])
    return _rising(edges, buckets[:, 2])


def _rising(edges: NDArray[np.float64], counts: NDArray[np.float64]) -> Bins | None:
    """Without the buckets of no width; what lies in them is given to a neighbour."""
    if not (np.isfinite(edges).all() and (np.diff(edges) >= 0).all() and (counts >= 0).all()):
        return None
    if edges[0] == edges[-1]:
        # All values are the same one: one bucket round it, as numpy.histogram makes it.
        return edges[0] + np.array([-0.5, 0.5]), np.array([counts.sum()])
    wide = np.diff(edges) > 0
    into = np.maximum(np.cumsum(wide) - 1, 0)
    kept = np.concatenate([edges[:1], edges[1:][wide]])
    return kept, np.bincount(into, counts, minlength=int(wide.sum())).astype(np.float64)


def read_parameters(content: bytes) -> tuple[dict[str, Value], str | None]:
    """What the hparams plugin wrote: a run's hyperparameters, and how it ended ("" for not)."""
    from google.protobuf.message import DecodeError
    from tensorboard.plugins.hparams import plugin_data_pb2

    try:
        data = plugin_data_pb2.HParamsPluginData.FromString(content)
    except DecodeError:
        return {}, None
    if data.HasField("session_end_info"):
        status = {1: "done", 2: "failed"}.get(data.session_end_info.status)
        return {}, status
    if not data.HasField("session_start_info"):
        return {}, None
    return {name: _value(v) for name, v in sorted(data.session_start_info.hparams.items())}, None


def _value(value: Any) -> Value:
    kind = value.WhichOneof("kind")
    if kind == "number_value":
        number = float(value.number_value)
        # The plugin has no integers; a batch size is to read 32, and not 32.0.
        return int(number) if number.is_integer() and abs(number) < 2**53 else number
    if kind == "bool_value":
        return bool(value.bool_value)
    return str(value.string_value) if kind == "string_value" else None
