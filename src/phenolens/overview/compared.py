"""Compared: everything that the page of a comparison is made of, as plain tables and facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from phenolens.overview.cell_map import CellMap

Better = Literal["high", "low", "zero"]
ALPHA = 0.05  # differences of a larger corrected p may be chance


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compared:
    """A comparison, as its page sees it.

    Attributes:
        name: Of the comparison.
        table: One row per cell, seed and score: cell, baseline (bool), a column per axis, seed,
            score, value, low, high, null, n, hits, then the costs.
        differences: One row per score and pair: score, one, other, difference (`one` less
            `other`), low, high, n, p, p_holm, note.
        effects: One row per score and pair of values of an axis: score, axis, one, other,
            difference, low, high, n, cells, p, p_holm, note.
        claims: One row per claim: claim, paper, text, shows, refutes, score, one, other,
            difference, low, high, n, verdict, needed, note.
        ranks: Mean rank of each cell over the queries: score, cell, rank (1 is the best), n.
        titles: Name of a score -> as shown.
        better: Name of a score -> which values are good; `high` where it is not given.
        recipes: Cell -> its whole recipe, of one seed.
        maps: The profiles of cells in the plane.
        missing: Run of a cell that is not finished -> why, empty where it has not been run.
        facts: How the comparison was made, as (what, how).
    """

    name: str
    table: pd.DataFrame
    differences: pd.DataFrame
    effects: pd.DataFrame = field(default_factory=pd.DataFrame)
    claims: pd.DataFrame = field(default_factory=pd.DataFrame)
    ranks: pd.DataFrame = field(default_factory=pd.DataFrame)
    titles: Mapping[str, str] = field(default_factory=dict)
    better: Mapping[str, Better] = field(default_factory=dict)
    recipes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    maps: Sequence[CellMap] = ()
    missing: Mapping[str, str] = field(default_factory=dict)
    facts: Sequence[tuple[str, str]] = ()

    @property
    def axes(self) -> tuple[str, ...]:
        """The names of the axes, in order: the columns between `baseline` and `seed`."""
        names = [str(name) for name in self.table.columns]
        return tuple(names[names.index("baseline") + 1 : names.index("seed")])

    @property
    def scores(self) -> tuple[str, ...]:
        """The names of the scores, in the order of the table."""
        return tuple(dict.fromkeys(map(str, self.table["score"])))

    def title(self, score: str) -> str:
        """Return a score as shown."""
        return self.titles.get(score, score)

    def better_of(self, score: str) -> Better:
        """Return which values of a score are good."""
        return self.better.get(score, "high")

    def switch(self) -> list[tuple[str, str]]:
        """Return the scores as (name, title): what the page lets a reader choose from."""
        return [(score, self.title(score)) for score in self.scores]


def goodness(value: float, better: Better) -> float:
    """Return a number that is larger for better values of a score.

    Example:
        >>> goodness(-0.2, "high"), goodness(-0.2, "low"), goodness(-0.2, "zero")
        (-0.2, 0.2, -0.2)
    """
    return value if better == "high" else -value if better == "low" else -abs(value)
