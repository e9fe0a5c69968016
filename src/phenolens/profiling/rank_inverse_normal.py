"""Rank inverse normal: every feature's ranks, as the quantiles of a normal distribution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64
from scipy import special, stats

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import below
from phenolens.corrections.invariant import check_invariant
from phenolens.corrections.learned import Learned
from phenolens.corrections.scaling import refuse_new_constant
from phenolens.grouping.groups import RowGroups, Words
from phenolens.profiling.base import BaseStep, FittableStep

_TOLERANCE = 1e-5
_COLUMNS = 64  # ranked at a time


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """The values that ranks are taken among.

    Attributes:
        groups: The groups.
        kept: Which features come out.
        start: Where in `values` each group begins, and their end.
        values: Of each group and feature, sorted: a group's rows follow one another.
    """

    groups: Words
    kept: Bool[np.ndarray, " d"]
    start: Int64[np.ndarray, " bounds"]
    values: Float32[np.ndarray, "rows e"]

    def __post_init__(self) -> None:
        expected = [0, len(self.values)]
        bounds = self.start[[0, -1]].tolist() if len(self.start) else []
        if len(self.start) != len(self.groups) + 1 or bounds != expected:
            raise InputError(f"start does not divide {len(self.values)} rows into the groups")
        if (np.diff(self.start) < 2).any():
            raise InputError("a group has fewer than 2 rows")


@dataclass(frozen=True, kw_only=True)
class RankInverseNormal(FittableStep[Reference]):
    """Rank-based inverse normal (INT): x becomes Phi^-1((r - c) / (n + 1 - 2c)), r its rank of n.

    Every feature becomes normal whatever its shape, and no outlier is left; what is lost is how
    far apart values were. JUMP's recipe (its profiles `var_mad_int_featselect_harmony`) ranks over
    the whole table, after robust scaling by plate, with Blom's c = 3/8 (Blom 1958). Equal values
    share the mean of their ranks. Controls play no special part: where plates hold different
    treatments, ranks within a plate (`by`) remove what these treatments have in common.

    After the step Phi of the result is the rank it was made of: measured on the result, and
    written to the provenance with the share of values that are tied.

    Fitted, the step keeps every value of the fit, sorted. Another value's rank is the number of
    these below it plus 1/2; where some are equal, it is the mean of their ranks; below the
    smallest or above the largest it is the rank of that one.

    Attributes:
        by: Columns that make a group to rank in; none for the whole table.
        offset: c: 3/8 is Blom's, 0 van der Waerden's, 1/2 Rankit's.
        constant: A feature that is constant in some group is dropped everywhere, or zero there.
    """

    by: tuple[str, ...] = ()
    offset: float = 0.375
    constant: Literal["drop", "zero"] = "drop"

    def __post_init__(self) -> None:
        below(0, 1, offset=self.offset)

    state: ClassVar[type] = Reference

    def learn(self, profiles: Profiles, base: Reference | None = None) -> Learned[Reference]:
        """Return the values to rank among, and the profiles with normal scores for features.

        Raises:
            InputError: A group has one row only, a row is in no group or in several, a feature
                is not finite, or every feature is constant in some group.
        """
        if not np.isfinite(profiles.features).all():
            profiles.finite("rank_inverse_normal")
        by = RowGroups.of(profiles, self.by, "rank_inverse_normal")
        groups = by.every_row_in_one("rank_inverse_normal")
        made = np.empty_like(profiles.features)
        flat = np.zeros((len(groups), made.shape[1]), dtype=bool)
        error, tied = 0.0, 0
        for k, rows in enumerate(groups):
            if len(rows) < 2:
                raise InputError(
                    f"rank_inverse_normal needs 2 rows in every group, and {groups.name(k)} has 1",
                    fix="leave the group out, or rank within a coarser one",
                )
            for j in range(0, made.shape[1], _COLUMNS):
                block = slice(j, j + _COLUMNS)
                x = profiles.features[rows, block]
                flat[k, block] = (x == x[0]).all(axis=0)
                share = self._shares(stats.rankdata(x, axis=0), len(x))
                score = special.ndtri(share).astype(np.float32)
                error = max(error, float(np.abs(special.ndtr(score.astype(float)) - share).max()))
                tied += _tied(x)
                made[rows, block] = score
        kept = self._kept(profiles, flat, groups, base)
        names = np.array(profiles.names)
        facts = {
            "constant": names[flat.any(axis=0)].tolist(),
            "groups": len(groups),
            "tied": tied / max(1, made.size),
            "rank_error": check_invariant("Phi of rank_inverse_normal's result", error, _TOLERANCE),
        }
        state = _reference(profiles.features, groups, kept)
        return Learned(state, made[:, kept], tuple(names[kept].tolist()), facts)

    def transform(self, profiles: Profiles, state: Reference) -> Float32[np.ndarray, "n e"]:
        """Return the normal scores of the rows' ranks among the values of their groups."""
        x = profiles.features.take(np.flatnonzero(state.kept), axis=1)
        place = RowGroups.of(profiles, self.by, "rank_inverse_normal").places(state.groups)
        made = np.empty_like(x)
        for k in np.unique(place):
            values = state.values[state.start[k] : state.start[k + 1]]
            rows = np.flatnonzero(place == k)
            for j in range(x.shape[1]):
                below = np.searchsorted(values[:, j], x[rows, j], side="left")
                most = np.searchsorted(values[:, j], x[rows, j], side="right")
                rank = ((below + most + 1) / 2).clip(1, len(values))
                made[rows, j] = special.ndtri(self._shares(rank, len(values)))
        return made

    def stored_groups(self, state: Reference) -> tuple[tuple[str, ...], Words]:
        """Return `by` and the groups learned from."""
        return self.by, state.groups

    @classmethod
    def examples(cls) -> tuple[BaseStep, ...]:
        """Return the default, and ranks within each plate."""
        return cls(), cls(by=("plate",), offset=0.5, constant="zero")

    def _shares(self, ranks: Float64[np.ndarray, ...], n: int) -> Float64[np.ndarray, ...]:
        """Return (r - c) / (n + 1 - 2c) of every rank."""
        return (ranks - self.offset) / (n + 1 - 2 * self.offset)

    def _kept(
        self,
        profiles: Profiles,
        flat: Bool[np.ndarray, "g d"],
        groups: RowGroups,
        base: Reference | None,
    ) -> Bool[np.ndarray, " d"]:
        """Return which features come out; the scores of a constant one are 0 already."""
        if base is not None:
            name = "rank_inverse_normal"
            refuse_new_constant(profiles, self.constant, name, flat & base.kept, groups)
            return base.kept
        kept = ~np.asarray(flat.any(axis=0) if self.constant == "drop" else flat.all(axis=0))
        if not kept.any():
            raise InputError("rank_inverse_normal: every feature is constant in some group")
        return kept


def _reference(
    x: Float32[np.ndarray, "n d"], groups: RowGroups, kept: Bool[np.ndarray, " d"]
) -> Reference:
    """Return the values of every group, sorted."""
    rows = [np.sort(x[np.ix_(these, np.flatnonzero(kept))], axis=0) for these in groups]
    start = np.cumsum([0, *map(len, rows)])
    return Reference(groups.words, kept, start, np.concatenate(rows))


def _tied(x: Float32[np.ndarray, "k d"]) -> int:
    """Return how many values have an equal in their column."""
    y = np.sort(x, axis=0)
    same = y[1:] == y[:-1]
    none = np.zeros((1, x.shape[1]), dtype=bool)
    return int((np.concatenate([same, none]) | np.concatenate([none, same])).sum())
