"""The catalogue: a room's folder listing. A file `profiling/tvn.py` with a class `Tvn` is in it."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from phenolens.core.construct import construct
from phenolens.core.errors import InputError, nearest

ROOMS = {
    "screens": "layout",
    "encoders": "name",
    "methods": "name",
    "profiling": "step",
    "metrics": "metric",
}
_PACKAGE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a room: its name in recipes, its class, and the first line of its docstring."""

    room: str
    name: str
    class_name: str
    summary: str

    def load(self) -> type[Any]:
        """Import the file and return the class."""
        module = importlib.import_module(f"phenolens.{self.room}.{self.name}")
        found: type[Any] = getattr(module, self.class_name)
        return found


@cache
def catalogue(room: str) -> Mapping[str, Entry]:
    """Return what a room offers, by name, read from the files without importing them.

    A file counts when it defines a class of its own name: `intensity_stats.py`, `IntensityStats`.
    """
    entries = {}
    for path in sorted((_PACKAGE / room).glob("*.py")):
        wanted = path.stem.replace("_", "")
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and node.name.lower() == wanted:
                summary = (ast.get_docstring(node) or "").split("\n", 1)[0]
                entries[path.stem] = Entry(room, path.stem, node.name, summary)
    return MappingProxyType(entries)


def find(room: str, name: str, where: str = "") -> type[Any]:
    """Return the class of that name in a room, or one of your own given as `module:Class`.

    Raises:
        InputError: Unknown name: says the nearest match and what there is.
    """
    if ":" in name:
        module, _, attribute = name.partition(":")
        try:
            found: type[Any] = getattr(importlib.import_module(module), attribute)
        except (ImportError, AttributeError, ValueError) as error:
            raise InputError(f"cannot import '{name}': {error}", where=where) from error
        return found
    entries = catalogue(room)
    if name not in entries:
        raise InputError(f"no '{name}' in {room}", where=where, mend=nearest(name, entries))
    return entries[name].load()


def build(room: str, settings: Mapping[str, Any], where: str) -> Any:
    """Return the object that a recipe's table names and configures, as `{step = "tvn", ...}`.

    Raises:
        InputError: The naming key is absent, the name unknown, or a setting does not fit.
    """
    key = ROOMS[room]
    if not isinstance(settings.get(key), str):
        raise InputError(f'needs {key} = "..."', where=where, mend=nearest("", catalogue(room)))
    maker = find(room, settings[key], f"{where}.{key}")
    return construct(maker, {k: v for k, v in settings.items() if k != key}, where)
