"""Preprocessing from a network to its study: found, kept, told, used for other images."""

import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np

from analysis import open_study
from analysis.guest import decode
from data import open_dataset
from data.naming import apply_class_names, read_class_names
from model import open_network
from model.preprocess import Preprocessing
from model.preprocess.choosing import preprocessing
from model.preprocess.geometry import find_geometry
from model.preprocess.statistics import measure
from tests.perceptron import Perceptron, train
from tests.test_analysis_guest import encoded, seen
from tests.test_model_preprocess import described

NAME = "0-255-minus-mean"


def save(network: Perceptron, path: Path) -> Path:
    import keras
    from keras import layers

    hidden = network.weights[1].shape[0]
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(hidden, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.set_weights(list(network.weights))
    model.save(path)
    return path


def test_a_network_with_a_mean_subtracted_and_its_classes_in_another_order(
    here: None, tmp_path: Path
) -> None:
    images = open_dataset("digits", "train")
    geometry = find_geometry(described((8, 8, 1), "Flatten"), images)
    shown = preprocessing(geometry, NAME, measure(images.images, geometry))
    network = train(shown.read(images.images, np.arange(len(images))), images.labels)

    digits = open_dataset("digits", "test")
    order = np.roll(np.arange(10), 3)
    # The dataset's numbers of the classes are others than the network's.
    other = replace(
        digits,
        labels=order[digits.labels],
        class_names=tuple(digits.class_names[k] for k in np.argsort(order)),
        fingerprint="another order",
    )
    path = save(network, tmp_path / "net.keras")
    with open_study(open_network(path), other, cache_dir=tmp_path / "cache", method="pca") as study:
        study.start()
        study.wait()
        assert study.failures == []
        assert study.description is not None
        assert study.samples is not None
        assert study.description.preprocessing == "8 x 8 x 1, pixels 0-255, less the dataset's mean"
        assert study.description.tries[0].name == NAME
        assert study.description.tries[0].chosen

        (warning,) = study.warnings
        assert "The classes seem to be in another order: " in warning
        option = shlex.split(warning.partition("--class-names ")[2].removesuffix("."))[0]
        mended = apply_class_names(other, read_class_names(option), explicit=True)
        predicted = study.samples["predicted"]
        assert (predicted == mended.labels).mean() > 0.9
        assert (predicted == other.labels).mean() < 0.2

        kept = study.task.read_preprocessing()
        assert isinstance(kept, Preprocessing)
        assert kept.statistics is not None
        assert kept.statistics.image is None
        # An image of the dataset, dropped: it is shown to the network with the mean of the dataset.
        guest = decode("t", encoded(digits.images.original(5)), study.task, kept)
        assert guest.images.array.shape == (1, 8, 8, 1)
        done = seen(study.guests, study.guests.add(encoded(digits.images.original(5))))
        own = np.load(study.task.logits_path)[5]
        np.testing.assert_allclose(done.outputs["logits"], own, atol=1e-3)

        # A pass whose preprocessing is lost or broken is made again.
        (study.task.forward_folder / "preprocessing.json").write_text('{"size": 3}')
        assert study.task.read_preprocessing() is None
        assert study.task.read_description() is None
