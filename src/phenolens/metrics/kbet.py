"""Kbet: do the neighbours of a row come from the batches as all rows do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float64, Int64
from scipy.stats import chi2

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, MANY, above, between
from phenolens.core.score import Score
from phenolens.neighbours.distance import Distance
from phenolens.neighbours.grouping import By, Rows, grouped
from phenolens.neighbours.nearest import k_nearest
from phenolens.statistics.ties import reaches


@dataclass(frozen=True, kw_only=True)
class Kbet:
    """Share of rows whose neighbours' batches a chi-square test accepts as well mixed.

    Buettner et al. 2019: the batches among the k nearest rows of each row are compared with
    their share of all rows, chi2 = sum (observed - k share)^2 / (k share) with groups - 1 degrees
    of freedom, and accepted where p >= 0.05. CDCL (2024) takes k = 0.5 % of the rows and cosine;
    its code drops the row itself and still expects k + 1 neighbours, and takes the MoA for the
    batch: neither is repeated here. The figures give Buettner's rejection rate.

    Well mixed batches are accepted in about 0.95 of the rows, which is the null; batches apart in
    none. A larger k sees weaker effects, so compare scores of one k only (the figures say it).
    It cannot tell mixing from loss of biology (noise mixes perfectly), and where treatments are
    in some batches only it asks for mixing that would be wrong. With fewer than 5 expected of a
    batch the test is rough, which the notes say; the null holds all the same.

    Attributes:
        by: Column of the groups, or several whose combinations are the groups.
        rows: Treated rows, negative controls only, or all.
        distance: Cosine (1 - cos) or euclidean.
        k: How many neighbours, unless derived.
        share: The k derived is this share of the rows,
        least: ... but at least this many, and at most one less than the rows.
        itself: Count the row as one of its k neighbours, as Buettner's package and scib-metrics.
        alpha: The p below which a neighbourhood is rejected.
        permutations: How many shuffles of the groups make the null.
        seed: Seed of the shuffles and of the interval.
    """

    title: ClassVar[str] = "kBET"
    better: ClassVar[str] = "high"
    good: ClassVar[str] = "About 0.95: batches are mixed in nearly every neighbourhood."
    chance: ClassVar[str] = "0.95, which is perfect mixing"
    blind: ClassVar[str] = "anything beyond k neighbours, and biology: noise mixes perfectly"

    by: By = "batch"
    rows: Rows = "treated"
    distance: Distance = "cosine"
    k: int | None = None
    share: float = 0.005
    least: int = 10
    itself: bool = False
    alpha: float = 0.05
    permutations: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        if self.k is not None:
            between(1 + self.itself, MANY, k=self.k)
        above(0, 1, share=self.share, alpha=self.alpha)
        between(1, MANY, least=self.least)
        between(0, MANY, permutations=self.permutations)
        between(0, LARGEST_SEED, seed=self.seed)

    def __call__(self, profiles: Profiles) -> Score:
        """Return the acceptance rate: `value` is 1 for a row that is accepted.

        `p` stays empty, since chance is the best there is here; the figure `p_of_effect` is the
        share of shuffles that mix as badly.

        Raises:
            InputError: No such column, one group only, k larger than the table, or a feature that
                is not finite.
        """
        found = grouped(profiles, self.by, self.rows, "kbet", self.distance)
        k = self._k(len(found))
        near = k_nearest(found.x, k - self.itself, self.distance)[0]
        if self.itself:
            near = np.concatenate([np.arange(len(near))[:, None], near], axis=1)
        p = _p(found.code[near], found.sizes)
        accepted = (p >= self.alpha).astype(np.float64)
        null = np.array(
            [
                (_p(code[near], found.sizes) >= self.alpha).mean()
                for code in found.shuffles(self.permutations, self.seed)
            ]
        )
        value = float(accepted.mean())
        low, high = found.interval(accepted, self.seed)
        told = ["chance is perfect mixing: the null shuffles the groups between rows"]
        if k * found.sizes.min() / len(found) < 5:
            told.append(
                f"the rarest batch is expected fewer than 5 times among {k} neighbours, so the "
                "chi-square test is approximate"
            )
        drawn = len(null) > 0
        return Score(
            name="kbet",
            value=value,
            low=low,
            high=high,
            hits=int(accepted.sum()),
            n=len(found),
            null=float(null.mean()) if drawn else np.nan,
            null_high=float(np.quantile(null, 0.95)) if drawn else np.nan,
            rows=found.rows(self.by).assign(p=p, value=accepted),
            figures={
                "rejection": 1 - value,
                "k": float(k),
                "groups": float(len(found.names)),
                "p_of_effect": (1 + float(reaches(value, null).sum())) / (1 + len(null)),
            },
            notes=(*found.notes, *told),
        )

    def _k(self, n: int) -> int:
        """Return how many neighbours, given or derived."""
        most = n if self.itself else n - 1
        if self.k is None:
            return min(max(self.least, round(self.share * n)), most)
        if not 1 + self.itself <= self.k <= most:
            raise InputError(
                f"kbet cannot take {self.k} neighbours in a table of {n} rows",
                fix=f"set k between {1 + self.itself} and {most}",
            )
        return self.k


def _p(near: Int64[np.ndarray, "n k"], size: Int64[np.ndarray, " g"]) -> Float64[np.ndarray, " n"]:
    """Return the p-value of each row's chi-square test.

    Args:
        near: The groups of each row's neighbours.
        size: Rows of each group.
    """
    n, k = near.shape
    place = near + len(size) * np.arange(n)[:, None]
    observed = np.bincount(place.ravel(), minlength=n * len(size)).reshape(n, len(size))
    expected = k * size / size.sum()
    statistic = ((observed - expected) ** 2 / expected).sum(axis=1)
    return np.asarray(chi2.sf(statistic, len(size) - 1), dtype=np.float64)
