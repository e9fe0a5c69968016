"""Packages that extend the catalogue for one command: those that `--plugin` names."""

from __future__ import annotations

from collections.abc import Sequence


def load_plugins(named: Sequence[str]) -> None:
    """Add the rooms of these packages to the catalogue; it knows the installed ones already.

    Args:
        named: Names of importable packages, as `--plugin` gives them.

    Raises:
        InputError: There is no such package, it has no room, or one of its names is taken.
    """
    if named:
        from phenolens.core.registry import extend

        for package in dict.fromkeys(named):
            extend(package)
