"""EffectAccuracy: how many treatments got the class of effect that they have."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, MANY, between
from phenolens.core.score import Score
from phenolens.effects.classes import CANNOT_TELL
from phenolens.effects.per_treatment import Treatments
from phenolens.statistics.chance import chance
from phenolens.statistics.intervals import interval_of_mean

_NAME = "effect_accuracy"


@dataclass(frozen=True, kw_only=True)
class EffectAccuracy:
    """Share of treatments, per cell line, that are called with the class they have.

    Meant for what `effect_classes` makes, against a column of the truth (of a simulated screen,
    or from the literature). Every treatment counts once, however many curves it has. `cannot tell`
    is not right, so no score rises by abstaining; a missing call counts as one. The figures have
    its share (`cannot_tell`) and the accuracy of the rest (`when_called`). `balanced` is the mean
    recall of the classes, and `X_as_Y` how many treatments of class X were called Y.

    The null shuffles the truth between treatments; the interval draws compounds with all their
    doses and lines. Both take truth as given, and doses of one compound are not independent, so
    the p is too small where each compound has many of one class.

    Attributes:
        truth: Column of the class a treatment has.
        called: Column of the class it was called.
        same: Columns that make a treatment, as far as the table has them.
        permutations: Shuffles of the truth.
        seed: Of the shuffles and of the interval.
    """

    title: ClassVar[str] = "Effect class accuracy"
    better: ClassVar[str] = "high"
    good: ClassVar[str] = "Near 1: cytotoxic, cytostatic, mixed and no effect are told apart."
    chance: ClassVar[str] = "the share that is right with the truth shuffled between treatments"
    blind: ClassVar[str] = (
        "whether the truth is right, and how near a miss is: `balanced` and the confusion say which"
    )
    accepts_missing: ClassVar[bool] = True
    example_table: ClassVar[str] = "trajectories"

    truth: str = "effect"
    called: str = "effect_called"
    same: tuple[str, ...] = ("compound", "concentration", "cell_line")
    permutations: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        between(0, MANY, permutations=self.permutations)
        between(0, LARGEST_SEED, seed=self.seed)

    @classmethod
    def example(cls) -> EffectAccuracy:
        """Return one for the contract tests, whose table has mechanisms and batches."""
        return cls(truth="moa", called="moa", permutations=100)

    def __call__(self, profiles: Profiles) -> Score:
        """Return the accuracy, with one row per treatment and line.

        Raises:
            InputError: No such column, no treated row with a truth, or a treatment with two
                classes.
        """
        truth = profiles.column(self.truth, _NAME)
        if not truth[~profiles.controls(_NAME)].notna().any():
            raise InputError(f"{_NAME} needs treated rows with a '{self.truth}', and there is none")
        treatments = Treatments.of(profiles, self.same, (self.truth, self.called), _NAME)
        known = treatments.known(self.truth)
        known = known.assign(**{self.called: known[self.called].fillna(CANNOT_TELL)})
        truth, called = (
            known[name].astype(str).to_numpy(str) for name in (self.truth, self.called)
        )
        right = (truth == called).astype(np.float64)
        rng = np.random.default_rng(self.seed)
        shuffled = rng.permuted(np.tile(truth, (self.permutations, 1)), axis=1)
        low, high = interval_of_mean(right, known[treatments.unit], seed=self.seed)
        whole = low < high
        lost = len(treatments.table) - len(known)
        return Score(
            name=_NAME,
            value=float(right.mean()),
            low=low if whole else math.nan,
            high=high if whole else math.nan,
            hits=int(right.sum()),
            n=len(known),
            **chance(float(right.mean()), (shuffled == called).mean(axis=1)),
            rows=known.assign(value=right.astype(int)),
            figures=_figures(truth, called),
            notes=(f"treatments without '{self.truth}' left out: {lost}",) if lost else (),
        )


def _figures(truth: np.ndarray, called: np.ndarray) -> dict[str, float]:
    """Return recall by class, what is counted apart, and the confusion."""
    answered = called != CANNOT_TELL
    right = truth == called
    classes = np.unique(truth).tolist()
    recall = {name: float(right[truth == name].mean()) for name in classes}
    table = pd.crosstab(truth, called)
    confusion = {
        f"{_word(of)}_as_{_word(name)}": float(table.loc[of, name])
        for of in table.index
        for name in table.columns
        if table.loc[of, name]
    }
    return {
        "cannot_tell": float((~answered).mean()),
        "when_called": float(right[answered].mean()) if answered.any() else math.nan,
        "balanced": float(np.mean(list(recall.values()))),
        **{f"recall_{_word(name)}": value for name, value in recall.items()},
        **confusion,
    }


def _word(name: str) -> str:
    return str(name).replace(" ", "_")
