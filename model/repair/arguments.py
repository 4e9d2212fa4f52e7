"""Arguments and classes that were renamed or given up after Keras 1, and what replaces them."""

from typing import Any

from model.repair.tree import (
    Config,
    each_layer,
    inner,
    is_layer,
    name_of,
    told,
    with_config,
    without,
)
from util import ModelError

CLASSES = {
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "SyncBatchNormalization": "BatchNormalization",
    "CuDNNLSTM": "LSTM",
    "CuDNNGRU": "GRU",
    "LSTMV1": "LSTM",
    "LSTMV2": "LSTM",
    "GRUV1": "GRU",
    "GRUV2": "GRU",
    "LayerNormalizationV1": "LayerNormalization",
    "DenseFeaturesV2": "DenseFeatures",
    "Conv2DV1": "Conv2D",
    # These do nothing while predicting.
    "FixedDropout": "Dropout",
    "StochasticDepth": "Identity",
    "RandomHeight": "Identity",
    "RandomWidth": "Identity",
    "Swish": "Silu",
}
# Layers that Keras's own applications define; they were registered as if they were a user's.
APPLICATIONS = ("CustomScaleLayer", "LayerScale")
# Argument by class; "*" stands for every class.
RENAMED = {
    "LeakyReLU": {"alpha": "negative_slope"},
    "ThresholdedReLU": {"theta": "threshold"},
}
# Old activations whose formula is another one today; ours have the old formula.
OLD_ACTIVATIONS = {"hard_sigmoid": "innerview>hard_sigmoid"}
ACTIVATIONS = ("activation", "recurrent_activation")
# These put the results in another order, which nothing of today's Keras does.
UNSUPPORTED = {"time_major": "puts time before the batch"}


def rename_classes(config: Config) -> tuple[Config, str | None]:
    """Classes of TensorFlow 1 and of graphics cards have a successor of the same meaning."""

    def rename(entry: Config) -> Config | None:
        kind = entry["class_name"]
        new = CLASSES.get(kind.split(">")[-1])
        if kind.startswith("Custom>") and new is None and kind[7:] in APPLICATIONS:
            new = kind[7:]
        if kind == "ThresholdedReLU":
            theta = inner(entry).get("theta", 1.0)
            return {**without(with_config(entry, threshold=theta), "theta"), "class_name": "ReLU"}
        if kind.startswith("CuDNN"):
            cell: Config = {"reset_after": True} if kind == "CuDNNGRU" else {}
            entry = with_config(entry, recurrent_activation="sigmoid", activation="tanh", **cell)
        return None if new is None else {**entry, "class_name": new}

    new, names = each_layer(config, rename)
    return new, told("Layers were given their present class", names)


def rename_arguments(config: Config) -> tuple[Config, str | None]:
    """An argument that was renamed is not dropped: that would change the results."""

    def rename(entry: Config) -> Config | None:
        renames = RENAMED.get(entry["class_name"], {})
        found = {old: new for old, new in renames.items() if old in inner(entry)}
        content = {found.get(k, k): v for k, v in inner(entry).items()}
        return {**entry, "config": content} if found else None

    new, names = each_layer(config, rename)
    return new, told("Arguments were given their present names", names)


def mend_values(config: Config) -> tuple[Config, str | None]:
    """Values that are written otherwise today: an axis as a list of one, a default left out."""
    return each_layer(config, _mended)[0], None


def _mended(entry: Config) -> Config | None:
    content, kind = inner(entry), entry["class_name"]
    new = dict(content)
    for key, why in UNSUPPORTED.items():
        if new.get(key):
            raise ModelError(f"Layer '{name_of(entry)}' ({kind}) {why}, which Keras 3 cannot do.")
    if kind == "BatchNormalization" and isinstance(new.get("axis"), (list, dict)):
        axes = list(new["axis"].values()) if isinstance(new["axis"], dict) else new["axis"]
        if len(axes) != 1:
            raise ModelError(
                f"Layer '{name_of(entry)}' (BatchNormalization) normalizes over the axes {axes} at "
                "once, which Keras 3 cannot do; only one axis is allowed."
            )
        new["axis"] = axes[0]
    if kind in ("LSTM", "GRU", "SimpleRNN", "ConvLSTM2D"):
        # Unrolling needs a known length and gives the same numbers.
        new["unroll"] = False
    if kind in ("GRU", "GRUCell") and "reset_after" not in new:
        new["reset_after"] = False
    if kind == "ReLU":
        # None was allowed where 0 is meant.
        new |= {k: 0.0 for k in ("negative_slope", "threshold") if k in new and new[k] is None}
    if kind == "Activation" and new.get("activation") is None:
        new["activation"] = "linear"
    if kind == "Dropout" and "noise_shape" in new:
        del new["noise_shape"]
    if kind in ("Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D",
                "GaussianDropout", "AlphaDropout"):  # fmt: skip
        rate = new.get("rate", 0.5)
        # Keras 3 refuses what older ones took; it does nothing while predicting.
        new["rate"] = rate if isinstance(rate, (int, float)) and 0 <= rate < 1 else 0.5
    if kind == "UpSampling2D" and isinstance(new.get("size"), int):
        new["size"] = [new["size"], new["size"]]
    # Strings are what is compared with later, and an int is what a list of one meant.
    for key in ("padding", "data_format"):
        if isinstance(new.get(key), str):
            new[key] = new[key].lower()
    if new.get("data_format", "") is None:
        del new["data_format"]
    return None if new == content else {**entry, "config": new}


def plain_activations(config: Config) -> tuple[Config, str | None]:
    """An activation is a name, whatever it was wrapped in; a layer as activation stays one."""

    def change(entry: Config) -> Config | None:
        content = inner(entry)
        new = {k: _activation(v) if k in ACTIVATIONS else v for k, v in content.items()}
        return None if new == content else {**entry, "config": new}

    return each_layer(config, change)[0], None


def _activation(value: Any) -> Any:
    if not is_layer(value):
        # A layer given where a function was expected wrote its arguments without its class.
        return value
    content, kind = value.get("config"), value["class_name"]
    if kind == "function" and isinstance(content, str):
        return content
    known = isinstance(content, dict) and bool(content)
    if kind == "function" or not known:
        named = value.get("registered_name") or value.get("name") or kind
        return str(named).split(">")[-1]
    return value


def old_activations(config: Config) -> tuple[Config, str | None]:
    """hard_sigmoid was clip(0.2 x + 0.5, 0, 1) up to Keras 2 and is relu6(x + 3) / 6 since."""

    def change(entry: Config) -> Config | None:
        content = inner(entry)
        new = {
            k: OLD_ACTIVATIONS.get(v, v) if k in ACTIVATIONS and isinstance(v, str) else v
            for k, v in content.items()
        }
        return None if new == content else {**entry, "config": new}

    new, names = each_layer(config, change)
    return new, told("The activation hard_sigmoid has the formula of Keras 2", names)
