"""The catalogue: a room's folder listing. A file `profiling/tvn.py` with a class `Tvn` is in it.

It imports classes from rooms above core, by name, when an entry is used; nothing else in core does.
Packages of your own extend it: a package `mine` with a file `mine/profiling/foo.py` that defines a
class `Foo` adds a step `foo`, once `extend("mine")` was called; installed packages do by entry
points (`core.installed`).

A name in a recipe, a chain or a model's card is a name of the catalogue and nothing else: a file
cannot choose what is imported.
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
from phenolens.core.installed import installed
from phenolens.core.kinds import check_kind
from phenolens.core.step_record import snake_case

# Room -> the key that names an entry in a recipe.
ROOMS = {
    "screens": "layout",
    "pixels": "step",
    "encoders": "name",
    "methods": "name",
    "baselines": "baseline",
    "profiling": "step",
    "metrics": "metric",
    "explanations": "explanation",
    "sections": "section",
}
_OURS = "phenolens"
_packages: dict[str, Path] = {_OURS: Path(__file__).resolve().parent.parent}
_classes: dict[tuple[str, str], Entry] = {}  # by room and name: single classes of entry points


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a room: its name in recipes, its class, and the first line of its docstring.

    Attributes:
        package: The package it is from.
        module: Where its class is; empty: a file of its name in the room of its package.
    """

    room: str
    name: str
    class_name: str
    summary: str
    package: str = _OURS
    module: str = ""

    def load(self) -> type[Any]:
        """Import the file and return the class.

        Raises:
            InputError: The file raises an error when it is imported, or the class is not of the
                room's kind.
        """
        name = self.module or f"{self.package}.{self.room}.{self.name}"
        found = getattr(_imported(name), self.class_name, None)
        return check_kind(self.room, found, f"{name}:{self.class_name}")


def extend(package: str) -> None:
    """Add the rooms of an importable package to the catalogue.

    Its modules are imported only when an entry of theirs is used.

    Raises:
        InputError: There is no such package, it has no room, or one of its names is taken.
    """
    _add_installed()
    _extend(package)


def _extend(package: str) -> None:
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
        taken = _listed(room)
        for entry in _entries(room, package, folder):
            _refuse_taken(entry, taken)
    _packages[package] = folder
    catalogue.cache_clear()


@cache
def catalogue(room: str) -> Mapping[str, Entry]:
    """Return what a room offers, by name, read from the files without importing them.

    A file counts when it defines a class of its own name: `intensity_stats.py`, `IntensityStats`.
    """
    _add_installed()
    return MappingProxyType(_listed(room))


def _listed(room: str) -> dict[str, Entry]:
    entries = [
        entry for package, folder in _packages.items() for entry in _entries(room, package, folder)
    ]
    entries += [entry for entry in _classes.values() if entry.room == room]
    return {entry.name: entry for entry in sorted(entries, key=_by_name)}


@cache
def _add_installed() -> None:
    """Add what the installed packages name in their entry points, once."""
    for found in installed(ROOMS):
        try:
            if found.room:
                entry = _of_class(found.room, found.name, found.target)
                _refuse_taken(entry, _listed(found.room))
                _classes[entry.room, entry.name] = entry
            else:
                _extend(found.target)
        except InputError as error:
            raise error.at(f"entry point '{found.name}'") from error


def _of_class(room: str, name: str, target: str) -> Entry:
    """Return the entry of a class that an entry point names as `module:Class`."""
    module, _, class_name = target.partition(":")
    if not class_name.isidentifier() or snake_case(class_name) != name:
        raise InputError(
            f"is '{target}'",
            where=f"phenolens.{room}",
            fix='write class_name = "module:ClassName", as add_one = "my_steps:AddOne"',
        )
    summary = ""
    try:
        spec = importlib.util.find_spec(module)
    except ImportError:  # said when the entry is used
        spec = None
    if spec is not None and spec.origin and spec.origin.endswith(".py"):
        classes = dict(_classes_in(Path(spec.origin)))
        summary = classes.get(class_name, "")
    return Entry(room, name, class_name, summary, module.partition(".")[0], module)


def _refuse_taken(entry: Entry, taken: Mapping[str, Entry]) -> None:
    if entry.name in taken and taken[entry.name].package != entry.package:
        raise InputError(
            f"'{entry.name}' in {entry.room} is already defined by {taken[entry.name].package}",
            where=entry.package,
            fix="rename the file and its class",
        )


def _by_name(entry: Entry) -> str:
    return entry.name


def _entries(room: str, package: str, folder: Path) -> Iterator[Entry]:
    for path in sorted((folder / room).glob("*.py")):
        wanted = path.stem.replace("_", "")
        for name, summary in _classes_in(path):
            if name.lower() == wanted:
                yield Entry(room, path.stem, name, summary, package)


def _classes_in(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the name of each class in a file, and the first line of its docstring."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except SyntaxError as error:
        raise InputError(f"is not valid Python: {error}", where=path) from error
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield node.name, (ast.get_docstring(node) or "").split("\n", 1)[0]


def find(room: str, name: str, where: str = "") -> type[Any]:
    """Return the class of that name in a room; nothing but the catalogue is looked in.

    Raises:
        InputError: Unknown name: gives the nearest match and all names.
    """
    entries = catalogue(room)
    if name in entries:
        return entries[name].load()
    if ":" in name:
        raise InputError(
            f"'{name}' is not a name of the catalogue",
            where=where,
            fix="a class of your own is named by its file once its package is given with --plugin "
            "PACKAGE or installed with an entry point (docs/extending.md)",
        )
    raise InputError(f"no '{name}' in {room}", where=where, fix=nearest(name, entries))


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
