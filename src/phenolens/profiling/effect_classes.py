"""Effect classes: cytotoxic, cytostatic, mixed or none, with a confidence and the evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from jaxtyping import Float64, Int64

from phenolens.core.errors import InputError, nearest
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, between
from phenolens.core.reading.numbers import number_or_nan
from phenolens.effects.calling import Answer, answers_by_growth, answers_by_shape
from phenolens.effects.classes import ANSWERS, CANNOT_TELL, CONTROL
from phenolens.effects.infinite import refuse_infinite
from phenolens.effects.matched import Matched
from phenolens.profiling.base import BaseStep
from phenolens.trajectories.curves import control_groups, identity
from phenolens.trajectories.table import is_trajectories, not_infinite, times_of

_NAME = "effect_classes"
_MOST_REDRAWS = 10_000


@dataclass(frozen=True, kw_only=True)
class EffectClasses(BaseStep):
    """The class of every treatment's effect: cytotoxic, cytostatic, mixed, none, or cannot tell.

    One row per curve goes in, as `trajectories` makes it. Where the curves have growth rates
    (`growth_rates`, or columns of yours), the rules are on growth and death; elsewhere on the shape
    of the trajectory. `effects/rules.py` states them, `effects/thresholds.py` every constant and
    where it is from. Controls are those of the curve's own group.

    All curves of a treatment (compound, concentration and cell line) get the same answer, in
    `effect_called`; `effect_confidence` is how probable this class is with so few curves: the share
    of redraws that give it (below a half the answer is `cannot tell`). A redraw replaces the mean
    curves of the treatment and of its controls by others that Student's t allows, with as many
    curves as there are (`effects/redraws.py`); the sites of a well are one curve. It is missing
    where no group has two controls, and never 1. `effect_evidence` says in words what a class rests
    on. Controls are called `control`.

    Attributes:
        basis: Rates where a treatment has them, else the shape; or only one of the two.
        growth: Column of net growth rates, in any unit.
        death: Column of death rates in the same unit; without it slower division and death cannot
            be separated while a population grows.
        same: Columns that make a treatment, as far as the table has them.
        controls_same: Columns that a curve and its controls share, the same.
        redraws: For the confidence; 0: none.
        seed: Of the redraws.
    """

    basis: Literal["auto", "growth", "shape"] = "auto"
    growth: str = "growth_rate"
    death: str = "death_rate"
    same: tuple[str, ...] = ("compound", "concentration", "cell_line")
    controls_same: tuple[str, ...] = ("plate", "cell_line", "batch")
    redraws: int = 200
    seed: int = 0

    accepts_missing: ClassVar[bool] = True
    example_table: ClassVar[str] = "trajectories"
    instead: ClassVar[str] = "a class needs the curve's own controls: apply it to all rows together"

    def __post_init__(self) -> None:
        between(0, _MOST_REDRAWS, redraws=self.redraws)
        between(0, LARGEST_SEED - 1, seed=self.seed)

    @property
    def adds(self) -> tuple[str, ...]:
        """The columns that it adds."""
        return ("effect_called", "effect_confidence", "effect_evidence")

    def __call__(self, profiles: Profiles) -> Profiles:
        """Return the profiles with the answers among the metadata.

        Raises:
            InputError: No column `compound` or `control`, no control, a long table that was not
                made into trajectories, neither growth rates nor trajectories, or a curve without a
                value in a column of `controls_same`.
        """
        profiles.not_empty(_NAME)
        profiles.column("compound", _NAME)
        control = profiles.controls(_NAME)
        meta = profiles.meta
        if "time" in meta.columns:
            raise InputError(
                f"{_NAME} needs one row per curve, and the table has a column 'time'",
                fix="put the step `trajectories` before it",
            )
        refuse_infinite(profiles, _NAME)
        treatment = identity(meta, self.same)[0]
        treatment = np.where(control, -1, treatment)
        names, dense = np.unique(treatment[~control], return_inverse=True)
        treatment[~control] = dense
        there = [name for name in self.controls_same if name in meta.columns]
        group = control_groups(profiles, np.arange(len(profiles)), there, _NAME)
        matched = Matched(treatment, group, len(names), int(group.max()) + 1)
        answers, by = self._answers(profiles, matched, _wells(meta, treatment, group))
        called = np.array([*(a.call.effect for a in answers), CONTROL], dtype=object)
        sure = np.array([*(a.call.confidence for a in answers), np.nan])
        words = np.array([*(a.evidence for a in answers), ""], dtype=object)
        table = meta.assign(
            effect_called=called[treatment],
            effect_confidence=sure[treatment],
            effect_evidence=words[treatment],
        )
        counts: dict[str, Any] = {name: int((called[:-1] == name).sum()) for name in ANSWERS}
        return profiles.after(self, meta=table, treatments=len(names), **by, **counts)

    def _answers(
        self, profiles: Profiles, matched: Matched, well: Int64[np.ndarray, " n"]
    ) -> tuple[list[Answer], dict[str, Any]]:
        """Return the answer for each treatment, and how many are by growth and by shape."""
        rates = self._column(profiles, self.growth) if self.basis != "shape" else None
        curves = is_trajectories(profiles) and self.basis != "growth"
        if rates is None and not curves:
            if self.basis == "shape":
                times_of(profiles)  # says what is wrong
            columns = [*map(str, profiles.meta.columns)]
            raise InputError(
                f"{_NAME} needs growth rates in a column '{self.growth}'"
                + (", or trajectories" if self.basis == "auto" else ""),
                fix="put `growth_rates` before it; " + nearest(self.growth, columns, "columns"),
            )
        first = np.unique(well, return_index=True)[1]
        matched = matched.take(first)
        shaped = self._by_shape(profiles, matched, well) if curves else []
        if rates is None:
            return shaped, {"by_growth": 0, "by_shape": len(shaped)}
        death = self._column(profiles, self.death)
        death = np.full(len(rates), np.nan) if death is None else death
        both = _means(np.stack([rates, death], axis=1), well)
        grown = answers_by_growth(matched, both[:, 0], both[:, 1], self.redraws, self.seed)
        made = [_chosen(*pair) for pair in zip(grown, shaped, strict=True)] if shaped else grown
        by_shape = sum(a is b for a, b in zip(made, shaped, strict=True)) if shaped else 0
        return made, {"by_growth": len(made) - by_shape, "by_shape": by_shape}

    def _by_shape(
        self, profiles: Profiles, matched: Matched, well: Int64[np.ndarray, " n"]
    ) -> list[Answer]:
        time = times_of(profiles)
        order = np.argsort(time)
        distance = _means(not_infinite(profiles, _NAME)[:, order], well)
        return answers_by_shape(matched, time[order], distance, self.redraws, self.seed)

    def _column(self, profiles: Profiles, name: str) -> Float64[np.ndarray, " n"] | None:
        """Return a column of rates, None where the table has no such column.

        Raises:
            InputError: A rate is infinite or not a number.
        """
        if name not in profiles.meta.columns:
            return None
        values = number_or_nan(profiles.meta[name])
        wrong = np.isinf(values) | (np.isnan(values) & profiles.meta[name].notna().to_numpy())
        if wrong.any():
            row = int(wrong.argmax())
            raise InputError(f"{_NAME}: '{name}' is not a number in {profiles.place(row)}")
        return values


def _chosen(grown: Answer, shaped: Answer) -> Answer:
    """Return the answer by growth where there is one, with what the shape adds; else by shape."""
    if grown.call.first == CANNOT_TELL and "no growth rate" in grown.evidence:
        return shaped
    if grown.call.effect == "none" and np.isfinite(shaped.departs):
        what = f"its profile departs from the controls at {shaped.departs:.3g} h all the same"
        return Answer(grown.call, f"{grown.evidence}; {what}", shaped.departs)
    return grown


def _wells(
    meta: pd.DataFrame, treatment: Int64[np.ndarray, " n"], group: Int64[np.ndarray, " n"]
) -> Int64[np.ndarray, " n"]:
    """Return the number of each row's well; its own where the table has no sites of wells."""
    if not {"well", "site"} <= set(meta.columns):
        return np.arange(len(meta))
    place = _codes(meta, ("plate", "well", "replicate"))
    lost = meta["well"].isna().to_numpy()
    place[lost] = len(meta) + np.flatnonzero(lost)
    return np.unique(np.stack([place, treatment, group]), axis=1, return_inverse=True)[1].ravel()


def _means(
    values: Float64[np.ndarray, "n c"], well: Int64[np.ndarray, " n"]
) -> Float64[np.ndarray, "w c"]:
    """Return the mean of each well's rows, the same in any order; NaN where none has a value."""
    made = np.full((int(well.max()) + 1, values.shape[1]), np.nan)
    for column, one in enumerate(values.T):
        order = np.lexsort((one, well))
        order = order[np.isfinite(one[order])]
        total = np.bincount(well[order], one[order], minlength=len(made))
        count = np.bincount(well[order], minlength=len(made))
        np.divide(total, count, out=made[:, column], where=count > 0)
    return made


def _codes(meta: pd.DataFrame, columns: tuple[str, ...]) -> np.ndarray:
    """Return the number of each row's treatment or group, in the order of their values."""
    there = [name for name in columns if name in meta.columns]
    if not there:
        return np.zeros(len(meta), dtype=np.int64)
    named = meta[there].astype("string").fillna("")
    return named.groupby(there, observed=True).ngroup().to_numpy(dtype=np.int64)
