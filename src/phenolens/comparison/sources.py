"""Sources: what the cells begin with, each screen or table found and fingerprinted once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from phenolens.chains.settings import hashed
from phenolens.core.inside import Fence
from phenolens.runs.learning import Learning
from phenolens.runs.recipe import Recipe
from phenolens.runs.source import Opened

_SHAPES = (
    "screen",
    "weights",
    "profiles",
    "curves",
)  # keys of a recipe that say which data are read


class Sources:
    """The data of several recipes below one folder.

    Args:
        root: The folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._found: dict[tuple[str, Fence | None], Opened] = {}

    def open(self, recipe: Recipe) -> Opened:
        """Return where a recipe begins; data that another recipe began with are not read again.

        Raises:
            InputError: As `Recipe.open`.
        """
        key = (hashed({name: recipe.settings.get(name) for name in _SHAPES}), recipe.fence)
        if key not in self._found:
            self._found[key] = recipe.open(self._root)
        found: Any = self._found[key]
        if isinstance(recipe.source, Learning):
            return replace(found, learning=recipe.source)
        return found
