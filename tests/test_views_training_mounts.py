"""Networks opened out of runs: which files may be, where they are mounted, and who may see them."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from innerview.records import Checkpoint, RunChanged, RunStarted
from views.access import COOKIE, protect
from views.app import make_app
from views.training import analyze, mounts
from views.training.library import Library
from views.training.mounts_settings import Settings

BASE = "/lab/"


class Store:
    """A store of one run with checkpoints, and the application that shows it below BASE."""

    def __init__(self, folder: Path, saved: Path, token: str | None = None) -> None:
        self.folder = folder / "runs"
        self.library = Library(str(self.folder), Settings(cache_dir=folder / "cache"))
        self.app = make_app(None, self.library, base_path=BASE)
        protect(self.app.server, token)
        self.client: FlaskClient = self.app.server.test_client()
        if token is not None:
            self.client.set_cookie(COOKIE, token)
        self.saved = saved
        now = time.time()
        self.library.default.backend.write(
            [
                RunStarted("run", "my run", "default", now, {}),
                RunChanged("run", now, {"dataset": "digits"}, "done"),
            ]
        )

    def add(self, path: str, copy: bool = True) -> str:
        """Logs a checkpoint of this path; returns its id."""
        if copy:
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.saved, target)
        id = f"checkpoint-{time.monotonic_ns()}"
        self.library.default.backend.write([Checkpoint("run", id, 1, time.time(), 1, path)])
        return id

    def analyze(self, checkpoint: str, status: int = 200, dataset: str | None = None) -> Any:
        """The address, or the sentence of the refusal."""
        body = {"run": "run", "checkpoint": checkpoint, "dataset": dataset}
        answer = self.client.post(f"{BASE}api/training/analyze", json=body)
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.get_json()["address" if status == 200 else "message"]

    def health(self, address: str) -> Any:
        return self.client.get(f"{BASE}{address}health").get_json()


@pytest.fixture(scope="module")
def saved(root: Path) -> Path:
    """A network that is there already: making one takes TensorFlow."""
    return root / "model" / "digits.h5"


@pytest.fixture
def store(tmp_path: Path, saved: Path) -> Iterator[Store]:
    store = Store(tmp_path, saved)
    yield store
    store.library.close()


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Studies start no processes; what is started and stopped is listed."""
    from analysis.study import Study

    told: list[str] = []
    monkeypatch.setattr(Study, "start", lambda study: told.append(f"start {study.network.name}"))
    monkeypatch.setattr(Study, "stop", lambda study: told.append(f"stop {study.network.name}"))
    return told


@pytest.mark.slow
def test_a_checkpoint_is_computed_in_pages_of_its_own(store: Store) -> None:
    address = store.analyze(store.add("checkpoints/run/epoch-1.h5"))
    assert address == "opened/1/"
    page = store.client.get(BASE + address)
    text = page.get_data(as_text=True)
    assert 'data-home="explore"' in text and f"{BASE}opened/1/assets/main.js" in text
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    # The way back, beside what is open.
    layout = str(store.client.get(f"{BASE}{address}_dash-layout").get_json())
    assert f"'{BASE}training'" in layout and "my run" in layout and "epoch-1.h5" in layout
    end = time.monotonic() + 150
    while not store.health(address)["samples"]:
        assert time.monotonic() < end, store.health(address)
        time.sleep(0.1)
    answer = store.client.post(f"{BASE}{address}api/query", json={"query": "loss > 0"})
    assert answer.get_json() == {"count": 359}
    # Neither takes the other's requests.
    assert store.client.get(f"{BASE}health").get_json()["stages"] == []
    assert store.client.get(f"{BASE}api/study").mimetype == "text/html"
    assert store.client.get(f"{BASE}{address}api/training/runs").mimetype == "text/html"


def test_the_same_is_opened_once_and_the_oldest_makes_room(store: Store, idle: list[str]) -> None:
    names = ("a.h5", "b.h5", "c.h5", "d.h5")
    ids = {name: store.add(f"checkpoints/{name}") for name in names}
    # Another record of the same file, by its absolute path.
    again = store.add(str(store.folder / "checkpoints" / "a.h5"), copy=False)
    a, b = store.analyze(ids["a.h5"]), store.analyze(ids["b.h5"])
    assert store.analyze(again) == a == store.analyze(ids["a.h5"], dataset="digits")
    assert store.analyze(ids["c.h5"]) == "opened/3/"
    store.analyze(ids["d.h5"])
    assert idle == ["start a.h5", "start b.h5", "start c.h5", "start d.h5", "stop b.h5"]
    gone = store.client.get(BASE + b, headers={"Accept": "text/html"})
    assert (gone.status_code, gone.mimetype) == (404, "text/plain")
    assert "open it again" in gone.get_data(as_text=True)
    assert "open it again" in store.client.get(f"{BASE}{b}health").get_json()["message"]
    assert store.client.get(BASE + a.rstrip("/"), follow_redirects=True).status_code == 200
    # One that was written anew is another network.
    os.utime(store.folder / "checkpoints" / "d.h5", (1, 1))
    assert store.analyze(ids["d.h5"]) == "opened/5/"
    opened = find_mounts(store)
    store.library.close()
    assert {line for line in idle if line.startswith("stop")} == {f"stop {name}" for name in names}
    with pytest.raises(mounts.Busy, match="being closed"):
        opened.open("key", "run", lambda: pytest.fail("opened after the end"))


def test_one_that_failed_is_opened_anew(store: Store, idle: list[str]) -> None:
    id = store.add("a.h5")
    opened = store.analyze(id)
    (mount,) = list(find_mounts(store)._mounts.values())
    mount.study.failure = object()  # type: ignore[assignment]
    assert store.analyze(id) != opened
    assert idle == ["start a.h5", "stop a.h5", "start a.h5"]


def find_mounts(store: Store) -> mounts.Mounts:
    """Those that are ended with the store."""
    owners = [getattr(end, "__self__", None) for end in store.library._endings]
    return next(owner for owner in owners if isinstance(owner, mounts.Mounts))


def test_only_files_of_the_stores_folder_are_opened(
    store: Store, idle: list[str], tmp_path: Path
) -> None:
    shutil.copy(store.saved, tmp_path / "outside.h5")
    twin = tmp_path / "runs-twin"
    twin.mkdir()
    shutil.copy(store.saved, twin / "net.h5")
    (store.folder / "link.h5").symlink_to(tmp_path / "outside.h5")
    (store.folder / "way").symlink_to(tmp_path)
    for path in (
        "../outside.h5", "x/../../outside.h5", "../runs-twin/net.h5", str(tmp_path / "outside.h5"),
        "link.h5", "way/outside.h5", ".", "", "a\0.h5", "//server/share/net.h5",
    ):  # fmt: skip
        message = store.analyze(store.add(path, copy=False), 409)
        assert "does not lie in the folder" in message, path
        assert str(tmp_path) not in message
    assert "no longer there" in store.analyze(store.add("gone.h5", copy=False), 404)
    assert "is not a saved network" in store.analyze(store.add("innerview.sqlite", False), 409)
    assert idle == []


def test_of_a_database_only_the_pages_own_files_are_opened(
    store: Store, idle: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(type(store.library.default.backend), "folder", None)
    own = tmp_path / "innerview" / "checkpoints" / "run" / "net.h5"
    own.parent.mkdir(parents=True)
    shutil.copy(store.saved, own)
    shutil.copy(store.saved, tmp_path / "innerview" / "net.h5")
    assert store.analyze(store.add(str(own), copy=False)) == "opened/1/"
    other = store.add(str(tmp_path / "innerview" / "net.h5"), copy=False)
    assert "on the machine that has it" in store.analyze(other, 409)


def test_mistakes_are_sentences(store: Store, idle: list[str]) -> None:
    id = store.add("a.h5")
    backend = store.library.default.backend
    assert "no such checkpoint" in store.analyze("nothing", 404)
    assert "There is no dataset 'nowhere'" in store.analyze(id, 400, dataset="nowhere")
    assert "Name the labelled images" in store.analyze(id, 400, dataset=" ")
    # A run of a stranger's does not choose a folder of this machine.
    backend.edit("run", {"parameters": {"dataset": str(store.folder)}})
    assert "does not say which of the known" in store.analyze(id, 400)
    backend.edit("run", {"parameters": {"dataset": ...}})
    assert "does not say which of the known" in store.analyze(id, 400)
    store.analyze(id, dataset="digits")
    assert idle == ["start a.h5"]


def test_while_one_is_opened_another_waits_only_so_long(
    store: Store, idle: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mounts, "PATIENCE", 0.05)
    id = store.add("a.h5")

    def open_slowly(*_: object) -> Any:
        # Meanwhile everything else is answered.
        assert store.client.get(f"{BASE}health").status_code == 200
        assert "Another network is being opened" in store.analyze(id, 409)
        raise analyze.DataError("At last.")

    monkeypatch.setattr(analyze, "open_study", open_slowly)
    assert store.analyze(id, 400) == "At last."


def test_strangers_see_no_more_of_it_than_of_the_rest(store: Store, idle: list[str]) -> None:
    address = BASE + store.analyze(store.add("a.h5"))
    foreign = {"Host": "evil.example"}
    assert store.client.get(f"{address}health", headers=foreign).status_code == 403
    stranger = {"Origin": "http://evil.example"}
    answer = store.client.post(f"{address}api/query", json={}, headers=stranger)
    assert answer.status_code == 403


def test_with_a_token_it_is_asked_for_there_too(
    tmp_path: Path, saved: Path, idle: list[str]
) -> None:
    store = Store(tmp_path, saved, "secret")
    address = BASE + store.analyze(store.add("a.h5"))
    client = store.app.server.test_client()
    assert client.get(f"{address}health").status_code == 401
    answer = client.get(f"{address}?token=secret")
    assert answer.status_code == 302 and COOKIE in answer.headers["Set-Cookie"]
    assert client.get(f"{address}health").get_json()["stages"] == []
    store.library.close()
