"""A training's epochs: which files they are, what their networks say, and what became of images."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from analysis import Study
from analysis.events import Failure, Followed, Stage
from analysis.history import history
from analysis.history.files import MOST, find_checkpoints, open_checkpoints
from analysis.history.kept import KIND, read_passed
from analysis.history.learning import learning
from analysis.history.worker import PASS, Pass
from analysis.samples import CORRECT, LOSS, PREDICTED
from model import open_network
from tests.epochs import EPOCHS, Ears, open_epochs, run_epochs, save_epochs
from tests.networks import save_cnn
from util import ModelError, UserError


@pytest.fixture(scope="module")
def folder(saved: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_epochs(tmp_path_factory.getbasetemp() / "epochs", saved)


def touch(folder: Path, *names: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).touch()
    return folder


@pytest.mark.parametrize(
    ("names", "numbers"),
    [
        (("epoch-10.keras", "epoch-9.keras", "epoch-8.keras"), [8, 9, 10]),
        (("weights.02-0.31.h5", "weights.10-0.29.h5", "weights.01-0.40.h5"), [1, 2, 10]),
        # The version does not count, nor does the loss where a word says what does.
        (("v2-5.h5", "v2-20.h5"), [5, 20]),
        (("0.40-epoch3.h5", "0.38-epoch12.h5"), [3, 12]),
        (("net-e1-b100.h5", "net-e1-b200.h5"), [100, 200]),
        # Two of one epoch: their order is all that tells them apart.
        (("epoch-1-step-100.h5", "epoch-1-step-200.h5", "epoch-2-step-50.h5"), [1, 2, 3]),
    ],
)
def test_epochs_are_told_by_their_numbers(
    tmp_path: Path, names: tuple[str, ...], numbers: list[int]
) -> None:
    folder = touch(tmp_path, *names, "best.keras", "log.csv", ".epoch-11.partial.keras", "a.json")
    found, left_out = find_checkpoints(folder)
    assert [number for number, _ in found] == numbers
    assert {path.name for _, path in found} == set(names)
    assert [(file.name, file.reason) for file in left_out] == [
        ("best.keras", "its name is not like the others'")
    ]


@pytest.mark.parametrize("names", [(), ("best.keras",), ("epoch-1.keras", "notes-1.txt")])
def test_a_folder_without_epochs_is_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    with pytest.raises(UserError, match=r"holds no two networks with the numbers of their epochs"):
        find_checkpoints(touch(tmp_path, *names))
    with pytest.raises(UserError, match=r"cannot be read \(No such file"):
        find_checkpoints(tmp_path / "missing")


def test_files_of_another_network_are_left_out_and_told(
    folder: Path, saved: Path, tmp_path: Path
) -> None:
    from keras import layers

    for path in folder.iterdir():
        (tmp_path / path.name).symlink_to(path)
    save_cnn(tmp_path / "epoch-0005.h5", layers.Dense(7, name="seven"))
    (tmp_path / "epoch-0006.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    # One layer more, of those that have no units.
    last = layers.Dense(10, activation="softmax", name="probabilities")
    save_cnn(tmp_path / "epoch-0007.h5", layers.Dropout(0.1, name="more"), last)
    found = open_checkpoints(tmp_path, open_network(saved))
    assert [epoch.number for epoch in found.epochs] == [1, 2, 3, 4]
    names = [f"epoch-{number:04}.h5" for number in (5, 6, 7)]
    assert [file.name for file in found.left_out] == names
    assert "its layers are not those of net.h5" in found.note
    pairs = [(number, tmp_path / f"epoch-{number:04}.h5") for number in (4, 5)]
    with pytest.raises(UserError, match="Fewer than two of the checkpoints"):
        open_checkpoints(pairs, open_network(saved))


def test_of_too_many_epochs_some_are_taken_evenly(saved: Path) -> None:
    found = open_checkpoints([(number, saved) for number in range(1, 251)], open_network(saved))
    numbers = [epoch.number for epoch in found.epochs]
    assert len(numbers) == MOST and (numbers[0], numbers[-1]) == (1, 250)
    assert set(np.diff(numbers)) == {2, 3}
    assert "250 epochs are more than the 100 that are looked at" in found.note


def test_what_became_of_images_equals_following_each() -> None:
    random = np.random.default_rng(0)
    correct, labelled = random.random((6, 200)) < 0.6, random.random(200) < 0.9
    numbers = [2, 3, 5, 7, 11, 13]
    found = learning(correct, numbers, labelled)
    for i in range(200):
        row = [bool(value) for value in correct[:, i]]
        first = next((k for k in range(6) if all(row[k:])), None)
        wanted = np.nan if first is None or not labelled[i] else numbers[first]
        assert found.learned[i] == wanted or (np.isnan(wanted) and np.isnan(found.learned[i]))
        forgets = [k for k in range(1, 6) if row[k - 1] and not row[k] and labelled[i]]
        assert found.forgotten[i] == len(forgets)
        assert found.never_learned[i] == (labelled[i] and not any(row))
    for position, number in enumerate(numbers):
        assert found.learned_by[position] == (found.learned <= number).sum()
        lost = correct[position - 1] & ~correct[position] & labelled
        assert found.forgotten_since[position] == (lost.sum() if position else 0)


def predict(path: Path, study: Study) -> NDArray[np.float32]:
    """A network's own probabilities, float32 (N, 10)."""
    import keras

    model = keras.models.load_model(path, compile=False)
    preprocessing = study.task.read_preprocessing()
    assert preprocessing is not None
    inputs = preprocessing.read(study.dataset.images, np.arange(len(study.dataset)))
    found: NDArray[np.float32] = model.predict(inputs, verbose=0)
    return found


def test_every_epoch_says_what_its_network_says(
    computed: Study, folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ears = run_epochs(open_epochs(folder, cache))
    told = [event.position for event in ears.sent if isinstance(event, Followed)]
    assert told == [0, 1, 2, 3]
    fractions = [event.fraction for event in ears.sent if isinstance(event, Stage)]
    assert fractions == sorted(fractions) and fractions[-1] == 1
    # Everything is there now: no process is started.
    monkeypatch.setattr(history, "Worker", None)
    with open_epochs(folder, cache) as study:
        study.start()
        assert study.settled
        labels, right = study.dataset.labels, []
        for position, path in enumerate(sorted(folder.glob("*.h5"))):
            passed, expected = study.history.passed(position), predict(path, study)
            assert passed is not None
            np.testing.assert_array_equal(passed.column(PREDICTED), expected.argmax(1))
            losses = -np.log(expected[np.arange(len(labels)), labels])
            np.testing.assert_allclose(passed.column(LOSS), losses, atol=2e-5)
            assert passed.mean_loss == pytest.approx(losses.mean(), abs=1e-5)
            right.append(expected.argmax(1) == labels)
            assert passed.accuracy == pytest.approx(right[-1].mean())
        expected_columns = learning(np.stack(right), [1, 2, 3, 4], labels >= 0).columns
        assert study.samples is not None
        for name, values in expected_columns.items():
            np.testing.assert_array_equal(study.samples[name], values)
        assert expected_columns["forgotten"].max() > 0
        # The study's own network is the last epoch, and says the same as an epoch.
        assert study.history.network_position == EPOCHS - 1
        last = study.history.passed(EPOCHS - 1)
        assert last is not None and last.column(CORRECT) is not None
        np.testing.assert_array_equal(last.column(CORRECT), study.samples[CORRECT])
        np.testing.assert_allclose(
            last.activations("dense"), study.activations("dense"), rtol=1e-5, atol=1e-5
        )


def test_a_broken_epoch_is_run_again_and_no_other(
    computed: Study, folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_epochs(open_epochs(folder, cache))
    study = open_epochs(folder, cache)
    monkeypatch.setattr(history, "Worker", lambda *arguments: None)
    study.start()
    keys = study.history._keys
    passed = read_passed(study.task, keys[1], "dense")
    assert passed is not None
    (passed.folder / "loss.npy").write_bytes(b"broken")
    untouched = (study.task.cache.path(KIND, keys[2]) / "loss.npy").stat().st_mtime_ns
    assert read_passed(study.task, keys[1], "dense") is None
    run_epochs(study)
    mended = read_passed(study.task, keys[1], "dense")
    assert mended is not None and mended.mean_loss == passed.mean_loss
    assert (study.task.cache.path(KIND, keys[2]) / "loss.npy").stat().st_mtime_ns == untouched


def test_an_epoch_of_other_shapes_is_told_by_its_name(
    computed: Study, saved: Path, cache: Path, tmp_path: Path
) -> None:
    # As many filters, another picture: only Keras can tell.
    save_cnn(tmp_path / "epoch-1.h5", shape=(9, 9, 1), seed=1)
    save_cnn(tmp_path / "epoch-2.h5", shape=(9, 9, 1), seed=2)
    network = open_network(saved)
    epochs = open_checkpoints(tmp_path, network).epochs
    with pytest.raises(ModelError, match=r"The layers of epoch-1.h5 are not those of net.h5"):
        Pass(epochs, "dense")(computed.task, Ears())  # type: ignore[arg-type]


def test_what_fails_leaves_the_rest_of_the_study(
    computed: Study, folder: Path, cache: Path
) -> None:
    study = open_epochs(folder, cache / "elsewhere")
    study.history._hear(Failure(PASS.id, "The disk is full.", True, ""))
    assert study.history.stage.state == "failed"
    stage = next(stage for stage in study.stages() if stage.id == PASS.id)
    assert (stage.state, stage.message) == ("failed", "The disk is full.")
    # The terminal says so; the page goes on.
    assert study.failure is None and len(study.failures) == 1
    with pytest.raises(UserError, match="have to be run first"):
        study.history.request("dense", "tsne")
