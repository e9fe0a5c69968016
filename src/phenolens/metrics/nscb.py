"""Nscb: not-same-compound-or-batch matching of mechanisms of action."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from jaxtyping import Bool

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, MANY, between
from phenolens.core.score import Score
from phenolens.core.values import SEPARATOR
from phenolens.metrics.nearest_match import NearestMatch, labelled
from phenolens.neighbours.distance import Distance
from phenolens.neighbours.matching import Matches

Protocol = Literal["strict", "string_batches", "median_batch", "same_batch_and_label"]


@dataclass(frozen=True, kw_only=True)
class Nscb:
    """The same as NSC, with neighbours allowed only from another batch.

    MoA seen in one batch only can never be matched and are left out, as queries and as
    neighbours; they are found from the table (in BBBC021 cholesterol-lowering and kinase
    inhibitors, which leaves 92 of 103 treatments). The protocols differ in how they treat a
    treatment of several batches, in BBBC021 taxol 0.3 uM alone, in all ten weeks:

    - `strict`: batches are sets, and neighbours share none. Taxol has no candidate and counts as
      a miss (92 treatments; `unmatched = "skip"` gives 91).
    - `string_batches`: batches joined into one text, and neighbours differ in it, so that taxol
      is always allowed. DeepProfiler's experiments; so in Perakis et al. 2021.
    - `median_batch`: each treatment has the median of its batches' numbers, so that taxol counts
      as of week 5 alone. WS-DINO (Cross-Zamirski et al. 2022) takes it over plates, whose number
      a treatment profile no longer knows: here it is the lower middle of its batches, which is
      the same for BBBC021.
    - `same_batch_and_label`: only neighbours of the same batch and the same MoA are left out
      (and those of the same compound). uniDINO, over wells. A wrong neighbour of the batch stays
      and a right one goes, so that the score may even be below the strict one. There is no null:
      which neighbours are excluded depends on the MoA itself.

    Attributes:
        same: Column that a neighbour should share.
        distance: Cosine (as published) or euclidean.
        protocol: How a treatment in several batches is dealt with.
        unmatched: Whether a query without any candidate is a miss or skipped.
        permutations: How many shuffles of `same` between compounds make the null.
        seed: Seed of the shuffles.
    """

    title: ClassVar[str] = "NSCB"
    better: ClassVar[str] = "high"
    good: ClassVar[str] = "As NSC, and not much below it: then what matches is not the batch."
    chance: ClassVar[str] = (
        "the score with shuffled mechanisms, close to the share of the commonest mechanism"
    )
    blind: ClassVar[str] = "mechanisms that occur in one batch only: they are left out and counted"

    same: str = "moa"
    distance: Distance = "cosine"
    protocol: Protocol = "strict"
    unmatched: Literal["miss", "skip"] = "miss"
    permutations: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        between(0, MANY, permutations=self.permutations)
        between(0, LARGEST_SEED, seed=self.seed)

    def __call__(self, profiles: Profiles) -> Score:
        """Return the score, with one row per treatment.

        Raises:
            InputError: No column `compound`, `batch` or `same`, every MoA is in one batch only,
                or a feature is not finite.
        """
        return self.match(profiles).score("nscb", self.shuffles, self.seed)

    @property
    def shuffles(self) -> int:
        """How many shuffles make the null: none where the neighbours depend on the MoA."""
        return 0 if self.protocol == "same_batch_and_label" else self.permutations

    def match(self, profiles: Profiles, needed_by: str = "nscb") -> Matches:
        """Return every query with its neighbour.

        Args:
            profiles: Treatments with their batches.
            needed_by: The metric that asks, for messages.

        Raises:
            InputError: As in the call.
        """
        profiles.column("batch", needed_by)
        source, notes = labelled(profiles, self.same, needed_by)
        used = profiles.take(source)
        lone = _in_one_batch(used.meta, self.same)
        if lone.all():
            raise InputError(f"{needed_by}: every {self.same} is in one batch only")
        if lone.any():
            count = used.meta[self.same][lone].astype(str).value_counts().sort_index()
            names = ", ".join(f"{name} ({k})" for name, k in count.items() if k)
            notes.append(f"{self.same} in one batch only, left out: {names}")
        if self.protocol in ("string_batches", "median_batch"):
            meta = used.meta.assign(batch=_one_batch(used.meta["batch"], self.protocol))
            used = replace(used, meta=meta)
            notes.append(f"protocol {self.protocol}: batches are not compared as sets")
        both = self.protocol == "same_batch_and_label"
        metric = NearestMatch(
            same=self.same,
            differ=("compound",) if both else ("compound", "batch"),
            unless=("batch", self.same) if both else (),
            distance=self.distance,
            unmatched=self.unmatched,
        )
        matches = metric.match(used.take(~lone), needed_by)
        source = source[~lone][matches.source]
        return replace(matches, source=source, notes=(*notes, *matches.notes))


def _in_one_batch(meta: pd.DataFrame, same: str) -> Bool[np.ndarray, " n"]:
    """Return which rows have no value of `same` that is seen in more than one batch."""
    pairs = meta[[same, "batch"]].astype("string").reset_index()
    for column in (same, "batch"):
        pairs[column] = pairs[column].str.split(SEPARATOR, regex=False)
        pairs = pairs.explode(column)
    batches = pairs.groupby(same, observed=True)["batch"].nunique()
    several = pairs[same].map(batches) > 1
    return ~several.groupby(pairs["index"], observed=True).any().to_numpy(dtype=bool)


def _one_batch(batch: pd.Series, protocol: Protocol) -> pd.Series:
    """Return one value per row for batches that may be several: their text, or a median."""
    sets = batch.astype("string").str.split(SEPARATOR, regex=False)
    if protocol == "string_batches":
        return sets.str.join(",")
    names = sorted(sets.dropna().explode().unique(), key=_natural)
    code = {name: i for i, name in enumerate(names)}
    middle = [_lower_middle([code[b] for b in s]) if isinstance(s, list) else np.nan for s in sets]
    return pd.Series(middle, index=batch.index)


def _lower_middle(values: list[int]) -> int:
    return sorted(values)[(len(values) - 1) // 2]


def _natural(name: str) -> list[tuple[int, int, str]]:
    """Return a key that sorts Week2 before Week10."""
    parts = re.split(r"(\d+)", name)
    return [(1, int(p), "") if p.isdigit() else (0, 0, p) for p in parts]
