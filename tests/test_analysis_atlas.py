"""analysis/atlas.py: every image where Facets Dive looks for it."""

import io

import numpy as np
import pytest
from PIL import Image

from analysis.atlas import MAX_SIDE, encode, fit, make_atlas

SHAPES = [
    (1, 28, 28, 1),
    (2, 5, 7, 3),
    (359, 8, 8, 1),
    (97, 31, 32, 3),
    (100, 1, 32, 1),
    (500, 32, 3, 1),
    (10_000, 28, 28, 1),
    (10_000, 32, 32, 3),
]


def random_images(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_images_lie_row_after_row(shape: tuple[int, int, int, int]) -> None:
    images = random_images(shape)
    count, height, width, channels = shape
    atlas = make_atlas(images)
    assert (atlas.height, atlas.width) == (height, width)
    assert atlas.pixels.shape[2] == channels
    assert max(atlas.pixels.shape[:2]) <= MAX_SIDE
    assert atlas.pixels.shape[0] % height == 0 and atlas.pixels.shape[1] % width == 0
    for index in {0, 1, count // 2, count - 1} & set(range(count)):
        row, column = divmod(index, atlas.columns)
        place = atlas.pixels[
            row * height : (row + 1) * height, column * width : (column + 1) * width
        ]
        np.testing.assert_array_equal(place, images[index])


def test_places_after_the_last_are_black() -> None:
    atlas = make_atlas(np.full((3, 4, 4, 1), 255, np.uint8))
    assert atlas.pixels.shape == (8, 8, 1)
    assert not atlas.pixels[4:, 4:].any()


def test_images_shrink_until_they_fit() -> None:
    images = np.zeros((6000, 64, 64, 3), np.uint8)
    images[7, :, :, 1] = 200
    atlas = make_atlas(images)
    assert atlas.height == atlas.width == 52
    row, column = divmod(7, atlas.columns)
    assert atlas.pixels[row * 52 + 26, column * 52 + 26].tolist() == [0, 200, 0]
    assert not atlas.pixels[row * 52 + 26, column * 52 - 26].any()


@pytest.mark.parametrize(
    ("count", "size"),
    [(1, (9000, 100)), (10_000, (32, 32)), (10_000, (256, 128)), (50_000, (64, 1))],
)
def test_largest_size_that_fits(count: int, size: tuple[int, int]) -> None:
    height, width = fit(count, *size)

    def places(height: int, width: int) -> int:
        return (MAX_SIDE // height) * (MAX_SIDE // width)

    assert places(height, width) >= count
    if (height, width) != size:
        longer = max(height, width) + 1
        grown = max(1, size[0] * longer // max(size)), max(1, size[1] * longer // max(size))
        assert places(*grown) < count


def test_grey_is_kept_to_the_pixel() -> None:
    atlas = make_atlas(random_images((5, 9, 6, 1)))
    content, mimetype = encode(atlas)
    assert mimetype == "image/png"
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(content))), atlas.pixels[..., 0])


def test_colours_look_the_same() -> None:
    ramp = np.linspace(0, 255, 32).astype(np.uint8)
    images = np.stack(
        [
            np.broadcast_to(ramp, (32, 32)),
            np.broadcast_to(ramp[:, None], (32, 32)),
            np.full((32, 32), 90, np.uint8),
        ],
        axis=-1,
    )
    atlas = make_atlas(np.stack([images, 255 - images]))
    content, mimetype = encode(atlas)
    assert mimetype == "image/jpeg"
    shown = np.asarray(Image.open(io.BytesIO(content))).astype(int)
    assert shown.shape == atlas.pixels.shape
    assert np.abs(shown - atlas.pixels).mean() < 3
