"""model/build.py on the networks of keras.applications, as people fine-tune them."""

from pathlib import Path
from typing import Any

import pytest

from tests.old_keras import close, old, opened, quiet, random_inputs, run, save, shake

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
@pytest.mark.parametrize("ending", ["h5", "keras"])
def test_an_application_gives_its_outputs(name: str, ending: str, tmp_path: Path) -> None:
    keras = old()
    given = {"weights": None, "input_shape": (64, 64, 3), **APPLICATIONS[name]}
    with quiet():
        body = getattr(keras.applications, name)(include_top=False, **given)
    # A body of its own inside a chain is how fine-tuned networks are mostly saved.
    head = [keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(5, activation="softmax")]
    model = shake(keras.Sequential([body, *head]))
    inputs = random_inputs(model)
    path = save(model, tmp_path / f"net.{ending}")
    close(run(opened(path).model, inputs), run(model, inputs))
