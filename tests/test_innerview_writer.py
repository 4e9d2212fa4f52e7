"""What scripts log: by ml_board's and torch's calls too, from threads, forks and many processes."""

import logging
import multiprocessing
import os
import struct
import subprocess
import sys
import threading
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from innerview import ReadOnlyError, Store, SummaryWriter, histogram, open_store, pictures, png
from innerview.process import open_for_writing

ROOT = Path(__file__).resolve().parent.parent


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def values(store: Store, run: str, tag: str) -> list[tuple[int, float]]:
    frame = store.scalars(run, tag)
    return list(zip(frame["step"].tolist(), frame["value"].tolist(), strict=True))


def pixels_of(content: bytes) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """A PNG of ours decoded by the standard's own rules."""
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    position, chunks = 8, {}
    while position < len(content):
        (length,) = struct.unpack(">I", content[position : position + 4])
        kind, data = content[position + 4 : position + 8], content[position + 8 :][:length]
        assert struct.unpack(">I", content[position + 8 + length :][:4])[0] == zlib.crc32(
            kind + data
        )
        chunks[kind] = data
        position += 12 + length
    width, height, _, colour = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    channels = {0: 1, 2: 3, 6: 4}[colour]
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, -1)
    assert (rows[:, 0] == 2).all()
    sums = np.cumsum(rows[:, 1:], axis=0, dtype=np.uint8)
    return sums.reshape(height, width, channels)


def test_ml_boards_calls_work_unchanged(tmp_path: Path) -> None:
    writer = SummaryWriter(str(tmp_path / "database"), "folder")
    for loss in (3.0, 2.0, 1.0):
        writer.add_scalar("Loss", loss)
    writer.add_histogram("weights", np.arange(10.0))
    writer.add_histogram("weights", np.arange(10.0))
    writer.add_image("digit", np.linspace(0, 1, 6).reshape(2, 3))
    writer.add_thought("too slow")
    writer.add_experimental_parameter("lr", np.float32(0.5))
    writer.add_experimental_parameters({"net": {"layers": [1, 2]}, "huge": 10**30})
    writer.add_experiment_parameter("seed", 3)
    writer.viewRun()
    writer.close()
    with open_store(tmp_path / "database") as store:
        (run,) = store.backend.runs()
        assert (run.folder, run.status) == ("folder", "done")
        assert run.parameters == {"lr": 0.5, "net.layers": "[1, 2]", "huge": str(10**30), "seed": 3}
        assert run.source["pid"] == os.getpid() and not os.environ.keys() & run.source.keys()
        assert values(store, run.id, "Loss") == [(0, 3.0), (1, 2.0), (2, 1.0)]
        assert [found.step for found in store.histograms(run.id, "weights")] == [0, 1]
        content = store.image(run.id, store.images(run.id, "digit")["id"].iloc[0])
        np.testing.assert_array_equal(pixels_of(content)[:, :, 0], [[0, 51, 102], [153, 204, 255]])


def test_torchs_calls_work_unchanged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "innerview")
    writer = SummaryWriter(log_dir=tmp_path / "runs" / "exp1", comment="_a", max_queue=10)
    writer.add_scalar("Loss/train", 0.5, 7, walltime=123.0)
    writer.add_scalar("Loss/train", scalar_value=np.float64(0.25), global_step=np.int64(8))
    writer.add_scalars("Acc", {"train": 0.5, "val": 0.25}, 3)
    writer.add_histogram("w", [1, 2, 2], 1, bins="auto")
    writer.add_image("chw", np.zeros((3, 4, 5)), 1)
    writer.add_image("hwc", np.zeros((4, 5, 3), np.uint8), 1, dataformats="HWC")
    writer.add_images("batch", np.zeros((5, 1, 4, 4)), 1)
    writer.add_text("note", "text", 1)
    writer.add_pr_curve("pr", np.array([0, 1, 1]), np.array([0.1, 0.5, 0.9]), 1, num_thresholds=11)
    writer.add_graph(object())
    writer.add_embedding(np.eye(2), global_step=1)
    writer.add_hparams({"lr": 0.1}, {"hparam/accuracy": 0.9})
    writer.add_hparams({"lr": 0.2}, {"hparam/accuracy": 0.8}, run_name="second")
    writer.flush()
    writer.close()
    assert not warnings(caplog)
    with open_store(tmp_path / "runs") as store:
        assert [run.name for run in store.backend.runs()] == ["exp1_a", "exp1_a/second"]
        assert store.parameters()["lr"].tolist() == [0.1, 0.2]
        frame = store.scalars("exp1_a", "Loss/train")
        assert frame["step"].tolist() == [7, 8] and frame["time"].iloc[0].timestamp() == 123.0
        assert values(store, "exp1_a", "Acc/val") == [(3, 0.25)]
        assert values(store, "exp1_a/second", "hparam/accuracy") == [(0, 0.8)]
        sizes = {
            tag: tuple(store.images("exp1_a", tag)[["width", "height"]].iloc[0])
            for tag in ("chw", "hwc", "batch")
        }
        assert sizes == {"chw": (5, 4), "hwc": (5, 4), "batch": (12, 8)}
        (curve,) = store.curves("exp1_a", "pr")
        # At 0.5: two positives found, the negative not.
        np.testing.assert_array_equal(curve.counts[:, 5], [2, 0, 1, 0])


class Tensor:
    """As frameworks have them: on a device, with a gradient."""

    def __init__(self, content: Any) -> None:
        self.content = np.asarray(content)
        self.shape = self.content.shape
        self.dtype = self.content.dtype

    def detach(self) -> "Tensor":
        return self

    def cpu(self) -> "Tensor":
        return self

    def numpy(self) -> Any:
        return self.content

    def item(self) -> Any:
        return self.content.item()


def test_numbers_of_every_kind_are_scalars(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good = [1, True, 2.5, np.float32(1), np.array(3), np.array([[4.0]]), Tensor(5.0), Tensor([6])]
    bad = [np.eye(2), "7", None, 1j, [1.0], np.array("x"), object(), Tensor([1, 2]), 10**400]
    steps: list[Any] = [1, np.int32(2), 3.0, Tensor(4), "no", 2**70]
    with SummaryWriter(tmp_path, name="run") as writer:
        for value in good:
            writer.add_scalar("good", value)
        for number, value in enumerate(bad):
            for _ in range(3):
                writer.add_scalar(f"bad{number}", value)
        for step in steps:
            writer.add_scalar("steps", 0.0, step)
        for value in (float("nan"), float("inf"), -float("inf")):
            writer.add_scalar("odd", value)
        writer.add_scalar(3, 1.0)  # type: ignore[arg-type]
        writer.add_scalar(["a"], 1.0)  # type: ignore[arg-type]
        writer.add_scalar("half \ud800", 1.0)
        writer.add_scalar("clock", 1.0, 0, "noon")  # type: ignore[arg-type]
        writer.add_scalars("none", None)  # type: ignore[arg-type]
        writer.add_histogram("none", [None])
        writer.add_histogram("nan", [float("nan")])
        writer.add_histogram("mixed", [1.0, float("nan")])
        writer.add_image("vector", [1, 2, 3])
        writer.add_image("huge", np.zeros((1, 5000)))
        writer.add_images("none", 3)
        writer.add_figure("figure", None)
        writer.add_pr_curve("pr", [1], [2.0])
        writer.add_experimental_parameters(None)  # type: ignore[arg-type]
        writer.add_checkpoint(None)  # type: ignore[arg-type]
        writer.add_hparams({"a": object}, None)  # type: ignore[arg-type]
    writer.add_scalar("late", 1.0)
    writer.add_text("late", "x")
    told = warnings(caplog)
    assert len(told) == len(set(told)) == len(bad) + 13, told
    assert "50.0% of the values are not finite" in " ".join(told)
    with open_store(tmp_path) as store:
        assert values(store, "run", "good") == list(enumerate([1, 1, 2.5, 1, 3, 4, 5, 6]))
        assert [step for step, _ in values(store, "run", "steps")] == [1, 2, 3, 4, 2**63 - 1]
        odd = [value for _, value in values(store, "run", "odd")]
        assert np.isnan(odd[0]) and odd[1:] == [np.inf, -np.inf]
        assert {"3", "['a']", "half ?"} <= set(store.tags()["tag"])


def test_a_run_is_continued_where_it_was(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path, name="first") as writer:
        for value in (0.0, 1.0):
            writer.add_scalar("loss", value)
            writer.add_text("note", "x")
    with SummaryWriter(tmp_path, name="ignored", run=writer.run) as more:
        more.add_scalar("loss", 2.0)
        more.add_scalar("new", 5.0)
        more.add_text("note", "y")
    with open_store(tmp_path) as store:
        assert values(store, "first", "loss") == [(0, 0.0), (1, 1.0), (2, 2.0)]
        assert values(store, "first", "new") == [(0, 5.0)]
        assert store.texts()["step"].tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="is an id"):
        SummaryWriter(tmp_path, run="../other")
    with pytest.raises(ReadOnlyError, match="only be read"):
        SummaryWriter("tensorboard:logs")


ENDINGS = {
    "pass": "done",
    "writer.close()": "done",
    "raise ValueError": "failed",
    "raise KeyboardInterrupt": "stopped",
    "import sys; sys.exit(0)": "done",
    "writer.close(); raise ValueError": "done",
    "del writer": "done",
}


def test_how_a_script_ended_is_told(tmp_path: Path) -> None:
    """By a context manager, and without one by the end of the interpreter."""
    children = []
    for number, (ending, status) in enumerate(ENDINGS.items()):
        code = (
            "import innerview\n"
            f"writer = innerview.SummaryWriter({str(tmp_path)!r}, name='{number} {status}')\n"
            f"writer.add_scalar('loss', 1.0)\n{ending}\n"
        )
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        children.append(subprocess.Popen([sys.executable, "-c", code], env=environment, stderr=-3))
    for child in children:
        child.wait()
    for error, status in [(ValueError, "failed"), (KeyboardInterrupt, "stopped")]:
        with pytest.raises(error):
            fail(tmp_path, f"with {status}", error)
    with open_store(tmp_path) as store:
        runs = store.runs()
        assert len(runs) == len(ENDINGS) + 2
        assert [name.split()[1] for name in runs["name"]] == runs["status"].tolist()
        assert all(len(store.scalars(run, "loss")) == 1 for run in runs["id"])


def fail(store: Path, name: str, error: type[BaseException]) -> None:
    with SummaryWriter(store, name=name) as writer:
        writer.add_scalar("loss", 1.0)
        raise error


def test_threads_lose_nothing(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path, name="run", flush_secs=0.01) as writer:

        def log() -> None:
            for _ in range(5000):
                writer.add_scalar("loss", 1.0)

        threads = [threading.Thread(target=log) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    with open_store(tmp_path) as store:
        steps = store.scalars("run", "loss")["step"]
        assert sorted(steps) == list(range(20_000))


def log_in_child(writer: SummaryWriter, number: int) -> None:
    for step in range(100):
        writer.add_scalar(f"child {number}", float(step), step)
    writer.add_scalar("shared", float(number))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_forks_write_their_own_part_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    writer = SummaryWriter(tmp_path, name="run")
    for step in range(1000):
        writer.add_scalar("parent", float(step), step)
    writer.add_scalar("shared", -1.0)
    children = [context.Process(target=log_in_child, args=(writer, n)) for n in range(3)]
    for child in children:
        child.start()
    for child in children:
        child.join(20)
        assert child.exitcode == 0
    # A child that ends by itself, as os.fork leaves it, and one that closes the writer.
    child_id = os.fork()
    if child_id == 0:
        writer.add_scalar("raw", 1.0)
        writer.close()
        os._exit(0)
    assert os.waitpid(child_id, 0)[1] == 0
    with open_store(tmp_path) as store:
        assert store.backend.runs()[0].status == "running", "a child does not end the run"
        writer.add_scalar("parent", 1000.0, 1000)
        writer.close()
        assert store.backend.runs()[0].status == "done"
        assert [step for step, _ in values(store, "run", "parent")] == list(range(1001))
        for number in range(3):
            assert len(values(store, "run", f"child {number}")) == 100
        assert sorted(values(store, "run", "shared")) == [(0, -1), (1, 0), (1, 1), (1, 2)]
        assert values(store, "run", "raw") == [(0, 1.0)]


STEADY = """
import sys, time
from innerview import SummaryWriter
store, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
with SummaryWriter(store, "many", name) as writer:
    start = time.perf_counter()
    for step in range(count):
        for tag in ("a", "b", "c", "d"):
            writer.add_scalar(tag, float(step), step)
        time.sleep(max(0.0, start + step * 0.004 - time.perf_counter()))
"""


def test_eight_processes_write_while_a_page_watches(tmp_path: Path) -> None:
    """1,000 scalars a second each: nothing is lost, and nothing out of order at any time."""
    count = 500
    open_for_writing(str(tmp_path)).close()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    children = [
        subprocess.Popen(
            [sys.executable, "-c", STEADY, str(tmp_path), f"run {number}", str(count)],
            env=environment,
        )
        for number in range(8)
    ]
    looks = 0
    with open_store(tmp_path) as store:
        backend = store.backend
        revision = ""
        while any(child.poll() is None for child in children):
            now = backend.revision()
            if now == revision:
                continue
            revision = now
            looks += 1
            for run in backend.runs():
                wanted = [(run.id, tag) for tag in "abcd"]
                for curve in backend.scalars(wanted):
                    np.testing.assert_array_equal(curve.steps, np.arange(len(curve.steps)))
                    np.testing.assert_array_equal(curve.values, curve.steps)
        assert [child.wait() for child in children] == [0] * 8
        runs = backend.runs()
        assert len(runs) == 8 and {run.status for run in runs} == {"done"}
        counts = {series.count for series in backend.series()}
        assert counts == {count} and len(backend.series()) == 32
        for curve in backend.scalars([(run.id, tag) for run in runs for tag in "abcd"]):
            np.testing.assert_array_equal(curve.steps, np.arange(count))
        assert looks > 8
        backend.check()  # type: ignore[attr-defined]


def test_histograms_count_every_finite_value() -> None:
    generator = np.random.default_rng(0)
    spread = generator.normal(size=(50, 20)).astype(np.float16)
    for bins in ("tensorflow", "auto", "fd", "scott", "sqrt", 7, [-9, 0, 9]):
        edges, counts, left_out = histogram.count(spread, bins)
        assert counts.sum() == 1000 and left_out == 0
        assert (np.diff(edges) > 0).all() and len(edges) == len(counts) + 1
    for constant in (0.0, 5.0, -1e300, 1e-320):
        edges, counts, _ = histogram.count(np.full(9, constant))
        assert counts.sum() == 9 and edges[0] < constant < edges[-1]
    # A rule would ask for a billion bins.
    assert len(histogram.count([*generator.normal(size=999), 1e9], "auto")[1]) <= 1000
    assert histogram.count([1.0, np.inf, np.nan])[2] == 2


def test_decisions_are_counted_as_they_are_defined() -> None:
    generator = np.random.default_rng(1)
    labels, scores = generator.integers(0, 2, 200), generator.integers(0, 21, 200) / 20
    limits, counts = histogram.count_decisions(labels, scores, 21)
    for limit, column in zip(limits, counts.T, strict=True):
        positive = scores >= limit
        expected = [
            (positive & (labels == 1)).sum(), (positive & (labels == 0)).sum(),
            (~positive & (labels == 0)).sum(), (~positive & (labels == 1)).sum(),
        ]  # fmt: skip
        np.testing.assert_array_equal(column, expected)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_pictures_are_what_was_given(channels: int) -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (5, 7, channels), np.uint8)
    np.testing.assert_array_equal(pixels_of(png.encode(pixels)), pixels)
    np.testing.assert_array_equal(pictures.as_pixels(pixels.transpose(2, 0, 1), "CHW"), pixels)
    np.testing.assert_allclose(pictures.as_pixels(pixels / 255), pixels)
