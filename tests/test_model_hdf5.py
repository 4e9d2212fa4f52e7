"""model/archive/hdf5.py: files that refer to other files or claim too much are not opened."""

import re
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from model.archive.hdf5 import open_checked
from model.archive.hdf5_facts import read_facts
from util import ModelError


def external_link(file: h5py.File) -> None:
    file.create_group("a")["out"] = h5py.ExternalLink("other.h5", "/")


def external_data(file: h5py.File) -> None:
    file.create_dataset("x", (4,), "f4", external=[("raw.bin", 0, 16)])


def virtual_data(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "x", (4,))
    file.create_virtual_dataset("x", layout)


def circle(file: h5py.File) -> None:
    inner = file.create_group("a/b")
    inner["up"] = file["a"]


def huge(file: h5py.File) -> None:
    file.create_dataset("x", (2**40,), "f4", chunks=(1024,))


def huge_sum(file: h5py.File) -> None:
    for number in range(40):
        file.create_dataset(f"x{number}", (2**20,), "f4", chunks=(1024,))


def huge_chunk(file: h5py.File) -> None:
    file.create_dataset("x", (4,), "f4", maxshape=(None,), chunks=(2**28,))


def deep(file: h5py.File) -> None:
    file.create_group("/".join("g" * 100))


@pytest.mark.parametrize(
    ("write", "sentence"),
    [
        (external_link, "'out' is a link to another file"),
        (external_data, "lies in another file"),
        (virtual_data, "lies in another file"),
        (circle, "contains itself"),
        (huge, "claims arrays of"),
        (huge_sum, "claims arrays of"),
        (huge_chunk, "claims arrays of"),
        (deep, "more groups in groups"),
    ],
)
def test_what_leaves_the_file_or_claims_too_much_is_refused(
    tmp_path: Path, write: Callable[[h5py.File], None], sentence: str
) -> None:
    path = tmp_path / "net.h5"
    with h5py.File(path, "w") as file:
        write(file)
    with pytest.raises(ModelError, match=sentence), open_checked(path, path):
        pass


def test_harmless_files_open(tmp_path: Path) -> None:
    path = tmp_path / "net.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("a/x", data=np.zeros((100, 100)), compression="gzip", shuffle=True)
        file["again"] = file["a/x"]
        file["soft"] = h5py.SoftLink("/a/x")
    with open_checked(path, path) as file:
        assert file["soft"].shape == file["again"].shape == (100, 100)


def test_damage_met_while_reading_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "net.h5"
    with h5py.File(path, "w") as file:
        values = np.random.default_rng(0).random(1000)
        file.create_dataset("x", data=values, compression="gzip")
        offset = file["x"].id.get_chunk_info(0).byte_offset
    data = bytearray(path.read_bytes())
    data[offset + 10 : offset + 400] = bytes(390)
    path.write_bytes(bytes(data))
    with pytest.raises(ModelError, match="damaged HDF5"), open_checked(path, path) as file:
        file["x"][()]


@pytest.mark.skipif(sys.platform != "linux", reason="memory is kept short on Linux alone")
def test_a_text_that_claims_gigabytes_takes_no_memory(root: Path, tmp_path: Path) -> None:
    path, length = tmp_path / "net.h5", 12_345
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = "x" * length
        file.create_group("model_weights")
    data = path.read_bytes()
    # In the attribute stands its length, and then where its text lies.
    place = data.index(struct.pack("<I", length))
    path.write_bytes(data[:place] + struct.pack("<I", 0xF000_0000) + data[place + 4 :])
    with pytest.raises(ModelError, match="damaged"):
        read_facts(path)
    code = (
        "import sys; from pathlib import Path; from model.archive.hdf5_facts import read_facts\n"
        "try: read_facts(Path(sys.argv[1]))\n"
        "except Exception: print(Path('/proc/self/status').read_text())"
    )
    command = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    # Kilobytes at the highest, of this program alone: what getrusage tells is also its parent's.
    (peak,) = re.findall(r"VmHWM:\s+(\d+) kB", done.stdout)
    assert int(peak) < 2**19
