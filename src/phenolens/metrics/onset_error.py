"""OnsetError: how many hours the onset found is away from the true one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from jaxtyping import Float64

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, between
from phenolens.core.reading.numbers import number_or_nan
from phenolens.core.score import Score
from phenolens.statistics.intervals import interval_of_mean
from phenolens.trajectories.curves import identity
from phenolens.trajectories.table import not_infinite

_NAME = "onset_error"
_TREATMENT = ("compound", "concentration", "cell_line")


@dataclass(frozen=True, kw_only=True)
class OnsetError:
    """Mean absolute difference between the onset found and the true onset, in hours.

    One row per compound, concentration and cell line that has both; the step `onset` comes before
    it. What has only one of the two is counted: `missed` (a true onset, none found) and `false`
    (none true, one found), each as a share; `bias` is the mean signed difference, `covered` the
    share of true onsets within the interval. Controls do not count. An error below the time
    between two frames cannot be expected.

    Attributes:
        truth: Column of the true onset in hours; missing where there is no effect.
        seed: Of the interval.
    """

    title: ClassVar[str] = "Onset error (hours)"
    better: ClassVar[str] = "low"
    good: ClassVar[str] = "No larger than the time between two frames."
    chance: ClassVar[str] = "depends on the spread of the true onsets"
    blind: ClassVar[str] = "onsets that were missed: see its figures"
    accepts_missing: ClassVar[bool] = True
    example_table: ClassVar[str] = "trajectories"

    truth: str = "true_onset"
    seed: int = 0

    def __post_init__(self) -> None:
        between(0, LARGEST_SEED, seed=self.seed)

    def __call__(self, profiles: Profiles) -> Score:
        """Return the mean error, with one row per treatment.

        Raises:
            InputError: No column `onset`, `truth`, `compound` or `control`, a value there that is
                not a number, or no treatment with both onsets.
        """
        profiles.not_empty(_NAME)
        profiles.column("compound", _NAME)
        treated = np.flatnonzero(~profiles.controls(_NAME))
        if not profiles.column(self.truth, _NAME).iloc[treated].notna().any():
            raise InputError(
                f"{_NAME} needs a treatment with a true onset; '{self.truth}' has none",
                fix="name the column of true onsets in `truth`, or leave this metric out",
            )
        profiles.column("onset", _NAME)
        not_infinite(profiles, _NAME)
        meta = profiles.meta.iloc[treated]
        code, first = identity(meta, _TREATMENT)
        names = [name for name in _TREATMENT if name in meta.columns]
        rows = meta.iloc[first][names].reset_index(drop=True)
        wanted = {"onset": "onset", "true_onset": self.truth}
        wanted |= {n: n for n in ("onset_low", "onset_high") if n in meta.columns}
        for name, column in wanted.items():
            hours = number_or_nan(meta[column])
            odd = np.flatnonzero(np.isnan(hours) & meta[column].notna().to_numpy())
            if len(odd):
                raise InputError(
                    f"{_NAME}: '{column}' is {meta[column].iloc[odd[0]]!r} in "
                    f"{profiles.place(int(treated[odd[0]]))} ({count_of(len(odd), 'such row')})",
                    fix="write hours as numbers, and leave the cell empty where there is no effect",
                )
            rows[name] = _medians(hours, code, len(first))
        return self._score(rows)

    def _score(self, rows: pd.DataFrame) -> Score:
        found, true = rows["onset"].notna(), rows["true_onset"].notna()
        both = rows[found & true].reset_index(drop=True)
        if not len(both):
            raise InputError(
                f"{_NAME} needs a treatment with an onset and a true onset; there is none "
                f"({int(found.sum())} with an onset, {int(true.sum())} with a true one)",
                fix="apply the step `onset` first, and see its notes",
            )
        off = both["onset"] - both["true_onset"]
        both = both.assign(value=off.abs(), signed=off)
        value = both["value"].to_numpy(dtype=np.float64)
        low, high = interval_of_mean(value, both["compound"], seed=self.seed)
        whole = low < high
        figures = {
            "missed": _share(~found, true),
            "false": _share(found, ~true),
            "bias": float(off.mean()),
            "median": float(np.median(value)),
        }
        if {"onset_low", "onset_high"} <= set(both.columns):
            inside = both["true_onset"].between(both["onset_low"], both["onset_high"])
            figures["covered"] = float(inside.mean())
        return Score(
            name=_NAME,
            value=float(value.mean()),
            low=low if whole else math.nan,
            high=high if whole else math.nan,
            n=len(both),
            rows=both,
            figures=figures,
        )


def _share(those: pd.Series, among: pd.Series) -> float:
    return float(those[among].mean()) if among.any() else math.nan


def _medians(
    values: Float64[np.ndarray, " n"], code: np.ndarray, groups: int
) -> Float64[np.ndarray, " g"]:
    """Return the median of each group; NaN where it has no value."""
    return (
        pd.Series(values)
        .groupby(code, observed=True)
        .median()
        .reindex(range(groups))
        .to_numpy(np.float64)
    )
