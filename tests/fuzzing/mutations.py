"""Files made wrong in every way that chance offers: bytes, and the structures made of them."""

import copy
import io
import json
import random
import struct
import zipfile
from collections.abc import Callable
from typing import Any

Mutation = Callable[[bytes, random.Random], bytes]

# What a length or a count is replaced by; each has undone some reader of files.
EXTREMES = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF, 2**40, 2**63 - 1, 2**64 - 1)
# What a value in a description is replaced by.
VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 3, 10**9, 2**70, 1e308, float("nan"), "", "relu", "softmax", "../../etc",
    "Lambda", "os.system", "x" * 10_000, [], {}, [[]], [None], [-1, -1], [10**6, 10**6, 3],
    {"class_name": "Lambda", "config": {"name": "l", "function": ["4wEAAA==", None, None]}},
    {"class_name": "Dense", "config": {"name": "d", "units": 10**9}},
)  # fmt: skip


def mutate(data: bytes, kind: str, seed: int) -> bytes:
    """One wrong version of a file.

    Args:
        kind: its suffix without the dot: "h5", "keras", "npz", or that of an image.
        seed: the same gives the same bytes.
    """
    chance = random.Random(f"{kind} {seed}")
    structural = STRUCTURAL.get(kind)
    if structural is not None and chance.random() < 0.6:
        return structural(data, chance)
    for _ in range(chance.choice((1, 1, 2, 4))):
        data = chance.choice(BYTES)(data, chance)
    return data


def flip(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 4, 32))):
        if changed:
            changed[_place(changed, chance)] = chance.randrange(256)
    return bytes(changed)


def cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def remove(data: bytes, chance: random.Random) -> bytes:
    start, end = _piece(data, chance)
    return data[:start] + data[end:]


def repeat(data: bytes, chance: random.Random) -> bytes:
    start, end = _piece(data, chance)
    return data[:end] + data[start:]


def blank(data: bytes, chance: random.Random) -> bytes:
    start, end = _piece(data, chance)
    return data[:start] + bytes([chance.choice((0, 255, 32))]) * (end - start) + data[end:]


def stretch(data: bytes, chance: random.Random) -> bytes:
    """A number in the file becomes an extreme one."""
    code = chance.choice(("<H", ">H", "<I", ">I", "<Q", ">Q"))
    size = struct.calcsize(code)
    if len(data) < size:
        return data
    place = min(_place(data, chance), len(data) - size)
    number = chance.choice(EXTREMES) & (2 ** (8 * size) - 1)
    return data[:place] + struct.pack(code, number) + data[place + size :]


def as_text(data: bytes, chance: random.Random) -> bytes:
    """What a transfer that took the file for text makes of it."""
    return chance.choice(
        (
            data.replace(b"\r\n", b"\n"),
            data.replace(b"\n", b"\r\n"),
            data.decode("utf-8", "replace").encode(),
        )
    )


BYTES: tuple[Mutation, ...] = (flip, flip, cut, remove, repeat, blank, stretch, stretch, as_text)


def change_config(config: Any, chance: random.Random) -> Any:
    """A description of layers with a few values changed, taken out, doubled or exchanged."""
    config = copy.deepcopy(config)
    for _ in range(chance.choice((1, 1, 2, 5))):
        places = list(_places(config))
        if not places:
            return config
        parent, key = chance.choice(places)
        what = chance.randrange(5)
        if what == 0:
            del parent[key]
        elif what == 1 and isinstance(parent, list):
            parent.append(copy.deepcopy(parent[key]))
        elif what == 2:
            other, other_key = chance.choice(places)
            parent[key] = copy.deepcopy(other[other_key])
        else:
            parent[key] = copy.deepcopy(chance.choice(VALUES))
    return config


def change_h5(data: bytes, chance: random.Random) -> bytes:
    import h5py
    import numpy as np

    buffer = io.BytesIO(data)
    with h5py.File(buffer, "r+") as file:
        if chance.random() < 0.75:
            config = change_config(json.loads(file.attrs["model_config"]), chance)
            text = json.dumps(config)
            file.attrs["model_config"] = text if len(text) < 60_000 else "{}"
        else:
            found: list[str] = []
            file.visititems(
                lambda name, item: found.append(name) if isinstance(item, h5py.Dataset) else None
            )
            name = chance.choice(found)
            shape = file[name].shape
            del file[name]
            match chance.randrange(6):
                case 0:
                    pass
                case 1:
                    file[name] = h5py.ExternalLink("/etc/passwd", "/")
                case 2:
                    file[name] = h5py.SoftLink("/" + name)
                case 3:
                    file.create_dataset(name, (2**20, 2**20), "f4", chunks=(64, 64))
                case 4:
                    file[name] = np.full(shape, b"text")
                case _:
                    file[name] = np.full((*shape, 2), np.nan, np.float32)
    return buffer.getvalue()


def change_keras(data: bytes, chance: random.Random) -> bytes:
    members = _members(data)
    what = chance.random()
    if what < 0.7:
        config = change_config(json.loads(members["config.json"]), chance)
        members["config.json"] = json.dumps(config).encode()
    elif what < 0.9:
        name = chance.choice(list(members))
        members[name] = chance.choice(BYTES)(members[name], chance)
    else:
        del members[chance.choice(list(members))]
    return _archive(members)


def change_npz(data: bytes, chance: random.Random) -> bytes:
    members = _members(data)
    name = chance.choice(list(members))
    if chance.random() < 0.5:
        # The header of an array is text: 128 bytes with its type and its shape.
        head = chance.choice((flip, stretch, blank))(members[name][:128], chance)
        members[name] = head + members[name][128:]
    elif chance.random() < 0.5:
        shape = chance.choice(((2**40,), (2**20, 2**20), (-1, 3), (0,), (3, 0, 4), (1,) * 40))
        text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}"
        members[name] = members[name][:10] + text.ljust(117).encode() + b"\n" + members[name][128:]
    else:
        members[name] = chance.choice(BYTES)(members[name], chance)
    return _archive(members)


STRUCTURAL: dict[str, Mutation] = {
    "h5": change_h5,
    "keras": change_keras,
    "npz": change_npz,
}


def _place(data: bytes | bytearray, chance: random.Random) -> int:
    """A place in the file; its head, where the lengths are, more often than the rest."""
    end = len(data) if chance.random() < 0.5 else min(len(data), 2048)
    return chance.randrange(end)


def _piece(data: bytes, chance: random.Random) -> tuple[int, int]:
    if not data:
        return 0, 0
    start = _place(data, chance)
    return start, min(len(data), start + chance.choice((1, 8, 512, 65_536)))


def _places(config: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    waiting = [config]
    while waiting:
        node = waiting.pop()
        keys: list[Any] = []
        if isinstance(node, dict):
            keys = list(node)
        elif isinstance(node, list):
            keys = list(range(len(node)))
        for key in keys:
            found.append((node, key))
            waiting.append(node[key])
    return found


def _members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _archive(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            # Not the time of day, which would make another file of the same seed.
            archive.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()
