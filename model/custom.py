"""The user's own Python file: the only code that is ever run for a network."""

import sys
import types
from pathlib import Path
from typing import Any

from util import ModelError

MODULE = "innerview_custom_objects"


def load_custom_objects(path: Path) -> dict[str, Any]:
    """Run a Python file and give its public classes and functions by name.

    Custom classes and functions of a network are replaced by those of their name, and a Lambda
    layer by what has the layer's name.

    Raises:
        ModelError: there is no such file, it is no Python file, or it fails.
    """
    if not path.is_file():
        raise ModelError(f"There is no file {path} of custom objects; give the path of a .py file.")
    if path.suffix != ".py":
        raise ModelError(
            f"{path} is no Python file; --custom-objects takes the path of a .py file that defines "
            "the network's own classes and functions."
        )
    try:
        source = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}.") from None
    module = types.ModuleType(MODULE)
    module.__file__ = str(path)
    folder = str(path.resolve().parent)
    # Classes look up their module by name, and files beside this one may be imported by it.
    sys.modules[MODULE] = module
    sys.path.insert(0, folder)
    try:
        _run(source, path, module)
    finally:
        sys.path.remove(folder)
    found = {
        name: value
        for name, value in vars(module).items()
        if not name.startswith("_") and callable(value)
    }
    if not found:
        raise ModelError(
            f"{path} defines no public class or function; it should define those that the network "
            "uses, under their names."
        )
    return found


def _run(source: bytes, path: Path, module: types.ModuleType) -> None:
    try:
        code = compile(source, str(path), "exec", dont_inherit=True)
        # The user named this file to be run; it is the only place where anything is.
        types.FunctionType(code, vars(module))()
    except SyntaxError as error:
        raise ModelError(
            f"{path}, line {error.lineno}, is not valid Python: {error.msg}; mend it and try again."
        ) from None
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        # A file that was made to be run as a program may end by leaving it.
        where = f", line {_line(error, str(path))}," if _line(error, str(path)) else ""
        raise ModelError(
            f"{path}{where} fails with {type(error).__name__}: {_reason(error)}; mend it and try "
            "again."
        ) from error


def _line(error: BaseException, name: str) -> int:
    """The last line of the user's file that was being run."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == name:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _reason(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0].rstrip(".") if lines else "no reason given"
    return text if len(text) <= 240 else text[:237] + "..."
