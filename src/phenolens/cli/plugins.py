"""Packages that extend the catalogue: those named on the command line, and installed ones."""

from __future__ import annotations

from collections.abc import Sequence

GROUP = "phenolens.plugins"  # entry points whose values are the names of packages


def load_plugins(named: Sequence[str]) -> None:
    """Add the rooms of these packages, and of the installed ones, to the catalogue.

    An installed package names itself in its `pyproject.toml`:

        [project.entry-points."phenolens.plugins"]
        mine = "mine"

    Args:
        named: Names of importable packages, as `--plugin` gives them.

    Raises:
        InputError: There is no such package, it has no room, or one of its names is taken.
    """
    from importlib.metadata import entry_points

    packages = [*named, *(entry.value for entry in entry_points(group=GROUP))]
    if packages:
        from phenolens.core.registry import extend

        for package in dict.fromkeys(packages):
            extend(package)
