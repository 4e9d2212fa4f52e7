"""analysis/study.py: from a network and images to all that the page shows, once and for all."""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis import Study, open_study
from model import open_network
from tests.networks import save_cnn
from tests.studies import open_digits
from util import UserError, digest


def test_everything_is_there(computed: Study) -> None:
    assert computed.samples is not None
    assert computed.description is not None
    assert len(computed.samples) == len(computed.dataset) == 359
    assert computed.hidden == "dense"
    assert computed.layers == ("conv", "pool", "flatten", "dense", "probabilities")
    for space in ("pixels", "dense"):
        for method in ("pca", "tsne"):
            layout = computed.layout(space, method)  # type: ignore[arg-type]
            assert layout is not None
            assert layout.final
            assert layout.points.shape == (359, 2)
            assert layout.trustworthiness is not None
        graph = computed.neighbours(space)
        assert graph is not None
        assert graph.indices.shape == (359, 90)
    assert computed.thumbnails is not None
    assert computed.thumbnails.shape == (359, 8, 8, 1)
    assert all(stage.state == "done" for stage in computed.stages())


def test_one_sample(computed: Study) -> None:
    probabilities = computed.probabilities(5)
    assert probabilities is not None
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert computed.samples is not None
    assert probabilities.argmax() == computed.samples["predicted"][5]
    activation, pixels = computed.activation("dense", 5), computed.activation("pixels", 5)
    assert activation is not None
    assert pixels is not None
    assert (activation.shape, pixels.shape) == ((16,), (64,))
    assert 0 <= pixels.min() <= pixels.max() <= 1


def test_another_map_is_drawn_when_asked_for(computed: Study) -> None:
    computed.request("conv", "pca")
    computed.request("conv", "tsne")
    computed.request("conv", "tsne")
    computed.wait()
    layout = computed.layout("conv", "tsne")
    assert layout is not None
    assert layout.final


@pytest.mark.parametrize(("space", "method"), [("nowhere", "pca"), ("pixels", "mds")])
def test_unknown_map_is_a_sentence(computed: Study, space: str, method: str) -> None:
    with pytest.raises(UserError, match="spaces are pixels, conv"):
        computed.request(space, method)  # type: ignore[arg-type]


def test_second_start_computes_nothing(computed: Study, saved: Path, cache: Path) -> None:
    again = open_digits(saved, cache)
    assert again.samples is not None
    again.start()
    assert again.settled
    assert again._workers == {}
    for space in ("pixels", "dense"):
        before, after = computed.layout(space, "tsne"), again.layout(space, "tsne")
        assert before is not None
        assert after is not None
        np.testing.assert_array_equal(before.points, after.points)


def test_other_seed_or_preprocessing_is_another_artefact(saved: Path, tmp_path: Path) -> None:
    plain = open_digits(saved, tmp_path).task
    seeded = open_digits(saved, tmp_path, seed=1).task
    scaled = open_digits(saved, tmp_path, preprocess="0-255").task
    assert plain.forward_key == seeded.forward_key != scaled.forward_key
    assert plain.layout_key("pixels", "tsne") != seeded.layout_key("pixels", "tsne")
    assert plain.layout_key("pixels", "pca") == seeded.layout_key("pixels", "pca")


def test_broken_artefacts_are_made_again(computed: Study, saved: Path, cache: Path) -> None:
    for kind in ("samples", "layouts", "neighbours"):
        for path in (cache / kind).iterdir():
            path.write_bytes(b"broken")
    with open_digits(saved, cache) as study:
        study.start()
        study.wait()
        assert study.failures == []
        assert study.samples is not None
        before, after = computed.layout("dense", "tsne"), study.layout("dense", "tsne")
        assert before is not None
        assert after is not None
        np.testing.assert_array_equal(before.points, after.points)


@pytest.mark.parametrize("name", ["logits.npy", "activations/dense.npy", "description.json"])
def test_broken_pass_is_not_taken_for_a_whole_one(
    computed: Study, saved: Path, cache: Path, tmp_path: Path, name: str
) -> None:
    copy = tmp_path / "cache"
    shutil.copytree(cache, copy)
    assert open_digits(saved, copy).samples is not None
    broken = open_digits(saved, copy).task.forward_folder / name
    broken.write_bytes(broken.read_bytes()[:200])
    study = open_digits(saved, copy)
    assert study.samples is None
    assert study.description is None


def test_dataset_with_more_classes_than_outputs_opens_and_is_told_of(
    here: None, tmp_path: Path
) -> None:
    from keras import layers

    saved = save_cnn(tmp_path / "net.h5", layers.Dense(3, activation="softmax", name="out"))
    with open_digits(saved, tmp_path / "cache") as study:
        study.start()
        study.wait()
        assert study.failures == []
        assert study.samples is not None
        without_output = study.dataset.labels >= 3
        np.testing.assert_array_equal(np.isnan(study.samples["loss"]), without_output)
        assert not study.samples["correct"][without_output].any()
        assert study.class_names == study.dataset.class_names
        assert any("3" in warning and "10" in warning for warning in study.warnings)


def test_network_with_more_outputs_than_classes_names_them_by_number(
    here: None, tmp_path: Path
) -> None:
    from keras import layers

    saved = save_cnn(tmp_path / "net.h5", layers.Dense(12, activation="softmax", name="out"))
    with open_digits(saved, tmp_path / "cache") as study:
        study.start()
        study.wait()
        assert study.failures == []
        assert study.samples is not None and np.isfinite(study.samples["loss"]).all()
        assert study.class_names == (*study.dataset.class_names, "10", "11")
        probabilities = study.probabilities(0)
        assert probabilities is not None and probabilities.shape == (12,)


def test_images_without_labels_make_a_study(
    here: None, computed: Study, saved: Path, tmp_path: Path
) -> None:
    """All but what labels tell is the same as with them, and comes out of the cache again."""
    images = computed.dataset
    unlabelled = replace(
        images,
        labels=np.full(len(images), -1),
        class_names=(),
        fingerprint=digest(images.fingerprint, "unlabelled"),
        columns={"shade": images.images.read(np.arange(len(images))).mean((1, 2, 3))},
    )
    for _again in range(2):
        study = open_study(open_network(saved), unlabelled, cache_dir=tmp_path, preprocess="0-1")
        with study:
            study.start()
            study.wait()
            assert study.failures == []
            assert study.samples is not None and study.samples.accuracy is None
            assert list(study.samples.frame.columns)[-1] == "shade"
            assert study.class_names == tuple(str(number) for number in range(10))


def test_layer_that_is_not_there_fails_with_a_sentence(
    computed: Study, saved: Path, cache: Path
) -> None:
    with pytest.raises(UserError, match=r"no layer 'nothing'.*conv, pool, flatten, dense"):
        open_digits(saved, cache, layer="nothing")
    assert open_digits(saved, cache, layer="flatten").hidden == "flatten"


def test_worker_that_is_killed_leaves_a_sentence(saved: Path, tmp_path: Path) -> None:
    with open_digits(saved, tmp_path) as study:
        study.start()
        study._workers["network"].process.kill()
        study.wait()
        assert study.failure is not None
        assert "SIGKILL" in study.failure.message


SCRIPT = """
import sys
from analysis import open_study
from data import open_dataset
from model import open_network
if __name__ == "__main__":
    study = open_study(open_network(sys.argv[1]), open_dataset("digits"), cache_dir=sys.argv[2])
    study.start()
    print("started", flush=True)
    study.wait()
"""


@pytest.mark.skipif(not Path("/proc").exists(), reason="needs /proc")
def test_workers_end_when_their_parent_is_killed(saved: Path, root: Path, tmp_path: Path) -> None:
    import psutil

    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    process = subprocess.Popen(
        [sys.executable, str(script), str(saved), str(tmp_path / "cache")],
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    workers = psutil.Process(process.pid).children(recursive=True)
    assert len(workers) >= 2
    time.sleep(1)
    process.kill()
    process.communicate()
    _, alive = psutil.wait_procs(workers, timeout=20)
    assert alive == []
