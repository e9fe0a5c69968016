"""Activity: whether a treatment's replicates are nearer to each other than to the controls."""

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
class Activity:
    """Phenotypic activity: mAP of a treatment's replicates before its plate's negative controls.

    Kalinin et al. 2025. Positives share the treatment, negatives are the negative controls on the
    query's own plate; other treatments are neither. `figures["fraction_retrieved"]` is the share of
    active treatments (q < 0.05). 1 is perfect; chance is the score's `null`. Replicates at one
    well position are found by the position too, and replicates on the query's plate by the plate:
    `differ = ["plate"]` leaves these out.

    Attributes:
        same: Column that replicates share.
        differ: Columns in which replicates must differ, if any.
        controls_same: Column that a query and its controls share; without it in the table a query
            is compared with all controls.
        distance: 1 - cosine, or euclidean.
        null_size: Random rankings for each treatment's p.
        seed: Of the random rankings.
    """

    title: ClassVar[str] = "Activity (mAP against controls)"
    better: ClassVar[str] = "high"
    good: ClassVar[str] = (
        "Near 1: a treatment's wells are more similar to each other than to the plate's controls."
    )
    chance: ClassVar[str] = "close to the share of wells that are replicates"
    blind: ClassVar[str] = (
        "whether the compound, or only its well position or batch, separates it from the controls"
    )

    same: str = "treatment"
    differ: tuple[str, ...] = ()
    controls_same: str = "plate"
    distance: Distance = "cosine"
    null_size: int = 10_000
    seed: int = 0

    def __post_init__(self) -> None:
        between(1, MANY, null_size=self.null_size)
        between(0, LARGEST_SEED, seed=self.seed)

    def __call__(self, profiles: Profiles) -> Score:
        """Return the score, with one row per treatment.

        Raises:
            InputError: No column of treatments, no negative control on a plate that has a
                treatment with a replicate, ...
        """
        profiles.column(self.same, "activity")
        profiles.controls("activity")
        known = self.controls_same in profiles.meta.columns
        metric = AveragePrecision(
            positives=PairRule(same=(self.same,), differ=self.differ),
            negatives=PairRule(same=(self.controls_same,) if known else (), differ=("control",)),
            group=self.same,
            controls=True,
            distance=self.distance,
            null_size=self.null_size,
            seed=self.seed,
        )
        notes = (
            ()
            if known
            else (f"no column '{self.controls_same}': compared with all negative controls",)
        )
        return metric.score(profiles, "activity", notes)
