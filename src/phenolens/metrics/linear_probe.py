"""LinearProbe: what a straight line through the features can tell of a column."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64, Int64
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, MANY, above, between
from phenolens.core.score import Score
from phenolens.core.values import Values
from phenolens.neighbours.grouping import Grouped, Rows, grouped
from phenolens.statistics.chance import chance
from phenolens.statistics.folds_by_group import folds_by_group
from phenolens.statistics.ties import FITTED, first_largest

_RESAMPLES = 2000
_FEW = 5  # rows of a value, below which its recall is hardly known


@dataclass(frozen=True, kw_only=True)
class LinearProbe:
    """Balanced accuracy of a logistic regression that reads a column off the features.

    Of the batch or plate: how much of it the features carry; of the MoA: how much a linear reader
    finds. Cross-validated by whole groups: no compound (well, ...) is in training and test, so the
    batch must be read off compounds never seen, and a MoA off other compounds. Features are scaled
    on the training rows alone, classes weigh alike, and the score is the mean over the values of
    the share of their rows read right (Brodersen et al. 2010); chance is 1 / values, and the
    null is what the shuffled column gives.

    Near chance the column cannot be read linearly, in so many features and rows; neighbours or a
    network may still read it. That the batch can be read does not mean that it leads: one feature
    a little off suffices, so see the neighbours too. And a batch can be read off biology, where
    batches differ in treatments: groups by compound do not help against that.

    Attributes:
        same: Column to be read: a row is right where the value read is the same as its own.
        groups: Column whose rows are never split between training and test. To read a column that
            depends on the compound (a well position, the compound itself) take the plate.
        rows: Treated rows, negative controls only (group by well then), or all.
        folds: How many, at most.
        strength: Inverse of the ridge penalty (scikit-learn's C) on features of unit variance.
        iterations: At most so many of the optimizer; fits that stop there are counted.
        permutations: How many shuffles of the column make the null; each costs as much as the
            score.
        seed: Seed of folds, shuffles and interval.
    """

    title: ClassVar[str] = "Linear probe"
    better: ClassVar[str] = "low"
    good: ClassVar[str] = (
        "At chance for a batch or plate: it cannot be predicted. Near 1 for a mechanism."
    )
    chance: ClassVar[str] = "1 / number of values"
    blind: ClassVar[str] = "whether a score relies on what can be predicted"
    is_mean: ClassVar[bool] = False

    same: str = "batch"
    groups: str = "compound"
    rows: Rows = "treated"
    folds: int = 5
    strength: float = 0.1
    iterations: int = 200
    permutations: int = 20
    seed: int = 0

    def __post_init__(self) -> None:
        between(2, MANY, folds=self.folds)
        above(0, strength=self.strength)
        between(1, MANY, iterations=self.iterations)
        between(0, MANY, permutations=self.permutations)
        between(0, LARGEST_SEED, seed=self.seed)

    @classmethod
    def example(cls) -> LinearProbe:
        """Return a quick one for the contract tests: a permutation costs as much as the score."""
        return cls(permutations=4)

    def __call__(self, profiles: Profiles) -> Score:
        """Return the balanced accuracy: `value` is 1 for a row read right.

        The score is the mean over the column's values, not over the rows.

        Raises:
            InputError: No such column, fewer than two values that occur in two groups each, or a
                feature that is not finite.
        """
        profiles.column(self.groups, "linear_probe")
        found = grouped(profiles, self.same, self.rows, "linear_probe")
        group, kept, notes = self._grouped(found)
        found, group = found.only(kept), np.unique(group[kept], return_inverse=True)[1]
        code, names = np.unique(found.code, return_inverse=True)[1], len(np.unique(found.code))
        fold = folds_by_group(group, code, min(self.folds, int(group.max()) + 1), self.seed)
        read, stopped = self._read(found.x, code, fold)
        if stopped:
            notes.append(f"fits that did not converge in {self.iterations} iterations: {stopped}")
        right = read == code
        value = _balanced(right, code, names)
        drawn = []
        for shuffled in _shuffles(code, group, self.permutations, self.seed):
            guess = self._read(found.x, shuffled, fold)[0] == shuffled
            drawn.append(_balanced(guess, shuffled, names))
        low, high = _interval(right, code, group, self.seed)
        known = np.array(found.names)[np.unique(found.code)]
        return Score(
            name="linear_probe",
            value=value,
            low=low,
            high=high,
            n=len(code),
            **chance(value, np.array(drawn)),
            rows=found.rows(self.same).assign(read=known[read], value=right.astype(np.int64)),
            figures={
                "accuracy": float(right.mean()),
                "chance": 1 / names,
                "values": float(names),
            },
            notes=(*found.notes, *notes),
        )

    def _grouped(
        self, found: Grouped
    ) -> tuple[Int64[np.ndarray, " n"], Int64[np.ndarray, " k"], list[str]]:
        """Return each row's group, the rows that can be read at all, and what was left out."""
        column = found.used.meta[self.groups].astype("string").str.strip()
        group = pd.factorize(column, sort=True)[0].astype(np.int64)
        group[~Values.of(found.used.meta[self.groups]).known] = -1
        notes = []
        if (group < 0).any():
            notes.append(f"rows without {self.groups} left out: {int((group < 0).sum())}")
        pairs = np.unique(np.stack([found.code, group], axis=1)[group >= 0], axis=0)
        of_value = np.bincount(pairs[:, 0], minlength=len(found.names))
        readable: Bool[np.ndarray, " g"] = of_value > 1
        if readable.sum() < 2:
            raise InputError(
                f"linear_probe needs at least two values of {self.same} that each occur with two "
                f"values of {self.groups}, got {int(readable.sum())}",
                fix="name another column with `groups`",
            )
        lost = [name for name, can in zip(found.names, readable, strict=True) if not can]
        if lost:
            told = ", ".join(lost[:5]) + (", ..." if len(lost) > 5 else "")
            notes.append(f"{self.same} in one {self.groups} only, left out: {len(lost)} ({told})")
        kept = np.flatnonzero((group >= 0) & readable[found.code])
        middle = float(np.median(np.bincount(found.code[kept], minlength=len(readable))[readable]))
        if middle < _FEW:
            notes.append(
                f"{int(readable.sum())} values of {self.same} have a median of {middle:g} rows: "
                "too few to read any of them well"
            )
        return group, kept, notes

    def _read(
        self,
        x: Float64[np.ndarray, "n d"],
        code: Int64[np.ndarray, " n"],
        fold: Int64[np.ndarray, " n"],
    ) -> tuple[Int64[np.ndarray, " n"], int]:
        """Return what is read of each row by the other folds, and how many fits were stopped."""
        read, stopped = np.full(len(x), -1, dtype=np.int64), 0
        for one in np.unique(fold):
            out = fold == one
            if len(np.unique(code[~out])) < 2:  # of a shuffled column: nothing to choose between
                read[out] = code[~out][0]
                continue
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always", ConvergenceWarning)
                read[out] = _read_off(self._model().fit(x[~out], code[~out]), x[out])
            stopped += any(issubclass(w.category, ConvergenceWarning) for w in caught)
        return read, stopped

    def _model(self) -> Any:
        return make_pipeline(
            StandardScaler(),
            LogisticRegression(C=self.strength, class_weight="balanced", max_iter=self.iterations),
        )


def _read_off(model: Any, x: Float64[np.ndarray, "k d"]) -> Int64[np.ndarray, " k"]:
    """Return the class of each row; of classes as likely within the fit's tolerance the first."""
    decision = model.decision_function(x)
    if decision.ndim == 1:  # of two classes: that of the second
        decision = np.stack([np.zeros(len(x)), decision], axis=1)
    read: Int64[np.ndarray, " k"] = model.classes_[first_largest(decision, FITTED)]
    return read


def _shuffles(
    code: Int64[np.ndarray, " n"], group: Int64[np.ndarray, " n"], permutations: int, seed: int
) -> list[Int64[np.ndarray, " n"]]:
    """Return values shuffled between groups if each group has one value, else between rows."""
    whole = pd.Series(code).groupby(group, observed=True).nunique().max() == 1
    unit = group if whole else np.arange(len(code))
    of_unit = code[np.unique(unit, return_index=True)[1]]
    rng = np.random.default_rng(seed)
    return [of_unit[rng.permutation(len(of_unit))][unit] for _ in range(permutations)]


def _balanced(right: Bool[np.ndarray, " n"], code: Int64[np.ndarray, " n"], values: int) -> float:
    """Return the mean over the values of the share of their rows that are right."""
    return float((np.bincount(code, right, values) / np.bincount(code, minlength=values)).mean())


def _interval(
    right: Bool[np.ndarray, " n"],
    code: Int64[np.ndarray, " n"],
    group: Int64[np.ndarray, " n"],
    seed: int,
) -> tuple[float, float]:
    """Return the 95 % interval, whole groups drawn with replacement (percentile bootstrap).

    A value that a draw lacks is left out of that draw's mean.
    """
    shape = (int(group.max()) + 1, int(code.max()) + 1)
    place = group * shape[1] + code
    hits = np.bincount(place, right, shape[0] * shape[1]).reshape(shape)
    all_rows = np.bincount(place, minlength=shape[0] * shape[1]).reshape(shape)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(shape[0], np.full(shape[0], 1 / shape[0]), size=_RESAMPLES)
    there = drawn @ all_rows
    share = np.divide(drawn @ hits, there, out=np.zeros(there.shape), where=there > 0)
    means = share.sum(axis=1) / (there > 0).sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return (float(low), float(high)) if low < high else (float("nan"), float("nan"))
