"""Writers of files that are no networks, each as people have met it."""

import gzip
import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

Writer = Callable[[Path], None]
SIGNATURE = b"\x89HDF\r\n\x1a\n"


def raw(data: bytes) -> Writer:
    return lambda path: void(path.write_bytes(data))


def text(value: str) -> Writer:
    return raw(value.encode())


def void(_: object) -> None:
    """Nothing of it."""


def zipped(members: dict[str, bytes]) -> Writer:
    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as file:
            for name, data in members.items():
                file.writestr(name, data)

    return write


def arrays(**values: object) -> Writer:
    def write(path: Path) -> None:
        with h5py.File(path, "w") as file:
            for name, value in values.items():
                file[name] = value

    return write


def attributes(group: str, **values: object) -> Writer:
    def write(path: Path) -> None:
        with h5py.File(path, "w") as file:
            file.create_group(group).attrs.update(values)

    return write


def at_root(**values: object) -> Writer:
    def write(path: Path) -> None:
        with h5py.File(path, "w") as file:
            file.attrs.update(values)

    return write


def encrypted(path: Path) -> None:
    """A zip whose member says that it is locked."""
    zipped({"config.json": b"{}"})(path)
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(data))


def saved(array: object) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.asarray(array))
    return buffer.getvalue()


NOTEBOOK = json.dumps({"cells": [{"cell_type": "code"}], "nbformat": 4})
HTML = "\n<!DOCTYPE html><html><head><title>model.h5</title></head></html>"
TFJS = json.dumps({"format": "layers-model", "modelTopology": {}, "weightsManifest": []})

# name: (what writes it, a part of its sentence)
FOREIGN: dict[str, tuple[Writer, str]] = {
    "empty.h5": (raw(b""), "is empty"),
    "pointer.h5": (text("version https://git-lfs.github.com/spec/v1\n"), "Git LFS pointer"),
    "notebook.h5": (text(NOTEBOOK), "Jupyter notebook"),
    "page.h5": (text(HTML), "web page"),
    "notes.h5": (text("hello\nthere"), "plain text"),
    "table.h5": (text("path,label\na.png,1\n"), "a table"),
    "code.h5": (text("import keras\n"), "program text"),
    "tfjs.json": (text(TFJS), "TensorFlow.js"),
    "other.json": (text('{"a": 1}'), "JSON without a description"),
    "other.yaml": (text("a: 1\n"), "YAML but no"),
    "text_mode.h5": (raw(SIGNATURE.replace(b"\r\n", b"\n") + bytes(50)), "changed on its way"),
    "twice.h5": (raw(b"\x89HDF\r\r\n\x1a\r\n" + bytes(50)), "changed on its way"),
    "replaced.h5": (raw(b"\xef\xbf\xbdHDF\r\n\x1a\n" + bytes(50)), "changed on its way"),
    "replaced.keras": (raw(b"PK\x03\x04\xef\xbf\xbd\xef\xbf\xbd"), "damaged zip archive"),
    "images.h5": (arrays(images=np.zeros((2, 8, 8)), labels=[0, 1]), "'images' (2, 8, 8)"),
    "pandas.h5": (attributes("df", pandas_type="frame"), "pandas"),
    "matlab.h5": (attributes("x", MATLAB_class="cell"), "MATLAB"),
    "nothing.h5": (at_root(), "empty HDF5 file"),
    "optimizer.h5": (attributes("optimizer_weights", a=1), "state of an optimizer"),
    "weights.h5": (at_root(layer_names=[b"dense"]), "holds weights alone"),
    "new.weights.h5": (arrays(**{"layers/dense/vars/0": [1.0]}), "holds weights alone"),
    "layers.h5": (at_root(model_config='{"class_name": "X"}'), "holds the layers alone"),
    "encrypted.keras": (encrypted, "locked by a password"),
    "empty.keras": (zipped({}), "empty zip"),
    "other.keras": (zipped({"readme.txt": b"hello"}), "config.json is missing"),
    "cut.keras": (zipped({"model.weights.h5": b""}), "a Keras archive that was cut"),
    "teachable.zip": (zipped({"keras_model.h5": b"", "labels.txt": b""}), "give keras_model.h5"),
    "torch.pt": (zipped({"archive/data.pkl": b""}), "PyTorch model"),
    "arrays.npz": (zipped({"x.npy": b""}), "NumPy archive"),
    "saved.zip": (zipped({"m/saved_model.pb": b""}), "zip archive of a SavedModel"),
    "pickle.h5": (raw(pickle.dumps({"a": 1})), "Python pickle"),
    "array.npy": (raw(saved([1, 2])), "NumPy array"),
    "net.tflite": (raw(b"\x1c\0\0\0TFL3" + bytes(50)), "TensorFlow Lite"),
    "net.onnx": (raw(b"\x08\x07\x12\x07pytorch"), "ONNX"),
    "frozen.pb": (raw(b"\n\x15\n\x05input\x12\x0bPlaceholder\xff"), "frozen TensorFlow graph"),
    "net.mlmodel": (raw(b"\x08\x01\x12\xff\xfe\x01"), "Core ML"),
    "photo.h5": (raw(b"\x89PNG\r\n\x1a\n" + bytes(20)), "PNG image"),
    "packed.h5": (raw(gzip.compress(b"x")), "packed by gzip"),
    "packed.rar": (raw(b"Rar!\x1a\x07\x00"), "RAR archive"),
    "checkpoint": (text('model_checkpoint_path: "a"'), "TensorFlow checkpoint"),
    "ck.data-00000-of-00001": (raw(b"\x00\x01\xff\xfe" * 9), "TensorFlow checkpoint"),
    "noise.bin": (raw(bytes(range(200, 256)) * 3), "is not a saved network"),
}
