"""PercentReplicating: how many treatments' replicates agree more than profiles of others do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from jaxtyping import Float64, Int64
from scipy.stats import binom

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, MANY, between, within
from phenolens.core.score import Score
from phenolens.neighbours.correlation import standard_rows
from phenolens.neighbours.known_rows import rows_ready
from phenolens.neighbours.order import canonical_order
from phenolens.statistics.intervals import wilson
from phenolens.statistics.ties import exceeds, rounding
from phenolens.statistics.units import unit_text

_DRAWS = 200_000  # correlations held at a time


@dataclass(frozen=True, kw_only=True)
class PercentReplicating:
    """Share of treatments whose replicates correlate more than profiles of other treatments do.

    Percent replicating (Way et al. 2022, as in JUMP): a treatment replicates if the median
    Pearson correlation of its pairs of replicates is above the 95th percentile of a null: medians
    of as many pairs, drawn among as many profiles of as many treatments. With
    `null_same = "well"` a null set shares a well position (with "plate" a plate): the score is
    then what goes beyond the position.

    1 is perfect; chance is 0.05, by construction, and `p` is of the binomial. It asks whether
    replicates agree, not whether the treatment does anything: replicates at one well position
    agree for its sake (in CPJUMP1 even half of the negative controls "replicate"). Negative
    controls are left out.

    Attributes:
        same: Column that replicates share.
        null_same: Column that the profiles of one null set share; none, unless given.
        quantile: Of the null, above which a treatment replicates.
        null_size: Null sets for each number of replicates.
        seed: Of the null.
    """

    title: ClassVar[str] = "Percent replicating"
    better: ClassVar[str] = "high"
    good: ClassVar[str] = (
        "Near 1: replicates correlate more than the 95th percentile of unrelated wells."
    )
    chance: ClassVar[str] = "0.05"
    chance_level: ClassVar[float] = 0.05
    blind: ClassVar[str] = (
        "well position, where replicates share theirs; and whether the treatment does anything"
    )

    same: str = "treatment"
    null_same: str | None = None
    quantile: float = 0.95
    null_size: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        within(0, 1, quantile=self.quantile)
        between(1, MANY, null_size=self.null_size)
        between(0, LARGEST_SEED, seed=self.seed)

    def __call__(self, profiles: Profiles) -> Score:
        """Return the share, with one row per treatment: its median correlation, `bar` and `value`.

        Raises:
            InputError: No such column, no treatment with two replicates, fewer treatments than
                replicates, a feature that is not finite, or a profile whose features are equal.
        """
        used, code, names, notes = self._used(profiles)
        place = self._places(used)
        size = np.bincount(code)
        if size.max(initial=0) < 2:
            raise InputError(
                f"percent_replicating needs at least one {self.same} with two replicates"
            )
        x = standard_rows(used, "percent_replicating")
        several = np.flatnonzero(size > 1)
        order = np.argsort(code, kind="stable")
        members = np.split(order, np.cumsum(size)[:-1])
        median = np.array([_median(x[members[g]]) for g in several])
        bars = {n: self._bar(x, code, place, n) for n in np.unique(size[several]).tolist()}
        bar = np.array([bars[n] for n in size[several].tolist()])
        rows = self._identity(used, members, several, names)
        rows = rows.assign(
            n=size[several],
            median=median,
            bar=bar,
            value=exceeds(median, bar, rounding(x.shape[1])).astype(int),
        )
        if len(several) < len(size):
            notes.append(f"{self.same} with only one profile left out: {len(size) - len(several)}")
        hits, n = int(rows["value"].sum()), len(rows)
        low, high = wilson(hits, n)
        return Score(
            name="percent_replicating",
            value=hits / n,
            low=low,
            high=high,
            hits=hits,
            n=n,
            null=1 - self.quantile,
            null_high=float(binom.ppf(0.95, n, 1 - self.quantile) / n),
            p=float(binom.sf(hits - 1, n, 1 - self.quantile)),
            rows=rows,
            figures={
                "median_of_medians": float(np.median(median)),
                "mean_bar": float(bar.mean()),
            },
            notes=tuple(notes),
        )

    def _used(
        self, profiles: Profiles
    ) -> tuple[Profiles, Int64[np.ndarray, " k"], np.ndarray, list[str]]:
        """Return the profiles that take part, sorted, their treatment, and notes."""
        rows, notes = rows_ready(profiles, self.same, "percent_replicating")
        if self.null_same is not None:
            profiles.column(self.null_same, "percent_replicating")
        used = profiles.take(rows)
        used = used.take(canonical_order(used))
        code, names = pd.factorize(used.meta[self.same].astype(str), sort=True)
        return used, code.astype(np.int64), np.asarray(names), notes

    def _places(self, used: Profiles) -> Int64[np.ndarray, " k"]:
        if self.null_same is None:
            return np.zeros(len(used), dtype=np.int64)
        return pd.factorize(unit_text(used.meta[self.null_same]), sort=True)[0].astype(np.int64)

    def _identity(
        self,
        used: Profiles,
        members: list[np.ndarray],
        several: Int64[np.ndarray, " t"],
        names: np.ndarray,
    ) -> pd.DataFrame:
        rows = pd.DataFrame({self.same: names[several]})
        if "compound" in used.meta.columns and self.same != "compound":
            first = [int(members[g][0]) for g in several]
            rows["compound"] = used.meta["compound"].to_numpy()[first]
        return rows

    def _bar(
        self,
        x: Float64[np.ndarray, "k d"],
        code: Int64[np.ndarray, " k"],
        place: Int64[np.ndarray, " k"],
        n: int,
    ) -> float:
        """Return the quantile of medians over sets of n profiles of n treatments."""
        rng = np.random.default_rng([self.seed, n])
        sets = _sets(code, place, n, self.null_size, rng)
        if not len(sets):
            where = f" in one {self.null_same}" if self.null_same else ""
            raise InputError(
                f"percent_replicating needs profiles of {n} different {self.same}s{where} "
                "for its null"
            )
        medians = []
        step = max(1, _DRAWS // (n * x.shape[1]))
        left, right = np.triu_indices(n, 1)
        for begin in range(0, len(sets), step):
            some = x[sets[begin : begin + step]]
            medians.append(np.median((some @ some.transpose(0, 2, 1))[:, left, right], axis=1))
        return float(np.quantile(np.concatenate(medians), self.quantile))


def _median(x: Float64[np.ndarray, "k d"]) -> float:
    """Return the median correlation of all pairs of standardized rows."""
    return float(np.median((x @ x.T)[np.triu_indices(len(x), 1)]))


def _sets(
    code: Int64[np.ndarray, " k"],
    place: Int64[np.ndarray, " k"],
    n: int,
    size: int,
    rng: np.random.Generator,
) -> Int64[np.ndarray, "s n"]:
    """Return sets of n rows of one place and n treatments; none where no place has as many."""
    groups = (
        pd.DataFrame({"place": place, "code": code})
        .groupby(["place", "code"], observed=True)
        .indices
    )
    rows: dict[int, list[np.ndarray]] = {}
    for (p, _), held in sorted(groups.items()):
        rows.setdefault(int(p), []).append(held)
    able = [p for p, held in rows.items() if len(held) >= n]
    if not able:
        return np.zeros((0, n), dtype=np.int64)
    sets = np.empty((size, n), dtype=np.int64)
    for i, p in enumerate(rng.choice(able, size).tolist()):
        chosen = [rows[p][t] for t in rng.permutation(len(rows[p]))[:n].tolist()]
        sets[i] = [held[int(rng.random() * len(held))] for held in chosen]
    return sets
