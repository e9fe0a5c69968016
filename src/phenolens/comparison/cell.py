"""Cell: one set-up of a comparison with one seed, as a whole recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from phenolens.runs.recipe import Recipe


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One set-up of a comparison with one seed.

    Attributes:
        name: Of the set-up, as `byol+multi`; it is the same for all seeds.
        choices: Axis -> name of the value chosen; empty text where a named cell chooses none.
        seed: Of every draw.
        recipe: The whole recipe, checked.
        baseline: Whether it is what others are compared with.
        optional: Whether it is left out where its files are not there.
    """

    name: str
    choices: Mapping[str, str]
    seed: int
    recipe: Recipe
    baseline: bool = False
    optional: bool = False

    @property
    def folder(self) -> str:
        """The name of its run, and of the run's folder."""
        return folder_of(self.name, self.seed)


def folder_of(name: str, seed: int) -> str:
    """Return the name of the run of a set-up with a seed.

    Example:
        >>> folder_of("byol+multi", 2)
        'byol+multi-seed2'
    """
    return f"{name}-seed{seed}"
