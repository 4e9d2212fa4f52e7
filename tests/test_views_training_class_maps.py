"""Class-probability maps as the page asks for them."""

import json
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from numpy.typing import NDArray

from innerview import fixed_point
from innerview.records import ClassPoints
from innerview.stores.base import ClassMapInfo
from innerview.stores.sqlite_schema import FILE
from tests.class_map_stores import (
    NAMES,
    TAG,
    XLIM,
    YLIM,
    map_record,
    maps_of,
    points_record,
    probabilities,
)
from tests.training_stores import STARTED, ask, client_of, open_library, run_records, write
from views.training import class_maps
from views.training.library import Library

# How near the page's probabilities are to those that were logged.
STORED = 1 / 131_068 + 1 / 131_070


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    found = open_library(tmp_path_factory.mktemp("maps"))
    write(
        found.default,
        *(run_records(run) for run in ("a", "b", "bin")),
        maps_of("a", (0, 2, 1)),
        [map_record("b", None, step, tag="bare") for step in (5, 6)],
        [map_record("bin", 1, 1)],
    )
    found.default.backend.edit("bin", {"deleted": True})
    yield found
    found.close()


@pytest.fixture
def client(library: Library) -> FlaskClient:
    return client_of(library)


def unpack(content: bytes) -> tuple[dict[str, Any], bytes]:
    """The header of an answer, and the bytes of its arrays."""
    (length,) = struct.unpack("<I", content[:4])
    assert (4 + length) % 8 == 0
    return json.loads(content[4 : 4 + length]), content[4 + length :]


def shares_of(content: bytes) -> NDArray[np.float64]:
    """The probabilities of a map, (height, width, classes), as the page reads them."""
    header, raw = unpack(content)
    layers, height, width = (header[name] for name in ("layers", "height", "width"))
    lanes = np.frombuffer(raw, "<u2").reshape(layers, height, width, 4) / 65535
    wide = lanes.transpose(1, 2, 0, 3).reshape(height, width, layers * 4)
    assert not wide[..., header["classes"] :].any()
    return np.asarray(wide[..., : header["classes"]])


def test_maps_are_told_by_their_steps(client: FlaskClient) -> None:
    answer = ask(client, "maps", run="a", tag=TAG).json
    assert [(found["epoch"], found["step"]) for found in answer["maps"]] == [
        (0, 0),
        (1, 10),
        (2, 20),
    ]
    assert answer["maps"][1] == {
        "id": f"a-{TAG}-10", "step": 10, "time": STARTED + 10, "epoch": 1,
        "width": 41, "height": 21,
    }  # fmt: skip
    assert (answer["xlim"], answer["ylim"]) == (list(XLIM), list(YLIM))
    assert (answer["classes"], answer["points"], answer["total"]) == (list(NAMES), 60, 3)
    bare = ask(client, "maps", run="b", tag="bare").json
    assert [found["epoch"] for found in bare["maps"]] == [None, None]
    assert (bare["classes"], bare["points"]) == (["0", "1", "2", "3", "4"], 0)
    assert ask(client, "maps", run="b", tag=TAG).json == {
        "total": 0, "maps": [], "xlim": None, "ylim": None, "classes": [], "points": 0,
    }  # fmt: skip


def test_the_page_knows_the_tags(client: FlaskClient) -> None:
    assert client.get("/api/training/runs").json["tags"]["maps"] == ["bare", TAG]


def test_a_map_is_what_the_network_says_on_the_grid(client: FlaskClient) -> None:
    answer = ask(client, f"map/a-{TAG}-20", run="a")
    header, _ = unpack(answer.data)
    assert header == {
        "id": f"a-{TAG}-20", "step": 20, "epoch": 2, "xlim": list(XLIM), "ylim": list(YLIM),
        "width": 41, "height": 21, "classes": 5, "layers": 2,
    }  # fmt: skip
    y, x = np.meshgrid(np.linspace(*YLIM, 21), np.linspace(*XLIM, 41), indexing="ij")
    np.testing.assert_allclose(shares_of(answer.data), probabilities(x, y, 2), rtol=0, atol=STORED)
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_where_a_network_answered_nothing_nothing_is_sent() -> None:
    record = map_record("a", 1, 1)
    shares = np.array(record.probabilities)
    shares[3, 4, 1] = np.nan
    content = class_maps.pack_map(replace(record, content=fixed_point.encode(shares)))
    sent = shares_of(content)
    assert not sent[3, 4].any()
    assert np.count_nonzero(sent.sum(-1) < 0.99) == 1


def test_points_come_with_their_labels(client: FlaskClient) -> None:
    header, raw = unpack(ask(client, "map-points", run="a", tag=TAG).data)
    assert header == {"total": 60, "count": 60}
    known = points_record("a")
    np.testing.assert_array_equal(np.frombuffer(raw[: 60 * 8], "<f4").reshape(60, 2), known.points)
    np.testing.assert_array_equal(np.frombuffer(raw[60 * 8 :], "<i4"), known.labels)
    assert unpack(ask(client, "map-points", run="b", tag="bare").data)[0]["count"] == 0


def test_of_many_points_and_maps_a_fair_part_is_sent() -> None:
    labels = np.repeat(np.array([0, 1, -7], np.int32), (90_000, 9_000, 1_000))
    places = np.zeros((len(labels), 2), np.float32)
    many = ClassPoints("a", TAG, "p", STARTED, places, labels, ())
    header, raw = unpack(class_maps.pack_points(many))
    assert header == {"total": 100_000, "count": 5_000}
    sent = np.frombuffer(raw[5_000 * 8 :], "<i4")
    assert [int((sent == label).sum()) for label in (0, 1, -1)] == [4_500, 450, 50]
    assert class_maps.name_classes(1, many) == ["0", "1"]
    info = ClassMapInfo("a", TAG, "m", 1, STARTED, 1, 21, 41, 5, XLIM, YLIM)
    described = class_maps.describe_maps([info] * 3_000, None)
    assert (described["total"], len(described["maps"])) == (3_000, 2_000)


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("maps", {"run": "a"}, 400),
        ("maps", {"tag": TAG}, 400),
        ("maps", {"run": "gone", "tag": TAG}, 404),
        ("maps", {"run": "bin", "tag": TAG}, 404),
        ("maps", {"run": "a", "tag": "x" * 1001}, 400),
        ("map-points", {"run": "bin", "tag": TAG}, 404),
        (f"map/a-{TAG}-10", {"run": "b"}, 404),
        (f"map/bin-{TAG}-1", {"run": "bin"}, 404),
        ("map/../../a", {"run": "a"}, 404),
    ],
)
def test_mistakes_are_a_sentence(
    client: FlaskClient, path: str, query: dict[str, str], status: int
) -> None:
    answer = ask(client, path, **query)
    assert answer.status_code == status
    assert answer.json["message"].endswith(".")


def test_a_damaged_map_is_left_out_and_told_and_the_others_are_shown(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    write(library.default, run_records("a"), maps_of("a", (0, 1, 2)))
    client = client_of(library)
    file = tmp_path / "runs" / FILE

    def harm(statement: str) -> Any:
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute(statement)
        return ask(client, "maps", run="a", tag=TAG)

    answer = harm("UPDATE class_map SET x_low = x'00ff' WHERE epoch = 1").json
    assert [found["epoch"] for found in answer["maps"]] == [0, 2]
    assert (answer["xlim"], answer["points"]) == (list(XLIM), 60)
    assert answer["damage"] == "1 of 3 maps is damaged in the store and left out."
    answer = harm("UPDATE class_map SET id = x'00ff' WHERE epoch = 2").json
    assert [found["epoch"] for found in answer["maps"]] == [0]
    assert answer["damage"] == "2 of 3 maps are damaged in the store and left out."
    answer = harm("UPDATE class_points SET points = x'00ff'").json
    assert ([found["epoch"] for found in answer["maps"]], answer["points"]) == ([0], 0)
    assert answer["damage"].startswith("2 of 3 maps and the points on the maps are damaged")
    # What is in the map shows only when it is unpacked: a sentence of its own, and no lost store.
    answer = harm("UPDATE class_map SET content = x'00' WHERE epoch = 0")
    assert [found["epoch"] for found in answer.json["maps"]] == [0]
    map = ask(client, f"map/a-{TAG}-0", run="a")
    assert map.status_code == 409 and map.json["message"].startswith("A class map is not of")
    library.close()
