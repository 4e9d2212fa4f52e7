"""model/preprocess/choosing.py: how a network was trained to see images is found out."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from data import open_dataset
from data.dataset import Dataset
from data.images import ArrayImages
from model.description import NetworkDescription
from model.preprocess import SCALES, choose
from model.preprocess.choosing import (
    FIRST,
    SAMPLE,
    candidates,
    differs,
    effort,
    pick,
    preprocessing,
    static_scale,
)
from model.preprocess.geometry import find_geometry
from model.preprocess.scoring import WORST_LOSS, best_assignment, score
from model.preprocess.statistics import measure
from tests.fakes import fake_dataset
from tests.perceptron import Perceptron, train
from tests.test_model_preprocess import described

# What the networks of this file are trained on.
TRAINED = (
    "0-1", "0-255", "-1-1", "standardised", "0-1-minus-mean", "0-255-minus-mean",
    "0-1-minus-mean-image", "0-255-minus-mean-image", "0-1-inverted", "0-255-inverted",
)  # fmt: skip

# One of a dataset's images by one of two standard deviations is hardly to be told from the other.
ALIKE = {"standardised": {"standardised", "standardised-per-image"}}


@dataclass(frozen=True)
class Trained:
    description: NetworkDescription
    logits_of: Perceptron


@pytest.fixture(scope="session")
def digits() -> Dataset:
    return open_dataset("digits", "test")


@pytest.fixture(scope="session")
def trained() -> dict[str, Trained]:
    """Small networks, each trained on real digits shown to it in one way."""
    images, description = open_dataset("digits", "train"), described((8, 8, 1), "Flatten", "Dense")
    geometry = find_geometry(description, images)
    statistics = measure(images.images, geometry)
    networks = {}
    for name in TRAINED:
        shown = preprocessing(geometry, name, statistics)
        inputs = shown.read(images.images, np.arange(len(images)))
        networks[name] = Trained(description, train(inputs, images.labels))
    return networks


@pytest.mark.parametrize("name", TRAINED)
def test_what_a_network_was_trained_on_is_found(
    name: str, trained: dict[str, Trained], digits: Dataset
) -> None:
    network = trained[name]
    choice = choose(network.description, digits, "auto", network.logits_of)
    best = max(tried.accuracy for tried in choice.tries)
    (chosen,) = [tried for tried in choice.tries if tried.chosen]
    assert chosen is choice.tries[0]
    assert chosen.name == choice.preprocessing.scale
    assert chosen.accuracy >= best - 0.01
    assert chosen.accuracy > 0.9
    assert chosen.name in ALIKE.get(name, {name})
    assert {tried.name for tried in choice.tries} == set(candidates("0-1", 1))
    assert choice.warnings == ()


def test_a_layer_that_rescales_speaks_for_pixels_as_they_are(
    trained: dict[str, Trained], digits: Dataset
) -> None:
    network = trained["0-1"].logits_of
    description = described((8, 8, 1), "Rescaling", "Dense")
    assert static_scale(description) == "0-255"
    choice = choose(description, digits, "auto", lambda inputs: network(inputs / np.float32(255)))
    assert choice.preprocessing.scale == "0-255"


def test_a_network_that_sees_all_scales_alike_stays_with_the_static_one(digits: Dataset) -> None:
    description = replace(untrained(), classes=10)
    # Cosines: blind to any scale, and to the network's own idea of it.
    means = np.stack([_mean_image(digits, k) for k in range(10)])

    def logits_of(inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        rows = inputs.reshape(len(inputs), -1)
        rows = rows - rows.mean(1, keepdims=True)
        rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
        return (20 * rows @ means.T).astype(np.float32)

    choice = choose(description, digits, "auto", logits_of)
    by_name = {tried.name: tried.accuracy for tried in choice.tries}
    assert by_name["0-1"] == pytest.approx(by_name["0-255"], abs=0.005)
    assert choice.preprocessing.scale == "0-1"
    rescaling = replace(description, layers=(replace(description.layers[0], kind="Rescaling"),))
    assert choose(rescaling, digits, "auto", logits_of).preprocessing.scale == "0-255"


def _mean_image(digits: Dataset, label: int) -> NDArray[np.float32]:
    chosen = np.flatnonzero(digits.labels == label)
    rows = digits.images.read(chosen).reshape(len(chosen), -1).astype(np.float32)
    mean = rows.mean(0) - rows.mean()
    return mean / np.linalg.norm(mean)


def untrained(shape: tuple[int, ...] = (8, 8, 1)) -> NetworkDescription:
    return described(shape, "Dense")


def test_classes_in_another_order_do_not_hide_how_it_was_trained(
    trained: dict[str, Trained], digits: Dataset
) -> None:
    network = trained["0-255"]
    order = np.random.default_rng(5).permutation(10)
    moved = replace(digits, labels=order[digits.labels])
    choice = choose(network.description, moved, "auto", network.logits_of)
    straight = choose(network.description, digits, "auto", network.logits_of)
    assert choice.tries[0].accuracy < 0.5
    assert choice.preprocessing.scale in ("0-255", straight.preprocessing.scale)
    assert choice.preprocessing.scale != "0-1"


def test_without_labels_nothing_is_tried(digits: Dataset) -> None:
    bare = replace(digits, labels=np.full(len(digits), -1, np.int64))

    def never(_inputs: object) -> NDArray[np.float32]:
        raise AssertionError("confidence must not decide")

    choice = choose(untrained(), bare, "auto", never)
    assert (choice.preprocessing.scale, choice.tries) == ("0-1", ())


def test_only_labelled_images_are_looked_at(trained: dict[str, Trained], digits: Dataset) -> None:
    network = trained["-1-1"]
    labels = np.where(np.arange(len(digits)) % 2 == 0, digits.labels, -1)
    choice = choose(network.description, replace(digits, labels=labels), "auto", network.logits_of)
    assert choice.tries[0].accuracy > 0.9


def test_the_same_seed_gives_the_same_choice(trained: dict[str, Trained], digits: Dataset) -> None:
    network = trained["0-1"]
    one, two = (choose(network.description, digits, "auto", network.logits_of) for _ in range(2))
    assert one.tries == two.tries


def test_progress_rises_to_the_end(trained: dict[str, Trained], digits: Dataset) -> None:
    network = trained["0-1"]
    seen: list[float] = []
    choose(network.description, digits, "auto", network.logits_of, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[0] == 0
    assert 0.5 < seen[-1] <= 1


def costly() -> NetworkDescription:
    """As heavy as a network for photographs."""
    description = untrained()
    return replace(description, layers=(replace(description.layers[0], params=4 * 10**9),))


def test_a_heavy_network_looks_at_fewer_images(
    trained: dict[str, Trained], digits: Dataset
) -> None:
    network, looked = trained["0-255-minus-mean"], 0

    def counting(inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        nonlocal looked
        looked += len(inputs)
        return network.logits_of(inputs)

    choice = choose(costly(), digits, "auto", counting)
    everything = len(candidates("0-1", 1)) * SAMPLE
    assert looked < everything / 4
    assert choice.tries[0].accuracy > 0.9
    assert choice.preprocessing.scale.startswith("0-255")
    # The usual ways were enough, and one that none of them is near is looked for all the same.
    assert len(choice.tries) < len(candidates("0-1", 1))
    rare = trained["0-1-inverted"]
    found = choose(costly(), digits, "auto", rare.logits_of)
    assert found.preprocessing.scale == "0-1-inverted"
    assert len(found.tries) == len(candidates("0-1", 1))
    looked = 0
    choose(untrained(), digits, "auto", counting)
    assert looked == everything


def test_outputs_that_are_no_numbers_lose(digits: Dataset) -> None:
    def broken(inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        logits = np.full((len(inputs), 10), np.nan, np.float32)
        if inputs.max() <= 1.001:
            logits[:] = 0
        return logits

    choice = choose(untrained(), digits, "auto", broken)
    assert choice.preprocessing.scale == "0-1"
    assert all(np.isfinite(tried.mean_loss) for tried in choice.tries)
    worst = next(tried for tried in choice.tries if tried.name == "0-255")
    assert (worst.accuracy, worst.mean_loss) == (0.0, WORST_LOSS)


def hits(*right: range, count: int = 300) -> NDArray[np.bool_]:
    rows = np.zeros(count, np.bool_)
    for part in right:
        rows[list(part)] = True
    return rows


def test_a_few_images_more_do_not_replace_the_static_one() -> None:
    static, other = hits(range(270)), hits(range(4, 279))
    assert pick("s", {"s": static, "o": other}, {"s": 0.4, "o": 0.3}) == "s"
    far = hits(range(4, 300))
    assert pick("s", {"s": static, "o": far}, {"s": 0.4, "o": 0.5}) == "o"


def test_among_equals_the_lower_loss_wins_and_not_one_more_image() -> None:
    static, one, two = hits(range(100)), hits(range(280)), hits(range(281))
    losses = {"s": 2.0, "one": 0.3, "two": 0.6}
    assert pick("s", {"s": static, "one": one, "two": two}, losses) == "one"


def test_a_loss_far_above_gives_the_static_one_away() -> None:
    same = {"s": hits(range(280)), "o": hits(range(280))}
    assert pick("s", same, {"s": 2.1, "o": 0.2}) == "o"
    assert pick("s", same, {"s": 0.6, "o": 0.2}) == "s"
    assert pick("s", same, {"s": 0.9, "o": 0.55}) == "s"
    fewer = {"s": hits(range(280)), "o": hits(range(279))}
    assert pick("s", fewer, {"s": 2.1, "o": 0.2}) == "s"


def test_more_often_right_is_told_from_chance() -> None:
    assert not differs(hits(range(5)), hits(range(5, 9)), 2.0)
    assert differs(hits(range(20)), hits(range(20, 24)), 2.0)
    assert not differs(hits(range(20)), hits(range(20)), 2.0)


def test_candidates_for_colour_and_for_grey() -> None:
    assert set(candidates("0-1", 3)) == set(SCALES)
    assert set(SCALES) - set(candidates("0-255", 1)) == {"caffe", "torch"}
    assert candidates("0-255", 1)[0] == "0-255"
    assert FIRST < SAMPLE


def test_effort_counts_weights_at_every_place() -> None:
    layer = replace(untrained().layers[0], params=10, output_shape=(7, 7, 4))
    assert effort(replace(untrained(), layers=(layer,))) == 490


def test_losses_are_cross_entropies() -> None:
    logits = np.array([[2.0, 0.0, -1.0], [0.0, 5.0, 1.0]], np.float32)
    labels = np.array([0, 2])
    odds = np.exp(logits.astype(np.float64))
    expected = -np.log(odds[[0, 1], labels] / odds.sum(1))
    found = score(logits, "softmax", labels)
    np.testing.assert_allclose(found.losses, expected)
    assert found.correct.tolist() == [True, False]
    one = score(np.array([[2.0], [-1.0]], np.float32), "sigmoid", np.array([1, 1]))
    np.testing.assert_allclose(one.losses, np.log1p(np.exp([-2.0, 1.0])))
    assert one.correct.tolist() == [True, False]
    shares = np.array([[0.7, 0.2, 0.1], [0.1, 0.9, 0.0]], np.float32)
    already = score(shares, "logits", labels)
    np.testing.assert_allclose(already.losses, [-np.log(0.7), WORST_LOSS], rtol=1e-5)


def test_several_labels_and_labels_without_an_output() -> None:
    logits = np.array([[2.0, -3.0, 1.0], [0.0, 5.0, 1.0]], np.float32)
    targets = np.array([[True, False, True], [True, False, False]])
    found = score(logits, "multilabel", np.array([0, 0]), targets)
    assert found.correct.tolist() == [True, False]
    z = logits.astype(np.float64)
    np.testing.assert_allclose(found.losses, (np.log1p(np.exp(z)) - z * targets).sum(1))
    beyond = score(logits, "softmax", np.array([7, 1]))
    assert beyond.correct.tolist() == [False, True]
    assert beyond.losses[0] == WORST_LOSS


def test_best_assignment_keeps_numbers_where_nothing_speaks() -> None:
    labels = np.array([0, 0, 1, 1, 2, 2])
    assert best_assignment(labels, np.array([1, 1, 0, 0, 2, 2]), 4, 4).tolist() == [1, 0, 2, 3]
    assert best_assignment(labels, np.array([5, 5, 0, 0, -1, -1]), 3, 6).tolist() == [5, 0, 2]
    assert sorted(best_assignment(labels, labels, 3, 2).tolist()) == [-1, 0, 1]


def test_images_in_colour_of_a_network_in_imagenets_colours() -> None:
    """A network that knows three colours by what caffe's order and mean make of them."""
    generator = np.random.default_rng(0)
    labels = np.arange(120, dtype=np.int64) % 3
    array = generator.integers(60, 120, (120, 8, 8, 3)).astype(np.uint8)
    for channel in range(3):
        array[labels == channel, ..., channel] += 60
    dataset = fake_dataset(
        120, 3, images=ArrayImages(array), labels=labels, ids=[str(k) for k in range(120)]
    )

    def logits_of(inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        # Red, green, blue as the classes, where they come as blue, green, red and in pixels.
        return inputs.mean((1, 2))[:, ::-1] / 10

    choice = choose(replace(untrained((8, 8, 3)), classes=3), dataset, "auto", logits_of)
    assert choice.preprocessing.scale == "caffe"
