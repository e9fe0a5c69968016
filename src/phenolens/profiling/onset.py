"""Onset: when the effect of each treatment begins, in hours since the drug was added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from jaxtyping import Int64

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, between
from phenolens.profiling.base import BaseStep
from phenolens.trajectories.change_point import ChangePoint
from phenolens.trajectories.change_point import Onset as Found
from phenolens.trajectories.curves import column_codes, control_groups, identity
from phenolens.trajectories.dose_spread import DoseSpread
from phenolens.trajectories.table import not_infinite, times_of

_NAME = "onset"
_COLUMNS = ("onset", "onset_low", "onset_high", "onset_note")
_MOST_DRAWS = 10_000
_LEAST_ALPHA = 1e-6


@dataclass(frozen=True, kw_only=True)
class Onset(BaseStep):
    """When the effect of each treatment begins: hours, an interval, and a note where there is none.

    `change_point`: for each compound, concentration and cell line, the time from which the mean of
    its replicate curves leaves what control curves do (Page 1954, against the controls of the
    same plates: see `phenolens.trajectories.change_point`). `dose_spread`: the rule of Dmitrenko
    et al. 2022, one onset for all doses of a compound in a cell line (see
    `phenolens.trajectories.dose_spread`).

    It adds `onset`, `onset_low`, `onset_high` (hours; 95 % interval, whose lower end is not above
    the frame before the onset, and whose upper end may be infinite) and `onset_note` to every
    curve of the treatment. NaN with the reason in the note: too few times, no frames before the
    drug was added, too few controls, no departure. Features and rows stay as they are.

    Attributes:
        rule: Which rule.
        controls_same: Columns that a curve and its controls share, as in `trajectories`.
        alpha: How often a treatment without an effect may have an onset (`change_point`).
        zero_is_before: Whether a frame at time 0 was taken before the drug was added. Without one
            before the drug there is no onset.
        draws: Of the bootstrap over replicate curves and control curves.
        seed: Of the draws.
    """

    rule: Literal["change_point", "dose_spread"] = "change_point"
    controls_same: tuple[str, ...] = ("plate", "cell_line", "batch")
    alpha: float = 0.05
    zero_is_before: bool = False
    draws: int = 200
    seed: int = 0

    accepts_missing: ClassVar[bool] = True
    example_table: ClassVar[str] = "trajectories"

    def __post_init__(self) -> None:
        between(_LEAST_ALPHA, 0.5, alpha=self.alpha)
        between(2, _MOST_DRAWS, draws=self.draws)
        between(0, LARGEST_SEED, seed=self.seed)

    @property
    def adds(self) -> tuple[str, ...]:
        """The columns that it adds."""
        return _COLUMNS

    def __call__(self, profiles: Profiles) -> Profiles:
        """Return the trajectories with the onset of each.

        Raises:
            InputError: Not trajectories, no column `compound` or `control`, no control, a
                distance that is infinite or negative, or a curve without a value in a column of
                `controls_same`.
        """
        profiles.not_empty(_NAME)
        profiles.column("compound", _NAME)
        control = profiles.controls(_NAME)
        hours = times_of(profiles)
        order = np.argsort(hours, kind="stable")
        times = hours[order]
        values = not_infinite(profiles, _NAME)[:, order]
        before = times <= 0 if self.zero_is_before else times < 0
        # Rows in the order of what identifies them, so that no order of the table changes draws.
        by_name = _sorted_rows(profiles, values)
        meta = profiles.meta.iloc[by_name].reset_index(drop=True)
        own = [np.asarray(a)[by_name] for a in (control, values)]
        if self.rule == "change_point":
            members = _members(meta, own[0], ("compound", "concentration", "cell_line"))
            there = [name for name in self.controls_same if name in meta.columns]
            group = control_groups(profiles, np.arange(len(profiles)), there, _NAME)
            point = ChangePoint(
                times,
                own[1],
                own[0],
                group[by_name],
                before,
                self.alpha,
                self.draws,
                self.seed,
            )
            found = point.onsets(members)
        else:
            members = _members(meta, own[0], ("compound", "cell_line"))
            spread = DoseSpread(times, own[1], before, self.draws, self.seed)
            found = [spread.onset(_doses(meta, rows)) for rows in members]
        table = _table(len(profiles), [by_name[rows] for rows in members], found)
        treated = [one for one in found if one.note != "a control"]
        return profiles.after(
            self,
            meta=profiles.meta.drop(columns=list(_COLUMNS), errors="ignore").join(table),
            treatments=len(treated),
            with_onset=sum(np.isfinite(one.hours) for one in treated),
            frames_before=int(before.sum()),
            notes={note: k for note, k in sorted(_counted(treated).items()) if note},
        )

    def fit(self, profiles: Profiles) -> Onset:
        """Return the step itself: nothing is learned, each table has its own controls."""
        del profiles
        return self

    @classmethod
    def examples(cls) -> tuple[BaseStep, ...]:
        """Return both rules, with few draws."""
        return cls(draws=20), cls(rule="dose_spread", draws=5)


def _sorted_rows(profiles: Profiles, values: np.ndarray) -> Int64[np.ndarray, " n"]:
    code = identity(profiles.meta)[0]
    return np.lexsort((*np.nan_to_num(values, nan=-1.0).T[::-1], code)).astype(np.int64)


def _members(
    meta: pd.DataFrame, control: np.ndarray, columns: Sequence[str]
) -> list[Int64[np.ndarray, " _"]]:
    """Return the curves of each treatment; controls are none."""
    code, first = identity(meta, columns)
    groups = [np.flatnonzero((code == k) & ~control) for k in range(len(first))]
    return [rows for rows in groups if len(rows)]


def _doses(meta: pd.DataFrame, rows: Int64[np.ndarray, " _"]) -> list[Int64[np.ndarray, " _"]]:
    if "concentration" not in meta.columns:
        raise InputError(f"{_NAME} by dose_spread needs a column 'concentration'")
    dose = column_codes(meta["concentration"].iloc[rows])
    return [rows[dose == k] for k in np.unique(dose)]


def _table(
    n: int, members: Sequence[Int64[np.ndarray, " _"]], found: Sequence[Found]
) -> pd.DataFrame:
    made = pd.DataFrame(np.full((n, 3), np.nan), columns=list(_COLUMNS[:3]))
    note = np.full(n, "a control", dtype=object)
    for rows, one in zip(members, found, strict=True):
        made.iloc[rows] = one.hours, one.low, one.high
        note[rows] = one.note
    return made.assign(onset_note=note)


def _counted(found: Sequence[Found]) -> dict[str, int]:
    count: dict[str, int] = {}
    for one in found:
        count[one.note] = count.get(one.note, 0) + 1
    return count
