"""SameGroupNeighbours: how many of the nearest neighbours are on the same plate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Bool, Float64, Int64

from phenolens.core.errors import InputError
from phenolens.core.pairs import PairRule
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, MANY, at_least, between
from phenolens.core.score import Score
from phenolens.neighbours.distance import Distance
from phenolens.neighbours.grouping import By, Grouped, Rows, grouped
from phenolens.neighbours.nearest import k_nearest
from phenolens.statistics.chance import chance

_ANYONE = PairRule()
_BLOCK = 16_000_000  # pairs held at a time


@dataclass(frozen=True, kw_only=True)
class SameGroupNeighbours:
    """Share of nearest neighbours that are in the same group: the same plate, batch or well.

    Compare it with `expected`, the share if groups did not matter: of groups of n_g rows
    sum_g n_g (n_g - 1) / (n (n - 1)), a little under 0.2 for five plates alike. `excess` =
    (value - expected) / (1 - expected) is 0 without an effect and 1 where no neighbour leaves its
    group. A good correction brings `excess` near 0 while retrieval rises; below 0 is possible,
    where each treatment is once on each plate and its replicates are found on the others.

    It sees the nearest k only, and no cause: where one compound is in one well of all plates,
    the same well and the same compound cannot be told apart without `differ = ["compound"]`.
    Groups that are next to each other without overlap and rows that share a plate's gradient
    look alike.

    Attributes:
        same: Column of the groups, or several whose combinations are the groups.
        rows: Treated rows, negative controls only, or all.
        distance: Cosine (1 - cos) or euclidean.
        k: How many neighbours of each row.
        differ: Columns in which a neighbour must differ.
        unless: Columns of which a neighbour must not share all.
        candidates_same: Columns that a neighbour must share to be considered at all.
        permutations: How many shuffles of the groups make the null. Where not every row may be a
            neighbour there is none, and `null` is the share expected of the allowed ones.
        seed: Seed of the shuffles and of the interval.
    """

    title: ClassVar[str] = "Neighbours in the same group"
    better: ClassVar[str] = "low"
    good: ClassVar[str] = (
        "At `expected`: the nearest neighbour is no more often in the same plate than by chance."
    )
    chance: ClassVar[str] = "`expected`: 0.2 for five plates of equal size"
    blind: ClassVar[str] = "everything beyond the nearest k neighbours, and the cause"

    same: By = "plate"
    rows: Rows = "treated"
    distance: Distance = "cosine"
    k: int = 1
    differ: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    candidates_same: tuple[str, ...] = ()
    permutations: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        at_least(1, k=self.k)
        between(0, MANY, permutations=self.permutations)
        between(0, LARGEST_SEED, seed=self.seed)

    @property
    def rule(self) -> PairRule:
        """Which rows may be neighbours."""
        return PairRule(self.candidates_same, self.differ, self.unless)

    def __call__(self, profiles: Profiles) -> Score:
        """Return the share: `value` is that of each row's neighbours.

        Raises:
            InputError: No such column, one group only, no row with an allowed neighbour, or
                a feature that is not finite.
        """
        found = grouped(profiles, self.same, self.rows, "same_group_neighbours", self.distance)
        if not 1 <= self.k < len(found):
            raise InputError(
                f"same_group_neighbours needs k from 1 to {len(found) - 1} for {len(found)} rows, "
                f"got {self.k}"
            )
        meta = found.used.meta
        near = k_nearest(found.x, self.k, self.distance, meta, self.rule)[0]
        kept = np.flatnonzero(near[:, 0] >= 0)
        if not len(kept):
            raise InputError(
                "no row has an allowed neighbour", fix=f"neighbours must be {self.rule}"
            )
        notes = list(found.notes)
        if len(kept) < len(found):
            notes.append(f"rows without an allowed neighbour left out: {len(found) - len(kept)}")
        share = _share(found.code, near)[kept]
        value = float(share.mean())
        expected = self._expected(found)[kept].mean()
        low, high = found.only(kept).interval(share, self.seed)
        rows = found.rows(self.same).assign(neighbour=_names(found, near[:, 0])).iloc[kept]
        return Score(
            name="same_group_neighbours",
            value=value,
            low=low,
            high=high,
            hits=int(share.sum()) if self.k == 1 else None,
            n=len(kept),
            **self._null(found, near, kept, value, float(expected)),
            rows=rows.assign(value=share).reset_index(drop=True),
            figures={
                "expected": float(expected),
                "excess": float((value - expected) / (1 - expected)),
                "groups": float(len(found.names)),
            },
            notes=tuple(notes),
        )

    def _null(
        self,
        found: Grouped,
        near: Int64[np.ndarray, "n k"],
        kept: Int64[np.ndarray, " m"],
        value: float,
        expected: float,
    ) -> dict[str, Any]:
        """Return mean and 95th percentile of the null, and p."""
        if self.rule != _ANYONE:
            return {"null": expected}
        drawn = [
            _share(code, near)[kept].mean() for code in found.shuffles(self.permutations, self.seed)
        ]
        return chance(value, np.array(drawn))

    def _expected(self, found: Grouped) -> Float64[np.ndarray, " n"]:
        """Return the share of each row's allowed neighbours that are of its group."""
        if self.rule == _ANYONE:
            return (found.sizes[found.code] - 1) / (len(found) - 1)
        share = np.empty(len(found))
        step = max(1, _BLOCK // len(found))
        for begin in range(0, len(found), step):
            rows = np.arange(begin, min(begin + step, len(found)))
            allowed: Bool[np.ndarray, "k n"] = self.rule.allows(found.used.meta, rows)
            same = found.code[rows, None] == found.code
            share[rows] = (allowed & same).sum(axis=1) / np.maximum(allowed.sum(axis=1), 1)
        return share


def _share(
    code: Int64[np.ndarray, " n"], near: Int64[np.ndarray, "n k"]
) -> Float64[np.ndarray, " n"]:
    """Return the share of each row's neighbours (-1: none) that are of its group."""
    there = near >= 0
    same = there & (code[near] == code[:, None])
    return np.asarray(same.sum(axis=1) / np.maximum(there.sum(axis=1), 1), dtype=np.float64)


def _names(found: Grouped, near: Int64[np.ndarray, " n"]) -> list[str | None]:
    """Return the group of each row's nearest neighbour."""
    return [found.names[found.code[j]] if j >= 0 else None for j in near]
