"""What a file or folder is, told by its content: a saved network, or what else it must be."""

import io
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from model.archive import zipped
from util import ModelError

Kind = Literal["h5", "keras", "savedmodel", "architecture"]

HDF5 = b"\x89HDF\r\n\x1a\n"
ZIP = b"PK\x03\x04"
HEAD_BYTES = 4096
SAVED_MODEL = "saved_model.pb"
# TensorFlow kept it as text too.
SAVED_MODEL_TEXT = "saved_model.pbtxt"
GIVE = "give the path of a network saved by Keras (.h5 or .keras)"
SAVE = "save one with model.save('NAME.h5') or model.save('NAME.keras')"
MODEL_SUFFIXES = (".h5", ".hdf5", ".keras")
MAX_ENTRIES, MAX_DEPTH, SHOWN = 2_000, 3, 3

# Beginnings of files that people take for a network, and what to say of them.
SIGNS: tuple[tuple[bytes, str], ...] = (
    (b"version https://git-lfs", "is a Git LFS pointer, not the network itself; run `git lfs pull` "
     "there first, or download the file itself"),
    (b"\x93NUMPY", "is a NumPy array (.npy), which is no network; " + GIVE),
    (b"\x89PNG", "is a PNG image; " + GIVE + ", and the images as the dataset"),
    (b"\xff\xd8\xff", "is a JPEG image; " + GIVE + ", and the images as the dataset"),
    (b"GIF8", "is a GIF image; " + GIVE + ", and the images as the dataset"),
    (b"\x1f\x8b", "is packed by gzip (.gz or .tar.gz); unpack it and give the network in it"),
    (b"BZh", "is packed by bzip2; unpack it and give the network in it"),
    (b"\xfd7zXZ\x00", "is packed by xz; unpack it and give the network in it"),
    (b"7z\xbc\xaf\x27\x1c", "is a 7-Zip archive; unpack it and give the network in it"),
    (b"Rar!", "is a RAR archive; unpack it and give the network in it"),
    (b"%PDF", "is a PDF document; " + GIVE),
    (b"model_checkpoint_path", "is the list of a TensorFlow checkpoint, which holds weights "
     "without layers; load it in the code that builds the network and save the whole with "
     "model.save('NAME.keras')"),
)  # fmt: skip
CHECKPOINT = (
    "is part of a TensorFlow checkpoint, which holds weights without layers; load it in the code "
    "that builds the network and save the whole with model.save('NAME.keras')"
)
PICKLE = (
    "is a Python pickle (joblib, PyTorch or scikit-learn), which would have to be executed; load "
    "it where you trust it and save the network with model.save('NAME.keras')"
)
ONNX = "is an ONNX model, and only Keras's are opened; " + SAVE
MANGLED = (
    "was changed on its way by a program that took it for text; copy it again as binary (in Git: "
    "mark it `binary` in .gitattributes; in FTP: mode binary)"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A saved network's form, and the file or folder to read."""

    kind: Kind
    path: Path


def find(path: Path) -> Found:
    """What is at a path.

    Raises:
        ModelError: nothing, nothing that can be read, or no network; says what it is instead.
    """
    try:
        if path.is_dir():
            return Found("savedmodel", _folder(path))
        if not path.exists():
            hint = "; it is a link to a file that is not there" if path.is_symlink() else ""
            raise ModelError(f"There is no file {path}{hint}; {GIVE}.")
        if not path.is_file():
            raise ModelError(f"{path} is neither a file nor a folder; {GIVE}.")
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
            size = os.fstat(file.fileno()).st_size
            if head.startswith(HDF5) or _behind_user_block(file, size):
                return Found("h5", path)
    except ValueError:
        raise ModelError(f"The path {str(path)!r} cannot be a file's; {GIVE}.") from None
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}.") from None
    return _by_head(path, head, size)


def _behind_user_block(file: io.BufferedReader, size: int) -> bool:
    """HDF5 may begin behind a block of the user's own: at 512 bytes, or a doubling of that."""
    offset = 512
    while offset < size:
        file.seek(offset)
        if file.read(len(HDF5)) == HDF5:
            return True
        offset *= 2
    return False


def _by_head(path: Path, head: bytes, size: int) -> Found:
    if path.name == SAVED_MODEL or path.name == SAVED_MODEL_TEXT:
        return Found("savedmodel", _folder(path.parent))
    if head.startswith(ZIP) or head.startswith(b"PK\x05\x06"):
        return Found("keras", _zip(path))
    if not head:
        raise ModelError(f"{path} is empty (0 bytes); download or copy it again.")
    said = next((text for sign, text in SIGNS if head.startswith(sign)), None)
    said = said or _mangled(head) or _binary(path, head)
    if said is None:
        text = _text(head)
        if text is not None:
            return _text_file(path, text)
        said = (
            "is not a saved network: it begins neither as HDF5 (.h5) nor as a Keras archive "
            f"(.keras); {SAVE}"
        )
    raise ModelError(f"{path} {said}.")


def _mangled(head: bytes) -> str | None:
    """HDF5 begins with bytes that show what a transfer as text does to a file."""
    start = head[:24]
    replaced = b"\xef\xbf\xbdHDF" in start or (b"\xef\xbf\xbd" in head and start.startswith(b"PK"))
    marks = (b"\x89HDF", b"\tHDF", b"\xc2\x89HDF", b"HDF\r\n\x1a", b"HDF\n\x1a", b"HDF\r\r\n")
    return MANGLED if replaced or start.startswith(marks) else None


def _binary(path: Path, head: bytes) -> str | None:
    """Formats that are told by more than how they begin."""
    if head[4:8] == b"TFL3":
        return (
            "is a TensorFlow Lite model, made for running alone; give the Keras network that it "
            "was converted from (.h5 or .keras)"
        )
    if head[:1] == b"\x80" and head[1:2] in b"\x02\x03\x04\x05":
        return PICKLE
    if head[:2] == b"BM" and path.suffix.lower() == ".bmp":
        return f"is a BMP image; {GIVE}, and the images as the dataset"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return f"is a WebP image; {GIVE}, and the images as the dataset"
    if head[257:262] == b"ustar":
        return "is a tar archive; unpack it and give the network in it"
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if ".index" in suffixes[-1:] or any(".data-0" in suffix for suffix in suffixes):
        return CHECKPOINT
    if suffixes[-1:] == [".onnx"] or (head[:1] == b"\x08" and b"\x12\x07pytorch" in head[:64]):
        return ONNX
    if any(maker in head[:64] for maker in (b"tf2onnx", b"keras2onnx", b"onnx")):
        return ONNX
    if suffixes[-1:] == [".mlmodel"]:
        return f"is a Core ML model, and only Keras's are opened; {SAVE}"
    if suffixes[-1:] == [".pb"] or (b"Placeholder" in head[:256] and b"\x12" in head):
        return (
            "is a frozen TensorFlow graph (.pb), which has no layers to look into; give the Keras "
            "network that it was made from (.h5 or .keras), or the whole SavedModel folder"
        )
    return None


def _text(head: bytes) -> str | None:
    for encoding in ("utf-8-sig", "utf-16"):
        if encoding == "utf-16" and head[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            continue
        try:
            text = head[: HEAD_BYTES - 4].decode(encoding)
        except UnicodeDecodeError as error:
            # A character may be cut in two at the end of what was read.
            if error.start < HEAD_BYTES - 16:
                continue
            text = head[: error.start].decode(encoding, "ignore")
        if not any(c < " " and c not in "\t\r\n\f" for c in text):
            return text
    return None


def _text_file(path: Path, text: str) -> Found:
    start = text.lstrip().lower()
    if "\ufffd" in text:
        raise ModelError(f"{path} {MANGLED}.")
    if start.startswith(("<!doctype", "<html", "<head", "<?xml", "<body")) or "<html" in start:
        raise ModelError(
            f"{path} is a web page, not the network: what was downloaded is the page about the "
            "file; download the raw file itself."
        )
    if start.startswith("{") and ('"nbformat"' in text or '"cell_type"' in text):
        raise ModelError(
            f"{path} is a Jupyter notebook, not a network; run it, and save the network with "
            "model.save('NAME.keras')."
        )
    if '"modelTopology"' in text or '"weightsManifest"' in text:
        raise ModelError(
            f"{path} is a TensorFlow.js model; give the Keras network that it was converted from "
            "(.h5 or .keras), or convert it back with tensorflowjs_converter."
        )
    if start.startswith(("{", '"')) and "class_name" in text:
        return Found("architecture", path)
    if path.suffix.lower() in (".yaml", ".yml") or "class_name:" in text:
        if "class_name" in text or _mentions_layers(path):
            return Found("architecture", path)
        raise ModelError(f"{path} is YAML but no network's architecture; {GIVE}.")
    if start.startswith(("{", "[")):
        if _mentions_layers(path):
            return Found("architecture", path)
        raise ModelError(
            f"{path} is not a saved network but JSON without a description of layers; {GIVE}."
        )
    if start.startswith(("import ", "from ", "#!", "def ", '"""', "# ")):
        raise ModelError(
            f"{path} is program text, not a network; run it, and save the network with "
            "model.save('NAME.keras')."
        )
    what = "a table (CSV)" if _is_table(text) else "plain text"
    raise ModelError(f"{path} is not a saved network but {what}; {GIVE}.")


def _mentions_layers(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return b"class_name" in file.read(2**20)
    except OSError:
        return False


def _is_table(text: str) -> bool:
    counts = [line.count(",") for line in text.splitlines()[:4]]
    return len(counts) > 1 and min(counts) > 0 and len(set(counts[:2])) == 1


def _zip(path: Path) -> Path:
    with zipped.open_zip(path) as archive:
        names = archive.namelist()
        if zipped.CONFIG in names:
            return path
        raise ModelError(f"{path} {_other_zip(archive, names)}.")


def _other_zip(archive: zipfile.ZipFile, names: list[str]) -> str:
    inside = [name for name in names if name.lower().endswith(MODEL_SUFFIXES)]
    inside = [name for name in inside if not name.startswith("__MACOSX")]
    if zipped.WEIGHTS in names:
        return "is a Keras archive that was cut: config.json is missing in it; save it again"
    if inside:
        shown = ", ".join(_clean(name) for name in inside[:SHOWN])
        return f"is a zip archive with a network in it; unpack it and give {shown}"
    if any(name.endswith(SAVED_MODEL) for name in names):
        return "is a zip archive of a SavedModel; unpack it and give the folder of saved_model.pb"
    if any(name.endswith("data.pkl") for name in names):
        return (
            "is a PyTorch model, which only runs with its own code; only Keras's networks are "
            "opened"
        )
    if names and all(name.endswith(".npy") for name in names):
        arrays = ", ".join(_clean(name.removesuffix(".npy")) for name in names[:SHOWN])
        return f"is a NumPy archive (.npz) of the arrays {arrays}, and no network; {GIVE}"
    if any(name.endswith("model.json") for name in names):
        return (
            "is a zip archive of a TensorFlow.js model; give the Keras network instead (in "
            "Teachable Machine: export as Tensorflow, Keras)"
        )
    if any(name.endswith(".tflite") for name in names):
        return (
            "is a zip archive of a TensorFlow Lite model; give the Keras network instead (in "
            "Teachable Machine: export as Tensorflow, Keras)"
        )
    return (
        "is a zip archive but no saved network: config.json is missing in it; save one with "
        "model.save('NAME.keras')"
    )


def _folder(path: Path) -> Path:
    """The folder of a SavedModel: the one given, or its only sub-folder that is one."""
    if (path / SAVED_MODEL).is_file():
        return path
    if (path / SAVED_MODEL_TEXT).is_file():
        raise ModelError(
            f"{path} holds a SavedModel as text ({SAVED_MODEL_TEXT}); save it again as binary."
        )
    names = [name for name in os.listdir(path) if name in ("config.json", "model.weights.h5")]
    if len(names) == 2:
        raise ModelError(
            f"{path} is an unpacked Keras archive; give the .keras file itself, or pack the "
            "folder's content as a zip named NAME.keras."
        )
    found = _inside(path)
    if not found:
        raise ModelError(
            f"{path} is a folder, and neither a SavedModel (saved_model.pb is missing in it) nor "
            f"does a network lie in it; {GIVE}."
        )
    shown = ", ".join(_clean(str(name.relative_to(path))) for name in found[:SHOWN])
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    raise ModelError(
        f"{path} is a folder and no SavedModel (saved_model.pb is missing in it); it holds "
        f"{shown}{more}: give one of these."
    )


def _inside(folder: Path) -> list[Path]:
    """Networks in a folder, a few levels deep; links are not followed, so none leads round."""
    found: list[Path] = []
    waiting, seen = [(folder, 0)], 0
    while waiting and seen < MAX_ENTRIES:
        here, depth = waiting.pop(0)
        try:
            with os.scandir(here) as entries:
                for entry in sorted(entries, key=lambda entry: entry.name):
                    seen += 1
                    if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                        if (here / entry.name / SAVED_MODEL).is_file():
                            found.append(here / entry.name)
                        elif depth < MAX_DEPTH:
                            waiting.append((here / entry.name, depth + 1))
                    elif entry.name.lower().endswith(MODEL_SUFFIXES):
                        found.append(here / entry.name)
        except OSError:
            continue
    return found


def _clean(name: str) -> str:
    shown = "".join(c if c.isprintable() else "?" for c in name)
    return shown if len(shown) <= 80 else shown[:77] + "..."
