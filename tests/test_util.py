"""util.py: digests, atomic files, the GPU's memory."""

from pathlib import Path

import pytest

import util


def test_digest_depends_on_every_part_and_its_type() -> None:
    digests = {
        util.digest("a", "b"),
        util.digest("ab"),
        util.digest("b", "a"),
        util.digest(1),
        util.digest("1"),
        util.digest(1.0),
        util.digest(None),
        util.digest(("a", "b")),
        util.digest(b"a", b"b"),
    }
    assert len(digests) == 9
    assert util.digest("a", (1, "b")) == util.digest("a", (1, "b"))


def test_file_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    a.write_bytes(b"x" * 100_000)
    b.write_bytes(b"x" * 100_000)
    assert util.file_digest(a) == util.file_digest(b)
    b.write_bytes(b"x" * 99_999 + b"y")
    assert util.file_digest(a) != util.file_digest(b)


def test_atomic_path_keeps_the_old_file_when_writing_fails(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("old")

    def write_half() -> None:
        with util.atomic_path(target) as path:
            path.write_text("half of the n")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_atomic_path_replaces_the_whole_file(tmp_path: Path) -> None:
    target = tmp_path / "folder" / "file"
    with util.atomic_path(target) as path:
        path.write_text("new")
        assert not target.exists()
    assert target.read_text() == "new"


@pytest.mark.parametrize("fraction", [0, -0.1, 1.01, 50])
def test_gpu_memory_fraction_out_of_range_is_refused(fraction: float) -> None:
    with pytest.raises(util.UserError, match="above 0 and at most 1"):
        util.restrict_gpu_mem(fraction)


def test_gpu_memory_is_limited_on_every_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    import tensorflow as tf

    limits = {}
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["first", "second"])
    monkeypatch.setattr(
        tf.config,
        "set_logical_device_configuration",
        lambda device, options: limits.update({device: options[0].memory_limit}),
    )
    monkeypatch.setattr(util, "_gpu_memory_mib", lambda number: [8000.0, 16000.0][number])
    util._restrict_tensorflow(0.25)
    assert limits == {"first": 2000, "second": 4000}
