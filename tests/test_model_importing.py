"""Keras is started without what it would import for others."""

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys
from model.importing import UNUSED, start_keras
start_keras()
assert "keras" in sys.modules and not [name for name in UNUSED if name in sys.modules]
# Whoever wants them has them all the same, and Keras works.
import keras, numpy, pandas, sklearn
assert pandas.DataFrame({"a": [1]}).a[0] == 1 and sklearn.__version__
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(numpy.zeros((4, 2)), numpy.zeros((4, 1)), verbose=0)
"""


def test_keras_starts_without_packages_that_nothing_here_uses(root: Path) -> None:
    run = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(run, cwd=root, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
