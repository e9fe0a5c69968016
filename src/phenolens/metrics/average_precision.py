"""AveragePrecision: how early a profile finds its own among others, by pair rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from jaxtyping import Bool, Int64

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.pairs import PairRule
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, MANY, between
from phenolens.core.score import Score
from phenolens.core.values import Values
from phenolens.neighbours.distance import Distance
from phenolens.neighbours.known_rows import negative_controls, refuse_zero_rows
from phenolens.neighbours.order import canonical_order
from phenolens.neighbours.ranking import Question, Rankings, Ties, any_answer, rank
from phenolens.neighbours.retrieval import Groups, Retrieved
from phenolens.statistics.random_ranking import expected

_SAME_TREATMENT = PairRule(same=("treatment",))
_OTHER_TREATMENT = PairRule(differ=("treatment",))


@dataclass(frozen=True, kw_only=True)
class AveragePrecision:
    """Mean average precision (mAP): how early profiles find their positives among their negatives.

    Kalinin et al. 2025, as in copairs 0.5.5. A query sorts its positives and negatives by
    distance; its average precision is the mean over positives of the share of positives down to
    each. 1: all positives come first; chance is a little above the share of positives (the
    score's `null`, exact). A group (a treatment) has the mean of its queries as `value`, the
    probability `p` that random rankings with the same counts reach it, and `q` after
    Benjamini & Hochberg; the score is the mean over groups. It sees the order only, not how far
    the negatives are; and with positives on one plate or at one well position it measures these.

    As in copairs, queries of a group with the same counts share the random ranking, so that the
    null is as wide as of one query. Unlike copairs a random ranking that equals the value counts
    as reaching it (perfect scores of few positives were too significant), and where there are at
    most `null_size` orders p is exact.

    A cell of `group` with several values (`a|b`) belongs to each: if the positives must share it,
    a query asks once for each value (as copairs' multilabel), else it counts in each group.

    Attributes:
        positives: Which rows a query should find.
        negatives: Which rows it should find them before; a row that is both is a positive.
        group: Column over whose values average precisions are averaged.
        controls: Whether negative controls may be positives and negatives; queries they are never.
        distance: 1 - cosine, or euclidean.
        ties: A positive as near as negatives (in float32) counts what it would on average over
            their orders, or comes first, as in copairs, where features that are all alike
            score 1.
        null_size: Random rankings for p, and up to how many orders p is exact.
        seed: Of the random rankings.
    """

    title: ClassVar[str] = "Average precision (mAP)"
    better: ClassVar[str] = "high"
    good: ClassVar[str] = "Near 1: positives rank before all negatives."
    chance: ClassVar[str] = "close to the share of positives among the candidates"
    blind: ClassVar[str] = "how far away the negatives are: only the order counts"

    positives: PairRule = _SAME_TREATMENT
    negatives: PairRule = _OTHER_TREATMENT
    group: str = "treatment"
    controls: bool = False
    distance: Distance = "cosine"
    ties: Ties = "expected"
    null_size: int = 10_000
    seed: int = 0

    def __post_init__(self) -> None:
        between(1, MANY, null_size=self.null_size)
        between(0, LARGEST_SEED, seed=self.seed)

    def __call__(self, profiles: Profiles) -> Score:
        """Return the score, with one row per group.

        Raises:
            InputError: No such column, no query with a positive and a negative, a feature that
                is not finite, or a row of zeros with the cosine distance.
        """
        return self.score(profiles, "average_precision")

    def score(self, profiles: Profiles, name: str, notes: tuple[str, ...] = ()) -> Score:
        """Return the score under another metric's name.

        Raises:
            InputError: As in the call.
        """
        _, used, asking, said = self._used(profiles, name)
        rankings = self._rank(used, asking, name)
        lost = int(asking.sum()) - len(np.unique(rankings.row))
        if lost:
            said.append(f"queries without a positive or a negative left out: {lost}")
        if self.ties == "positives_first":
            said.append("ties go to the positives, as in copairs")
        groups = Groups.of(used.meta, self.group)
        by_value = self._asks_by_value(used.meta)
        found = Retrieved.of(rankings, groups, self.null_size, self.seed, by_value=by_value)
        return found.score(name, (*notes, *said))

    def per_query(self, profiles: Profiles) -> pd.DataFrame:
        """Return one row per query, as copairs' `average_precision`, in the order of the profiles.

        `row` is its row in the profiles, then the group (each value of a cell with several, where
        positives must share it), `average_precision`, `normalized` (0 at chance, 1 at best),
        `positives` and `total`.

        Raises:
            InputError: As in the call.
        """
        order, used, asking, _ = self._used(profiles, "average_precision")
        rankings = self._rank(used, asking, "average_precision")
        chance = expected(rankings.positives, rankings.total)
        table = pd.DataFrame(
            {
                "row": order[rankings.row],
                self.group: used.meta[self.group].to_numpy()[rankings.row],
                "average_precision": rankings.average_precision,
                "normalized": (rankings.average_precision - chance) / (1 - chance),
                "positives": rankings.positives,
                "total": rankings.total,
            }
        )
        if self._asks_by_value(used.meta):
            table[self.group] = Groups.of(used.meta, self.group).names[rankings.value]
        return table.sort_values(["row", self.group]).reset_index(drop=True)

    def _used(
        self, profiles: Profiles, name: str
    ) -> tuple[Int64[np.ndarray, " k"], Profiles, Bool[np.ndarray, " k"], list[str]]:
        """Return the rows that take part, sorted, which of them ask, and notes."""
        for column in dict.fromkeys((self.group, *self.positives.same)):
            profiles.column(column, name)
        self.positives.check(profiles.meta)
        self.negatives.check(profiles.meta)
        control = negative_controls(profiles)
        said = []
        kept = np.ones(len(profiles), dtype=bool) if self.controls else ~control
        known = Values.of(profiles.meta[self.group]).known
        asks = (~control & known)[kept]
        if not any_answer(profiles.meta[kept], self._question, asks):  # before features are needed
            raise InputError(
                f"{name} needs rows with a positive and a negative; no row has both",
                fix=f"positives: {self.positives}; negatives: {self.negatives}",
            )
        profiles.finite(name)
        if not kept.all():
            said.append(f"negative controls left out: {int(control.sum())}")
        rows = np.flatnonzero(kept)
        order = rows[canonical_order(profiles.take(rows))]
        used = profiles.take(order)
        asking = ~control[order] & known[order]
        lost = int((~control[order] & ~known[order]).sum())
        if lost:
            said.append(f"not used as queries: {count_of(lost, 'row')} without `{self.group}`")
        return order, used, asking, said

    def _rank(self, used: Profiles, asking: Bool[np.ndarray, " k"], name: str) -> Rankings:
        if self.distance == "cosine":
            refuse_zero_rows(used)
        by_value = None
        if self._asks_by_value(used.meta):
            by_value = Groups.of(used.meta, self.group).members
        return rank(used.finite(name), used.meta, self._question, asking, by_value)

    @property
    def _question(self) -> Question:
        return Question(self.positives, self.negatives, self.distance, self.ties)

    def _asks_by_value(self, meta: pd.DataFrame) -> bool:
        """Return whether a query asks for each value of a cell with several."""
        return self.group in self.positives.same and Values.of(meta[self.group]).sets is not None
