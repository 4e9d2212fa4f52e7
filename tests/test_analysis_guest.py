"""analysis/guest.py, guests.py, guest_look.py: an image from outside, seen as the dataset's."""

import io
import struct
import time
import zlib
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from analysis import Study, guests
from analysis.guest import Guest, decode, invert, odd_border
from analysis.guests import Guests
from analysis.similar import similar_to_vector
from data.decode import MAX_PIXELS
from tests.studies import open_digits
from util import DataError, UserError

# What a process of its own answers is tested in test_analysis_service.py.
pytestmark = pytest.mark.usefixtures("here")

PATIENCE = 120.0


def encoded(pixels: NDArray[np.uint8], kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(
        buffer, kind, **options
    )
    return buffer.getvalue()


def noise(*shape: int) -> NDArray[np.uint8]:
    return np.random.default_rng(sum(shape)).integers(0, 256, shape, np.uint8)


def seen(guests: Guests, guest: Guest) -> Guest:
    """The image once the network has looked at it, or could not."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        now = guests.get(guest.token)
        assert now is not None
        if now.state in ("done", "failed"):
            return now
        time.sleep(0.02)
    raise AssertionError("the network did not look at the image")


def test_image_of_the_dataset_lands_on_itself(computed: Study) -> None:
    for index in (7, 200):
        data = encoded(computed.dataset.images.original(index))
        guest = seen(computed.guests, computed.guests.add(data))
        assert guest.state == "done"
        assert guest.size == (8, 8)
        assert set(guest.outputs) == {"logits", *computed.layers}
        for space in ("pixels", *computed.layers):
            vector, own = guest.vector(space), computed.activation(space, index)
            assert vector is not None
            assert own is not None
            if space != "pixels":
                np.testing.assert_allclose(vector, own, atol=1e-4)
            found = similar_to_vector(computed, space, vector, 3)
            assert found is not None
            assert found.distances[0] < 1e-3
        found = similar_to_vector(computed, "dense", guest.outputs["dense"], 1)
        assert found is not None
        assert found.indices.tolist() == [index]
        assert computed.description is not None
        probabilities = guest.probabilities(computed.description.head)
        expected = computed.probabilities(index)
        assert probabilities is not None
        assert expected is not None
        np.testing.assert_allclose(probabilities, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (encoded(noise(90, 60, 3), "JPEG"), (90, 60)),
        (encoded(noise(12, 10, 4)), (12, 10)),
        (encoded(noise(1, 1, 1)), (1, 1)),
        (encoded(np.zeros((3000, 4000, 3), np.uint8)), (3000, 4000)),
        (encoded(np.zeros((4000, 3000, 3), np.uint8), "JPEG"), (4000, 3000)),
    ],
    ids=["photo", "transparent", "one pixel", "large", "large photo"],
)
def test_any_image_is_brought_to_the_networks_size(
    computed: Study, data: bytes, size: tuple[int, int]
) -> None:
    guest = seen(computed.guests, computed.guests.add(data))
    assert (guest.state, guest.size) == ("done", size)
    assert guest.images.array.shape == (1, 8, 8, 1)
    assert guest.thumbnail.shape == (8, 8, 1)
    assert max(guest.picture.shape) <= 512
    assert guest.outputs["dense"].shape == (16,)


def test_orientation_in_the_file_is_followed(computed: Study) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    pixels = np.zeros((8, 16, 1), np.uint8)
    pixels[:, :8] = 255
    shown = computed.task.read_preprocessing()
    assert shown is not None
    guest = decode("t", encoded(pixels, exif=exif), computed.task, shown)
    assert guest.size == (16, 8)
    assert guest.images.array[0, :3].min() > 200
    assert guest.images.array[0, -3:].max() < 50


def bomb() -> bytes:
    """A PNG of a few bytes that declares a picture of 60,000 x 60,000 pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    rows = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + header + rows + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"a text that calls itself a PNG", "its content is something else"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>', "something else"),
        (encoded(noise(5, 5, 3), "GIF"), "something else"),
        (encoded(noise(30, 30, 3))[:400], "cannot be read as a JPEG or PNG image"),
        (b"", "it is empty"),
        (bomb(), f"more than the {MAX_PIXELS:,} pixels"),
        (bytes(guests.MAX_BYTES + 1), "at most 32 MB"),
    ],
    ids=["text", "svg", "gif", "torn", "empty", "bomb", "too many bytes"],
)
def test_what_is_no_image_is_one_sentence(computed: Study, data: bytes, words: str) -> None:
    with pytest.raises(UserError) as error:
        computed.guests.add(data)
    sentence = str(error.value)
    assert words in sentence
    assert sentence.count(". ") == 0
    assert "Traceback" not in sentence


def test_nothing_dropped_is_written(computed: Study, cache: Path) -> None:
    def files() -> list[tuple[str, int]]:
        return sorted((str(path), path.stat().st_size) for path in cache.rglob("*"))

    before = files()
    seen(computed.guests, computed.guests.add(encoded(noise(20, 20, 3))))
    assert files() == before


def test_two_at_once_do_not_disturb_each_other(computed: Study) -> None:
    originals = [computed.dataset.images.original(index) for index in range(30, 40)]
    added = [computed.guests.add(encoded(pixels)) for pixels in originals]
    for index, guest in zip(range(30, 40), added, strict=True):
        outputs, own = seen(computed.guests, guest).outputs, computed.activation("dense", index)
        np.testing.assert_allclose(outputs["dense"], own, atol=1e-4)


def test_same_image_is_looked_at_once(computed: Study) -> None:
    data = encoded(noise(9, 9, 1))
    first = seen(computed.guests, computed.guests.add(data))
    again = computed.guests.add(data)
    assert again is first


def test_inverted_is_an_image_of_its_own_and_back(computed: Study) -> None:
    pixels = computed.dataset.images.original(3)
    dark = computed.guests.add(encoded(255 - pixels))
    light = computed.guests.invert(dark.token)
    assert light is not None
    assert light.token != dark.token
    light = seen(computed.guests, light)
    np.testing.assert_allclose(light.outputs["dense"], computed.activation("dense", 3), atol=1e-4)
    back = computed.guests.invert(light.token)
    assert back is not None
    assert back.token == dark.token
    np.testing.assert_array_equal(invert(invert(light)).images.array, light.images.array)
    assert computed.guests.invert("unknown") is None


def test_only_the_latest_are_kept(computed: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.guests.KEPT", 3)
    guests = Guests(computed.task, Silent())  # type: ignore[arg-type]
    added = [guests.add(encoded(noise(side, 5, 1))) for side in range(1, 4)]
    assert guests.get(added[0].token) is not None
    added.append(guests.add(encoded(noise(4, 5, 1))))
    # The first had been asked for again, so the second was the one that nobody wanted longest.
    assert [guests.get(guest.token) is not None for guest in added] == [True, False, True, True]


class Silent:
    """A network that never answers."""

    message = "waiting for the network"

    def ask(self, question: object) -> Future[Any]:
        return Future()


def test_who_waits_is_told_for_what_and_a_failure_is_of_one_image(computed: Study) -> None:
    service = Silent()
    asked: list[Future[Any]] = []
    service.ask = lambda question: asked.append(Future()) or asked[-1]  # type: ignore[assignment,method-assign,func-returns-value]
    guests = Guests(computed.task, service)  # type: ignore[arg-type]
    one, two = (guests.add(encoded(noise(side, side, 1))) for side in (8, 9))
    service.message = "starting Keras"

    def state(guest: Guest) -> tuple[str, str]:
        now = guests.get(guest.token)
        assert now is not None
        return now.state, now.message

    assert state(one) == state(two) == ("waiting", "starting Keras")
    asked[0].set_exception(UserError("The network cannot be run."))
    assert state(one) == ("failed", "The network cannot be run.")
    assert state(two) == ("waiting", "starting Keras")
    # Dropped once more, it is looked at again.
    assert guests.add(encoded(noise(8, 8, 1))).state == "waiting"
    assert len(asked) == 3


def test_without_a_pass_over_the_dataset_it_is_too_early(saved: Path, tmp_path: Path) -> None:
    study = open_digits(saved, tmp_path)
    with pytest.raises(UserError, match="not been through the network yet"):
        study.guests.add(encoded(noise(8, 8, 1)))


def test_odd_border_tells_what_should_be_inverted() -> None:
    dark = np.zeros((300, 8, 8, 1), np.uint8)
    dark[:, 2:6, 2:6] = 255
    assert odd_border(255 - dark[0], dark) == "light"
    assert odd_border(dark[0], 255 - dark) == "dark"
    assert odd_border(dark[0], dark) is None
    assert odd_border(np.full((1, 1, 3), 128, np.uint8), noise(30, 8, 8, 3)) is None


def test_decoding_refuses_with_the_name_of_no_file(computed: Study) -> None:
    shown = computed.task.read_preprocessing()
    assert shown is not None
    with pytest.raises(DataError, match=r"^This file cannot be read .* choose another one\.$"):
        decode("t", b"nothing", computed.task, shown)
