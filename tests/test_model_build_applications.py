"""model/build.py on the networks of keras.applications, as people fine-tune them."""

from pathlib import Path
from typing import Any

import pytest

from tests.networks import run
from tests.old_keras import close, old, opened, quiet, random_inputs, save, shake

APPLICATIONS: dict[str, dict[str, Any]] = {
    "MobileNet": {"alpha": 0.25},
    "MobileNetV2": {"alpha": 0.35},
    "MobileNetV3Small": {},
    "EfficientNetB0": {},
    "ResNet50": {},
    "DenseNet121": {},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", APPLICATIONS)
def test_an_application_gives_its_outputs_of_both_formats(name: str, tmp_path: Path) -> None:
    keras = old()
    given = {"weights": None, "input_shape": (32, 32, 3), **APPLICATIONS[name]}
    with quiet():
        body = getattr(keras.applications, name)(include_top=False, **given)
    # A body of its own inside a chain is how fine-tuned networks are mostly saved.
    head = [keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(5, activation="softmax")]
    model = shake(keras.Sequential([body, *head]))
    inputs = random_inputs(model)
    wanted = run(model, inputs)
    for ending in ("h5", "keras"):
        path = save(model, tmp_path / f"net.{ending}")
        close(run(opened(path).model, inputs), wanted)
