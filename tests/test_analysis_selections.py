"""analysis/selections.py: selections come back under their token, and nothing else does."""

import dataclasses
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from analysis import selections
from analysis.cache import Cache
from analysis.selections import Selections, pack, unpack
from data import Dataset
from tests.fakes import fake_dataset
from util import CacheError, UserError

DATASET = fake_dataset(60)


def mask_of(*indices: int) -> NDArray[np.bool_]:
    mask = np.zeros(60, np.bool_)
    mask[list(indices)] = True
    return mask


def opened(folder: Path, dataset: Dataset = DATASET) -> Selections:
    return Selections(Cache(folder), dataset)


def test_selection_outlives_the_process(tmp_path: Path) -> None:
    mask = mask_of(0, 7, 8, 59)
    token = opened(tmp_path).keep(mask)
    again = opened(tmp_path).read(token)
    assert again is not None
    np.testing.assert_array_equal(again, mask)


@pytest.mark.parametrize("indices", [(), tuple(range(60))], ids=["nothing", "everything"])
def test_nothing_and_everything_are_selections_too(tmp_path: Path, indices: tuple[int]) -> None:
    kept = opened(tmp_path)
    found = kept.read(kept.keep(mask_of(*indices)))
    np.testing.assert_array_equal(found, mask_of(*indices))


def test_token_is_the_digest_of_the_selection(tmp_path: Path) -> None:
    kept = opened(tmp_path)
    token = kept.keep(mask_of(3))
    assert len(token) == 32
    assert kept.keep(mask_of(3)) == token == opened(tmp_path / "other").keep(mask_of(3))
    assert kept.keep(mask_of(4)) != token
    assert len(list(kept.folder.iterdir())) == 2


def test_token_of_another_dataset_is_not_found(tmp_path: Path) -> None:
    token = opened(tmp_path).keep(mask_of(3))
    other = opened(tmp_path, dataclasses.replace(DATASET, fingerprint="1" * 16))
    assert other.read(token) is None
    assert other.keep(mask_of(3)) != token


@pytest.mark.parametrize(
    "token",
    [
        "", "0" * 32, "0" * 31, "A" * 32, "../" * 10 + "ab", "..", "/etc/passwd", "a/b", "*" * 32,
        "0" * 31 + "\n", "0" * 31 + "\0", "\u0660" * 32, "0" * 32 + ".bits", "x" * 10_000,
    ],
)  # fmt: skip
def test_token_that_was_not_given_out_finds_nothing(tmp_path: Path, token: str) -> None:
    kept = opened(tmp_path)
    kept.keep(mask_of(1))
    assert kept.read(token) is None


def test_token_leads_to_no_other_file(tmp_path: Path) -> None:
    kept = opened(tmp_path)
    token = kept.keep(mask_of(1))
    (kept.folder.parent / f"{token}.bits").write_bytes(bytes(8))
    assert kept.read(f"../{token}") is None
    assert kept.read(f"./{token}") is None


@pytest.mark.parametrize("content", [b"", bytes(7), bytes(8), bytes(9)])
def test_file_that_was_changed_is_not_believed(tmp_path: Path, content: bytes) -> None:
    kept = opened(tmp_path)
    token = kept.keep(mask_of(1))
    path = kept.folder / f"{token}.bits"
    path.write_bytes(content)
    assert kept.read(token) is None
    assert not path.exists()
    assert kept.keep(mask_of(1)) == token
    assert kept.read(token) is not None


def test_longest_unused_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selections, "KEPT", 3)
    kept = opened(tmp_path)
    tokens = [kept.keep(mask_of(number)) for number in range(3)]
    for age, token in enumerate(tokens):
        os.utime(kept.folder / f"{token}.bits", (1000 + age, 1000 + age))
    # The first is used again, so that the second is the oldest.
    kept.read(tokens[0])
    tokens.append(kept.keep(mask_of(50)))
    assert [kept.read(token) is not None for token in tokens] == [True, False, True, True]


def test_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    kept = opened(tmp_path)
    (tmp_path / "selections").write_text("a file where the folder should be")
    with pytest.raises(CacheError, match="The selection cannot be kept in"):
        kept.keep(mask_of(1))
    assert kept.read("0" * 32) is None


@given(st.lists(st.booleans(), max_size=40))
def test_bits_are_those_of_the_browser(values: list[bool]) -> None:
    mask = np.array(values, np.bool_)
    bits = pack(mask)
    # As assets/shared/bits.js reads them.
    assert [(bits[i >> 3] >> (i & 7)) & 1 for i in range(len(values))] == values
    np.testing.assert_array_equal(unpack(bits, len(values)), mask)


@pytest.mark.parametrize("bits", [b"", bytes(7), bytes(9)])
def test_wrong_length_is_refused(bits: bytes) -> None:
    with pytest.raises(UserError, match=rf"has 8 bytes; given were {len(bits)}\."):
        unpack(bits, 60)


def test_bits_beyond_the_last_sample_are_refused() -> None:
    assert unpack(bytes(7) + b"\x0f", 60).sum() == 4
    with pytest.raises(UserError, match="beyond the 60"):
        unpack(bytes(7) + b"\x10", 60)
