"""EffectAgreement: does a treatment get the same class in every line, run or replicate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, NoReturn

import numpy as np
import pandas as pd
from jaxtyping import Float64, Int64

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, MANY, between
from phenolens.core.score import Score
from phenolens.core.values import Values
from phenolens.effects.classes import CANNOT_TELL
from phenolens.effects.per_treatment import Treatments
from phenolens.statistics.chance import chance
from phenolens.statistics.intervals import interval_of_mean
from phenolens.trajectories.curves import identity

_NAME = "effect_agreement"


@dataclass(frozen=True, kw_only=True)
class EffectAgreement:
    """Share of pairs of lines (or runs) in which a treatment gets the same class of effect.

    Per treatment, over all pairs of cell lines in which it was called; then the mean over
    treatments. Calls of `cannot tell` are left out and counted (`cannot_tell`). A
    drug may truly do something else in another line, so over lines less than 1 can be right; over
    runs, plates or batches it cannot. `kappa` is what is beyond chance, (value - null) / (1 -
    null), with a null that shuffles the calls of each line between treatments.

    To compare runs, let `effect_classes` call each run by itself: name the column in its `same`.

    Attributes:
        over: Column of what is compared: `cell_line`, `plate`, `batch`, `replicate`.
        called: Column of the class.
        same: Columns that make a treatment, as far as the table has them.
        permutations: Shuffles.
        seed: Of the shuffles and of the interval.
    """

    title: ClassVar[str] = "Effect class agreement"
    better: ClassVar[str] = "high"
    good: ClassVar[str] = "Near 1 over runs: a treatment gets the same class each time."
    chance: ClassVar[str] = "the agreement with the calls of each line shuffled between treatments"
    blind: ClassVar[str] = (
        "whether the classes are right: always `none` agrees completely, as chance does then"
    )
    accepts_missing: ClassVar[bool] = True
    example_table: ClassVar[str] = "trajectories"

    over: str = "cell_line"
    called: str = "effect_called"
    same: tuple[str, ...] = ("compound", "concentration")
    permutations: int = 500
    seed: int = 0

    def __post_init__(self) -> None:
        between(0, MANY, permutations=self.permutations)
        between(0, LARGEST_SEED, seed=self.seed)

    @classmethod
    def example(cls) -> EffectAgreement:
        """Return one for the contract tests, whose table has mechanisms and plates."""
        return cls(over="plate", called="moa", same=("compound",), permutations=50)

    def __call__(self, profiles: Profiles) -> Score:
        """Return the agreement, with one row per treatment that was called twice.

        Raises:
            InputError: No such column, a treatment with two classes in one line, or no treatment
                with a class in two lines.
        """
        profiles, notes = self._with_lines(profiles)
        same = (*(name for name in self.same if name != self.over), self.over)
        treated = profiles.meta[~profiles.controls(_NAME)]
        of_both = identity(treated, same)[1]  # a row of each treatment in each line
        treatment = identity(treated.iloc[of_both], same[:-1])[0]
        if np.bincount(treatment, minlength=1).max() < 2:
            self._refuse()  # before classes are asked for
        found = Treatments.of(profiles, same, (self.called,), _NAME)
        known = found.known(self.called)
        answered = (known[self.called] != CANNOT_TELL).to_numpy()
        keys = [name for name in same if name in known.columns and name != self.over]
        row, names = _places(known, keys)
        column = pd.factorize(known[self.over].astype("string"), sort=True)[0]
        code = pd.factorize(known[self.called], sort=True)[0]
        calls = np.full((len(names), int(column.max(initial=0)) + 1), -1, dtype=np.int64)
        calls[row[answered], column[answered]] = code[answered]
        kept = (calls >= 0).sum(axis=1) >= 2
        if not kept.any():
            self._refuse()
        calls, names = calls[kept], names[kept].reset_index(drop=True)
        value = _agreement(calls)
        drawn = _shuffled(calls, self.permutations, np.random.default_rng(self.seed))
        low, high = interval_of_mean(value, names[found.unit], seed=self.seed)
        whole = low < high
        level = chance(float(value.mean()), drawn)
        if (left := int((~kept).sum())) > 0:
            notes.append(f"treatments with fewer than two classes left out: {left}")
        return Score(
            name=_NAME,
            value=float(value.mean()),
            low=low if whole else math.nan,
            high=high if whole else math.nan,
            n=len(value),
            **level,
            rows=names.assign(called_in=(calls >= 0).sum(axis=1), value=value),
            figures={
                "kappa": _beyond(float(value.mean()), level.get("null", math.nan)),
                "all_agree": float((value == 1).mean()),
                "cannot_tell": float((~answered).mean()),
            },
            notes=tuple(notes),
        )

    def _with_lines(self, profiles: Profiles) -> tuple[Profiles, list[str]]:
        """Return the rows whose line is known, and what was left out."""
        kept = Values.of(profiles.column(self.over, _NAME)).known | profiles.controls(_NAME)
        lost = [f"rows without {self.over} left out: {int((~kept).sum())}"]
        return profiles.take(kept), [] if kept.all() else lost

    def _refuse(self) -> NoReturn:
        raise InputError(
            f"{_NAME} needs a treatment with a class in two values of '{self.over}'",
            fix="name what is compared in `over`, and it in the `same` of effect_classes too",
        )


def _places(known: pd.DataFrame, keys: list[str]) -> tuple[Int64[np.ndarray, " n"], pd.DataFrame]:
    """Return the treatment of each row, and what makes each treatment, in order."""
    text = known[keys].astype("string").fillna("")
    row = text.groupby(keys, observed=True).ngroup().to_numpy(dtype=np.int64)
    first = np.unique(row, return_index=True)[1]
    return row, known[keys].iloc[first].reset_index(drop=True)


def _agreement(calls: Int64[np.ndarray, "k v"]) -> Float64[np.ndarray, " k"]:
    """Return the share of pairs of calls (-1: none) of each treatment that agree."""
    n = (calls >= 0).sum(axis=1)
    alike = np.zeros(len(calls), dtype=np.int64)
    for code in range(int(calls.max(initial=0)) + 1):
        count = (calls == code).sum(axis=1)
        alike += count * (count - 1)
    return alike / np.maximum(n * (n - 1), 1)


def _shuffled(
    calls: Int64[np.ndarray, "k v"], permutations: int, rng: np.random.Generator
) -> Float64[np.ndarray, " p"]:
    """Return the mean agreement with the calls of each line shuffled between treatments."""
    made = np.empty(permutations)
    for p in range(permutations):
        drawn = calls.copy()
        for v in range(calls.shape[1]):
            there = np.flatnonzero(calls[:, v] >= 0)
            drawn[there, v] = calls[rng.permutation(there), v]
        made[p] = _agreement(drawn).mean()
    return made


def _beyond(value: float, null: float) -> float:
    return (value - null) / (1 - null) if null < 1 else math.nan
