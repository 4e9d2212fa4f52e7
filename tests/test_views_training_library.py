"""views/training/library.py: stores are opened once, closed when too many are, and keep secrets."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from innerview.errors import ReadOnlyError, StoreError
from tests.training_stores import client_of, open_library, run_records, write
from views.training import library as library_module
from views.training.library import MAX_OPEN, Library, identify, normalise, qualify
from views.training.questions import without_credentials

SECRET_ADDRESS = "mongodb://ann:p%40ss@db.example/runs"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    found = open_library(tmp_path)
    yield found
    found.close()


def make_store(folder: Path) -> str:
    Library(str(folder)).close()
    return str(folder)


def test_one_store_has_one_id_by_every_spelling(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path / "runs")
    spellings = [str(tmp_path / "runs"), "runs", "./runs/", " runs ", "link", "sqlite:runs"]
    assert {library.open(spelling).id for spelling in spellings} == {library.default.id}
    assert library.all() == [library.default]
    restarted = Library("runs")
    assert restarted.default.id == library.default.id, "addresses of the page still hold"
    restarted.close()


def test_databases_have_one_spelling() -> None:
    plain = normalise("mongodb://db.example/runs")
    assert normalise("MongoDB://DB.example:27017/runs/") == plain
    assert normalise("mongodb://db.example/other") != plain
    assert qualify(plain, "mongodb") == plain
    # Nobody can find out a password by computing ids.
    fresh = library_module.hashlib.blake2b(SECRET_ADDRESS.encode(), digest_size=6).hexdigest()
    assert identify(normalise(SECRET_ADDRESS)) != fresh


@pytest.mark.parametrize("url", ["", "  ", "run\0s", "s3://bucket/runs", "nowhere/at/all"])
def test_opening_in_the_page_makes_nothing(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(StoreError) as refusal:
        library.open(url)
    assert str(refusal.value).endswith(".")
    assert sorted(tmp_path.iterdir()) == before


def test_the_store_that_rests_longest_makes_room_and_comes_back(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_module, "RESTING", -1.0)
    opened = [library.open(make_store(tmp_path / f"s{k}")) for k in range(MAX_OPEN - 1)]
    assert library.get(opened[0].id) is opened[0]
    library.open(make_store(tmp_path / "one more"))
    assert len(library.all()) == MAX_OPEN
    assert opened[1] not in library.all(), "it was asked for longer ago than the first"
    assert library.default in library.all()
    again = library.get(opened[1].id)
    assert again is not None and again.id == opened[1].id and again.backend.runs() == []


def test_stores_in_use_are_not_closed(library: Library, tmp_path: Path) -> None:
    for k in range(MAX_OPEN - 1):
        library.open(make_store(tmp_path / f"s{k}"))
    with pytest.raises(StoreError, match="as many as can be"):
        library.open(make_store(tmp_path / "one more"))


def test_many_threads_open_one_store(library: Library, tmp_path: Path) -> None:
    url, found = make_store(tmp_path / "other"), []
    threads = [threading.Thread(target=lambda: found.append(library.open(url))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and all(one is found[0] for one in found)


# -- routes ---------------------------------------------------------------------------------------


def test_stores_are_listed_and_opened(library: Library, tmp_path: Path) -> None:
    client = client_of(library)
    default = {"id": library.default.id, "title": "runs", "kind": "sqlite", "writable": True}
    assert client.get("/api/training/stores").json == {
        "default": default["id"],
        "stores": [default],
    }
    other = client.post("/api/training/open", json={"url": make_store(tmp_path / "other")}).json
    assert other is not None and other["title"] == "other"
    write(library.open(str(tmp_path / "other")), run_records("a"))
    runs = [client.get(f"/api/training/runs?store={id}").json for id in (other["id"], "")]
    assert [len(answer["runs"]) for answer in runs if answer] == [1, 0]


def test_a_store_that_is_not_open_is_404(library: Library) -> None:
    answer = client_of(library).get("/api/training/runs?store=0123456789ab")
    assert answer.status_code == 404
    assert answer.json is not None and "open it again" in answer.json["message"]


@pytest.mark.parametrize("body", [{}, {"url": 4}, {"url": ""}, {"url": "x" * 5000}, {"url": "\0"}])
def test_an_address_that_is_none(library: Library, body: Any) -> None:
    answer = client_of(library).post("/api/training/open", json=body)
    assert answer.status_code == 400
    assert answer.json is not None and answer.json["message"].endswith(".")


def test_passwords_stay_on_the_server(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(url: str, create: bool) -> Any:
        raise StoreError(f"{url} does not answer.")

    monkeypatch.setattr(library_module, "open_backend", refuse)
    answer = client_of(library).post("/api/training/open", json={"url": SECRET_ADDRESS})
    assert answer.status_code == 400
    assert answer.json == {"message": "mongodb://db.example/runs does not answer."}
    assert without_credentials("at mongodb+srv://u:p@ss@h/d, or") == "at mongodb+srv://h/d, or"


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (StoreError("The database is gone."), 503, "The database is gone."),
        (ReadOnlyError("Only read."), 409, "Only read."),
        (ZeroDivisionError("x"), 500, "terminal"),
    ],
)
def test_every_failure_is_a_sentence(
    library: Library,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    status: int,
    said: str,
) -> None:
    def fail(self: object) -> str:
        raise error

    client = client_of(library)
    monkeypatch.setattr(type(library.default.backend), "revision", fail)
    for path in ("runs", "live", "texts", "query/help", "export"):
        answer = client.get(f"/api/training/{path}")
        assert answer.status_code == status
        assert answer.json is not None and said in answer.json["message"]
    assert ("ZeroDivisionError" in caplog.text) == (status == 500)


def test_alone_the_page_has_its_health_and_plotly(library: Library) -> None:
    client = client_of(library, "/lab/")
    assert client.get("/lab/health").json == {"ok": True, "stages": []}
    script = client.get("/lab/api/plotly.js")
    assert script.mimetype == "text/javascript" and len(script.data) > 1_000_000
    kept = client.get("/lab/api/plotly.js", headers={"If-None-Match": script.headers["ETag"]})
    assert kept.status_code == 304
    assert client.get("/lab/api/training/stores").status_code == 200
