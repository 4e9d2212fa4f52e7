"""data/images.py, data/decode.py: arrays and files are read alike, broken files are named."""

import io
import pickle
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import data.images
from data.decode import MAX_PIXELS, decode_file, probe_file
from data.images import ArrayImages, FileImages, convert_channels
from util import DataError


def noise(*shape: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def smooth(height: int, width: int) -> NDArray[np.uint8]:
    """A colour gradient, which survives JPEG and resizing nearly unchanged."""
    rows, columns = np.mgrid[0:height, 0:width]
    planes = [rows * 255 / height, columns * 255 / width, (rows + columns) * 127 / height]
    return np.stack(planes, axis=-1).clip(0, 255).astype(np.uint8)


def write(path: Path, pixels: NDArray[np.uint8], **options: object) -> Path:
    Image.fromarray(pixels).save(path, **options)
    return path


def folder_of(tmp_path: Path, count: int, size: tuple[int, int] = (9, 7)) -> FileImages:
    paths = tuple(f"{number}.png" for number in range(count))
    for number, path in enumerate(paths):
        write(tmp_path / path, noise(*size, 3, seed=number))
    return FileImages(tmp_path, paths, 3, size)


def test_array_images_are_read_in_the_order_asked_for() -> None:
    array = noise(5, 4, 6, 3)
    source = ArrayImages(array)
    assert (len(source), source.shape, source.channels) == (5, (4, 6), 3)
    assert np.array_equal(source.read(np.array([3, 0, 3])), array[[3, 0, 3]])
    assert np.array_equal(source.original(2), array[2])
    assert np.array_equal(source.take(np.array([4, 1])).original(0), array[4])


def test_arrays_of_another_form_are_refused() -> None:
    for array in (noise(5, 4, 4), noise(5, 4, 4, 2), np.zeros((5, 4, 4, 1))):
        with pytest.raises(AssertionError):
            ArrayImages(array)


@pytest.mark.parametrize("count", [0, 3, 40])
def test_any_size_and_channels_can_be_asked_for(tmp_path: Path, count: int) -> None:
    indices = np.arange(count)
    for source in (ArrayImages(noise(40, 9, 7, 3)), folder_of(tmp_path, 40)):
        assert source.read(indices, size=(5, 11)).shape == (count, 5, 11, 3)
        assert source.read(indices, channels=1).shape == (count, 9, 7, 1)
        assert source.read(indices, (5, 11), 1).dtype == np.uint8


def test_files_are_read_like_the_arrays_they_were_made_of(tmp_path: Path) -> None:
    source = folder_of(tmp_path, 20)
    array = ArrayImages(np.stack([noise(9, 7, 3, seed=number) for number in range(20)]))
    indices = np.array([19, 2, 2])
    for size in (None, (4, 4), (20, 30)):
        for channels in (None, 1, 3):
            expected = array.read(indices, size, channels)
            assert np.array_equal(source.read(indices, size, channels), expected)
    assert np.array_equal(source.take(indices).original(0), array.original(19))


def test_decoding_in_parallel_gives_what_decoding_one_by_one_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = folder_of(tmp_path, 50)
    indices = np.random.default_rng(0).integers(0, 50, 200)
    parallel = source.read(indices, (5, 5))
    monkeypatch.setattr(data.images, "MIN_PARALLEL", 10**9)
    assert np.array_equal(parallel, source.read(indices, (5, 5)))


def test_sources_travel_to_other_processes(tmp_path: Path) -> None:
    for source in (folder_of(tmp_path, 3), ArrayImages(noise(3, 4, 4, 1))):
        again = pickle.loads(pickle.dumps(source))
        assert np.array_equal(again.read(np.arange(3)), source.read(np.arange(3)))


def test_grey_and_colour_are_converted_as_pillow_does() -> None:
    colour = noise(30, 30, 3)
    grey = np.asarray(Image.fromarray(colour).convert("L"))[..., np.newaxis]
    assert np.array_equal(convert_channels(colour, 1), grey)
    assert np.array_equal(convert_channels(grey, 3), np.repeat(grey, 3, axis=2))
    assert convert_channels(colour, 3) is colour


def test_files_of_every_kind_become_eight_bits(tmp_path: Path) -> None:
    colour, grey = smooth(8, 8), smooth(8, 8)[..., 0]
    deep = (grey.astype(np.uint16) << 8) | 255
    palette = tmp_path / "palette.png"
    Image.fromarray(colour).quantize(16).save(palette, transparency=b"\x00\x80")
    cases = {
        write(tmp_path / "grey.png", grey): 1,
        write(tmp_path / "grey.jpg", grey): 1,
        write(tmp_path / "colour.jpg", colour): 3,
        write(tmp_path / "alpha.png", np.dstack([colour, grey])): 3,
        write(tmp_path / "grey-alpha.png", np.dstack([grey, grey])): 1,
        write(tmp_path / "deep.png", deep): 1,
        write(tmp_path / "bits.png", grey > 100): 1,
        palette: 3,
    }
    for path, channels in cases.items():
        assert probe_file(path) == ((8, 8), channels), path
        assert decode_file(path, channels).shape == (8, 8, channels)
    assert np.array_equal(decode_file(tmp_path / "deep.png", 1)[..., 0], grey)
    assert np.array_equal(decode_file(tmp_path / "alpha.png", 3), colour)


def test_a_photo_on_its_side_is_put_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    path = write(tmp_path / "photo.jpg", smooth(20, 40), exif=exif, quality=95)
    assert probe_file(path) == ((40, 20), 3)
    upright = np.rot90(smooth(20, 40), -1).astype(int)
    assert np.abs(decode_file(path, 3) - upright).mean() < 4


def test_a_large_photo_shrinks_as_it_would_without_the_shortcut(tmp_path: Path) -> None:
    path = write(tmp_path / "large.jpg", smooth(600, 400), quality=95)
    slow = Image.open(path).resize((20, 30), Image.Resampling.BILINEAR)
    assert np.abs(decode_file(path, 3, (30, 20)).astype(int) - np.asarray(slow)).max() <= 3


def test_differing_sizes_need_a_size(tmp_path: Path) -> None:
    write(tmp_path / "a.png", noise(4, 4, 3))
    write(tmp_path / "b.png", noise(5, 4, 3))
    source = FileImages(tmp_path, ("a.png", "b.png"), 3, None)
    assert source.read(np.arange(2), (3, 3)).shape == (2, 3, 3, 3)
    assert source.original(1).shape == (5, 4, 3)
    with pytest.raises(DataError, match=r"a\.png is 4 x 4 pixels, .*b\.png is 4 x 5 pixels"):
        source.read(np.arange(2))


def half_a_png() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(noise(40, 40, 3)).save(buffer, "PNG")
    return buffer.getvalue()[:2000]


def png_declaring(width: int, height: int) -> bytes:
    """The first bytes of a PNG that says it is so large."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 100))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "no such file"),
        (b"", "it is empty"),
        (b"<html>not found</html>", "its content is something else"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "its content is something else"),
        (half_a_png(), "truncated"),
        (png_declaring(20, 20), "truncated"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    path = tmp_path / "cat.png"
    if content is not None:
        path.write_bytes(content)
    source = FileImages(tmp_path, ("cat.png",), 3, (4, 4))
    with pytest.raises(DataError, match=rf"cat\.png cannot be read .*{reason}.*take it out"):
        source.read(np.arange(1))


@pytest.mark.parametrize("side", [MAX_PIXELS // 8000 + 1, 12_000, 40_000])
def test_a_decompression_bomb_is_refused(tmp_path: Path, side: int) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png_declaring(8000 if side < 10_000 else side, side))
    with pytest.raises(DataError, match=r"bomb\.png declares more than the 64,000,000 pixels"):
        decode_file(path, 3)
