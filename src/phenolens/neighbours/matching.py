"""Queries and their nearest neighbours: hits, their interval, and their chance level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Float64, Int64

from phenolens.core.pairs import PairRule
from phenolens.core.score import Score
from phenolens.statistics.chance import chance
from phenolens.statistics.intervals import wilson


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """Queries with their neighbours, and the units between which the null shuffles the MoA.

    Attributes:
        rows: One row per query, sorted by what identifies it: its MoA, its neighbour's, their
            distance, and `value`, 1 for a hit.
        same: Name of the column that a hit shares.
        units: One row per unit: what it is (a compound) and its MoA; sorted.
        source: (q,) each query's row in the profiles given.
        unit: (q,) each query's unit.
        other: (q,) its neighbour's unit, -1 where no neighbour was allowed.
        notes: What was left out, and why.
    """

    rows: pd.DataFrame
    same: str
    units: pd.DataFrame
    source: Int64[np.ndarray, " q"]
    unit: Int64[np.ndarray, " q"]
    other: Int64[np.ndarray, " q"]
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def score(self, name: str, permutations: int, seed: int, notes: tuple[str, ...] = ()) -> Score:
        """Return the share of hits, with Wilson's interval and the permutation null."""
        hits, n = int(self.rows["value"].sum()), len(self)
        low, high = wilson(hits, n)
        weight = np.full(n, 1 / n)
        null = shuffled(self.units[self.same], self.unit, self.other, weight, permutations, seed)
        return Score(
            name=name,
            value=hits / n,
            low=low,
            high=high,
            hits=hits,
            n=n,
            **chance(hits / n, null),
            rows=self.rows,
            notes=(*notes, *self.notes),
        )


def shares(label: pd.Series) -> Bool[np.ndarray, "u u"]:
    """Return which labels match: they are equal, or (`a|b`) have a value in common."""
    table = pd.DataFrame({"label": label.to_numpy()})
    same = PairRule(same=("label",)).allows(table)
    np.fill_diagonal(same, val=True)
    return same


def shuffled(
    label: pd.Series,
    unit: Int64[np.ndarray, " q"],
    other: Int64[np.ndarray, " q"],
    weight: Float[np.ndarray, " q"],
    permutations: int,
    seed: int,
) -> Float64[np.ndarray, " p"]:
    """Return the weighted sum of hits with the labels shuffled between units, once per permutation.

    Neighbours stay as they are, since the rule of neighbours does not use the label; so does
    the set of queries. All rows of a unit move together: a compound's doses are not independent.

    Args:
        label: (u,) the label of every unit.
        unit: (q,) unit of each query.
        other: (q,) unit of its neighbour, -1 where there is none.
        weight: (q,) what a hit counts.
        permutations: How many.
        seed: Seed of the shuffling.
    """
    codes, distinct = pd.factorize(label, sort=True)
    match = shares(pd.Series(distinct, dtype=distinct.dtype))
    rng = np.random.default_rng(seed)
    counted = np.where(other >= 0, weight, 0.0)
    found = np.empty(permutations)
    n = len(codes)
    if n * n <= len(unit):  # many queries of few units: their pairs, added up, are fewer
        pairs = np.bincount(unit * n + other.clip(0), counted, n * n).reshape(n, n)
        for i in range(permutations):
            held = np.eye(len(distinct))[codes[rng.permutation(n)]]
            found[i] = ((held.T @ (pairs @ held)) * match).sum()
        return found
    for i in range(permutations):
        drawn = codes[rng.permutation(n)]
        found[i] = counted @ match[drawn[unit], drawn[other]]
    return found
