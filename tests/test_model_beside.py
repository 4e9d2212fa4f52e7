"""model/archive/beside.py: weights alone find the architecture beside them, and the reverse."""

import json
from pathlib import Path

import pytest

from model import archive
from model.archive.beside import parse_yaml
from util import ModelError


def save_pair(folder: Path, weights: str, architecture: str, units: int = 3) -> Path:
    """A network in two files, as old tutorials save it."""
    import keras

    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(units, name="dense")])
    name = folder / weights
    if weights.endswith(".weights.h5"):
        model.save_weights(name)
    else:
        model.save_weights(folder / "temporary.weights.h5")
        (folder / "temporary.weights.h5").rename(name)
    (folder / architecture).write_text(model.to_json())
    return name


@pytest.mark.parametrize(
    ("weights", "architecture"),
    [
        ("net.h5", "net.json"),
        ("net_weights.h5", "net.json"),
        ("net.weights.h5", "net.json"),
        ("net-weights.h5", "net_model.json"),
        ("one.h5", "other.json"),
    ],
)
def test_the_architecture_is_found(tmp_path: Path, weights: str, architecture: str) -> None:
    path = save_pair(tmp_path, weights, architecture)
    read = archive.read(path)
    assert read.format == "weights"
    assert read.weights == path
    assert read.config["class_name"] == "Sequential"
    with archive.open_weights(read) as file:
        assert len(file) > 0
    given = archive.read(tmp_path / architecture)
    assert (given.format, given.weights, given.digest) == ("weights", path, read.digest)


def test_the_same_stem_comes_before_any_other(tmp_path: Path) -> None:
    path = save_pair(tmp_path, "net.h5", "net.json")
    config = json.loads((tmp_path / "net.json").read_text())
    config["config"]["name"] = "another"
    (tmp_path / "a.json").write_text(json.dumps(config))
    assert archive.read(path).config["config"]["name"] != "another"


def test_the_digest_depends_on_both_files(tmp_path: Path) -> None:
    path = save_pair(tmp_path, "net.h5", "net.json")
    before = archive.read(path).digest
    (tmp_path / "net.json").write_text((tmp_path / "net.json").read_text() + "\n")
    assert archive.read(path).digest != before


def test_several_that_differ_are_named(tmp_path: Path) -> None:
    path = save_pair(tmp_path, "net.h5", "a.json")
    (tmp_path / "b.json").write_text('{"class_name": "Sequential", "config": []}')
    (tmp_path / "c.json").write_text('{"no": "architecture"}')
    with pytest.raises(ModelError, match=r"several architectures \(a\.json, b\.json\)"):
        archive.read(path)


def test_an_architecture_without_weights_says_so(tmp_path: Path) -> None:
    save_pair(tmp_path, "net.h5", "net.json").unlink()
    with pytest.raises(ModelError, match="layers alone, without their weights"):
        archive.read(tmp_path / "net.json")


def test_json_within_json_is_read(tmp_path: Path) -> None:
    path = save_pair(tmp_path, "net.h5", "net.json")
    (tmp_path / "net.json").write_text(json.dumps((tmp_path / "net.json").read_text()))
    assert archive.read(path).config["class_name"] == "Sequential"


YAML = b"""
backend: tensorflow
class_name: Sequential
config:
- class_name: Dense
  config: {activation: relu, batch_input_shape: !!python/tuple [null, 8], name: !!python/unicode d,
    units: 3}
keras_version: 2.1.6
"""


def test_yaml_with_tags_of_python_is_plain_values(tmp_path: Path) -> None:
    config = parse_yaml(YAML, tmp_path)
    layer = config["config"][0]["config"]
    assert layer["batch_input_shape"] == [None, 8]
    assert layer["name"] == "d"
    path = save_pair(tmp_path, "net.h5", "net.json")
    (tmp_path / "net.json").unlink()
    (tmp_path / "net.yaml").write_bytes(YAML)
    assert archive.read(path).keras_version == "2.1.6"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"a: !!python/object/apply:os.system ['true']", "not valid YAML"),
        (b"a: [", "not valid YAML"),
        (b"- 1", "not valid YAML"),
        (b"[" * 200, "deeper"),
        (
            b"a: &a [1,1,1,1,1,1,1,1,1]\n"
            + b"".join(
                b"%c: &%c [%s]\n" % (n + 1, n + 1, b",".join([b"*%c" % n] * 9))
                for n in range(ord("a"), ord("j"))
            ),
            "unfolds to more",
        ),
        (b"a: &a [*a]", "unfolds to more"),
    ],
)
def test_yaml_that_would_run_or_unfold_is_refused(
    tmp_path: Path, text: bytes, sentence: str
) -> None:
    with pytest.raises(ModelError, match=sentence):
        parse_yaml(text, tmp_path / "net.yaml")


def test_numbers_of_numpy_in_yaml_are_not_made(tmp_path: Path) -> None:
    text = b"""
class_name: Sequential
config:
- class_name: Dense
  config:
    input_dim: !!python/object/apply:numpy.core.multiarray.scalar
    - !!python/object/apply:numpy.dtype
      args: [i8, 0, 1]
    - !!binary |
      QAYAAAAAAAA=
    output_dim: 3
"""
    config = parse_yaml(text, tmp_path / "net.yaml")
    assert config["config"][0]["config"] == {"input_dim": None, "output_dim": 3}
