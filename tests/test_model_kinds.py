"""model/archive/kinds.py: each thing that is no network gets its own sentence."""

import os
from pathlib import Path

import h5py
import pytest

from model import archive
from tests.networks import save_cnn
from tests.writers_foreign import FOREIGN
from util import ModelError


def refusal(path: Path) -> str:
    """The sentence, which names the file and is one line."""
    with pytest.raises(ModelError) as caught:
        archive.read(path)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    assert message.endswith(".")
    assert "Traceback" not in message
    return message


@pytest.mark.parametrize("name", FOREIGN)
def test_each_foreign_file_has_its_own_sentence(tmp_path: Path, name: str) -> None:
    write, part = FOREIGN[name]
    write(tmp_path / name)
    assert part in refusal(tmp_path / name)


def test_missing_paths_and_dangling_links(tmp_path: Path) -> None:
    assert "There is no file" in refusal(tmp_path / "none.h5")
    (tmp_path / "link.h5").symlink_to(tmp_path / "gone.h5")
    assert "a link to a file that is not there" in refusal(tmp_path / "link.h5")


def test_a_path_that_no_file_can_have() -> None:
    with pytest.raises(ModelError):
        archive.read(Path("a\0b.h5"))


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.h5")
    assert "neither a file nor a folder" in refusal(tmp_path / "pipe.h5")


def test_a_cut_file_tells_how_much_is_there(tmp_path: Path) -> None:
    whole = save_cnn(tmp_path / "whole.h5").read_bytes()
    (tmp_path / "cut.h5").write_bytes(whole[:5000])
    message = refusal(tmp_path / "cut.h5")
    assert "is cut short" in message and "5,000 bytes" in message


def test_a_cut_archive(tmp_path: Path) -> None:
    whole = save_cnn(tmp_path / "whole.keras").read_bytes()
    (tmp_path / "cut.keras").write_bytes(whole[:-100])
    assert "damaged zip archive" in refusal(tmp_path / "cut.keras")


def test_a_folder_names_the_networks_in_it(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "round").symlink_to(tmp_path)
    assert "neither a SavedModel" in refusal(tmp_path)
    (tmp_path / "deep" / "net.h5").write_bytes(b"x")
    assert f"deep{os.sep}net.h5: give one of these" in refusal(tmp_path)


def test_hdf5_behind_a_user_block_opens(tmp_path: Path) -> None:
    source = save_cnn(tmp_path / "net.h5")
    blocked = tmp_path / "blocked.h5"
    with h5py.File(source) as old, h5py.File(blocked, "w", userblock_size=1024) as new:
        new.attrs.update(old.attrs)
        for name in old:
            old.copy(name, new)
    assert archive.read(blocked).format == "h5"
