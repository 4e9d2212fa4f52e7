"""What every test shares: the root, caches of their own, and Hypothesis without a stopwatch."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from analysis import Study
from tests.networks import save_cnn

# Fixtures for the tests of stores.
from tests.store_records import backend, mongodb, open_store  # noqa: F401
from tests.studies import open_digits, work_here

ROOT = Path(__file__).resolve().parent.parent

# TensorFlow reads this once, when it is imported: its start-up chatter would bury a failure.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

# A slow, shared machine must not fail a property; a failure in CI must come back on a desk.
hypothesis.settings.register_profile("innerview", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("innerview")


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout's root."""
    return ROOT


@pytest.fixture(scope="session", autouse=True)
def own_cache() -> Iterator[None]:
    """No test reads or fills the cache of the person who runs it."""
    before = os.environ.get("XDG_CACHE_HOME")
    with tempfile.TemporaryDirectory(prefix="innerview-test-cache-") as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        yield
        if before is None:
            del os.environ["XDG_CACHE_HOME"]
        else:
            os.environ["XDG_CACHE_HOME"] = before


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained network for 8 x 8 images of ten classes."""
    return save_cnn(tmp_path_factory.mktemp("net") / "net.h5")


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache of `computed`."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def computed(saved: Path, cache: Path) -> Iterator[Study]:
    """A study of 359 digits with everything computed."""
    with open_digits(saved, cache) as study:
        assert study.samples is None
        study.start()
        study.wait()
        assert study.failures == []
        yield study


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Studies have their work done by threads of this process."""
    work_here(monkeypatch)
