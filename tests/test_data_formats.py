"""data/decode.py, data/modes.py: pictures of every mode and format give the pixels they hold."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, features

from data.decode import check_file, decode_bytes, decode_file, probe_file
from util import DataError

GREY = np.array([[0, 1, 2, 3], [64, 100, 128, 200], [250, 253, 254, 255]], np.uint8)
COLOUR = np.stack([GREY, GREY[::-1], GREY[:, ::-1]], axis=-1)


def saved(tmp_path: Path, image: Image.Image, name: str, **options: Any) -> Path:
    path = tmp_path / name
    image.save(path, **options)
    return path


def read(path: Path, channels: int) -> NDArray[np.uint8]:
    """Its pixels, after the other ways to look at it have been found to agree."""
    size, own = check_file(path)
    assert (size, own) == probe_file(path)
    assert own == channels
    pixels = decode_file(path, channels)
    assert pixels.shape == (*size, channels)
    return pixels[..., 0] if channels == 1 else pixels


@pytest.mark.parametrize(
    "name", ["a.png", "a.bmp", "a.gif", "a.tif", "a.tiff", "a.pgm", "a.webp", "a.jpg", "a.jfif"]
)
def test_every_format(tmp_path: Path, name: str) -> None:
    flat = np.full((8, 8), 120, np.uint8)
    options: dict[str, Any] = {"lossless": True} if name.endswith("webp") else {}
    path = saved(tmp_path, Image.fromarray(flat), name, **options)
    channels = probe_file(path)[1]
    assert (read(path, channels) == 120).all()


def test_a_suffix_that_lies(tmp_path: Path) -> None:
    image = Image.fromarray(COLOUR)
    image.save(tmp_path / "cat.jpg", format="PNG")
    assert np.array_equal(read(tmp_path / "cat.jpg", 3), COLOUR)


@pytest.mark.parametrize("kind", ["PDF", "EPS", "ICNS", "SGI", "TGA", "PCX"])
def test_other_formats_stay_shut(tmp_path: Path, kind: str) -> None:
    Image.fromarray(COLOUR).resize((32, 32)).save(tmp_path / "cat.png", format=kind)
    with pytest.raises(DataError, match="its content is something else"):
        decode_file(tmp_path / "cat.png", 3)


def test_what_is_dropped_on_the_page_is_jpeg_or_png() -> None:
    buffer = io.BytesIO()
    Image.fromarray(GREY).save(buffer, "BMP")
    with pytest.raises(DataError, match="cannot be read as a JPEG or PNG image"):
        decode_bytes(buffer.getvalue(), 1)


def test_transparency_is_dropped(tmp_path: Path) -> None:
    clear = np.zeros_like(GREY)
    assert np.array_equal(
        read(saved(tmp_path, Image.fromarray(np.dstack([COLOUR, clear])), "rgba.png"), 3), COLOUR
    )
    assert np.array_equal(
        read(saved(tmp_path, Image.fromarray(np.dstack([GREY, clear])), "la.png"), 1), GREY
    )
    palette = Image.fromarray((GREY > 100).astype(np.uint8), "L").convert("P")
    palette.putpalette([10, 20, 30, 200, 210, 220])
    path = saved(tmp_path, palette, "p.png", transparency=0)
    expected = np.where((GREY > 100)[..., None], [200, 210, 220], [10, 20, 30])
    assert np.array_equal(read(path, 3), expected)


def test_one_bit(tmp_path: Path) -> None:
    path = saved(tmp_path, Image.fromarray(GREY > 100), "bits.png")
    assert np.array_equal(read(path, 1), np.where(GREY > 100, 255, 0))


def test_cmyk_of_a_jpeg_is_not_inverted(tmp_path: Path) -> None:
    ink = np.zeros((16, 16, 4), np.uint8)
    ink[..., 1:3] = 255  # magenta and yellow: red
    path = saved(tmp_path, Image.fromarray(ink, "CMYK"), "red.jpg", quality=100)
    assert np.abs(read(path, 3).astype(int) - [255, 0, 0]).max() <= 3
    tiff = saved(tmp_path, Image.fromarray(ink, "CMYK"), "red.tif")
    assert np.array_equal(read(tiff, 3)[0, 0], [255, 0, 0])


@pytest.mark.parametrize("mode", ["YCbCr", "LAB"])
def test_other_colour_spaces(tmp_path: Path, mode: str) -> None:
    flat = Image.fromarray(np.full((8, 8, 3), (200, 60, 40), np.uint8))
    if mode == "LAB":
        from PIL import ImageCms

        to_lab = ImageCms.buildTransform(
            ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"
        )
        image = ImageCms.applyTransform(flat, to_lab)
        assert image is not None
    else:
        image = flat.convert(mode)
    pixels = read(saved(tmp_path, image, "a.tif"), 3)
    assert np.abs(pixels.astype(int) - [200, 60, 40]).max() <= 4


@pytest.mark.parametrize("order", ["<", ">"])
def test_sixteen_bits_of_grey_in_either_order(tmp_path: Path, order: str) -> None:
    deep = (GREY.astype(np.uint16) << 8) | 0x7F
    mode = "I;16" if order == "<" else "I;16B"
    image = Image.frombytes(mode, (4, 3), deep.astype(f"{order}u2").tobytes())
    assert np.array_equal(read(saved(tmp_path, image, "deep.tif"), 1), GREY)
    # A dark picture is dark: it is not stretched.
    dark = Image.fromarray(GREY.astype(np.uint16))
    assert not read(saved(tmp_path, dark, "dark.png"), 1).any()


def chunk(kind: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check


def png(pixels: NDArray[Any], colour: int, *extra: bytes) -> bytes:
    """A PNG of 16 bits a channel, with further chunks before the pixels."""
    header = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 16, colour, 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    parts = [
        chunk(b"IHDR", header),
        *extra,
        chunk(b"IDAT", zlib.compress(rows)),
        chunk(b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def test_sixteen_bits_of_colour(tmp_path: Path) -> None:
    path = tmp_path / "deep.png"
    path.write_bytes(png((COLOUR.astype(np.uint16) << 8) | 0x7F, 2))
    assert np.array_equal(read(path, 3), COLOUR)


def test_whole_numbers_of_32_bits(tmp_path: Path) -> None:
    def through(values: NDArray[Any]) -> NDArray[np.uint8]:
        return read(saved(tmp_path, Image.fromarray(values.astype(np.int32)), "i.tif"), 1)

    assert np.array_equal(through(GREY), GREY)
    assert np.array_equal(through((GREY.astype(int) << 8) + 9), GREY)
    # Beyond 16 bits, or below 0: from the smallest to the largest.
    assert np.array_equal(through(GREY.astype(int) * 1000 - 5), GREY)


def test_fractions(tmp_path: Path) -> None:
    def through(values: NDArray[Any]) -> NDArray[np.uint8]:
        return read(saved(tmp_path, Image.fromarray(values.astype(np.float32)), "f.tif"), 1)

    assert np.array_equal(through(GREY / 255), GREY)
    assert np.array_equal(through(GREY), GREY)
    assert np.array_equal(through(GREY * 4.0 - 90), GREY)
    assert not through(np.full((3, 4), 5000.0)).any()
    # A NaN of the signalling kind, which NumPy warns of when it is converted.
    signal = np.frombuffer(np.array([0x7FA00000, 0x3F800000], "<u4").tobytes(), "<f4")
    assert through(signal.reshape(1, 2)).tolist() == [[255, 255]]
    hole = GREY / 255
    hole[1, 1] = np.nan
    expected = GREY.copy()
    expected[1, 1] = 0
    assert np.array_equal(through(hole), expected)


TURNS = {
    1: lambda a: a, 2: lambda a: a[:, ::-1], 3: lambda a: a[::-1, ::-1], 4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1), 6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(a, 2).swapaxes(0, 1), 8: lambda a: np.rot90(a),
}  # fmt: skip


@pytest.mark.parametrize("suffix", ["png", "tif", "webp"])
@pytest.mark.parametrize("turn", TURNS)
def test_each_orientation_is_put_upright_once(tmp_path: Path, turn: int, suffix: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    options = {"lossless": True} if suffix == "webp" else {}
    path = saved(tmp_path, Image.fromarray(COLOUR), f"a.{suffix}", exif=exif, **options)
    assert np.array_equal(read(path, 3), TURNS[turn](COLOUR))


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow reads no AVIF")
@pytest.mark.parametrize("turn", TURNS)
def test_avif_is_put_upright_too(tmp_path: Path, turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    quarters = np.repeat(
        np.repeat(np.array([[0, 80, 160], [40, 120, 250]], np.uint8), 16, 0), 16, 1
    )
    image = Image.fromarray(np.repeat(quarters[..., None], 3, 2))
    path = saved(tmp_path, image, "a.avif", exif=exif, quality=95)
    expected = TURNS[turn](quarters)[..., None].astype(int)
    assert np.abs(read(path, 3) - expected).max() <= 12


def test_broken_notes_about_a_picture_do_not_matter(tmp_path: Path) -> None:
    path = saved(tmp_path, Image.fromarray(COLOUR), "a.png", exif=b"Exif\0\0II*\0\xff\xff\xff\x7f")
    assert np.array_equal(read(path, 3), COLOUR)
    broken = saved(tmp_path, Image.fromarray(COLOUR), "icc.png", icc_profile=b"no profile")
    assert np.array_equal(read(broken, 3), COLOUR)


@pytest.mark.parametrize("suffix", ["gif", "webp", "png", "tif"])
def test_the_first_frame_is_taken(tmp_path: Path, suffix: str) -> None:
    frames = [Image.fromarray(np.full((6, 5, 3), level, np.uint8)) for level in (40, 200, 90)]
    options: dict[str, Any] = {"lossless": True} if suffix == "webp" else {}
    path = saved(
        tmp_path, frames[0], f"a.{suffix}", save_all=True, append_images=frames[1:], **options
    )
    with Image.open(path) as image:
        assert getattr(image, "n_frames", 1) == 3
    assert (read(path, probe_file(path)[1]) == 40).all()


def test_a_pair_of_photographs(tmp_path: Path) -> None:
    frames = [Image.fromarray(np.full((16, 16, 3), level, np.uint8)) for level in (40, 200)]
    frames[0].save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=frames[1:])
    assert (read(tmp_path / "a.jpg", 3) == 40).all()


def test_text_that_unpacks_to_a_gigabyte_is_refused(tmp_path: Path) -> None:
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"\0" * 2**24))
    path = tmp_path / "a.png"
    path.write_bytes(png(np.zeros((3, 4)), 0, *[bomb] * 8))
    with pytest.raises(DataError, match="cannot be read as an image"):
        decode_file(path, 1)


def test_a_tiff_whose_tags_claim_gigabytes(tmp_path: Path) -> None:
    tags = [(256, 4, 1, 4), (257, 4, 1, 3), (258, 3, 2**31 - 1, 8), (273, 4, 2**30, 8)]
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    path = tmp_path / "a.tif"
    path.write_bytes(b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + entries + b"\0" * 4)
    with pytest.raises(DataError, match="cannot be read as an image"):
        decode_file(path, 1)
