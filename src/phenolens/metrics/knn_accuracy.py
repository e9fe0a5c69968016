"""KnnAccuracy: how often the k nearest allowed neighbours vote for a profile's own class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64, Int64
from sklearn.metrics import precision_recall_fscore_support

from phenolens.core.errors import InputError
from phenolens.core.pairs import PairRule
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, MANY, above, at_least, between
from phenolens.core.score import Score
from phenolens.core.values import Values
from phenolens.metrics.nearest_match import labelled
from phenolens.neighbours.distance import Distance
from phenolens.neighbours.kinds import RuleKinds
from phenolens.neighbours.known_rows import refuse_zero_rows
from phenolens.neighbours.nearest import k_nearest
from phenolens.neighbours.order import IDENTITY, canonical_order
from phenolens.statistics.chance import chance
from phenolens.statistics.intervals import interval_of_mean, wilson
from phenolens.statistics.ties import first_largest
from phenolens.statistics.units import unit_text

_TOP = (1, 2, 3, 4, 5, 10)  # CDCL's numbers of neighbours


@dataclass(frozen=True, kw_only=True)
class KnnAccuracy:
    """Share of profiles whose k nearest allowed neighbours vote for their own MoA.

    With `weights = "exp"` the vote of a neighbour at cosine s counts exp(s / temperature), as in
    CDCL (k 10, temperature 0.1) and DINO; `same` counts each as one. Votes that tie go to the
    class of the nearest neighbour among the tied. `differ = ["plate"]` (or batch) asks across
    plates; if neighbours may be of the same compound it measures replicates.

    1 is perfect; chance is given with the score (the MoA shuffled between compounds). Classes
    with few profiles cannot win a vote of many: see macro F1 in the figures, which also hold
    macro precision and recall, the accuracy of a vote of the 1, 2, 3, 4, 5 and 10 nearest, and
    `rank_2` ..., how often the neighbour of that rank alone is right.

    Negative controls and rows without a MoA are neither queries nor neighbours. A cell of
    several values (`a|b`) is a class of its own here: for sets take `nearest_match`. A query with
    fewer than k allowed neighbours asks those; with none it is a miss.

    Attributes:
        same: Column that is voted for.
        differ: Columns in which a neighbour must differ.
        unless: Columns of which a neighbour must not share all.
        candidates_same: Columns that a neighbour must share to be considered at all (cell line).
        k: How many vote.
        weights: What a vote counts.
        temperature: Of the weights.
        distance: 1 - cosine, or euclidean (then the weight is exp(-distance / temperature)).
        unit: Column whose values keep their rows together, in interval and null.
        permutations: How many shuffles make the null.
        seed: Seed of the shuffles.
    """

    title: ClassVar[str] = "k-NN accuracy"
    better: ClassVar[str] = "high"
    good: ClassVar[str] = "Above NSC: several neighbours agree."
    chance: ClassVar[str] = (
        "the score with shuffled mechanisms, close to the share of the commonest mechanism"
    )
    blind: ClassVar[str] = "shared batches, like NSC; and classes too small to win a vote"

    same: str = "moa"
    differ: tuple[str, ...] = ("compound",)
    unless: tuple[str, ...] = ()
    candidates_same: tuple[str, ...] = ()
    k: int = 10
    weights: Literal["same", "exp"] = "exp"
    temperature: float = 0.1
    distance: Distance = "cosine"
    unit: str = "compound"
    permutations: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        at_least(1, k=self.k)
        above(0, temperature=self.temperature)
        between(0, MANY, permutations=self.permutations)
        between(0, LARGEST_SEED, seed=self.seed)

    def __call__(self, profiles: Profiles) -> Score:
        """Return the accuracy, with one row per query.

        Raises:
            InputError: No such column, fewer than two rows to compare, a feature that is not
                finite, or a row of zeros with the cosine distance.
        """
        source, notes = labelled(profiles, self.same, "knn_accuracy")
        rule = PairRule(self.candidates_same, self.differ, self.unless)
        rule.check(profiles.meta)
        used = profiles.take(source)
        if not RuleKinds.of(used.meta, rule).any_pair():  # before features are needed
            raise InputError("no query has an allowed neighbour", fix=f"neighbours must be {rule}")
        used = used.take(canonical_order(used))
        x = used.finite("knn_accuracy")
        if self.distance == "cosine":
            refuse_zero_rows(used)
        index, far = k_nearest(x, max(min(self.k, len(x)), *_TOP), self.distance, used.meta, rule)
        lone = int((index[:, 0] < 0).sum())
        if lone:
            notes.append(f"queries without an allowed neighbour, counted as misses: {lone}")
        if Values.of(used.meta[self.same]).sets is not None:
            notes.append(f"several values in {self.same}: each combination is a class of its own")
        label, names = pd.factorize(used.meta[self.same].astype(str), sort=True)
        label = label.astype(np.int64)
        weight = self._weights(far)
        found = vote(label, index[:, : self.k], weight[:, : self.k])
        value = (found == label).astype(np.int64)
        alone = pd.Series(np.arange(len(used)))
        unit = unit_text(used.meta[self.unit] if self._has_unit(used) else alone)
        single = not unit.duplicated().any()
        low, high = (
            wilson(int(value.sum()), len(value))
            if single
            else interval_of_mean(value.astype(np.float64), unit)
        )
        null = self._null(label, index, weight, unit)
        rows = self._rows(used).assign(
            voted=pd.Series(names).reindex(found).to_numpy(), value=value
        )
        return Score(
            name="knn_accuracy",
            value=float(value.mean()),
            low=low,
            high=high,
            hits=int(value.sum()),
            n=len(value),
            **chance(float(value.mean()), null),
            rows=rows,
            figures=_figures(label, found, index),
            notes=tuple(notes),
        )

    def _weights(self, far: Float64[np.ndarray, "n k"]) -> Float64[np.ndarray, "n k"]:
        """Return what each neighbour's vote counts; 0 where there is none."""
        if self.weights == "same":
            return np.isfinite(far).astype(np.float64)
        # exp(cos / t) up to a factor that all neighbours of a row share.
        return np.exp((far[:, :1].clip(max=1e300) - far) / self.temperature)

    def _has_unit(self, used: Profiles) -> bool:
        if self.unit == self.same:
            return False
        used.column(self.unit, "knn_accuracy")
        return True

    def _null(
        self,
        label: Int64[np.ndarray, " n"],
        index: Int64[np.ndarray, "n m"],
        weight: Float64[np.ndarray, "n m"],
        unit: pd.Series,
    ) -> Float64[np.ndarray, " p"]:
        """Return accuracies with the classes shuffled between units."""
        code = pd.factorize(pd.Series(list(zip(unit, label, strict=True))), sort=True)[0]
        first = np.unique(code, return_index=True)[1]
        rng = np.random.default_rng(self.seed)
        null = np.empty(self.permutations)
        for i in range(self.permutations):
            drawn = label[first][rng.permutation(len(first))][code]
            null[i] = (vote(drawn, index[:, : self.k], weight[:, : self.k]) == drawn).mean()
        return null

    def _rows(self, used: Profiles) -> pd.DataFrame:
        names = [c for c in IDENTITY if c in used.meta.columns and c != self.same]
        return used.meta[[*names, self.same]].copy()


def vote(
    label: Int64[np.ndarray, " n"],
    index: Int64[np.ndarray, "q k"],
    weight: Float64[np.ndarray, "q k"],
) -> Int64[np.ndarray, " q"]:
    """Return the class that most of a row's neighbours vote for, -1 where none may.

    Of classes with as many votes the nearest neighbour's is taken.

    Args:
        label: Class of every row.
        index: Neighbours, nearest first, -1 behind the last.
        weight: What each vote counts.
    """
    cast = label[index]
    cast[index < 0] = -1
    total = np.zeros(index.shape)
    for j in range(index.shape[1]):  # each neighbour gets the votes of its class
        total += weight[:, j, None] * (cast == cast[:, j, None])
    total[index < 0] = -1
    found: Int64[np.ndarray, " q"] = cast[np.arange(len(cast)), first_largest(total)]
    return found


def _figures(
    label: Int64[np.ndarray, " n"],
    found: Int64[np.ndarray, " n"],
    index: Int64[np.ndarray, "n m"],
) -> dict[str, float]:
    """Return macro precision, recall and F1, and CDCL's accuracies by rank and by the top k."""
    macro = precision_recall_fscore_support(
        label, found, labels=np.unique(label), average="macro", zero_division=0.0
    )
    figures = dict(
        zip(("macro_precision", "macro_recall", "macro_f1"), map(float, macro[:3]), strict=True)
    )
    equal = (index >= 0).astype(np.float64)
    for k in _TOP:
        figures[f"top_{k}"] = float((vote(label, index[:, :k], equal[:, :k]) == label).mean())
    for k in range(1, 5):
        alone: Bool[np.ndarray, " n"] = (index[:, k - 1] >= 0) & (label[index[:, k - 1]] == label)
        figures[f"rank_{k}"] = float(alone.mean())
    return figures
