"""Names of Keras 1: Convolution2D, nb_filter, border_mode and their kin (2015 to March 2017)."""

from typing import Any

from model.repair.tree import Config, each_layer, inner, name_of, told
from util import ModelError

CLASSES = {
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D",
    "AtrousConvolution1D": "Conv1D",
    "AtrousConvolution2D": "Conv2D",
    "AtrousConv1D": "Conv1D",
    "AtrousConv2D": "Conv2D",
    "Deconvolution2D": "Conv2DTranspose",
    "Deconv2D": "Conv2DTranspose",
    "Deconvolution3D": "Conv3DTranspose",
    "Deconv3D": "Conv3DTranspose",
    "SeparableConvolution1D": "SeparableConv1D",
    "SeparableConvolution2D": "SeparableConv2D",
    "Convolution2DTranspose": "Conv2DTranspose",
    "Convolution3DTranspose": "Conv3DTranspose",
    "MaxPool1D": "MaxPooling1D",
    "MaxPool2D": "MaxPooling2D",
    "MaxPool3D": "MaxPooling3D",
    "AvgPool1D": "AveragePooling1D",
    "AvgPool2D": "AveragePooling2D",
    "AvgPool3D": "AveragePooling3D",
    "GlobalMaxPool1D": "GlobalMaxPooling1D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "GlobalAvgPool1D": "GlobalAveragePooling1D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "TimeDistributedDense": "Dense",
}

# Only Keras 1 wrote these; one of them tells the whole file's age.
ARGUMENTS = {
    "nb_filter": "filters",
    "output_dim": "units",
    "border_mode": "padding",
    "dim_ordering": "data_format",
    "bias": "use_bias",
    "p": "rate",
    "sigma": "stddev",
    "subsample_length": "strides",
    "filter_length": "kernel_size",
    "pool_length": "pool_size",
    "stride": "strides",
    "subsample": "strides",
    "atrous_rate": "dilation_rate",
    "inner_activation": "recurrent_activation",
    "dropout_W": "dropout",
    "dropout_U": "recurrent_dropout",
    "length": "size",
}
RECURRENT = ("LSTM", "GRU", "SimpleRNN", "ConvLSTM2D")
ORDERINGS = {"tf": "channels_last", "th": "channels_first", "default": "channels_last"}
# Which layers know the arguments; "length" and "p" mean something else elsewhere.
CONVOLUTIONS = (
    "Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "Conv3DTranspose", "SeparableConv1D",
    "SeparableConv2D", "LocallyConnected1D", "LocallyConnected2D", "ConvLSTM2D",
)  # fmt: skip
DROPOUTS = ("Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D",
            "GaussianDropout", "AlphaDropout")  # fmt: skip
MERGES = {
    "sum": "Add",
    "mul": "Multiply",
    "concat": "Concatenate",
    "ave": "Average",
    "max": "Maximum",
    "dot": "Dot",
    "cos": "Dot",
}


def rename_classes(config: Config) -> tuple[Config, str | None]:
    """Convolution2D is Conv2D, and so on; an Atrous convolution is one with a dilation rate."""

    def rename(entry: Config) -> Config | None:
        new = CLASSES.get(entry["class_name"])
        return None if new is None else {**entry, "class_name": new}

    config, names = each_layer(config, rename)
    return config, told("Layers of Keras 1 were given their present class", names)


def rename_arguments(config: Config) -> tuple[Config, str | None]:
    """nb_filter is filters, border_mode is padding, subsample is strides, and so on."""
    config, names = each_layer(config, _renamed)
    return config, told("Arguments of Keras 1 were given their present names", names)


def _renamed(entry: Config) -> Config | None:
    content, kind = dict(inner(entry)), entry["class_name"]
    before = dict(content)
    sides = [key for key in ("nb_row", "nb_col") if key in content]
    depths = [key for key in ("kernel_dim1", "kernel_dim2", "kernel_dim3") if key in content]
    if kind in CONVOLUTIONS and (sides or depths):
        content["kernel_size"] = [content.pop(key) for key in sides or depths]
    renames: dict[str, str] = {}
    if kind in CONVOLUTIONS or kind.startswith(("MaxPool", "AveragePool")):
        renames = {k: v for k, v in ARGUMENTS.items() if k not in ("p", "sigma", "length")}
        content.pop("input_dim", None) if "filter_length" in before else None
        content.pop("input_length", None) if "filter_length" in before else None
    elif kind in DROPOUTS:
        renames = {"p": "rate"}
    elif kind == "GaussianNoise":
        renames = {"sigma": "stddev"}
    elif kind in ("Dense", "MaxoutDense", "Highway", *RECURRENT):
        renames = {k: v for k, v in ARGUMENTS.items() if k in (
            "output_dim", "bias", "inner_activation", "dropout_W", "dropout_U")}  # fmt: skip
    elif kind in ("UpSampling1D",):
        renames = {"length": "size"}
    elif kind == "Embedding" and "W_constraint" in content:
        content.pop("dropout", None)
    renames = {**renames, "dim_ordering": "data_format"}
    for old, new in renames.items():
        if old in content:
            value = content.pop(old)
            content.setdefault(new, value)
    if kind == "ConvLSTM2D" and "output_dim" in before:
        content["filters"] = content.pop("units", before["output_dim"])
    if content.get("data_format") in ORDERINGS:
        content["data_format"] = ORDERINGS[content["data_format"]]
    if kind in RECURRENT and "inner_init" in content and kind != "SimpleRNN":
        content.setdefault("recurrent_activation", "hard_sigmoid")
    if kind == "ZeroPadding2D" and isinstance(content.get("padding"), dict):
        pads = content["padding"]
        sides_of = [[pads.get(f"{a}_pad", 0), pads.get(f"{b}_pad", 0)]
                    for a, b in (("top", "bottom"), ("left", "right"))]  # fmt: skip
        content["padding"] = sides_of
    if kind == "ZeroPadding2D" and isinstance(content.get("padding"), list):
        pads = content["padding"]
        if len(pads) == 4 and all(isinstance(pad, int) for pad in pads):
            content["padding"] = [pads[:2], pads[2:]]
    if kind == "BatchNormalization" and content.get("mode", 0) not in (0, None):
        raise ModelError(
            f"Layer '{name_of(entry)}' (BatchNormalization, mode={content['mode']}) normalizes by "
            "each batch, which Keras 1 alone could do; its outputs would depend on the others."
        )
    content.pop("mode", None) if kind == "BatchNormalization" else None
    return None if content == before else {**entry, "config": content}


def split_merges(config: Config) -> tuple[Config, str | None]:
    """The layer Merge(mode) of Keras 1 is one class for each mode today.

    Raises:
        ModelError: the mode is a function, or the layer holds the branches that it merges.
    """

    def split(entry: Config) -> Config | None:
        if entry["class_name"] != "Merge":
            return None
        content = inner(entry)
        mode = content.get("mode", "sum")
        if content.get("mode_type", "raw") != "raw" or mode not in MERGES:
            raise ModelError(
                f"Layer '{name_of(entry)}' (Merge) runs a Python function kept in the file; "
                "replace it by one of Keras's own layers and save the network again."
            )
        arguments: dict[str, Any] = {"name": name_of(entry)}
        if mode == "concat":
            arguments["axis"] = content.get("concat_axis", -1)
        if mode in ("dot", "cos"):
            axes = content.get("dot_axes", -1)
            # Keras 1 wrapped the axes of each side in a list of their own.
            flat = [a[0] if isinstance(a, list) and a else a for a in axes] if isinstance(
                axes, list) else axes  # fmt: skip
            arguments |= {"axes": flat, "normalize": mode == "cos"}
        kept = {"layers": content["layers"]} if content.get("layers") else {}
        return {**entry, "class_name": MERGES[mode], "config": {**arguments, **kept}}

    config, names = each_layer(config, split)
    return config, told("Merge of Keras 1 became one of today's merging layers", names)


def branch_merges(config: Config) -> tuple[Config, str | None]:
    """A Sequential of Keras 1 could start by merging whole models: that is a graph today."""

    def branch(entry: Config) -> Config | None:
        layers = inner(entry).get("layers")
        if entry["class_name"] != "Sequential" or not layers:
            return None
        first, rest = layers[0], layers[1:]
        if first["class_name"] not in MERGES.values() or "layers" not in inner(first):
            return None
        graph: list[Config] = []
        ends: list[list[Any]] = []
        inputs: list[list[Any]] = []
        for number, model in enumerate(inner(first)["layers"], 1):
            name = f"{name_of(model)}_{number}"
            start = [f"{name}_input", 0, 0]
            fed = {"name": start[0], "batch_shape": _batch_shape(model)}
            named = {"name": name, "config": {**inner(model), "name": name}}
            graph += [
                {"class_name": "InputLayer", "name": start[0], "inbound_nodes": [], "config": fed},
                {**model, **named, "inbound_nodes": [[start]]},
            ]
            inputs.append(start)
            ends.append([name, 0, 0])
        merged = {k: v for k, v in inner(first).items() if k != "layers"}
        graph.append({**first, "name": name_of(first), "config": merged, "inbound_nodes": [ends]})
        last = name_of(first)
        for layer in rest:
            graph.append({**layer, "name": name_of(layer), "inbound_nodes": [[[last, 0, 0]]]})
            last = name_of(layer)
        content = {"name": name_of(entry), "layers": graph, "input_layers": inputs,
                   "output_layers": [[last, 0, 0]]}  # fmt: skip
        return {**entry, "class_name": "Functional", "config": content}

    config, names = each_layer(config, branch)
    return config, told("A chain that began by merging models became a graph", names)


def _batch_shape(entry: Config) -> Any:
    content = inner(entry)
    for key in ("batch_input_shape", "batch_shape"):
        if content.get(key):
            return content[key]
    layers = content.get("layers")
    return _batch_shape(layers[0]) if layers else None
