"""Rank inverse normal: every feature's ranks, as the quantiles of a normal distribution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float32, Float64
from scipy import special, stats

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.corrections.invariant import check_invariant
from phenolens.grouping.groups import RowGroups

_TOLERANCE = 1e-5
_COLUMNS = 64  # ranked at a time


@dataclass(frozen=True, kw_only=True)
class RankInverseNormal:
    """Rank-based inverse normal (INT): x becomes Phi^-1((r - c) / (n + 1 - 2c)), r its rank of n.

    Every feature becomes normal whatever its shape, and no outlier is left; what is lost is how
    far apart values were. JUMP's recipe (its profiles `var_mad_int_featselect_harmony`) ranks over
    the whole table, after robust scaling by plate, with Blom's c = 3/8 (Blom 1958). Equal values
    share the mean of their ranks. No control is looked at: where plates hold different
    treatments, ranks within a plate (`by`) take away what these treatments have in common.

    After the step Phi of the result is the rank it was made of: measured on the result, and
    written to the provenance with the share of values that are tied.

    Attributes:
        by: Columns that make a group to rank in; none for the whole table.
        offset: c: 3/8 is Blom's, 0 van der Waerden's, 1/2 Rankit's.
        constant: A feature that is constant in some group is dropped everywhere, or zero there.
    """

    by: tuple[str, ...] = ()
    offset: float = 0.375
    constant: Literal["drop", "zero"] = "drop"

    def __post_init__(self) -> None:
        if not 0 <= self.offset < 1:
            raise InputError("offset must be at least 0 and below 1", where="offset")

    def __call__(self, profiles: Profiles) -> Profiles:
        """Return the profiles with normal scores for features.

        Raises:
            InputError: A group has one row only, a row lies in no group or in several, a feature
                is not finite, or every feature is constant in some group.
        """
        if not np.isfinite(profiles.features).all():
            profiles.finite("rank_inverse_normal")
        groups = RowGroups.of(profiles, self.by, "rank_inverse_normal")
        made = np.empty_like(profiles.features)
        flat = np.zeros((len(groups), made.shape[1]), dtype=bool)
        error, tied = 0.0, 0
        for k, rows in enumerate(groups.every_row_in_one("rank_inverse_normal")):
            if len(rows) < 2:
                raise InputError(
                    f"rank_inverse_normal needs 2 rows in every group, and {groups.name(k)} has 1",
                    fix="leave the group out, or rank within a coarser one",
                )
            for j in range(0, made.shape[1], _COLUMNS):
                some = slice(j, j + _COLUMNS)
                x = profiles.features[rows, some]
                flat[k, some] = (x == x[0]).all(axis=0)
                share = self._shares(x)
                score = special.ndtri(share).astype(np.float32)
                error = max(error, float(np.abs(special.ndtr(score.astype(float)) - share).max()))
                tied += _tied(x)
                made[rows, some] = score
        return profiles.after(
            self,
            **self._kept(profiles, made, flat),
            groups=len(groups),
            tied=tied / max(1, made.size),
            rank_error=check_invariant("Phi of rank_inverse_normal's result", error, _TOLERANCE),
        )

    def _shares(self, x: Float32[np.ndarray, "k d"]) -> Float64[np.ndarray, "k d"]:
        """Return (r - c) / (n + 1 - 2c) of every value."""
        ranks: Float64[np.ndarray, "k d"] = stats.rankdata(x, axis=0)
        return (ranks - self.offset) / (len(x) + 1 - 2 * self.offset)

    def _kept(
        self,
        profiles: Profiles,
        made: Float32[np.ndarray, "n d"],
        flat: np.ndarray,
    ) -> dict[str, Any]:
        """Return features and names without what is constant (its scores are 0 already)."""
        somewhere = flat.any(axis=0)
        kept = ~(somewhere if self.constant == "drop" else flat.all(axis=0))
        if not kept.any():
            raise InputError("rank_inverse_normal: every feature is constant in some group")
        names = np.array(profiles.names)
        return {
            "features": made[:, kept],
            "names": names[kept].tolist(),
            "constant": names[somewhere].tolist(),
        }


def _tied(x: Float32[np.ndarray, "k d"]) -> int:
    """Return how many values have an equal in their column."""
    y = np.sort(x, axis=0)
    same = y[1:] == y[:-1]
    none = np.zeros((1, x.shape[1]), dtype=bool)
    return int((np.concatenate([same, none]) | np.concatenate([none, same])).sum())
