"""Records as JSON: back as they were, and nothing else taken for one."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from innerview.records import (
    Checkpoint,
    ClassMap,
    ClassPoints,
    Curve,
    Histogram,
    Image,
    Points,
    Record,
    RunChanged,
    RunStarted,
    Text,
    from_json,
    to_json,
)
from tests.store_records import class_map, class_points

FLOATS = np.array([1.5, np.nan, -np.inf])
RECORDS: list[Record] = [
    RunStarted("r-1", "näme", "folder", 1.5, {"host": "here", "pid": 3}),
    RunChanged("r-1", 2, {"lr": 0.1, "deep": True, "none": None}, "done"),
    RunChanged("r-1", 2.5, {}),
    Points("r-1", "loss", "w", 3, np.arange(3), np.arange(3.0), FLOATS),
    Histogram("r-1", "h", "id", 3, 1.0, np.arange(4.0), np.ones(3)),
    Image("r-1", "i", "id", 3, 1.0, 2, 1, b"\x00\xff"),
    Text("r-1", "t", "id", -3, 1.0, "\n<b>"),
    Curve("r-1", "c", "id", 3, 1.0, np.linspace(0, 1, 5), np.ones((4, 5))),
    Checkpoint("r-1", "id", 3, 1.0, None, "a/b.keras"),
    class_map("r-1"),
    class_points("r-1"),
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_a_record_comes_back(record: Record) -> None:
    found = from_json(json.loads(json.dumps(to_json(record))))
    assert type(found) is type(record)
    for name in record.__slots__:
        before, after = getattr(record, name), getattr(found, name)
        np.testing.assert_equal(after, before)
        if isinstance(before, np.ndarray):
            assert after.dtype == before.dtype


def changed(record: Record, **changes: Any) -> dict[str, Any]:
    return to_json(record) | changes


POINTS, HISTOGRAM, IMAGE, CURVE, MAP, SAMPLES = (RECORDS[n] for n in (3, 4, 5, 7, 9, 10))
assert isinstance(MAP, ClassMap) and isinstance(SAMPLES, ClassPoints)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"kind": "os.system"},
        {"kind": []},
        changed(POINTS, run="../../etc"),
        changed(POINTS, run=5),
        changed(POINTS, tag=None),
        changed(POINTS, number=1.5),
        changed(POINTS, number=1 << 70),
        changed(POINTS, number=True),
        changed(POINTS, steps=[1, 2, 3]),
        changed(POINTS, steps=to_json(POINTS)["values"]),
        changed(POINTS, steps={"base64": "AAAA"}),
        changed(POINTS, steps={"base64": "AA", "dtype": "<i8", "shape": [1]}),
        changed(POINTS, steps={"base64": "", "dtype": "<i8", "shape": [0]}),
        changed(POINTS, steps={"base64": "", "dtype": "O", "shape": [0]}),
        changed(POINTS, steps={"base64": "", "dtype": "<i8", "shape": [1 << 62, 1 << 62]}),
        changed(POINTS, steps={"base64": 3, "dtype": "<i8", "shape": [1]}),
        changed(HISTOGRAM, counts=to_json(HISTOGRAM)["edges"]),
        changed(IMAGE, png="text"),
        changed(IMAGE, width=0),
        changed(CURVE, counts=to_json(CURVE)["thresholds"]),
        changed(RECORDS[0], source=[]),
        changed(RECORDS[0], source={"a": {"b": 1}}),
        changed(RECORDS[0], time="now"),
        changed(RECORDS[1], status="cursed"),
        changed(RECORDS[8], path=None),
        changed(MAP, width=6),
        changed(MAP, classes=1),
        changed(MAP, height=1 << 62),
        changed(MAP, content={"base64": "AAAA"}),
        changed(MAP, content=to_json(IMAGE)["png"]),
        changed(MAP, xlim=[1.0]),
        changed(MAP, xlim=[1.0, 1.0]),
        changed(MAP, ylim=["0", "1"]),
        changed(SAMPLES, labels=to_json(SAMPLES)["points"]),
        changed(SAMPLES, points=to_json(HISTOGRAM)["edges"]),
        changed(SAMPLES, names=["a", 3]),
        changed(SAMPLES, names="ant"),
    ],
    ids=str,
)
def test_what_is_no_record_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no record"):
        from_json(values)


@given(st.dictionaries(st.sampled_from(["kind", "run", "tag", "time", "png", "steps"]),
                       st.one_of(st.none(), st.integers(), st.text(), st.lists(st.integers()),
                                 st.sampled_from(["Points", "Image", "Text"]),
                                 st.dictionaries(st.sampled_from(["base64", "dtype", "shape"]),
                                                 st.text()))))  # fmt: skip
def test_any_json_is_a_record_or_a_value_error(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no record"):
        from_json(values)
