"""analysis/cache.py: whole files or none, and broken ones made again."""

import multiprocessing
from pathlib import Path

import numpy as np
import pytest

from analysis.cache import Cache
from util import CacheError


def test_arrays_come_back(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "new" / "cache")
    assert cache.read_arrays("kind", "key") is None
    cache.write_arrays("kind", "key", {"a": np.arange(3), "b": np.array(0.5)})
    kept = cache.read_arrays("kind", "key")
    assert kept is not None
    assert kept["a"].tolist() == [0, 1, 2]
    assert float(kept["b"]) == 0.5


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04 cut"])
def test_broken_file_is_removed_and_counts_as_missing(tmp_path: Path, content: bytes) -> None:
    cache = Cache(tmp_path)
    path = cache.path("kind", "key", ".npz")
    path.parent.mkdir()
    path.write_bytes(content)
    assert cache.read_arrays("kind", "key") is None
    assert not path.exists()
    cache.write_arrays("kind", "key", {"a": np.zeros(1)})
    assert cache.read_arrays("kind", "key") is not None


def test_truncated_map_counts_as_missing(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    path = tmp_path / "rows.npy"
    cache.write_map(path, np.zeros((100, 10), np.float32))
    path.write_bytes(path.read_bytes()[:500])
    assert cache.read_map(path) is None
    assert not path.exists()


def test_file_in_place_of_the_folder_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CacheError, match="--cache-dir"):
        Cache(tmp_path / "file")


def test_publish_replaces_what_was_broken(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for name in ("new.partial", "old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).write_text("")
    cache.publish(tmp_path / "new.partial", tmp_path / "old")
    assert [path.name for path in (tmp_path / "old").iterdir()] == ["new.partial"]


def _append_under_lock(root: Path, path: Path) -> None:
    for _ in range(20):
        with Cache(root).lock("kind", "key"):
            path.write_text(str(int(path.read_text()) + 1))


def test_lock_keeps_processes_apart(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")
    context = multiprocessing.get_context("spawn")
    processes = [
        context.Process(target=_append_under_lock, args=(tmp_path / "cache", counter))
        for _ in range(3)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert counter.read_text() == "60"
