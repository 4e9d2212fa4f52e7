"""Event files for tests, written with TensorBoard's own protobufs and record writer, and read."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.summary.writer.record_writer import RecordWriter

from innerview.stores.base import Backend, Run, Series

NAME = "events.out.tfevents.1700000000.host"
START = 1.7e9


def scalar(tag: str, value: float, step: int, plugin: str = "") -> Event:
    """As torch writes it; with a plugin's name its metadata is there too."""
    return event(step, Summary.Value(tag=tag, simple_value=value, metadata=metadata(plugin)))


def tensor(
    tag: str, shape: Iterable[int], step: int = 0, plugin: str = "scalars", **fields: Any
) -> Event:
    dimensions = [TensorShapeProto.Dim(size=size) for size in shape]
    proto = TensorProto(tensor_shape=TensorShapeProto(dim=dimensions), **fields)
    return event(step, Summary.Value(tag=tag, tensor=proto, metadata=metadata(plugin)))


def metadata(plugin: str, content: bytes = b"") -> SummaryMetadata | None:
    if not plugin:
        return None
    data = SummaryMetadata.PluginData(plugin_name=plugin, content=content)
    return SummaryMetadata(plugin_data=data)


def event(step: int, *values: Summary.Value) -> Event:
    return Event(wall_time=START + step / 8, step=step, summary=Summary(value=values))


def append(path: Path, events: Iterable[Event | bytes]) -> None:
    """Add records to an event file, which is made where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        writer = RecordWriter(file)
        for each in events:
            writer.write(each if isinstance(each, bytes) else each.SerializeToString())


def runs(backend: Backend) -> dict[str, Run]:
    return {run.name: run for run in backend.runs()}


def series(backend: Backend, run: str) -> dict[str, Series]:
    return {found.tag: found for found in backend.series(runs(backend)[run].id)}


def values(backend: Backend, run: str, tag: str) -> list[float]:
    (found,) = backend.scalars([(runs(backend)[run].id, tag)])
    numbers: list[float] = found.values.tolist()
    return numbers


def steps(backend: Backend, run: str, tag: str) -> list[int]:
    (found,) = backend.scalars([(runs(backend)[run].id, tag)])
    assert len(found.steps) == len(found.times) == len(found.values)
    numbers: list[int] = found.steps.tolist()
    return numbers
