"""The rules of the house that no type checker knows: who imports whom, who prints, what is long."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# A room imports from itself and from the rooms before it.
ROOMS = ("util", "data", "model", "analysis", "views", "analyzer")
# For other people's training scripts. It imports no room; only views may read its stores.
GUEST = "innerview"
# Command lines of their own, outside the program.
SCRIPTS = {"model/demonstration.py", "model/train.py"}
# Speaks for a process of its own, or ends one; never the program.
CHILDREN = {"analysis/processes.py", "data/fetch.py"}

# Seconds to import, and the page must answer in less: only inside the function that needs them.
HEAVY = {
    "faiss", "jax", "keras", "mlxtend", "numba", "openTSNE", "pandas", "pyarrow", "pynndescent",
    "pymongo", "sklearn", "tensorboard", "tensorflow", "torch", "umap",
}  # fmt: skip
DRAWING = {"dash", "flask", "plotly"}
# Analysis must run where neither a network nor a page can.
NOT_IN_ANALYSIS = {"dash", "flask", "jax", "keras", "plotly", "tensorflow", "torch"}

DYNAMIC_IMPORTS = {"import_module", "importlib.import_module", "__import__"}

UTIL_LINES, FILE_LINES = 200, 400

# What breaks a rule -> the line of the file.
Found = dict[str, int]

# Written in parts, so that this file passes its own test.
MACHINE_PATH = re.compile(r"(?<![\w.~$})/-])/(?:" + "|".join(("work", "root")) + r")/")
REGISTRY_HOST = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in (
            ("pypi", "org"),
            ("pypi", "python", "org"),
            ("python" + "hosted", "org"),
            ("npmjs", "org"),
            ("npmjs", "com"),
            ("unpkg", "com"),
            ("jsdelivr", "net"),
            ("deb", "debian", "org"),
            ("conda", "anaconda", "org"),
        )
    )
)
MACHINE_PATH_EXAMPLES = ("/" + "work/main", "see /" + "root/.cache", '"/' + 'work/shared"')


def room_files(room: str) -> list[Path]:
    module = ROOT / f"{room}.py"
    return [module] if module.exists() else sorted((ROOT / room).rglob("*.py"))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


SOURCES = [
    path for room in (*ROOMS, GUEST) for path in room_files(room) if name(path) not in SCRIPTS
]


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=name(path))


def is_type_checking(node: ast.AST) -> bool:
    if not isinstance(node, ast.If):
        return False
    test = node.test
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def nodes(tree: ast.AST, *, at_import: bool) -> Iterator[ast.AST]:
    """Every node below `tree`; with `at_import` only those that run when the module is imported."""
    for child in ast.iter_child_nodes(tree):
        if at_import and isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if at_import and is_type_checking(child):
            continue
        yield child
        yield from nodes(child, at_import=at_import)


def imported(path: Path, *, at_import: bool = False) -> Iterator[tuple[str, int]]:
    """(dotted module, line) of each import; `from a import b` gives `a` and `a.b`."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in nodes(parse(path), at_import=at_import):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            kept = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join((*kept, *((node.module,) if node.module else ())))
            yield base, node.lineno
            for alias in node.names:
                yield f"{base}.{alias.name}", node.lineno
        elif isinstance(node, ast.Call) and callee(node) in DYNAMIC_IMPORTS:
            yield str(getattr(node.args[0], "value", "")), node.lineno


def callee(node: ast.Call) -> str:
    """The dotted name that is called, "" when it is no plain name."""
    parts: list[str] = []
    target: ast.expr = node.func
    while isinstance(target, ast.Attribute):
        parts.append(target.attr)
        target = target.value
    return ".".join(reversed([*parts, target.id])) if isinstance(target, ast.Name) else ""


def tops(path: Path, *, at_import: bool = False) -> Found:
    """Top-level module -> the first line that imports it."""
    found: Found = {}
    for module, line in imported(path, at_import=at_import):
        found.setdefault(module.split(".")[0], line)
    return found


def expect_none(paths: Iterable[Path], find: Callable[[Path], Found], why: str) -> None:
    """Asserts that `find` finds nothing in any of the files; the message names every place."""
    found = [(path, what, line) for path in paths for what, line in find(path).items()]
    places = ", ".join(f"{what} ({name(path)}:{line})" for path, what, line in sorted(found))
    assert not found, f"{why}: {places}"


def test_the_rooms_are_found() -> None:
    missing = [room for room in ROOMS if not room_files(room)]
    assert not missing, f"no such room: {missing}"


def test_imports_go_one_way() -> None:
    def find(path: Path) -> Found:
        room = room_of(path)
        if room == GUEST:
            forbidden = set(ROOMS)
        else:
            forbidden = set(ROOMS[ROOMS.index(room) + 1 :])
            forbidden |= {GUEST} if room not in ("views", "analyzer") else set()
        return {module: line for module, line in tops(path).items() if module in forbidden}

    expect_none(SOURCES, find, "these come after the room of the file, which must not import them")


def test_scripts_are_not_imported() -> None:
    scripts = {script.removesuffix(".py").replace("/", ".") for script in SCRIPTS}

    def find(path: Path) -> Found:
        return {module: line for module, line in imported(path) if module in scripts}

    expect_none(SOURCES, find, "a script is run, not imported")


def test_analysis_knows_neither_network_library_nor_page() -> None:
    def find(path: Path) -> Found:
        return {module: line for module, line in tops(path).items() if module in NOT_IN_ANALYSIS}

    expect_none(room_files("analysis"), find, "analysis must not import")


def test_heavy_modules_are_imported_in_functions() -> None:
    def find(path: Path) -> Found:
        heavy = HEAVY if room_of(path) == "views" else HEAVY | DRAWING
        return {m: line for m, line in tops(path, at_import=True).items() if m in heavy}

    why = "imported with the module; import it inside the function that needs it"
    expect_none(SOURCES, find, why)


def test_the_guest_needs_numpy_and_no_other_package() -> None:
    allowed = {GUEST, "numpy", *sys.stdlib_module_names}

    def find(path: Path) -> Found:
        return {m: line for m, line in tops(path, at_import=True).items() if m not in allowed}

    why = "training scripts import this; only numpy and the standard library"
    expect_none(room_files(GUEST), find, why)


def is_panel(path: Path) -> bool:
    """Whether a class in it has what views/panel.py asks of a panel."""
    classes = [node for node in parse(path).body if isinstance(node, ast.ClassDef)]
    methods = [
        {member.name for member in found.body if isinstance(member, ast.FunctionDef)}
        for found in classes
    ]
    asked = {"is_available", "layout", "register"}
    return path.stem != "panel" and any(asked <= names for names in methods)


def test_panels_do_not_import_panels() -> None:
    panels = {f"views.{path.stem}": path for path in room_files("views") if is_panel(path)}
    assert panels, "no panel is recognised, so nothing is tested"

    def find(path: Path) -> Found:
        others = panels.keys() - {f"views.{path.stem}"}
        return {module: line for module, line in imported(path) if module in others}

    expect_none(panels.values(), find, "a panel must not import another")


def test_only_the_command_line_prints_or_exits() -> None:
    speaking = {"print", "exit", "quit", "sys.exit", "os._exit"}
    speaking |= {"sys.stdout.write", "sys.stderr.write"}

    def find(path: Path) -> Found:
        found: Found = {}
        for node in nodes(parse(path), at_import=False):
            if isinstance(node, ast.Call) and callee(node) in speaking:
                found[callee(node)] = node.lineno
            named = isinstance(node, ast.Name) and node.id == "SystemExit"
            if named:
                found["SystemExit"] = node.lineno
        return found

    silent = [p for p in SOURCES if room_of(p) != "analyzer" and name(p) not in CHILDREN]
    expect_none(silent, find, "only analyzer.py prints or exits; raise a UserError, or report")


def test_nothing_is_evaluated() -> None:
    executing = {"eval", "exec", "pickle.load", "pickle.loads", "np.load", "numpy.load"}

    def find(path: Path) -> Found:
        found: Found = {}
        for node in nodes(parse(path), at_import=False):
            if isinstance(node, ast.Call) and callee(node) in executing:
                unpickles = [word for word in node.keywords if word.arg == "allow_pickle"]
                safe = callee(node).endswith(".load") and callee(node).startswith(("np", "numpy"))
                if not safe or any(getattr(word.value, "value", True) for word in unpickles):
                    found[callee(node)] = node.lineno
        return found

    why = "files and queries come from strangers: never execute what is in them"
    expect_none(SOURCES, find, why)


def test_files_stay_small() -> None:
    def find(path: Path) -> Found:
        lines = len(path.read_text(encoding="utf-8").splitlines())
        limit = UTIL_LINES - 1 if name(path) == "util.py" else FILE_LINES
        return {f"{limit} are allowed": lines} if lines > limit else {}

    expect_none(SOURCES, find, "divide it: it has more lines than may be")


def repository_texts() -> Iterator[tuple[str, str]]:
    """(path, text) of each text file that is, or is about to be, in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip
    if listed.returncode:
        pytest.skip("not a git checkout, so which files belong to it is unknown")
    for entry in filter(None, listed.stdout.decode().split("\0")):
        path = ROOT / entry
        if not path.is_file():
            continue
        content = path.read_bytes()
        if b"\0" not in content:
            yield entry, content.decode("utf-8")


@pytest.mark.parametrize("text", MACHINE_PATH_EXAMPLES)
def test_machine_paths_are_recognised(text: str) -> None:
    assert MACHINE_PATH.search(text)


def test_relative_paths_are_no_machine_paths() -> None:
    assert not MACHINE_PATH.search("docs/work/x ../root/y $HOME/work/z")


def test_no_path_of_a_developers_machine() -> None:
    found = [
        f"{entry}:{number}"
        for entry, text in repository_texts()
        for number, line in enumerate(text.splitlines(), 1)
        if MACHINE_PATH.search(line)
    ]
    assert not found, f"paths that only one machine has: {found}"


def test_no_package_registry_is_named() -> None:
    found = [
        f"{entry}:{number}"
        for entry, text in repository_texts()
        for number, line in enumerate(text.splitlines(), 1)
        if REGISTRY_HOST.search(line)
    ]
    assert not found, f"which registry serves a package is each machine's own setting: {found}"


def test_constraints_name_versions_only() -> None:
    pattern = re.compile(r"[a-z0-9._-]+==[a-z0-9.!+_-]+( ; [^:/@]+)?")
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    wrong = [line for line in lines if not line.startswith("#") and not pattern.fullmatch(line)]
    assert not wrong, f"constraints.txt holds pinned versions and no addresses: {wrong}"
