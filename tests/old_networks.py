"""Many kinds of networks as people built them with Keras 1 and 2, untrained."""

from collections.abc import Callable
from typing import Any

from tests.old_keras import old


def _chain(*layers: Any, shape: tuple[int | None, ...] = (12, 12, 3)) -> Any:
    keras = old()
    first, *rest = layers
    model = keras.Sequential()
    first._batch_input_shape = (None, *shape)
    model.add(first)
    for layer in rest:
        model.add(layer)
    return model


def mnist() -> Any:
    """The convolutional network of the oldest tutorial."""
    L = old().layers
    return _chain(
        L.Conv2D(8, (3, 3), activation="relu"), L.Conv2D(8, (3, 3), activation="relu"),
        L.MaxPooling2D((2, 2)), L.Dropout(0.25), L.Flatten(), L.Dense(16, activation="relu"),
        L.Dropout(0.5), L.Dense(10, activation="softmax"), shape=(14, 14, 1),
    )  # fmt: skip


def dense() -> Any:
    """Flattened images."""
    L = old().layers
    return _chain(
        L.Flatten(), L.Dense(16), L.LeakyReLU(0.3), L.Dense(8, activation="elu"), L.PReLU(),
        L.Dense(8), L.ELU(0.7), L.Dense(8, activation="selu"), L.ReLU(6.0, 0.1, 0.05),
        L.Dense(6), L.ThresholdedReLU(0.1), L.Dense(5, activation="softplus"), L.Dense(4),
        L.Softmax(), shape=(5, 5),
    )  # fmt: skip


def activations() -> Any:
    """Every activation that has a name."""
    L = old().layers
    names = ["hard_sigmoid", "gelu", "swish", "softsign", "exponential", "tanh", "selu", "elu",
             "sigmoid", "relu", "linear", "softplus"]  # fmt: skip
    return _chain(*(L.Dense(6, activation=name) for name in names), shape=(7,))


def vgg() -> Any:
    """Blocks with batch normalization."""
    L = old().layers
    blocks: list[Any] = []
    for filters in (4, 6):
        blocks += [L.Conv2D(filters, 3, padding="same"), L.BatchNormalization(),
                   L.Activation("relu"), L.MaxPool2D(), L.SpatialDropout2D(0.2)]  # fmt: skip
    tail = [L.GlobalAveragePooling2D(), L.Dense(5), L.Activation("softmax")]
    return _chain(*blocks, L.GaussianNoise(0.1), *tail)


def kinds_of_convolution() -> Any:
    """Separable, depthwise, transposed, dilated, strided, grouped, padded, cropped."""
    L = old().layers
    return _chain(
        L.ZeroPadding2D(((1, 2), (2, 1))), L.SeparableConv2D(6, 3, depth_multiplier=2),
        L.DepthwiseConv2D(3, strides=2, padding="same"), L.Conv2DTranspose(4, 3, strides=2),
        L.Conv2DTranspose(4, 4, strides=2, padding="same"), L.Conv2D(4, 3, dilation_rate=2),
        L.Cropping2D(1), L.UpSampling2D(2, interpolation="bilinear"), L.UpSampling2D(),
        L.Conv2D(8, 3, strides=2, padding="same", groups=2), L.LayerNormalization(),
        L.AveragePooling2D(3, 2, padding="same"), L.Permute((2, 1, 3)), L.GlobalMaxPooling2D(),
        L.Reshape((2, 4)), L.Conv1D(4, 2, padding="causal"), L.Flatten(), L.Dense(3),
    )  # fmt: skip


def first_channels() -> Any:
    """Channels before height and width."""
    L = old().layers
    given = {"data_format": "channels_first"}
    return _chain(
        L.ZeroPadding2D(1, **given), L.BatchNormalization(axis=1), L.UpSampling2D(**given),
        L.Flatten(**given), L.Dense(3), shape=(3, 6, 6),
    )  # fmt: skip


def rows() -> Any:
    """An image read row by row."""
    L = old().layers
    return _chain(
        L.LSTM(6, return_sequences=True, recurrent_activation="hard_sigmoid"),
        L.Bidirectional(
            L.GRU(5, return_sequences=True, recurrent_activation="hard_sigmoid")
        ),
        L.GRU(4, reset_after=False, return_sequences=True),
        L.TimeDistributed(L.Dense(6, activation="relu")),
        L.Bidirectional(L.LSTM(3), merge_mode="sum", backward_layer=L.LSTM(3, go_backwards=True)),
        L.Dense(4, activation="softmax"), shape=(8, 8),
    )  # fmt: skip


def recurrent_images() -> Any:
    """Convolutions over time."""
    L = old().layers
    return _chain(
        L.TimeDistributed(L.Conv2D(3, 3)), L.ConvLSTM2D(4, 3, return_sequences=True),
        L.TimeDistributed(L.Flatten()), L.SimpleRNN(5), L.Dense(3), shape=(4, 8, 8, 1),
    )  # fmt: skip


def local() -> Any:
    """Kernels of their own at each place."""
    L = old().layers
    return _chain(
        L.LocallyConnected2D(3, (3, 2), strides=(2, 1), activation="relu"), L.Reshape((-1, 3)),
        L.LocallyConnected1D(4, 3), L.Flatten(), L.Dense(3), shape=(8, 8, 2),
    )  # fmt: skip


def residual() -> Any:
    """A graph with sums, products and joins."""
    keras = old()
    L = keras.layers
    image = L.Input((12, 12, 3))
    x = L.Conv2D(6, 3, padding="same", use_bias=False)(image)
    x = L.BatchNormalization(scale=False)(x)
    for _ in range(2):
        y = L.Conv2D(6, 3, padding="same")(L.ReLU()(x))
        y = L.BatchNormalization(center=False)(y)
        gate = L.Dense(6, activation="hard_sigmoid")(L.GlobalAveragePooling2D(keepdims=True)(y))
        x = L.Add()([x, L.Multiply()([y, gate])])
    joined = L.Concatenate(axis=-1)([x, L.Maximum()([x, y]), L.Average()([x, y]),
                                     L.Subtract()([x, y])])  # fmt: skip
    out = L.Dense(5, activation="softmax")(L.GlobalAveragePooling2D()(joined))
    return keras.Model(image, out)


def operations() -> Any:
    """Operations of TensorFlow between layers."""
    import tensorflow as tf

    keras = old()
    L = keras.layers
    image = L.Input((8, 8, 3))
    x = tf.cast(image, tf.float32) / 127.5 - 1.0
    x = L.Conv2D(4, 3, padding="same")(x)
    x = x * tf.nn.relu6(x + 3.0) * (1.0 / 6.0)
    y = tf.reduce_mean(x, axis=[1, 2], keepdims=True)
    x = tf.concat([x, x * tf.sigmoid(y)], axis=-1)
    x = tf.transpose(x, [0, 2, 1, 3])[:, 1:, ::2, :]
    x = tf.pad(x, [[0, 0], [1, 1], [0, 0], [0, 0]])
    x = tf.reshape(x, (-1, 9 * 4, 8))
    x = tf.nn.softmax(L.Dense(3)(tf.nn.leaky_relu(x)), axis=-1)
    x = tf.math.maximum(x, 0.1) - tf.square(x)
    return keras.Model(image, L.Dense(4)(L.Flatten()(tf.clip_by_value(x, -1.0, 0.5))))


def nested() -> Any:
    """A frozen body inside a new head, as transfer learning makes them."""
    keras = old()
    L = keras.layers
    image = L.Input((None, None, 3))
    x = L.BatchNormalization()(L.Conv2D(4, 3)(image))
    x = L.BatchNormalization()(L.Conv2D(4, 3)(L.ReLU()(x)))
    body = keras.Model(image, x, name="body")
    body.trainable = False
    given = L.Input((12, 12, 3))
    out = L.Dense(4)(L.GlobalAveragePooling2D()(body(L.Rescaling(1 / 127.5, -1)(given))))
    return keras.Model(given, L.Activation("softmax")(out))


def shared() -> Any:
    """One tower for two images, and an inner model that is called twice."""
    keras = old()
    L = keras.layers
    tower = keras.Sequential(
        [L.Input((8, 8, 1)), L.Conv2D(4, 3), L.BatchNormalization(), L.Flatten(), L.Dense(4)]
    )
    one, two = L.Input((8, 8, 1), name="one"), L.Input((8, 8, 1), name="two")
    layer = L.Dense(3, activation="tanh")
    a, b = layer(tower(one)), layer(tower(two))
    return keras.Model([one, two], [L.Add()([a, b]), L.Dense(2)(L.Dot(1)([a, b]))])


def teachable() -> Any:
    """Teachable Machine: a chain of two chains, the first around a graph of one output."""
    keras = old()
    L = keras.layers
    image = L.Input((16, 16, 3))
    x = L.DepthwiseConv2D(3, padding="same")(L.ReLU(6.0)(L.BatchNormalization()(image)))
    x = L.Conv2D(6, 1)(x)
    graph = keras.Model(image, [x])
    first = keras.Sequential([graph, L.GlobalAveragePooling2D()])
    second = keras.Sequential(
        [L.Dense(8, activation="relu", input_shape=(6,)),
         L.Dense(3, activation="softmax", use_bias=False)]
    )  # fmt: skip
    return keras.Sequential([first, second])


def prepared() -> Any:
    """Layers that prepare images."""
    L = old().layers
    return _chain(
        L.RandomFlip("horizontal"), L.RandomRotation(0.2), L.RandomZoom(0.1), L.RandomContrast(0.1),
        L.RandomTranslation(0.1, 0.1), L.Resizing(10, 10), L.CenterCrop(8, 8), L.Rescaling(2.0),
        L.Normalization(), L.RandomHeight(0.1), L.Conv2D(4, 3), L.GlobalAveragePooling2D(),
        L.Dense(3),
    )  # fmt: skip


def attention() -> Any:
    """A small transformer over patches."""
    keras = old()
    L = keras.layers
    image = L.Input((8, 8, 3))
    x = L.Reshape((16, 8))(L.Conv2D(8, 2, strides=2)(image))
    y = L.LayerNormalization(epsilon=1e-6)(x)
    x = L.Add()([x, L.MultiHeadAttention(2, 4, name="attend")(y, y)])
    x = L.Dense(8, activation="gelu")(L.LayerNormalization(axis=[-1])(x))
    return keras.Model(image, L.Dense(3)(L.GlobalAveragePooling1D()(x)))


NETWORKS: dict[str, Callable[[], Any]] = {
    made.__name__: made
    for made in (mnist, dense, activations, vgg, kinds_of_convolution, first_channels, rows,
                 recurrent_images, local, residual, operations, nested, shared, teachable,
                 prepared, attention)
}  # fmt: skip
