"""phenolens: learn phenotypic representations from high-content cell images, and judge them."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from phenolens.chains.chain import profile
    from phenolens.chains.fitted import FittedChain, fit_chain
    from phenolens.core.errors import InputError
    from phenolens.core.pairs import PairRule
    from phenolens.core.profiles import Profiles
    from phenolens.core.score import Score
    from phenolens.core.screen import Screen
    from phenolens.runs.apply import embed_screen
    from phenolens.runs.recipe import Recipe
    from phenolens.runs.run import run

_HOMES = {
    "FittedChain": "chains.fitted",
    "InputError": "core.errors",
    "PairRule": "core.pairs",
    "Profiles": "core.profiles",
    "Recipe": "runs.recipe",
    "Score": "core.score",
    "Screen": "core.screen",
    "embed_screen": "runs.apply",
    "fit_chain": "chains.fitted",
    "profile": "chains.chain",
    "run": "runs.run",
}

__all__ = [
    "FittedChain",
    "InputError",
    "PairRule",
    "Profiles",
    "Recipe",
    "Score",
    "Screen",
    "embed_screen",
    "fit_chain",
    "profile",
    "run",
]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for: `import phenolens` itself is instant."""
    if name not in _HOMES:
        raise AttributeError(f"module 'phenolens' has no attribute '{name}'")
    return getattr(importlib.import_module(f"phenolens.{_HOMES[name]}"), name)
