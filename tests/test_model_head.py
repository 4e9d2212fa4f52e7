"""model/head.py: logits of many makes of heads, held against Keras's own losses and outputs."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from model.forward import build_classifier
from model.graph import describe, flatten, head_of
from tests.networks import run
from util import ModelError

SHAPE = (8, 8, 3)


def with_tail(*tail: Any) -> Any:
    """A small network that ends in these layers."""
    import keras
    from keras import layers

    first = layers.Conv2D(6, 3, activation="relu", name="first")
    return keras.Sequential([keras.Input(SHAPE), first, *tail])


def flat(*tail: Any) -> Any:
    from keras import layers

    hidden = layers.Dense(7, activation="relu", name="hidden")
    return with_tail(layers.Flatten(name="flat"), hidden, *tail)


def softmax_operation() -> Any:
    import keras
    from keras import layers

    body = flat(layers.Dense(5, name="out"))
    return keras.Model(body.inputs, keras.ops.softmax(body.outputs[0]))


def nested() -> Any:
    import keras
    from keras import layers

    top = keras.Sequential(
        [keras.Input((7,)), layers.Dense(5, activation="softmax", name="out")], name="top"
    )
    return flat(keras.Sequential([keras.Input((7,)), layers.Dropout(0.2), top], name="end"))


def skipping() -> Any:
    """The list of layers ends in one that the output does not come from."""
    import keras
    from keras import layers

    start = keras.Input(SHAPE)
    hidden = layers.Dense(7, name="hidden")(layers.Flatten()(start))
    out = layers.Dense(5, activation="softmax", name="out")(hidden)
    return keras.Model(start, [out, layers.Dense(2, name="zzz")(hidden)])


def heads() -> dict[str, tuple[Callable[[], Any], str, int, str]]:
    """Name -> (network, kind of head, classes, hidden layer)."""
    from keras import layers as L

    def dense(units: int, activation: str | None = None) -> Any:
        return L.Dense(units, activation=activation, name="out")

    def conv(activation: str | None = None, side: int = 6) -> Any:
        return L.Conv2D(5, side, activation=activation, name="out")

    mean = L.GlobalAveragePooling2D
    return {
        "softmax": (lambda: flat(dense(5, "softmax")), "softmax", 5, "hidden"),
        "log softmax": (lambda: flat(dense(5, "log_softmax")), "softmax", 5, "hidden"),
        "logits": (lambda: flat(dense(5)), "logits", 5, "hidden"),
        "activation": (lambda: flat(dense(5), L.Activation("softmax")), "softmax", 5, "hidden"),
        "layer": (lambda: flat(dense(5), L.Softmax()), "softmax", 5, "hidden"),
        "normalised": (
            lambda: flat(dense(5), L.BatchNormalization(), L.Softmax()), "softmax", 5, "hidden",
        ),
        "operation": (softmax_operation, "softmax", 5, "hidden"),
        "dropped after": (
            lambda: flat(dense(5, "softmax"), L.Dropout(0.1), L.Identity()),
            "softmax", 5, "hidden",
        ),
        "reshaped": (
            lambda: flat(dense(5), L.Softmax(), L.Reshape((1, 5)), L.Flatten()),
            "softmax", 5, "hidden",
        ),
        "convolution": (lambda: with_tail(conv("softmax"), L.Flatten()), "softmax", 5, "first"),
        "not flattened": (lambda: with_tail(conv("softmax")), "softmax", 5, "first"),
        "mean of one": (lambda: with_tail(conv("softmax"), mean()), "softmax", 5, "first"),
        "mean of maps": (
            lambda: with_tail(conv(side=1), L.ReLU(), mean(), L.Softmax()), "softmax", 5, "first",
        ),
        "nested": (nested, "softmax", 5, "hidden"),
        "one unit": (lambda: flat(dense(1, "sigmoid")), "sigmoid", 2, "hidden"),
        "one unit, hard": (lambda: flat(dense(1, "hard_sigmoid")), "sigmoid", 2, "hidden"),
        "one unit, apart": (
            lambda: flat(dense(1), L.Activation("sigmoid")), "sigmoid", 2, "hidden",
        ),
        "one unit, bare": (lambda: flat(dense(1)), "sigmoid", 2, "hidden"),
        "one number": (lambda: flat(dense(1, "sigmoid"), L.Reshape(())), "sigmoid", 2, "hidden"),
        "several labels": (lambda: flat(dense(5, "sigmoid")), "multilabel", 5, "hidden"),
    }  # fmt: skip


NAMES = [
    "softmax", "log softmax", "logits", "activation", "layer", "normalised", "operation",
    "dropped after", "reshaped", "convolution", "not flattened", "mean of one", "mean of maps",
    "nested", "one unit", "one unit, hard", "one unit, apart", "one unit, bare", "one number",
    "several labels",
]  # fmt: skip


@pytest.fixture
def images() -> NDArray[np.float32]:
    return np.random.default_rng(0).random((70, *SHAPE), np.float32)


@pytest.mark.parametrize("name", NAMES)
def test_losses_from_the_logits_are_keras_own(name: str, images: NDArray[np.float32]) -> None:
    import keras
    from keras import losses, ops

    keras.utils.set_random_seed(0)
    make, kind, classes, hidden = heads()[name]
    model = make()
    graph = flatten(model)
    description = describe(graph)
    assert (description.head, description.classes) == (kind, classes)
    assert description.hidden == hidden

    logits = build_classifier(graph)(images)
    units = 1 if kind == "sigmoid" else classes
    assert logits.dtype == np.float32 and logits.shape == (len(images), units)
    assert logits.std() > 1e-3
    outputs = run(model, [images])[0].reshape(len(images), units)
    if name == "log softmax":
        outputs = np.exp(outputs)
    bare = name in ("logits", "one unit, bare")
    rng = np.random.default_rng(1)
    if kind in ("softmax", "logits"):
        labels = np.eye(classes, dtype=np.float32)[rng.integers(0, classes, len(images))]
        theirs = losses.categorical_crossentropy(labels, outputs, from_logits=bare)
        ours = losses.categorical_crossentropy(labels, logits, from_logits=True)
    else:
        labels = rng.integers(0, 2, (len(images), units)).astype(np.float32)
        theirs = losses.binary_crossentropy(labels, outputs, from_logits=bare)
        ours = losses.binary_crossentropy(labels, logits, from_logits=True)
    np.testing.assert_allclose(
        ops.convert_to_numpy(ours), ops.convert_to_numpy(theirs), atol=1e-5, rtol=1e-5
    )


def test_the_output_decides_and_not_the_list_of_layers() -> None:
    graph = flatten(skipping(), output="out")
    assert describe(graph).head == "softmax"
    assert graph.steps[head_of(graph).position].name == "out"


def test_probabilities_that_no_logits_lie_behind_are_left_as_they_are(
    images: NDArray[np.float32],
) -> None:
    """A mean of softmaxes over a map: the sums of one tell that they are probabilities."""
    from keras import layers

    model = with_tail(layers.Conv2D(5, 1, activation="softmax"), layers.GlobalAveragePooling2D())
    assert describe(model).head == "logits"
    outputs = build_classifier(model)(images)
    np.testing.assert_allclose(outputs, run(model, [images])[0], atol=1e-6)
    np.testing.assert_allclose(outputs.sum(1), 1, atol=1e-5)


def test_softmax_of_a_recurrent_layer_is_not_taken_off() -> None:
    """There it is used at every step, and without it the results would be others."""
    import keras
    from keras import layers

    start = keras.Input((8, 24))
    model = keras.Model(start, layers.SimpleRNN(5, activation="softmax")(start))
    inputs = np.random.default_rng(0).random((9, 8, 24), np.float32)
    assert describe(model).head == "logits"
    expected = run(model, [inputs])[0]
    np.testing.assert_allclose(build_classifier(model)(inputs), expected, atol=1e-6)


@pytest.mark.parametrize(("activation", "scale"), [("sigmoid", 1.0), (None, 5.0)])
def test_one_unit_of_an_opaque_layer_is_told_by_its_range(
    activation: str | None, scale: float, images: NDArray[np.float32]
) -> None:
    import keras
    from keras import layers, ops

    body = flat(layers.Dense(1, name="out"))
    squeeze = ops.sigmoid if activation else (lambda x: x)
    last = layers.Lambda(lambda x: squeeze(scale * x), output_shape=(1,))
    model = keras.Model(body.inputs, last(body.outputs[0]))
    assert describe(model).head == "sigmoid"
    expected = scale * run(body, [images])[0]
    np.testing.assert_allclose(build_classifier(model)(images), expected, atol=1e-4)


def test_logits_are_of_full_precision_in_a_network_of_half() -> None:
    import keras
    from keras import layers

    keras.utils.set_random_seed(0)
    start = keras.Input((16,))
    x = layers.Dense(64, activation="relu", dtype="mixed_float16")(start)
    out = layers.Dense(5, activation="softmax", dtype="mixed_float16", name="out")
    model = keras.Model(start, out(x))
    inputs = np.random.default_rng(0).random((50, 16), np.float32)
    hidden = run(keras.Model(start, x), [inputs])[0].astype(np.float32)
    kernel, bias = out.get_weights()
    logits = build_classifier(model)(inputs)
    np.testing.assert_allclose(logits, hidden @ kernel + bias, atol=1e-5)


def autoencoder() -> Any:
    from keras import layers

    return with_tail(layers.Conv2DTranspose(3, 3, activation="sigmoid", name="out"))


def segmentation() -> Any:
    from keras import layers

    return with_tail(layers.Conv2D(4, 1, activation="softmax", name="out"))


def sequence() -> Any:
    from keras import layers

    return with_tail(layers.Reshape((36, 6)), layers.LSTM(4, return_sequences=True, name="out"))


def any_size() -> Any:
    import keras
    from keras import layers

    return keras.Sequential([keras.Input((None, None, 3)), layers.Conv2D(4, 3, name="out")])


def counting() -> Any:
    import keras

    body = flat()
    return keras.Model(body.inputs, keras.ops.argmax(body.outputs[0], axis=-1))


def nothing() -> Any:
    import keras

    start = keras.Input((4,))
    return keras.Model(start, start)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (autoencoder, "'out' is an image of the input's own shape (8 x 8 x 3), as an autoencoder"),
        (segmentation, "'out' is a map (6 x 6 x 4), as of a network that segments images"),
        (sequence, "'out' is a sequence of 36 steps of 4 numbers each"),
        (any_size, "'out' is a map (? x ? x 4)"),
        (counting, "is of the type int"),
        (nothing, "only passes its input on"),
    ],
)
def test_what_is_no_classifier_is_told_what_it_is(make: Callable[[], Any], words: str) -> None:
    with pytest.raises(ModelError) as caught:
        describe(make())
    assert words in str(caught.value)
