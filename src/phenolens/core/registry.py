"""The catalogue: a room's folder listing. A file `profiling/tvn.py` with a class `Tvn` is in it.

It imports classes from rooms above core, by name, when an entry is used; nothing else in core does.
Packages of your own extend it: a package `mine` with a file `mine/profiling/foo.py` that defines a
class `Foo` adds a step `foo`, once `extend("mine")` was called.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from phenolens.core.construct import construct
from phenolens.core.errors import InputError, nearest

# Room -> the key that names an entry in a recipe.
ROOMS = {
    "screens": "layout",
    "pixels": "step",
    "encoders": "name",
    "methods": "name",
    "baselines": "baseline",
    "profiling": "step",
    "metrics": "metric",
    "sections": "section",
}
_OURS = "phenolens"
_packages: dict[str, Path] = {_OURS: Path(__file__).resolve().parent.parent}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a room: its name in recipes, its class, and the first line of its docstring."""

    room: str
    name: str
    class_name: str
    summary: str
    package: str = _OURS

    def load(self) -> type[Any]:
        """Import the file and return the class.

        Raises:
            InputError: The file raises an error when it is imported.
        """
        module = _imported(f"{self.package}.{self.room}.{self.name}")
        found: type[Any] = getattr(module, self.class_name)
        return found


def extend(package: str) -> None:
    """Add the rooms of an importable package to the catalogue.

    Its modules are imported only when an entry of theirs is used.

    Raises:
        InputError: There is no such package, it has no room, or one of its names is taken.
    """
    try:
        spec = importlib.util.find_spec(package)
    except ModuleNotFoundError:  # the parent of a dotted name
        spec = None
    except Exception as error:  # whatever the parent raises, or a name that cannot be one
        raise _unimportable(package, error) from error
    if spec is None or not spec.submodule_search_locations:
        raise InputError("no such package", where=package, fix="install it, or set PYTHONPATH")
    # A package without `__init__.py` may be in several folders.
    folders = [Path(place) for place in spec.submodule_search_locations]
    with_rooms = [f for f in folders if any((f / room).is_dir() for room in ROOMS)]
    if not with_rooms:
        raise InputError(
            "contains no folder of the catalogue",
            where=package,
            fix=f"expected at least one of: {', '.join(ROOMS)}",
        )
    folder = with_rooms[0]
    for room in ROOMS:
        taken = catalogue(room)
        for entry in _entries(room, package, folder):
            if entry.name in taken and taken[entry.name].package != package:
                raise InputError(
                    f"'{entry.name}' in {room} is already defined by {taken[entry.name].package}",
                    where=package,
                    fix="rename the file and its class",
                )
    _packages[package] = folder
    catalogue.cache_clear()


@cache
def catalogue(room: str) -> Mapping[str, Entry]:
    """Return what a room offers, by name, read from the files without importing them.

    A file counts when it defines a class of its own name: `intensity_stats.py`, `IntensityStats`.
    """
    entries = [
        entry for package, folder in _packages.items() for entry in _entries(room, package, folder)
    ]
    return MappingProxyType({entry.name: entry for entry in sorted(entries, key=_by_name)})


def _by_name(entry: Entry) -> str:
    return entry.name


def _entries(room: str, package: str, folder: Path) -> Iterator[Entry]:
    for path in sorted((folder / room).glob("*.py")):
        wanted = path.stem.replace("_", "")
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except SyntaxError as error:
            raise InputError(f"is not valid Python: {error}", where=path) from error
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and node.name.lower() == wanted:
                summary = (ast.get_docstring(node) or "").split("\n", 1)[0]
                yield Entry(room, path.stem, node.name, summary, package)


def find(room: str, name: str, where: str = "") -> type[Any]:
    """Return the class of that name in a room, or one of your own given as `module:Class`.

    Raises:
        InputError: Unknown name: gives the nearest match and all names.
    """
    if ":" in name:
        module, _, attribute = name.partition(":")
        try:
            found: type[Any] = getattr(_imported(module), attribute)
        except (InputError, AttributeError) as error:
            raise InputError(f"cannot import '{name}': {error}", where=where) from error
        if not isinstance(found, type):
            raise InputError(f"'{name}' is not a class, but {found!r}", where=where)
        return found
    entries = catalogue(room)
    if name not in entries:
        raise InputError(f"no '{name}' in {room}", where=where, fix=nearest(name, entries))
    return entries[name].load()


def _imported(module: str) -> Any:
    """Return a module, or raise InputError with the error that its import raises."""
    try:
        return importlib.import_module(module)
    except InputError:
        raise
    except Exception as error:  # a file of somebody else raises what it likes
        raise _unimportable(module, error) from error


def _unimportable(module: str, error: Exception) -> InputError:
    trace, place = error.__traceback__, ""
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        place = place if file.startswith("<frozen") else f" ({file}, line {trace.tb_lineno})"
        trace = trace.tb_next
    return InputError(
        f"cannot be imported: {type(error).__name__}: {error}{place}", where=module or "''"
    )


def build(room: str, settings: Mapping[str, Any], where: str) -> Any:
    """Return the object that a recipe's table names and configures, as `{step = "tvn", ...}`.

    Raises:
        InputError: The naming key is absent, the name unknown, or a setting does not fit.
    """
    key = ROOMS[room]
    if not isinstance(settings.get(key), str):
        raise InputError(f'needs {key} = "..."', where=where, fix=nearest("", catalogue(room)))
    maker = find(room, settings[key], f"{where}.{key}")
    return construct(maker, {k: v for k, v in settings.items() if k != key}, where)
