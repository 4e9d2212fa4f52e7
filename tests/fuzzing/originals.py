"""The whole files that wrong ones are made of."""

import io
from pathlib import Path

import numpy as np

from tests.networks import save_cnn


def networks(folder: Path) -> list[tuple[str, bytes]]:
    """(suffix, content) of saved networks for 8 x 8 digits: a chain, and a graph with a nest."""
    import keras
    from keras import layers

    paths = [save_cnn(folder / "chain.h5"), save_cnn(folder / "chain.keras")]
    inner_input = keras.Input((8, 8, 1))
    x = layers.Conv2D(4, 3, padding="same")(inner_input)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    inner = keras.Model(inner_input, layers.Add()([x, inner_input]), name="inner")
    outer_input = keras.Input((8, 8, 1))
    outputs = layers.Dense(10, activation="softmax")(
        layers.GlobalAveragePooling2D()(inner(outer_input))
    )
    nested = keras.Model(outer_input, outputs)
    for suffix in ("h5", "keras"):
        paths.append(folder / f"nested.{suffix}")
        nested.save(paths[-1])
    return [(path.suffix[1:], path.read_bytes()) for path in paths]


def arrays() -> list[tuple[str, bytes]]:
    """(suffix, content) of .npz files of 30 images."""
    generator = np.random.default_rng(0)
    x = generator.integers(0, 256, (30, 9, 7, 3), dtype=np.uint8)
    y = np.arange(30) % 3
    plain, squeezed = io.BytesIO(), io.BytesIO()
    np.savez(plain, x=x, y=y)
    np.savez_compressed(
        squeezed,
        x_train=x[..., 0] / np.float32(255),
        y_train=np.eye(3)[y],
        x_test=x[:5, ..., 0] / np.float32(255),
        y_test=np.eye(3)[y[:5]],
        class_names=np.array(["a", "b", "c"]),
    )
    return [("npz", plain.getvalue()), ("npz", squeezed.getvalue())]


def images() -> list[tuple[str, bytes]]:
    """(suffix, content) of images of several kinds."""
    from PIL import Image

    generator = np.random.default_rng(1)
    colour = Image.fromarray(generator.integers(0, 256, (24, 31, 3), dtype=np.uint8))
    deep = Image.fromarray(generator.integers(0, 2**16, (12, 9), dtype=np.uint16))
    exif = Image.Exif()
    exif[0x0112] = 6
    saved: list[tuple[str, bytes]] = []
    for suffix, image, options in (
        ("png", colour, {}),
        ("png", colour.convert("P"), {"transparency": 3}),
        ("png", deep, {}),
        ("jpg", colour, {"exif": exif}),
        ("jpg", colour.convert("CMYK"), {}),
        ("jpg", colour, {"progressive": True}),
        ("gif", colour, {"save_all": True, "append_images": [colour.rotate(90)]}),
        ("webp", colour, {}),
        ("bmp", colour.convert("1"), {}),
        ("tif", colour, {"compression": "tiff_lzw"}),
    ):
        buffer = io.BytesIO()
        kind = {"jpg": "JPEG", "tif": "TIFF"}.get(suffix, suffix.upper())
        image.save(buffer, kind, **options)
        saved.append((suffix, buffer.getvalue()))
    return saved
