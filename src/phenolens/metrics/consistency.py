"""Consistency: how early other compounds of the same mechanism are found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from phenolens.core.pairs import PairRule
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, MANY, between
from phenolens.core.score import Score
from phenolens.metrics.average_precision import AveragePrecision
from phenolens.neighbours.distance import Distance


@dataclass(frozen=True, kw_only=True)
class Consistency:
    """Phenotypic consistency: mAP of other compounds of the same MoA (or target), before the rest.

    Kalinin et al. 2025; meant for one profile per treatment. Positives share the MoA and are of
    another compound, negatives share no MoA; other doses of the compound are neither. A cell of
    several MoA (`a|b`) asks once for each, as copairs' multilabel. One row per MoA; one that only
    one compound has gives no positives and is left out, and the notes count its rows.
    1 is perfect; chance is the score's `null`. It does not know how many compounds are inactive:
    they pull it down, and leaving them out first (`activity`) is what the paper does.

    Attributes:
        same: Column that positives share.
        differ: Columns in which they differ.
        distance: 1 - cosine, or euclidean.
        null_size: Random rankings for the p of each MoA.
        seed: Of the random rankings.
    """

    title: ClassVar[str] = "MoA retrieval (mAP)"
    better: ClassVar[str] = "high"
    good: ClassVar[str] = (
        "Near 1: compounds of one mechanism rank before all others; 0.1 to 0.5 is usual."
    )
    chance: ClassVar[str] = "close to the share of compounds of that mechanism"
    blind: ClassVar[str] = "shared batches and plates, like NSC; and which compounds are inactive"

    same: str = "moa"
    differ: tuple[str, ...] = ("compound",)
    distance: Distance = "cosine"
    null_size: int = 10_000
    seed: int = 0

    def __post_init__(self) -> None:
        between(1, MANY, null_size=self.null_size)
        between(0, LARGEST_SEED, seed=self.seed)

    def __call__(self, profiles: Profiles) -> Score:
        """Return the score, with one row per value of `same`.

        Raises:
            InputError: A column is missing, or no value of `same` belongs to two compounds.
        """
        for name in (self.same, *self.differ):
            profiles.column(name, "consistency")
        metric = AveragePrecision(
            positives=PairRule(same=(self.same,), differ=self.differ),
            negatives=PairRule(differ=(self.same,)),
            group=self.same,
            distance=self.distance,
            null_size=self.null_size,
            seed=self.seed,
        )
        return metric.score(profiles, "consistency")
