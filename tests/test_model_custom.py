"""model/custom.py: the user's own file is run, and its mistakes are sentences."""

from pathlib import Path

import pytest

from model.custom import load_custom_objects
from util import ModelError


def test_public_classes_and_functions_are_found(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("class Mine: pass\ndef twice(x): return 2 * x\n_hidden = len\nNUMBER = 1\n")
    found = load_custom_objects(path)
    assert found.keys() == {"Mine", "twice"}
    assert found["twice"](2) == 4
    assert not (tmp_path / "__pycache__").exists()


def test_files_beside_it_can_be_imported(tmp_path: Path) -> None:
    (tmp_path / "beside_the_custom.py").write_text("def one(): return 1\n")
    (tmp_path / "mine.py").write_text("from beside_the_custom import one\n")
    assert load_custom_objects(tmp_path / "mine.py")["one"]() == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x = 1\ndef f(:\n", "line 2, is not valid Python"),
        ("x = 1\n\n1 / 0\n", "line 3, fails with ZeroDivisionError: division by zero"),
        ("import no_such_module_at_all\n", "line 1, fails with ModuleNotFoundError"),
        ("raise SystemExit(3)\n", "line 1, fails with SystemExit"),
        ("x = 1\n", "defines no public class or function"),
        ("def f(): pass\0", "is not valid Python|fails with"),
    ],
)
def test_a_broken_file_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "mine.py"
    path.write_text(text)
    with pytest.raises(ModelError, match=sentence) as caught:
        load_custom_objects(path)
    assert "\n" not in str(caught.value)


def test_what_is_no_python_file(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("")
    with pytest.raises(ModelError, match="no Python file"):
        load_custom_objects(tmp_path / "mine.txt")
    with pytest.raises(ModelError, match="There is no file"):
        load_custom_objects(tmp_path / "none.py")
