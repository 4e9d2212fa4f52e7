"""Train one of the shipped networks: python -m model.train mnist | cifar10 | digits

The networks see float32 pixels from 0 to 1. Part of the training images decides which epoch is
kept; the test images are used for nothing but the score printed at the end.
"""

import argparse
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from data import Dataset, open_dataset
from data.sampling import stratified_sample
from model.training import augment, read_all, scale

VALIDATION_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a network is built and trained.

    Attributes:
        build: makes the network.
        epochs: passes over the training images.
        rate: highest learning rate of AdamW; it rises for a while, then falls as a cosine.
        shift: images are moved by up to so many pixels each way, anew in each epoch.
        flip: half of the images are mirrored.
        smoothing: share of each label's weight spread over all classes.
    """

    build: Callable[[], Any]
    epochs: int
    batch: int
    rate: float
    shift: int
    flip: bool
    smoothing: float
    weight_decay: float


def build_mnist() -> Any:
    """(28, 28, 1) -> 10, four convolutions."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((28, 28, 1), name="image"),
            layers.Conv2D(16, 3, padding="same", activation="relu", name="conv1"),
            layers.MaxPooling2D(name="pool1"),
            layers.Conv2D(32, 3, padding="same", activation="relu", name="conv2"),
            layers.Conv2D(32, 3, padding="same", activation="relu", name="conv3"),
            layers.MaxPooling2D(name="pool2"),
            layers.Conv2D(64, 3, padding="same", activation="relu", name="conv4"),
            layers.MaxPooling2D(name="pool3"),
            layers.Flatten(name="flatten"),
            layers.Dropout(0.2, name="dropout1"),
            layers.Dense(128, activation="relu", name="dense"),
            layers.Dropout(0.3, name="dropout2"),
            layers.Dense(10, activation="softmax", name="probabilities"),
        ],
        name="mnist",
    )


def build_cifar10() -> Any:
    """(32, 32, 3) -> 10, five convolutions with batch normalization."""
    import keras
    from keras import layers

    def convolution(filters: int, number: int, pooled: bool = False) -> list[Any]:
        # Pooling first leaves a quarter of the values to normalize, and changes next to nothing.
        return [
            layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"conv{number}"),
            *([layers.MaxPooling2D(name=f"pool{number}")] if pooled else []),
            layers.BatchNormalization(name=f"norm{number}"),
            layers.ReLU(name=f"relu{number}"),
        ]

    return keras.Sequential(
        [
            keras.Input((32, 32, 3), name="image"),
            *convolution(32, 1, pooled=True),
            *convolution(64, 2, pooled=True),
            *convolution(128, 3),
            *convolution(128, 4, pooled=True),
            *convolution(128, 5),
            layers.GlobalAveragePooling2D(name="average"),
            layers.Dense(128, activation="relu", name="dense"),
            layers.Dropout(0.2, name="dropout"),
            layers.Dense(10, activation="softmax", name="probabilities"),
        ],
        name="cifar10",
    )


def build_digits() -> Any:
    """(8, 8, 1) -> 10, two convolutions."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((8, 8, 1), name="image"),
            layers.Conv2D(16, 3, padding="same", activation="relu", name="conv1"),
            layers.Conv2D(32, 3, padding="same", activation="relu", name="conv2"),
            layers.MaxPooling2D(name="pool1"),
            layers.Flatten(name="flatten"),
            layers.Dense(64, activation="relu", name="dense"),
            layers.Dropout(0.3, name="dropout"),
            layers.Dense(10, activation="softmax", name="probabilities"),
        ],
        name="digits",
    )


RECIPES = {
    "mnist": Recipe(build_mnist, 14, 128, 2e-3, 2, False, 0.02, 1e-2),
    "cifar10": Recipe(build_cifar10, 20, 64, 3e-3, 4, True, 0.03, 2e-2),
    "digits": Recipe(build_digits, 60, 64, 3e-3, 1, False, 0.02, 1e-2),
}


def compile_network(network: Any, recipe: Recipe, steps: int) -> None:
    """Give the network its loss, its optimizer, and a learning rate for `steps` steps."""
    import keras

    warm = steps // 10
    rate = keras.optimizers.schedules.CosineDecay(
        recipe.rate / 20, steps - warm, alpha=0.0, warmup_target=recipe.rate, warmup_steps=warm
    )
    network.compile(
        optimizer=keras.optimizers.AdamW(rate, weight_decay=recipe.weight_decay),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=recipe.smoothing),
        metrics=["accuracy"],
    )


def train(recipe: Recipe, dataset: Dataset, out: Path, seed: int) -> None:
    """Train a network on a dataset, and write the best epoch so far to `out` as it goes."""
    import keras

    keras.utils.set_random_seed(seed)
    generator = np.random.default_rng(seed)
    images, targets = read_all(dataset), np.eye(dataset.num_classes, dtype=np.float32)
    held_out = stratified_sample(dataset.labels, round(len(dataset) * VALIDATION_SHARE), seed)
    kept = np.setdiff1d(np.arange(len(dataset)), held_out)
    network = recipe.build()
    network.summary()
    compile_network(network, recipe, recipe.epochs * -(-len(kept) // recipe.batch))
    best = (0.0, 0.0)
    for epoch in range(recipe.epochs):
        start = time.perf_counter()
        shown = scale(augment(images[kept], recipe.shift, recipe.flip, generator))
        answers = targets[dataset.labels[kept]]
        history = network.fit(shown, answers, batch_size=recipe.batch, verbose=0).history
        loss, accuracy = network.evaluate(
            scale(images[held_out]), targets[dataset.labels[held_out]], batch_size=256, verbose=0
        )
        print(
            f"epoch {epoch + 1}/{recipe.epochs}  loss {history['loss'][0]:.4f}  validation loss "
            f"{loss:.4f} accuracy {accuracy:.4f}  {time.perf_counter() - start:.0f} s",
            flush=True,
        )
        # Accuracy is coarse: among equals the smaller loss decides.
        if (accuracy, -loss) > best:
            best = (accuracy, -loss)
            save(network, out)


def save(network: Any, out: Path) -> None:
    """Write a network without its optimizer, whole or not at all."""
    # Keras calls .h5 legacy at each saving; it is what most people have, so it is what we ship.
    logging.getLogger("absl").setLevel(logging.ERROR)
    partial = out.with_name(f".{out.name}.partial.h5")
    network.save(partial, include_optimizer=False)
    os.replace(partial, out)


def evaluate(path: Path, dataset: Dataset) -> tuple[float, float]:
    """(accuracy, mean cross-entropy in nats) of a saved network on a dataset."""
    import keras

    network = keras.models.load_model(path, compile=False)
    network.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    loss, accuracy = network.evaluate(
        scale(read_all(dataset)), dataset.labels, batch_size=256, verbose=0
    )
    return float(accuracy), float(loss)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m model.train", description=__doc__)
    parser.add_argument("network", choices=RECIPES)
    parser.add_argument("--dataset", help="name or path of the dataset; by default the network's")
    parser.add_argument("--data-dir", help="folder where NAME.npz is looked for first")
    parser.add_argument("--out", type=Path, help="file to write; by default model/NETWORK.h5")
    parser.add_argument("--epochs", type=int, help="passes over the training images")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--evaluate", action="store_true", help="only score the file of --out")
    options = parser.parse_args()
    recipe = RECIPES[options.network]
    if options.epochs:
        recipe = replace(recipe, epochs=options.epochs)
    out = options.out or Path(__file__).with_name(f"{options.network}.h5")
    source = options.dataset or options.network
    if not options.evaluate:
        dataset = open_dataset(source, "train", data_dir=options.data_dir, report=print)
        start = time.perf_counter()
        train(recipe, dataset, out, options.seed)
        print(f"trained in {time.perf_counter() - start:.0f} s")
    tested = open_dataset(source, "test", data_dir=options.data_dir, report=print)
    accuracy, loss = evaluate(out, tested)
    images = f"{len(tested):,} {tested.split} images of {tested.name}"
    print(f"{out}: accuracy {accuracy:.4f}, mean loss {loss:.4f} on {images}. {tested.note}")


if __name__ == "__main__":
    main()
