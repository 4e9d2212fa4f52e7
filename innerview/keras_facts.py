"""What a Keras network says of itself: hyperparameters, learning rate, weights. Keras 3 or 2."""

import sys
from collections.abc import Iterator, Mapping
from types import FrameType, ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from innerview.arrays import as_array, as_number, as_value
from innerview.records import Value

# Of an optimizer's config: its name is the run's own parameter, the rest says nothing of training.
SILENT = {"name", "is_legacy_optimizer", "jit_compile"}
# What fit takes where it is given arrays and no batch size.
BATCH_SIZE = 32


def find_loop(frame: FrameType | None, model: Any) -> FrameType | None:
    """The frame of the model's `fit`; of a loop of one's own, whoever calls the callbacks.

    Args:
        frame: of a callback.
    """
    calling = {"on_train_begin", "call"}
    while frame is not None and frame.f_code.co_name in calling:
        frame = frame.f_back
    found = frame
    while found is not None:
        if found.f_code.co_name == "fit" and found.f_locals.get("self") is model:
            return found
        found = found.f_back
    return frame


def gather(model: Any, params: Mapping[str, Any], loop: FrameType | None) -> dict[str, Value]:
    """Hyperparameters by their names, without those that cannot be found out.

    Args:
        params: what Keras told the callback.
        loop: where a batch size may be found, as Keras tells it to no callback.
    """
    found: dict[str, Any] = {
        "network": getattr(model, "name", None),
        "parameter_count": _or_none(lambda: int(model.count_params())),
        "layers": _or_none(lambda: len(model.layers)),
        # "loss" is the curve.
        "loss_function": describe_loss(getattr(model, "loss", None)),
        "epochs": params.get("epochs"),
        "steps_per_epoch": params.get("steps"),
        **_read_loop(loop),
        **describe_optimizer(getattr(model, "optimizer", None)),
    }
    keras = library(model)
    if keras is not None:
        backend = getattr(getattr(keras, "backend", None), "backend", None)
        found["keras"] = getattr(keras, "__version__", None)
        found["backend"] = backend() if callable(backend) else "tensorflow"
    return {name: as_value(value) for name, value in found.items() if value is not None}


def library(model: Any) -> ModuleType | None:
    """The package that the network is made of: keras, or tf_keras."""
    for kind in type(model).__mro__:
        top = kind.__module__.partition(".")[0]
        if top in ("keras", "tf_keras"):
            return sys.modules.get(top)
    return None


def describe_loss(loss: Any) -> str | None:
    """The name of what was given to `compile`."""
    if loss is None or isinstance(loss, str):
        return loss
    if isinstance(loss, Mapping):
        return ", ".join(f"{name}: {describe_loss(part)}" for name, part in loss.items())
    if isinstance(loss, list | tuple):
        return ", ".join(str(describe_loss(part)) for part in loss)
    return str(getattr(loss, "name", None) or getattr(loss, "__name__", type(loss).__name__))


def describe_optimizer(optimizer: Any) -> dict[str, Any]:
    """Its class as "optimizer", its config as "optimizer.NAME", and "learning_rate"."""
    if optimizer is None:
        return {}
    config = _or_none(lambda: optimizer.get_config()) or {}
    if not config.get("use_ema"):
        config = {name: value for name, value in config.items() if "ema" not in name.split("_")}
    found: dict[str, Any] = {"optimizer": type(optimizer).__name__}
    for name, value in config.items():
        if name not in SILENT and value is not None:
            found |= _flatten(f"optimizer.{name}", value)
    schedule = found.get("optimizer.learning_rate.warmup_target")
    initial = found.get("optimizer.learning_rate.initial_learning_rate")
    found["learning_rate"] = schedule or initial or _or_none(lambda: read_learning_rate(optimizer))
    return found


def read_learning_rate(optimizer: Any) -> float | None:
    """The rate of the next step, of a schedule too; None where there is none."""
    rate = getattr(optimizer, "learning_rate", None)
    # Keras 2 gives the rate of the step before, unless its schedule itself is asked.
    for schedule in (getattr(optimizer, "_learning_rate", None), rate):
        if callable(schedule):
            rate = schedule(optimizer.iterations)
            break
    try:
        return shorten(as_number(rate))
    except (TypeError, ValueError):
        return None


def shorten(number: float) -> float:
    """0.001 for the float32 next to it, which reads 0.0010000000474974513."""
    if not abs(number) <= float(np.finfo(np.float32).max):
        return number
    single = np.float32(number)
    return float(str(single)) if float(single) == number else number


def read_weights(model: Any) -> Iterator[tuple[str, NDArray[Any]]]:
    """("LAYER/kernel", its array) of every weight of every layer, nested networks' too."""
    taken: set[str] = set()
    for prefix, layer in _leaves(model):
        weights = getattr(layer, "weights", [])
        for weight, values in zip(weights, layer.get_weights(), strict=True):
            path = f"{prefix}{layer.name}/{_own_name(weight, layer.name)}"
            name, number = path, 2
            while name in taken:
                name, number = f"{path}_{number}", number + 1
            taken.add(name)
            yield name, as_array(values)


def _leaves(model: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for layer in getattr(model, "layers", []):
        if getattr(layer, "layers", None):
            yield from _leaves(layer, f"{prefix}{layer.name}/")
        else:
            yield prefix, layer


def _own_name(weight: Any, layer: str) -> str:
    """A weight's name within its layer: "kernel", or "query/kernel" of a layer with parts."""
    path = str(getattr(weight, "path", None) or weight.name).partition(":")[0]
    _, marker, own = f"/{path}".partition(f"/{layer}/")
    return own if marker else path.rpartition("/")[2]


def _read_loop(loop: FrameType | None) -> dict[str, Any]:
    """Batch size and number of samples, out of the variables of `fit`."""
    if loop is None or loop.f_code.co_name != "fit":
        return {}
    given = loop.f_locals
    x, size = given.get("x"), given.get("batch_size")
    shape = getattr(x, "shape", None)
    if size is None:
        # Data sets that cut batches themselves may say so.
        size = BATCH_SIZE if shape else getattr(x, "batch_size", None)
    found: dict[str, Any] = {"batch_size": size if isinstance(size, int) else None}
    if shape:
        found["samples"] = _or_none(lambda: int(shape[0]))
    return found


def _flatten(name: str, value: Any) -> dict[str, Any]:
    """A value of a config; an object in it gives its class, and its own config below that."""
    if isinstance(value, Mapping):
        below = value.get("config", {}) if "class_name" in value else value
        found = {name: value["class_name"]} if "class_name" in value else {}
        for key, inner in below.items():
            if key not in SILENT and inner is not None:
                found |= _flatten(f"{name}.{key}", inner)
        return found
    if isinstance(value, float | np.floating):
        return {name: shorten(float(value))}
    return {name: value}


def _or_none(ask: Any) -> Any:
    """What a function gives; None where the network cannot say."""
    try:
        return ask()
    except Exception:
        return None
