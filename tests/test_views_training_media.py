"""Histograms, pictures and texts as the page asks for them."""

from collections.abc import Iterator

import numpy as np
import pytest
from flask.testing import FlaskClient

from innerview.records import THOUGHT, Histogram, Image, Text
from tests.training_stores import STARTED, ask, client_of, open_library, run_records, write
from views.training.library import Library
from views.training.media import mimetype, spread

PNG = b"\x89PNG\r\n\x1a\n rest"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    found = open_library(tmp_path_factory.mktemp("media"))
    edges = np.linspace(-1, 1, 5)
    counts = np.array([1.0, 2, 3, 4])
    write(found.default, run_records("a"), run_records("b"), run_records("bin"))
    write(
        found.default,
        [Histogram("a", "w", f"h{k}", k, STARTED + k, edges, counts * k) for k in range(1000)],
        [Image("a", "digits", f"i{k}", k, STARTED, 8, 4, PNG) for k in range(3)],
        [Image("a", "digits", "svg", 9, STARTED, 8, 4, SVG)],
        [
            Text("a", THOUGHT, "t1", 3, STARTED, "<b>much</b> better"),
            Text("bin", "x", "t2", 0, 0, ""),
        ],
    )
    found.default.backend.edit("bin", {"deleted": True})
    yield found
    found.close()


@pytest.fixture
def client(library: Library) -> FlaskClient:
    return client_of(library)


def test_histograms_are_evenly_chosen(client: FlaskClient) -> None:
    answer = ask(client, "histograms", run="a", tag="w").json
    steps = [found["step"] for found in answer["histograms"]]
    assert answer["total"] == 1000 and len(steps) == 200
    assert (steps[0], steps[-1]) == (0, 999) and set(np.diff(steps)) <= {5, 6}
    assert answer["histograms"][1] == {
        "id": f"h{steps[1]}", "step": steps[1], "time": STARTED + steps[1],
        "edges": [-1, -0.5, 0, 0.5, 1], "counts": [steps[1] * n for n in (1, 2, 3, 4)],
    }  # fmt: skip
    assert len(ask(client, "histograms", run="a", tag="w", most=2).json["histograms"]) == 2
    assert ask(client, "histograms", run="b", tag="w").json == {"total": 0, "histograms": []}


def test_spread_keeps_order_and_ends() -> None:
    assert spread("abc", 5) == ["a", "b", "c"]
    for count in (3, 10, 11, 99):
        chosen = spread(range(count), 3)
        assert chosen[0] == 0 and chosen[-1] == count - 1 and chosen == sorted(set(chosen))


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("histograms", {"run": "a"}, 400),
        ("histograms", {"tag": "w"}, 400),
        ("histograms", {"run": "gone", "tag": "w"}, 404),
        ("histograms", {"run": "bin", "tag": "w"}, 404),
        ("histograms", {"run": "a", "tag": "w", "most": "1"}, 400),
        ("histograms", {"run": "a", "tag": "w", "most": "²"}, 400),
        ("histograms", {"run": "a", "tag": "w", "most": "99999999999"}, 400),
        ("images", {"run": "a", "tag": "x" * 1001}, 400),
        ("image/i1", {"run": "b"}, 404),
        ("image/../../i1", {"run": "a"}, 404),
        ("image/svg", {"run": "a"}, 415),
    ],
)
def test_mistakes_are_a_sentence(
    client: FlaskClient, path: str, query: dict[str, str], status: int
) -> None:
    answer = ask(client, path, **query)
    assert answer.status_code == status
    assert answer.json["message"].endswith(".")


def test_pictures_are_nothing_else(client: FlaskClient) -> None:
    described = ask(client, "images", run="a", tag="digits").json["images"]
    assert [image["id"] for image in described] == ["i0", "i1", "i2", "svg"]
    assert described[0] == {"id": "i0", "step": 0, "time": STARTED, "width": 8, "height": 4}
    picture = ask(client, "image/i1", run="a")
    assert picture.data == PNG and picture.mimetype == "image/png"
    assert picture.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in picture.headers["Content-Security-Policy"]
    assert "immutable" in picture.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\0\0\0\0WAVE", None),
        (SVG, None),
        (b"<html>", None),
        (b"", None),
    ],
)
def test_pictures_are_told_by_their_first_bytes(content: bytes, expected: str | None) -> None:
    assert mimetype(content) == expected


def test_texts_are_of_their_own_run(client: FlaskClient) -> None:
    assert ask(client, "texts").json == {
        "texts": [
            {
                "run": "a", "id": "t1", "tag": THOUGHT, "step": 3, "time": STARTED,
                "text": "<b>much</b> better",
            }
        ]
    }  # fmt: skip
