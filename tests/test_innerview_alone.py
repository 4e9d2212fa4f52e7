"""The package on its own, as it is installed where scripts train."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# numpy's own modules are told by their name; what its files import besides is the interpreter's.
LISTING = """
import sys
import numpy
before = set(sys.modules)
import innerview
innerview.SummaryWriter, innerview.open_store, innerview.StoreError
from innerview.stores import open_backend
with innerview.SummaryWriter(sys.argv[1], "alone") as writer:
    writer.add_scalar("loss", 1.0)
    writer.add_histogram("weights", [1.0, 2.0])
    writer.add_image("picture", numpy.zeros((2, 2)))
store = innerview.open_store(sys.argv[1])
assert store.backend.series()
store.close()
names = {name.partition(".")[0] for name in set(sys.modules) - before}
strangers = names - set(sys.stdlib_module_names) - {"innerview", "numpy"}
assert not strangers, strangers
"""


def test_a_script_imports_nothing_but_numpy_and_the_standard_library(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    # Not the checkout itself, whose rooms a training machine does not have.
    (tmp_path / "site" / "innerview").symlink_to(ROOT / "innerview")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", LISTING, str(tmp_path / "runs")],
        env=environment, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not done.stdout and not done.stderr, "innerview speaks through logging alone"


def test_every_public_name_is_told_where_it_is() -> None:
    import innerview

    assert set(innerview.__all__) == set(innerview._MODULES) | {"StoreError", "ReadOnlyError"}
    for name, module in innerview._MODULES.items():
        path = ROOT / "innerview" / f"{module}.py"
        text = path.read_text(encoding="utf-8")
        assert f"class {name}" in text or f"def {name}" in text, f"{path.name} lacks {name}"
