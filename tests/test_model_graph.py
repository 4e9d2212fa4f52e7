"""model/steps.py and graph.py: a network opened to its steps computes what Keras computes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from model.description import NetworkDescription
from model.graph import KEY_LENGTH, channel_axis, describe, flatten
from tests.networks import run
from util import ModelError

SHAPE = (8, 8, 3)


def plain() -> Any:
    import keras
    from keras import layers

    return keras.Sequential(
        [keras.Input(SHAPE), layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(5)]
    )


def nested_thrice() -> Any:
    import keras
    from keras import layers

    start = keras.Input(SHAPE)
    x = layers.Conv2D(4, 3, name="conv")(start)
    x = layers.BatchNormalization(name="norm", moving_mean_initializer="random_normal")(x)
    core = keras.Model(start, layers.Dropout(0.5, name="drop")(x), name="core")
    middle = keras.Sequential([keras.Input(SHAPE), core, layers.ReLU(name="relu")], name="middle")
    return keras.Sequential(
        [
            keras.Input(SHAPE),
            keras.Sequential([keras.Input(SHAPE), middle], name="outer"),
            layers.GlobalAveragePooling2D(name="mean"),
            keras.Sequential([keras.Input((4,)), layers.Dense(5, name="dense")], name="top"),
        ]
    )


def shared_model() -> Any:
    """A model used twice, once on what it gave out itself."""
    import keras
    from keras import layers

    block = keras.Sequential(
        [keras.Input(SHAPE), layers.Conv2D(3, 3, padding="same", name="conv"), layers.ReLU()],
        name="block",
    )
    start = keras.Input(SHAPE)
    once = block(start)
    both = layers.Concatenate(name="both")([once, block(once, training=False)])
    return keras.Model(start, layers.Dense(5, name="out")(layers.Flatten()(both)))


def shared_layer() -> Any:
    import keras
    from keras import layers

    conv = layers.Conv2D(3, 3, padding="same", name="conv")
    start = keras.Input(SHAPE)
    once = conv(start)
    product = layers.Multiply(name="product")([once, conv(conv(once))])
    return keras.Model(start, layers.Dense(5)(layers.GlobalMaxPooling2D()(product)))


def operations() -> Any:
    """keras.ops in the graph, with arguments given by place and by name."""
    import keras
    from keras import layers, ops

    start = keras.Input(SHAPE)
    x = layers.Conv2D(4, 3, name="conv")(start) * 2.0 + 1.0
    x = ops.mean(ops.maximum(x, 0.5), axis=(1, 2))
    x = ops.concatenate([x, 1.0 - x], axis=-1)
    return keras.Model(start, layers.Dense(5)(x))


def recurrent() -> Any:
    """A layer of several outputs, and one that is given the states of another."""
    import keras
    from keras import layers

    start = keras.Input((8, 24))
    sequence, hidden, cell = layers.LSTM(6, return_sequences=True, return_state=True)(start)
    again = layers.LSTM(6, name="again")(sequence, initial_state=[hidden, cell])
    both = layers.Bidirectional(layers.GRU(3), name="both")(sequence)
    return keras.Model(start, layers.Dense(5)(layers.Concatenate()([again, both])))


def attention() -> Any:
    import keras
    from keras import layers

    start = keras.Input((8, 24))
    heads = layers.MultiHeadAttention(2, 4, name="heads")
    mixed, scores = heads(start, start, return_attention_scores=True)
    flat = layers.Concatenate()([layers.Flatten()(mixed), layers.Flatten()(scores)])
    return keras.Model(start, layers.Dense(5)(layers.LayerNormalization()(flat)))


def nested_of_two_outputs() -> Any:
    import keras
    from keras import layers

    inner = keras.Input(SHAPE)
    ends = [layers.Conv2D(4, 3, name="a")(inner), layers.Conv2D(4, 3, name="b")(inner)]
    two = keras.Model(inner, ends, name="two")
    start = keras.Input(SHAPE)
    return keras.Model(start, layers.Dense(5)(layers.Flatten()(layers.Add()(two(start)))))


def time_distributed() -> Any:
    import keras
    from keras import layers

    each = keras.Sequential([keras.Input((24,)), layers.Dense(4, activation="relu")])
    start = keras.Input((8, 24))
    x = layers.Masking()(start)
    x = layers.TimeDistributed(each)(x)
    return keras.Model(start, layers.Dense(5)(layers.LSTM(3)(x)))


KINDS: list[Callable[[], Any]] = [
    plain, nested_thrice, shared_model, shared_layer, operations, recurrent, attention,
    nested_of_two_outputs, time_distributed,
]  # fmt: skip


@pytest.mark.parametrize("make", KINDS)
def test_steps_compute_what_the_model_computes(make: Callable[[], Any]) -> None:
    import keras

    keras.utils.set_random_seed(0)
    model = make()
    graph = flatten(model)
    shape = graph.inputs[0].shape[1:]
    inputs = np.random.default_rng(0).random((6, *shape), np.float32)
    again = keras.Model(graph.inputs[0], graph.output)
    expected = run(model, [inputs])[0]
    assert np.abs(expected).max() > 1e-3
    np.testing.assert_allclose(run(again, [inputs])[0], expected, atol=1e-6)
    # Nothing is computed twice, and the weights are the model's own.
    assert sum(layer.params for layer in describe(graph).layers) == model.count_params()
    assert {id(w) for w in again.weights} == {id(w) for w in model.weights}
    names = [step.name for step in graph.steps]
    assert len(set(names)) == len(names)


def names(model: Any) -> list[str]:
    return [step.name for step in flatten(model).steps]


def test_steps_are_named_by_the_models_that_they_lie_in() -> None:
    assert names(nested_thrice()) == [
        "outer/middle/core/conv", "outer/middle/core/norm", "outer/middle/core/drop",
        "outer/middle/relu", "mean", "top/dense",
    ]  # fmt: skip


def test_each_call_is_a_step_and_parameters_count_once() -> None:
    description = describe(shared_layer())
    counts = {layer.name: layer.params for layer in description.layers}
    assert (counts["conv"], counts["conv_2"], counts["conv_3"]) == (3 * 27 + 3, 0, 0)
    found = [name for name in names(shared_model()) if name.endswith(("conv", "conv_2"))]
    assert found == ["block/conv", "block/conv_2"]


def test_opening_a_network_twice_gives_the_same_description() -> None:
    model = nested_thrice()
    assert describe(model) == describe(model)


def test_a_description_survives_json() -> None:
    description = describe(nested_thrice(), "2.3.1", ("Something was mended.",))
    assert (description.keras_version, description.repairs) == ("2.3.1", ("Something was mended.",))
    assert NetworkDescription.from_json(description.to_json()) == description


def two_by_two() -> Any:
    """Outputs "first" from "photo" alone and "second" from both "photo" and "age"."""
    import keras
    from keras import layers

    photo, age = keras.Input((8, 8, 1), name="photo"), keras.Input((1,), name="age")
    flat = layers.Flatten(name="flat")(photo)
    first = layers.Dense(3, activation="softmax", name="first")(flat)
    both = layers.Concatenate(name="both")([flat, age])
    return keras.Model([photo, age], [first, layers.Dense(2, name="second")(both)])


@pytest.mark.parametrize("output", ["first", "0"])
@pytest.mark.parametrize("given", ["photo", "0", None])
def test_an_output_is_chosen_by_name_or_number(output: str, given: str | None) -> None:
    import keras

    model = two_by_two()
    graph = flatten(model, given, output)
    assert (graph.input_name, graph.output_name) == ("photo", "first")
    assert [step.name for step in graph.steps] == ["flat", "first"]
    inputs = np.random.default_rng(0).random((4, 8, 8, 1), np.float32)
    expected = run(model, [inputs, np.zeros((4, 1), np.float32)])[0]
    chosen = run(keras.Model(graph.inputs[0], graph.output), [inputs])[0]
    np.testing.assert_allclose(chosen, expected, atol=1e-6)
    description = describe(graph)
    assert (description.input_name, description.output_name) == ("photo", "first")


@pytest.mark.parametrize(
    ("given", "output", "words"),
    [
        (None, None, "2 outputs, 'first' (3) and 'second' (2); choose one with --output NAME"),
        (None, "third", "no output 'third'; its outputs are 'first' (3) and 'second' (2)"),
        (None, "2", "no output '2'"),
        ("image", "first", "no input 'image'; its inputs are 'photo' (8 x 8 x 1) and 'age' (1)"),
        ("age", "first", "does not depend on the input 'age', only on 'photo' (8 x 8 x 1)"),
        ("photo", "second", "from 'photo' alone: it also takes 'age' (1)"),
        (None, "second", "from 2 inputs together, 'photo' (8 x 8 x 1) and 'age' (1)"),
    ],
)
def test_a_wrong_choice_is_a_sentence(given: str | None, output: str | None, words: str) -> None:
    with pytest.raises(ModelError) as caught:
        flatten(two_by_two(), given, output)
    assert words in str(caught.value)


def test_outputs_named_by_a_dictionary() -> None:
    import keras
    from keras import layers

    start = keras.Input((4,))
    ends = {"kind": layers.Dense(3, name="a")(start), "age": layers.Dense(1, name="b")(start)}
    graph = flatten(keras.Model(start, ends), output="kind")
    assert [step.name for step in graph.steps] == ["a"]


def test_channels_first_are_averaged_over_height_and_width() -> None:
    import keras
    from keras import layers

    start = keras.Input((3, 8, 9))
    x = layers.Conv2D(4, 3, data_format="channels_first", name="conv")(start)
    x = layers.BatchNormalization(axis=1, name="norm")(x)
    x = layers.ReLU(name="relu")(x)
    last = layers.Permute((2, 3, 1), name="permuted")(x)
    model = keras.Model(start, layers.Dense(5, name="out")(layers.Flatten()(last)))
    graph = flatten(model)
    description = describe(graph)
    units = {layer.name: layer.units for layer in description.layers}
    assert [units[name] for name in ("conv", "norm", "relu", "permuted")] == [4] * 4
    axes = {step.name: channel_axis(graph, step) for step in graph.steps}
    assert (axes["conv"], axes["norm"], axes["relu"], axes["permuted"]) == (1, 1, 1, -1)


def test_what_is_no_activation_is_not_kept() -> None:
    import keras
    from keras import layers, ops

    start = keras.Input((4,))
    x = layers.Dense(6, name="dense")(start)
    largest = ops.argmax(x, axis=-1, keepdims=True)
    x = layers.Concatenate(name="both")([x, ops.cast(largest, "float32")])
    x = layers.RandomFlip(name="flip")(layers.Reshape((1, 7, 1))(x))
    model = keras.Model(start, layers.Dense(3)(layers.Flatten()(x)))
    units = {layer.kind: layer.units for layer in describe(model).layers}
    assert (units["Dense"], units["Argmax"], units["RandomFlip"]) == (3, None, None)


def test_keys_are_names_of_files() -> None:
    import keras
    from keras import layers

    start = keras.Input((4,))
    x = start
    long = "long" * 40
    for name in ("pixels", "Logits", "a b", "a:b", long, long + "!", "Dense", "dense"):
        x = layers.Dense(3, name=name)(x)
    keys = [layer.key for layer in describe(keras.Model(start, x)).layers]
    assert keys[:4] == ["pixels_2", "Logits_2", "a_b", "a_b_2"]
    assert all(len(key) <= KEY_LENGTH for key in keys)
    assert len({key.lower() for key in keys}) == len(keys)
