"""ReplicateRetrieval: how early a treatment's replicates on other plates are found."""

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
class ReplicateRetrieval:
    """mAP of replicates: the same treatment on another plate, before other compounds' profiles.

    Positives share the treatment and are on another plate, or in another well if the table has
    one plate (the notes say so). Negatives are all profiles of other compounds, on any plate, so
    that a plate effect pulls the score down; other doses of the compound are neither. Negative
    controls are left out. 1 is perfect; chance is the score's `null`. Where all plates have one
    layout it cannot tell a treatment from its well position.

    Attributes:
        same: Column that replicates share.
        differ: Columns in which they differ, each if the table has several values of it.
        distance: 1 - cosine, or euclidean.
        null_size: Random rankings for each treatment's p.
        seed: Of the random rankings.
    """

    title: ClassVar[str] = "Replicate retrieval (mAP)"
    better: ClassVar[str] = "high"
    good: ClassVar[str] = "Near 1: a well's replicates on other plates rank before all others."
    chance: ClassVar[str] = "close to the share of wells that are replicates"
    blind: ClassVar[str] = "whether replicates are alike because they share a well position"

    same: str = "treatment"
    differ: tuple[str, ...] = ("plate",)
    distance: Distance = "cosine"
    null_size: int = 10_000
    seed: int = 0

    def __post_init__(self) -> None:
        between(1, MANY, null_size=self.null_size)
        between(0, LARGEST_SEED, seed=self.seed)

    def __call__(self, profiles: Profiles) -> Score:
        """Return the score, with one row per treatment.

        Raises:
            InputError: No column of treatments, no treatment with a replicate, ...
        """
        profiles.column(self.same, "replicate_retrieval")
        meta = profiles.meta
        several = [c for c in self.differ if c in meta.columns and meta[c].nunique() > 1]
        other = "compound" if "compound" in meta.columns else self.same
        metric = AveragePrecision(
            positives=PairRule(same=(self.same,), differ=tuple(several)),
            negatives=PairRule(differ=(other,)),
            group=self.same,
            distance=self.distance,
            null_size=self.null_size,
            seed=self.seed,
        )
        single = [c for c in self.differ if c not in several]
        notes = tuple(f"only one {c}: replicates may share it" for c in single)
        return metric.score(profiles, "replicate_retrieval", notes)
