"""Files and folders of strangers: an array or a DataError, never anything else."""

import contextlib
import io
import os
import socket
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, features

from data import open_dataset
from data.decode import Blob, check_file, decode_bytes, decode_file
from data.paths import OUTSIDE, find_files
from data.table import read_table
from data.tree import Tree
from util import DataError

KINDS = ["JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF", "PPM", "MPO"]
KINDS += ["AVIF"] if features.check("avif") else []
PARTS = ["..", ".", "", "a", "out", "secret.png", "~", "C:"]


def encoded(kind: str, mode: str = "RGB") -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (24, 20, 3), np.uint8)
    image = Image.fromarray(pixels).convert(mode)
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    options = {} if kind in ("BMP", "GIF", "PPM") else {"exif": exif}
    if kind in ("GIF", "WEBP", "TIFF", "MPO"):
        options |= {"save_all": True, "append_images": [image]}
    image.save(buffer, kind, **options)
    return buffer.getvalue()


WHOLE = [encoded(kind) for kind in KINDS]
WHOLE += [encoded("PNG", "P"), encoded("TIFF", "CMYK"), encoded("TIFF", "F"), encoded("JPEG", "L")]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """An image with bytes changed, cut out, doubled, or missing at its end."""
    data = bytearray(draw(st.sampled_from(WHOLE)))
    for _ in range(draw(st.integers(1, 6))):
        # The first bytes say what follows: changes there lead farthest.
        top = draw(st.sampled_from([min(64, len(data)), len(data)]))
        at = draw(st.integers(0, max(0, top - 1)))
        change = draw(st.integers(0, 4))
        if change == 0 and data:
            data[at] = draw(st.integers(0, 255))
        elif change == 1:
            data[at : at + 4] = draw(st.sampled_from([b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff"]))
        elif change == 2:
            del data[at : at + draw(st.integers(1, 40))]
        elif change == 3:
            data[at:at] = data[at : at + draw(st.integers(1, 40))]
        else:
            del data[max(at, 1) :]
    return bytes(data)


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated(), st.sampled_from([1, 3]), st.sampled_from([None, (7, 5)]))
def test_mutated_images(data: bytes, channels: int, size: tuple[int, int] | None) -> None:
    blob = Blob(data, "pets.bin")
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        with contextlib.suppress(DataError):
            (height, width), own = check_file(blob)
            assert own in (1, 3)
            # What the check has found to be whole can be read, at the size that it told.
            assert decode_file(blob, own).shape == (height, width, own)
        with contextlib.suppress(DataError):
            pixels = decode_file(blob, channels, size)
            assert pixels.dtype == np.uint8
            assert pixels.shape[2] == channels
            assert size is None or pixels.shape[:2] == size
        with contextlib.suppress(DataError):
            decode_bytes(data, channels, size)
    assert not [str(one.message) for one in seen]


def photo(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.zeros((4, 3), np.uint8)).save(path)
    return path


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
@pytest.mark.timeout(30)
def test_pipes_and_sockets_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photo(tmp_path / "cat" / "1.png")
    os.mkfifo(tmp_path / "cat" / "2.png")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("cat/3.png")
        assert list(open_dataset(tmp_path).ids) == ["cat/1.png"]
    # One that takes a file's place later is not waited for either.
    with pytest.raises(DataError, match=r"2\.png cannot be read .*a pipe"):
        decode_file(tmp_path / "cat" / "2.png", 3)
    (tmp_path / "t.csv").write_text("path\ncat/1.png\ncat/2.png\n")
    assert [one.reason for one in open_dataset(tmp_path / "t.csv").left_out] == ["no such file"]


def test_links_in_a_circle(tmp_path: Path) -> None:
    photo(tmp_path / "pets" / "cat" / "1.png")
    photo(tmp_path / "pets" / "dog" / "2.png")
    (tmp_path / "pets" / "cat" / "up").symlink_to("..")
    (tmp_path / "pets" / "cat" / "dogs").symlink_to("../dog")
    (tmp_path / "pets" / "dog" / "cats").symlink_to("../cat")
    (tmp_path / "pets" / "self").symlink_to("self")
    dataset = open_dataset(tmp_path / "pets")
    assert dataset.class_names == ("cat", "dog")
    assert {"cat/1.png", "dog/2.png"} <= set(dataset.ids)
    assert len(dataset) < 10
    assert "links that lead elsewhere" in dataset.note


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(parts=st.lists(st.sampled_from(PARTS), max_size=6),
       sep=st.sampled_from(["/", "\\"]), lead=st.sampled_from(["", "/", "//"]))  # fmt: skip
def test_no_path_leads_out(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str], sep: str, lead: str
) -> None:
    base = tmp_path_factory.getbasetemp() / "paths"
    if not base.exists():
        photo(base / "secret.png")
        photo(base / "root" / "a" / "secret.png")
        (base / "root" / "out").symlink_to("..")
    root = base / "root"
    found = find_files(Tree(root), np.array([lead + sep.join(parts)], object))
    if found.files[0] is not None:
        assert (root / found.files[0].path).resolve() == (root / "a" / "secret.png").resolve()
    else:
        assert found.reasons[0]


def test_a_path_that_leads_out_is_said_so(tmp_path: Path) -> None:
    found = find_files(Tree(tmp_path), np.array(["../a.png"], object))
    assert found.reasons.tolist() == [OUTSIDE]


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.binary(max_size=300), suffix=st.sampled_from([".csv", ".tsv", ".jsonl", ".parquet"]))
def test_any_bytes_as_a_table(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, suffix: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"any{suffix}"
    path.write_bytes(data)
    with contextlib.suppress(DataError):
        assert len(read_table(path)) > 0


def archive() -> bytes:
    buffer = io.BytesIO()
    images = np.random.default_rng(0).integers(0, 256, (6, 5, 4), np.uint8)
    np.savez_compressed(buffer, x=images, y=np.arange(6), class_names=list("abcdef"))
    return buffer.getvalue()


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(changes=st.lists(st.tuples(st.integers(0, 10**4), st.integers(0, 255)), max_size=6))
def test_mutated_archives(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]]
) -> None:
    content = bytearray(archive())
    for at, value in changes:
        content[at % len(content)] = value
    path = tmp_path_factory.getbasetemp() / "mutated.npz"
    path.write_bytes(content)
    with contextlib.suppress(DataError):
        assert len(open_dataset(path)) > 0
