"""Entry points: what installed packages add to the catalogue.

A package that is installed on this computer was chosen by its user; a file that somebody sends was
not. So the catalogue grows by entry points (and by `--plugin`), never by what a file says.

    [project.entry-points."phenolens.plugins"]
    mine = "mine"                             # a package with rooms: mine/profiling/foo.py

    [project.entry-points."phenolens.profiling"]
    add_one = "my_steps:AddOne"               # one class of one room
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import entry_points

PLUGINS = "phenolens.plugins"


@dataclass(frozen=True, slots=True)
class Installed:
    """What one entry point names.

    Attributes:
        room: Its room; empty for a package with rooms.
        name: Its name in recipes.
        target: A package, or `module:Class`.
    """

    room: str
    name: str
    target: str


def installed(rooms: Iterable[str]) -> tuple[Installed, ...]:
    """Return what the installed packages add, each once; nothing is imported."""
    groups = {PLUGINS: "", **{f"phenolens.{room}": room for room in rooms}}
    found = [
        Installed(room, entry.name, entry.value)
        for group, room in groups.items()
        for entry in entry_points(group=group)
    ]
    return tuple(dict.fromkeys(found))
