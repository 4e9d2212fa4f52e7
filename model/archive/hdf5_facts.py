"""What an HDF5 file holds: a network, weights alone, or something else that has its sentence."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.archive.config import MAX_CONFIG_BYTES, Config, as_text, parse
from model.archive.hdf5 import attribute, open_checked
from util import ModelError

# Groups at the root of what Keras 3 writes as NAME.weights.h5, as Keras 2.12 wrote it too.
WEIGHT_GROUPS = ("layers", "_layer_checkpoint_dependencies", "_self_tracked_trackables", "_layers")
OPTIMIZER_GROUPS = ("optimizer_weights", "optimizer")
SHOWN = 4


@dataclass(frozen=True, slots=True)
class Facts:
    """What Keras left in an HDF5 file.

    Attributes:
        config: the description of the layers, None where the file holds weights alone.
        version: of Keras, "" where it does not say.
        has_weights: there are weights of layers.
    """

    config: Config | None
    version: str
    has_weights: bool


def read_facts(path: Path) -> Facts:
    """Look into an HDF5 file.

    Raises:
        ModelError: it is damaged, or holds neither a network nor weights.
    """
    with open_checked(path, path) as file:
        text = _attribute(file, "model_config")
        weights = file.get("model_weights", file)
        version = _attribute(file, "keras_version") or _attribute(weights, "keras_version") or ""
        has_weights = _has_weights(file)
        if text is None and not has_weights:
            raise ModelError(_nothing(file, path))
    if text is None:
        return Facts(None, version[:32], True)
    if len(text) > MAX_CONFIG_BYTES:
        raise ModelError(f"{path}: the description of the layers is too large; not opened.")
    config = parse(text, path)
    if not has_weights:
        raise ModelError(
            f"{path} holds the layers alone, without their weights; save the whole network with "
            "model.save('NAME.h5')."
        )
    return Facts(config, version[:32], has_weights)


def _attribute(found: Any, name: str) -> str | None:
    """A text kept as bytes, as a string, or as an array of one or of several pieces."""
    if name in found.attrs:
        return _joined(attribute(found, name))
    pieces, number = [], 0
    while f"{name}{number}" in found.attrs:
        pieces.append(_joined(attribute(found, f"{name}{number}")) or "")
        number += 1
    return "".join(pieces) if pieces else None


def _joined(value: Any) -> str | None:
    if hasattr(value, "tobytes") and getattr(value, "dtype", None) is not None:
        if value.dtype.kind == "V":
            return as_text(value.tobytes().rstrip(b"\0"))
        value = value.ravel().tolist()
    if isinstance(value, list):
        return "".join(_joined(part) or "" for part in value)
    if isinstance(value, bytes):
        return as_text(value)
    return value if isinstance(value, str) else None


def _has_weights(file: Any) -> bool:
    import h5py

    root = file.get("model_weights", file)
    if not isinstance(root, h5py.Group):
        return False
    if any(name in root.attrs for name in ("layer_names", "layer_names0", "nb_layers")):
        return True
    return any(
        isinstance(file.get(name), h5py.Group) and _has_vars(file[name]) for name in WEIGHT_GROUPS
    )


def _has_vars(group: Any) -> bool:
    """Whether a group `vars` lies somewhere below, as Keras 3 keeps the arrays of a layer."""
    found: list[str] = []
    group.visit(lambda name: found.append(name) if name.split("/")[-1] == "vars" else None)
    return bool(found)


def _nothing(file: Any, path: Path) -> str:
    import h5py

    names = list(file)
    if not names:
        return f"{path} is an empty HDF5 file; save the network again with model.save('NAME.h5')."
    if any(name in file for name in OPTIMIZER_GROUPS):
        return (
            f"{path} holds the state of an optimizer alone, without a network; save the whole "
            "network with model.save('NAME.h5')."
        )
    what = "is an HDF5 file but no saved network"
    if any("pandas_type" in file[name].attrs for name in names[:SHOWN] if name in file):
        what = "is a table kept by pandas in HDF5, but no saved network"
    elif any("MATLAB_class" in file[name].attrs for name in names[:SHOWN] if name in file):
        what = "is a MATLAB file (7.3), but no saved network"
    arrays = [name for name in names if isinstance(file.get(name), h5py.Dataset)]
    if arrays:
        shown = ", ".join(f"'{name}' {_shape(file[name])}" for name in arrays[:SHOWN])
        what += f": it holds the arrays {shown}" if len(arrays) > 1 else f": it holds {shown}"
        what += " and more" if len(arrays) > SHOWN else ""
    else:
        shown = ", ".join(f"'{name}'" for name in names[:SHOWN])
        what += f": it holds the groups {shown}" if len(names) > 1 else f": it holds {shown}"
    what = "".join(c if c.isprintable() else "?" for c in what)
    return f"{path} {what}; give the network itself, as model.save('NAME.h5') writes it."


def _shape(dataset: Any) -> str:
    return "(" + ", ".join(str(n) for n in dataset.shape or ()) + ")"
