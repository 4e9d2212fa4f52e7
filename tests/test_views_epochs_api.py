"""A training's epochs as a browser gets them, and what it may not ask for."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient

from analysis import Study
from analysis.history.alignment import Frame
from analysis.history.draw import KIND, FrameOrder, frame_arrays, frame_keys
from data import open_dataset
from tests.epochs import open_epochs, run_epochs, save_epochs
from views import epochs_api, query_api


@pytest.fixture(scope="module")
def folder(saved: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_epochs(tmp_path_factory.getbasetemp() / "epochs", saved)


@pytest.fixture(scope="module")
def study(computed: Study, folder: Path, cache: Path) -> Iterator[Study]:
    """All four epochs, and the maps of the hidden layer, which are only painted ones."""
    run_epochs(open_epochs(folder, cache))
    with open_epochs(folder, cache) as study:
        study.start()
        assert study.history.stage.state == "done"
        order = FrameOrder("dense", "tsne")
        for position, key in enumerate(frame_keys(study.history._keys, order, 0)):
            points = np.full((359, 2), position, np.float32)
            frame = Frame(points, 0.9 + position / 100, (0.1, 0.4) if position else None)
            study.task.cache.write_arrays(KIND, key, frame_arrays(frame))
        yield study


@pytest.fixture
def client(study: Study) -> FlaskClient:
    return serve(study)


def serve(study: Study) -> FlaskClient:
    server = Flask(__name__)
    epochs_api.register(server, study, "/lab/")
    return server.test_client()


def test_epochs_are_described(client: FlaskClient, study: Study) -> None:
    found = client.get("/lab/api/epochs").get_json()
    assert (found["state"], found["fraction"], found["network"]) == ("done", 1.0, 3)
    assert study.samples is not None
    learned, forgotten = study.samples["learned"], study.samples["forgotten"]
    assert found["never_learned"] == study.samples["never_learned"].sum() > 0
    assert [epoch["epoch"] for epoch in found["epochs"]] == [1, 2, 3, 4]
    assert [epoch["learned"] for epoch in found["epochs"]] == [
        (learned <= number).sum() for number in (1, 2, 3, 4)
    ]
    assert sum(epoch["forgotten"] for epoch in found["epochs"]) == forgotten.sum() > 0
    last = found["epochs"][-1]
    assert last["name"] == "epoch-0004.h5"
    assert last["accuracy"] == pytest.approx(study.samples.accuracy)
    assert last["mean_loss"] == pytest.approx(study.samples.mean_loss)
    assert found["hidden"] == "dense" and "dense" in found["layers"]
    assert found["methods"] == ["tsne", "umap"]


def test_columns_and_confusions_are_those_of_the_epoch(client: FlaskClient, study: Study) -> None:
    labels = study.dataset.labels
    predicted = client.get("/lab/api/epochs/column?name=predicted&epoch=1")
    assert predicted.headers["X-Dtype"] == "int32"
    classes = np.frombuffer(predicted.data, "<i4")
    correct = np.frombuffer(client.get("/lab/api/epochs/column?name=correct&epoch=1").data, "u1")
    np.testing.assert_array_equal(correct, classes == labels)
    losses = np.frombuffer(client.get("/lab/api/epochs/column?name=loss&epoch=1").data, "<f4")
    mean = client.get("/lab/api/epochs").get_json()["epochs"][1]["mean_loss"]
    assert losses.mean() == pytest.approx(mean, rel=1e-5)
    confusion = client.get("/lab/api/epochs/confusion?epoch=1")
    assert confusion.headers["X-Classes"] == "10"
    cells = np.frombuffer(confusion.data, "<i4").reshape(-1, 3)
    assert cells[:, 2].sum() == 359
    for row, column, count in cells:
        assert count == ((labels == row) & (classes == column)).sum()
    sample = client.get("/lab/api/epochs/sample?index=5").get_json()
    assert sample["predicted"][1] == classes[5] and sample["loss"][1] == losses[5].item()
    assert len(sample["confidence"]) == len(sample["correct"]) == 4


def test_maps_are_drawn_when_asked_for(client: FlaskClient) -> None:
    layout = "/lab/api/epochs/layout?layer=dense&method=tsne&epoch="
    assert client.post("/lab/api/epochs/maps?layer=dense&method=tsne").status_code == 202
    found = client.get("/lab/api/epochs").get_json()["alignment"]["dense|tsne"]
    assert (found["state"], found["frames"]) == ("done", 4)
    assert found["trustworthiness"] == pytest.approx([0.9, 0.91, 0.92, 0.93])
    assert found["movement"]["stable"] == pytest.approx(0.1)
    assert found["movement"]["changed"] == pytest.approx(0.4)
    assert found["movement"]["ratio"] == pytest.approx(0.25)
    assert "quarter" in found["movement"]["measure"]
    points = np.frombuffer(client.get(layout + "2").data, "<f4").reshape(-1, 2)
    assert points.shape == (359, 2) and (points == 2).all()
    assert client.get(layout.replace("tsne", "umap") + "2").status_code == 404


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("column?name=loss&epoch=4", 400, "Epochs are counted from 0 to 3."),
        ("column?name=loss&epoch=-1", 400, "Epochs are counted from 0 to 3."),
        ("column?name=loss", 400, "Epochs are counted from 0 to 3."),
        ("column?name=loss&epoch=²", 400, "Epochs are counted from 0 to 3."),
        ("column?name=../epoch&epoch=0", 400, "there are predicted, confidence, correct, loss"),
        ("column?name=activations/dense&epoch=0", 400, "There is no column of that name"),
        ("confusion?epoch=" + 99 * "9", 400, "Epochs are counted from 0 to 3."),
        ("sample?index=359", 400, "Images are counted from 0 to 358."),
        ("layout?layer=none&method=tsne&epoch=0", 404, "This map is not drawn yet."),
    ],
)
def test_wrong_requests_get_a_sentence(
    client: FlaskClient, path: str, status: int, words: str
) -> None:
    answer = client.get(f"/lab/api/epochs/{path}")
    assert answer.status_code == status
    assert words in answer.get_json()["message"]


def test_maps_of_nothing_are_refused_with_a_sentence(client: FlaskClient) -> None:
    for asked in ("layer=dense&method=pca", "layer=../x&method=tsne", ""):
        answer = client.post(f"/lab/api/epochs/maps?{asked}")
        assert answer.status_code == 409
        assert "methods are tsne, umap" in answer.get_json()["message"]


def test_without_checkpoints_the_page_is_told_what_to_do(computed: Study) -> None:
    client = serve(computed)
    found = client.get("/lab/api/epochs").get_json()
    assert found["state"] == "none" and "--checkpoints FOLDER" in found["message"]
    assert client.get("/lab/api/epochs/column?name=loss&epoch=0").status_code == 404
    assert client.post("/lab/api/epochs/maps?layer=dense&method=tsne").status_code == 409


def test_before_the_networks_have_run_nothing_is_claimed(folder: Path, tmp_path: Path) -> None:
    client = serve(open_epochs(folder, tmp_path))
    found = client.get("/lab/api/epochs").get_json()
    assert (found["state"], found["layers"], found["never_learned"]) == ("waiting", [], None)
    assert found["epochs"][0] == {
        "epoch": 1, "name": "epoch-0001.h5", "accuracy": None, "mean_loss": None,
        "learned": None, "forgotten": None,
    }  # fmt: skip
    answer = client.get("/lab/api/epochs/confusion?epoch=0")
    assert answer.status_code == 404 and "not been passed" in answer.get_json()["message"]
    assert client.get("/lab/api/epochs/sample?index=0").get_json()["loss"] == [None] * 4


def test_a_query_for_the_epochs_is_told_to_wait_for_them(
    computed: Study, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = open_epochs(folder, tmp_path)
    monkeypatch.setattr(study, "_samples", computed.samples)
    server = Flask(__name__)
    query_api.register(server, study, "/lab/")
    client = server.test_client()
    for query, status, later in [
        ("learned <= 3 and loss > 1", 409, True),
        ("learned <= 3 and lost > 1", 400, None),
        ("loss > 1", 200, None),
    ]:
        answer = client.post("/lab/api/query", json={"query": query})
        assert (answer.status_code, answer.get_json().get("later")) == (status, later)


def test_without_labels_there_are_maps_and_no_losses(
    computed: Study, folder: Path, tmp_path: Path
) -> None:
    dataset = open_dataset("digits", "test", 40)
    blank = replace(dataset, labels=np.full(40, -1), fingerprint=f"{dataset.fingerprint}-blank")
    study = open_epochs(folder, tmp_path, dataset=blank)
    # As the pass over the study's own network leaves it.
    described = computed.description
    assert described is not None and computed.task.read_preprocessing() is not None
    study.task.forward_folder.mkdir(parents=True)
    for name in ("description.json", "preprocessing.json"):
        text = (computed.task.forward_folder / name).read_text("utf-8")
        (study.task.forward_folder / name).write_text(text, "utf-8")
    for path in computed.task.forward_folder.rglob("*.npy"):
        target = study.task.forward_folder / path.relative_to(computed.task.forward_folder)
        target.parent.mkdir(exist_ok=True)
        np.save(target, np.load(path)[:40])
    study = open_epochs(folder, tmp_path, dataset=blank)
    run_epochs(study)
    study.history.start("dense")
    client = serve(study)
    found = client.get("/lab/api/epochs").get_json()
    assert (found["state"], found["labelled"], found["columns"]) == ("done", False, [])
    assert found["epochs"][0]["accuracy"] is None and "dense" in found["layers"]
    assert client.get("/lab/api/epochs/column?name=predicted&epoch=0").status_code == 200
    assert client.get("/lab/api/epochs/column?name=loss&epoch=0").status_code == 404
    assert client.get("/lab/api/epochs/confusion?epoch=0").status_code == 409
    assert study.samples is not None and "learned" not in study.samples
