"""The house's rules, read from ARCHITECTURE.md where they stand there, held against the code."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest

from phenolens.core.registry import ROOMS, Entry, catalogue

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "phenolens"
TESTS = ROOT / "tests"
FILES = sorted(SOURCE.rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
TABLE_HALF = (
    "core",
    "drawing",
    "statistics",
    "effects",
    "neighbours",
    "trajectories",
    "grouping",
    "corrections",
    "profiling",
    "metrics",
    "chains",
    "curves",
    "audit",
    "tune",
    "results",
    "sections",
    "report",
    "overview",
)
MOST_LINES, MOST_LINES_IN_FUNCTION = 300, 60
MOST_IMPORTS = 11  # about ten of our other modules; core, which everybody needs, does not count
NOT_ENTRIES = {"base.py", "__init__.py", "methods/teacher.py"}  # in the rooms of the catalogue
NO_MIRROR: frozenset[str] = frozenset()  # source files that need no test file of their own


def _table(head: str) -> list[list[str]]:
    """Return the cells of a table of ARCHITECTURE.md with two columns, row by row."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    lines = text.split(f"{head}\n|---|---|\n")[1].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def _import_table() -> dict[str, frozenset[str]]:
    """Room -> what it may import, as ARCHITECTURE.md says."""
    cells = _table("| room | may import |")
    return {room: frozenset(filter(None, may.split(", "))) for room, may in cells}


ALLOWED = _import_table()


def _name(path: Path) -> str:
    """A file's module, as `phenolens.core.pairs`."""
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _room(module: str) -> str:
    return module.split(".")[1] if "." in module else module


def _said(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _only_for_types(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def _imports(nodes: list[ast.stmt], *, types: bool, inner: bool) -> Iterator[str]:
    """Yield what is imported: for annotations too (`types`), in functions too (`inner`)."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            submodules = [f"{module}.{alias.name}" for alias in node.names]
            found = [name for name in submodules if name in MODULES]
            yield from found or [module]
        elif not (_only_for_types(node) and not types):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not inner:
                continue
            inside = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)]
            handlers = [n for n in ast.iter_child_nodes(node) if isinstance(n, ast.ExceptHandler)]
            inside += [child for handler in handlers for child in handler.body]
            yield from _imports(inside, types=types, inner=inner)


MODULES = {_name(path): path for path in FILES}


def test_the_page_names_every_room_and_no_other() -> None:
    rooms = {path.stem for path in SOURCE.iterdir() if path.is_dir() and any(path.glob("*.py"))}
    assert set(ALLOWED) == rooms | {"phenolens"}
    for head in ("| room | what it is |", "| room | may import |"):
        named = [name for cells in _table(head) for name in cells[0].split(", ")]
        assert len(named) == len(set(named)), "a room has one row"
    loose = [path.name for path in SOURCE.glob("*.py") if path.stem != "__init__"]
    assert not loose, "a file belongs in a room"


def test_the_table_points_down_only() -> None:
    order = list(TopologicalSorter(ALLOWED).static_order())
    assert set(order) == set(ALLOWED)


def test_every_arrow_of_the_table_is_used() -> None:
    used: dict[str, set[str]] = {room: set() for room in ALLOWED}
    for path in FILES:
        room = _room(_name(path))
        for module in _imports(TREES[path].body, types=True, inner=True):
            if module.split(".")[0] == "phenolens" and _room(module) != room:
                used[room].add(_room(module))
    idle = {room: sorted(ALLOWED[room] - used[room]) for room in ALLOWED}
    assert not {room: rooms for room, rooms in idle.items() if rooms}


def test_the_listing_of_a_catalogue_room_is_its_catalogue() -> None:
    listed = {
        f"{entry.room}/{entry.name}.py" for room in ROOMS for entry in catalogue(room).values()
    }
    files = {
        path.relative_to(SOURCE).as_posix()
        for room in ROOMS
        for path in (SOURCE / room).glob("*.py")
    }
    others = {name for name in files - listed if not {name, Path(name).name} & NOT_ENTRIES}
    assert not others


@pytest.mark.parametrize("path", FILES, ids=_said)
def test_no_module_is_where_everything_meets(path: Path) -> None:
    ours = {
        module
        for module in _imports(TREES[path].body, types=True, inner=True)
        if module.startswith("phenolens.") and _room(module) != "core"
    }
    assert len(ours) <= MOST_IMPORTS, "which noun is missing?"


@pytest.mark.parametrize("path", FILES, ids=_said)
def test_imports_are_those_of_the_table(path: Path) -> None:
    room = _room(_name(path))
    wrong = []
    for module in _imports(TREES[path].body, types=True, inner=True):
        if module.split(".")[0] != "phenolens" or _room(module) == room:
            continue
        if _room(module) not in ALLOWED[room]:
            wrong.append(module)
    assert not wrong, f"{room} may import {sorted(ALLOWED[room])}"


def test_no_module_waits_for_itself() -> None:
    """Cycles between modules, of what is imported when they load."""
    graph = {
        name: {to for to in _imports(TREES[path].body, types=False, inner=False) if to in MODULES}
        - {name}
        for name, path in MODULES.items()
    }
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the cycle


@pytest.mark.parametrize("path", FILES, ids=_said)
def test_a_file_fits_in_ones_head(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    long = {
        node.name: (node.end_lineno or 0) - node.lineno + 1
        for node in ast.walk(TREES[path])
        if isinstance(node, functions)
        and (node.end_lineno or 0) - node.lineno + 1 > MOST_LINES_IN_FUNCTION
    }
    assert not long, "which noun is missing?"
    assert path.stem not in {"utils", "util", "common", "helpers", "misc", "tools"}
    relative = [n for n in ast.walk(TREES[path]) if isinstance(n, ast.ImportFrom) and n.level]
    assert not relative, "imports are written in full"


def test_every_file_has_its_mirror() -> None:
    code = [path.relative_to(SOURCE) for path in FILES if path.stem != "__init__"]
    missing = [
        str(path)
        for path in code
        if not (TESTS / path.parent / f"test_{path.name}").is_file()
        and path.as_posix() not in NO_MIRROR
    ]
    assert not missing
    assert {path.as_posix() for path in code} >= NO_MIRROR, "the list of exemptions is stale"


def test_the_table_half_never_imports_torch() -> None:
    heavy = ("torch", "lightning_fabric", "torchvision")
    wrong = {
        _said(path): module
        for path in FILES
        if _room(_name(path)) in TABLE_HALF
        for module in _imports(TREES[path].body, types=False, inner=True)
        if module.split(".")[0] in heavy
    }
    assert not wrong


def _loaded_after(code: str, wanted: tuple[str, ...]) -> list[str]:
    """Which of these modules a new interpreter has loaded after running the code."""
    script = f"import sys\n{code}\nprint(*[m for m in {wanted!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_loading_the_table_half_loads_no_torch() -> None:
    names = [name for name in MODULES if _room(name) in TABLE_HALF]
    code = "\n".join(f"import {name}" for name in names)
    assert _loaded_after(code, ("torch", "lightning_fabric", "pandas")) == ["pandas"]


def test_loading_phenolens_loads_almost_nothing() -> None:
    assert _loaded_after("import phenolens", ("torch", "pandas", "scipy", "sklearn")) == []


ENTRIES = [entry for room in ROOMS for entry in catalogue(room).values()]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry.room}/{entry.name}")
def test_what_the_catalogue_lists_explains_itself(entry: Entry) -> None:
    if entry.room not in TABLE_HALF:
        pytest.importorskip("torch")
    assert entry.summary.endswith("."), "the docstring's first line is the listing's"
    maker: Any = entry.load()
    parameters = inspect.signature(maker).parameters.values()
    bare = [p.name for p in parameters if p.annotation is p.empty]
    assert not bare, "the constructor's annotations are the recipe's schema"
    assert not [p.name for p in parameters if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


def test_every_room_of_the_catalogue_offers_something() -> None:
    assert {entry.room for entry in ENTRIES} == set(ROOMS)


def test_groups_are_those_that_occur() -> None:
    """A category without rows is no group, whatever pandas takes for the default."""
    for path, tree in TREES.items():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if isinstance(call.func, ast.Attribute) and call.func.attr == "groupby":
                names = {word.arg for word in call.keywords}
                assert "observed" in names, f"{path}:{call.lineno}: write observed=True"
