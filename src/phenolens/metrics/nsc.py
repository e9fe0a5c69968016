"""Nsc: not-same-compound matching of mechanisms of action."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, MANY, between
from phenolens.core.score import Score
from phenolens.metrics.nearest_match import NearestMatch
from phenolens.neighbours.distance import Distance


@dataclass(frozen=True, kw_only=True)
class Nsc:
    """Share of treatments whose nearest neighbour of another compound has the same MoA.

    Ljosa et al. 2013; in BBBC021 over 103 treatments. Meant for one profile per treatment. CDCL's
    variant, which leaves other doses of the compound among the candidates, is `nearest_match`
    with `differ = ["treatment"]` and no NSC. Two treatments of 103 are 0.02: read the interval.

    Attributes:
        same: Column that a neighbour should share.
        distance: Cosine (as published) or euclidean.
        unmatched: Whether a query without any candidate is a miss or skipped.
        permutations: How many shuffles of `same` between compounds make the null.
        seed: Seed of the shuffles.
    """

    title: ClassVar[str] = "NSC"
    better: ClassVar[str] = "high"
    good: ClassVar[str] = (
        "Near 1: the nearest treatment of another compound has the same mechanism."
    )
    chance: ClassVar[str] = (
        "the score with shuffled mechanisms, close to the share of the commonest mechanism"
    )
    blind: ClassVar[str] = "whether the two are alike only because they share a batch or plate"

    same: str = "moa"
    distance: Distance = "cosine"
    unmatched: Literal["miss", "skip"] = "miss"
    permutations: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        between(0, MANY, permutations=self.permutations)
        between(0, LARGEST_SEED, seed=self.seed)

    def __call__(self, profiles: Profiles) -> Score:
        """Return the score, with one row per treatment.

        Raises:
            InputError: No column `compound` or `same`, a feature that is not finite, ...
        """
        metric = NearestMatch(
            same=self.same,
            differ=("compound",),
            distance=self.distance,
            unmatched=self.unmatched,
        )
        return metric.match(profiles, "nsc").score("nsc", self.permutations, self.seed)
